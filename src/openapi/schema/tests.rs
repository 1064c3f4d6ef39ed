use super::scalar::{MAX_ENUM_BYTES, MAX_ENUM_VALUES};
use indexmap::IndexSet;
use serde_json::Value;

use super::types::MAX_PARTS;
use super::*;
use crate::openapi::Document;

fn document(schema: &str) -> Document {
    let text = format!(
        r##"{{"openapi": "3.0.0", "paths": {{}}, "x": {schema}, "components": {{"schemas": {{
            "node": {{"type": "object", "properties": {{"next": {{"$ref": "#/components/schemas/node"}}}}}},
            "endless": {{"allOf": [{{"$ref": "#/components/schemas/endless"}}]}}
        }}}}}}"##
    );
    Document::parse(text.as_bytes(), "t").unwrap()
}

fn shape(document: &Document) -> Shape<'_> {
    Schema::new(document, &document.root()["x"]).shape()
}

#[test]
fn a_number_or_an_object_is_both() {
    let document = document(
        r#"{"anyOf": [{"type": "object", "properties": {"gt": {"type": "integer"}}}, {"type": "integer"}]}"#,
    );
    let shape = shape(&document);
    assert_eq!(shape.scalar.unwrap().name, "integer");
    assert!(shape.properties.contains_key("gt") && shape.object);
}

