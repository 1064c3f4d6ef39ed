//! One small document for each quirk of OpenAPI: what its header comment promises.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::environment::{Ran, TestEnvironment, repository};

/// `specs/quirks/<name>.yaml`, generated, with its report.
pub(crate) struct Quirk {
    pub(crate) environment: TestEnvironment,
    name: String,
    pub(crate) report: Value,
}

impl Quirk {
    pub(crate) fn new(name: &str) -> Self {
        let environment = TestEnvironment::new();
        let path = repository("specs/quirks").join(format!("{name}.yaml"));
        let report = environment.run(["gen".as_ref(), path.as_os_str(), "--json".as_ref()]).ok().json();
        Self { environment, name: name.to_owned(), report }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment = self.environment.with(name, value);
        self
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        self.environment.line(&format!("{} {line}", self.name))
    }

    /// A command whose arguments may have spaces.
    pub(crate) fn words(&self, arguments: &[&str]) -> Ran {
        self.environment.run([self.name.as_str()].iter().chain(arguments))
    }

    /// The request of a command.
    #[track_caller]
    pub(crate) fn dry(&self, line: &str) -> Value {
        self.run(&format!("{line} --dry-run")).ok().json()
    }

    #[track_caller]
    pub(crate) fn url(&self, line: &str) -> String {
        self.dry(line)["url"]
            .as_str()
            .unwrap()
            .strip_prefix("https://api.example.com")
            .expect("its server")
            .to_owned()
    }

    /// The body of a command, as JSON.
    #[track_caller]
    pub(crate) fn body(&self, line: &str) -> Value {
        let request = self.dry(line);
        serde_json::from_str(request["body"].as_str().unwrap_or("null")).unwrap()
    }

    pub(crate) fn commands(&self) -> Vec<Value> {
        self.environment
            .line(&format!("commands {} --json", self.name))
            .ok()
            .json()
            .as_array()
            .unwrap()
            .clone()
    }

    pub(crate) fn command(&self, words: &str) -> Value {
        let found = self
            .commands()
            .into_iter()
            .find(|one| one["command"] == json!(words.split(' ').collect::<Vec<_>>()));
        found.unwrap_or_else(|| panic!("no {words}"))
    }

    pub(crate) fn arg(&self, words: &str, name: &str) -> Value {
        let command = self.command(words);
        let found = command["args"].as_array().unwrap().iter().find(|arg| arg["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no {name} in {command}"))
    }
}

pub(crate) fn header(request: &Value, name: &str) -> Option<String> {
    let headers = request["headers"].as_array().unwrap();
    let mut values =
        headers.iter().filter(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap().to_owned());
    let value = values.next();
    assert_eq!(values.next(), None, "{name} is there more than once");
    value
}

