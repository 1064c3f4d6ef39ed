//! Credentials that come back from servers, in every form, and data that must not be damaged by hiding them.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::environment::{Ran, SECRET, TestEnvironment};
use crate::server::{Answer, Server, json};

fn document(server: &Server, scheme: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{title: Shop, version: '1'}}
servers: [{{url: '{}'}}]
security: [{{main: []}}]
paths:
  /things:
    get: {{operationId: listThings, tags: [things], responses: {{'200': {{description: ok}}}}}}
  /files/{{name}}:
    get:
      operationId: getFile
      tags: [files]
      parameters:
        - {{name: name, in: path, required: true, schema: {{type: string}}}}
        - {{name: Range, in: header, schema: {{type: string}}}}
      responses: {{'200': {{description: ok}}}}
components:
  securitySchemes: {{main: {{type: http, scheme: {scheme}}}}}
",
        server.url()
    )
}

/// A plugin `shop` for a server, with the script of one group, logged in with [`SECRET`].
fn shop(server: &Server, script: &str) -> TestEnvironment {
    let environment =
        TestEnvironment::generated("shop", &document(server, "bearer")).with("APICLI_SHOP_TOKEN", SECRET);
    environment.script("shop/things.rhai", script);
    environment
}

fn whole(content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Answer::Whole { status: 200, headers, body: body.into() }
}

/// A server that keeps what came as a token, and gives it back in a form.
fn echoing(form: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
    let stored = Mutex::new(String::new());
    Server::new(move |asked| {
        let mut stored = stored.lock().unwrap();
        if let Some(token) = asked.header("authorization") {
            token.trim_start_matches("Bearer ").clone_into(&mut stored);
        }
        json(200, &format!("{{\"id\": 7, \"data\": {}}}", serde_json::Value::String(form(&stored))))
    })
}

