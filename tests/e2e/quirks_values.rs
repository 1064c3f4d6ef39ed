//! Values that are typed in different ways, judged and sent in one.

use serde_json::{Value, json};

use crate::quirks::Quirk;

/// JSON Schema Validation, 6: JSON in a flag is held to what its words are held to.
#[test]
fn json_in_a_flag_is_judged_as_words_are() {
    let quirk = Quirk::new("values-in-json");
    for (words, why) in [
        ("--scores 9", "`9` for `--scores` is above the maximum of 5"),
        ("--scores [9]", "`9` for `--scores` is above the maximum of 5"),
        ("--scores 1 --scores [2,9]", "`9` for `--scores` is above the maximum of 5"),
        (r#"--scores ["x"]"#, "`x` for `--scores` is not a whole number"),
        ("--scores [[1]]", "`[1]` for `--scores` is not a whole number"),
        ("--scores [1.5]", "`1.5` for `--scores` is not a whole number"),
        ("--scores [123456789012345678901234567890]", "more digits than a number can hold"),
        (r#"--key ["long"]"#, "`long` for `--key` is longer than 3"),
        ("--metadata.a 9", "`9` for `--metadata.a` is above"),
        (r#"--metadata {"a":9}"#, "`9` for `--metadata.a` is above"),
        (r#"--days {"mon":["today"]}"#, "`today` for `--days.mon`"),
        (r#"--days {"mon":"2026-01-31"}"#, "`2026-01-31` for `--days.mon` is not a list"),
        (r#"--rates {"low":{}}"#, "`--rates.low.from` is missing"),
        (r#"--rates.low {"from":9}"#, "`9` for `--rates.low.from` is above"),
        ("--lines.0.sku a --lines.0.n 9", "`9` for `--lines.0.n` is above"),
        (r#"--lines [{"sku":"a","n":9}]"#, "`9` for `--lines.0.n` is above"),
        (r#"--lines {"sku":"a"} --lines {"sku":"a","n":9}"#, "`9` for `--lines.1.n` is above"),
        (r#"--lines.0 {"sku":"a","n":9}"#, "`9` for `--lines.0.n` is above"),
        (r#"--lines [{"n":1}]"#, "`--lines.0.sku` is missing"),
        (r#"--lines ["a"]"#, "`a` for `--lines` is not an object"),
        (r#"--marks ["long"]"#, "`long` for `--marks` is longer than 3"),
        (r#"--marks ["a",{"n":1}]"#, "`--marks.1.sku` is missing"),
        ("--address.city a --address.zip 99999999", "`99999999` for `--address.zip` is above"),
        (r#"--address {"city":"a","zip":99999999}"#, "`99999999` for `--address.zip` is above"),
        (r#"--address {"city":"a","level":"uper"}"#, "did you mean `upper`?"),
        (r#"--address {"zip":1}"#, "`--address.city` is missing"),
        (r#"--address {"city":null}"#, "`null` for `--address.city` is not a text"),
        (r#"--address {"city":"a","geo":{"lon":1}}"#, "`--address.geo.lat` is missing"),
        (r#"--address.city a --address.geo {"lat":91}"#, "`91` for `--address.geo.lat` is above"),
        (r#"--open {"count":"x"}"#, "`x` for `--open.count` is not a whole number"),
        (r#"--open {"a":"long"}"#, "`long` for `--open.a` is longer than 3"),
        (r#"--filter {"depth":9}"#, "`9` for `--filter.depth` is above"),
    ] {
        quirk.run(&format!("notes create --dry-run {words}")).fails(2).says(why);
    }
}

/// What the document allows, or does not speak of, goes out as it is.
#[test]
fn json_in_a_flag_that_fits_is_sent() {
    let quirk = Quirk::new("values-in-json");
    for (words, field, sent) in [
        ("--scores [1.0,2]", "scores", r"[1.0,2]"),
        (r#"--key ["abc"]"#, "key", r#"["abc"]"#),
        (r#"--free {"a":9,"b":[1,{}]}"#, "free", r#"{"a":9,"b":[1,{}]}"#),
        (r#"--either ["a",1]"#, "either", r#"["a",1]"#),
        (r#"--empties ["a",null]"#, "empties", r#"["a",null]"#),
        (r#"--lines [{"sku":"a","more":[]}]"#, "lines", r#"[{"sku":"a","more":[],"object":"line"}]"#),
        ("--lines.0.sku a", "lines", r#"[{"sku":"a","object":"line"}]"#),
        (r#"--marks ["abc",{"sku":"a","object":"line"}]"#, "marks", r#"["abc",{"sku":"a","object":"line"}]"#),
        ("--address null", "address", "null"),
        (
            r#"--address {"city":"a","geo":{"lat":90},"more":1}"#,
            "address",
            r#"{"city":"a","geo":{"lat":90},"more":1}"#,
        ),
        (r#"--open {"count":12345,"a":"abc"}"#, "open", r#"{"count":12345,"a":"abc"}"#),
    ] {
        let body: Value = quirk.body(&format!("notes create {words}"));
        assert_eq!(body[field], serde_json::from_str::<Value>(sent).unwrap(), "{words}");
    }
    // The server judges what comes by `--body`.
    let line = r#"notes create --body {"scores":["x"],"lines":[{}]}"#;
    assert_eq!(quirk.body(line), json!({ "scores": ["x"], "lines": [{}] }));
}

/// OpenAPI 3.0.4, 4.8.12.2: what is typed for a list or an object in a path, and the bytes of it.
#[test]
fn lists_in_paths_are_typed_as_those_of_flags() {
    let quirk = Quirk::new("lists-in-paths");
    let url = |arguments: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--dry-run"]).collect();
        let url = quirk.words(&arguments).ok().json()["url"].as_str().unwrap().to_owned();
        url.strip_prefix("https://api.example.com").unwrap().to_owned()
    };
    for (words, path) in [
        (&["notes", "get", "a,b"][..], "/notes/a,b"),
        (&["notes", "get", "a\\,b,c/d"], "/notes/a%2Cb,c%2Fd"),
        (&["notes", "get", r#"["a,b","c"]"#], "/notes/a%2Cb,c"),
        (&["notes", "get", "--ids", "a\\,b,c"], "/notes/a%2Cb,c"),
        (&["notes", "get", "007,1.50"], "/notes/007,1.50"),
        (&["notes", "get", "--ids={x"], "/notes/%7Bx"),
    ] {
        assert_eq!(url(words), path, "{words:?}");
    }
    for (names, codes, point, path) in [
        ("red,blue", "1,02", "x=1,y=2", "/colors/.red.blue/;codes=1,02/x,1,y,2"),
        (r#"["red"]"#, "[1,2]", r#"{"x":1,"y":2}"#, "/colors/.red/;codes=1,2/x,1,y,2"),
        ("red", "1", "x=a\\,b,y=c=d", "/colors/.red/;codes=1/x,a%2Cb,y,c%3Dd"),
    ] {
        assert_eq!(url(&["colors", "get", names, codes, point]), path);
    }
    // Of JSON, a number is a number.
    assert_eq!(
        url(&["searches", "get", "1,2", r#"{"a":[1,"b"]}"#]),
        "/searches/%5B1%2C2%5D/%7B%22a%22%3A%5B1%2C%22b%22%5D%7D"
    );
    for (words, why) in [
        (&["colors", "get", "red,green", "1", "x=1"][..], "`green` for `<names>` is not one of its values"),
        (&["colors", "get", r#"["green"]"#, "1", "x=1"], "`green` for `<names>` is not one of its values"),
        (&["colors", "get", "red", "1,100", "x=1"], "`100` for `<codes>` is above the maximum"),
        (&["colors", "get", "red", "[100]", "x=1"], "`100` for `<codes>` is above the maximum"),
        (&["colors", "get", "red", "[1", "x=1"], "`[1` for `<codes>` is not a JSON array"),
        (&["colors", "get", "red", "1", "x=1,2"], "`2` in `<point>` is not `field=value`"),
        (&["colors", "get", "red", "1", "x=1,x=2"], "`x` in `<point>` is given more than once"),
        (&["notes", "get", ""], "ids"),
        (&["notes", "get", "[]"], "ids"),
    ] {
        quirk.words(words).fails(2).says(why);
    }
}

/// A script has a list as an array of texts, and one value as the text that was typed; a text of its own for a list is
/// read as a word is.
#[test]
fn lists_reach_a_script_as_arrays() {
    let quirk = Quirk::new("lists-in-paths");
    let script = quirk.environment.plugins().join("lists-in-paths/notes.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    let shown = format!("{text}\nfn types(a) {{ type_of(a) }}\n");
    let changed = shown.replace(
        r#"request.path("ids", ids)"#,
        r#"request.path("ids", ids.len().to_string() + "\\,x," + ids[0])"#,
    );
    assert_ne!(shown, changed);
    std::fs::write(&script, changed).unwrap();
    assert_eq!(quirk.url("notes get a,b"), "/notes/2%2Cx,a");
    assert_eq!(quirk.run("notes types a,b").ok().stdout_text().trim(), "\"string\"");
}
