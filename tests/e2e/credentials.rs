//! Which credential goes where, and that none is ever shown.

use crate::environment::{SECRET, TestEnvironment, repository};
use crate::server::{Answer, Asked, Server, redirect};

fn quirk(name: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment
        .run(["gen".as_ref(), repository("specs/quirks").join(format!("{name}.yaml")).as_os_str()])
        .ok();
    environment
}

/// What `line` sends.
fn sent(environment: &TestEnvironment, line: &str) -> Asked {
    let server = Server::json(200, "{}");
    environment.line(&format!("{line} --server {}", server.url())).ok();
    server.only()
}

#[test]
fn an_api_key_goes_where_the_scheme_says() {
    let environment = quirk("security-api-key")
        .with("APICLI_SECURITY_API_KEY_HEADERKEY", "key-1")
        .with("APICLI_SECURITY_API_KEY_QUERYKEY", "key 2&x=")
        .with("APICLI_SECURITY_API_KEY_COOKIEKEY", "key-3");
    let asked = sent(&environment, "security-api-key by-header get");
    assert_eq!(
        (asked.header("x-api-key"), asked.target.as_str(), asked.header("cookie")),
        (Some("key-1"), "/by-header", None)
    );
    let asked = sent(&environment, "security-api-key by-query get --q a");
    assert_eq!(
        (asked.header("x-api-key"), asked.target.as_str()),
        (None, "/by-query?q=a&api_key=key%202%26x%3D")
    );
    let asked = sent(&environment, "security-api-key by-cookie get --theme dark");
    assert_eq!(
        (asked.header("cookie"), asked.header("x-api-key")),
        (Some("theme=dark; session=key-3"), None)
    );
    for command in ["by-header", "by-query", "by-cookie"] {
        let server = Server::json(500, "{}");
        for mode in ["--dry-run", "--curl", "-v", "--error-format json"] {
            let ran =
                environment.line(&format!("security-api-key {command} get {mode} --server {}", server.url()));
            for text in [ran.stdout_text(), ran.stderr.clone()] {
                assert!(
                    !["key-1", "key 2", "key%202", "key-3"].iter().any(|key| text.contains(key)),
                    "{ran}"
                );
            }
        }
    }
}

#[test]
fn schemes_of_one_requirement_go_together_and_requirements_are_alternatives() {
    let environment = quirk("security-and");
    for command in ["both", "either", "all"] {
        environment.line(&format!("security-and {command} get")).fails(3).says("APICLI_SECURITY_AND_");
    }
    let with_token = quirk("security-and").with("APICLI_SECURITY_AND_TOKEN", "t0");
    let asked = sent(&with_token, "security-and either get");
    assert_eq!((asked.header("authorization"), asked.header("x-app-id")), (Some("Bearer t0"), None));
    with_token.line("security-and both get").fails(3);
    with_token.line("security-and all get").fails(3).says("APPID");
    let with_pair =
        quirk("security-and").with("APICLI_SECURITY_AND_APPID", "i").with("APICLI_SECURITY_AND_APPKEY", "k");
    for command in ["both", "either"] {
        let asked = sent(&with_pair, &format!("security-and {command} get"));
        assert_eq!(
            (asked.header("x-app-id"), asked.header("x-app-key"), asked.header("authorization")),
            (Some("i"), Some("k"), None)
        );
    }
    let with_half = quirk("security-and").with("APICLI_SECURITY_AND_APPID", "i");
    with_half.line("security-and both get").fails(3).says("APICLI_SECURITY_AND_APPKEY");
    let with_all = with_pair.with("APICLI_SECURITY_AND_TOKEN", "t0");
    let asked = sent(&with_all, "security-and all get");
    assert_eq!(
        (asked.header("x-app-id"), asked.header("x-app-key"), asked.header("authorization")),
        (Some("i"), Some("k"), Some("Bearer t0"))
    );
}

#[test]
fn an_operation_without_security_gets_no_credential() {
    let environment = quirk("security-none");
    assert_eq!(sent(&environment, "security-none news list").header("authorization"), None);
    let environment = environment.with("APICLI_SECURITY_NONE_TOKEN", "t0");
    assert_eq!(sent(&environment, "security-none status get").header("authorization"), None);
    assert_eq!(sent(&environment, "security-none news list").header("authorization"), Some("Bearer t0"));
    assert_eq!(sent(&environment, "security-none private get").header("authorization"), Some("Bearer t0"));
}

