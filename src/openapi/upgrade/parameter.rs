//! Parameters and headers of Swagger 2.0, which are a kind of schema themselves.

use serde_json::{Map, Value};

use super::collection::COLLECTION_FORMAT;
use super::swagger;

/// The keywords of a schema (Swagger 2.0, Items Object); the rest is about the parameter.
const KEYWORDS: [&str; 19] = [
    "type",
    "format",
    "items",
    "default",
    "enum",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
    "x-nullable",
    "example",
    "$ref",
];

/// Removes from a parameter what belongs in a schema.
pub(super) fn schema_of(members: &mut Map<String, Value>) -> Value {
    let mut schema = Map::new();
    for keyword in KEYWORDS {
        if let Some(value) = members.shift_remove(keyword) {
            schema.insert(keyword.to_owned(), value);
        }
    }
    Value::Object(schema)
}

/// Upgrades a parameter or header; one in `body` or `formData` is left as it is, and becomes part of a request body
/// later. Returns what 3.0 cannot express.
pub(super) fn upgrade(members: &mut Map<String, Value>) -> Option<String> {
    if swagger::is_body_members(members) {
        return None;
    }
    let format = members.shift_remove("collectionFormat");
    if !members.contains_key("schema") && !members.contains_key("content") {
        let schema = schema_of(members);
        members.insert("schema".to_owned(), schema);
    }
    let is_list =
        members.get("schema").and_then(|schema| schema.get("type")).is_some_and(|kind| kind == "array");
    if !is_list || members.contains_key("style") {
        return None;
    }
    let format = format.as_ref().and_then(Value::as_str).unwrap_or("csv");
    if members.get("in").and_then(Value::as_str) == Some("query") {
        let exact = style(members, format);
        return (!exact).then(|| unknown(format));
    }
    // Lists in paths and headers always use commas.
    (format != "csv").then(|| unknown(format))
}

fn unknown(format: &str) -> String {
    format!(
        "`collectionFormat: {}` cannot be sent; the values are joined with commas",
        format.escape_default()
    )
}

/// Adds style and `explode` of a `collectionFormat` in a query or form (Swagger 2.0, Parameter Object). Returns whether
/// that is an exact equivalent.
fn style(members: &mut Map<String, Value>, format: &str) -> bool {
    let (style, explode, exact) = match format {
        "csv" => ("form", false, true),
        "multi" => ("form", true, true),
        "ssv" | "tsv" => ("spaceDelimited", false, true),
        "pipes" => ("pipeDelimited", false, true),
        _ => ("form", false, false),
    };
    members.insert("style".to_owned(), style.into());
    members.insert("explode".to_owned(), explode.into());
    if format == "tsv" {
        members.insert(COLLECTION_FORMAT.to_owned(), format.into());
    }
    exact
}

/// The Encoding Object (OpenAPI 3.0, section 4.7.15) of a list in a form.
pub(super) fn encoding(members: &Map<String, Value>) -> Option<Value> {
    if members.get("type").and_then(Value::as_str) != Some("array") {
        return None;
    }
    let format = members.get("collectionFormat").and_then(Value::as_str).unwrap_or("csv");
    let mut encoding = Map::new();
    style(&mut encoding, format);
    Some(Value::Object(encoding))
}
