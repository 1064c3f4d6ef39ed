//! Documents of several files and addresses: what is taken in, and what a document can never make the program read.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::environment::{TestEnvironment, repository};
use crate::server::{Answer, Server, redirect};

/// The text of the document that a plugin keeps.
fn kept(environment: &TestEnvironment, name: &str) -> Value {
    let text = fs::read(environment.plugin(&format!("{name}/.generated/document.json"))).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[track_caller]
fn generate(environment: &TestEnvironment, document: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["gen", document, "--name", "api", "--json"];
    arguments.extend(more);
    environment.run(arguments).ok().json()
}

#[track_caller]
fn dry(environment: &TestEnvironment, line: &str) -> Value {
    environment.line(&format!("api {line} --dry-run")).ok().json()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// `specs/split`, somewhere with nothing around it.
fn split(environment: &TestEnvironment) -> PathBuf {
    let folder = environment.root().join("work/split");
    copy(&repository("specs/split"), &folder);
    folder.join("api/openapi.yaml")
}

/// OpenAPI 3.0, section 4.7.23 (Reference Object), and RFC 3986, section 5: relative to the referring file.
#[test]
fn a_document_may_be_split_over_folders() {
    let environment = TestEnvironment::new();
    let document = split(&environment);
    let report = generate(&environment, document.to_str().unwrap(), &[]);
    assert_eq!((&report["operations"], &report["commands"]), (&json!(6), &json!(5)));
    let skipped = &report["skipped"][0];
    assert!(skipped["reason"].as_str().unwrap().contains("there is no such file"), "{skipped}");
    assert_eq!(skipped["operation"], "GET /lost");
    assert_eq!(report["warnings"], json!([]), "what an operation was lost for is said once");
    environment.line("api pets list --limit -1 --dry-run").fails(2).says("0");
    let body = dry(&environment, r#"pets create --name Tom --age 3 --owner.name Eve"#);
    assert_eq!(body["body"], r#"{"name":"Tom","age":3,"owner":{"name":"Eve"}}"#);
    assert_eq!(dry(&environment, "pets delete 1")["url"], "https://api.example.com/pets/1");
    environment.line("api pets get x --dry-run").fails(2);
    environment.line("api owners create").fails(2).says("--name");
    environment.line("api pets create --name Tom --mock").ok();
    environment.line("plugins info api").ok().prints("Split");
    // What is kept needs no other file.
    let text = kept(&environment, "api").to_string();
    for file in ["pet.yaml", "owner.yaml", "_index.yaml", "paths/pets.yaml"] {
        assert!(!text.contains(&format!("{file}\"")) && !text.contains(&format!("{file}#")), "{file}");
    }
    // The same again is the same.
    let again = generate(&environment, document.to_str().unwrap(), &[]);
    assert_eq!(again["merge"], json!({"kept": [], "updated": [], "conflicts": []}));
}

#[test]
fn the_digest_is_of_all_files() {
    let environment = TestEnvironment::new();
    let document = split(&environment);
    let digest = || {
        generate(&environment, document.to_str().unwrap(), &[]);
        environment.line("plugins info api --json").ok().json()["document"]["sha256"].clone()
    };
    let before = digest();
    let part = document.parent().unwrap().parent().unwrap().join("schemas/owner.yaml");
    fs::write(&part, fs::read_to_string(&part).unwrap() + "\n# changed\n").unwrap();
    assert_ne!(digest(), before);
}

/// A document with one operation for each reference, in which they are the schemas of bodies.
fn referring(references: &[&str]) -> String {
    let paths: Vec<String> = references
        .iter()
        .enumerate()
        .map(|(n, reference)| {
            format!("  /p{n}:\n    post: {{requestBody: {{content: {{application/json: {{schema: {{$ref: {reference:?}}}}}}}}}, responses: {{}}}}\n")
        })
        .collect();
    format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\nservers: [{{url: 'https://api.example.com'}}]\npaths:\n  /fine: {{get: {{responses: {{}}}}}}\n{}",
        paths.concat()
    )
}

/// Every reference cost its operation, and none of the others.
#[track_caller]
fn costs_one_each(report: &Value, references: usize) -> Vec<String> {
    assert_eq!(report["commands"], 1, "{report}");
    let skipped = report["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), references);
    skipped.iter().map(|one| one["reason"].as_str().unwrap().to_owned()).collect()
}

const SECRET: &str = "type: object\nproperties: {secret-never-shown: {type: string}}\n";

#[track_caller]
fn nothing_leaks(environment: &TestEnvironment, report: &Value) {
    assert!(!report.to_string().contains("never-shown"), "{report}");
    assert!(!kept(environment, "api").to_string().contains("never-shown"));
}

#[test]
fn a_file_refers_to_files_of_its_project_only() {
    let environment = TestEnvironment::new();
    let root = environment.root().join("work/outer");
    fs::create_dir_all(root.join("project/api/.hidden")).unwrap();
    for file in ["secret.yaml", "project/api/.hidden/secret.yaml", "project/.env"] {
        fs::write(root.join(file), SECRET).unwrap();
    }
    let outside = root.join("secret.yaml");
    let mut references = vec![
        "../../secret.yaml".to_owned(),
        "/etc/passwd".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("file://{}", outside.display()),
        outside.display().to_string(),
        ".hidden/secret.yaml".to_owned(),
        "../.env".to_owned(),
        "%2e%2e/%2e%2e/secret.yaml".to_owned(),
        "../api".to_owned(),
        "/dev/stdin".to_owned(),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, root.join("project/api/link.yaml")).unwrap();
        std::os::unix::fs::symlink(&root, root.join("project/api/folder")).unwrap();
        references.extend(["link.yaml".to_owned(), "folder/secret.yaml".to_owned()]);
    }
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let document = root.join("project/api/openapi.yaml");
    fs::write(&document, referring(&references)).unwrap();
    let report = generate(&environment, document.to_str().unwrap(), &["--allow-remote-refs"]);
    costs_one_each(&report, references.len());
    nothing_leaks(&environment, &report);
}

#[test]
fn a_document_from_elsewhere_reads_no_file() {
    let environment = TestEnvironment::new();
    let secret = environment.write("secret.yaml", SECRET);
    let file = format!("file://{}", secret.display());
    let secret = secret.display().to_string();
    let references = [
        file.as_str(),
        secret.as_str(),
        "secret.yaml",
        "file:secret.yaml",
        "FILE:///etc/passwd",
        "redirected.yaml",
    ];
    let document = referring(&references);
    let target = file.clone();
    let server = {
        let document = document.clone();
        Server::new(move |asked| match asked.target.as_str() {
            "/openapi.yaml" => text(&document),
            "/redirected.yaml" => redirect(302, &target),
            _ => not_found(),
        })
    };
    let report = generate(&environment, &format!("{}/openapi.yaml", server.url()), &["--allow-remote-refs"]);
    costs_one_each(&report, references.len());
    nothing_leaks(&environment, &report);
    // Standard input has no folder, not even the one that the program runs in.
    let arguments = ["gen", "-", "--name", "api", "--json", "--allow-remote-refs"];
    let report = environment.run_with_input(arguments, document.as_bytes()).ok().json();
    costs_one_each(&report, references.len());
    nothing_leaks(&environment, &report);
}

fn text(text: &str) -> Answer {
    Answer::Whole { status: 200, headers: Vec::new(), body: text.as_bytes().to_vec() }
}

fn not_found() -> Answer {
    Answer::Whole { status: 404, headers: Vec::new(), body: Vec::new() }
}

#[test]
fn an_address_refers_to_its_own_origin() {
    let environment = TestEnvironment::new();
    let other = Server::new(|_| text(SECRET));
    let elsewhere = format!("{}/schema.yaml", other.url());
    let redirected = elsewhere.clone();
    let server = Server::new(move |asked| match asked.target.as_str() {
        "/v1/openapi.yaml" => text(&referring(&[
            "schemas/pet.yaml",
            "/shared.json#/a~1b/c%20d",
            "?x=1#/x",
            &elsewhere,
            "away.yaml",
        ])),
        "/v1/schemas/pet.yaml" => text("type: object\nproperties: {name: {$ref: ../schemas/name.yaml}}"),
        "/v1/schemas/name.yaml" => text("type: string\nmaxLength: 3"),
        "/shared.json" => {
            text(r#"{"a/b": {"c d": {"type": "object", "properties": {"x": {"type": "integer"}}}}}"#)
        }
        "/v1/openapi.yaml?x=1" => text("x: {type: object, properties: {y: {type: integer}}}"),
        "/v1/away.yaml" => redirect(302, &redirected),
        _ => not_found(),
    });
    let url = format!("{}/v1/openapi.yaml", server.url());
    let report = generate(&environment, &url, &[]);
    assert_eq!(report["commands"], 4, "{report}");
    assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("--allow-remote-refs"), "{report}");
    assert_eq!(other.asked().len(), 0, "nobody asked the other host");
    environment.line("api p0 create --name abcd --dry-run").fails(2).says("3");
    assert_eq!(dry(&environment, "p1 create --x 1")["body"], r#"{"x":1}"#);
    assert_eq!(dry(&environment, "p2 create --y 1")["body"], r#"{"y":1}"#);
    let report = generate(&environment, &url, &["--allow-remote-refs"]);
    assert_eq!(report["commands"], 6, "{report}");
    environment.line("api p3 create --secret-never-shown 1 --dry-run").ok();
    environment.line("api p4 create --secret-never-shown 1 --dry-run").ok();
    // A local document asks no host by itself.
    let before = server.asked().len();
    let local =
        environment.write("local.yaml", referring(&[&format!("{}/v1/schemas/pet.yaml", server.url())]));
    let report = generate(&environment, local.to_str().unwrap(), &[]);
    costs_one_each(&report, 1);
    assert_eq!(server.asked().len(), before);
    assert_eq!(generate(&environment, local.to_str().unwrap(), &["--allow-remote-refs"])["commands"], 2);
}

#[test]
fn references_without_an_end_end() {
    let environment = TestEnvironment::new();
    // Each document refers to a new one.
    let server = Server::new(move |request| {
        let number: u64 = request.target.trim_start_matches("/d").parse().unwrap_or_default();
        if request.target == "/openapi.yaml" {
            return text(&referring(&["/loop.yaml", "/a.yaml#/x", "/broken.yaml", "/d1"]));
        }
        match request.target.as_str() {
            "/loop.yaml" => text("$ref: loop.yaml"),
            "/a.yaml" => text("x: {$ref: 'b.yaml#/x'}"),
            "/b.yaml" => text("x: {$ref: 'a.yaml#/x'}"),
            "/broken.yaml" => text("{{{"),
            _ if number < 300 => text(&format!("properties: {{next: {{$ref: /d{}}}}}", number + 1)),
            _ => not_found(),
        }
    });
    let report = generate(&environment, &format!("{}/openapi.yaml", server.url()), &[]);
    assert_eq!(report["commands"], 2, "{report}");
    let reasons: Vec<_> =
        report["skipped"].as_array().unwrap().iter().map(|one| one["reason"].to_string()).collect();
    assert!(
        reasons[0].contains("leads back to itself") && reasons[1].contains("leads back to itself"),
        "{reasons:?}"
    );
    assert!(reasons[2].contains("cannot be read"), "{reasons:?}");
    environment.line("check api").ok();
}

/// OpenAPI 3.0, sections 4.7.5 and 4.7.6.
#[test]
fn servers_are_chosen_by_number_name_and_variables() {
    let environment = TestEnvironment::new();
    let path = repository("specs/quirks/server-variables.yaml");
    generate(&environment, path.to_str().unwrap(), &[]);
    let environment = environment.with("APICLI_API_TOKEN", "x");
    let url = |line: &str| dry(&environment, line)["url"].as_str().unwrap().to_owned();
    for (line, expected) in [
        ("pets list", "https://eu.api.example.com:443/v1/pets"),
        ("pets list --server-var region=us", "https://us.api.example.com:443/v1/pets"),
        (
            "pets list --server-var region=us --server-var port=8443 --server-var base=a/b",
            "https://us.api.example.com:8443/a/b/pets",
        ),
        ("pets list --server 2", "https://sandbox.example.com/pets"),
        ("pets list --server SANDBOX", "https://sandbox.example.com/pets"),
        ("pets list --server https://else.example.com/x", "https://else.example.com/x/pets"),
        ("files list", "https://files.example.com/files"),
        ("files create", "https://upload.example.com/files"),
        ("files list --server http://127.0.0.1:1", "http://127.0.0.1:1/files"),
    ] {
        assert_eq!(url(line), expected, "{line}");
    }
    for (line, says) in [
        ("pets list --server 3", "not a server number"),
        ("pets list --server staging", "Sandbox"),
        ("pets list --server-var region=mars", "`eu`"),
        ("pets list --server-var regoin=us", "`region`"),
        ("pets list --server-var region", "name=value"),
        ("pets list --server-var port=1/x", "does not fit"),
        ("pets list --server-var port=1@evil.example", "cannot be a part"),
        ("pets list --server 2 --server-var region=us", "no variables"),
        ("pets list --server https://x.example --server-var region=us", "does not go with"),
    ] {
        environment.line(&format!("api {line} --dry-run")).fails(2).says(says);
    }
    environment.line("plugins info api").ok().prints("2  https://sandbox.example.com  Sandbox, for tests");
    environment.line("api pets list --help").ok().prints("--server-var region=eu (eu, us)");
}

#[test]
fn a_server_without_a_host_is_asked_for() {
    let environment = TestEnvironment::new();
    let document = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\nservers: [{url: /api/v3}]\npaths: {/pets: {get: {responses: {}}}}";
    let path = environment.write("openapi.yaml", document);
    generate(&environment, path.to_str().unwrap(), &[]);
    environment.line("api pets list --dry-run").fails(2).says("--server https://api.example.com/api/v3");
    environment.line("api pets list --mock").ok();
    let served = document.to_owned();
    let server = Server::new(move |_| text(&served));
    generate(&environment, &format!("{}/docs/openapi.yaml", server.url()), &[]);
    assert_eq!(dry(&environment, "pets list")["url"], format!("{}/api/v3/pets", server.url()));
}
