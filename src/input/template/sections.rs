//! The fields of an object in the order of a template: those of the alternative that is filled in, then the additional fields
//! of each of the others.

use super::notes::{list, notes};
use crate::openapi::{Choice, Property, Shape};

/// A group of fields.
pub(crate) struct Section<'s, 'a> {
    /// The alternative that they belong to; `None` for the first section, which is filled in.
    pub(crate) other: Option<&'s Choice<'a>>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One field of an object.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) property: Property<'a>,
    /// The object, or the alternative, requires it.
    pub(crate) required: bool,
    /// The value that identifies the alternative.
    pub(crate) told: Option<String>,
}

/// The sections of an object; `chosen` is the number of the alternative that is filled in.
pub(crate) fn sections<'s, 'a>(
    shape: &'s Shape<'a>,
    chosen: usize,
    looks: &mut usize,
) -> Vec<Section<'s, 'a>> {
    let main = shape.choices.get(chosen);
    let tells = |name: &str| shape.discriminator.as_ref().is_some_and(|(known, _)| *known == name);
    let mut section = |choice: Option<&'s Choice<'a>>, wanted: &dyn Fn(&str) -> bool| -> Vec<Field<'a>> {
        // The alternative's own schema of a field that others have as well.
        let own = choice.map(|choice| choice.schema.shape_within(looks).properties).unwrap_or_default();
        let names =
            shape.properties.iter().filter(|(name, property)| wanted(name) && !property.flag("readOnly"));
        names
            .map(|(&name, property)| Field {
                name,
                property: own.get(name).unwrap_or(property).clone(),
                required: shape.required.contains(name)
                    || choice.is_some_and(|choice| choice.required.contains(name)),
                told: choice.filter(|_| tells(name)).and_then(|choice| choice.value.clone()),
            })
            .collect()
    };
    let has = |choice: &Choice<'a>, name: &str| choice.properties.contains(name);
    let of_main = |name: &str| {
        let nobodys = !shape.choices.iter().any(|choice| has(choice, name));
        nobodys || main.is_some_and(|main| has(main, name))
    };
    let mut sections = vec![Section { other: None, fields: section(main, &of_main) }];
    for (_, other) in shape.choices.iter().enumerate().filter(|(n, _)| *n != chosen) {
        let besides = |name: &str| tells(name) || has(other, name) && !of_main(name);
        sections.push(Section { other: Some(other), fields: section(Some(other), &besides) });
    }
    sections
}

impl<'a> Field<'a> {
    /// Its notes; `object` is the object that contains it, `shape` its own shape.
    pub(crate) fn notes(&self, object: &Shape<'a>, shape: &Shape<'a>) -> Vec<String> {
        let mut notes = notes(&self.property, shape, self.required);
        if self.told.is_some() && shape.scalar.as_ref().is_some_and(|scalar| scalar.allowed.is_none()) {
            let values = object.choices.iter().filter_map(|choice| choice.value.clone());
            notes.extend(list(values).map(|values| format!("one of {values}")));
        }
        let with = object.choices.iter().filter(|choice| choice.properties.contains(self.name));
        let with: Vec<String> = with.map(|choice| choice.name.clone()).collect();
        if with.len() < object.choices.len() {
            notes.extend(list(with.into_iter()).map(|names| format!("for {names}")));
        }
        notes
    }
}
