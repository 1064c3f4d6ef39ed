//! Secrets that are repeated in answers: scripts can neither see them nor learn that they are hidden.

use super::*;

const SECRET: &str = "sk_live_Zb7q9xw1kM2v";

fn echo(body: &str) -> Result<Response, HttpError> {
    Ok(Response {
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-echo".to_owned(), format!("key {SECRET}")),
            ("x-first".to_owned(), "Zb7q9xw1".to_owned()),
            ("x-id".to_owned(), "1".to_owned()),
        ],
        ..answer(200, body)
    })
}

/// The outcome of a script that used an answer: ended by force, failed, or finished.
fn ends(body: &str, code: &str) -> (Option<String>, Vec<String>) {
    let text = format!("fn f() {{ let r = http::get(\"/me\").send(); {code} }}");
    let setup = setup(&text).knowing(SECRET).answers([echo(body), echo(body)]);
    let message = setup.run().err().map(|error| {
        let failure = Failure::from(error);
        assert_eq!(failure.kind.exit_code(), 7, "{code}: {}", failure.message);
        assert!(!failure.to_string().contains("Zb7"), "{code}: {failure}");
        failure.message
    });
    let printed = setup.printed.borrow().clone();
    (message, printed)
}

#[test]
fn the_text_with_a_hidden_place_ends_the_script() {
    let body = format!("{{\n  \"key\": \"{SECRET}\"\n}}");
    for (code, place) in [
        ("print(r.text)", "line 2, byte 11 of the body"),
        ("print(r.json.key)", "`/key`"),
        ("print(r.header(\"x-echo\"))", "the header `x-echo`"),
        ("print(r.headers[\"x-echo\"])", "the header `x-echo`"),
    ] {
        for code in
            [code.to_owned(), format!("try {{ {code}; }} catch {{ print(\"caught\"); }} print(\"on\")")]
        {
            let (message, printed) = ends(&body, &code);
            let message = message.unwrap_or_else(|| panic!("{code} went on"));
            assert!(message.contains(place) && message.contains("`GET /me`"), "{code}: {message}");
            assert!(printed.is_empty(), "{code}: {printed:?}");
        }
    }
}

#[test]
fn the_rest_of_an_answer_is_data() {
    let body = format!("{{\"key\": \"{SECRET}\", \"id\": 7, \"list\": [{{\"a\": 1}}]}}");
    for code in [
        "print(r.json.id)",
        "print(r.json.list[0].a)",
        "print(r.status)",
        "print(r.header(\"x-id\"))",
        "print(r.headers[\"x-id\"])",
        "let j = r.json; j.extra = 1; print(j.id)",
        "try { print(r.json.id) } catch (e) { throw e }",
        "switch r.json.id { 7 => print(\"seven\"), _ => throw \"other\" }",
        "let j = r.json; try { http::get(\"/none\").send(); print(1) } catch (e) { print(e.kind) }",
    ] {
        let (message, printed) = ends(&body, code);
        assert_eq!(message, None, "{code}");
        assert_eq!(printed.len(), 1, "{code}");
    }
    // Passed along, it is shown to the user with a mark.
    let text = "fn f() { let j = http::get(\"/me\").send().json; #{key: j.key, all: j, id: j.id} }";
    let value = setup(text).knowing(SECRET).answers([echo(&body)]).value();
    assert_eq!(
        (&value["key"], &value["all"]["key"], &value["id"]),
        (&json!("***"), &json!("***"), &json!(7))
    );
    let text =
        "fn f() { let all = json::list(); json::gather(all, http::get(\"/me\").send(), \"list\"); all }";
    assert_eq!(setup(text).knowing(SECRET).answers([echo(&body)]).value(), json!([{"a": 1}]));
}

