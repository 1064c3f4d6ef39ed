//! Flags of the API that are called like apicli's own: nothing that was typed is lost without a word.

use std::fs;

use apicli::model::own_flag::{Clash, Definition, OWN_FLAGS, Takes};
use serde_json::{Value, json};

use crate::environment::{Ran, TestEnvironment};
use crate::quirks::Quirk;

/// A document whose `jobs create` has every flag of apicli as a field, and whose `jobs list` has each as a parameter.
fn every_flag() -> TestEnvironment {
    let string = json!({ "type": "string" });
    let fields: serde_json::Map<String, Value> =
        OWN_FLAGS.iter().map(|own| (own.name.to_owned(), string.clone())).collect();
    let parameters: Vec<Value> =
        OWN_FLAGS.iter().map(|own| json!({ "name": own.name, "in": "query", "schema": string })).collect();
    let responses = json!({ "200": { "description": "ok" } });
    let body = json!({ "content": { "application/json": { "schema": { "type": "object", "properties": fields } } } });
    let document = json!({
        "openapi": "3.0.3", "info": { "title": "Every", "version": "1" },
        "servers": [{ "url": "https://api.example.com" }],
        "paths": { "/jobs": {
            "get": { "parameters": parameters, "responses": responses },
            "post": { "requestBody": body, "responses": responses },
        } },
    });
    let environment = TestEnvironment::new();
    let path = environment.write("every.json", document.to_string());
    environment.run(["gen".as_ref(), path.as_os_str()]).ok();
    environment
}

fn run(environment: &TestEnvironment, command: &str, words: &[String]) -> Ran {
    let words = words.iter().map(String::as_str);
    environment.run(["every", "jobs", command].into_iter().chain(words))
}

/// The field or parameter `name` of a request that is shown.
fn sent(ran: Ran, command: &str, name: &str) -> Option<String> {
    let request = ran.ok().json();
    if command == "list" {
        let url = request["url"].as_str().unwrap();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        return pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    }
    let body: Value = serde_json::from_str(request["body"].as_str().unwrap_or("null")).unwrap();
    body[name].as_str().map(str::to_owned)
}

/// Words that give a flag of apicli something that it takes.
fn own_words(own: &Definition, name: &str) -> Vec<String> {
    let value = match own.takes {
        Takes::Nothing => return vec![format!("--{name}")],
        Takes::Perhaps(_) => return vec![format!("--{name}")],
        Takes::OneOf(_, values) => values[values.len() - 1],
        Takes::Seconds(_) => "7",
        Takes::Path(_) => "no-such-folder",
        Takes::Texts("NAME=VALUE") => "a=b",
        _ if own.name == "body" => "{\"added\":1}",
        _ if own.name == "server" => "https://other.example",
        _ => "json",
    };
    vec![format!("--{name}"), value.to_owned()]
}

