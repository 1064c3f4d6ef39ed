//! The alternatives of an object: their names, and what distinguishes them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::types::{Choice, Schema, Shape};
use crate::openapi::pointer;
use crate::openapi::text::plain;

/// The longest name of a choice, in characters.
const MAX_NAME: usize = 60;

/// A Discriminator Object (OpenAPI 3.0, section 4.7.25).
#[derive(Clone, Copy, Debug)]
pub(super) struct Discriminator<'a> {
    pub(super) property: &'a str,
    mapping: Option<&'a Map<String, Value>>,
}

impl<'a> Discriminator<'a> {
    pub(super) fn read(members: &'a Map<String, Value>) -> Option<Self> {
        let value = members.get("discriminator")?;
        let property = value.get("propertyName").and_then(Value::as_str)?;
        Some(Self { property, mapping: value.get("mapping").and_then(Value::as_object) })
    }

    /// The values that the mapping lists.
    pub(super) fn values(&self) -> Vec<&'a str> {
        self.mapping.into_iter().flat_map(|mapping| mapping.keys()).map(String::as_str).collect()
    }

    /// The targets of the mapping, in order: references, or names of schemas.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.mapping
            .into_iter()
            .flatten()
            .filter_map(|(value, target)| Some((value.as_str(), target.as_str()?)))
    }

    /// The values that stand for the schema of this reference.
    pub(super) fn values_of(&self, reference: &str) -> impl Iterator<Item = &'a str> {
        self.targets().filter(move |(_, target)| means(target, reference)).map(|(value, _)| value)
    }
}

/// The reference that a mapping's target stands for.
pub(super) fn reference(target: &str) -> Cow<'_, str> {
    if target.contains(['#', '/']) {
        Cow::Borrowed(target)
    } else {
        Cow::Owned(pointer::child("#/components/schemas", target))
    }
}

fn means(target: &str, reference: &str) -> bool {
    target == reference || self::reference(target) == reference
}

impl<'a> Choice<'a> {
    /// The choice for the object `shape`, the `n`th of its list.
    pub(super) fn new(
        schema: Schema<'a>,
        shape: &Shape<'a>,
        discriminator: Option<Discriminator<'a>>,
        n: usize,
    ) -> Self {
        let mapped = discriminator.and_then(|known| known.values_of(schema.reference?).next());
        let constant = || discriminator.and_then(|known| constant(shape, known.property));
        // Azure's and Microsoft's own way of giving the mapping.
        let vendor = schema.value.get("x-ms-discriminator-value").and_then(Value::as_str);
        let value = mapped.or(vendor).map(str::to_owned).or_else(constant);
        let last = schema.reference.and_then(|reference| reference.rsplit('/').next());
        let last = last.map(|last| pointer::unescape(last).into_owned());
        let title = || schema.value.get("title").and_then(Value::as_str).map(str::to_owned);
        let name =
            value.clone().or(last).or_else(title).map(|name| short(&name)).filter(|name| !name.is_empty());
        Self {
            name: name.unwrap_or_else(|| format!("option {n}")),
            properties: shape.properties.keys().copied().collect(),
            required: shape.required.clone(),
            // A truncated value is of no use.
            value: value.filter(|value| value.len() <= 4 * MAX_NAME),
            schema,
        }
    }
}

/// The only value that `property` can have in this object.
fn constant(shape: &Shape<'_>, property: &str) -> Option<String> {
    let mut schemas = shape.properties.get(property)?.schemas();
    schemas.find_map(|schema| match schema.value.get("enum").and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::String(value)]) => Some(value.clone()),
        _ => None,
    })
}

fn short(name: &str) -> String {
    let name = plain(name).replace('\n', " ");
    if name.chars().count() <= MAX_NAME {
        name
    } else {
        name.chars().take(MAX_NAME - 1).chain(['…']).collect()
    }
}
