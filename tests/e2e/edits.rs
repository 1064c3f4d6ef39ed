//! Scripts are a person's: what is edited is in force at once, and stays through the next generation.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::environment::{TestEnvironment, files_below, repository};
use crate::server::{Server, json as answer};

#[test]
fn an_edit_is_in_the_next_call() {
    let environment = TestEnvironment::stripe();
    let url = |line: &str| environment.line(&format!("stripe {line} --dry-run")).ok().json()["url"].clone();
    assert_eq!(url("customers delete cus_1"), "https://api.stripe.com/v1/customers/cus_1");
    environment.edit(
        "stripe/customers.rhai",
        "http::delete(\"/v1/customers/{customer}\")",
        "http::delete(\"/v2/people/{customer}\")",
    );
    assert_eq!(url("customers delete cus_1"), "https://api.stripe.com/v2/people/cus_1");
    environment.edit("stripe/customers.rhai", "/// Delete a customer.", "/// Say farewell.");
    environment.line("stripe customers --help").ok().prints("Say farewell");
    environment.line("commands stripe").ok().prints("Say farewell");
    environment.edit("stripe/plugin.toml", "https://api.stripe.com", "https://eu.stripe.example");
    assert_eq!(url("customers delete cus_1"), "https://eu.stripe.example/v2/people/cus_1");
}

