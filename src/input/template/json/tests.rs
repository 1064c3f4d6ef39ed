use serde_json::json;

use super::*;
use crate::input::jsonc;
use crate::openapi::Document;

fn template(schema: &Value, schemas: &Value) -> String {
    alternative(schema, schemas, 0)
}

fn alternative(schema: &Value, schemas: &Value, chosen: usize) -> String {
    let document =
        json!({ "openapi": "3.0.0", "paths": {}, "x": schema, "components": { "schemas": schemas } });
    let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
    write(Schema::new(&document, &document.root()["x"]), "POST /a: application/json", chosen, &[])
}

fn read(template: &str) -> Value {
    let plain = jsonc::plain(template);
    serde_json::from_str(&plain).unwrap_or_else(|error| panic!("{error}:\n{template}\n{plain}"))
}

/// Removes one level of comments, like an editor; the head stays.
fn uncommented(template: &str) -> String {
    let head = template.lines().take_while(|line| line.starts_with("//")).count();
    let lines = template.lines().enumerate();
    let lines = lines.map(|(n, line)| if n < head { line } else { line.strip_prefix("// ").unwrap_or(line) });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_required_is_there_and_the_rest_is_commented_out() {
    let schema = json!({"type": "object", "required": ["name", "lines"], "properties": {
        "id": {"type": "string", "readOnly": true},
        "name": {"type": "string", "minLength": 2, "description": "Who. And more."},
        "age": {"type": "integer", "minimum": 18, "default": 20, "nullable": true},
        "address": {"type": "object", "required": ["city"], "properties": {
            "city": {"type": "string", "example": "Paris"}, "zip": {"type": "string", "pattern": "^\\d+$"}}},
        "lines": {"type": "array", "items": {"type": "object", "required": ["price"], "properties": {
            "price": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "multipleOf": 0.5},
            "day": {"type": "string", "format": "date"}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "kind": {"enum": ["a", "b"]}}});
    let text = template(&schema, &Value::Null);
    assert_eq!(read(&text), json!({"name": "xx", "lines": [{"price": 0.5}]}), "{text}");
    for line in [
        "  \"name\": \"xx\", // Who [string, required, at least 2 characters]",
        "//   \"age\": 20, // [integer, at least 18, or null, default 20]",
        "//   \"address\": { // [object]",
        "//     \"city\": \"Paris\", // [string, required]",
        "// //     \"zip\": \"\", // [string, matches ^\\d+$]",
        "//   \"kind\": \"a\", // [string, one of a | b]",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is missing:\n{text}");
    }
    let more = uncommented(&text);
    assert_eq!(
        read(&more),
        json!({"name": "xx", "age": 20, "address": {"city": "Paris"}, "lines": [{"price": 0.5, "day": "2026-01-31"}],
               "labels": {}, "kind": "a"}),
        "{more}"
    );
    let all = uncommented(&more);
    assert_eq!(read(&all)["address"], json!({"city": "Paris", "zip": ""}), "{all}");
    assert_eq!(read(&all)["labels"], json!({"key": ""}), "{all}");
}

/// Each alternative has what it needs, and the others are below it, each under its name.
#[test]
fn one_alternative_is_filled_in() {
    let schemas = json!({
        "Card": {"type": "object", "required": ["kind", "number"], "properties": {"kind": {"type": "string"},
            "number": {"type": "string"}, "amount": {"type": "integer", "minimum": 3}}},
        "Bank": {"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"type": "string"},
            "iban": {"type": "string"}, "bic": {"type": "string"}, "amount": {"type": "string"}}}});
    let schema = json!({"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}],
        "discriminator": {"propertyName": "kind", "mapping": {"card": "Card", "bank": "Bank"}}});
    let text = template(&schema, &schemas);
    assert_eq!(read(&text), json!({"kind": "card", "number": ""}), "{text}");
    assert!(
        text.contains("// One of: card | bank. This is card;") && text.contains("one of card | bank"),
        "{text}"
    );
    assert!(text.contains("//   \"amount\": 3, // [integer, at least 3]"), "{text}");
    let others = text.split_once("  // bank:\n").expect(&text).1;
    assert!(others.starts_with("//   \"kind\": \"bank\","), "{text}");
    assert!(others.contains("//   \"iban\": \"\", // [string, required, for bank]"), "{text}");
    assert!(others.contains("// //   \"bic\": \"\", // [string, for bank]"), "{text}");
    assert_eq!(read(&uncommented(&text))["kind"], "bank");

    let text = alternative(&schema, &schemas, 1);
    assert_eq!(read(&text), json!({"kind": "bank", "iban": ""}), "{text}");
    assert!(text.contains("//   \"amount\": \"\", // [string]") && text.contains("  // card:\n"), "{text}");
}

#[test]
fn recursion_and_depth_end() {
    let node = json!({"$ref": "#/components/schemas/Node"});
    let schemas = json!({"Node": {"type": "object", "required": ["next", "all"], "properties": {
        "next": node, "all": {"type": "array", "items": node}}}});
    assert_eq!(read(&template(&node, &schemas)), json!({"next": {}, "all": []}));
    let mut deep = json!({"type": "string"});
    for _ in 0..40 {
        deep = json!({"type": "object", "required": ["a"], "properties": {"a": deep}});
    }
    let text = template(&deep, &Value::Null);
    assert!(read(&text).is_object() && text.lines().count() < 30, "{text}");
    // Two references at each of many levels are not followed endlessly.
    let wide: serde_json::Map<String, Value> = (0..60)
        .map(|n| {
            let next = json!({"$ref": format!("#/components/schemas/L{}", n + 1)});
            let properties: serde_json::Map<String, Value> =
                (0..40).map(|p| (format!("p{p}"), next.clone())).collect();
            (format!("L{n}"), json!({ "type": "object", "properties": properties }))
        })
        .collect();
    let text = template(&json!({"$ref": "#/components/schemas/L0"}), &Value::Object(wide));
    assert!(text.lines().count() < 2 * MAX_LINES, "{}", text.lines().count());
    read(&text);
}

#[test]
fn hostile_text_stays_in_its_comment() {
    let schema = json!({"type": "object", "properties": {
        "a\"b\nc": {"type": "string", "description": "one\n}, \"x\": \u{1b}[31m1, //", "enum": ["x\ny"]}}});
    let text = template(&schema, &Value::Null);
    assert_eq!(read(&text), json!({}));
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(read(&uncommented(&text)), json!({"a\"b\nc": "x\ny"}), "{text}");
}

#[test]
fn other_values_than_objects() {
    assert_eq!(
        read(&template(&json!({"type": "array", "items": {"type": "integer", "minimum": 3}}), &Value::Null)),
        json!([3])
    );
    assert_eq!(read(&template(&json!({"type": "boolean"}), &Value::Null)), json!(false));
    assert_eq!(read(&template(&json!({}), &Value::Null)), json!(null));
}
