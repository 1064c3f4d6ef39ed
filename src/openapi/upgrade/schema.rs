//! A Schema Object of any version as one of OpenAPI 3.0 (section 4.7.24), without its parts, which follow later.

use serde_json::{Map, Value, json};

use super::{Dialect, types};

/// Keywords that concern objects.
const OBJECT: [&str; 8] = [
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "discriminator",
    "propertyNames",
];

/// Keywords that concern arrays.
const ARRAY: [&str; 5] = ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"];

/// Keywords that concern strings.
const STRING: [&str; 5] = ["minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"];

/// Keywords that concern numbers.
const NUMBER: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/// This keyword may be a boolean in OpenAPI 3.0 too, or nothing reads it.
pub(super) fn may_be_boolean(keyword: &str) -> bool {
    matches!(
        keyword,
        "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" | "additionalItems"
    )
}

/// Upgrades one schema.
pub(super) fn upgrade(node: &mut Value, dialect: Dialect) {
    match node {
        // JSON Schema 2020-12, section 4.3.2.
        Value::Bool(true) => *node = json!({}),
        Value::Bool(false) => *node = json!({ "not": {} }),
        Value::Object(members) => {
            if dialect == Dialect::V2 {
                swagger(members);
            }
            if dialect == Dialect::V31 {
                references(members);
            }
            if members.contains_key("$ref") {
                return;
            }
            constant(members);
            bounds(members);
            tuple(members);
            patterns(members);
            content(members);
            null_alternative(members);
            kinds(members);
            example(members);
        }
        _ => {}
    }
}

/// Specific to Swagger 2.0 (section "Schema Object").
fn swagger(members: &mut Map<String, Value>) {
    if let Some(Value::String(name)) = members.get("discriminator") {
        let discriminator = json!({ "propertyName": name });
        members.insert("discriminator".to_owned(), discriminator);
    }
    for key in ["x-nullable", "x-isnullable"] {
        if members.get(key) == Some(&Value::Bool(true)) {
            members.insert("nullable".to_owned(), Value::Bool(true));
        }
    }
    // JSON Schema draft 3 said `required` in the property.
    let mut names: Vec<Value> = Vec::new();
    for (name, property) in members.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if let Some(property) = property.as_object_mut()
            && property.get("required").is_some_and(Value::is_boolean)
            && property.shift_remove("required") == Some(Value::Bool(true))
        {
            names.push(name.clone().into());
        }
    }
    if !names.is_empty() {
        match members.get_mut("required") {
            Some(Value::Array(required)) => required.extend(names),
            _ => {
                members.insert("required".to_owned(), Value::Array(names));
            }
        }
    }
}

/// Siblings of `$ref` count in JSON Schema 2020-12 (section 8.2.3.1); in 3.0 they do not.
fn references(members: &mut Map<String, Value>) {
    // The target depends on the dynamic scope, which is unknown here; the anchor itself is the plainest choice.
    if let Some(dynamic) = members.shift_remove("$dynamicRef")
        && !members.contains_key("$ref")
    {
        members.insert("$ref".to_owned(), dynamic);
    }
    if members.len() < 2 || !members.get("$ref").is_some_and(Value::is_string) {
        return;
    }
    let silent =
        |key: &String| key == "$ref" || key == "$comment" || key == "summary" || key.starts_with("x-");
    if members.keys().all(silent) {
        return;
    }
    let Some(reference) = members.shift_remove("$ref") else { return };
    let reference = json!({ "$ref": reference });
    match members.get_mut("allOf") {
        Some(Value::Array(all)) => all.insert(0, reference),
        _ => {
            members.insert("allOf".to_owned(), Value::Array(vec![reference]));
        }
    }
}

/// `const` is an enum of one value.
fn constant(members: &mut Map<String, Value>) {
    if let Some(value) = members.shift_remove("const") {
        members.insert("enum".to_owned(), Value::Array(vec![value]));
    }
    let null =
        members.get("enum").and_then(Value::as_array).is_some_and(|values| values.contains(&Value::Null));
    if null {
        members.insert("nullable".to_owned(), Value::Bool(true));
    }
}