#[test]
fn every_flag_of_apicli_yields_keeps_or_asks() {
    let environment = every_flag();
    for (command, place) in [("create", "body"), ("list", "query")] {
        for own in &OWN_FLAGS {
            let name = own.name;
            let dry = |words: &[&str]| {
                let words: Vec<String> =
                    words.iter().map(|word| (*word).to_owned()).chain(["--dry-run".to_owned()]).collect();
                run(&environment, command, &words)
            };
            // With its place it is the API's, whatever the rule.
            for spelling in [format!("--{place}-{name}"), format!("--{place}-{}", name.replace('-', "_"))] {
                let got = sent(dry(&[&spelling, "x"]), command, name);
                assert_eq!(got.as_deref(), Some("x"), "{command} {spelling}");
            }
            let plain = format!("--{name}");
            match own.clash {
                Clash::Yields => {
                    for words in [vec![plain.clone(), "x".to_owned()], vec![format!("{plain}=x")]] {
                        let words: Vec<&str> = words.iter().map(String::as_str).collect();
                        assert_eq!(sent(dry(&words), command, name).as_deref(), Some("x"), "{words:?}");
                    }
                }
                Clash::Asks => {
                    let ran = dry(&[&plain, "x"]).fails(2);
                    ran.says(&format!("`--{place}-{name}`")).says(&format!("`--{}`", own.long));
                }
                Clash::Keeps => {
                    // Nothing of the API's is sent under a name that is apicli's.
                    let words = own_words(own, name);
                    let ran = run(&environment, command, &words);
                    match name {
                        "help" | "help-all" => {
                            ran.ok().prints(&format!("--{place}-{name}"));
                        }
                        "dry-run" => assert_eq!(sent(ran, command, name), None),
                        "curl" => {
                            ran.ok().prints("curl");
                        }
                        "mock" => {
                            ran.ok();
                        }
                        _ => {
                            ran.fails(2).says("there is no command or plugin `every`");
                        }
                    }
                }
            }
            // The long form is apicli's on every command.
            let words = own_words(own, own.long);
            let ran = run(&environment, command, &words_with_dry_run(own, words));
            match name {
                "help" | "help-all" | "body-template" | "curl" | "mock" => {
                    // A list takes no body.
                    let code = if name == "body-template" && command == "list" { None } else { Some(0) };
                    assert!(code.is_none_or(|code| ran.code == Some(code)), "{command} {name}: {ran}");
                }
                "plugins-dir" => {
                    ran.fails(2);
                }
                "server" => {
                    let request = ran.ok().json();
                    assert!(
                        request["url"].as_str().unwrap().starts_with("https://other.example"),
                        "{request}"
                    );
                }
                "body" if command == "create" => {
                    ran.ok().prints("added");
                }
                _ => assert_eq!(sent_or_refused(ran, command, name), None, "{command} {name}"),
            }
        }
    }
}

fn words_with_dry_run(own: &Definition, mut words: Vec<String>) -> Vec<String> {
    if !matches!(own.name, "help" | "help-all" | "body-template" | "curl" | "dry-run" | "mock") {
        words.push("--dry-run".to_owned());
    }
    words
}

/// What was sent for the API's flag; nothing where apicli has refused its own.
fn sent_or_refused(ran: Ran, command: &str, name: &str) -> Option<String> {
    if ran.code == Some(2) {
        assert!(ran.stderr.starts_with("error: "), "{ran}");
        return None;
    }
    sent(ran, command, name)
}

#[test]
fn what_clashes_is_sent_or_asked_about() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    assert_eq!(
        quirk.body(
            "jobs create --title x --timeout 30 --verbose --error-format json --content_type xml --body.x y"
        ),
        json!({ "title": "x", "timeout": 30, "verbose": true, "error_format": "json", "content_type": "xml", "body": { "x": "y" } })
    );
    assert_eq!(
        quirk.body("jobs create --error_format a --content-type b --body-timeout 3 --apicli-timeout 5"),
        json!({ "error_format": "a", "content_type": "b", "timeout": 3 })
    );
    let failed = quirk.run("jobs create --title x --timeout 30 --server 1 --dry-run").fails(2);
    failed.says("`--body-server`").says("`--apicli-server`");
    assert_eq!(quirk.body("jobs create --body-server 1"), json!({ "server": 1 }));
    // `--dry-run` is apicli's; a slip of it does not send.
    quirk.run("jobs create --dry_run true").fails(2).says("`--body-dry-run`").says("`--dry-run`");
    assert_eq!(quirk.body("jobs create --body-dry-run true"), json!({ "dry_run": true }));
    quirk.run("jobs create --apicli_timeout 3").fails(2).says("`--body-apicli-timeout`");
    assert_eq!(quirk.body("jobs create --body-apicli-timeout 3"), json!({ "apicli_timeout": 3 }));
    // The whole body, and hints that name its flag.
    assert_eq!(quirk.body("jobs create --apicli-body {\"a\":1} --title t"), json!({ "a": 1, "title": "t" }));
    assert_eq!(quirk.body("jobs create --body {\"x\":\"1\"}"), json!({ "body": { "x": "1" } }));
    quirk.run("texts create --apicli-body 1 --apicli-body 2 --dry-run").fails(2).says("`--apicli-body`");
    quirk.run("texts create --body q --dry-run").fails(2).says("is missing");
    assert_eq!(quirk.dry("texts create --apicli-body t --body q")["body"], "t");
}

