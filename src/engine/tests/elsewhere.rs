//! Answers from other origins, after a redirect: only for the user.

use super::*;

fn foreign(status: u16, body: &str) -> Response {
    Response { foreign: Origin::of("http://127.0.0.9:80"), ..answer(status, body) }
}

/// Ways to read an answer.
const LOOKS: &[&str] = &[
    "r.text",
    "r.json",
    "r.headers",
    "r.header(\"x\")",
    "r.status",
    "r.ok",
    "print(r)",
    "`${r}`",
    "r.to_string()",
    "json::gather(json::list(), r, \"\")",
    "\"\" + r",
    "debug(r)",
];

#[test]
fn a_script_may_return_it_and_ask_nothing() {
    for look in LOOKS {
        for send in ["send", "try_send"] {
            let text = format!(
                "fn f() {{ let r = http::get(\"/x\").{send}(); try {{ let x = {look}; print(\"got \" + x); }} catch {{ print(\"caught\"); }} r }}"
            );
            let setup = setup(&text).answers([Ok(foreign(200, r#"{"internal": "metadata"}"#))]);
            match setup.run() {
                // An operation that fails for any answer reveals nothing about this one.
                Ok(Outcome::Response(_)) => assert_eq!(*setup.printed.borrow(), ["caught"], "{look}"),
                Ok(outcome) => panic!("{look}: {outcome:?}"),
                Err(error) => {
                    let failure = Failure::from(error);
                    assert_eq!(failure.kind.exit_code(), 7, "{look}");
                    assert!(failure.message.contains("`http://127.0.0.9`"), "{look}: {}", failure.message);
                    assert!(setup.printed.borrow().is_empty(), "{look}: {:?}", setup.printed);
                }
            }
        }
    }
    let setup = setup("fn f() { http::get(\"/x\").send() }").answers([Ok(foreign(200, "there"))]);
    assert!(matches!(setup.run(), Ok(Outcome::Response(response)) if response.body.bytes() == b"there"));
}

#[test]
fn hooks_do_not_see_it() {
    let hooks = "fn after_response(r) { print(\"after\"); r.text } fn on_error(e) { print(\"error\"); 1 }";
    for (status, code) in [(200, None), (404, Some(4)), (500, Some(5)), (401, Some(3))] {
        let setup =
            setup("fn f() { http::get(\"/x\").send() }").hooks(hooks).answers([Ok(foreign(status, "there"))]);
        let result = setup.run();
        assert_eq!(result.err().map(|error| Failure::from(error).kind.exit_code()), code);
        assert!(setup.printed.borrow().is_empty());
        assert_eq!(setup.requests(), 1, "nothing is renewed for another origin");
    }
}

#[test]
fn failures_there_cannot_be_caught() {
    let refused = HttpError::RefusedRedirect { to: "http://10.0.0.1".into(), why: "for a reason" };
    for (answer, code) in [
        (Ok(foreign(404, "{}")), 4),
        (Ok(foreign(503, "{}")), 5),
        (Err(HttpError::Foreign(Box::new(down()))), 6),
        (Err(refused), 6),
    ] {
        for send in ["send", "try_send"] {
            let text = format!(
                "fn f() {{ try {{ http::get(\"/x\").{send}(); }} catch (e) {{ print(e); }} retry::on([404, 503], 3, || http::get(\"/y\").{send}()) }}"
            );
            let setup = setup(&text).answers([answer.clone()]);
            let failure = setup.failure();
            assert_eq!(failure.kind.exit_code(), code, "{}", failure.message);
            assert!(setup.printed.borrow().is_empty());
            assert_eq!(setup.requests(), 1);
        }
    }
}

#[test]
fn that_there_was_an_answer_is_told_to_nobody() {
    let setup = setup("fn f() { http::get(\"/x\").send(); http::get(\"/seen\").send() }")
        .answers([Ok(foreign(200, ""))]);
    assert_eq!(setup.failure().kind.exit_code(), 7);
    assert_eq!(setup.requests(), 1);
}

#[test]
fn pages_and_retries_end_with_the_refusal() {
    for call in [
        "pages::cursor(http::get(\"/x\"))",
        "pages::next(http::get(\"/x\"), \"c\", \"data\", \"n\")",
        "pages::numbered(http::get(\"/x\"), \"page\", \"\", 1)",
        "retry::on([429], 3, || http::get(\"/x\").send())",
    ] {
        let setup = setup(&format!("fn f() {{ {call} }}")).answers([Ok(foreign(200, r#"{"data": [1]}"#))]);
        let failure = setup.failure();
        assert_eq!(failure.kind.exit_code(), 7, "{call}");
        assert!(failure.message.contains("only for the user"), "{}", failure.message);
    }
}

#[test]
fn a_caught_failure_names_the_api_and_no_way_to_it() {
    let through = HttpError::Connect {
        origin: Origin::of("https://api.example.com").unwrap(),
        reason: "the proxy refuses: /home/jane".to_owned(),
        proxy: Some("proxy.corp:3128".to_owned()),
    };
    let text = "fn f() { try { http::get(\"/x\").send() } catch (e) { return e.message; } }";
    let setup_ = setup(text).answers([Err(through.clone())]);
    assert_eq!(setup_.value(), "cannot connect to `https://api.example.com`");
    // The user is told everything.
    let failure = setup("fn f() { try { http::get(\"/x\").send() } catch (e) { throw e } }")
        .answers([Err(through)])
        .failure();
    assert!(failure.message.contains("proxy.corp:3128"), "{}", failure.message);
}

#[test]
fn an_error_names_the_script_and_not_where_it_is_kept() {
    let path = "/home/jane/.local/share/apicli/plugins/shop/customers.rhai";
    let script = |text: &str| {
        Script::compile(Source { path: path.into(), text: text.to_owned() })
            .unwrap_or_else(|e| panic!("{e:?}"))
    };
    let mut setup = setup("fn f() { 1 }");
    setup.script = script(
        "fn f() { let s = \"\"; try { g(1) } catch (e) { for x in e.values() { s += x; } } try { [].no() } catch (e) { s += e; } s }\nfn g(x) { x.none() }",
    );
    let shown = setup.value().to_string();
    assert!(!shown.contains("jane") && shown.contains("shop/customers.rhai"), "{shown}");
    setup.script = script("fn f() {\n    g(1)\n}\nfn g(x) {\n    x.none()\n}");
    let failure = setup.failure();
    assert_eq!(failure.snippet.unwrap().source, path);
    assert_eq!(failure.chain[0].source, path);
}