/// Exclusive bounds are separate numbers in JSON Schema; in 3.0 they modify `minimum`.
fn bounds(members: &mut Map<String, Value>) {
    for (exclusive, inclusive, low) in
        [("exclusiveMinimum", "minimum", true), ("exclusiveMaximum", "maximum", false)]
    {
        let Some(bound) = members.get(exclusive).and_then(Value::as_f64) else { continue };
        let other = members.get(inclusive).and_then(Value::as_f64);
        let tighter = other.is_none_or(|other| if low { bound >= other } else { bound <= other });
        let value = members.shift_remove(exclusive);
        if let Some(value) = value.filter(|_| tighter) {
            members.insert(inclusive.to_owned(), value);
            members.insert(exclusive.to_owned(), Value::Bool(true));
        }
    }
}

/// The items of a tuple have different types; 3.0 cannot order them.
fn tuple(members: &mut Map<String, Value>) {
    let old = members.get("items").is_some_and(Value::is_array);
    let key = if old { "items" } else { "prefixItems" };
    if !members.get(key).is_some_and(Value::is_array) {
        return;
    }
    let Some(Value::Array(mut kinds)) = members.shift_remove(key) else { return };
    match members.shift_remove(if old { "additionalItems" } else { "items" }) {
        Some(Value::Bool(false)) => {
            members.entry("maxItems").or_insert(kinds.len().into());
        }
        // More of anything.
        None | Some(Value::Bool(true)) if !old => {}
        Some(rest @ Value::Object(_)) => kinds.push(rest),
        _ => {}
    }
    let items = match kinds.len() {
        0 => json!({}),
        1 => kinds.pop().unwrap_or_default(),
        _ => json!({ "anyOf": kinds }),
    };
    members.insert("items".to_owned(), items);
    members.entry("type").or_insert("array".into());
}

/// Properties with patterns for names become those of a free map.
fn patterns(members: &mut Map<String, Value>) {
    let closed = matches!(members.get("additionalProperties"), None | Some(Value::Bool(false)));
    if !closed || !members.get("patternProperties").is_some_and(Value::is_object) {
        return;
    }
    let Some(Value::Object(patterns)) = members.shift_remove("patternProperties") else { return };
    let mut values: Vec<Value> = patterns.into_iter().map(|(_, value)| value).collect();
    let values = match values.len() {
        0 => return,
        1 => values.pop().unwrap_or_default(),
        _ => json!({ "anyOf": values }),
    };
    members.insert("additionalProperties".to_owned(), values);
    members.entry("type").or_insert("object".into());
}

/// Binary data (OpenAPI 3.1, section 4.8.14.1) has a format in 3.0.
fn content(members: &mut Map<String, Value>) {
    let text = |key: &str| members.get(key).and_then(Value::as_str).unwrap_or_default();
    let (encoding, media_type) = (text("contentEncoding"), text("contentMediaType"));
    let format = if encoding.eq_ignore_ascii_case("base64") {
        "byte"
    } else if encoding.is_empty() && is_binary(media_type) {
        "binary"
    } else {
        return;
    };
    members.entry("format").or_insert(format.into());
    members.entry("type").or_insert("string".into());
}

fn is_binary(media_type: &str) -> bool {
    const TEXT: [&str; 5] =
        ["text/", "application/json", "application/xml", "application/yaml", "application/x-yaml"];
    !media_type.is_empty()
        && !TEXT.iter().any(|text| media_type.starts_with(text))
        && !media_type.ends_with("+json")
        && !media_type.ends_with("+xml")
}

/// `anyOf` with `{"type": "null"}`: JSON Schema's way to say `nullable`.
fn null_alternative(members: &mut Map<String, Value>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = members.get_mut(key) else { continue };
        let before = alternatives.len();
        alternatives.retain(|alternative| !is_null(alternative));
        if alternatives.len() == before {
            continue;
        }
        let left = alternatives.len();
        members.insert("nullable".to_owned(), Value::Bool(true));
        if left > 1 {
            continue;
        }
        let only = members.shift_remove(key);
        let only = only.as_ref().and_then(Value::as_array).and_then(|list| list.first()).cloned();
        match (only, members.get_mut("allOf")) {
            (Some(only), Some(Value::Array(all))) => all.push(only),
            (Some(only), _) => {
                members.insert("allOf".to_owned(), Value::Array(vec![only]));
            }
            (None, _) => {
                members.insert("enum".to_owned(), json!([null]));
            }
        }
    }
}