#[test]
fn every_quirk_generates_compiles_and_shows_its_help() {
    let mut names: Vec<String> = fs::read_dir(repository("specs/quirks"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 23, "{names:?}");
    for name in names {
        let quirk = Quirk::new(&name);
        let count = |key: &str| quirk.report[key].as_u64().unwrap();
        let skipped = quirk.report["skipped"].as_array().unwrap().len() as u64;
        assert_eq!(count("operations"), count("commands") + skipped, "{name}");
        assert!(count("commands") > 0, "{name}");
        quirk.environment.line(&format!("check {name}")).ok();
        let commands = quirk.commands();
        assert_eq!(commands.len() as u64, count("commands"), "{name}");
        let unique: BTreeSet<String> = commands.iter().map(|one| one["command"].to_string()).collect();
        assert_eq!(unique.len(), commands.len(), "{name}: two commands have one name");
        for command in &commands {
            let args = command["args"].as_array().unwrap();
            let names: BTreeSet<String> =
                args.iter().map(|arg| format!("{}{}", arg["kind"], arg["name"])).collect();
            assert_eq!(names.len(), args.len(), "{name}: two arguments have one name: {command}");
        }
        quirk.run("--help").ok();
        // The same again changes nothing.
        let path = repository("specs/quirks").join(format!("{name}.yaml"));
        let again = quirk.environment.run(["gen".as_ref(), path.as_os_str(), "--json".as_ref()]).ok().json();
        assert_eq!(again["merge"], json!({ "kept": [], "updated": [], "conflicts": [] }), "{name}");
        assert_eq!(again["commands"], quirk.report["commands"], "{name}");
    }
}

#[test]
fn cyclic_schema() {
    let quirk = Quirk::new("cyclic-schema");
    let body = quirk.body(r#"people create --name Eve --employer.name Firm --employer.branch.city Paris --mother {"name":"Ada"} --children {"name":"Kim"}"#);
    assert_eq!(
        body,
        json!({ "name": "Eve", "mother": { "name": "Ada" }, "children": [{ "name": "Kim" }],
                "employer": { "name": "Firm", "branch": { "city": "Paris" } } })
    );
    let ran = quirk.environment.run([
        "cyclic-schema",
        "people",
        "create",
        "--body",
        r#"{"name":"Eve","mother":{"mother":{"mother":{"name":"Old"}}}}"#,
        "--dry-run",
    ]);
    assert!(ran.ok().json()["body"].as_str().unwrap().contains("Old"));
    quirk.run("people create --name Eve --mock").ok();
}

#[test]
fn deprecated() {
    let quirk = Quirk::new("deprecated");
    assert_eq!(quirk.command("pens sharpen")["deprecated"], true);
    assert_eq!(quirk.arg("pens list", "color")["deprecated"], true);
    assert_eq!(quirk.arg("pens create", "tip")["deprecated"], true);
    assert_eq!(quirk.arg("pens create", "nib")["deprecated"], false);
    let ran = quirk.run("pens sharpen --mock").ok().says("deprecated");
    assert!(!ran.stdout_text().contains("deprecated"), "{ran}");
    quirk.run("--help").ok();
    quirk.run("pens --help").ok().prints("deprecated");
    quirk.run("pens list --help").ok().prints("deprecated");
}

#[test]
fn header_and_cookie_parameters() {
    let quirk = Quirk::new("header-cookie");
    let request = quirk.dry(
        "feed get --x-request-id 123e4567-e89b-12d3-a456-426614174000 --if-none-match abc --x-fields a,b --x-depth 3 --theme dark --trial true",
    );
    assert_eq!(header(&request, "x-request-id").as_deref(), Some("123e4567-e89b-12d3-a456-426614174000"));
    assert_eq!(header(&request, "if-none-match").as_deref(), Some("abc"));
    assert_eq!(header(&request, "x-fields").as_deref(), Some("a,b"));
    assert_eq!(header(&request, "x-depth").as_deref(), Some("3"));
    assert_eq!(header(&request, "cookie").as_deref(), Some("theme=dark; trial=true"));
    quirk.run("feed get").fails(2).says("--x-request-id");
    quirk.run("feed get --x-request-id 123e4567-e89b-12d3-a456-426614174000 --x-depth 10").fails(2).says("9");
    quirk.run("feed get --x-request-id 1").fails(2).says("not a UUID");
    for ignored in ["--accept", "--content-type", "--authorization"] {
        quirk
            .run(&format!("feed get --x-request-id 123e4567-e89b-12d3-a456-426614174000 {ignored} x"))
            .fails(2);
    }
    let ran = quirk.environment.run([
        "header-cookie",
        "feed",
        "get",
        "--x-request-id",
        "123e4567-e89b-12d3-a456-426614174000",
        "--if-none-match",
        "a\r\nx-injected: 1",
        "--dry-run",
    ]);
    if ran.code == Some(0) {
        assert_eq!(header(&ran.json(), "x-injected"), None);
    } else {
        assert!(matches!(ran.code, Some(2 | 7)), "{ran}");
    }
}

#[test]
fn json_body() {
    let quirk = Quirk::new("json-body");
    let body = quirk.body(
        r#"orders create --customer.name Eve --lines {"sku":"a","count":2} --lines {"sku":"b"} --customer.address.geo.lat 1.50 --tags x,y --labels.k v --limits.max 3 --gift true"#,
    );
    assert_eq!(
        body,
        json!({ "customer": { "name": "Eve", "address": { "geo": { "lat": 1.5 } } },
                "lines": [{ "sku": "a", "count": 2 }, { "sku": "b" }],
                "tags": ["x", "y"], "labels": { "k": "v" }, "limits": { "max": 3 }, "gift": true })
    );
    let request = quirk.dry(r#"orders create --customer.name Eve --lines [{"sku":"a"}]"#);
    assert_eq!(header(&request, "content-type").as_deref(), Some("application/json"));
    quirk.run("orders create --customer.name Eve").fails(2).says("--lines");
    quirk
        .run(r#"orders create --lines.0.sku a --customer.name Eve --limits.max much"#)
        .fails(2)
        .says("whole number");
    quirk
        .run(r#"orders create --lines.0.sku a --customer.name Eve --customer.address.geo.lat 91"#)
        .fails(2)
        .says("90");
    quirk.run(r#"orders create --lines.0.sku a --customer.name Eve --created-by me"#).fails(2);
}

#[test]
fn missing_operation_ids() {
    let quirk = Quirk::new("missing-operation-id");
    for (line, method, url) in [
        ("cups list", "GET", "/cups"),
        ("cups create", "POST", "/cups"),
        ("cups get 1", "GET", "/cups/1"),
        ("cups delete 1", "DELETE", "/cups/1"),
        ("cups wash 1", "POST", "/cups/1/wash"),
        ("root get", "GET", "/"),
    ] {
        assert_eq!(
            (quirk.dry(line)["method"].as_str().unwrap(), quirk.url(line).as_str()),
            (method, url),
            "{line}"
        );
    }
    assert!(quirk.commands().iter().any(|one| one["path"] == "/{tenant}"));
}

#[test]
fn multipart() {
    let quirk = Quirk::new("multipart");
    let one = quirk.environment.write("one.png", "first");
    let two = quirk.environment.write("two.txt", "second");
    let server = crate::server::Server::json(201, "{}");
    let (one, two) = (one.display(), two.display());
    quirk
        .run(&format!("albums photos create a1 --photo {one} --title T --attachments {one} --attachments {two} --rating 4 --tags x --tags y --place.lat 1.5 --server {}", server.url()))
        .ok();
    let asked = server.only();
    let text = asked.text();
    assert_eq!(asked.target, "/albums/a1/photos");
    for part in [
        "name=\"photo\"; filename=\"one.png\"",
        "name=\"attachments\"; filename=\"one.png\"",
        "name=\"attachments\"; filename=\"two.txt\"",
        "name=\"rating\"",
        "name=\"tags\"",
        "first",
        "second",
    ] {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
    quirk.run("albums photos create a1 --title T").fails(2).says("--photo");
}

#[test]
fn names_that_clash() {
    let quirk = Quirk::new("name-clash");
    assert_eq!(quirk.report["skipped"], json!([]));
    // Each keeps its own path, and each clash is told.
    let paths: BTreeSet<(String, String)> =
        quirk.commands().iter().map(|one| (one["method"].to_string(), one["path"].to_string())).collect();
    assert_eq!(paths.len(), 14);
    assert!(quirk.report["warnings"].as_array().unwrap().len() >= 5, "{}", quirk.report);
    assert_eq!(quirk.url("user-groups list"), "/user-groups");
    assert_eq!(quirk.dry("jobs delete 1")["method"], "DELETE");
    assert_eq!(quirk.url("jobs list"), "/jobs");
    // The order of the document does not decide who gets the plain name.
    let text = fs::read_to_string(repository("specs/quirks/name-clash.yaml")).unwrap();
    let (head, tail) = text.split_once("  # An action named").unwrap();
    let grown = format!(
        "{head}  /other: {{ get: {{ responses: {{ '200': {{ description: x }} }} }} }}\n  # An action named{tail}"
    );
    let other = TestEnvironment::generated("name-clash", &grown);
    let commands = other.line("commands name-clash --json").ok().json();
    for command in quirk.commands() {
        assert!(
            commands
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["command"] == command["command"] && one["path"] == command["path"]),
            "{command}"
        );
    }
}

#[test]
fn one_of_body() {
    let quirk = Quirk::new("one-of-body");
    assert_eq!(
        quirk.body("payments create --kind card --number 4242 --amount 5"),
        json!({ "kind": "card", "number": "4242", "amount": 5 })
    );
    assert_eq!(quirk.body("payments create --kind transfer --iban DE1")["kind"], "transfer");
    assert_eq!(
        quirk.body("contacts create --name A --email a@b.c"),
        json!({ "name": "A", "email": "a@b.c" })
    );
    let put = quirk.commands().into_iter().find(|one| one["path"] == "/values").unwrap();
    let words: Vec<&str> =
        put["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let request = quirk.dry(&format!("{} --body [1,\"two\"]", words.join(" ")));
    assert_eq!(request["body"], "[1,\"two\"]");
}

#[test]
fn path_parameters() {
    let quirk = Quirk::new("path-parameters");
    assert_eq!(
        quirk.url("shelves books get 3 b --lang xx --query-verbose true"),
        "/shelves/3/books/b?lang=xx&verbose=true"
    );
    quirk.run("shelves books get three b").fails(2).says("three");
    quirk.run("shelves books update 3 b").fails(2).says("--lang");
    quirk.run("shelves books update 3 b --lang it").fails(2).says("it");
    assert_eq!(quirk.url("shelves books update 3 b --lang de"), "/shelves/3/books/b?lang=de");
    let request = quirk.dry("shelves books delete 3 b --lang q --header-lang h");
    assert!(request["url"].as_str().unwrap().ends_with("?lang=q"));
    assert_eq!(header(&request, "lang").as_deref(), Some("h"));
}

#[test]
fn raw_bodies() {
    let quirk = Quirk::new("raw-bodies");
    let bytes: Vec<u8> = (0..=255).collect();
    let path = quirk.environment.write("blob", &bytes);
    let server = crate::server::Server::new(|_| crate::server::Answer::Whole {
        status: 204,
        headers: Vec::new(),
        body: Vec::new(),
    });
    quirk.run(&format!("blobs update x --body @{} --server {}", path.display(), server.url())).ok();
    assert_eq!(
        (server.only().body, server.only().header("content-type")),
        (bytes, Some("application/octet-stream"))
    );
    let request = quirk.dry("notes create --body words");
    assert_eq!(
        (request["body"].as_str(), header(&request, "content-type").as_deref()),
        (Some("words"), Some("text/plain"))
    );
    let request = quirk.dry("events create --id 1");
    assert_eq!(request["body"], "{\"id\":\"1\"}");
    assert!(header(&request, "content-type").unwrap().starts_with("application/vnd.example.v2+json"));
    quirk.run("blobs update x").fails(2).says("--body");
    let binary = quirk.environment.run([
        "raw-bodies",
        "blobs",
        "update",
        "x",
        "--body",
        &format!("@{}", path.display()),
        "--dry-run",
    ]);
    assert_eq!(binary.ok().json()["body_encoding"], "base64");
}

#[test]
fn references() {
    let quirk = Quirk::new("ref-parameter");
    assert_eq!(
        quirk.url("trains get 7 --fields a,b --class first"),
        "/trains/7?fields=a&fields=b&class=first"
    );
    quirk.run("trains list --class third").fails(2).says("third");
    assert_eq!(quirk.url("trains list --at 2026-01-31"), "/trains?at=2026-01-31");
    quirk.run("trains list --at tomorrow").fails(2).says("date");
    let quirk = Quirk::new("ref-request-body");
    assert_eq!(quirk.body("notes create --text hi --pinned true"), json!({ "text": "hi", "pinned": true }));
    assert_eq!(quirk.body("notes update 1 --text hi"), json!({ "text": "hi" }));
    quirk.run("notes create").fails(2).says("--text");
    let quirk = Quirk::new("ref-path-item");
    assert_eq!(quirk.body("lamps update 1 --on true"), json!({ "on": true }));
    let paths: BTreeSet<String> =
        quirk.commands().iter().map(|one| format!("{} {}", one["method"], one["path"])).collect();
    assert_eq!(paths.len(), 5);
    assert_eq!(quirk.url("lamps get 1"), "/lamps/1");
}

#[test]
fn reserved_words() {
    let quirk = Quirk::new("reserved-words");
    assert_eq!(quirk.url("new get").as_str(), "/new");
    assert_eq!(
        quirk.url("import get a --match b --default c --in d --new true"),
        "/import/a?match=b&default=c&in=d&new=true"
    );
    assert_eq!(quirk.url("things import a b"), "/things/a/b/import");
    assert_eq!(quirk.url("things return a"), "/things/a/return");
    let body = quirk.body("fn create --new 1 --match 2 --fn 3 --let 4 --true 5 --null 6 --eval 7 --body 8 --output 9 --body-help h --body-dry-run true");
    assert_eq!(
        body,
        json!({ "new": "1", "match": "2", "fn": "3", "let": "4", "true": "5", "null": "6", "eval": "7", "body": "8", "output": "9", "help": "h", "dry-run": true })
    );
}

#[test]
fn one_name_in_several_places() {
    let quirk = Quirk::new("same-names");
    let request = quirk.dry("teams update p --id 1 --header-id h --cookie-id c --body-id b --sort-by x --sort-by-2 y --sort-by-3 z --lead.name nested --lead-name dotted");
    assert_eq!(request["url"], "https://api.example.com/teams/p?id=1&sort_by=x&sort-by=y&sortBy=z");
    assert_eq!(header(&request, "id").as_deref(), Some("h"));
    assert_eq!(header(&request, "cookie").as_deref(), Some("id=c"));
    let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, json!({ "id": "b", "lead": { "name": "nested" }, "lead.name": "dotted" }));
}

#[test]
fn servers() {
    let quirk = Quirk::new("servers");
    let url = |line: &str| quirk.dry(line)["url"].as_str().unwrap().to_owned();
    assert_eq!(url("things list"), "https://eu.example.com/api/v3/things");
    assert_eq!(url("reports list"), "https://reports.example.com/reports");
    assert_eq!(url("reports create"), "https://uploads.example.com:8443/in/reports");
    assert_eq!(
        url("things list --server https://sandbox.example.com/api/v3/"),
        "https://sandbox.example.com/api/v3/things"
    );
    assert_eq!(quirk.report["warnings"].as_array().unwrap().len(), 1);
    quirk.run("local get --dry-run").fails(2).says("--server");
    // A document that comes from a URL knows where a relative server is.
    let spec = fs::read(repository("specs/quirks/servers.yaml")).unwrap();
    let server = crate::server::Server::new(move |_| crate::server::Answer::Whole {
        status: 200,
        headers: Vec::new(),
        body: spec.clone(),
    });
    let environment = TestEnvironment::new();
    environment.line(&format!("gen {}/specs/servers.yaml", server.url())).ok();
    let request = environment.line("servers local get --dry-run").ok().json();
    assert_eq!(request["url"], format!("{}/v2/local", server.url()));
}

#[test]
fn types_and_enums() {
    let quirk = Quirk::new("types-and-enums");
    let query = |flags: &str| {
        quirk.url(&format!("readings list {flags}")).strip_prefix("/readings").unwrap().to_owned()
    };
    assert_eq!(query("--per-page 25 --zoom 0.5 --raw true"), "?per_page=25&zoom=0.5&raw=true");
    assert_eq!(query("--quarter 2024-04-01 --unquoted on"), "?quarter=2024-04-01&unquoted=on");
    assert_eq!(query("--unquoted 2024-01-01"), "?unquoted=2024-01-01");
    assert_eq!(query("--mixed 2.5"), "?mixed=2.5");
    assert_eq!(query("--days 1,3"), "?days=1&days=3");
    assert_eq!(query("--csv a --csv b"), "?csv=a,b");
    assert_eq!(query("--piped a,b"), "?piped=a%7Cb");
    assert_eq!(query("--spaced a,b"), "?spaced=a%20b");
    // A parameter with `content` is JSON in the query.
    assert_eq!(query(r#"--filter {"a":"b"}"#), "?filter=%7B%22a%22%3A%22b%22%7D");
    assert_eq!(
        query("--large 9223372036854775807 --at 1700000000 --since 2026-01-31T12:00:00Z"),
        "?since=2026-01-31T12%3A00%3A00Z&at=1700000000&large=9223372036854775807"
    );
    for bad in [
        "--per-page 11",
        "--per-page ten",
        "--zoom 3",
        "--raw false",
        "--quarter 2024-02-01",
        "--unquoted maybe",
        "--mixed 3",
        "--day 2026-02-30",
        "--since yesterday",
        "--small 6",
        "--small -6",
        "--large 9223372036854775808",
        "--above -1",
        "--code A",
        "--code ABC",
        "--days 4",
        "--filter {",
        "--raw=maybe",
    ] {
        let flag = bad.split([' ', '=']).next().unwrap();
        quirk.run(&format!("readings list {bad} --dry-run")).fails(2).says(flag);
    }
}

#[test]
fn security() {
    let quirk = Quirk::new("security-basic").with("APICLI_SECURITY_BASIC_TOKEN", "user:pass");
    assert_eq!(header(&quirk.dry("me get"), "authorization").as_deref(), Some("Basic ***"));
    let quirk = Quirk::new("security-none");
    assert_eq!(header(&quirk.dry("status get"), "authorization"), None);
    assert_eq!(header(&quirk.dry("news list"), "authorization"), None);
    let quirk = quirk.with("APICLI_SECURITY_NONE_TOKEN", "t");
    assert_eq!(header(&quirk.dry("status get"), "authorization"), None);
    assert_eq!(header(&quirk.dry("news list"), "authorization").as_deref(), Some("Bearer ***"));
    assert_eq!(header(&quirk.dry("private get"), "authorization").as_deref(), Some("Bearer ***"));
}
