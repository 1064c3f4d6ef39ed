use serde_json::json;

use super::*;
use crate::http::{Body, PartContent, Source};

#[test]
fn a_generated_script_sends_what_it_says() {
    let setup = setup(
        r#"
        fn f(customer, flags) {
            let request = http::post("/v1/customers/{customer}");
            request.path("customer", customer);
            request.query(flags, ["expand"]);
            request.form(flags);
            request.send()
        }"#,
    )
    .positionals(&["cus/1"])
    .flags(json!({"expand": ["a", "b"], "email": "a@b.c", "address": {"line1": "x", "city": "Paris"}}));
    let request = setup.sent();
    assert_eq!(request.method, "POST");
    assert_eq!(request.url(), "https://api.example.com/v1/customers/cus%2F1?expand=a&expand=b");
    // In the user's order, though the engine sorts keys.
    assert_eq!(text_of(&request), "email=a%40b.c&address[line1]=x&address[city]=Paris");
    assert_eq!(header(&request, "accept"), Some("application/json, */*;q=0.8"));
    assert_eq!(header(&request, "user-agent"), Some("apicli/test"));
    assert_eq!(request.credentials.len(), 1);
    let Body::Bytes { content_type, .. } = &request.body else { panic!() };
    assert_eq!(content_type, "application/x-www-form-urlencoded");
}

