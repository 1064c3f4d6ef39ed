//! Whether a value keeps to a schema, as the document has it: so a value can be chosen before anybody judges it, one
//! that fits exactly one alternative of a `oneOf`.
//!
//! What is not known here (formats but the sure ones, patterns that this engine cannot read) is taken to fit.

use serde_json::{Map, Value};

use crate::pattern;
use crate::schema::Schemas;

/// How deep references, compositions and values are followed; what is deeper is taken to fit.
const MAX_DEPTH: usize = 48;

impl Schemas<'_> {
    /// Whether `schema` takes `value` in a request.
    pub(crate) fn takes(&self, schema: &Value, value: &Value) -> bool {
        self.holds(schema, value, 0)
    }

    fn holds(&self, schema: &Value, value: &Value, depth: usize) -> bool {
        let Value::Object(members) = schema else { return schema != &Value::Bool(false) };
        if depth > MAX_DEPTH || members.is_empty() {
            return true;
        }
        if members.contains_key("$ref") {
            let target = self.next(members).is_none_or(|target| self.holds(target, value, depth + 1));
            if !target || !self.siblings() {
                return target;
            }
        }
        if value.is_null() && members.get("nullable") == Some(&Value::Bool(true)) {
            return true;
        }
        let list = |key: &str| members.get(key).and_then(Value::as_array);
        let fits = |part: &&Value| self.holds(part, value, depth + 1);
        let composed = members.get("not").is_none_or(|part| !fits(&part))
            && list("allOf").is_none_or(|parts| parts.iter().all(|part| fits(&part)))
            && ["oneOf", "anyOf"].iter().all(|key| {
                let Some(parts) = list(key).filter(|parts| !parts.is_empty()) else { return true };
                let Some(told) = self.told(members, value) else { return false };
                let count = parts.iter().filter(|part| told.allows(part)).filter(fits).take(2).count();
                if *key == "oneOf" { count == 1 } else { count > 0 }
            });
        composed
            && list("enum")
                .is_none_or(|values| values.is_empty() || values.iter().any(|one| equal(one, value)))
            && members.get("const").is_none_or(|one| equal(one, value))
            && is_of_type(members, value)
            && match value {
                Value::String(text) => text_fits(members, text),
                Value::Number(number) => number.as_f64().is_none_or(|number| number_fits(members, number)),
                Value::Array(items) => self.items_fit(members, items, depth),
                Value::Object(object) => self.members_fit(members, object, depth),
                _ => true,
            }
    }

    fn items_fit(&self, members: &Map<String, Value>, items: &[Value], depth: usize) -> bool {
        let bound = |key: &str| members.get(key).and_then(Value::as_u64);
        let first = members.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
        let unique = members.get("uniqueItems") == Some(&Value::Bool(true));
        bound("minItems").is_none_or(|least| items.len() as u64 >= least)
            && bound("maxItems").is_none_or(|most| items.len() as u64 <= most)
            && !(unique
                && items.iter().enumerate().any(|(n, item)| items.iter().take(n).any(|one| one == item)))
            && members
                .get("items")
                .is_none_or(|schema| items.iter().skip(first).all(|item| self.holds(schema, item, depth + 1)))
    }

    fn members_fit(&self, members: &Map<String, Value>, object: &Map<String, Value>, depth: usize) -> bool {
        let bound = |key: &str| members.get(key).and_then(Value::as_u64);
        let property = |name: &str| members.get("properties").and_then(|properties| properties.get(name));
        let is_read_only = |schema: &Value| {
            self.follow(schema).and_then(|schema| schema.get("readOnly")) == Some(&Value::Bool(true))
        };
        let required = members.get("required").and_then(Value::as_array).into_iter().flatten();
        bound("minProperties").is_none_or(|least| object.len() as u64 >= least)
            && bound("maxProperties").is_none_or(|most| object.len() as u64 <= most)
            && object.iter().all(|(name, value)| match property(name) {
                Some(schema) => !is_read_only(schema) && self.holds(schema, value, depth + 1),
                None => members
                    .get("additionalProperties")
                    .is_none_or(|schema| self.holds(schema, value, depth + 1)),
            })
            && required.filter_map(Value::as_str).all(|name| {
                // Nobody sends what is read-only, in whichever part of the whole that is said; here only in this one.
                object.contains_key(name) || property(name).is_some_and(is_read_only)
            })
    }

    /// What the discriminator says of a value; `None` if it has none of the values that the discriminator takes.
    fn told<'m>(&self, members: &'m Map<String, Value>, value: &Value) -> Option<Told<'m>> {
        let property = members.get("discriminator").and_then(|value| value.get("propertyName")?.as_str());
        let (Some(property), Value::Object(object)) = (property, value) else { return Some(Told(None)) };
        let name = object.get(property)?.as_str()?;
        let mapping = members.get("discriminator").and_then(|value| value.get("mapping")?.as_object());
        match mapping.filter(|mapping| !mapping.is_empty()) {
            Some(mapping) => Some(Told(mapping.get(name)?.as_str())),
            None => Some(Told(None)),
        }
    }
}

/// The target that a discriminator chose.
struct Told<'m>(Option<&'m str>);

impl Told<'_> {
    fn allows(&self, part: &Value) -> bool {
        let Some(target) = self.0 else { return true };
        let reference = part.get("$ref").and_then(Value::as_str).unwrap_or_default();
        reference == target || !target.contains('/') && reference.rsplit('/').next() == Some(target)
    }
}

/// Numbers by their value: 1 is 1.0.
fn equal(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
}

fn is_of_type(members: &Map<String, Value>, value: &Value) -> bool {
    let is = |name: &str| match name {
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    };
    match members.get("type") {
        Some(Value::String(name)) => is(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

pub(crate) fn number_fits(members: &Map<String, Value>, number: f64) -> bool {
    let get = |key: &str| members.get(key).and_then(Value::as_f64);
    let is = |key: &str| members.get(key) == Some(&Value::Bool(true));
    get("minimum").is_none_or(|least| number > least || !is("exclusiveMinimum") && number >= least)
        && get("maximum").is_none_or(|most| number < most || !is("exclusiveMaximum") && number <= most)
        && get("exclusiveMinimum").is_none_or(|least| number > least)
        && get("exclusiveMaximum").is_none_or(|most| number < most)
        && get("multipleOf").is_none_or(|step| {
            let quotient = number / step;
            step <= 0.0 || (quotient - quotient.round()).abs() < 1e-9 * quotient.abs().max(1.0)
        })
}

fn text_fits(members: &Map<String, Value>, text: &str) -> bool {
    let bound = |key: &str| members.get(key).and_then(Value::as_u64);
    let length = text.chars().count() as u64;
    let get = |key: &str| members.get(key).and_then(Value::as_str);
    bound("minLength").is_none_or(|least| length >= least)
        && bound("maxLength").is_none_or(|most| length <= most)
        && get("pattern").is_none_or(|wanted| pattern::matches(wanted, text) != Some(false))
        && match get("format") {
            Some("date") => text.len() == 10 && text.bytes().filter(u8::is_ascii_digit).count() == 8,
            Some("date-time") => text.len() >= 19 && text.contains([':', 'T']),
            _ => true,
        }
}