fn is_null(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => !names.is_empty() && names.iter().all(|name| name == "null"),
        _ => {
            schema.get("const").is_some_and(Value::is_null)
                || schema
                    .get("enum")
                    .and_then(Value::as_array)
                    .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_null))
        }
    }
}

/// `type`: one of 3.0's six, at most one, and `nullable`.
fn kinds(members: &mut Map<String, Value>) {
    let names: Vec<String> = match members.get("type") {
        Some(Value::String(name)) => match types::known(name) {
            Some((known, None)) if known == name => return,
            _ => vec![name.clone()],
        },
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return,
    };
    members.shift_remove("type");
    let mut kinds: Vec<(&'static str, Option<&'static str>)> = Vec::new();
    let null = names.iter().any(|name| name == "null");
    for name in &names {
        if let Some(known) = types::known(name)
            && !kinds.iter().any(|(kind, _)| *kind == known.0)
        {
            kinds.push(known);
        }
    }
    if null {
        members.insert("nullable".to_owned(), Value::Bool(true));
    }
    match kinds.as_slice() {
        [] if null && names.len() == 1 => {
            members.insert("enum".to_owned(), json!([null]));
        }
        [] => {}
        [(kind, format)] => {
            members.insert("type".to_owned(), (*kind).into());
            if let Some(format) = format {
                members.entry("format").or_insert((*format).into());
            }
        }
        several => {
            let several: Vec<&'static str> = several.iter().map(|(kind, _)| *kind).collect();
            let numbers = several.contains(&"integer") && several.contains(&"number");
            let several: Vec<&str> =
                several.into_iter().filter(|kind| !(numbers && *kind == "integer")).collect();
            alternatives(members, &several);
        }
    }
}

/// Each type becomes an alternative with the keywords that concern it; what concerns all stays where it is.
fn alternatives(members: &mut Map<String, Value>, kinds: &[&str]) {
    if let [kind] = kinds {
        members.insert("type".to_owned(), (*kind).into());
        return;
    }
    let values = match members.shift_remove("enum") {
        Some(Value::Array(values)) => Some(values),
        _ => None,
    };
    let format = members.shift_remove("format");
    let mut list = Vec::new();
    for kind in kinds {
        let mut own = Map::new();
        own.insert("type".to_owned(), (*kind).into());
        let keywords: &[&str] = match *kind {
            "object" => &OBJECT,
            "array" => &ARRAY,
            "string" => &STRING,
            "integer" | "number" => &NUMBER,
            _ => &[],
        };
        for keyword in keywords {
            if let Some(value) = members.shift_remove(*keyword) {
                own.insert((*keyword).to_owned(), value);
            }
        }
        if let Some(values) = &values {
            let fitting: Vec<Value> = values.iter().filter(|value| is_of(value, kind)).cloned().collect();
            if fitting.is_empty() {
                continue;
            }
            own.insert("enum".to_owned(), Value::Array(fitting));
        }
        if let Some(format) = format.as_ref().filter(|format| format_is_of(format, kind)) {
            own.insert("format".to_owned(), format.clone());
        }
        list.push(Value::Object(own));
    }
    let list = json!(list);
    if members.contains_key("anyOf") {
        match members.get_mut("allOf") {
            Some(Value::Array(all)) => all.push(json!({ "anyOf": list })),
            _ => {
                members.insert("allOf".to_owned(), json!([{ "anyOf": list }]));
            }
        }
    } else {
        members.insert("anyOf".to_owned(), list);
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match value {
        Value::String(_) => kind == "string",
        Value::Number(number) => kind == "number" || (kind == "integer" && !number.is_f64()),
        Value::Bool(_) => kind == "boolean",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
        Value::Null => false,
    }
}

fn format_is_of(format: &Value, kind: &str) -> bool {
    let number = matches!(format.as_str(), Some("int32" | "int64" | "float" | "double" | "decimal"));
    match kind {
        "string" => !number,
        "integer" | "number" => number,
        _ => false,
    }
}

/// The first of a list of examples.
fn example(members: &mut Map<String, Value>) {
    if !members.get("examples").is_some_and(Value::is_array) {
        return;
    }
    if let Some(Value::Array(examples)) = members.shift_remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        members.entry("example").or_insert(first);
    }
}
