//! What a person sees of the places in a request: the flags, and whether they could say a value.

use std::collections::HashMap;

use apicli::model::ValueType;
use serde_json::Value;

/// What a person sees of a place in a value: the type of the flag for it.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'s> {
    pub(crate) value_type: ValueType,
    pub(crate) repeated: bool,
    /// An array of one goes without a list around it.
    pub(crate) single: bool,
    pub(crate) map: bool,
    /// The values that it takes, where they are known.
    pub(crate) allowed: Option<&'s [Value]>,
}

/// The shapes of one place of a request, by the path of each value; `[]` is an item of an array.
pub(crate) type Shapes<'s> = HashMap<Vec<String>, Shape<'s>>;

impl Shape<'_> {
    /// Whether a person who sees it would type a value of that JSON type.
    pub(crate) fn fits(self, kind: &str) -> bool {
        match self.value_type {
            _ if self.repeated => kind == "array",
            _ if self.map => kind == "object",
            ValueType::Integer | ValueType::Number => kind == "integer" || kind == "number",
            ValueType::Boolean => kind == "boolean",
            ValueType::Json => true,
            _ => kind == "string",
        }
    }

    /// The JSON type that a person would type.
    pub(crate) fn kind(self) -> &'static str {
        match self.value_type {
            _ if self.repeated => "array",
            _ if self.map => "object",
            ValueType::Integer => "integer",
            ValueType::Number => "number",
            ValueType::Boolean => "boolean",
            _ => "string",
        }
    }

    /// Whether a person would type `value` for it.
    pub(crate) fn takes(self, value: &Value) -> bool {
        let kind = match value {
            Value::Null => return true,
            Value::Array(items) if self.repeated => {
                let item = Self { repeated: false, ..self };
                return items.iter().all(|value| item.takes(value));
            }
            value if self.repeated && self.single => return Self { repeated: false, ..self }.takes(value),
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Bool(_) => "boolean",
            Value::String(_) => "string",
            Value::Number(number) if self.value_type == ValueType::Integer && number.is_f64() => {
                return false;
            }
            Value::Number(_) => "number",
        };
        self.fits(kind) && self.allowed.is_none_or(|allowed| !value.is_string() || allowed.contains(value))
    }
}

/// Whether flags would say what stands at `path`.
pub(crate) fn typed(value: &Value, path: &mut Vec<String>, shapes: &Shapes<'_>) -> bool {
    if let Some(shape) = shapes.get(path)
        && !shape.takes(value)
    {
        return false;
    }
    let mut below = |name: &str, value: &Value| {
        path.push(name.to_owned());
        let typed = typed(value, path, shapes);
        path.pop();
        typed
    };
    match value {
        Value::Object(members) => members.iter().all(|(name, value)| below(name, value)),
        Value::Array(items) => items.iter().all(|value| below("[]", value)),
        _ => true,
    }
}
