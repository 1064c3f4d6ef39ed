//! A Schema Object (OpenAPI 3.0, section 4.7.24) seen as what a command line can offer for it.

mod choice;
mod property;
mod scalar;
mod walk;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::document::Document;
use crate::model::Constraints;

pub use choice::Choice;
pub use property::Property;
use scalar::json_length;
pub use scalar::{Bound, Scalar};
use walk::Walk;

/// How many parts and properties one schema may have altogether; further ones are not looked at. Sixteen levels of
/// two parts each are far more than any document needs, and take noticeable time.
const MAX_PARTS: usize = 10_000;

/// The longest `default` that is repeated, in bytes of JSON. One schema may be referred to from everywhere.
const MAX_DEFAULT: usize = 1_000;

/// How many schemas that are an `allOf` of one part are looked through for what that part says.
const MAX_WRAPPERS: usize = 8;

/// A schema with its references followed; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    document: &'a Document,
    value: &'a Value,
    /// The reference that it was reached by.
    reference: Option<&'a str>,
}

/// What values a schema takes. Several fields may be set at once: Stripe's `created` is a number or an object.
#[derive(Clone, Debug, Default)]
pub struct Shape<'a> {
    /// The scalar that it takes, if it takes one.
    pub scalar: Option<Scalar>,
    /// The items of the array that it takes, if it takes one.
    pub items: Option<Schema<'a>>,
    /// Bounds on the number of items.
    pub size: Size,
    /// Properties of the object that it takes, of all alternatives together, in document order.
    pub properties: IndexMap<&'a str, Property<'a>>,
    /// Names of properties that every alternative requires, and of those that are required beside the alternatives,
    /// though only one of these may have them.
    pub required: IndexSet<&'a str>,
    /// The values of the free map that it takes (`additionalProperties`), if it takes one.
    pub values: Option<Schema<'a>>,
    /// The objects that it is one of (`oneOf`, `anyOf`, subtypes of a base with a discriminator).
    pub choices: Vec<Choice<'a>>,
    /// The property that tells the choices apart, and the values that the document lists for it; none if it lists none.
    pub discriminator: Option<(&'a str, Vec<&'a str>)>,
    /// It takes an object, perhaps one without any declared property.
    pub object: bool,
    /// It takes null beside its other values.
    pub nullable: bool,
    /// It takes the empty string beside its other values.
    pub allow_empty: bool,
    /// It says nothing of its type: any JSON value will do.
    pub any: bool,
}

/// Bounds on the number of an array's items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// `minItems`.
    pub min: Option<u64>,
    /// `maxItems`.
    pub max: Option<u64>,
    /// `uniqueItems`.
    pub unique: bool,
}

impl Size {
    /// The same as the bounds of an argument.
    pub fn constraints(&self) -> Constraints {
        Constraints {
            min_items: self.min,
            max_items: self.max,
            unique_items: self.unique,
            ..Constraints::default()
        }
    }
}

impl<'a> Schema<'a> {
    /// A view of `value`; a reference that leads nowhere counts as any value.
    pub fn new(document: &'a Document, value: &'a Value) -> Self {
        let reference = value.get("$ref").and_then(Value::as_str);
        Self { document, value: document.resolve(value).unwrap_or(&Value::Null), reference }
    }

    /// The schema after its references were followed; its address tells whether two views are of the same schema.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// `description`, the document's own text; else that of a part of `allOf`, which is often all that there is: a
    /// reference of OpenAPI 3.1 with keywords beside it is an `allOf` of one part.
    pub fn description(&self) -> &'a str {
        let text = |value: &'a Value| value.as_str().filter(|text| !text.trim().is_empty());
        self.own_or_part("description", text).unwrap_or_default()
    }

    /// The last part of the reference that it was reached by: `Pet`; `None` for one that stands where it is used.
    pub fn name(&self) -> Option<&'a str> {
        self.reference?.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// A member of its XML Object (OpenAPI 3.0, section 4.7.26).
    pub fn xml(&self, key: &str) -> Option<&'a Value> {
        self.own_or_part("xml", |xml| xml.get(key))
    }

    /// `default`, likewise; `None` too where it takes more than 1,000 bytes.
    pub fn default(&self) -> Option<&'a Value> {
        let value = self.own_or_part("default", Some).filter(|value| !value.is_null())?;
        json_length(value, MAX_DEFAULT).map(|_| value)
    }

    /// A boolean keyword such as `deprecated` or `readOnly`; of a part of `allOf` too.
    pub fn flag(&self, keyword: &str) -> bool {
        self.own_or_part(keyword, Some).and_then(Value::as_bool).unwrap_or_default()
    }

    /// What the keyword says here, else in one of the first parts of `allOf`; an `allOf` of one part is looked through.
    fn own_or_part<T>(&self, keyword: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let said = |schema: &Self| schema.value.get(keyword).and_then(&read);
        let mut schema = *self;
        for _ in 0..MAX_WRAPPERS {
            if let Some(own) = said(&schema) {
                return Some(own);
            }
            match schema.value.get("allOf").and_then(Value::as_array)?.as_slice() {
                [part] => schema = Schema::new(self.document, part),
                parts => {
                    return parts.iter().take(4).find_map(|part| said(&Schema::new(self.document, part)));
                }
            }
        }
        None
    }

    /// What the schema takes.
    pub fn shape(&self) -> Shape<'a> {
        let mut budget = MAX_PARTS;
        self.shape_within(&mut budget)
    }

    /// What the schema takes. Every part and property that is looked at is taken off `budget`; where nothing is
    /// left of it, or 10,000 of them were looked at, the rest counts as absent.
    pub fn shape_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, true, |walk| walk.shape(&[*self]))
    }

    /// As [`Schema::shape_within`], and where the schema is a base with a discriminator, its subtypes are its choices
    /// (OpenAPI 3.0, section 4.7.25): schemas of the document that refer to it in `allOf`.
    pub fn family_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, true, |walk| {
            walk.subtypes = true;
            walk.shape(&[*self])
        })
    }

    /// As [`Schema::shape_within`], but without properties, so that it costs little where only the type matters.
    pub fn outline_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, false, |walk| walk.shape(&[*self]))
    }
}

#[cfg(test)]
mod tests;
