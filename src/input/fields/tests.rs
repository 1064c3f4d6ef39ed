use serde_json::json;

use super::*;
use crate::model::{Kind, Location, Multiplicity};

fn field(name: &str, value_type: ValueType) -> Argument {
    let path: Vec<String> = name.split('.').map(str::to_owned).collect();
    Argument { value_type, wire_path: path, ..Argument::new(name, Kind::Flag, Location::Body, name) }
}

/// `items` with `price`, `note`, `size.width`, `size.height` (which `size` requires), `tags` and `parts` with `name`.
fn arguments() -> Vec<Argument> {
    let mut tags = field("tags", ValueType::String);
    tags.multiplicity = Multiplicity::List;
    let mut parts = field("parts", ValueType::Json);
    parts.multiplicity = Multiplicity::List;
    parts.fields = vec![Argument { needed: Some(0), ..field("name", ValueType::String) }];
    let mut items = field("items", ValueType::Json);
    items.multiplicity = Multiplicity::List;
    items.fields = vec![
        Argument { needed: Some(0), ..field("price", ValueType::Integer) },
        field("note", ValueType::String),
        field("size.width", ValueType::Number),
        Argument { needed: Some(1), ..field("size.height", ValueType::Number) },
        tags,
        parts,
    ];
    let mut metadata = field("metadata", ValueType::String);
    metadata.multiplicity = Multiplicity::Map;
    let mut rates = field("rates", ValueType::Json);
    rates.multiplicity = Multiplicity::Map;
    rates.fields = vec![field("from", ValueType::Integer), field("to", ValueType::Integer)];
    vec![
        items,
        metadata,
        rates,
        field("address.city", ValueType::String),
        field("address.zip", ValueType::String),
    ]
}

fn typed(pairs: &[(&str, &str)]) -> Result<Value, String> {
    let arguments = arguments();
    let given = pairs.iter().map(|(name, text)| {
        let parts: Vec<&str> = name.split('.').collect();
        let (target, used) = find(&arguments, &parts).expect(name);
        let inside = parts[used..].iter().map(|part| (*part).to_owned()).collect();
        Given { target, inside, value: (*text).into() }
    });
    object(&arguments, given.collect(), "--").map(Value::Object).map_err(|failure| failure.message)
}