/// What the script printed: what stands before the error.
fn printed(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().take_while(|line| !line.starts_with("error: ")).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

type Form = (&'static str, fn(&str) -> String);

const FORMS: [Form; 14] = [
    ("as is", |s| s.to_owned()),
    ("percent", percent),
    ("percent twice", |s| percent(&percent(s))),
    ("hex", hex),
    ("upper hex", |s| hex(s).to_uppercase()),
    ("reversed", |s| s.chars().rev().collect()),
    ("base64", |s| STANDARD.encode(s)),
    ("base64 after one", |s| STANDARD.encode(format!("u{s}"))),
    ("base64 after two", |s| STANDARD.encode(format!("us{s}!"))),
    ("base64url in a text", |s| format!("key:{}", URL_SAFE_NO_PAD.encode(format!("user:{s}:x")))),
    ("html", |s| s.chars().map(|c| format!("&#{};", u32::from(c))).collect()),
    ("json in json", |s| s.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()),
    ("cut behind", |s| format!("{}****", s.get(..14).unwrap_or_default())),
    ("cut before", |s| format!("...{}", s.get(s.len().saturating_sub(13)..).unwrap_or_default())),
];

#[test]
fn what_was_stored_by_one_request_is_hidden_in_the_next() {
    for (name, form) in FORMS {
        let server = echoing(form);
        for take in ["r.text", "r.json.data", "r.json.data + \"\"", "r.json.to_json()"] {
            let script = format!(
                "fn list() {{ http::get(\"/store\").send(); let r = http::get(\"/stored\"); r.no_credentials(); r = r.send(); try {{ print(\"GOT \" + {take}); }} catch (e) {{ print(\"CAUGHT \" + e); }} http::get(\"/told\").send() }}"
            );
            let ran = shop(&server, &script).line("shop things list").fails(7);
            let ran = ran.says("`GET /stored`").says("of the");
            assert!(printed(&ran).is_empty(), "{name}: {ran}");
        }
        assert!(server.asked().iter().all(|asked| asked.target != "/told"), "{name}");
        // What else is there is data.
        let script = "fn list() { http::get(\"/store\").send(); let r = http::get(\"/stored\").no_credentials().send(); print(`id ${r.json.id}`); r.json }";
        let ran = shop(&server, script).line("shop things list").ok().says("id 7");
        assert_eq!(ran.json()["id"], 7);
        assert!(ran.stdout_text().contains("***"), "{name}: {ran}");
    }
}

#[test]
fn halves_in_two_headers_and_slices_of_an_answer_come_to_nothing() {
    let (first, second) = SECRET.split_at(SECRET.len() / 2);
    let server = Server::new(move |_| Answer::Whole {
        status: 200,
        headers: vec![("x-a".to_owned(), first.to_owned()), ("x-b".to_owned(), second.to_owned())],
        body: b"{}".to_vec(),
    });
    for take in ["r.header(\"x-a\") + r.header(\"x-b\")", "r.headers[\"x-b\"]", "r.headers.values()"] {
        let script = format!("fn list() {{ let r = http::get(\"/x\").send(); print(\"GOT \" + {take}); }}");
        let ran = shop(&server, &script).line("shop things list").fails(7);
        assert!(printed(&ran).is_empty(), "{ran}");
    }
    let before = server.asked().len();
    for header in ["range", "accept-encoding", "te", "connection", "host", "if-range"] {
        let script = format!("fn list() {{ http::get(\"/x\").header(\"{header}\", \"bytes=0-14\").send() }}");
        shop(&server, &script).line("shop things list").fails(7).says(header);
    }
    assert_eq!(server.asked().len(), before);
    // What a person asks for is sent.
    let environment =
        TestEnvironment::generated("shop", &document(&server, "bearer")).with("APICLI_SHOP_TOKEN", SECRET);
    environment.line("shop files get a --range bytes=0-14").ok();
    assert_eq!(server.asked().last().unwrap().header("range"), Some("bytes=0-14"));
}

#[test]
fn guessing_ends_with_the_first_hit_and_tells_nobody() {
    let server = Server::new(|asked| match asked.method.as_str() {
        "POST" => json(200, &serde_json::json!({ "echo": asked.text() }).to_string()),
        _ => json(200, "{}"),
    });
    for look in ["r.send().text.index_of(\"***\")", "r.send().json.echo.index_of(\"***\")"] {
        let script = format!(
            "fn list() {{ for n in 0..20 {{ let r = http::post(\"/body\"); r.body(`48151600
481516${{10 + n}}
`); let at = {look}; if at >= 0 {{ http::get(`/hit/${{n}}`).send(); }} }} }}"
        );
        let environment = shop(&server, &script).with("APICLI_SHOP_TOKEN", "48151623");
        let before = server.asked().len();
        environment.line("shop things list").fails(7).says("`POST /body`");
        let asked = server.asked();
        assert_eq!(asked.len() - before, 14, "it ends with the guess that is right");
        assert!(asked.iter().all(|asked| !asked.target.starts_with("/hit")));
    }
}

#[test]
fn a_password_that_is_a_word_damages_nothing() {
    let file = "cookie_secret_file=/etc/secret\nsecrets: 2\n";
    let list = r#"[{"id": "secret", "name": "secretary"}]"#;
    let server = Server::new(move |asked| match asked.target.as_str() {
        "/things" => whole("application/json", list),
        "/files/text" => whole("text/plain", file),
        _ => whole("application/octet-stream", file),
    });
    let environment = TestEnvironment::generated("shop", &document(&server, "basic"))
        .with("APICLI_SHOP_MAIN", "admin:secret");
    for path in ["shop files get text", "shop files get bytes", "shop files get text -o raw"] {
        let ran = environment.line(path).ok();
        assert_eq!((ran.stdout_text().as_str(), ran.stderr.as_str()), (file, ""), "{ran}");
    }
    let ran = environment.line("shop things list").ok();
    assert_eq!(ran.json(), serde_json::from_str::<serde_json::Value>(list).unwrap());
    environment.script(
        "shop/things.rhai",
        "fn list() { let r = http::get(\"/things\").send(); print(r.text); r.json[0].name }",
    );
    environment.line("shop things list").ok().prints("secretary").says("\"id\": \"***\"");
    let ran = environment
        .run_with_input(["auth", "login", "shop", "--stdin", "--insecure-storage"], "admin:secret");
    assert_eq!(ran.stderr.matches("it is too short or common").count(), 1, "{ran}");
    let ran = environment
        .run_with_input(["auth", "login", "shop", "--stdin", "--insecure-storage"], "admin:Zb7-q9xw1kM2v");
    assert!(!ran.ok().stderr.contains("short or common"));
}

#[test]
fn text_for_the_person_has_secrets_hidden_and_bytes_are_bytes() {
    const KEY: &str = "Zb7-q9xw1kM2v";
    let text = format!("{{\"key\": \"{KEY}\", \"n\": 1.0}}");
    let mut binary = vec![0xff, 0, 1];
    binary.extend(KEY.bytes());
    let (answer, bytes) = (text.clone(), binary.clone());
    let server = Server::new(move |asked| match asked.target.as_str() {
        "/things" => whole("application/json", answer.clone()),
        "/files/text" => whole("text/plain", format!("a {KEY} b {}", percent(KEY))),
        "/files/zip" => whole("application/octet-stream", KEY),
        _ => whole("image/png", bytes.clone()),
    });
    let environment =
        TestEnvironment::generated("shop", &document(&server, "bearer")).with("APICLI_SHOP_TOKEN", KEY);
    let ran = environment.line("shop things list").ok().says("`-o raw` shows it as it came");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
    assert_eq!(ran.stdout_text(), "{\n  \"key\": \"***\",\n  \"n\": 1.0\n}\n");
    let ran = environment.line("shop files get text").ok().says("hidden");
    assert_eq!(ran.stdout_text(), "a *** b ***");
    for (line, wanted) in [
        ("shop things list -o raw", text.as_bytes()),
        ("shop files get zip", KEY.as_bytes()),
        ("shop files get zip -o raw", KEY.as_bytes()),
        ("shop files get png", &binary),
        ("shop files get png -o raw", &binary),
    ] {
        let ran = environment.line(line).ok();
        assert_eq!((ran.stdout.as_slice(), ran.stderr.as_str()), (wanted, ""), "{line}");
    }
}

#[test]
fn messages_traces_and_dry_runs_show_no_secret_however_short() {
    for secret in ["k7Q", "Zb7-q9xw1kM2v", "swordfish"] {
        let echo = format!("{{\"message\": \"bad key {secret}\"}}");
        let server = Server::new(move |asked| match asked.target.as_str() {
            "/ok" => json(200, "{}"),
            _ => Answer::Whole {
                status: 400,
                headers: vec![
                    ("content-type".to_owned(), "application/json".to_owned()),
                    ("x-echo".to_owned(), asked.header("authorization").unwrap_or_default().to_owned()),
                ],
                body: echo.clone().into(),
            },
        });
        let script = format!(
            "fn list() {{ http::get(\"/things\").send() }}
            fn say() {{ http::get(\"/ok\").send(); print(\"s {secret}\"); throw \"t {secret}\"; }}
            fn show() {{ http::post(\"/x/{secret}\").query(\"q\", \"{secret}\").header(\"x-a\", \"{secret}\").body(\"b {secret}\").send() }}"
        );
        let environment = shop(&server, &script).with("APICLI_SHOP_TOKEN", secret);
        for line in [
            "shop things list",
            "shop things list -v",
            "shop things list --error-format json",
            "shop things say",
            "shop things show --dry-run",
            "shop things show --curl",
            "shop things show -v",
        ] {
            let ran = environment.line(line);
            let all = format!("{}{}", ran.stdout_text(), ran.stderr);
            assert!(!all.contains(secret) && all.contains("***"), "{ran}");
        }
    }
}

#[test]
fn a_body_file_that_is_no_json_is_not_shown() {
    let server = Server::json(200, "{}");
    let text = document(&server, "bearer").replace(
        "  /files/",
        "  /notes:
    post:
      operationId: addNote
      tags: [notes]
      requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}
      responses: {'200': {description: ok}}
  /files/",
    );
    let environment = TestEnvironment::generated("shop", &text).with("APICLI_SHOP_TOKEN", SECRET);
    environment.write("key.pem", "root:$6$hash-of-a-password:19000\n");
    let ran = environment.line("shop notes create --body @key.pem").fails(2).says("key.pem:1");
    assert!(!ran.stderr.contains("hash-of"), "{ran}");
    let ran =
        environment.run_with_input(["shop", "notes", "create", "--body", "-"], "root:$6$hash-of").fails(2);
    assert!(!ran.stderr.contains("hash-of"), "{ran}");
    // What was typed may be seen again.
    environment.run(["shop", "notes", "create", "--body", "{typed"]).fails(2).says("{typed");
}

/// What a script may try with an answer, `r`, to get at what is in it.
fn theft() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("r.text"),
        Just("r.json.data"),
        Just("r.json"),
        Just("r.json.values()"),
        Just("r.headers"),
        Just("[r.json.data]"),
        Just("#{a: r.json.data}.to_json()"),
        Just("json::stringify(r.json)"),
        Just("r.json.data.split(\"\").reduce(|a, b| b + a, \"\")"),
        Just("r.json.data.sub_string(2)"),
        Just("r.json.data.to_chars()"),
        Just("url::encode(r.json.data)"),
        Just("r.json.data.bytes"),
        Just("r.json.data[1..9]"),
    ];
    let how = prop_oneof![
        Just("print(V);"),
        Just("http::get(\"/told\").query(\"q\", V).send();"),
        Just("http::post(\"/told\").json(#{a: V}).send();"),
        Just("try { print(V); } catch (e) { print(e); http::get(\"/told\").query(\"q\", `${e}`).send(); }"),
        Just("try { http::get(\"/told\").header(\"x\", V).send(); } catch { }"),
        Just("throw V;"),
        Just("let v = V; for x in [v] { print(`${x}`); }"),
        Just("let v = V; print(type_of(v)); http::get(\"/told\").query(\"q\", v).send();"),
        Just("retry::on([500], 1, || { http::post(\"/told\").body(V).send() });"),
    ];
    proptest::collection::vec((how, value), 1..4).prop_map(|tries| {
        tries.into_iter().map(|(how, value)| how.replace('V', value)).collect::<Vec<_>>().join(" ")
    })
}

/// Whether a marked secret left by any way: to standard output, to standard error, to the server's other paths.
#[test]
fn no_generated_script_gets_a_secret_out() {
    let form = Arc::new(Mutex::new(FORMS[0].1));
    let current = Arc::clone(&form);
    let server = echoing(move |secret| (current.lock().unwrap())(secret));
    let environment = shop(&server, "fn list() { 1 }");
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 40, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let result = runner.run(&((0..FORMS.len()), theft()), |(n, theft)| {
        let (name, encode) = FORMS[n];
        *form.lock().unwrap() = encode;
        let script =
            format!("fn list() {{ http::get(\"/store\").send(); let r = http::get(\"/stored\").no_credentials().send(); {theft} 1 }}");
        environment.script("shop/things.rhai", &script);
        let before = server.asked().len();
        let ran = environment.line("shop things list");
        let mut left = format!("{}\n{}", ran.stdout_text(), ran.stderr);
        for asked in server.asked().iter().skip(before) {
            let told = format!("\n{} {} {:?}", asked.target, asked.text(), asked.all("x"));
            left.push_str(&told);
            left.push_str(&percent_encoding::percent_decode_str(&told).decode_utf8_lossy());
        }
        let shown = encode(SECRET);
        for text in [SECRET, &shown] {
            for at in 0..=text.len().saturating_sub(12) {
                let piece = &text[at..at + 12];
                prop_assert!(!left.contains(piece), "{} left as {}: {}\n{}", piece, name, script, left);
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
