//! How the parts of a schema become one shape: all of `allOf`, any of `anyOf` and `oneOf`.

use std::collections::HashSet;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::choice::{self, Discriminator};
use super::scalar::Scalar;
use super::types::{Choice, MAX_PARTS, Property, Schema, Shape, Size};

/// How deep `allOf`, `anyOf` and `oneOf` may nest in each other before the rest counts as any value.
const MAX_COMPOSITION: usize = 16;

/// The most subtypes of a base that become its choices. With more, their names alone would fill pages; their fields
/// are left to `--body`.
const MAX_SUBTYPES: usize = 24;

/// How far one look at a schema may go, and what it looks at.
pub(super) struct Walk {
    /// How many parts and properties may still be visited.
    left: usize,
    /// Properties and `required` are wanted.
    properties: bool,
    /// Subtypes of a base are wanted.
    pub(super) subtypes: bool,
}

/// The schemas that contain a part of a composition, innermost first.
struct Chain<'c> {
    schema: &'c Value,
    reference: Option<&'c str>,
    parent: Option<&'c Chain<'c>>,
    depth: usize,
}

impl Walk {
    /// A look that may use up `budget`; what it uses is subtracted.
    pub(super) fn within<T>(budget: &mut usize, properties: bool, look: impl FnOnce(&mut Self) -> T) -> T {
        let left = MAX_PARTS.min(*budget);
        let mut walk = Self { left, properties, subtypes: false };
        let result = look(&mut walk);
        *budget -= left - walk.left;
        result
    }

    /// What all of `schemas` accept together.
    pub(super) fn shape<'a>(&mut self, schemas: &[Schema<'a>]) -> Shape<'a> {
        let mut shape = Shape::default();
        let mut merged = HashSet::new();
        let mut nullable = !schemas.is_empty();
        for schema in schemas {
            nullable &= schema.collect(&mut shape, self, &mut merged, None);
        }
        shape.nullable = nullable;
        shape.any = !shape.is_typed();
        shape
    }

    /// Subtracts `cost` from what is left; false if that is not enough.
    fn spend(&mut self, cost: usize) -> bool {
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or_default();
        left.is_some()
    }
}

impl<'a> Schema<'a> {
    /// Adds what this schema accepts to `shape`, and returns whether it accepts null. `merged` are the parts of `allOf`
    /// that are already in `shape`: adding them again would change nothing.
    fn collect(
        &self,
        shape: &mut Shape<'a>,
        walk: &mut Walk,
        merged: &mut HashSet<*const Value>,
        chain: Option<&Chain<'_>>,
    ) -> bool {
        let Value::Object(members) = self.value else { return false };
        let depth = chain.map_or(0, |chain| chain.depth + 1);
        let again = std::iter::successors(chain, |chain| chain.parent)
            .any(|chain| std::ptr::eq(chain.schema, self.value));
        if again || depth >= MAX_COMPOSITION || !walk.spend(1) {
            return false;
        }
        let chain = Some(&Chain { schema: self.value, reference: self.reference, parent: chain, depth });
        let mut nullable = self.collect_own(members, shape, walk);
        let mut all: Option<bool> = None;
        for part in list(members, "allOf") {
            let part = Schema::new(self.document, part);
            if walk.left > 0 && merged.insert(part.value) {
                let takes_null = part.collect(shape, walk, merged, chain);
                all = Some(all.unwrap_or(true) && takes_null);
            }
        }
        nullable |= all.unwrap_or_default();
        let discriminator = Discriminator::read(members);
        let mut chosen = false;
        let base: HashSet<&'a str> = shape.properties.keys().copied().collect();
        for keyword in ["anyOf", "oneOf"] {
            let parts = list(members, keyword).map(|part| Schema::new(self.document, part));
            if let Some((mut union, takes_null)) = any_of(parts, discriminator, walk, chain) {
                // What is outside of the alternatives belongs to all of them, even if one repeats it.
                for choice in &mut union.choices {
                    choice.properties.retain(|name| !base.contains(name));
                }
                shape.and(union);
                nullable |= takes_null;
                chosen = true;
            }
        }
        if let Some(discriminator) = discriminator.filter(|_| walk.properties) {
            if !chosen && depth == 0 && walk.subtypes {
                self.collect_subtypes(shape, discriminator, walk, chain);
            }
            // What was reached through one target of the mapping has that target's values.
            let own: Vec<&'a str> = std::iter::successors(chain, |chain| chain.parent)
                .skip(1)
                .filter_map(|chain| chain.reference)
                .map(|reference| discriminator.values_of(reference).collect::<Vec<_>>())
                .find(|values| !values.is_empty())
                .unwrap_or_default();
            let values = if own.is_empty() { discriminator.values() } else { own };
            shape.discriminator.get_or_insert((discriminator.property, values));
        }
        nullable
    }

