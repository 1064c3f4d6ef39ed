use serde_json::{Value, json};

use super::*;

fn flags(operation: &Value, schemas: &Value) -> Vec<Argument> {
    let document = serde_json::json!({
        "openapi": "3.0.0", "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}
    });
    let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
    let operations = document.operations();
    let operation = Operation::read(&document, &operations[0]).unwrap();
    owned(read(&document, &operation, &Known::default()).arguments)
}

fn body(schema: &Value) -> Value {
    serde_json::json!({"requestBody": {"content": {"application/json": {"schema": schema}}}})
}

/// An object of string properties with these names.
fn object(names: impl IntoIterator<Item = String>, property: &Value) -> Value {
    let properties: serde_json::Map<_, _> = names.into_iter().map(|name| (name, property.clone())).collect();
    serde_json::json!({ "properties": properties })
}

#[test]
fn no_two_flags_have_one_key_or_change_places() {
    let read = |names: [&str; 3]| {
        let mut operation = body(&object(names.map(str::to_owned), &serde_json::json!({})));
        operation["parameters"] = serde_json::json!([{"name": "id", "in": "query"}]);
        let mut got: Vec<_> = flags(&operation, &Value::Null)
            .into_iter()
            .map(|flag| {
                (
                    flag.wire_name().into_owned(),
                    flag.location == Location::Body,
                    flag.name.clone(),
                    flag.key().into_owned(),
                )
            })
            .collect();
        got.sort();
        got
    };
    let got = read(["body_id", "id", "body_output"]);
    let keys: HashSet<_> = got.iter().map(|(_, _, _, key)| key.clone()).collect();
    assert_eq!(keys.len(), 4, "{got:?}");
    let names: Vec<_> = got.iter().map(|(_, _, name, _)| name.as_str()).collect();
    assert_eq!(names, ["body-id", "body-output", "id", "body-id-2"]);
    assert_eq!(got, read(["id", "body_output", "body_id"]));
}

#[test]
fn a_host_flag_leaves_the_names_of_others_alone() {
    let names = ["mock", "body_mock"].map(str::to_owned);
    let got = flags(&body(&object(names, &serde_json::json!({}))), &Value::Null);
    let got: Vec<_> = got.iter().map(|flag| (flag.wire_path[0].as_str(), flag.name.as_str())).collect();
    assert_eq!(got, [("mock", "body-mock-2"), ("body_mock", "body-mock")]);
}

#[test]
fn fields_that_give_no_flag_end_too() {
    let reference = |n: usize| serde_json::json!({"$ref": format!("#/components/schemas/L{n}")});
    let level = |n: usize| object((0..60).map(|p| format!("p{p}")), &reference(n + 1));
    let schemas = serde_json::json!({
        "L1": level(1), "L2": level(2), "L3": level(3), "L4": level(4),
        "L5": {"type": "string", "readOnly": true}
    });
    let got = flags(&body(&reference(1)), &schemas);
    assert!(got.len() <= MAX_FLAGS, "{}", got.len());
}

#[test]
fn many_fields_of_one_name_are_flags_up_to_the_limit() {
    let names = (0..20_000).map(|n| format!("{}x{}", "_".repeat(n / 150), "_".repeat(n % 150)));
    let names: Vec<String> = names.chain((0..20_000).map(|n| format!("客户{n}"))).collect();
    let got = flags(&body(&object(names, &serde_json::json!({"type": "string"}))), &Value::Null);
    assert_eq!(got.len(), MAX_FLAGS);
    assert_eq!(got.iter().map(|flag| &flag.name).collect::<HashSet<_>>().len(), MAX_FLAGS);
}

#[test]
fn outer_fields_come_first_and_an_object_has_flags_for_all_fields_or_none() {
    let string = json!({"type": "string"});
    let inner = |count: usize| {
        let mut inner = object((0..count).map(|n| format!("q{n}")), &string);
        inner["type"] = "object".into();
        inner
    };
    let mut properties = serde_json::Map::new();
    properties.insert("deep".to_owned(), json!({"type": "object", "properties": {"deeper": inner(50)}}));
    properties.insert("large".to_owned(), inner(200)); // before the small ones, but left out
    properties.insert("small".to_owned(), inner(100));
    let mut schema = object((0..100).map(|n| format!("p{n}")), &string);
    properties.append(schema["properties"].as_object_mut().unwrap());
    let got = flags(&body(&json!({ "properties": properties })), &Value::Null);
    let count = |prefix: &str| got.iter().filter(|flag| flag.name.starts_with(prefix)).count();
    assert_eq!((count("large"), count("small."), count("p")), (1, 100, 100));
    assert_eq!(count("deep.deeper."), 50, "there is room for it when the outer ones have theirs");
    assert_eq!(got.iter().find(|flag| flag.name == "large").unwrap().value_type, ValueType::Json);
    assert_eq!(got.first().unwrap().name, "deep.deeper.q0", "the document's order");
}