#[test]
fn items_by_number_by_pairs_and_as_json_are_the_same() {
    let expected = json!({ "items": [{ "price": 3, "note": "a,b" }, { "price": 4 }] });
    for given in [
        &[("items.0.price", "3"), ("items.1.price", "4"), ("items.0.note", "a,b")][..],
        &[("items", "price=3,note=a\\,b"), ("items", "price=4")],
        &[("items", r#"{"price":3,"note":"a,b"}"#), ("items", "price=4")],
        &[("items", r#"[{"price":3,"note":"a,b"},{"price":4}]"#)],
        &[("items.1", "price=4"), ("items.0", r#"{"price":3,"note":"a,b"}"#)],
    ] {
        assert_eq!(typed(given).unwrap(), expected, "{given:?}");
    }
}

#[test]
fn items_nest() {
    assert_eq!(
        typed(&[
            ("items.0.price", "1"),
            ("items.0.size.width", "2.5"),
            ("items.0.size.height", "1"),
            ("items.0.tags", "x,y"),
            ("items.0.parts.0.name", "n"),
            ("items.0.parts.1.name", "m"),
        ])
        .unwrap(),
        json!({ "items": [{ "price": 1, "size": { "width": 2.5, "height": 1 }, "tags": ["x", "y"],
                            "parts": [{ "name": "n" }, { "name": "m" }] }] })
    );
    assert_eq!(
        typed(&[("items", r#"price=1,size={"width":1\,"height":2},tags=a,tags=b"#)]).unwrap(),
        json!({ "items": [{ "price": 1, "size": { "width": 1, "height": 2 }, "tags": ["a", "b"] }] })
    );
}

#[test]
fn maps_have_free_keys() {
    assert_eq!(
        typed(&[
            ("metadata.a.b", "1"),
            ("metadata", "c=d=e"),
            ("rates.low.from", "1"),
            ("rates.low.to", "2"),
            ("rates.high", "{}")
        ])
        .unwrap(),
        json!({ "metadata": { "a.b": "1", "c": "d=e" }, "rates": { "low": { "from": 1, "to": 2 }, "high": {} } })
    );
    assert_eq!(typed(&[("metadata", "{}")]).unwrap(), json!({ "metadata": {} }));
}

#[test]
fn one_value_goes_without_a_list_where_it_may() {
    let mut one = field("key", ValueType::String);
    one.multiplicity = Multiplicity::ListOrOne;
    let arguments = [one];
    let typed = |texts: &[&str]| {
        let given = texts.iter().map(|text| Given {
            target: Target::Argument(0),
            inside: Vec::new(),
            value: (*text).into(),
        });
        Value::Object(object(&arguments, given.collect(), "--").unwrap())["key"].clone()
    };
    for (texts, value) in [
        (&["a"][..], json!("a")),
        (&["a\\,b"], json!("a,b")),
        (&["a,b"], json!(["a", "b"])),
        (&["a", "b"], json!(["a", "b"])),
        (&[r#"["a"]"#], json!(["a"])),
    ] {
        assert_eq!(typed(texts), value, "{texts:?}");
    }
}

#[test]
fn a_field_that_is_given_whole_needs_no_parts() {
    let source = field("source", ValueType::String);
    let branch = Argument { needed: Some(1), ..field("source.branch", ValueType::String) };
    let arguments = [source, branch];
    let given = vec![Given { target: Target::Argument(0), inside: Vec::new(), value: "x".into() }];
    let mut object = object(&arguments, given, "--").unwrap();
    assert!(judge::complete(&arguments, &mut object, true, |_| true).is_empty());
}

#[test]
fn objects_are_whole_or_in_parts() {
    assert_eq!(typed(&[("address", "null")]).unwrap(), json!({ "address": null }));
    assert_eq!(typed(&[("address", r#"{"x":1}"#)]).unwrap(), json!({ "address": { "x": 1 } }));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (given, why) in [
        (&[("items.0.price", "x")][..], "`x` for `--items.0.price` is not a whole number"),
        (&[("items.1.price", "3")], "`--items.1` is given, and `--items.0` is not"),
        (&[("items.0.price", "3"), ("items.2.price", "3")], "`--items.2` is given, and `--items.1` is not"),
        (&[("items.first.price", "3")], "is not an item number"),
        (&[("items.99999999999999999999.price", "3")], "is not an item number"),
        (&[("items.0.price", "3"), ("items", "price=4")], "with numbers and without"),
        (&[("items.0.prize", "3")], "has no field `prize`"),
        (&[("items", "price=3,4")], "is not `field=value`"),
        (&[("items.0.price", "3"), ("items.0.price", "4")], "`--items.0.price` is given more than once"),
        (&[("items.0", "{}"), ("items.0.price", "4")], "both as a whole and by fields"),
        (&[("items.0.note", "x")], "`--items.0.price` is missing"),
        (&[("items.0.price", "1"), ("items.0.size.width", "x")], "not a number"),
        (&[("items.0.price", "1"), ("items.0.size.width", "1")], "`--items.0.size.height` is missing"),
        (&[("items.0.price", "1"), ("items.0.parts.0", "name")], "is not JSON"),
        (&[("metadata.a", "1"), ("metadata.a", "2")], "`--metadata.a` is given more than once"),
        (&[("metadata", "nothing")], "is not a valid entry for `--metadata`"),
        (&[("address", "{}"), ("address.city", "x")], "cannot both be given"),
        (&[("address", "3")], "is not a JSON object"),
        // JSON is checked against its fields, like words.
        (&[("items", r#"[{"price":1.5}]"#)], "`1.5` for `--items.0.price` is not a whole number"),
        (&[("items", r#"[{"price":1},{"note":"x"}]"#)], "`--items.1.price` is missing"),
        (&[("items", r#"{"price":1,"size":{"width":1}}"#)], "`--items.0.size.height` is missing"),
        (&[("items", r#"price=1,size={"width":1}"#)], "`--items.0.size.height` is missing"),
        (&[("items", r#"{"price":1,"parts":[{}]}"#)], "`--items.0.parts.0.name` is missing"),
        (&[("items", r#"["x"]"#)], "`x` for `--items` is not an object"),
        (&[("rates", r#"{"low":{"from":"x"}}"#)], "`x` for `--rates.low.from` is not a whole number"),
        (&[("rates.low", r#"{"from":"x"}"#)], "`x` for `--rates.low.from` is not a whole number"),
        (&[("address", r#"{"zip":[1]}"#)], "`[1]` for `--address.zip` is not a text"),
        (&[("items", r#"[{"price":123456789012345678901234567890}]"#)], "has more digits"),
    ] {
        let message = typed(given).unwrap_err();
        assert!(message.contains(why), "{given:?}: {message}");
    }
}

#[test]
fn only_values_that_are_sure_are_filled_in() {
    let constant = |needed: Option<usize>, required: bool| Argument {
        allowed: Some(vec!["event".into()]),
        needed,
        required,
        ..field("object", ValueType::String)
    };
    let fill = |argument: Argument, rooted: bool| {
        let mut object = Map::new();
        let missing = judge::complete(&[argument], &mut object, rooted, |_| true);
        (Value::Object(object), missing.len())
    };
    assert_eq!(fill(constant(None, true), false), (json!({ "object": "event" }), 0));
    assert_eq!(fill(constant(Some(0), false), true), (json!({ "object": "event" }), 0));
    assert_eq!(fill(constant(Some(0), false), false), (json!({}), 0));
    assert_eq!(fill(constant(None, false), true), (json!({}), 0));
    let open = Argument { nullable: true, ..constant(None, true) };
    assert_eq!(fill(open, true), (json!({}), 1));
}

#[test]
fn names_are_taken_as_the_flag_or_as_the_document_spells_each_part() {
    let object = Argument {
        wire_path: vec!["X-Object".to_owned(), "R".to_owned()],
        ..field("x-object.r", ValueType::Integer)
    };
    let mut map = field("lineItems", ValueType::String);
    (map.name, map.multiplicity) = ("line-items".to_owned(), Multiplicity::Map);
    let other = field("r", ValueType::String);
    let arguments = [object, map, other];
    let found = |name: &str| find(&arguments, &name.split('.').collect::<Vec<_>>());
    for (name, target) in [
        ("x-object.r", Some((Target::Argument(0), 2))),
        ("x-object.R", Some((Target::Argument(0), 2))),
        ("X-Object.r", Some((Target::Argument(0), 2))),
        ("x_object.R", Some((Target::Argument(0), 2))),
        ("X-Object", Some((Target::Object(vec!["X-Object".to_owned()]), 1))),
        ("lineItems.aB", Some((Target::Argument(1), 1))),
        ("line_items.aB", Some((Target::Argument(1), 1))),
        ("R", None),
        ("x-object.G", None),
    ] {
        assert_eq!(found(name), target, "{name}");
    }
}