#[test]
fn an_enum_of_the_empty_string_is_no_type_of_its_own() {
    let document = document(r#"{"anyOf": [{"type": "integer"}, {"type": "string", "enum": [""]}]}"#);
    let shape = shape(&document);
    assert_eq!(shape.scalar.unwrap().name, "integer");
    assert!(shape.allow_empty);
}

#[test]
fn all_of_is_one_object_and_one_of_requires_what_all_do() {
    let document = document(
        r#"{"allOf": [{"properties": {"a": {}}, "required": ["a"]}],
            "oneOf": [{"properties": {"b": {}, "c": {}}, "required": ["b", "c"]}, {"properties": {"b": {}}, "required": ["b"]}]}"#,
    );
    let shape = shape(&document);
    assert_eq!(shape.properties.keys().copied().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(shape.required, IndexSet::from(["a", "b"]));
}

#[test]
fn a_property_takes_what_any_alternative_takes() {
    let document = document(
        r#"{"oneOf": [{"properties": {"kind": {"enum": ["a"]}}}, {"properties": {"kind": {"enum": ["b"]}}}]}"#,
    );
    let shape = shape(&document);
    let kind = shape.properties["kind"].shape_within(&mut 10);
    assert_eq!(kind.scalar.unwrap().allowed.unwrap(), ["a", "b"]);
}

#[test]
fn what_an_all_of_of_one_part_leaves_unsaid_is_the_parts() {
    for (schema, said) in [
        (r#"{"description": "a", "allOf": [{"description": "b"}]}"#, "a"),
        (r#"{"deprecated": true, "allOf": [{"description": "b"}]}"#, "b"),
        (r#"{"description": "", "allOf": [{"allOf": [{"allOf": [{"description": "c"}]}]}]}"#, "c"),
        (r#"{"allOf": [{"allOf": [{"type": "object"}, {"description": "d"}]}]}"#, "d"),
        (r##"{"allOf": [{"$ref": "#/components/schemas/endless"}]}"##, ""),
        (r#"{"description": 1}"#, ""),
    ] {
        let document = document(schema);
        assert_eq!(Schema::new(&document, &document.root()["x"]).description(), said, "{schema}");
    }
}

#[test]
fn cycles_end() {
    let node = document(r##"{"$ref": "#/components/schemas/node"}"##);
    let shape_of_node = shape(&node);
    let next = shape_of_node.properties["next"].schemas().next().unwrap();
    assert!(std::ptr::eq(next.value(), Schema::new(&node, &node.root()["x"]).value()));
    let endless = document(r##"{"$ref": "#/components/schemas/endless"}"##);
    assert!(shape(&endless).any);
}

/// Levels `0` to `n`, each made by `level` from the reference to the next.
fn levels(n: usize, level: impl Fn(&str) -> String) -> String {
    let levels = (0..n).map(|n| format!(r#""{n}": {}"#, level(&format!("#/x/levels/{}", n + 1))));
    let levels = levels.collect::<Vec<_>>().join(", ");
    format!(r##"{{"$ref": "#/x/levels/0", "levels": {{{levels}, "{n}": {{"type": "string"}}}}}}"##)
}

#[test]
fn parts_of_parts_do_not_multiply_without_an_end() {
    let text = levels(15, |next| {
        let parts = vec![format!(r#"{{"$ref": {next:?}}}"#); 4];
        format!(r#"{{"anyOf": [{}]}}"#, parts.join(","))
    });
    let document = document(&text);
    let mut budget = 1_000_000;
    let shape = Schema::new(&document, &document.root()["x"]).shape_within(&mut budget);
    assert_eq!(budget, 1_000_000 - MAX_PARTS);
    assert_eq!(shape.scalar.unwrap().name, "string");
}

#[test]
fn a_part_of_all_of_is_looked_at_once() {
    let text = levels(10, |next| {
        format!(
            r#"{{"properties": {{{next:?}: {{}}}}, "allOf": [{{"$ref": {next:?}}}, {{"$ref": {next:?}}}]}}"#
        )
    });
    let document = document(&text);
    let mut budget = 1_000;
    let shape = Schema::new(&document, &document.root()["x"]).shape_within(&mut budget);
    assert_eq!(shape.properties.len(), 10);
    assert_eq!(budget, 1_000 - 11 - 10, "eleven schemas, ten properties");
}

#[test]
fn properties_are_taken_off_the_budget() {
    let properties: Vec<_> = (0..100).map(|n| format!(r#""p{n}": {{}}"#)).collect();
    let document = document(&format!(r#"{{"properties": {{{}}}}}"#, properties.join(",")));
    let view = Schema::new(&document, &document.root()["x"]);
    let mut budget = 51;
    assert_eq!(view.shape_within(&mut budget).properties.len(), 50);
    assert_eq!(budget, 0);
    let mut budget = 51;
    assert!(view.outline_within(&mut budget).object);
    assert_eq!(budget, 50, "an outline costs one");
    assert!(view.shape_within(&mut 0).any);
}

#[test]
fn required_stands_beside_all_of_without_a_type() {
    let document = document(r#"{"allOf": [{"properties": {"name": {}, "size": {}}}], "required": ["name"]}"#);
    assert_eq!(shape(&document).required, IndexSet::from(["name"]));
}

#[test]
fn what_is_too_long_to_be_repeated_is_left_out() {
    let long = "x".repeat(MAX_ENUM_BYTES);
    let many: Vec<_> = (0..=MAX_ENUM_VALUES).collect();
    for (schema, kept) in [
        (r#"{"enum": ["a"], "default": "a", "format": "f"}"#.to_owned(), true),
        (format!(r#"{{"enum": ["a", {long:?}], "default": {long:?}, "format": {long:?}}}"#), false),
        (format!(r#"{{"type": "string", "enum": {many:?}, "default": {many:?}}}"#), false),
        (format!(r#"{{"anyOf": [{{"enum": {:?}}}, {{"enum": {:?}}}]}}"#, &many[..600], &many[400..]), false),
    ] {
        let document = document(&schema);
        let view = Schema::new(&document, &document.root()["x"]);
        let scalar = view.shape().scalar.unwrap();
        assert_eq!(scalar.allowed.is_some(), kept);
        assert_eq!(scalar.format.is_some(), kept);
        assert_eq!(view.default().is_some(), kept);
    }
}

/// A document with these schemas among its components; `x` is the one under test.
fn with(schemas: &str) -> Document {
    let text = format!(r#"{{"openapi": "3.0.0", "paths": {{}}, "components": {{"schemas": {schemas}}}}}"#);
    Document::parse(text.as_bytes(), "t").unwrap()
}

fn family(document: &Document) -> Shape<'_> {
    let x = serde_json::json!({"$ref": "#/components/schemas/x"});
    // Like a document's own reference.
    Schema::new(document, Box::leak(Box::new(x))).family_within(&mut 1_000)
}

#[test]
fn all_of_narrows_and_any_of_widens() {
    for (schema, allowed, minimum, maximum) in [
        (
            r#"{"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 3, "maximum": 9, "type": "integer"}]}"#,
            None,
            Some(3.0),
            Some(9.0),
        ),
        (
            r#"{"anyOf": [{"type": "integer", "minimum": 1}, {"minimum": 3, "maximum": 9, "type": "integer"}]}"#,
            None,
            Some(1.0),
            None,
        ),
        (
            r#"{"type": "integer", "minimum": 2, "anyOf": [{"type": "integer", "enum": [3]}, {"type": "integer", "enum": [4]}]}"#,
            Some(vec![3, 4]),
            Some(2.0),
            None,
        ),
        (
            r#"{"type": "integer", "anyOf": [{"type": "integer", "enum": [3]}, {"minimum": 4}]}"#,
            None,
            None,
            None,
        ),
    ] {
        let document = document(schema);
        let scalar = shape(&document).scalar.unwrap();
        let bound = |bound: Option<Bound>| bound.map(|bound| bound.value);
        assert_eq!((bound(scalar.minimum), bound(scalar.maximum)), (minimum, maximum), "{schema}");
        assert_eq!(
            scalar.allowed,
            allowed.map(|values| values.into_iter().map(Value::from).collect()),
            "{schema}"
        );
    }
}

#[test]
fn null_is_taken_where_every_part_takes_it() {
    for (schema, nullable) in [
        (r#"{"type": "string", "nullable": true}"#, true),
        (r#"{"type": "string"}"#, false),
        (r#"{"allOf": [{"type": "string"}], "nullable": true}"#, true),
        (r#"{"allOf": [{"type": "string", "nullable": true}]}"#, true),
        (r#"{"allOf": [{"type": "string", "nullable": true}, {"type": "string"}]}"#, false),
        (r#"{"oneOf": [{"type": "string"}, {"type": "object", "nullable": true}]}"#, true),
        (r#"{"enum": ["a", null]}"#, true),
        (r#"{"type": "string", "enum": ["a", null]}"#, false),
    ] {
        let document = document(schema);
        assert_eq!(shape(&document).nullable, nullable, "{schema}");
    }
}

#[test]
fn choices_are_named_by_mapping_reference_title_or_place() {
    let document = with(
        r##"{"x": {"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank%20Transfer"},
                {"title": "cash", "properties": {"kind": {}, "coins": {}}}, {"properties": {"kind": {"enum": ["free"]}}},
                {"properties": {"kind": {}}}, {"type": "string"}],
              "discriminator": {"propertyName": "kind", "mapping": {"card": "Card"}}},
            "Card": {"properties": {"kind": {}, "number": {}}, "required": ["kind", "number"]},
            "Bank Transfer": {"properties": {"kind": {}, "iban": {}}, "required": ["kind"]}}"##,
    );
    let shape = family(&document);
    let names: Vec<_> = shape.choices.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!(names, ["card", "Bank%20Transfer", "cash", "free", "option 5"]);
    assert_eq!(shape.discriminator, Some(("kind", vec!["card"])));
    assert!(
        shape.choices[0].properties.contains("number") && !shape.choices[1].properties.contains("number")
    );
    assert_eq!(shape.choices[0].required, IndexSet::from(["kind", "number"]));
}

#[test]
fn subtypes_of_a_base_are_its_choices() {
    let document = with(
        r##"{"x": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"],
                "discriminator": {"propertyName": "kind"}},
            "Cat": {"allOf": [{"$ref": "#/components/schemas/x"}, {"properties": {"claws": {}}, "required": ["claws"]}]},
            "Dog": {"allOf": [{"$ref": "#/components/schemas/x"}, {"properties": {"bark": {}}}]}}"##,
    );
    let shape = family(&document);
    assert_eq!(shape.properties.keys().copied().collect::<Vec<_>>(), ["kind", "claws", "bark"]);
    assert_eq!(shape.choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["Cat", "Dog"]);
    assert_eq!(shape.required, IndexSet::from(["kind"]), "the base may be meant itself");
    // As a field, or by way of a subtype, the base is only itself.
    let cat =
        Schema::new(&document, &document.root()["components"]["schemas"]["Cat"]).family_within(&mut 100);
    assert_eq!(cat.properties.keys().copied().collect::<Vec<_>>(), ["kind", "claws"]);
    assert!(cat.choices.is_empty());
}

#[test]
fn one_target_of_a_mapping_has_its_own_value() {
    let document = with(
        r##"{"x": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"claws": {}}}]},
            "Pet": {"type": "object", "properties": {"kind": {"type": "string"}},
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/x", "dog": "Dog"}}}}"##,
    );
    assert_eq!(family(&document).discriminator, Some(("kind", vec!["cat"])));
}

#[test]
fn a_property_is_all_of_its_parts_in_any_of_its_alternatives() {
    let document = document(
        r#"{"allOf": [{"properties": {"kind": {"type": "string", "maxLength": 5}}}],
            "oneOf": [{"properties": {"kind": {"enum": ["a"]}}}, {"properties": {"kind": {"enum": ["b"]}}}]}"#,
    );
    let shape = shape(&document);
    let kind = shape.properties["kind"].shape_within(&mut 100).scalar.unwrap();
    assert_eq!((kind.max_length, kind.allowed.unwrap()), (Some(5), vec!["a".into(), "b".into()]));
}
