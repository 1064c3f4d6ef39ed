use serde_json::json;

use super::*;

fn page(items: &str, more: bool) -> Result<Response, HttpError> {
    Ok(answer(200, &format!(r#"{{"data": [{items}], "has_more": {more}}}"#)))
}

fn urls(setup: &Setup) -> Vec<String> {
    setup.transport.requests.lock().unwrap().iter().map(Request::url).collect()
}

#[test]
fn pages_follow_the_last_item() {
    let setup = setup(r#"fn f(flags) { pages::cursor(http::get("/c").query(flags)) }"#)
        .flags(json!({"limit": 2, "starting_after": "z"}))
        .answers([page(r#"{"id": "a", "z": 1.10}, {"id": "b"}"#, true), page(r#"{"id": "c"}"#, false)]);
    // Keys stay in order.
    assert_eq!(setup.value().to_string(), r#"[{"id":"a","z":1.1},{"id":"b"},{"id":"c"}]"#);
    assert_eq!(
        urls(&setup),
        [
            "https://api.example.com/c?limit=2&starting_after=z",
            "https://api.example.com/c?limit=2&starting_after=b"
        ]
    );
}

#[test]
fn pages_follow_a_cursor_of_the_answer() {
    let setup = setup(r#"fn f() { let all = pages::next(http::get("/c"), "cursor", "items", "next"); all.items.len() + all.length }"#)
        .answers([
            Ok(answer(200, r#"{"items": [1, 2], "next": "p2"}"#)),
            Ok(answer(200, r#"{"items": [3], "next": null}"#)),
        ]);
    assert_eq!(setup.value(), json!(6));
    assert_eq!(urls(&setup), ["https://api.example.com/c", "https://api.example.com/c?cursor=p2"]);
}

#[test]
fn pages_are_counted_until_one_is_empty() {
    let setup = setup(r#"fn f() { pages::numbered(http::get("/c"), "page", "", 1) }"#).answers([
        Ok(answer(200, "[1]")),
        Ok(answer(200, "[2]")),
        Ok(answer(200, "[]")),
    ]);
    assert_eq!(setup.value(), json!([1, 2]));
    assert_eq!(urls(&setup).last().map(String::as_str), Some("https://api.example.com/c?page=3"));
}

#[test]
fn pages_that_never_end_do() {
    let text = r#"fn f() { pages::next(http::get("/c"), "cursor", "items", "next") }"#;
    let same = || Ok(answer(200, r#"{"items": [1], "next": "p"}"#));
    assert!(setup(text).answers([same(), same(), same()]).failure().message.contains("keeps answering"));
    let mut setup2 = setup(r#"fn f() { pages::numbered(http::get("/c"), "page", "data", 1) }"#)
        .answers((0..50).map(|_| page("1, 2, 3, 4, 5", true)));
    setup2.limits.array_size = 100;
    assert!(setup2.failure().message.contains("array that is too long"));
}

#[test]
fn an_error_in_the_library_shows_both_places() {
    let failure =
        setup("fn f() {\n    pages::cursor(http::get(\"/c\"))\n}").answers([page("1", true)]).failure();
    assert!(failure.message.contains("to go on from"), "{failure}");
    assert_eq!(failure.snippet.as_ref().map(|at| at.source.as_str()), Some("stdlib/pages.rhai"), "{failure}");
    assert!(failure.snippet.as_ref().unwrap().text.contains("throw"), "{failure}");
    let outer = failure.chain.last().unwrap();
    assert_eq!((outer.source.as_str(), outer.line), ("shop/customers.rhai", 2), "{failure}");
}

#[test]
fn a_plugin_cannot_shadow_the_library() {
    let text = r#"
        fn f() { pages::cursor(http::get("/c")) }
        fn cursor(request) { throw "shadowed" }
        fn cursor(a, b, c, d, e) { throw "shadowed" }
        fn copy() { throw "shadowed" }
        fn send() { throw "shadowed" }
        fn gather(a, b, c) { throw "shadowed" }
        fn list() { throw "shadowed" }
        fn last(a) { throw "shadowed" }
    "#;
    let setup = setup(text).answers([page(r#"{"id": "a"}"#, false)]);
    assert_eq!(setup.value(), json!([{"id": "a"}]));
}

fn busy(status: u16) -> Result<Response, HttpError> {
    let mut response = answer(status, "");
    response.headers.push(("retry-after".to_owned(), "0".to_owned()));
    Ok(response)
}

#[test]
fn retries_stop_at_success_or_at_their_number() {
    let text = r#"fn f() { retry::on([429, 503], 3, || http::get("/x").send()).status }"#;
    let setup1 = setup(text).answers([busy(429), busy(503)]);
    assert_eq!((setup1.value(), setup1.requests()), (json!(200), 3));
    let setup2 = setup(text).answers((0..9).map(|_| busy(503)));
    assert_eq!((setup2.failure().status, setup2.requests()), (Some(503), 4));
    let setup3 = setup(text).answers([busy(404)]);
    assert_eq!((setup3.failure().status, setup3.requests()), (Some(404), 1));
    let text = r#"fn f() { retry::on([503], 2, || http::get("/x").try_send()).status }"#;
    let setup4 = setup(text).answers((0..9).map(|_| busy(503)));
    assert_eq!((setup4.value(), setup4.requests()), (json!(503), 3));
    assert_eq!(setup("fn f() { retry::on([503], 2, || throw 5) }").failure().message, "5");
}

#[test]
fn waiting_ends_with_the_condition_or_with_the_time() {
    let text =
        r#"fn f() { wait::till(5, 0.001, || { let r = http::get("/x").send().json; if r.done { r } }) }"#;
    let setup1 =
        setup(text).answers([Ok(answer(200, r#"{"done": false}"#)), Ok(answer(200, r#"{"done": true}"#))]);
    assert_eq!((setup1.value(), setup1.requests()), (json!({"done": true}), 2));
    let failure = setup("fn f() { wait::till(0.003, 0.001, || false) }").failure();
    assert!(failure.message.contains("gave up after"), "{failure}");
}

#[test]
fn json_and_url_go_both_ways() {
    let text = r#"fn f() { let v = json::parse("{\"b\": [1, null], \"a\": 2}"); [v, json::stringify(v), url::encode("a/b c")] }"#;
    assert_eq!(
        setup(text).value(),
        json!([{"a": 2, "b": [1, null]}, r#"{"a":2,"b":[1,null]}"#, "a%2Fb%20c"])
    );
    assert!(setup("fn f() { json::parse(\"{\") }").failure().message.contains("not JSON"));
}
