//! Swagger 2.0's parameters and media types.

use serde_json::{Map, Value, json};

/// The media type of a body if neither the operation nor the document says.
pub(super) const DEFAULT_TYPE: &str = "application/json";

/// Media types of `consumes` or `produces`; `None` if the document does not say.
pub(super) fn media_types(list: Option<&Value>) -> Option<Vec<String>> {
    let usable = |name: &&str| !name.trim().is_empty() && name.bytes().all(|b| (b' '..=b'~').contains(&b));
    let mut types: Vec<String> = Vec::new();
    match list? {
        Value::Array(list) => {
            for name in list.iter().filter_map(Value::as_str).filter(usable) {
                if !types.iter().any(|known| known == name) {
                    types.push(name.to_owned());
                }
            }
        }
        Value::String(name) => types.extend(Some(name.as_str()).filter(usable).map(str::to_owned)),
        _ => {}
    }
    (!types.is_empty()).then_some(types)
}

/// True for a parameter that is, or is part of, the request body.
pub(super) fn is_body(parameter: &Value) -> bool {
    parameter.as_object().is_some_and(is_body_members)
}

pub(super) fn is_body_members(members: &Map<String, Value>) -> bool {
    matches!(members.get("in").and_then(Value::as_str), Some("body" | "formData"))
}

/// A reference within the same document.
pub(super) fn reference_to(pointer: &str) -> Value {
    json!({ "$ref": format!("#{}", pointer.replace('%', "%25")) })
}
