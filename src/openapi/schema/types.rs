//! A schema, what it accepts, and what that consists of.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::scalar::{Scalar, json_length};
use crate::model::Constraints;
use crate::openapi::document::Document;

/// How many parts and properties one schema may have altogether; further ones are ignored. Sixteen levels of
/// two parts each are far more than any document needs, and take noticeable time.
pub(super) const MAX_PARTS: usize = 10_000;

/// The longest `default` that is copied, in bytes of JSON. One schema may be referenced from everywhere.
const MAX_DEFAULT: usize = 1_000;

/// How many nested `allOf`s of one part are followed to find what the part says.
const MAX_WRAPPERS: usize = 8;

/// A schema with its references followed; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    pub(super) document: &'a Document,
    pub(super) value: &'a Value,
    /// The reference that led to it.
    pub(super) reference: Option<&'a str>,
}

/// What values a schema accepts. Several fields may be set at once: Stripe's `created` is a number or an object.
#[derive(Clone, Debug, Default)]
pub struct Shape<'a> {
    /// The scalar that it accepts, if any.
    pub scalar: Option<Scalar>,
    /// The items of the array that it accepts, if any.
    pub items: Option<Schema<'a>>,
    /// Bounds on the number of items.
    pub size: Size,
    /// Properties of the object that it accepts, of all alternatives together, in document order.
    pub properties: IndexMap<&'a str, Property<'a>>,
    /// Names of properties that every alternative requires, and of those that are required outside of the alternatives,
    /// even if only one of these has them.
    pub required: IndexSet<&'a str>,
    /// The values of the free map that it accepts (`additionalProperties`), if any.
    pub values: Option<Schema<'a>>,
    /// The objects that it is one of (`oneOf`, `anyOf`, subtypes of a base with a discriminator).
    pub choices: Vec<Choice<'a>>,
    /// The property that distinguishes the choices, and the values that the document lists for it; none if it lists
    /// none.
    pub discriminator: Option<(&'a str, Vec<&'a str>)>,
    /// It accepts an object, perhaps one without any declared property.
    pub object: bool,
    /// It accepts null in addition to its other values.
    pub nullable: bool,
    /// It accepts the empty string in addition to its other values.
    pub allow_empty: bool,
    /// It does not state its type: any JSON value will do.
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
    /// A view of `value`; an unresolved reference counts as any value.
    pub fn new(document: &'a Document, value: &'a Value) -> Self {
        let reference = value.get("$ref").and_then(Value::as_str);
        Self { document, value: document.resolve(value).unwrap_or(&Value::Null), reference }
    }

    /// The schema after its references were followed; its address tells whether two views are of the same schema.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// `description`, the document's own text; or else that of a part of `allOf`, which is often all there is: a
    /// reference of OpenAPI 3.1 with sibling keywords is an `allOf` of one part.
    pub fn description(&self) -> &'a str {
        let text = |value: &'a Value| value.as_str().filter(|text| !text.trim().is_empty());
        self.own_or_part("description", text).unwrap_or_default()
    }

    /// The last segment of the reference that led to it: `Pet`; `None` for an inline schema.
    pub fn name(&self) -> Option<&'a str> {
        self.reference?.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// A member of its XML Object (OpenAPI 3.0, section 4.7.26).
    pub fn xml(&self, key: &str) -> Option<&'a Value> {
        self.own_or_part("xml", |xml| xml.get(key))
    }

    /// `default`, likewise; also `None` if it takes more than 1,000 bytes.
    pub fn default(&self) -> Option<&'a Value> {
        let value = self.own_or_part("default", Some).filter(|value| !value.is_null())?;
        json_length(value, MAX_DEFAULT).map(|_| value)
    }

    /// A boolean keyword such as `deprecated` or `readOnly`; of a part of `allOf` too.
    pub fn flag(&self, keyword: &str) -> bool {
        self.own_or_part(keyword, Some).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The keyword's value here, or else in one of the first parts of `allOf`; an `allOf` of one part is followed.
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
}

/// One of the objects that a schema accepts.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The discriminator's value, or else the last segment of its reference, its title, or `option 2`; plain text.
    pub name: String,
    /// Properties that it has in addition to those outside of the alternatives.
    pub properties: HashSet<&'a str>,
    /// Properties that it requires.
    pub required: IndexSet<&'a str>,
    /// The discriminator's value.
    pub value: Option<String>,
    /// The alternative itself.
    pub schema: Schema<'a>,
}

/// What a property accepts: one of its terms, and every schema of that term. `kind` is `card` in one alternative of its
/// object and `transfer` in the next; each may narrow what a part of `allOf` says.
#[derive(Clone, Debug)]
pub struct Property<'a> {
    pub(super) terms: Vec<Vec<Schema<'a>>>,
    /// There were more terms than are kept.
    pub(super) open: bool,
}

impl<'a> Property<'a> {
    /// A property of this one schema.
    pub fn one(schema: Schema<'a>) -> Self {
        Self { terms: vec![vec![schema]], open: false }
    }

    /// The property must be `other` as well.
    pub(super) fn and(&mut self, other: &Self) {
        self.open |= other.open;
        if let [term] = other.terms.as_slice() {
            for own in &mut self.terms {
                add(own, term);
            }
            return;
        }
        let mut terms: Vec<Vec<Schema<'a>>> = Vec::new();
        for own in &self.terms {
            for term in &other.terms {
                if terms.len() >= MAX_TERMS {
                    self.open = true;
                    break;
                }
                let mut both = own.clone();
                add(&mut both, term);
                terms.push(both);
            }
        }
        self.terms = terms;
    }

    /// The property may be `other` instead.
    pub(super) fn or(&mut self, other: &Self) {
        self.open |= other.open;
        for term in &other.terms {
            if self.terms.iter().any(|own| same(own, term)) {
                continue;
            }
            if self.terms.len() >= MAX_TERMS {
                self.open = true;
                return;
            }
            self.terms.push(term.clone());
        }
    }

    /// Every schema that says something about it.
    pub fn schemas(&self) -> impl Iterator<Item = Schema<'a>> + '_ {
        self.terms.iter().flatten().copied()
    }

    /// The first description; see [`Schema::description`].
    pub fn description(&self) -> &'a str {
        self.schemas().map(|schema| schema.description()).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// The first default; see [`Schema::default`].
    pub fn default(&self) -> Option<&'a Value> {
        self.schemas().find_map(|schema| schema.default())
    }

    /// Whether every alternative has this keyword; see [`Schema::flag`].
    pub fn flag(&self, keyword: &str) -> bool {
        self.terms.iter().all(|term| term.iter().any(|schema| schema.flag(keyword)))
    }
}

/// The most alternatives of one property that are kept apart; with more, nothing is said about its values.
const MAX_TERMS: usize = 100;

fn add<'a>(own: &mut Vec<Schema<'a>>, term: &[Schema<'a>]) {
    for schema in term {
        if !own.iter().any(|known| std::ptr::eq(known.value, schema.value)) {
            own.push(*schema);
        }
    }
}

fn same(a: &[Schema<'_>], b: &[Schema<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(a.value, b.value))
}