#[test]
fn calls_can_be_chained_and_answers_come_back_whole() {
    let setup = setup(r#"fn f() { http::get("/x").query("a", 1).header("x-trace", "t").send() }"#)
        .answers([Ok(answer(200, r#"{"z": 18446744073709551615, "a": 1.0}"#))]);
    let Ok(Outcome::Response(response)) = setup.run() else { panic!() };
    assert_eq!(response.body.bytes(), br#"{"z": 18446744073709551615, "a": 1.0}"#);
    let request = &setup.transport.requests.lock().unwrap()[0];
    assert_eq!(request.url(), "https://api.example.com/x?a=1");
    assert_eq!(header(request, "x-trace"), Some("t"));
}

#[test]
fn each_flag_is_sent_once_whatever_the_order() {
    for body in [
        r#"request.query(flags, ["q"]); request.headers(flags, ["h"]); request.json(flags);"#,
        r#"request.json(flags); request.headers(flags, ["h"]); request.query(flags, ["q"]);"#,
    ] {
        let setup =
            setup(&format!("fn f(flags) {{ let request = http::post(\"/x\"); {body} request.send() }}"))
                .flags(json!({"q": 1, "h": "v", "b": true}));
        let request = setup.sent();
        assert_eq!(request.url(), "https://api.example.com/x?q=1");
        assert_eq!(header(&request, "h"), Some("v"));
        assert_eq!(text_of(&request), r#"{"b":true}"#);
    }
    // The first that asks for the rest gets it.
    let once =
        setup(r#"fn f(flags) { http::post("/x").query(flags).form(flags).send() }"#).flags(json!({"a": 1}));
    let request = once.sent();
    assert_eq!((request.url().as_str(), text_of(&request).as_str()), ("https://api.example.com/x?a=1", ""));
    // A map that the script makes is left to the script.
    let once = setup(r#"fn f() { http::post("/x").query(#{a: 1}).json(#{a: 1}).send() }"#);
    let request = once.sent();
    assert_eq!(
        (request.url().as_str(), text_of(&request).as_str()),
        ("https://api.example.com/x?a=1", r#"{"a":1}"#)
    );
}

#[test]
fn facts_give_wire_names_and_styles() {
    let setup = setup(
        r#"fn f(flags) { http::post("/x").query(flags, ["created", "query_id"]).cookies(flags, ["sid"]).json(flags).send() }"#,
    )
    .flags(json!({"created": {"gt": 1}, "query_id": "q", "id": "b", "sid": "s s"}))
    .facts(&json!({
        "accept": "application/vnd.x+json",
        "body": {"content_type": "application/merge-patch+json", "encoding": "json", "required": false},
        "arguments": [
            {"name": "created", "kind": "flag", "in": "query", "wire": ["created"], "type": "json", "how": "deepObject*"},
            {"name": "query-id", "kind": "flag", "in": "query", "key": "query_id", "wire": "id", "type": "string"},
            {"name": "id", "kind": "flag", "in": "body", "wire": ["id"], "type": "string"},
        ],
    }));
    let request = setup.sent();
    assert_eq!(request.url(), "https://api.example.com/x?created%5Bgt%5D=1&id=q");
    assert_eq!(text_of(&request), r#"{"id":"b"}"#);
    assert_eq!(header(&request, "accept"), Some("application/vnd.x+json"));
    assert_eq!(header(&request, "cookie"), Some("sid=s%20s"));
    let Body::Bytes { content_type, .. } = &request.body else { panic!() };
    assert_eq!(content_type, "application/merge-patch+json");
}

#[test]
fn flags_win_over_body_and_numbers_are_kept() {
    let text = r#"fn f(flags) { http::post("/x").json(flags).send() }"#;
    let body = InputBody::Json(json!({"big": 18_446_744_073_709_551_615_u64, "a": {"x": 1, "y": 2}}));
    let request = setup(text).body(body.clone()).flags(json!({"a": {"y": 3}})).sent();
    assert_eq!(text_of(&request), r#"{"big":18446744073709551615,"a":{"x":1,"y":3}}"#);
    let request = setup(text).body(body).sent();
    assert_eq!(text_of(&request), r#"{"big":18446744073709551615,"a":{"x":1,"y":2}}"#);
    let request = setup(text).flags(json!({"big": 18_446_744_073_709_551_615_u64})).sent();
    assert_eq!(text_of(&request), r#"{"big":18446744073709551615}"#);
    // A text that nothing is added to is sent verbatim.
    let given = r#"{"f": 1.50, "big": 12345678901234567890123}"#;
    let body = InputBody::JsonText(given.to_owned(), json!({"f": 1.5, "big": 0}));
    assert_eq!(text_of(&setup(text).body(body.clone()).sent()), given);
    let request = setup(text).body(body).flags(json!({"a": 1})).sent();
    assert_eq!(text_of(&request), r#"{"f":1.5,"big":0,"a":1}"#);
    // A body that is not an object stands alone.
    assert_eq!(text_of(&setup(text).body(InputBody::Json(json!([1]))).sent()), "[1]");
    let failure = setup(text).body(InputBody::Json(json!([1]))).flags(json!({"a": 1})).failure();
    assert!(failure.message.contains("not a JSON object"), "{failure}");
}

#[test]
fn an_optional_body_is_left_out_when_there_is_nothing_to_send() {
    let text = r#"fn f(flags) { http::post("/x").json(flags).send() }"#;
    let facts = |required| json!({"body": {"content_type": "application/json", "encoding": "json", "required": required}});
    assert!(matches!(setup(text).facts(&facts(false)).sent().body, Body::Empty));
    assert_eq!(text_of(&setup(text).facts(&facts(true)).sent()), "{}");
    assert_eq!(text_of(&setup(text).sent()), "{}");
}

#[test]
fn a_body_is_sent_as_given() {
    let text = r#"fn f() { http::put("/x").body().send() }"#;
    let request = setup(text).body(InputBody::Bytes(b"\xff\x00".to_vec())).sent();
    let Body::Bytes { content_type, bytes } = &request.body else { panic!() };
    assert_eq!((content_type.as_str(), bytes.as_slice()), ("application/octet-stream", &b"\xff\x00"[..]));
    let request = setup(text).body(InputBody::File("a/b.bin".into())).sent();
    assert!(
        matches!(&request.body, Body::Streamed { source: Source::Path(path), .. } if path.ends_with("b.bin"))
    );
    assert!(matches!(setup(text).sent().body, Body::Empty));
    let request = setup(r#"fn f() { http::put("/x").content_type("text/csv").body("a,b").send() }"#).sent();
    let Body::Bytes { content_type, .. } = &request.body else { panic!() };
    assert_eq!((content_type.as_str(), text_of(&request).as_str()), ("text/csv", "a,b"));
}

#[test]
fn multipart_sends_files_of_the_facts_and_text() {
    let facts = json!({
        "body": {"content_type": "multipart/form-data", "encoding": "multipart", "required": true},
        "arguments": [
            {"name": "file", "kind": "flag", "in": "body", "wire": ["file"], "type": "file"},
            {"name": "scan.front", "kind": "flag", "in": "body", "wire": ["scan", "front"], "type": "file"},
        ],
    });
    let text = r#"fn f(flags) { http::post("/x").multipart(flags).send() }"#;
    let flags =
        json!({"file": null, "purpose": "dispute & more", "link": {"create": true}, "scan": {"front": null}});
    let setup = |flags| setup(text).facts(&facts).flags(flags);
    let request = setup(flags).file("file", "dir/a b.png").file("scan.front", "f.jpg").sent();
    let Body::Multipart { parts, .. } = &request.body else { panic!() };
    let shown: Vec<String> = parts
        .iter()
        .map(|part| match &part.content {
            PartContent::Text(text) => match &part.content_type {
                Some(kind) => format!("{}={text} ({kind})", part.name),
                None => format!("{}={text}", part.name),
            },
            PartContent::File(file) => format!("{}@{} as {}", part.name, file.path.display(), file.name),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "purpose=dispute & more",
            "link={\"create\":true} (application/json)",
            "file@dir/a b.png as a b.png",
            "scan[front]@f.jpg as f.jpg"
        ]
    );
    // What the facts call a file is only one if the user named it.
    let request = setup(json!({"file": "/etc/hostname"})).sent();
    let Body::Multipart { parts, .. } = &request.body else { panic!() };
    assert!(matches!(&parts[0].content, PartContent::Text(text) if text == "/etc/hostname"), "{parts:?}");
}

#[test]
fn a_file_can_be_passed_on_and_not_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    std::fs::write(&path, "inside").unwrap();
    let path = path.to_str().unwrap();
    let with = |body: &str| {
        setup(&format!("fn f(flags) {{ {body} }}")).flags(json!({"file": null, "n": 1})).file("file", path)
    };
    assert_eq!(with("[flags.file.name, flags.file.size]").value(), json!(["report.txt", 6]));
    assert_eq!(with("`${flags.file} ${[flags.file]}`").value(), json!("file(report.txt) [File]"));
    for body in [
        "flags.file",
        "json::stringify(flags)",
        "flags.file.path",
        "flags.file.text",
        "flags.file[0]",
        "flags.file.len()",
        "throw flags.file",
        "http::get(\"/x/{n}\").path(\"n\", flags.file)",
        "http::get(\"/x\").query(flags).send()",
        "http::get(\"/x\").query(flags, [\"file\"])",
        "http::get(\"/x\").header(\"x-a\", flags.file)",
        "http::post(\"/x\").json(flags).send()",
        "http::post(\"/x\").form(flags).send()",
        "http::post(\"/x\").body(flags.file).send()",
    ] {
        let failure = with(body).failure();
        assert!(!failure.to_string().contains("inside") && !failure.to_string().contains(path), "{failure}");
    }
    // Renamed, nested, in a list and in another map it is the same file.
    for (body, name) in [
        ("#{other: flags.file}", "other"),
        ("#{a: #{b: flags.file}}", "a[b]"),
        ("#{all: [flags.file]}", "all"),
        ("#{all: [#{f: flags.file, n: 1}]}", "all[0][f]"),
    ] {
        let request = with(&format!("http::post(\"/x\").multipart({body}).send()")).sent();
        let Body::Multipart { parts, .. } = &request.body else { panic!() };
        let files: Vec<_> = parts
            .iter()
            .filter(|part| matches!(&part.content, PartContent::File(_)))
            .map(|part| part.name.as_str())
            .collect();
        assert_eq!(files, [name], "{parts:?}");
    }
}

#[test]
fn absolute_urls_keep_their_query_and_go_where_the_manifest_says() {
    let setup = setup(
        r#"fn f() { http::get("https://api.example.com/next?cursor=a%2Fb").query("limit", 3).send() }"#,
    );
    assert_eq!(setup.sent().url(), "https://api.example.com/next?cursor=a%2Fb&limit=3");
}

#[test]
fn a_named_server_is_allowed() {
    let mut setup = setup(r#"fn f() { http::get("/x").send() }"#);
    setup.server = "http://127.0.0.1:8080/base/".to_owned();
    assert!(setup.failure().message.contains("may not call `http://127.0.0.1:8080`"));
    setup.named_origin = Origin::of(&setup.server);
    assert_eq!(setup.sent().url(), "http://127.0.0.1:8080/base/x");
}

#[test]
fn a_preview_is_the_finished_request_and_sends_nothing() {
    let text = r#"fn f(flags) { let r = http::post("/x").form(flags); try { r.send() } catch { } r.send(); throw "later" }"#;
    let setup = setup(text).flags(json!({"a": 1})).preview();
    let Ok(Outcome::Preview(request)) = setup.run() else { panic!() };
    assert_eq!((text_of(&request).as_str(), request.credentials.len()), ("a=1", 1));
    assert_eq!(setup.requests(), 0);
    // Without a login as well.
    let setup = setup.facts(&json!({})).without_keys();
    let Ok(Outcome::Preview(request)) = setup.run() else { panic!() };
    assert_eq!(request.credentials.len(), 0);
}

#[test]
fn responses_have_getters_and_nothing_else() {
    let text = r#"fn f() {
        let r = http::get("/x").send();
        [r.status, r.ok, r.json.a, r.text, r.header("X-Id"), r.header("set-cookie"), r.headers, r.header("none")]
    }"#;
    let mut response = answer(200, r#"{"a": [1]}"#);
    response.headers = vec![("x-id".into(), "7".into()), ("set-cookie".into(), "s=secret".into())];
    let value = setup(text).answers([Ok(response)]).value();
    assert_eq!(value, json!([200, true, [1], r#"{"a": [1]}"#, "7", null, {"x-id": "7"}, null]));
    for text in ["r.status = 1;", "r.credentials", "r.body"] {
        let text = format!("fn f() {{ let r = http::get(\"/x\").send(); {text} }}");
        assert_eq!(setup_kind(&text), "script", "{text}");
    }
}

fn setup_kind(text: &str) -> &'static str {
    setup(text).failure().kind.name()
}

#[test]
fn values_come_back_as_data() {
    assert_eq!(
        setup("fn f() { #{a: [1, 2.5, \"x\", (), true], b: 'c'} }").value(),
        json!({"a": [1, 2.5, "x", null, true], "b": "c"})
    );
    assert!(matches!(setup("fn f() { }").run(), Ok(Outcome::Nothing)));
    assert_eq!(setup("fn f() { let x = 1; let g = || x; x }").value(), json!(1));
    let failure = setup(r#"fn f() { http::get("/x") }"#).failure();
    assert!(failure.message.contains("was not sent") && failure.first_hint().unwrap().contains("send()"));
    assert!(setup("fn f() { || 1 }").failure().message.contains("cannot be shown"));
}

#[test]
fn prints_go_to_the_callback_made_safe() {
    let setup = setup("fn f() { print(\"a\\x1b[31m\"); debug([1, \"x\", #{a: ()}]); }");
    setup.run().unwrap();
    assert_eq!(*setup.printed.borrow(), ["a\\u{1b}[31m", "[1, \"x\", #{\"a\": ()}]"]);
}

#[test]
fn positionals_and_flags_are_counted_before_the_call() {
    let one = "fn f(customer, flags) { }";
    let failure = setup(one).failure();
    assert_eq!(failure.message, "`f` in `shop/customers.rhai` takes 1 value, 0 were given");
    assert_eq!(
        setup(one).positionals(&["a", "b"]).failure().message,
        "`f` in `shop/customers.rhai` takes 1 value, 2 were given"
    );
    let failure = setup("fn f() { }").flags(json!({"a": 1})).failure();
    assert!(failure.message.contains("takes no flags"), "{failure}");
    let mut missing = setup("fn delete() { }\nprivate fn secret() { }");
    missing.function = "delet".to_owned();
    assert_eq!(missing.failure().first_hint(), Some("did you mean `delete`?"));
    missing.function = "secret".to_owned();
    assert!(missing.failure().message.contains("no public function `secret`"));
    assert_eq!(setup("fn f(a) { a }\nfn f(a, b) { b }").positionals(&["x", "y"]).value(), json!("y"));
}

#[test]
fn path_values_that_change_the_path_are_refused() {
    let text = r#"fn f(id) { http::get("/v1/customers/{id}/x").path("id", id).send() }"#;
    for value in ["..", ".", ""] {
        let setup = setup(text).positionals(&[value]);
        assert_eq!(setup.failure().kind.name(), "usage", "{value}");
        assert_eq!(setup.requests(), 0);
    }
    assert_eq!(setup(text).positionals(&["../a?b#c"]).sent().path, "/v1/customers/..%2Fa%3Fb%23c/x");
    let failure = setup(r#"fn f() { http::get("/{id}").path("id", ()).send() }"#).failure();
    assert!(failure.message.contains("`id` in the path needs a text"), "{failure}");
    assert!(
        setup(r#"fn f() { http::get("/{id}").path("ix", 1) }"#)
            .failure()
            .message
            .contains("no parameter `ix`")
    );
    assert!(setup(r#"fn f() { http::get("/{id}").send() }"#).failure().message.contains("`id`"));
}

#[test]
fn a_command_may_have_the_name_of_a_method() {
    for (name, parameters) in
        [("send", ""), ("query", "flags"), ("json", "flags"), ("body", ""), ("path", "a, b")]
    {
        let text = format!(
            "fn f(flags) {{ http::post(\"/x/{{id}}\").path(\"id\", 1).query(\"q\", 1).json(flags).send() }}\nfn {name}({parameters}) {{ throw \"shadowed\" }}"
        );
        let setup = setup(&text).flags(json!({"a": 1}));
        let request = setup.sent();
        assert_eq!(request.url(), "https://api.example.com/x/1?q=1", "{name}");
        assert_eq!(text_of(&request), r#"{"a":1}"#, "{name}");
    }
    // And such a command can be called itself.
    let mut own = setup("fn send() { http::post(\"/messages\").send() }");
    own.function = "send".to_owned();
    assert_eq!(own.sent().path, "/messages");
    // An error inside shows the script's line, not the stand-in's.
    let failure =
        setup("fn f() {\n    http::get(\"/{id}\").path(\"no\", 1);\n}\nfn path(a, b) { }").failure();
    let at = failure.snippet.unwrap();
    assert_eq!((at.source.as_str(), at.line), ("shop/customers.rhai", 2));
}

#[test]
fn a_script_shortens_what_a_person_typed_and_lengthens_nothing_but_the_usual() {
    let text = r#"fn f() {
        http::get("/x").send();
        http::get("/x").timeout(2.5).send();
        http::get("/x").timeout(99).send();
        http::get("/x").timeout(99999).send()
    }"#;
    let silences = |silence: Silence| {
        let mut setup = setup(text);
        setup.limits.silence = silence;
        setup.limits.whole_time = Duration::from_secs(1_000);
        setup.run().unwrap();
        let times = setup.transport.times.lock().unwrap();
        assert!(times.iter().all(|time| time.whole <= Duration::from_secs(1_000)), "{times:?}");
        // The last is cut at the end of the whole call.
        times.iter().map(|time| time.silence.as_secs_f64().ceil()).collect::<Vec<_>>()
    };
    assert_eq!(silences(Silence::Usual(Duration::from_secs(60))), [60.0, 3.0, 99.0, 1_000.0]);
    assert_eq!(silences(Silence::Typed(Duration::from_secs(5))), [5.0, 3.0, 5.0, 5.0]);
}

#[test]
fn path_values_are_written_in_the_style_of_the_facts() {
    let positional = |name: &str, extra: &Value| {
        let mut argument = json!({"name": name, "kind": "positional", "in": "path", "wire": name, "type": "string", "required": true});
        argument.as_object_mut().unwrap().extend(object(extra));
        argument
    };
    let list = json!({"many": "list", "how": "matrix*"});
    let map = json!({"type": "json", "how": "label*"});
    let facts = json!({"path": "/x/{a}/{b}", "arguments": [positional("a", &list), positional("b", &map)]});
    let text = r#"fn f(a, b) { http::get("/x/{a}/{b}").path("a", a).path("b", b).send() }"#;
    for (a, b, expected) in [
        ("1,2/3", "R=1,G=2", "/x/;a=1;a=2%2F3/.R=1.G=2"),
        (r#"["1","2"]"#, r#"{"R":1,"G":2}"#, "/x/;a=1;a=2/.R=1.G=2"),
        ("1", "plain", "/x/;a=1/.plain"),
    ] {
        assert_eq!(setup(text).facts(&facts).positionals(&[a, b]).sent().path, expected);
    }
    // What a script makes itself is sent unchanged.
    let text = r#"fn f() { http::get("/x/{a}/{b}").path("a", ["p", "q"]).path("b", #{k: 1}).send() }"#;
    assert_eq!(setup(text).facts(&facts).sent().path, "/x/;a=p;a=q/.k=1");
    let failure = setup(r#"fn f() { http::get("/{b}").path("b", #{k: 1}).send() }"#).failure();
    assert!(failure.message.contains("needs a text"), "{failure}");
}

#[test]
fn the_media_type_that_a_person_chose_goes_before_the_scripts() {
    let text = r#"fn f(flags) { http::post("/x").json(flags).send() }"#;
    let choice = |name: &str| {
        Some(MediaChoice { content_type: name.into(), encoding: crate::model::Encoding::of(name) })
    };
    let with = |name: &str| {
        let mut setup = setup(text);
        setup.media = choice(name);
        setup
    };
    let kind = |request: &Request| match &request.body {
        Body::Bytes { content_type, .. } | Body::Multipart { content_type, .. } => content_type.clone(),
        other => panic!("{other:?}"),
    };
    let flags = json!({"a": {"b": 1}});
    let request = with("application/x-www-form-urlencoded").flags(flags.clone()).sent();
    assert_eq!(
        (text_of(&request).as_str(), kind(&request).as_str()),
        ("a[b]=1", "application/x-www-form-urlencoded")
    );
    let request = with("multipart/mixed").flags(flags.clone()).sent();
    assert_eq!(kind(&request), "multipart/mixed");
    let request = with("application/vnd.x+json").flags(flags.clone()).sent();
    assert_eq!(
        (text_of(&request).as_str(), kind(&request).as_str()),
        (r#"{"a":{"b":1}}"#, "application/vnd.x+json")
    );
    let request = with("application/xml").body(InputBody::Bytes(b"<a/>".to_vec())).sent();
    assert_eq!((text_of(&request).as_str(), kind(&request).as_str()), ("<a/>", "application/xml"));
    assert!(with("application/xml").flags(flags).failure().message.contains("`application/xml`"));
}
