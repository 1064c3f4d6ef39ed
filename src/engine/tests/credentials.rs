use serde_json::json;

use super::*;
use crate::diagnostic::Kind;

fn asked(setup: &Setup) -> Vec<Vec<String>> {
    setup.keys.asked.lock().unwrap().last().map(|(alternatives, _)| alternatives.clone()).unwrap_or_default()
}

#[test]
fn the_host_asks_for_what_the_facts_say() {
    let text = r#"fn f() { http::get("/x").send() }"#;
    let setup1 = setup(text).facts(&json!({"security": [["a", "b"], []]}));
    setup1.run().unwrap();
    assert_eq!(asked(&setup1), [vec!["a".to_owned(), "b".to_owned()], vec![]]);
    // Without facts: any scheme of the manifest, bearer first, none needed.
    let setup2 = setup(text).without_keys();
    setup2.run().unwrap();
    assert_eq!(asked(&setup2), [vec!["bearerAuth".to_owned()], vec!["basicAuth".to_owned()], vec![]]);
}

#[test]
fn a_script_chooses_by_name() {
    let setup1 = setup(r#"fn f() { http::get("/x").credential(credentials::scheme("basicAuth")).send() }"#);
    setup1.run().unwrap();
    assert_eq!(asked(&setup1), [["basicAuth"]]);
    let setup2 = setup(r#"fn f() { http::get("/x").no_credentials().send() }"#);
    assert_eq!(setup2.sent().credentials.len(), 0);
    assert!(setup2.keys.asked.lock().unwrap().is_empty());
}

#[test]
fn missing_credentials_cannot_be_caught() {
    let setup =
        setup(r#"fn f() { try { http::get("/x").send() } catch { } 1 }"#).facts(&json!({})).without_keys();
    let failure = setup.failure();
    assert_eq!(failure.kind, Kind::Credentials);
    assert!(failure.first_hint().unwrap().contains("APICLI_SHOP_TOKEN"));
    assert_eq!(setup.requests(), 0);
}

#[test]
fn other_plugins_credentials_are_out_of_reach() {
    for name in ["github:token", "githubAuth", "shop:bearerAuth", "", "../bearerAuth"] {
        let failure =
            setup(&format!(r#"fn f() {{ try {{ credentials::scheme("{name}") }} catch {{ }} 1 }}"#))
                .failure();
        assert_eq!(failure.kind, Kind::Script);
        assert!(failure.message.contains("no credential scheme"), "{failure}");
        assert_eq!(failure.first_hint(), Some("the schemes of `shop` are `bearerAuth`, `basicAuth`"));
        assert_eq!(failure.snippet.unwrap().line, 1);
    }
}

#[test]
fn nothing_shows_a_secret() {
    // A handle only shows its name, however it is converted.
    let text = r#"fn f() {
        let c = credentials::scheme("bearerAuth");
        print(c); debug(c);
        [c.to_string(), `${c}`, "" + c, [c].to_string(), #{c: c}.to_debug(), type_of(c)]
    }"#;
    let setup1 = setup(text);
    let shown = format!("{} {:?}", setup1.value(), setup1.printed.borrow());
    assert!(!shown.contains("sk_secret") && shown.contains("credential(bearerAuth)"), "{shown}");
    assert!(setup1.keys.asked.lock().unwrap().is_empty());
    // It is not data, and has no properties.
    for expression in ["json::stringify(c)", "c.value", "c.name", "c[0]", "c.len()", "c + 1", "#{c: c}", "c"]
    {
        let text = format!("fn f() {{ let c = credentials::scheme(\"bearerAuth\"); {expression} }}");
        let failure = setup(&text).failure();
        assert!(!failure.to_string().contains("sk_secret"), "{failure}");
    }
    // A request does not reveal what the host attached either.
    for expression in [
        "r.headers",
        "r.credentials",
        "r.header(\"authorization\")",
        "r[\"authorization\"]",
        "r.get(\"authorization\")",
        "json::stringify(r)",
        "r.authorization",
    ] {
        let text = format!("fn f() {{ let r = http::get(\"/x\"); r.send(); {expression} }}");
        let failure = setup(&text).failure();
        assert!(!failure.to_string().contains("sk_secret"), "{failure}");
    }
    let text = r#"fn f() { let r = http::get("/x"); r.send(); `${r} ${r.to_debug()}` }"#;
    assert_eq!(setup(text).value(), json!("GET /x GET /x"));
    // Not even a hook.
    let setup2 =
        setup(r#"fn f() { http::get("/x").send().status }"#).hooks("fn before_send(r) { print(r); }");
    setup2.run().unwrap();
    assert_eq!(*setup2.printed.borrow(), ["GET /x"]);
}

#[test]
fn forbidden_headers_are_refused_however_they_come() {
    for (name, word) in [
        ("Authorization", "credentials"),
        ("COOKIE", "cookies"),
        ("host", "URL"),
        ("Content-Length", "body"),
        ("transfer-encoding", "body"),
        ("a b", "letters"),
        ("a\\r\\nb", "letters"),
        ("", "letters"),
    ] {
        for call in [
            format!("r.header(\"{name}\", \"v\")"),
            format!("r.headers(#{{\"{name}\": \"v\"}}, [\"{name}\"])"),
        ] {
            let setup = setup(&format!(
                "fn f() {{ let r = http::get(\"/x\"); try {{ {call} }} catch {{ }} r.send() }}"
            ));
            let failure = setup.failure();
            assert_eq!((failure.kind, setup.requests()), (Kind::Script, 0), "{call}: {failure}");
            assert!(failure.first_hint().is_some_and(|hint| hint.contains(word)), "{call}: {failure}");
        }
    }
    for value in ["a\\r\\nx: y", "a\\nb", "\\x00"] {
        for call in [format!("r.header(\"x\", \"{value}\")"), format!("r.content_type(\"{value}\")")] {
            let setup = setup(&format!("fn f() {{ let r = http::get(\"/x\"); {call}; r.send() }}"));
            setup.failure();
            assert_eq!(setup.requests(), 0);
        }
    }
}

#[test]
fn other_hosts_are_refused_and_no_credential_is_asked_for() {
    for url in [
        "https://evil.example/x",
        "http://api.example.com/x",
        "https://api.example.com:444/x",
        "https://api.example.com.evil.example/x",
        "https://API.EXAMPLE.COM@evil.example/x",
        "//evil.example/x",
        "file:///etc/passwd",
    ] {
        let setup = setup(&format!("fn f() {{ try {{ http::get(\"{url}\").send() }} catch {{ }} 1 }}"));
        let result = setup.run();
        assert_eq!(
            setup.requests() * 2 + setup.keys.asked.lock().unwrap().len(),
            usize::from(url.starts_with("//")) * 3,
            "{url}"
        );
        if !url.starts_with("//") {
            assert!(result.is_err(), "{url}");
        }
    }
    let failure = setup("fn f() {\n    http::get(\"https://evil.example/x\").send()\n}").failure();
    assert_eq!(failure.message, "`shop` may not call `https://evil.example`");
    assert!(failure.first_hint().unwrap().contains("plugin.toml"));
    assert_eq!(failure.snippet.unwrap().line, 2);
}