    /// The subtypes of a base as its choices. None of their fields is required: the base itself may be meant.
    fn collect_subtypes(
        &self,
        shape: &mut Shape<'a>,
        discriminator: Discriminator<'a>,
        walk: &mut Walk,
        chain: Option<&Chain<'_>>,
    ) {
        let mut targets: IndexSet<&'a str> = discriminator.targets().map(|(_, target)| target).collect();
        if targets.is_empty() {
            let known = self.reference.map_or(&[][..], |base| self.document.subtypes(base));
            targets.extend(known.iter().map(String::as_str));
        }
        if targets.len() > MAX_SUBTYPES {
            return;
        }
        let parts = targets.into_iter().filter_map(|target| {
            let value = self.document.target(&choice::reference(target)).ok()?;
            let value = self.document.resolve(value).ok()?;
            Some(Schema { document: self.document, value, reference: Some(target) })
        });
        let parts: Vec<_> = parts.filter(|part| !std::ptr::eq(part.value, self.value)).collect();
        if let Some((mut union, _)) = any_of(parts.into_iter(), Some(discriminator), walk, chain) {
            union.required.clear();
            shape.and(union);
        }
    }

    /// What the schema itself says; returns whether it accepts null.
    fn collect_own(&self, members: &'a Map<String, Value>, shape: &mut Shape<'a>, walk: &mut Walk) -> bool {
        let view = |value: &'a Value| Schema::new(self.document, value);
        let nullable = self.value.get("nullable").and_then(Value::as_bool) == Some(true);
        if walk.properties {
            // Before the type: `required` may be alone, next to an `allOf` that has the properties.
            for name in list(members, "required").filter_map(Value::as_str) {
                if !walk.spend(1) {
                    break;
                }
                shape.required.insert(name);
            }
        }
        let name = match members.get("type").and_then(Value::as_str) {
            Some(name) => name,
            None if members.contains_key("properties") || members.contains_key("additionalProperties") => {
                "object"
            }
            None if members.contains_key("items") => "array",
            None => match list(members, "enum").find(|value| !value.is_null()) {
                Some(Value::String(_)) => "string",
                Some(Value::Number(number)) if number.is_f64() => "number",
                Some(Value::Number(_)) => "integer",
                Some(Value::Bool(_)) => "boolean",
                _ => return nullable || list(members, "enum").any(Value::is_null),
            },
        };
        match name {
            "object" => {
                shape.object = true;
                let properties = members.get("properties").and_then(Value::as_object);
                for (name, value) in properties.filter(|_| walk.properties).into_iter().flatten() {
                    if !walk.spend(1) {
                        break;
                    }
                    shape.take_property(name, Property::one(view(value)));
                }
                match members.get("additionalProperties") {
                    Some(value @ Value::Object(_)) => shape.values = shape.values.or(Some(view(value))),
                    Some(Value::Bool(true)) => shape.values = shape.values.or(Some(view(&Value::Null))),
                    _ => {}
                }
            }
            "array" => {
                let count = |key: &str| members.get(key).and_then(Value::as_u64);
                let unique = members.get("uniqueItems").and_then(Value::as_bool).unwrap_or_default();
                let size = Size { min: count("minItems"), max: count("maxItems"), unique };
                let items = view(members.get("items").unwrap_or(&Value::Null));
                shape.take_items(items, size);
            }
            "string" | "integer" | "number" | "boolean" => {
                let scalar = Scalar::read(name, members);
                // A value of an enum costs less than a part, but there may be many.
                walk.spend(scalar.allowed.as_ref().map_or(0, |values| values.len() / 4));
                let empty = list(members, "enum").any(|value| value.as_str() == Some(""));
                shape.allow_empty |= empty;
                // `enum: [""]` next to something else is how form APIs say "or nothing".
                if !empty || scalar.allowed.as_ref().is_none_or(|allowed| !allowed.is_empty()) {
                    shape.take_scalar(scalar);
                }
            }
            _ => {}
        }
        let untyped = !members.contains_key("type");
        nullable || (untyped && list(members, "enum").any(Value::is_null))
    }
}

