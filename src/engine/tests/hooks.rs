use serde_json::json;

use super::*;
use crate::diagnostic::Kind;

const GET: &str = r#"fn f() { http::get("/x").send() }"#;

#[test]
fn before_send_adds_to_each_request_once() {
    let text = r#"fn f() { let r = http::get("/x"); r.send(); r.send(); }"#;
    let setup = setup(text).hooks(r#"fn before_send(request) { request.header("x-a", "1").query("b", 2); }"#);
    setup.run().unwrap();
    for request in setup.transport.requests.lock().unwrap().iter() {
        assert_eq!(
            (header(request, "x-a"), request.url().as_str()),
            (Some("1"), "https://api.example.com/x?b=2")
        );
    }
}

#[test]
fn after_response_may_replace_the_answer() {
    let setup1 = setup(GET).hooks("fn after_response(response) { #{status: response.status} }");
    assert_eq!(setup1.value(), json!({"status": 200}));
    let setup2 = setup(GET).hooks("fn after_response(response) { print(response.status); }");
    assert!(matches!(setup2.run(), Ok(Outcome::Response(_))));
    assert_eq!(*setup2.printed.borrow(), ["200"]);
}

#[test]
fn on_error_sees_the_failure_and_may_replace_it() {
    let setup1 =
        setup(GET).hooks("fn on_error(error) { print(error.status); }").answers([Ok(answer(404, ""))]);
    assert_eq!(setup1.failure().kind, Kind::Client);
    assert_eq!(*setup1.printed.borrow(), ["404"]);
    let setup2 = setup(GET)
        .hooks(r#"fn on_error(error) { if error.kind == "network" { http::get("/y").send() } }"#)
        .answers([Err(down()), Ok(answer(200, "1"))]);
    assert!(matches!(setup2.run(), Ok(Outcome::Response(_))));
}

#[test]
fn a_failing_hook_is_an_error_in_the_hooks() {
    for (hooks, function) in [
        ("// one\nfn before_send(r) {\n    throw \"no\";\n}", "before_send"),
        ("// one\nfn after_response(r) {\n    throw \"no\";\n}", "after_response"),
    ] {
        // The script cannot hide it.
        let failure = setup(r#"fn f() { try { http::get("/x").send() } catch { } }"#).hooks(hooks).failure();
        assert_eq!((failure.kind, failure.message.as_str()), (Kind::Script, "no"), "{function}");
        let at = failure.snippet.unwrap();
        assert_eq!(
            (at.source.as_str(), at.line, at.text.as_str()),
            ("shop/hooks.rhai", 3, "    throw \"no\";")
        );
    }
}

#[test]
fn requests_of_a_hook_run_no_hooks() {
    let setup = setup(GET).hooks(r#"fn before_send(r) { http::get("/token").send(); }"#);
    setup.run().unwrap();
    let paths: Vec<_> = setup.transport.requests.lock().unwrap().iter().map(|r| r.path.clone()).collect();
    assert_eq!(paths, ["/token", "/x"]);
}

#[test]
fn hooks_share_the_limits_of_the_call() {
    let mut setup1 = setup("fn f() { for i in 0..100 { http::get(\"/x\").send(); } }")
        .hooks("fn before_send(r) { for i in 0..1000 { let x = i; } }");
    setup1.limits.operations = 20_000;
    assert!(setup1.failure().message.contains("too many operations"));
    let setup2 = setup(GET).hooks("fn before_send(r) { before_send(r) }");
    assert!(setup2.failure().message.contains("too deep"));
}

#[test]
fn a_preview_runs_before_send() {
    let setup = setup(GET).hooks(r#"fn before_send(r) { r.header("x-a", "1") }"#).preview();
    let Ok(Outcome::Preview(request)) = setup.run() else { panic!() };
    assert_eq!(header(&request, "x-a"), Some("1"));
}
