//! Words and data give the same values, or the same errors.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::engine::Values;
use crate::input::positionals;
use crate::model::{Argument, Body, Constraints, Encoding, Kind, Location, Multiplicity, ValueType};

fn flag(name: &str, value_type: ValueType) -> Argument {
    let path = name.split('.').map(|part| part.replace('-', "_")).collect();
    Argument { value_type, wire_path: path, ..Argument::new(name, Kind::Flag, Location::Body, name) }
}

fn bounded(name: &str) -> Argument {
    let constraints = Constraints { maximum: Some(5.0), ..Constraints::default() };
    Argument { constraints, ..flag(name, ValueType::Integer) }
}

fn list(argument: Argument) -> Argument {
    Argument { multiplicity: Multiplicity::List, ..argument }
}

fn map(argument: Argument) -> Argument {
    let multiplicity = match argument.is_list() {
        true => Multiplicity::MapOfLists,
        false => Multiplicity::Map,
    };
    Argument { multiplicity, ..argument }
}

/// One of each kind of argument.
fn signature() -> Signature {
    let text = |name: &str| flag(name, ValueType::String);
    let fields = || {
        vec![
            Argument { needed: Some(0), ..text("sku") },
            bounded("n"),
            Argument { needed: Some(0), allowed: Some(vec!["line".into()]), ..text("object") },
            Argument { needed: Some(1), ..text("size.unit") },
            bounded("size.unit-count"),
            list(bounded("scores")),
        ]
    };
    let few = Constraints { max_items: Some(2), unique_items: true, ..Constraints::default() };
    let in_query = |argument: Argument| Argument { location: Location::Query, ..argument };
    let flags = vec![
        text("name"),
        bounded("age"),
        Argument { nullable: true, ..flag("ratio", ValueType::Number) },
        flag("on", ValueType::Boolean),
        Argument { format: Some("date".to_owned()), ..text("day") },
        Argument { allowed: Some(vec!["auto".into(), 1.into(), false.into()]), ..text("mode") },
        Argument { allow_empty: true, ..bounded("limit") },
        Argument {
            constraints: Constraints { pattern: Some("^[a-z]+$".to_owned()), ..Constraints::default() },
            ..text("code")
        },
        list(bounded("scores")),
        Argument { constraints: few, ..list(text("few")) },
        Argument { nullable: true, ..list(text("tags")) },
        Argument { multiplicity: Multiplicity::ListOrOne, ..list(bounded("one-or-more")) },
        Argument { fields: fields(), ..list(flag("lines", ValueType::Json)) },
        Argument {
            fields: fields(),
            constraints: Constraints { max_length: Some(3), ..Constraints::default() },
            ..list(text("marks"))
        },
        map(bounded("limits")),
        map(list(bounded("levels"))),
        Argument { fields: fields(), ..map(flag("rates", ValueType::Json)) },
        text("address.city"),
        bounded("address.zip"),
        Argument { needed: Some(1), ..text("address.street") },
        text("source"),
        bounded("source.depth"),
        flag("any", ValueType::Json),
        flag("file", ValueType::File),
        in_query(bounded("page")),
    ];
    let place = |argument: Argument| Argument {
        kind: Kind::Positional,
        location: Location::Path,
        required: true,
        ..argument
    };
    let positionals =
        vec![place(bounded("id")), place(list(text("ids"))), place(flag("point", ValueType::Json))];
    let names = positionals::names(&positionals, &flags, &[]);
    let body = Body {
        content_type: "application/json".to_owned(),
        encoding: Encoding::Json,
        required: false,
        alternatives: Vec::new(),
        other_types: Vec::new(),
    };
    Signature { positionals, names, flags, body: Some(body) }
}

/// The values from the words of `pairs`; positionals by position.
fn by_words(pairs: &[(&str, &str)]) -> Result<Values, Failure> {
    let signature = signature();
    let mut entered = Entered { named: vec![None; 3], ..Entered::default() };
    for (name, text) in pairs {
        if let Some(n) = signature.positionals.iter().position(|argument| argument.name == *name) {
            entered.named[n] = Some((*text).into());
        } else if *name == "body" {
            entered.bodies.push((*text).into());
        } else {
            let parts: Vec<&str> = name.split('.').collect();
            let (target, used) = fields::find(&signature.flags, &parts).expect(name);
            let inside = parts[used..].iter().map(|part| (*part).to_owned()).collect();
            entered.flags.push(Given { target, inside, value: (*text).into() });
        }
    }
    for (slot, usual) in entered.named.iter_mut().zip(["1", "a", "x=1"]) {
        slot.get_or_insert_with(|| usual.into());
    }
    signature.values(entered, "apicli x")
}