#[test]
fn objects_maps_and_positionals_called_like_apiclis_flags() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    assert_eq!(
        quirk.body("objects create --server.name n --output.format f --profile.k v --contentType c"),
        json!({ "server": { "name": "n" }, "output": { "format": "f" }, "profile": { "k": "v" }, "contentType": "c" })
    );
    assert_eq!(
        quirk.body(
            "objects create --body-server {\"name\":\"n\"} --output {\"format\":\"f\"} --body-profile k=v"
        ),
        json!({ "server": { "name": "n" }, "output": { "format": "f" }, "profile": { "k": "v" } })
    );
    for word in ["--server", "--profile"] {
        let failed = quirk.run(&format!("objects create {word} {{\"k\":\"v\"}} --dry-run")).fails(2);
        failed.says(&format!("`--body-{}`", &word[2..])).says(&format!("`--apicli-{}`", &word[2..]));
    }
    let node = quirk.command("nodes get");
    let names: Vec<&str> =
        node["args"].as_array().unwrap().iter().map(|arg| arg["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["server", "profile", "output", "timeout", "cookie-mock"]);
    assert_eq!(quirk.url("nodes get a b c -o raw"), "/nodes/a/b/c");
    assert_eq!(quirk.url("nodes get a b --output c"), "/nodes/a/b/c");
    assert_eq!(quirk.url("nodes get --path-server a --path-profile b --path-output c"), "/nodes/a/b/c");
    quirk
        .run("nodes get --server a b c --dry-run")
        .fails(2)
        .says("`--path-server`")
        .says("`--apicli-server`");
    let request = quirk.dry("nodes get a b c --timeout 5 --cookie-mock m --apicli-timeout 6");
    let headers = request["headers"].to_string().to_lowercase();
    assert!(headers.contains("[\"timeout\",\"5\"]") && headers.contains("mock=m"), "{headers}");
}

#[test]
fn help_completion_and_failures_name_what_has_yielded() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    let help = quirk.run("jobs create --help").ok();
    help.prints("--apicli-timeout <SECONDS>")
        .prints("-v, --apicli-verbose")
        .prints("--apicli-server")
        .prints("--apicli-body reads it")
        .prints("--apicli-error-format")
        .prints("--body-dry-run");
    let plain = quirk.run("objects create --help").ok().stdout_text();
    assert!(plain.contains(" --timeout <SECONDS>") && !plain.contains("--apicli-timeout"), "{plain}");
    let words = ["__complete", quirk.name(), "jobs", "create", "--"];
    let candidates = quirk.environment.run(words).ok().stdout_text();
    for name in ["--apicli-timeout\t", "--timeout\t", "--apicli-body\t", "--dry-run\t", "--body-dry-run\t"] {
        assert!(candidates.contains(name), "{name}: {candidates}");
    }
    let words = ["__complete", quirk.name(), "nodes", "get", "a", "b", "c", "--apicli-output", ""];
    assert!(quirk.environment.run(words).ok().stdout_text().contains("raw"));
    quirk.run("texts create --dry-run").fails(2).says("is missing");
    quirk.run("jobs create --apicli-timeout 0").fails(2).says("`--apicli-timeout`");
    quirk.run("jobs create --dry-run --curl").fails(2).says("`--dry-run` and `--curl` cannot both be given");
    quirk.run("jobs create --curl --apicli-body-template").fails(2).says("cannot both be given");
}