/// Everything that a script can do with a value to learn what it is: `v` holds it, `w` another string, `m` a map with it.
const PROBES: &[&str] = &[
    "v == w",
    "v != w",
    "w == v",
    "w != v",
    "v < w",
    "w <= v",
    "v > w",
    "w >= v",
    "v + w",
    "w + v",
    "v - w",
    "w - v",
    "v == v",
    "v == 1",
    "1 == v",
    "v == ()",
    "() == v",
    "v in [w]",
    "w in [v]",
    "v in m",
    "v in w",
    "w in v",
    "v ?? w == w",
    "[v] == [w]",
    "[w] == [v]",
    "[v, w] != [w, v]",
    "#{a: v} == #{a: w}",
    "#{a: w} == m",
    "[v].contains(w)",
    "[w].contains(v)",
    "[].contains(v)",
    "[].index_of(v)",
    "[w].index_of(v)",
    "[v].index_of(w)",
    "[w, v].index_of(w, 1)",
    "v.len()",
    "v.len",
    "len(v)",
    "v.is_empty()",
    "v.is_empty",
    "v.chars()",
    "v.bytes",
    "v.to_upper()",
    "v.trim()",
    "v.contains(w)",
    "w.contains(v)",
    "v.index_of(\"***\")",
    "v.sub_string(1)",
    "v.split(\"a\")",
    "w.split(v)",
    "v.starts_with(w)",
    "w.ends_with(v)",
    "v.replace(\"a\", \"b\")",
    "w.replace(v, w)",
    "v.to_chars()",
    "v.to_blob()",
    "v.pad(30, \"x\")",
    "v.crop(1)",
    "v.truncate(3)",
    "v.clear()",
    "v.pop()",
    "v.append(w)",
    "w.append(v)",
    "v.remove(w)",
    "v[0]",
    "v[0..3]",
    "v[-1]",
    "v[0] = 'x'",
    "w[v]",
    "m[v]",
    "m[v] = 1",
    "[1][v]",
    "m.contains(v)",
    "m.get(v)",
    "m.remove(v)",
    "m.set(v, 1)",
    "v.x",
    "v.x = 1",
    "v?.x",
    "v?[0]",
    "`${v}`",
    "\"\" + v",
    "v += w",
    "w += v",
    "print(v)",
    "debug(v)",
    "v.to_string()",
    "to_string(v)",
    "v.to_debug()",
    "[v].to_string()",
    "m.to_string()",
    "`${m}`",
    "`${[v]}`",
    "print([[v]])",
    "m.to_json()",
    "json::stringify(v)",
    "json::stringify(m)",
    "json::parse(v)",
    "parse_json(v)",
    "url::encode(v)",
    "parse_int(v)",
    "v.to_int()",
    "v.to_float()",
    "[v, w].sort()",
    "[w, v].order()",
    "[w, v].order_desc()",
    "[v, w].sort(|a, b| a == b)",
    "[v, w].order_by(|a, b| a.len() - b.len())",
    "[v, v].dedup()",
    "[v, v].dedup(|a, b| m[a] == m[b])",
    "[w, w, v].dedup(|a, b| a.len() == b.len())",
    "[v].filter(|x| x.len() > 3)",
    "[v].map(|x| x + \"\")",
    "[v].some(|x| x == w)",
    "[v].reduce(|a, b| a + b, \"\")",
    "for c in v { }",
    "switch v { \"***\" => 1, _ => 2 }",
    "switch [v] { [\"***\"] => 1, _ => 2 }",
    "switch m { _ => 2 }",
    "if v { }",
    "while v { }",
    "!v",
    "-v",
    "v && true",
    "v || true",
    "Fn(v)",
    "call(v)",
    "v.call()",
    "is_def_var(v)",
    "is_def_fn(v, 1)",
    "sleep(v)",
    "http::get(v)",
    "http::get(\"/{x}\").path(\"x\", v)",
    "http::post(\"/x\").body(v)",
    "http::post(\"/x\").json(m)",
    "http::post(\"/x\").form(m)",
    "http::get(\"/x\").query(m)",
    "http::get(\"/x\").query(\"q\", v)",
    "http::get(\"/x\").query(v, w)",
    "http::get(\"/x\").header(\"x\", v)",
    "http::get(\"/x\").headers(m, [\"a\"])",
    "http::get(\"/x\").cookies(m, [\"a\"])",
    "credentials::scheme(v)",
    "throw v",
    "throw #{kind: \"http\", m: v}.to_json()",
    "timestamp(v)",
    "v.reverse()",
    "v.tag.v",
    "v.bits",
    "v * 2",
    "v ** 2",
    "v % w",
    "v & w",
    "v | w",
    "v ^ w",
    "v << 1",
    "v..w",
    "v..=w",
    "max(v, w)",
    "min(v, w)",
    "range(v, w)",
    "v.make_upper()",
    "v.to_lower()",
    "chr(v)",
    "v.to_char()",
    "blob(v)",
    "[1, 2].drain(v)",
    "[1].reduce(v)",
];