/// The values from data.
fn by_data(data: &Value) -> Result<Values, Failure> {
    let mut members = data.as_object().cloned().unwrap_or_default();
    for (name, usual) in [("id", json!("1")), ("ids", json!(["a"])), ("point", json!({ "x": "1" }))] {
        members.entry(name).or_insert(usual);
    }
    let signature = signature();
    signature.values(Entered::from_json(&signature, members)?, "apicli x")
}

/// All of them as one, or why not.
fn told(values: Result<Values, Failure>) -> Result<Value, String> {
    values
        .map(|values| {
            json!({ "positionals": values.positionals, "flags": values.flags, "body": format!("{:?}", values.body) })
        })
        .map_err(|failure| failure.message)
}

#[test]
fn words_and_data_give_the_same_values() {
    for (words, data) in [
        (&[("name", "x")][..], json!({ "name": "x" })),
        (&[("age", "3")], json!({ "age": 3 })),
        (&[("ratio", "1.5")], json!({ "ratio": 1.5 })),
        (&[("ratio", "null")], json!({ "ratio": null })),
        (&[("on", "true")], json!({ "on": true })),
        (&[("day", "2026-01-31")], json!({ "day": "2026-01-31" })),
        (&[("mode", "auto")], json!({ "mode": "auto" })),
        (&[("mode", "1")], json!({ "mode": 1 })),
        (&[("mode", "1")], json!({ "mode": "1" })),
        (&[("limit", "")], json!({ "limit": "" })),
        (&[("scores", "1,2")], json!({ "scores": [1, 2] })),
        (&[("scores", "[1,2]")], json!({ "scores": [1, 2] })),
        (&[("scores.0", "1"), ("scores.1", "2")], json!({ "scores.0": 1, "scores.1": 2 })),
        (&[("few", "a\\,b,c")], json!({ "few": ["a,b", "c"] })),
        (&[("tags", "null")], json!({ "tags": null })),
        (&[("tags", "[]")], json!({ "tags": [] })),
        (&[("one-or-more", "1")], json!({ "one-or-more": 1 })),
        (&[("one-or-more", "1,2")], json!({ "one_or_more": [1, 2] })),
        (&[("lines.0.sku", "a"), ("lines.0.n", "1")], json!({ "lines": [{ "sku": "a", "n": 1 }] })),
        (
            &[("lines", "sku=a,size.unit=m,size.unit-count=2")],
            json!({ "lines": [{ "sku": "a", "size.unit": "m", "size.unit-count": 2 }] }),
        ),
        (
            &[("lines", r#"{"sku":"a","object":"line","size":{"unit":"m","unit_count":2}}"#)],
            json!({ "lines": [{ "sku": "a", "object": "line", "size": { "unit": "m", "unit_count": 2 } }] }),
        ),
        (
            &[("lines", r#"[{"sku":"a","unknown":[1]}]"#)],
            json!({ "lines": [{ "sku": "a", "unknown": [1] }] }),
        ),
        (&[("marks", "abc"), ("marks", "sku=a")], json!({ "marks": ["abc", { "sku": "a" }] })),
        (&[("limits.a", "1"), ("limits.b", "2")], json!({ "limits": { "a": 1, "b": 2 } })),
        (&[("limits.a", "1")], json!({ "limits.a": 1 })),
        (&[("limits", "null")], json!({ "limits": null })),
        (&[("limits", "{}")], json!({ "limits": {} })),
        (&[("levels.a", "1,2")], json!({ "levels": { "a": [1, 2] } })),
        (&[("rates.a.sku", "x")], json!({ "rates": { "a": { "sku": "x" } } })),
        (&[("address", r#"{"street":"s","zip":1}"#)], json!({ "address": { "street": "s", "zip": 1 } })),
        (&[("address.street", "s"), ("address.zip", "1")], json!({ "address": { "street": "s", "zip": 1 } })),
        (&[("address.street", "s")], json!({ "address.street": "s" })),
        (&[("address", "null")], json!({ "address": null })),
        (&[("source", "x")], json!({ "source": "x" })),
        (&[("source.depth", "2")], json!({ "source": { "depth": 2 } })),
        (&[("any", r#"{"a":[1,null]}"#)], json!({ "any": { "a": [1, null] } })),
        (&[("page", "2")], json!({ "page": 2 })),
        (&[("id", "5")], json!({ "id": 5 })),
        (&[("id", "5")], json!({ "id": "5" })),
        (&[("ids", "a,b\\,c")], json!({ "ids": ["a", "b,c"] })),
        (&[("ids", r#"["a",1]"#)], json!({ "ids": ["a", 1] })),
        (&[("point", "x=1,y=a\\,b")], json!({ "point": { "x": "1", "y": "a,b" } })),
        (&[("point", r#"{"x":1}"#)], json!({ "point": { "x": 1 } })),
        (&[("body", r#"{"name":"@x"}"#)], json!({ "body": { "name": "@x" } })),
    ] {
        let given = told(by_words(words));
        assert!(given.is_ok(), "{words:?}: {given:?}");
        assert_eq!(given, told(by_data(&data)), "{words:?}");
    }
}

#[test]
fn words_and_data_are_refused_alike() {
    for (words, data, why) in [
        (&[("age", "9")][..], json!({ "age": 9 }), "`9` for `--age` is above the maximum of 5"),
        (&[("age", "x")], json!({ "age": "x" }), "`x` for `--age` is not a whole number"),
        (&[("ratio", "x")], json!({ "ratio": "x" }), "`x` for `--ratio` is not a number"),
        (&[("on", "1")], json!({ "on": 1 }), "`1` for `--on` is neither"),
        (&[("day", "today")], json!({ "day": "today" }), "`today` for `--day`"),
        (&[("mode", "off")], json!({ "mode": "off" }), "`off` for `--mode` is not one of its values"),
        (&[("code", "A")], json!({ "code": "A" }), "`A` for `--code` does not match"),
        (&[("scores", "9")], json!({ "scores": [9] }), "`9` for `--scores` is above"),
        (&[("scores", "[1,9]")], json!({ "scores": [1, 9] }), "`9` for `--scores` is above"),
        (&[("scores", "x")], json!({ "scores": ["x"] }), "`x` for `--scores` is not a whole number"),
        (&[("scores.0", "9")], json!({ "scores.0": 9 }), "`9` for `--scores.0` is above"),
        (&[("few", "a,b,c")], json!({ "few": ["a", "b", "c"] }), "`--few` has 3 items"),
        (&[("few", "a,a")], json!({ "few": ["a", "a"] }), "twice"),
        (&[("one-or-more", "9")], json!({ "one-or-more": 9 }), "`9` for `--one-or-more` is above"),
        (&[("one-or-more", "1,9")], json!({ "one-or-more": [1, 9] }), "`9` for `--one-or-more` is above"),
        (&[("lines.0.n", "1")], json!({ "lines": [{ "n": 1 }] }), "`--lines.0.sku` is missing"),
        (
            &[("lines.0.sku", "a"), ("lines.0.n", "9")],
            json!({ "lines": [{ "sku": "a", "n": 9 }] }),
            "`9` for `--lines.0.n` is above",
        ),
        (
            &[("lines", r#"[{"sku":"a","n":9}]"#)],
            json!({ "lines": [{ "sku": "a", "n": 9 }] }),
            "`9` for `--lines.0.n` is above",
        ),
        (
            &[("lines", "sku=a"), ("lines", "sku=b,scores=9")],
            json!({ "lines": [{ "sku": "a" }, { "sku": "b", "scores": [9] }] }),
            "`9` for `--lines.1.scores` is above",
        ),
        (
            &[("lines", "sku=a,size.unit-count=1")],
            json!({ "lines": [{ "sku": "a", "size": { "unit_count": 1 } }] }),
            "`--lines.0.size.unit` is missing",
        ),
        (
            &[("lines", "sku=a,object=x")],
            json!({ "lines": [{ "sku": "a", "object": "x" }] }),
            "`x` for `--lines.0.object` is not one of its values",
        ),
        (&[("marks", "abcd")], json!({ "marks": ["abcd"] }), "`abcd` for `--marks` is longer"),
        (
            &[("marks", "sku=a,n=9")],
            json!({ "marks": [{ "sku": "a", "n": 9 }] }),
            "`9` for `--marks.0.n` is above",
        ),
        (&[("limits.a", "9")], json!({ "limits": { "a": 9 } }), "`9` for `--limits.a` is above"),
        (&[("limits", r#"{"a":9}"#)], json!({ "limits": { "a": 9 } }), "`9` for `--limits.a` is above"),
        (&[("levels.a", "1,9")], json!({ "levels": { "a": [1, 9] } }), "`9` for `--levels.a` is above"),
        (&[("rates.a.n", "1")], json!({ "rates": { "a": { "n": 1 } } }), "`--rates.a.sku` is missing"),
        (&[("address.zip", "9")], json!({ "address.zip": 9 }), "`9` for `--address.zip` is above"),
        (
            &[("address", r#"{"zip":9}"#)],
            json!({ "address": { "zip": 9 } }),
            "`9` for `--address.zip` is above",
        ),
        (&[("address", r#"{"zip":1}"#)], json!({ "address": { "zip": 1 } }), "`--address.street` is missing"),
        (&[("address", "3")], json!({ "address": 3 }), "`3` for `--address` is not a JSON object"),
        (&[("source.depth", "9")], json!({ "source": { "depth": 9 } }), "`9` for `--source.depth` is above"),
        (&[("page", "9")], json!({ "page": 9 }), "`9` for `--page` is above"),
        (&[("id", "9")], json!({ "id": 9 }), "`9` for `--id` is above"),
        (&[("id", "x")], json!({ "id": "x" }), "`x` for `--id` is not a whole number"),
    ] {
        let refused = told(by_words(words)).unwrap_err();
        assert!(refused.contains(why), "{words:?}: {refused}");
        assert_eq!(refused, told(by_data(&data)).unwrap_err(), "{words:?}");
    }
}

#[test]
fn data_name_no_file() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for text in [file.to_owned(), format!("@{file}")] {
        assert_eq!(by_words(&[("file", &text)]).unwrap().files.len(), 1);
        let refused = by_data(&json!({ "file": text })).unwrap_err();
        assert!(refused.message.contains("cannot name the file for `--file`"), "{}", refused.message);
        assert!(refused.first_hint().is_some_and(|hint| hint.contains("only typed words name files")));
    }
}

#[test]
fn whole_numbers_may_be_written_as_fractions() {
    let sent = |data: Value| {
        by_data(&data).map(|values| Value::Object(values.flags)).map_err(|failure| failure.message)
    };
    assert_eq!(sent(json!({ "scores": [1.0] })).unwrap().to_string(), r#"{"scores":[1.0]}"#);
    assert!(sent(json!({ "scores": [1.5] })).unwrap_err().contains("not a whole number"));
    assert!(sent(json!({ "scores": [9.0] })).unwrap_err().contains("above the maximum"));
}

#[test]
fn names_that_no_argument_has_are_refused() {
    let refused = by_data(&json!({ "nmae": "x" })).unwrap_err();
    assert_eq!(refused.message, "`nmae` is not an argument");
    for odd in ["", ".", "a..b", &"a.".repeat(10_000)] {
        assert!(by_data(&json!({ odd: 1 })).is_err(), "{odd}");
    }
}

/// A value for a scalar, and the word for it.
fn scalars() -> impl Strategy<Value = (Value, String)> {
    prop_oneof![
        (-3_i64..9).prop_map(|n| (json!(n), n.to_string())),
        "[a-z]{1,6}".prop_map(|text| (json!(text), text)),
        any::<bool>().prop_map(|on| (json!(on), on.to_string())),
        (-20_i32..60).prop_map(|n| (json!(f64::from(n) / 4.0), (f64::from(n) / 4.0).to_string())),
    ]
}

proptest! {
    /// Data gives the same value as a word, and what is refused is refused with the same message.
    #[test]
    fn values_are_judged_alike(
        (value, word) in scalars(),
        name in prop::sample::select(vec!["age", "ratio", "on", "limit", "limits.k", "address.zip", "source.depth", "page", "id"]),
    ) {
        // JSON writes 1.0 for what is typed as 1; the typed `1.0` is not a whole number.
        prop_assume!(!value.is_f64() || value.as_f64().is_some_and(|n| n.fract() != 0.0));
        // The argument's type decides what a text means.
        let typed = match by_words(&[(name, &word)]) {
            Ok(values) => values,
            Err(refused) => {
                prop_assert_eq!(refused.message, told(by_data(&json!({ name: value }))).unwrap_err());
                return Ok(());
            }
        };
        prop_assert_eq!(told(Ok(typed)), told(by_data(&json!({ name: value }))));
    }

    /// The same in lists, in fields of items and in values of maps.
    #[test]
    fn lists_are_judged_alike(given in prop::collection::vec(scalars(), 1..4)) {
        prop_assume!(given.iter().all(|(value, _)| !value.is_f64()));
        let values: Vec<Value> = given.iter().map(|(value, _)| value.clone()).collect();
        let words: Vec<&str> = given.iter().map(|(_, word)| word.as_str()).collect();
        let words = words.join(",");
        for (name, data) in [
            ("scores", json!({ "scores": values })),
            ("levels.k", json!({ "levels": { "k": values } })),
        ] {
            prop_assert_eq!(told(by_words(&[(name, &words)])), told(by_data(&data)));
        }
        let item = json!({ "lines": [{ "sku": "a", "scores": values }] });
        prop_assert_eq!(told(by_words(&[("lines.0.sku", "a"), ("lines.0.scores", &words)])), told(by_data(&item)));
    }
}
