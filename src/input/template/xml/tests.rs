use serde_json::json;

use super::*;
use crate::openapi::Document;

fn template(schema: &Value, schemas: &Value) -> String {
    alternative(schema, schemas, 0)
}

fn alternative(schema: &Value, schemas: &Value, chosen: usize) -> String {
    let document =
        json!({ "openapi": "3.0.0", "paths": {}, "x": schema, "components": { "schemas": schemas } });
    let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
    let text = write(Schema::new(&document, &document.root()["x"]), "POST /a: application/xml", chosen);
    for line in text.lines() {
        let comments = line.matches("<!--").count() + line.matches("-->").count();
        assert!(line.matches("--").count() == comments, "a comment holds `--`: {line}");
    }
    text
}

/// Without the three lines at the head.
fn body(text: &str) -> String {
    text.lines().skip(3).map(|line| format!("{line}\n")).collect()
}

/// OpenAPI 3.0, section 4.7.26.
#[test]
fn names_attributes_wrappers_and_namespaces() {
    let schemas = json!({
        "Pet": {"type": "object", "required": ["id", "name", "photos", "tags"],
            "xml": {"name": "pet", "prefix": "p", "namespace": "http://example.com/pet?a&b"},
            "properties": {
                "id": {"type": "integer", "xml": {"attribute": true}},
                "name": {"type": "string", "minLength": 2, "description": "What it is called."},
                "photos": {"type": "array", "xml": {"name": "photoUrls", "wrapped": true}, "items": {"type": "string", "xml": {"name": "photoUrl"}}},
                "tags": {"type": "array", "xml": {"name": "ignored"}, "items": {"$ref": "#/components/schemas/Tag"}},
                "note": {"type": "string", "example": "a--b<c>", "xml": {"name": "remark"}},
                "colour": {"type": "string", "enum": ["red"], "xml": {"attribute": true}},
                "owner": {"type": "object", "properties": {"city": {"type": "string"}, "age": {"type": "integer"}}},
                "seen": {"type": "string", "readOnly": true}}},
        "Tag": {"type": "object", "required": ["label"], "xml": {"name": "tag"}, "properties": {"label": {"type": "string"}}}});
    let text = template(&json!({"$ref": "#/components/schemas/Pet"}), &schemas);
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- POST /a: application/xml -->\n"),
        "{text}"
    );
    let expected = r#"<p:pet xmlns:p="http://example.com/pet?a&amp;b" id="0">
  <!-- attribute id: [integer, required] -->
  <name>xx</name> <!-- What it is called [string, required, at least 2 characters] -->
  <photoUrls> <!-- [array of string, required] -->
    <photoUrl></photoUrl>
  </photoUrls>
  <tag> <!-- [array of object, required] -->
    <label></label> <!-- [string, required] -->
  </tag>
  <!-- <remark>a-&#45;b&lt;c&gt;</remark> --> <!-- [string] -->
  <!-- attribute colour="red": [string, one of red] -->
  <!-- [object] -->
  <!--
  <owner>
    <city></city>
    <age>0</age>
  </owner>
  -->
</p:pet>
"#;
    assert_eq!(body(&text), expected, "{text}");
}

#[test]
fn lists_and_scalars_at_the_root() {
    let schemas =
        json!({"User": {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}});
    let list =
        json!({"type": "array", "items": {"$ref": "#/components/schemas/User"}, "xml": {"name": "users"}});
    assert_eq!(
        body(&template(&list, &schemas)),
        "<users>\n  <User>\n    <a>false</a> <!-- [boolean, required] -->\n  </User>\n</users>\n"
    );
    assert_eq!(body(&template(&json!({"type": "integer"}), &schemas)), "<root>0</root>\n");
    let wrapped = json!({"type": "object", "required": ["animals"], "properties": {
        "animals": {"type": "array", "items": {"type": "string"}, "xml": {"name": "aliens", "wrapped": true}}}});
    let text = body(&template(&wrapped, &schemas));
    assert!(
        text.contains(
            "  <aliens> <!-- [array of string, required] -->\n    <aliens></aliens>\n  </aliens>\n"
        ),
        "{text}"
    );
}

#[test]
fn alternatives_recursion_and_hostile_names() {
    let schemas = json!({
        "Card": {"type": "object", "required": ["kind", "number"], "properties": {"kind": {"type": "string"}, "number": {"type": "string"}}},
        "Bank": {"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"type": "string"}, "iban": {"type": "string"}}},
        "Node": {"type": "object", "required": ["next"], "properties": {
            "next": {"$ref": "#/components/schemas/Node"}, "all": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}}});
    let schema = json!({"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}],
        "discriminator": {"propertyName": "kind", "mapping": {"card": "Card", "bank": "Bank"}}});
    let text = alternative(&schema, &schemas, 1);
    assert!(text.contains("One of: card | bank. This is bank."), "{text}");
    assert!(text.contains("\n  <kind>bank</kind>") && text.contains("\n  <iban></iban>"), "{text}");
    assert!(text.contains("  <!-- card: -->\n  <!-- <kind>card</kind> -->"), "{text}");
    let text = body(&template(&json!({"$ref": "#/components/schemas/Node"}), &schemas));
    assert_eq!(
        text,
        "<Node>\n  <next></next> <!-- [object, required] -->\n  <!-- all: [array of object] -->\n</Node>\n"
    );
    let hostile = json!({"type": "object", "properties": {
        "a--b": {"type": "string"}, "1 <x>": {"type": "string", "description": "--> <b> \u{1b}[31m"}, "": {"type": "string", "example": "\u{1}\n"}}});
    let text = template(&hostile, &schemas);
    assert!(
        text.contains("<!-- <_1__x_></_1__x_> -->") && text.contains("<!-- a- -b: [string] -->"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}') && text.contains("<_>\u{fffd}&#10;</_>"), "{text}");
}
