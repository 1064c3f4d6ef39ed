//! Responses of Swagger 2.0, which have one schema for all media types.

use serde_json::{Map, Value, json};

use super::swagger::{DEFAULT_TYPE, reference_to};

/// Makes `content` of `schema`, for the media types that the operation `produces`. `place` is the response's pointer.
pub(super) fn upgrade(members: &mut Map<String, Value>, produces: &[String], place: &str) {
    let Some(schema) = members.shift_remove("schema") else { return };
    let file = schema.get("type").is_some_and(|kind| kind == "file");
    let fallback = if file { "application/octet-stream" } else { DEFAULT_TYPE };
    let types: Vec<&str> =
        if produces.is_empty() { vec![fallback] } else { produces.iter().map(String::as_str).collect() };
    let mut examples = match members.shift_remove("examples") {
        Some(Value::Object(examples)) => examples,
        _ => Map::new(),
    };
    // It is written once: what several places need stays here, and they refer to it.
    let shared = types.len() > 1 && !is_reference(&schema);
    let each = if shared { reference_to(&format!("{place}/schema")) } else { schema.clone() };
    if shared {
        members.insert("schema".to_owned(), schema);
    }
    let mut content = Map::new();
    for name in types {
        let mut media = json!({ "schema": each });
        if let (Some(example), Some(media)) = (examples.shift_remove(name), media.as_object_mut()) {
            media.insert("example".to_owned(), example);
        }
        content.insert(name.to_owned(), media);
    }
    members.insert("content".to_owned(), Value::Object(content));
}

/// Just a `$ref`: nothing shorter says the same.
pub(super) fn is_reference(schema: &Value) -> bool {
    schema.as_object().is_some_and(|members| members.len() == 1 && members.contains_key("$ref"))
}