#[test]
fn a_field_required_beside_all_of_is_required() {
    let schemas = serde_json::json!({"B": object(["name".to_owned(), "size".to_owned()], &Value::Null)});
    let schema = serde_json::json!({"allOf": [{"$ref": "#/components/schemas/B"}], "required": ["name"]});
    let mut operation = body(&schema);
    operation["requestBody"]["required"] = true.into();
    let got = flags(&operation, &schemas);
    let got: Vec<_> = got.iter().map(|flag| (flag.name.as_str(), flag.required)).collect();
    assert_eq!(got, [("name", true), ("size", false)]);
}

fn of(schema: &Value, schemas: &Value) -> Vec<Argument> {
    let mut operation = body(schema);
    operation["requestBody"]["required"] = true.into();
    flags(&operation, schemas)
}

fn owned(arguments: Vec<Arc<Argument>>) -> Vec<Argument> {
    arguments.into_iter().map(Arc::unwrap_or_clone).collect()
}

fn named<'f>(flags: &'f [Argument], name: &str) -> &'f Argument {
    flags.iter().find(|flag| flag.name == name).unwrap_or_else(|| panic!("no {name} in {flags:?}"))
}

#[test]
fn items_have_fields() {
    let item = json!({"type": "object", "required": ["price", "id"], "properties": {
        "id": {"type": "string", "readOnly": true}, "price": {"type": "integer", "minimum": 0},
        "size": {"type": "object", "required": ["w"], "properties": {"w": {"type": "number"}, "h": {"type": "number"}}},
        "parts": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {"name": {"enum": ["a", "b"]}}}}}});
    let got =
        of(&json!({"properties": {"items": {"type": "array", "maxItems": 3, "items": item}}}), &Value::Null);
    let items = named(&got, "items");
    assert!(items.is_list() && items.value_type == ValueType::Json && items.constraints.max_items == Some(3));
    let names: Vec<_> = items.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["price", "size.w", "size.h", "parts"]);
    let needed: Vec<_> = items.fields.iter().map(|field| field.needed).collect();
    assert_eq!(needed, [Some(0), Some(1), None, None]);
    let parts = named(&items.fields, "parts");
    assert_eq!(parts.constraints.min_items, Some(1));
    assert_eq!(named(&parts.fields, "name").allowed.as_ref().unwrap(), &["a", "b"]);
}

#[test]
fn recursion_ends_where_a_field_would_stand_in_itself() {
    let reference = json!({"$ref": "#/components/schemas/Node"});
    let schemas = json!({"Node": {"type": "object", "properties": {
        "name": {"type": "string"}, "next": reference, "all": {"type": "array", "items": reference}}}});
    let got = of(&reference, &schemas);
    let names: Vec<_> = got.iter().map(|flag| flag.name.as_str()).collect();
    assert_eq!(names, ["name", "next", "all"]);
    assert!(named(&got, "all").fields.is_empty() && named(&got, "next").value_type == ValueType::Json);
}

#[test]
fn alternatives_have_names_and_their_fields_say_whose_they_are() {
    let schema = json!({"oneOf": [
        {"title": "card", "properties": {"amount": {}, "number": {}}, "required": ["amount", "number"]},
        {"title": "transfer", "properties": {"amount": {}, "iban": {}}, "required": ["amount", "iban"]}]});
    let mut operation = body(&schema);
    operation["requestBody"]["required"] = true.into();
    let document = json!({"openapi": "3.0.0", "paths": {"/a": {"post": operation}}});
    let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
    let operations = document.operations();
    let operation = Operation::read(&document, &operations[0]).unwrap();
    let Input { arguments: flags, body, .. } = read(&document, &operation, &Known::default());
    let flags = owned(flags);
    let alternatives = body.unwrap().alternatives;
    let got: Vec<_> = alternatives.iter().map(|one| (one.name.as_str(), one.required.clone())).collect();
    assert_eq!(got, [("card", vec!["number".to_owned()]), ("transfer", vec!["iban".to_owned()])]);
    assert_eq!(named(&flags, "number").alternatives, ["card"]);
    assert!(named(&flags, "amount").alternatives.is_empty() && named(&flags, "amount").required);
    assert!(!named(&flags, "iban").required);
}

#[test]
fn what_the_server_sets_is_left_out_and_not_required() {
    let got = of(
        &json!({"required": ["id", "secret"], "properties": {
            "id": {"type": "string", "readOnly": true}, "secret": {"type": "string", "writeOnly": true},
            "part": {"type": "object", "properties": {"at": {"type": "string", "readOnly": true}, "x": {"type": "string"}}},
            "wrapped": {"allOf": [{"type": "string"}], "readOnly": true}}}),
        &Value::Null,
    );
    let names: Vec<_> = got.iter().map(|flag| (flag.name.as_str(), flag.required)).collect();
    assert_eq!(names, [("secret", true), ("part.x", false)]);
}

