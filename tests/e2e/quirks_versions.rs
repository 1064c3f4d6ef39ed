//! Documents of other versions than OpenAPI 3.0: their commands are as if they were of it.

use serde_json::{Value, json};

use crate::environment::{Ran, TestEnvironment, repository};

struct Plugin {
    environment: TestEnvironment,
    name: &'static str,
}

impl Plugin {
    #[track_caller]
    fn new(name: &'static str) -> Self {
        let environment = TestEnvironment::new();
        let path = repository("specs/quirks").join(format!("{name}.yaml"));
        let report = environment.run(["gen".as_ref(), path.as_os_str(), "--json".as_ref()]).ok().json();
        assert_eq!((&report["skipped"], &report["warnings"]), (&json!([]), &json!([])));
        Self { environment, name }
    }

    fn run(&self, line: &str) -> Ran {
        self.environment.line(&format!("{} {line}", self.name))
    }

    #[track_caller]
    fn dry(&self, line: &str) -> Value {
        self.run(&format!("{line} --dry-run")).ok().json()
    }

    #[track_caller]
    fn url(&self, line: &str) -> String {
        self.dry(line)["url"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn body(&self, line: &str) -> Value {
        serde_json::from_str(self.dry(line)["body"].as_str().unwrap_or("null")).unwrap()
    }
}

/// Swagger 2.0: Swagger Object, Parameter Object, Response Object.
#[test]
fn swagger_2() {
    let plugin = Plugin::new("swagger-2");
    let url = plugin.url("pets list --status available --status sold --tags a,b --limit 5");
    assert_eq!(url, "https://api.example.com/v2/pets?status=available&status=sold&tags=a,b&limit=5");
    plugin.run("pets list --status gone").fails(2).says("available");
    plugin.run("pets list --limit 101").fails(2).says("100");
    assert_eq!(
        plugin.body(r#"pets create --name Tom --kind cat --parent {"name":"Eve"}"#)["parent"],
        json!({"name": "Eve"})
    );
    plugin.run("pets create --kind cat").fails(2).says("--name");
    assert_eq!(plugin.dry("pets update 1 --name Tom --labels a --labels b")["body"], "name=Tom&labels=a,b");
    let photo = plugin.environment.write("a.png", "x");
    let photo = plugin.dry(&format!("pets photo 1 --photo {} --note hi", photo.display()));
    assert!(photo["headers"].to_string().contains("multipart/form-data"), "{photo}");
    plugin.run("pets photo 1").fails(2).says("--photo");
    assert_eq!(plugin.url("pets first --fast"), "https://api.example.com/v2/pets/first?fast=true");
    plugin.run("pets get 1 --mock").ok();
    plugin.run("pets list --mock").ok();
}

/// OpenAPI 3.1, sections 4.8.9 (path items) and 4.8.24 (schemas); JSON Schema 2020-12.
#[test]
fn openapi_3_1() {
    let plugin = Plugin::new("openapi-3-1");
    plugin.run("pets list --limit 100 --name x --since 2024-01-01 --kind cat --any 1 --dry-run").ok();
    plugin.run("pets list --kind cow").fails(2).says("dog");
    plugin.run("pets list --limit x").fails(2).says("--limit");
    let body = plugin.body("pets create --name Tom --size 3 --labels.a b --place 1 --place 2 --note hi");
    assert_eq!(body, json!({"name": "Tom", "size": 3, "labels": {"a": "b"}, "place": [1, 2], "note": "hi"}));
    plugin.run("pets create --name Tom --type dog").fails(2).says("pet");
    plugin.run("shared get --dry-run").ok();
    plugin.run("shared update --dry-run").ok();
    let photo = plugin.environment.write("a.png", "x");
    plugin.run(&format!("photos create --photo {} --dry-run", photo.display())).ok();
    plugin.run("pets create --name Tom --mock").ok();
    plugin.run("--help").ok();
}

/// OpenAPI 3.2, sections 4.9 (path items) and 4.14 (media types).
#[test]
fn openapi_3_2() {
    let plugin = Plugin::new("openapi-3-2");
    let commands = plugin.environment.line("commands openapi-3-2 --json").ok().json();
    let methods: Vec<_> =
        commands.as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    for method in ["GET", "QUERY", "COPY", "POST"] {
        assert!(methods.contains(&method), "{methods:?}");
    }
    assert_eq!(plugin.dry("pets query --name Tom")["method"], "QUERY");
    assert_eq!(plugin.url("pets copy --to x"), "https://api.example.com/pets?to=x");
    plugin.run("pets query --name Tom --mock").ok();
    plugin.run("pets list --server production --dry-run").ok();
    assert_eq!(plugin.body("shapes create --sides 3"), json!({"sides": 3}));
}

/// A part of a document, and what is none, says so.
#[test]
fn documents_without_paths() {
    let environment = TestEnvironment::new();
    let head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
    for (document, reason) in [
        (format!("{head}components: {{}}"), "other documents"),
        (head.to_owned(), "no `paths`"),
        (format!("{head}webhooks: []"), "no `paths`"),
        ("swaggerVersion: '1.2'\napis: []".to_owned(), "Swagger 1.x"),
        ("asyncapi: 2.0.0\nchannels: {}".to_owned(), "AsyncAPI"),
        // Operations that cannot be used are another matter.
        (format!("{head}paths: {{/a: {{get: 1}}}}"), "no operation of"),
        (format!("{head}paths: {{/a: {{$ref: '#/x-gone'}}}}"), "`#/x-gone`"),
    ] {
        environment.generate("none", &document).fails(1).says(reason);
    }
}

/// OpenAPI 3.1, section 4.8.1: a document may have `webhooks` alone; `paths` may be empty in any version.
#[test]
fn documents_without_operations() {
    let head = "info: {title: Empty, version: '1'}\n";
    let servers = "servers: [{url: https://api.example.com}]\n";
    let key = "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n";
    for (document, reason) in [
        (
            format!("openapi: 3.1.0\n{head}{servers}{key}webhooks: {{a: {{post: {{}}}}}}"),
            "`webhooks` are calls",
        ),
        (
            format!("openapi: 3.1.0\n{head}{servers}{key}webhooks: {{a: {{post: {{}}}}}}\npaths: {{}}"),
            "`webhooks` are calls",
        ),
        (format!("openapi: 3.0.0\n{head}{servers}{key}paths: {{}}"), "`paths` is empty"),
        (
            format!("openapi: 3.0.0\n{head}{servers}{key}paths: {{/a: {{summary: nothing}}}}"),
            "no path has a method",
        ),
        (
            format!(
                "swagger: '2.0'\n{head}host: api.example.com\nschemes: [https]\npaths: {{}}\nsecurityDefinitions: {{key: {{type: apiKey, in: header, name: X-Key}}}}"
            ),
            "`paths` is empty",
        ),
    ] {
        let environment = TestEnvironment::new();
        let path = environment.write("empty.yaml", &document);
        let ran = environment.run(["gen".as_ref(), path.as_os_str()]).ok();
        ran.says(reason).says("0 commands of 0 operations").says("becomes a command");
        environment
            .line("validate empty.yaml")
            .ok()
            .prints(reason)
            .prints("0 operations, 0 errors, 1 warning");
        environment.line("empty --help").ok().prints("There are no commands yet.").prints("things.rhai");
        environment.line("empty list").fails(2).says("has no command `list`");
        assert_eq!(environment.line("commands empty --json").ok().json(), json!([]));
        environment.line("commands empty").ok();
        let info = environment.line("plugins info empty").ok();
        info.prints("https://api.example.com").prints("key").prints("commands:  0");
        environment.line("check empty").ok().says("0 scripts");
        environment.line("schema empty").ok();
        environment.line("auth status empty").ok();

        let function = "/// List things.\nfn list(flags) {\n    let request = http::get(\"/things\");\n    request.query(flags, [\"limit\"]);\n    request.send()\n}\n";
        environment.script("empty/things.rhai", function);
        environment.line("empty --help").ok().prints("things");
        let request = environment.line("empty things list --dry-run").ok().json();
        assert_eq!(request["url"], "https://api.example.com/things", "{request}");
        assert_eq!(
            environment.line("commands empty --json").ok().json()[0]["command"],
            json!(["things", "list"])
        );
        environment.line("check empty").ok().says("1 script, nothing wrong");
        environment.line("plugins info empty").ok().prints("commands:  1 in 1 group\n").prints("things.rhai");
        environment.line("empty things list --mock").fails(4).says("404");
        // Generated again, the function stays.
        environment.run(["gen".as_ref(), path.as_os_str()]).ok();
        environment.line("empty things list --dry-run").ok();
    }
}

/// A document without operations does not take away the commands that a plugin has.
#[test]
fn a_document_without_operations_over_one_that_has_some() {
    let head = "openapi: 3.0.0\ninfo: {title: t, version: '1'}\n";
    let environment = TestEnvironment::generated("good", &format!("{head}paths: {{/things: {{get: {{}}}}}}"));
    environment
        .generate("good", &format!("{head}paths: {{}}"))
        .fails(1)
        .says("would lose its command")
        .says("plugins remove good");
    environment.line("good things list --mock").ok();
}

/// A breach of OpenAPI costs the part that is wrong, not the operation.
#[test]
fn sloppy_documents() {
    let environment = TestEnvironment::new();
    let path = repository("specs/quirks/sloppy.yaml");
    let report = environment.run(["gen".as_ref(), path.as_os_str(), "--json".as_ref()]).ok().json();
    assert_eq!((&report["operations"], &report["skipped"]), (&json!(4), &json!([])), "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("`delete` occurs twice"), "{warnings}");
    let line = "sloppy things list --plain a --old 1 --shout a --count 3 --several b --fixed a --mixed a --odd x --dry-run";
    let url = environment.line(line).ok().json()["url"].clone();
    assert_eq!(
        url,
        "https://api.example.com/things?plain=a&old=1&shout=a&count=3&several=b&fixed=a&mixed=a&odd=x"
    );
    environment.line("sloppy things list --count x --dry-run").fails(2).says("--count");
    environment.line("sloppy things create --name a --size 3 --when 2024-01-01 --dry-run").ok();
    environment.line("sloppy things delete 1 --mock").ok();
    environment.line("validate").fails(2);
}

/// YAML 1.2, section 5.2: UTF-16 with its mark, which is what PowerShell writes.
#[test]
fn a_document_in_utf_16() {
    let environment = TestEnvironment::new();
    let text =
        "\u{feff}openapi: 3.0.0\ninfo: {title: Ünïcode, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = environment.write("utf16.yaml", bytes);
    environment.run(["gen".as_ref(), path.as_os_str()]).ok();
    environment.line("plugins info utf16").ok().prints("Ünïcode");
    let page = environment.write("page.html", "<!DOCTYPE html><title>API</title>");
    environment.run(["gen".as_ref(), page.as_os_str()]).fails(1).says("HTML");
}
