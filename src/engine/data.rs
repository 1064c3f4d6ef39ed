//! Values on both sides that need no counting, and words for them.

use rhai::{Array, Dynamic, FnPtr, Map as RhaiMap};
use serde_json::{Map, Number, Value};

/// The type of a value in plain words.
pub(super) fn plain_type(value: &Dynamic) -> &str {
    if value.is::<FnPtr>() {
        return "function";
    }
    match value.type_name() {
        "string" => "text",
        "i64" => "integer",
        "f64" => "number",
        "array" | "map" | "bool" | "char" | "blob" => value.type_name(),
        "()" => "()",
        // The host's own types are named after what they hold: `RequestHandle` is a request.
        name => name.rsplit("::").next().unwrap_or(name).trim_end_matches("Handle"),
    }
}

/// A number as a script's. One above `i64::MAX` becomes a float, since the engine has no other type for it.
pub(super) fn number(n: &Number) -> Dynamic {
    match (n.as_i64(), n.as_f64()) {
        (Some(n), _) => n.into(),
        (None, Some(x)) => x.into(),
        (None, None) => Dynamic::UNIT,
    }
}

/// JSON of known size as a script's value; [`super::convert`] counts.
pub(super) fn from_json(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(b) => (*b).into(),
        Value::Number(n) => number(n),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(from_json).collect::<Array>().into(),
        Value::Object(fields) => fields_to_map(fields).into(),
    }
}

/// The map that a script gets as `flags`.
pub(super) fn fields_to_map(fields: &Map<String, Value>) -> RhaiMap {
    fields.iter().map(|(key, item)| (key.as_str().into(), from_json(item))).collect()
}

/// `value` as the user gave it, if a script only passed it on: the engine sorts the keys of maps and turns large integers
/// into floats, which must not reach the server.
pub(super) fn restored(value: Value, given: Option<&Value>) -> Value {
    match given {
        Some(given) if same(&value, given) => given.clone(),
        _ => value,
    }
}

/// Whether `value` is what became of `given` on its way through the engine.
pub(super) fn same(value: &Value, given: &Value) -> bool {
    match (value, given) {
        (Value::Number(a), Value::Number(b)) => a == b || (b.as_i64().is_none() && a.as_f64() == b.as_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}