/// The same outcome, whatever the answer holds: nothing printed, nothing sent, and the script's end.
#[test]
fn no_question_tells_a_hidden_place_from_another_and_goes_on() {
    for probe in PROBES {
        let set = "let j = r.json; let v = j.v; let w = j.w; let m = #{a: v};";
        let code = format!(
            "{set} let hit = \"no\"; try {{ let x = {{ {probe} }}; hit = \"value\"; }} catch {{ hit = \"error\"; }} print(hit); http::get(\"/\" + hit).send();"
        );
        let (hidden, told) = ends(&format!(r#"{{"v": "{SECRET}", "w": "other"}}"#), &code);
        let (plain, other) = ends(r#"{"v": "some text of that length", "w": "other"}"#, &code);
        // Either the script ends, or it continues as with any text.
        match hidden {
            Some(_) => assert!(told.is_empty(), "{probe}: {told:?}"),
            None => assert_eq!((None, &told), (plain, &other), "{probe} tells a hidden place"),
        }
    }
}

#[test]
fn a_type_says_nothing() {
    let body = format!(r#"{{"v": "{SECRET}"}}"#);
    for code in ["print(type_of(r.json.v))", "let v = r.json.v; print(v.type_of())", "print(r.json.v.kind())"]
    {
        let text = format!(
            "fn f() {{ let r = http::get(\"/me\").send(); {code} }} fn \"string\".kind() {{ \"string\" }}"
        );
        let setup = setup(&text).knowing(SECRET).answers([echo(&body)]);
        setup.run().unwrap();
        assert_eq!(*setup.printed.borrow(), ["string"], "{code}");
    }
}

#[test]
fn guessing_ends_at_the_first_hit() {
    // A server that echoes what it is sent: a right guess comes back hidden.
    for take in ["text", "json.guess.index_of(\"***\")", "json.guess == guess", "headers.len()"] {
        let text = format!(
            "fn f() {{ for guess in [\"aaaaaaaaaaaaaaaaaaaa\", \"{SECRET}\", \"bbbbbbbbbbbbbbbbbbbb\"] {{ let r = http::post(\"/echo\"); r.body(guess); let x = (); try {{ x = r.send().{take}; }} catch {{ print(\"HIT\"); }} }} http::get(\"/told\").send(); }}"
        );
        let echoes = ["aaaaaaaaaaaaaaaaaaaa", SECRET, "bbbbbbbbbbbbbbbbbbbb"]
            .map(|guess| Ok(answer(200, &format!(r#"{{"guess": "{guess}"}}"#))));
        let setup = setup(&text).knowing(SECRET).answers(echoes);
        let ended = setup.run();
        if take == "headers.len()" {
            assert!(ended.is_ok(), "headers hold no guess here");
            continue;
        }
        assert_eq!(Failure::from(ended.unwrap_err()).kind.exit_code(), 7, "{take}");
        assert_eq!((setup.requests(), setup.printed.borrow().len()), (2, 0), "{take}");
    }
}

#[test]
fn keys_and_numbers_and_lists_are_looked_at_too() {
    for (body, code) in [
        (format!(r#"{{"a": {{"{SECRET}": 1}}}}"#), "print(r.json.a.keys())"),
        (format!(r#"{{"a": {{"{SECRET}": 1}}}}"#), "for (k, v) in r.json.a.keys() { print(k) }"),
        (format!(r#"{{"{SECRET}": 1}}"#), "print(r.json.len())"),
        (format!(r#"["{SECRET}"]"#), "for x in r.json { print(x) }"),
        (
            format!(r#"[{{"id": "{SECRET}"}}]"#),
            "let l = json::list(); json::gather(l, r, \"\"); print(l.last(\"id\"))",
        ),
        (format!(r#"["{SECRET}"]"#), "let l = json::list(); json::gather(l, r, \"\"); print(l.items[0])"),
        (
            format!(r#"["{SECRET}"]"#),
            "let l = json::list(); json::gather(l, r, \"\"); http::post(\"/x\").json(#{a: l}).send()",
        ),
    ] {
        let (message, printed) = ends(&body, code);
        assert!(message.is_some(), "{code}");
        assert!(printed.is_empty());
    }
}

#[test]
fn errors_are_hidden_in_and_can_be_caught_by_their_kind() {
    let failing =
        || Ok(Response { ..answer(400, &format!(r#"{{"message": "bad key {SECRET}", "id": 1}}"#)) });
    let run = |code: &str| {
        let text = format!("fn f() {{ try {{ http::get(\"/me\").send() }} catch (e) {{ {code} }} }}");
        let setup = setup(&text).knowing(SECRET).answers([failing()]);
        let ended = setup.run().map_err(Failure::from);
        let printed = setup.printed.borrow().clone();
        (ended, printed)
    };
    let (ended, printed) = run("print(e.status); print(e.kind)");
    assert!(ended.is_ok());
    assert_eq!(printed, ["400", "http"]);
    for code in ["print(e.message)", "print(e.body)", "print(e)", "throw e.message", "print(e.message.len())"]
    {
        let (ended, printed) = run(code);
        assert_eq!(ended.unwrap_err().kind.exit_code(), 7, "{code}");
        assert!(printed.is_empty(), "{code}");
    }
    // Rethrown, the user gets all of it.
    let (ended, _) = run("throw e");
    assert_eq!(ended.unwrap_err().kind.exit_code(), 4);
    // If guards are impossible, nothing can be caught.
    let text = "fn f() { try { http::get(\"/me\").send() } catch (e) { switch if e.status == 400 { e.message } else { 1 } { \"***\" => print(1), _ => print(2) } } }";
    let setup = setup(text).knowing(SECRET).answers([failing()]);
    assert_eq!(setup.failure().kind.exit_code(), 4);
    assert!(setup.printed.borrow().is_empty());
}

#[test]
fn a_number_of_seconds_may_be_a_secret() {
    let busy = |seconds: &str| {
        let headers = vec![("retry-after".to_owned(), seconds.to_owned())];
        Ok(Response { headers, ..answer(429, "{}") })
    };
    for code in ["print(e.retry_after)", "print(e.retry_after == ())", "sleep(e.retry_after); print(1)"] {
        let text = format!("fn f() {{ try {{ http::get(\"/me\").send() }} catch (e) {{ {code} }} }}");
        let setup = setup(&text).knowing("48151623").answers([busy("48151623")]);
        assert_eq!(setup.failure().kind.exit_code(), 7, "{code}");
        assert!(setup.printed.borrow().is_empty(), "{code}");
    }
    let text = "fn f() { try { http::get(\"/me\").send() } catch (e) { return e.retry_after; } }";
    assert_eq!(setup(text).knowing("48151623").answers([busy(" 7")]).value(), 7);
}

#[test]
fn weak_secrets_change_nothing_for_scripts() {
    let text = "fn f() { let r = http::get(\"/me\").send(); print(r.text); print(r.json.name) }";
    let setup = setup(text).knowing("secret").answers([Ok(answer(200, r#"{"name": "secretary"}"#))]);
    setup.run().unwrap();
    assert_eq!(*setup.printed.borrow(), [r#"{"name": "secretary"}"#, "secretary"]);
}

#[test]
fn a_script_slices_no_answer() {
    let document = json!({"method": "GET", "body": null, "arguments": [{
        "name": "range", "in": "header", "wire": "Range", "key": "range",
    }]});
    for header in [
        "range",
        "Range",
        "if-range",
        "accept-encoding",
        "te",
        "upgrade",
        "expect",
        "x-forwarded-host",
        "sec-fetch-mode",
        "proxy-authorization",
        "host",
        "connection",
        "keep-alive",
        "forwarded",
        "via",
        "trailer",
    ] {
        let text = format!("fn f() {{ http::get(\"/x\").header(\"{header}\", \"bytes=0-9\").send() }}");
        let setup = setup(&text);
        assert_eq!(setup.failure().kind.exit_code(), 7, "{header}");
        assert_eq!(setup.requests(), 0, "{header}");
    }
    // Only what the user typed for a declared header is allowed, and nothing else.
    let typed = |code: &str| {
        setup(&format!("fn f(flags) {{ let r = http::get(\"/x\"); {code}; r.send() }}"))
            .facts(&document)
            .flags(json!({"range": "bytes=0-9"}))
    };
    for code in ["r.headers(flags, [\"range\"])", "r.header(\"range\", flags.range)"] {
        assert_eq!(header(&typed(code).sent(), "range"), Some("bytes=0-9"), "{code}");
    }
    for code in
        ["flags.range = \"bytes=5-9\"; r.headers(flags, [\"range\"])", "r.header(\"range\", \"bytes=5-9\")"]
    {
        assert_eq!(typed(code).failure().kind.exit_code(), 7, "{code}");
    }
}