/// What one of `parts` accepts, and whether one of them accepts null; `None` if there are none.
fn any_of<'a>(
    parts: impl Iterator<Item = Schema<'a>>,
    discriminator: Option<Discriminator<'a>>,
    walk: &mut Walk,
    chain: Option<&Chain<'_>>,
) -> Option<(Shape<'a>, bool)> {
    let mut union: Option<Shape<'a>> = None;
    let mut common: Option<IndexSet<&'a str>> = None;
    let (mut nullable, mut open, mut cut) = (false, false, false);
    let mut choices = Vec::new();
    for (n, part) in parts.enumerate() {
        if walk.left == 0 {
            cut = true;
            break;
        }
        let mut alternative = Shape::default();
        nullable |= part.collect(&mut alternative, walk, &mut HashSet::new(), chain);
        if alternative.object && !alternative.properties.is_empty() {
            choices.push(Choice::new(part, &alternative, discriminator, n + 1));
        }
        open |= !alternative.is_typed();
        if alternative.object || !alternative.is_typed() {
            match &mut common {
                None => common = Some(alternative.required.clone()),
                Some(names) => names.retain(|name| alternative.required.contains(name)),
            }
        }
        match &mut union {
            None => union = Some(alternative),
            Some(union) => union.or(alternative),
        }
    }
    let mut union = union?;
    // What an unvisited alternative requires and accepts is unknown.
    union.required = common.filter(|_| !cut).unwrap_or_default();
    if open || cut {
        union.scalar = union.scalar.map(Scalar::unbounded);
    }
    if choices.len() > 1 {
        for choice in &mut choices {
            choice.required.retain(|name| !union.required.contains(name));
        }
        union.choices = choices;
    } else {
        union.choices.clear();
    }
    Some((union, nullable))
}

impl<'a> Shape<'a> {
    fn is_typed(&self) -> bool {
        self.scalar.is_some() || self.items.is_some() || self.object || self.allow_empty
    }

    fn take_property(&mut self, name: &'a str, property: Property<'a>) {
        match self.properties.get_mut(name) {
            Some(known) => known.and(&property),
            None => {
                self.properties.insert(name, property);
            }
        }
    }

    fn take_items(&mut self, items: Schema<'a>, size: Size) {
        self.items = self.items.or(Some(items));
        self.size = self.size.and(size);
    }

    fn take_scalar(&mut self, other: Scalar) {
        self.scalar = Some(match self.scalar.take() {
            None => other,
            Some(scalar) => scalar.and(other),
        });
    }

    /// What this shape and `other` both say; types that only one of them has are kept.
    fn and(&mut self, other: Self) {
        if let Some(scalar) = other.scalar {
            self.take_scalar(scalar);
        }
        if let Some(items) = other.items {
            self.take_items(items, other.size);
        }
        for (name, property) in other.properties {
            self.take_property(name, property);
        }
        self.required.extend(other.required);
        self.values = self.values.or(other.values);
        self.object |= other.object;
        self.allow_empty |= other.allow_empty;
        self.choices.extend(other.choices);
        self.discriminator = self.discriminator.take().or(other.discriminator);
    }

    /// What this shape or `other` accepts. What both require is required; `required` of one that is not an object means
    /// nothing.
    pub(super) fn or(&mut self, other: Self) {
        self.scalar = match (self.scalar.take(), other.scalar) {
            (Some(a), Some(b)) => Some(a.or(b)),
            (a, b) => a.or(b),
        };
        self.size = match (self.items, other.items) {
            (Some(_), Some(_)) => self.size.or(other.size),
            (Some(_), None) => self.size,
            _ => other.size,
        };
        self.items = self.items.or(other.items);
        match (self.object, other.object) {
            (true, true) => self.required.retain(|name| other.required.contains(name)),
            (true, false) => {}
            (false, _) => self.required = other.required,
        }
        for (name, property) in other.properties {
            match self.properties.get_mut(name) {
                Some(known) => known.or(&property),
                None => {
                    self.properties.insert(name, property);
                }
            }
        }
        self.values = self.values.or(other.values);
        self.object |= other.object;
        self.nullable |= other.nullable;
        self.allow_empty |= other.allow_empty;
        self.choices.extend(other.choices);
        self.discriminator = match (self.discriminator.take(), other.discriminator) {
            (Some((a, mut values)), Some((b, more))) if a == b => {
                if values.is_empty() || more.is_empty() {
                    values.clear();
                } else {
                    let known: HashSet<&str> = values.iter().copied().collect();
                    values.extend(more.into_iter().filter(|value| !known.contains(value)));
                }
                Some((a, values))
            }
            (a, b) => a.or(b),
        };
        self.any = !self.is_typed();
    }
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            min: self.min.max(other.min),
            max: match (self.max, other.max) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            unique: self.unique || other.unique,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            min: self.min.zip(other.min).map(|(a, b)| a.min(b)),
            max: self.max.zip(other.max).map(|(a, b)| a.max(b)),
            unique: self.unique && other.unique,
        }
    }
}

fn list<'a>(members: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    members.get(key).and_then(Value::as_array).into_iter().flatten()
}