#[test]
fn what_an_optional_object_requires_is_needed_once_it_is_there() {
    let inner = json!({"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}, "c": {"type": "string"}}});
    let outer = json!({"type": "object", "required": ["a"], "properties": {"a": inner, "d": inner}});
    let schema = json!({"properties": {"x": outer, "y": outer}, "required": ["y"]});
    let needed = |flags: &[Argument]| {
        flags
            .iter()
            .map(|flag| (flag.name.clone(), flag.required, flag.needed))
            .filter(|(_, a, b)| *a || b.is_some())
            .collect::<Vec<_>>()
    };
    let expect = |name: &str, required: bool, needed: Option<usize>| (name.to_owned(), required, needed);
    assert_eq!(
        needed(&of(&schema, &Value::Null)),
        [
            expect("y.a.b", true, None),
            expect("x.a.b", false, Some(1)),
            expect("x.d.b", false, Some(2)),
            expect("y.d.b", false, Some(2))
        ]
    );
    assert_eq!(
        needed(&flags(&body(&schema), &Value::Null)),
        [
            expect("x.a.b", false, Some(1)),
            expect("x.d.b", false, Some(2)),
            expect("y.a.b", false, Some(0)),
            expect("y.d.b", false, Some(2))
        ]
    );
}

#[test]
fn maps_hold_texts_lists_and_objects() {
    let got = of(
        &json!({"properties": {
            "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3, "nullable": true}},
            "lists": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}},
            "rates": {"type": "object", "additionalProperties": {"type": "object", "properties": {"from": {"type": "integer"}}}},
            "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true},
            "typed": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}}}),
        &Value::Null,
    );
    let labels = named(&got, "labels");
    assert!(labels.is_map() && labels.nullable && labels.constraints.max_length == Some(3));
    let lists = named(&got, "lists");
    assert!(lists.multiplicity == Multiplicity::MapOfLists && lists.value_type == ValueType::Integer);
    assert_eq!(named(&named(&got, "rates").fields, "from").value_type, ValueType::Integer);
    assert!(!got.iter().any(|flag| flag.name == "open"), "whatever else it takes goes by --body");
    assert!(named(&got, "typed").is_map() && named(&got, "typed.a").value_type == ValueType::String);
}

#[test]
fn fields_of_other_media_types_are_marked() {
    let document = json!({"openapi": "3.0.0", "paths": {"/a": {"post": {"requestBody": {"required": true, "content": {
        "multipart/form-data": {"schema": {"required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}, "name": {}}}},
        "application/json": {"schema": {"required": ["url"], "properties": {"url": {"type": "string"}, "name": {}}}}}}}}}});
    let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
    let operations = document.operations();
    let operation = Operation::read(&document, &operations[0]).unwrap();
    let Input { arguments: flags, body, .. } = read(&document, &operation, &Known::default());
    let flags = owned(flags);
    assert_eq!(body.unwrap().content_type, "application/json");
    assert_eq!(named(&flags, "url").media_types, ["application/json"]);
    let file = named(&flags, "file");
    assert_eq!(
        (file.value_type, file.required, file.media_types.as_slice()),
        (ValueType::File, false, &["multipart/form-data".to_owned()][..])
    );
    assert!(named(&flags, "name").media_types.is_empty());
}

#[test]
fn a_discriminator_takes_the_values_of_its_mapping() {
    let schemas = json!({
        "Pet": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}, "discriminator":
            {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}}},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"claws": {"type": "integer"}}}]},
        "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"bark": {"type": "string"}}}]}});
    let got = of(&json!({"$ref": "#/components/schemas/Pet"}), &schemas);
    assert_eq!(named(&got, "kind").allowed.as_ref().unwrap(), &["cat", "dog"]);
    assert_eq!(named(&got, "claws").alternatives, ["cat"]);
    let got = of(&json!({"$ref": "#/components/schemas/Cat"}), &schemas);
    assert_eq!(named(&got, "kind").constant().unwrap(), "cat");
}

#[test]
fn one_value_or_a_list() {
    let text = json!({"type": "string"});
    let got = of(
        &json!({"properties": {
            "key": {"anyOf": [text, {"type": "array", "items": text}]},
            "mixed": {"anyOf": [text, {"type": "array", "items": {"type": "object", "properties": {"a": text}}}]},
            "list": {"type": "array", "items": text}}}),
        &Value::Null,
    );
    for (name, single) in [("key", true), ("mixed", true), ("list", false)] {
        let flag = named(&got, name);
        assert_eq!(
            (flag.is_list(), flag.multiplicity.takes_one(), flag.value_type),
            (true, single, ValueType::String),
            "{name}"
        );
    }
}
