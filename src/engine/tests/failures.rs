use serde_json::json;

use super::*;
use crate::diagnostic::Kind;

const GET: &str = r#"fn f() { http::get("/x").send() }"#;

#[test]
fn an_answer_that_is_an_error_is_an_http_failure() {
    let body = r#"{"error": {"message": "No such customer: 'cus_1'"}}"#;
    let failure = setup(GET).answers([Ok(answer(404, body))]).failure();
    assert_eq!(failure.kind, Kind::Client);
    assert_eq!(failure.message, "No such customer: 'cus_1' (404 Not Found)");
    assert_eq!((failure.status, failure.body.as_deref()), (Some(404), Some(body)));
    assert!(failure.snippet.is_none());
    let failure = setup(GET).answers([Ok(answer(401, ""))]).failure();
    assert_eq!(failure.kind, Kind::Credentials);
    assert!(failure.first_hint().unwrap().contains("apicli auth login shop"));
    assert_eq!(setup(GET).answers([Ok(answer(503, ""))]).failure().kind, Kind::Server);
}

#[test]
fn a_script_can_catch_it() {
    let text = r#"fn f() {
        try { http::get("/x").send() } catch (err) { return [err.kind, err.status, err.message, err.body]; }
    }"#;
    let value = setup(text).answers([Ok(answer(409, r#"{"message": "busy"}"#))]).value();
    assert_eq!(value, json!(["http", 409, "busy (409 Conflict)", r#"{"message": "busy"}"#]));
}

#[test]
fn thrown_on_it_is_still_an_http_failure_and_changed_it_is_not() {
    let text = r#"fn f() { try { http::get("/x").send() } catch (err) { throw err; } }"#;
    assert_eq!(setup(text).answers([Ok(answer(404, ""))]).failure().kind, Kind::Client);
    let text = r#"fn f() { try { http::get("/x").send() } catch (err) { err.status = 500; throw err; } }"#;
    assert_eq!(setup(text).answers([Ok(answer(404, ""))]).failure().kind, Kind::Script);
    let text = r#"fn f() { try { http::get("/x").send() } catch (err) { throw "gone: " + err.status; } }"#;
    let failure = setup(text).answers([Ok(answer(404, ""))]).failure();
    assert_eq!((failure.kind, failure.message.as_str()), (Kind::Script, "gone: 404"));
}

#[test]
fn try_send_returns_whatever_came() {
    let text = r#"fn f() { let r = http::get("/x").try_send(); [r.status, r.ok] }"#;
    assert_eq!(setup(text).answers([Ok(answer(404, ""))]).value(), json!([404, false]));
    let text = r#"fn f() { http::get("/x").try_send() }"#;
    let Ok(Outcome::Response(response)) = setup(text).answers([Ok(answer(404, ""))]).run() else { panic!() };
    assert_eq!(response.status, 404);
}

#[test]
fn the_network_can_be_caught_too() {
    let failure = setup(GET).answers([Err(down())]).failure();
    assert_eq!(failure.kind, Kind::Network);
    let text =
        r#"fn f() { try { http::get("/x").try_send() } catch (err) { return [err.kind, err.message]; } }"#;
    let value = setup(text).answers([Err(down())]).value();
    assert_eq!(value, json!(["network", "cannot connect to `https://api.example.com`: connection refused"]));
}

#[test]
fn a_script_error_has_place_caret_and_chain() {
    let text = "fn f() {\n    g(1)\n}\nprivate fn g(x) {\n    let y = [x];\n    y.map(|z| h(z))\n}\nprivate fn h(x) {\n    x + nope\n}\n";
    let failure = setup(text).failure();
    assert_eq!((failure.kind, failure.message.as_str()), (Kind::Script, "there is no variable `nope`"));
    let at = failure.snippet.clone().unwrap();
    assert_eq!(
        (at.source.as_str(), at.line, at.column, at.text.as_str()),
        ("shop/customers.rhai", 9, 9, "    x + nope")
    );
    let chain: Vec<_> = failure.chain.iter().map(|frame| (frame.function.as_str(), frame.line)).collect();
    assert_eq!(chain, [("h", 6), ("closure", 6), ("map", 6), ("g", 2)], "{failure}");
}

#[test]
fn messages_are_plain() {
    for (body, message) in [
        ("throw \"boom\";", "boom"),
        ("throw #{message: \"told\", code: 1};", "told"),
        ("throw #{code: 1};", r#"{"code":1}"#),
        ("throw [1, 2];", "[1,2]"),
        ("throw 42;", "42"),
        ("throw ();", "the script failed without a message"),
        ("throw || 1;", "the script threw a value of type `function`"),
        ("throw http::get(\"/x\");", "the script threw a value of type `Request`"),
        ("throw;", "the script failed without a message"),
        ("nope();", "there is no function `nope`"),
        ("http::gte(\"/\");", "there is no function `http::gte`"),
        ("htpp::get(\"/\");", "there is no namespace `htpp`"),
        ("let x = 1; x.sned();", "there is no function `sned`"),
        ("http::get(1);", "`http::get` cannot be called with (integer)"),
        ("http::get(\"x y\");", "`x y` is not a URL that a script may call"),
        ("http::request(\"G T\", \"/\");", "`G T` is not an HTTP method"),
        ("[1][5];", "array index 5 out of bounds: only 1 element in array"),
        ("1 / 0;", "division by zero: 1 / 0"),
    ] {
        let failure = setup(&format!("fn f() {{\n    {body}\n}}")).failure();
        assert_eq!((failure.message.as_str(), failure.kind), (message, Kind::Script), "{body}");
        assert_eq!(failure.snippet.map(|at| at.line), Some(2), "{body}");
    }
    assert_eq!(setup("fn f() { let r = 1; r.sned() }").failure().first_hint(), Some("did you mean `send`?"));
    assert_eq!(
        setup("fn f() { http::gte(\"/\") }").failure().first_hint(),
        Some("did you mean `http::get`?")
    );
}

#[test]
fn the_error_text_is_safe_for_a_terminal() {
    let failure = setup("fn f() { throw \"a\\x1b[2J\"; }").failure();
    assert!(!failure.to_string().contains('\u{1b}'));
}