#[test]
fn basic_authentication() {
    let environment = quirk("security-basic").with("APICLI_SECURITY_BASIC_LOGIN", "Aladdin:open sesame");
    assert_eq!(
        sent(&environment, "security-basic me get").header("authorization"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
    // A key stands for the user alone.
    let stripe =
        TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN").with("APICLI_STRIPE_BASICAUTH", "sk_1");
    assert_eq!(sent(&stripe, "stripe balance get").header("authorization"), Some("Basic c2tfMTo="));
}

#[test]
fn the_secret_is_shown_in_no_mode() {
    // `run` looks for it in all that the program prints.
    let environment = TestEnvironment::stripe();
    let echo = Server::json(400, "{\"error\":{\"message\":\"bad\"}}");
    let down = Server::json(200, "{}").url().to_owned();
    let other = Server::json(200, "{}");
    let target = other.url().to_owned();
    let redirecting = Server::new(move |_| redirect(302, &target));
    for url in [echo.url(), down.as_str(), redirecting.url()] {
        for mode in [
            "",
            "-v",
            "--dry-run",
            "--curl",
            "--error-format json",
            "--error-format json -v",
            "--mock -v",
            "--output raw",
        ] {
            environment.line(&format!("stripe customers create --email a@b.c {mode} --server {url}"));
        }
    }
    environment.line("auth status stripe");
    environment.line("auth status --json");
    environment.line("plugins info stripe --json");
    // Nor is it left on disk.
    for (path, content) in crate::environment::files_below(environment.root()) {
        assert!(!content.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", path.display());
    }
    assert!(other.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

#[test]
fn a_secret_that_a_server_sends_back_is_not_shown_in_an_error() {
    let environment = TestEnvironment::stripe();
    // Some APIs repeat the key that they do not like.
    let server = Server::new(|asked| {
        let body = format!(
            "{{\"error\":{{\"message\":\"Invalid API Key provided: {}\"}}}}",
            asked.header("authorization").unwrap_or_default().trim_start_matches("Bearer ")
        );
        crate::server::json(401, &body)
    });
    environment
        .line(&format!("stripe balance get --server {}", server.url()))
        .fails(3)
        .says("Invalid API Key");
    environment.line(&format!("stripe balance get --error-format json --server {}", server.url()));
    environment.line(&format!("stripe balance get -v --server {}", server.url()));
}

#[test]
fn a_credential_that_cannot_be_one_is_refused() {
    for bad in ["two\nlines", "\u{1b}[31m", ""] {
        let environment = TestEnvironment::stripe().with("APICLI_STRIPE_TOKEN", bad);
        environment.line("stripe balance get").fails(3).says("APICLI_STRIPE_TOKEN");
    }
    let environment = TestEnvironment::stripe();
    environment.run_with_input(["auth", "login", "stripe", "--stdin"], "").fails(3);
    environment
        .run_with_input(["auth", "login", "stripe", "--stdin", "--scheme", "nowhere"], "x")
        .fails(3)
        .says("bearerAuth");
    environment.line("auth login nowhere --stdin").fails(2);
}

#[test]
fn a_credential_that_a_document_declares_as_a_parameter_is_not_typed() {
    let document = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://api.example.com'}]\n\
        components: {securitySchemes: {key: {type: apiKey, in: query, name: api_key}}}\nsecurity: [{key: []}]\npaths:\n  \
        /notes:\n    get:\n      parameters: [{name: api_key, in: query, required: true, schema: {type: string}}]\n";
    let environment = TestEnvironment::generated("notes", document);
    let ran = environment.line("notes notes list --api-key k-123456").fails(2);
    ran.says("does not belong on a command line")
        .says("apicli auth login notes --scheme key")
        .says("APICLI_NOTES_KEY");
    let environment = environment.with("APICLI_NOTES_KEY", "k-123456");
    assert_eq!(sent(&environment, "notes notes list").target, "/notes?api_key=k-123456");
}

#[test]
fn a_script_learns_no_secret_from_a_server_that_repeats_it() {
    let environment = TestEnvironment::stripe();
    // In as many forms as an echo may have, in the body and in headers that a script may read.
    let echo = Server::new(|asked| {
        let sent = asked.header("authorization").unwrap_or_default().trim_start_matches("Bearer ").to_owned();
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &sent);
        let body = serde_json::json!({ "raw": sent, "header": format!("Bearer {sent}"), "base64": encoded });
        let header = |name: &str, value: String| (name.to_owned(), value);
        let headers = vec![
            header("content-type", "application/json".to_owned()),
            header("authorization", format!("Bearer {sent}")),
            header("set-cookie", format!("key={sent}")),
        ];
        Answer::Whole { status: 200, headers, body: body.to_string().into_bytes() }
    });
    for body in [
        "let r = http::get(\"/v1/balance\").send(); print(r.body); r.json",
        "let r = http::get(\"/v1/balance\").send(); print(r.json.raw); `${r.json.header} ${r.json.base64}`",
        "let r = http::get(\"/v1/balance\").send(); r.headers",
        "let r = http::get(\"/v1/balance\").send(); throw r.json.raw",
        "let r = http::get(\"/v1/balance\").send(); let t = \"\"; for c in r.json.raw.chars() { t = `${c}-${t}`; } t",
        "let r = http::get(\"/v1/balance\").send(); r.json.raw.len()",
        "let r = http::get(\"/v1/balance\").send(); r.json.raw == \"***\"",
    ] {
        environment.script("stripe/balance.rhai", &format!("fn get() {{\n    {body}\n}}\n"));
        for mode in ["", "-v", "--output raw", "--error-format json"] {
            let ran = environment.line(&format!("stripe balance get --server {} {mode}", echo.url()));
            let shown = format!("{}{}", ran.stdout_text(), ran.stderr);
            let backwards: String = SECRET.chars().rev().map(|c| format!("{c}-")).collect();
            assert!(!shown.contains(&backwards), "{body}: {ran}");
            // What a script returns; a port on standard error may hold any two digits.
            assert!(!ran.stdout_text().contains(&SECRET.len().to_string()), "{body}: {ran}");
        }
    }
}

#[test]
fn a_server_that_a_newer_document_adds_gets_no_credential_unasked() {
    let (old, new) = (Server::json(200, "{}"), Server::json(200, "{}"));
    let document = |servers: &[&str]| {
        let list: Vec<String> = servers.iter().map(|url| format!("{{url: '{url}'}}")).collect();
        format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\nservers: [{}]\ncomponents: {{securitySchemes: \
             {{key: {{type: http, scheme: bearer}}}}}}\npaths: {{/notes: {{get: {{security: [{{key: []}}]}}}}, \
             /news: {{get: {{security: []}}}}}}\n",
            list.join(", ")
        )
    };
    let environment =
        TestEnvironment::generated("notes", &document(&[old.url()])).with("APICLI_NOTES_TOKEN", "t-123456");
    let ran = environment.generate("notes", &document(&[new.url(), old.url()])).ok();
    assert_eq!(ran.json()["warnings"][0]["pointer"], "#/servers");
    environment.line("notes notes list").fails(3).says(new.url()).says("nobody has agreed yet");
    environment.line("notes news list").fails(3).says(new.url());
    assert!(new.asked().is_empty());
    // What a person names is agreed to by that.
    environment.line("notes notes list --server 2").ok();
    environment.line(&format!("notes notes list --server {}", new.url())).ok();
    let sent = |server: &Server| -> Vec<Option<String>> {
        server.asked().iter().map(|asked| asked.header("authorization").map(str::to_owned)).collect()
    };
    assert_eq!(sent(&new), [Some("Bearer t-123456".to_owned())]);
    assert_eq!(sent(&old), [Some("Bearer t-123456".to_owned())]);
    // A second generation does not agree to it, a person does.
    environment.generate("notes", &document(&[new.url(), old.url()])).ok();
    environment.line("notes notes list").fails(3);
    environment.line(&format!("auth use notes --also {}", new.url())).ok().says(new.url());
    environment.line("notes notes list").ok();
    environment.line("notes news list").ok();
    assert_eq!(sent(&new).last(), Some(&None));
    assert_eq!(sent(&new).len(), 3);
}
