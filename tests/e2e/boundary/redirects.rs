//! Redirects to other hosts.

use std::sync::{Arc, Mutex};

use crate::environment::{Ran, SECRET, TestEnvironment};
use crate::server::{Answer, Server, json, redirect};

/// A plugin `shop` for a server, with the script of one group, logged in with [`SECRET`].
fn shop(server: &Server, script: &str) -> TestEnvironment {
    let document = format!(
        "openapi: 3.0.3
info: {{title: Shop, version: '1'}}
servers: [{{url: '{}'}}]
security: [{{bearer: []}}]
paths:
  /things:
    get: {{operationId: listThings, tags: [things], responses: {{'200': {{description: ok}}}}}}
components:
  securitySchemes: {{bearer: {{type: http, scheme: bearer}}}}
",
        server.url()
    );
    let environment = TestEnvironment::generated("shop", &document).with("APICLI_SHOP_TOKEN", SECRET);
    environment.script("shop/things.rhai", script);
    environment
}

/// A server that redirects `/to` to wherever it is told, and answers anything else.
fn redirecting(status: u16, location: String) -> Server {
    Server::new(move |asked| match asked.target.split('?').next() {
        Some("/to") => redirect(status, &location),
        _ => json(200, r#"{"own": true}"#),
    })
}

const METHODS: [&str; 5] = ["post", "put", "patch", "delete", "options"];

#[test]
fn only_get_and_head_go_to_another_origin_and_go_bare() {
    let other = Server::json(200, r#"{"internal": "credentials"}"#);
    for status in [301, 302, 303, 307, 308] {
        let server = redirecting(status, format!("{}/internal?token=their-own", other.url()));
        let script = "fn list() { http::get(\"/to\").header(\"metadata-flavor\", \"Google\").query(\"a\", 1).send() }
            fn head() { http::head(\"/to\").send() }
            fn change(method) { http::request(method, \"/to\").send() }
            fn change_caught(method) { try { http::request(method, \"/to\").send() } catch (e) { print(e) } http::get(\"/told\").send() }";
        let environment = shop(&server, script);
        environment.line("shop things list").ok().prints("\"internal\"");
        environment.line("shop things head").ok();
        for asked in other.asked() {
            assert!(matches!(asked.method.as_str(), "GET" | "HEAD"), "{asked:?}");
            let mut names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"], "{asked:?}");
            assert_eq!((asked.header("accept"), asked.body.len()), (Some("*/*"), 0));
            assert_eq!(asked.target, "/internal?token=their-own");
        }
        let before = other.asked().len();
        for method in METHODS {
            for command in ["change", "change-caught"] {
                let ran = environment.line(&format!("shop things {command} {method}")).fails(6);
                let ran =
                    ran.says("only GET and HEAD requests are redirected to another host").says(other.url());
                assert!(!ran.stderr.contains("their-own"), "{ran}");
            }
        }
        assert_eq!(other.asked().len(), before);
        assert!(server.asked().iter().all(|asked| asked.target != "/told"));
    }
}

#[test]
fn within_its_origin_a_redirect_is_followed_as_the_request_was_sent() {
    let server = redirecting(307, "/there".to_owned());
    let script = "fn list() { let r = http::post(\"/to\").header(\"x-a\", \"1\").body(\"text\").send(); print(r.status); r.json }";
    shop(&server, script).line("shop things list").ok().says("200").prints("\"own\": true");
    let there = server.asked().remove(1);
    assert_eq!((there.method.as_str(), there.text().as_str()), ("POST", "text"));
    assert_eq!(there.header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
    assert_eq!(there.header("x-a"), Some("1"));
}

#[test]
fn a_way_back_brings_no_credential_back() {
    let home = Arc::new(Mutex::new(String::new()));
    let back = Arc::clone(&home);
    let other = Server::new(move |_| redirect(302, &format!("{}/home", back.lock().unwrap())));
    let server = redirecting(302, format!("{}/x", other.url()));
    server.url().clone_into(&mut home.lock().unwrap());
    shop(&server, "fn list() { http::get(\"/to\").send() }").line("shop things list").ok().prints("own");
    let home = server.asked().remove(1);
    assert_eq!((home.target.as_str(), home.all("authorization").len()), ("/home", 0));
}

/// Ways of a script to learn something of an answer.
const LOOKS: [&str; 12] = [
    "print(r.text)",
    "print(r.json)",
    "print(r.json.internal)",
    "print(r.headers)",
    "print(r.header(\"content-type\"))",
    "print(r.status)",
    "print(r.ok)",
    "print(r)",
    "print(`${r}`)",
    "let l = json::list(); print(json::gather(l, r, \"\"))",
    "http::get(\"/told\").send()",
    "retry::on([200], 1, || r)",
];

#[test]
fn the_answer_is_for_the_person_alone() {
    for (status, body) in [(200, r#"["internal"]"#), (404, r#"{"message": "internal"}"#), (500, "internal")] {
        let other = Server::json(status, body);
        let server = redirecting(302, other.url().to_owned());
        for look in LOOKS {
            for send in ["send", "try_send"] {
                let environment = shop(
                    &server,
                    &format!(
                        "fn list() {{ let r = (); try {{ r = http::get(\"/to\").{send}(); {look}; }} catch (e) {{ print(\"caught \" + e); }} http::get(\"/told\").send() }}"
                    ),
                );
                std::fs::write(
                    environment.plugin("shop/hooks.rhai"),
                    "fn after_response(r) { print(\"hook \" + r.text); } fn on_error(e) { print(\"hook \" + e); }",
                )
                .unwrap();
                let ran = environment.line("shop things list");
                let code = match status {
                    200 => 7,
                    404 => 4,
                    _ => 5,
                };
                let ran = ran.fails(code);
                assert!(ran.stderr.starts_with("error: "), "something was printed: {look}: {ran}");
            }
        }
        assert!(server.asked().iter().all(|asked| asked.target == "/to"), "{:?}", server.asked());
    }
}

#[test]
fn whether_a_port_is_open_is_told_to_no_script() {
    let gone = Server::json(200, "{}");
    let closed = gone.url().to_owned();
    drop(gone);
    let garbage = Server::new(|_| Answer::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()));
    for target in [
        closed,
        garbage.url().to_owned(),
        "http://name.invalid/".to_owned(),
        "https://127.0.0.1:1/".to_owned(),
    ] {
        let server = redirecting(302, target);
        for send in ["send", "try_send"] {
            let script = format!(
                "fn list() {{ try {{ http::get(\"/to\").{send}(); }} catch (e) {{ print(\"caught\"); }} http::get(\"/told\").send() }}"
            );
            let ran: Ran = shop(&server, &script).line("shop things list").fails(6);
            assert!(ran.stderr.starts_with("error: "), "something was printed: {ran}");
        }
        assert!(server.asked().iter().all(|asked| asked.target == "/to"));
    }
}

#[test]
fn a_document_may_have_moved() {
    let document = "openapi: 3.0.3
info: {title: Moved, version: '1'}
servers: [{url: 'http://127.0.0.1:9'}]
paths:
  /things:
    get: {operationId: listThings, tags: [things], responses: {'200': {description: ok}}}
";
    let there =
        Server::new(move |_| Answer::Whole { status: 200, headers: Vec::new(), body: document.into() });
    let here = redirecting(302, format!("{}/openapi.yaml", there.url()));
    let environment = TestEnvironment::new();
    environment.run(["gen", &format!("{}/to", here.url())]).ok();
    assert_eq!(there.only().method, "GET");
}