#[test]
fn an_added_function_is_a_command_and_a_deleted_one_is_gone() {
    let environment = TestEnvironment::stripe();
    environment.edit(
        "stripe/customers.rhai",
        "/// List customers.",
        "/// Greet a customer.\n///\n/// In any tongue.\n///\n/// @flag greeting: string!  What to say.\n/// @flag loud: boolean  Whether to shout.\n/// @flag times: integer  How often.\nfn greet(customer, flags) {\n    #{ who: customer, flags: flags }\n}\n\nprivate fn helper() { 1 }\n\n/// List customers.",
    );
    let ran = environment.line("stripe customers greet cus_1 --greeting hi --loud --times 3").ok();
    assert_eq!(
        ran.json(),
        json!({ "who": "cus_1", "flags": { "greeting": "hi", "loud": true, "times": 3 } })
    );
    environment.line("stripe customers greet cus_1").fails(2).says("--greeting");
    environment.line("stripe customers greet --greeting hi").fails(2).says("customer");
    environment.line("stripe customers greet cus_1 --greeting hi --times often").fails(2).says("--times");
    environment
        .line("stripe customers greet --help")
        .ok()
        .prints("In any tongue")
        .prints("--greeting")
        .prints("What to say");
    environment.line("stripe customers helper").fails(2);
    let commands = environment.line("commands stripe --json").ok().json();
    let greet = find(&commands, &["customers", "greet"]).unwrap();
    assert_eq!(
        (&greet["operation_id"], &greet["method"], &greet["path"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(greet["args"][1]["required"], true);

    let text = fs::read_to_string(environment.plugin("stripe/customers.rhai")).unwrap();
    let from = text.find("/// Search customers.").unwrap();
    environment.script("stripe/customers.rhai", &text[..from]);
    environment.line("stripe customers search --query x --mock").fails(2).says("search");
    assert!(
        find(&environment.line("commands stripe --json").ok().json(), &["customers", "search"]).is_none()
    );
    // A group of one's own is a file.
    environment.script("stripe/tools.rhai", "/// Add.\nfn add(a, b) { `${a}+${b}` }\n");
    environment.line("stripe tools add 1 2 --output raw").ok().prints("1+2");
    fs::remove_file(environment.plugin("stripe/events.rhai")).unwrap();
    environment.line("stripe events list --mock").fails(2);
}

fn find<'a>(commands: &'a Value, words: &[&str]) -> Option<&'a Value> {
    commands.as_array().unwrap().iter().find(|one| one["command"] == json!(words))
}

#[test]
fn a_half_written_script_breaks_nothing_else() {
    let environment = TestEnvironment::stripe();
    environment.edit("stripe/customers.rhai", "    request.send()\n}", "    request.send(\n}");
    let ran = environment.line("check stripe");
    assert_eq!(ran.code, Some(7), "{ran}");
    let shown = ran.stderr.replace(environment.plugins().to_str().unwrap(), "");
    assert!(
        shown.contains("--> /stripe/customers.rhai:") && shown.contains("^") && shown.contains("hint: "),
        "{shown}"
    );
    let line = shown.split("customers.rhai:").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    assert!(matches!(line.parse(), Ok(8..=10)), "{shown}");
    environment.line("stripe customers list --mock").fails(7).says("customers.rhai:");
    environment.line("stripe products list --mock").ok();
    environment.line("stripe --help").ok().prints("products");
    environment.line("stripe products --help").ok();
    environment.line("path stripe customers").ok().prints("customers.rhai");
    environment.line("commands stripe --json").fails(7);
    environment.script("stripe/customers.rhai", "fn list() { http::gett(\"/x\").send() }\nfn get() { nowhere(1) }\nfn delete() { http::delete(\"/x\").sned() }\n");
    let ran = environment.line("check");
    assert_eq!(ran.code, Some(7), "{ran}");
    for part in [
        "gett",
        "nowhere",
        "sned",
        "customers.rhai:1:19",
        "customers.rhai:2:",
        "customers.rhai:3:",
        "3 problems",
    ] {
        assert!(ran.stderr.contains(part), "`{part}` is missing: {ran}");
    }
}

/// The document with a new command, a changed one, and one that is gone.
fn changed_document() -> String {
    let document = fs::read_to_string(repository("specs/stripe.yaml")).unwrap();
    let from = document.find("  /v1/customers/search:").unwrap();
    let to = document.find("  /v1/customers/{customer}:").unwrap();
    let document = format!("{}{}", &document[..from], &document[to..]);
    let document = document.replace("summary: List customers\n", "summary: List all customers\n");
    let at = document.find("  /v1/products:").unwrap();
    format!(
        "{}  /v1/customers/{{customer}}/greet:\n    post:\n      summary: Greet a customer\n      parameters: [{{ name: customer, in: path, required: true, schema: {{ type: string }} }}]\n      responses: {{ '200': {{ description: Fine. }} }}\n{}",
        &document[..at],
        &document[at..]
    )
}

#[test]
fn a_generation_keeps_edits_and_updates_the_rest() {
    let environment = TestEnvironment::stripe();
    assert_ne!(changed_document(), fs::read_to_string(repository("specs/stripe.yaml")).unwrap());
    // Edited where the document does not change, edited where it does, added, removed.
    environment.edit(
        "stripe/customers.rhai",
        "http::delete(\"/v1/customers/{customer}\")",
        "http::delete(\"/mine/{customer}\")",
    );
    environment.edit("stripe/customers.rhai", "http::get(\"/v1/customers\")", "http::get(\"/mine\")");
    environment.edit(
        "stripe/products.rhai",
        "/// List products.",
        "/// Mine.\nfn mine() { 1 }\n\n/// List products.",
    );
    let events = fs::read_to_string(environment.plugin("stripe/events.rhai")).unwrap();
    environment.script("stripe/events.rhai", &events[..events.find("/// Get an event.").unwrap()]);
    environment
        .script("stripe/hooks.rhai", "fn before_send(request) { request.header(\"x-mine\", \"1\"); }\n");
    environment.edit("stripe/plugin.toml", "https://api.stripe.com", "https://mine.example");

    let report = environment.generate("stripe", &changed_document()).ok().json();
    let merge = |kind: &str| -> Vec<String> {
        report["merge"][kind]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let has = |kind: &str, words: &[&str]| {
        let names = merge(kind);
        assert!(
            names.iter().any(|name| words.iter().all(|word| name.contains(word))),
            "{words:?} in {kind}: {report}"
        );
    };
    has("kept", &["customers", "delete"]);
    has("kept", &["products", "mine"]);
    has("kept", &["events", "get"]);
    has("updated", &["customers", "greet"]);
    has("updated", &["customers", "search"]);
    has("conflicts", &["customers", "list"]);
    // The new version is at hand where the person's stayed.
    let new = fs::read_to_string(environment.plugin("stripe/.generated/conflicts/customers.rhai")).unwrap();
    assert!(new.contains("fn list(flags)") && !new.contains("/mine"), "{new}");

    let dry = |line: &str| environment.line(&format!("stripe {line} --dry-run")).ok().json();
    assert_eq!(dry("customers delete cus_1")["url"], "https://mine.example/mine/cus_1");
    assert_eq!(dry("customers list")["url"], "https://mine.example/mine");
    assert_eq!(dry("customers greet cus_1")["url"], "https://mine.example/v1/customers/cus_1/greet");
    assert!(dry("customers get x")["headers"].as_array().unwrap().contains(&json!(["x-mine", "1"])));
    environment.line("stripe customers search --query x --mock").fails(2);
    environment.line("stripe events get evt_1 --mock").fails(2);
    environment.line("stripe products mine").ok();
    environment.line("check stripe").ok();
    for (path, content) in files_below(environment.plugins()) {
        let text = String::from_utf8_lossy(&content).into_owned();
        for marker in ["<<<<<<<", ">>>>>>>", "|||||||"] {
            assert!(!text.contains(marker), "{}", path.display());
        }
    }
    // Once more with the same document: nothing moves.
    let before = files_below(environment.plugins());
    let report = environment.generate("stripe", &changed_document()).ok().json();
    assert_eq!(report["merge"]["updated"], json!([]));
    let without_index = |files: Vec<(std::path::PathBuf, Vec<u8>)>| {
        files.into_iter().filter(|(path, _)| !path.ends_with("index")).collect::<Vec<_>>()
    };
    assert!(without_index(files_below(environment.plugins())) == without_index(before));
}

#[test]
fn a_half_written_script_survives_a_generation() {
    let environment = TestEnvironment::stripe();
    let broken = "fn list( {\n  // in the middle of a thought";
    environment.script("stripe/customers.rhai", broken);
    environment.generate("stripe", &changed_document()).ok();
    assert_eq!(fs::read_to_string(environment.plugin("stripe/customers.rhai")).unwrap(), broken);
    environment.line("stripe products list --mock").ok();
}

#[test]
fn hooks_are_called() {
    let environment = TestEnvironment::stripe();
    let server = Server::new(|asked| {
        if asked.target.contains("missing") { answer(404, "{}") } else { answer(200, r#"{"id":"x"}"#) }
    });
    environment.script(
        "stripe/hooks.rhai",
        "fn before_send(request) { request.header(\"x-trace\", \"abc\"); }\nfn after_response(response) { print(`answered ${response.status}`); }\nfn on_error(error) { print(`failed with ${error.status}`); }\n",
    );
    let ran = environment
        .line(&format!("stripe customers get cus_1 --server {}", server.url()))
        .ok()
        .says("answered 200");
    assert_eq!(ran.json(), json!({ "id": "x" }));
    assert_eq!(server.only().header("x-trace"), Some("abc"));
    environment.line(&format!("stripe customers get missing --server {}", server.url()));
    let ran = environment.line(&format!("stripe customers get missing --server {}", server.url()));
    assert_eq!(ran.code, Some(4), "{ran}");
    ran.says("failed with 404");
    environment
        .script("stripe/hooks.rhai", "fn before_send(request) {\n    request.heeder(\"a\", \"b\");\n}\n");
    environment.line("stripe customers get cus_1 --mock").fails(7).says("hooks.rhai:2");
    let ran = environment.line("check stripe");
    assert_eq!(ran.code, Some(7), "{ran}");
}

/// `apicli watch`, its lines as they come.
struct Watch {
    process: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(environment: &TestEnvironment, line: &str) -> Self {
        let mut process = environment
            .command()
            .args(["watch"].into_iter().chain(line.split_whitespace()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(process.stdout.take().unwrap()), Box::new(process.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
            });
        }
        Self { process, lines }
    }

    /// Waits for a line that holds `text`.
    #[track_caller]
    fn shows(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut seen = Vec::new();
        while !seen.last().is_some_and(|line: &String| line.contains(text)) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no `{text}` in time, but: {seen:#?}")
            };
            assert!(!line.contains("panicked"), "{line}");
            seen.push(line);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn watching_shows_the_result_of_every_save() {
    let environment = TestEnvironment::stripe();
    let script = environment.plugin("stripe/balance.rhai");
    let text = |what: &str| format!("fn get() {{ \"{what}\" }}\n");
    fs::write(&script, text("first result")).unwrap();
    for poll in ["", "--poll "] {
        fs::write(&script, text("first result")).unwrap();
        let watch = Watch::start(&environment, &format!("{poll}stripe balance get --mock"));
        watch.shows("first result");
        fs::write(&script, text("saved in place")).unwrap();
        watch.shows("saved in place");
        // As most editors do it.
        let beside = environment.plugin("stripe/balance.rhai.new");
        fs::write(&beside, text("saved by rename")).unwrap();
        fs::rename(&beside, &script).unwrap();
        watch.shows("saved by rename");
        // With a backup of the old one.
        fs::rename(&script, environment.plugin("stripe/balance.rhai~")).unwrap();
        fs::write(&script, text("saved with a backup")).unwrap();
        watch.shows("saved with a backup");
        fs::write(&script, "fn get() { \"broken\" \n").unwrap();
        watch.shows("balance.rhai:");
        fs::write(&script, text("repaired")).unwrap();
        watch.shows("repaired");
        fs::write(&script, "fn get() { throw \"thrown on purpose\" }").unwrap();
        watch.shows("thrown on purpose");
        // A hook and the manifest count as well.
        fs::write(&script, "fn get() { http::get(\"/v1/balance\").send() }").unwrap();
        watch.shows("\"livemode\"");
        let hooks = environment.plugin("stripe/hooks.rhai");
        fs::write(&hooks, "fn before_send(request) { throw \"thrown by a hook\" }").unwrap();
        watch.shows("thrown by a hook");
        fs::remove_file(&hooks).unwrap();
        watch.shows("\"livemode\"");
        let manifest = fs::read_to_string(environment.plugin("stripe/plugin.toml")).unwrap();
        fs::write(environment.plugin("stripe/plugin.toml"), "name = ").unwrap();
        watch.shows("the last good version stays in use");
        fs::write(environment.plugin("stripe/plugin.toml"), manifest).unwrap();
        watch.shows("\"livemode\"");
        fs::remove_file(&script).unwrap();
        watch.shows("error: ");
    }
}

#[test]
fn a_watched_command_cannot_read_standard_input() {
    let environment = TestEnvironment::stripe();
    for body in ["--body -", "--body=-"] {
        let line = format!("watch stripe customers create {body} --mock");
        environment.line(&line).fails(2).says("standard input can be read only once");
    }
}

#[test]
fn another_api_does_not_take_a_plugin_over() {
    let environment = TestEnvironment::stripe();
    let other = "openapi: 3.0.3\ninfo: { title: Other, version: '1' }\nservers: [{ url: https://other.example }]\npaths: { /a: { get: { responses: {} } } }\n";
    let path = environment.write("stripe.yaml", other);
    environment.run(["gen".as_ref(), path.as_os_str()]).fails(2).says("another title and other servers");
    environment.line("stripe customers delete cus_1 --mock").ok();
    environment.run(["gen".as_ref(), path.as_os_str(), "--name".as_ref(), "stripe".as_ref()]).ok();
    environment.line("stripe a list --mock").fails(2);
    environment.line("stripe a get --dry-run").ok();
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_other_text_keeps_every_byte() {
    let environment = TestEnvironment::stripe();
    let script = environment.plugin("stripe/customers.rhai");
    let elsewhere = environment.root().join("work/customers.rhai");
    let text = fs::read_to_string(&script).unwrap() + "\nfn mine() { 1 }\n";
    fs::write(&elsewhere, text).unwrap();
    fs::remove_file(&script).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &script).unwrap();
    let latin = b"//! caf\xe9\nfn list() { 1 }\n";
    fs::write(environment.plugin("stripe/events.rhai"), latin).unwrap();

    let report = environment.generate("stripe", &changed_document()).ok().json();
    assert!(fs::symlink_metadata(&script).unwrap().is_symlink());
    let merged = fs::read_to_string(&elsewhere).unwrap();
    assert!(merged.contains("fn mine() { 1 }") && merged.contains("fn greet("), "{merged}");
    assert_eq!(fs::read(environment.plugin("stripe/events.rhai")).unwrap(), latin);
    assert!(report["merge"]["conflicts"].to_string().contains("events.rhai"), "{report}");
}