#[test]
fn the_error_format_yields_after_the_command_and_not_before_it() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    let is_json = |ran: Ran| {
        assert_eq!(ran.code, Some(2), "{ran}");
        serde_json::from_str::<Value>(&ran.stderr).is_ok()
    };
    assert!(!is_json(quirk.run("jobs create --error-format json --none 1")));
    assert!(is_json(quirk.run("jobs create --apicli-error-format json --none 1")));
    assert!(is_json(quirk.run("objects create --error-format json --none 1")));
    assert!(is_json(quirk.run("objects create --apicli-error-format=json --none 1")));
    let before = |rest: &str| {
        quirk.environment.line(&format!("--error-format json {} jobs create {rest}", quirk.name()))
    };
    assert!(is_json(before("--error-format x --none 1")));
    let twice = before("--title x --apicli-error-format json --dry-run");
    assert!(twice.stderr.contains("before the command and after it"), "{twice}");
    assert!(is_json(twice));
    let built_in = quirk.environment.line("commands no-such --apicli-error-format json");
    assert!(is_json(built_in));
    quirk.environment.line("--plugins-dir a plugins list --plugins-dir b").fails(2).says("more than once");
    quirk.run("--apicli-help").ok().prints("jobs");
}

#[test]
fn a_watched_command_does_not_read_standard_input() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    for body in ["--apicli-body -", "--apicli-body=-"] {
        let watched = quirk.environment.line(&format!("watch {} jobs create {body} --dry-run", quirk.name()));
        watched.fails(2).says("standard input can be read only once");
    }
    for body in ["--body -", "--body=-"] {
        let watched =
            quirk.environment.line(&format!("watch {} objects create {body} --dry-run", quirk.name()));
        watched.fails(2).says("standard input can be read only once");
    }
}

/// Facts of before the rule, where every such name had its place before it.
#[test]
fn plugins_that_were_made_before_the_rule_keep_working() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    let facts = quirk.environment.plugin(quirk.name()).join(".generated/facts.jsonl");
    let text = fs::read_to_string(&facts).unwrap();
    let old = text.replace("\"name\":\"timeout\"", "\"name\":\"body-timeout\"");
    let old = old.replace("\"name\": \"timeout\"", "\"name\": \"body-timeout\"");
    assert_ne!(old, text);
    fs::write(&facts, old).unwrap();
    for name in ["--timeout", "--body-timeout"] {
        assert_eq!(quirk.body(&format!("jobs create {name} 3")), json!({ "timeout": 3 }), "{name}");
    }
    assert_eq!(quirk.body("jobs create --title x --apicli-timeout 3"), json!({ "title": "x" }));
}

/// A flag that a person declares has the same names.
#[test]
fn a_declared_flag_called_like_apiclis() {
    let quirk = Quirk::new("flags-named-like-apiclis");
    let script = quirk.environment.plugin(quirk.name()).join("things.rhai");
    let text =
        "/// Ask.\n/// @flag timeout: integer\n/// @flag server: string\nfn ask(flags) {\n    flags\n}\n";
    fs::write(script, text).unwrap();
    let ran = quirk.run("things ask --timeout 3 --body-server s --mock").ok();
    assert_eq!(ran.json(), json!({ "timeout": 3, "server": "s" }));
    quirk.run("things ask --server s --mock").fails(2).says("`--body-server`").says("`--apicli-server`");
}

/// Names of commands that there are or will be, given by a document's file or title.
#[test]
fn a_plugin_gets_another_name_where_its_own_is_reserved() {
    let document = "openapi: 3.0.3\ninfo: {title: Shell, version: '1'}\npaths: {/a: {get: {responses: {'200': {description: ok}}}}}";
    for name in [
        "edit", "edits", "resolve", "drift", "history", "replay", "search", "docs", "shell", "new", "test",
        "doctor", "config", "call", "run", "mcp", "listen", "trigger", "sync", "sql", "gen", "help",
    ] {
        let environment = TestEnvironment::new();
        let path = environment.write(&format!("{name}.yaml"), document);
        let report = environment.run(["gen".as_ref(), path.as_os_str(), "--json".as_ref()]).ok().json();
        assert_eq!(report["plugin"], format!("{name}-api"));
        environment.line(&format!("{name}-api --help")).ok();
        let chosen = environment.run(["gen".as_ref(), path.as_os_str(), "--name".as_ref(), name.as_ref()]);
        chosen.fails(2).says("cannot be a plugin's name");
    }
}
