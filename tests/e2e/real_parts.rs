//! Against what other people wrote: Stripe's own mock server, and the Secret Service of the desktop.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::environment::{Ran, TestEnvironment, finish, not_run};
use crate::server::Server;

fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn has_keyring() -> bool {
    on_path("dbus-run-session") && on_path("gnome-keyring-daemon")
}

/// Runs a shell script in a session of its own, with an unlocked keyring in it.
fn in_session(environment: &TestEnvironment, script: &str) -> Ran {
    let mut command = environment.other_program("dbus-run-session");
    // The session's own address, not the one that leads nowhere.
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("APICLI", crate::environment::PROGRAM);
    let unlock =
        "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 99";
    command.args(["--", "/bin/sh", "-c", &format!("{unlock}\n{script}")]);
    finish(command, "")
}

#[test]
fn a_login_lives_in_the_secret_service() {
    if !has_keyring() {
        return not_run("login against the Secret Service", "install dbus and gnome-keyring");
    }
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    let server = Server::json(200, r#"{"object":"balance"}"#);
    // The manifest lists the server, so that the login is bound to it.
    environment.serve("stripe", "https://api.stripe.com", server.url());
    let script = r#"
set -e
"$APICLI" stripe balance get 2>&1 && exit 98 || test $? = 3
printf 'sk_from_keyring\n' | "$APICLI" auth login stripe --stdin
"$APICLI" auth status stripe --json
"$APICLI" stripe balance get
"$APICLI" stripe balance get --dry-run -v
APICLI_STRIPE_TOKEN=sk_from_environment "$APICLI" stripe balance get
"$APICLI" auth logout stripe
"$APICLI" stripe balance get 2>&1 && exit 98 || test $? = 3
echo done
"#;
    let ran = in_session(&environment, script)
        .ok()
        .prints("done")
        .prints("\"source\": \"keyring\"")
        .says("kept in the keyring");
    assert!(!ran.stdout_text().contains("sk_from") && !ran.stderr.contains("sk_from"), "{ran}");
    let asked = server.asked();
    let keys: Vec<Option<&str>> = asked.iter().map(|one| one.header("authorization")).collect();
    assert_eq!(keys, [Some("Bearer sk_from_keyring"), Some("Bearer sk_from_environment")]);
    // Nothing of it is left in the clear below the home.
    for (path, content) in crate::environment::files_below(environment.root()) {
        assert!(!String::from_utf8_lossy(&content).contains("sk_from"), "{}", path.display());
    }
}

#[test]
fn a_login_stays_with_the_servers_it_was_made_for() {
    if !has_keyring() {
        return not_run("binding of a login against the Secret Service", "install dbus and gnome-keyring");
    }
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    let server = Server::json(200, "{}");
    let script = format!(
        "set -e\nprintf sk_bound | \"$APICLI\" auth login stripe --stdin\nsed -i 's|https://api.stripe.com|{}|' \"$APICLI_PLUGINS_DIR/stripe/plugin.toml\"\n\"$APICLI\" stripe balance get && exit 98 || test $? = 3\n",
        server.url()
    );
    in_session(&environment, &script).ok().says("error: ");
    assert!(server.asked().is_empty());
}

/// stripe-mock on a port that it chooses itself.
struct StripeMock {
    process: Child,
    url: String,
}

impl StripeMock {
    /// `None`, and a line that says so, where there is none.
    fn start(environment: &TestEnvironment) -> Option<Self> {
        let Some(path) = env::var_os("APICLI_STRIPE_MOCK").map(PathBuf::from) else {
            not_run("commands against Stripe's own stripe-mock", "set APICLI_STRIPE_MOCK to its path");
            return None;
        };
        let mut process = environment
            .other_program(path)
            .args(["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("APICLI_STRIPE_MOCK is the path of stripe-mock");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Listening for HTTP at address: ").map(str::to_owned))
            .expect("stripe-mock says where it listens");
        // It ends when nobody reads what it has to say.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Some(Self { process, url: format!("http://{address}") })
    }
}

impl Drop for StripeMock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A life of each resource; every line prints one JSON object.
const LIVES: &[(&str, &str)] = &[
    ("customers create --email a@b.c --address.city Paris --metadata.plan pro", "customer"),
    ("customers get cus_1", "customer"),
    ("customers list --limit 3", "list"),
    ("customers update cus_1 --name Corner", "customer"),
    ("customers delete cus_1", "customer"),
    ("products create --name Pen --metadata.colour blue", "product"),
    ("products get prod_1", "product"),
    ("products list --limit 3", "list"),
    ("products update prod_1 --name Pencil", "product"),
    ("products delete prod_1", "product"),
    ("payment-intents create --amount 1099 --currency eur", "payment_intent"),
    ("payment-intents get pi_1", "payment_intent"),
    ("payment-intents list --limit 3", "list"),
    ("payment-intents update pi_1 --amount 2000 --metadata.order 6735", "payment_intent"),
    ("payment-intents cancel pi_1 --cancellation-reason duplicate", "payment_intent"),
];

fn live(environment: &TestEnvironment, url: &str) {
    for (line, object) in LIVES {
        let ran = environment.line(&format!("stripe {line} --server {url}")).ok();
        assert_eq!(ran.json()["object"], *object, "{ran}");
    }
}

#[test]
fn lives_against_stripes_own_mock() {
    let environment = TestEnvironment::stripe().with("APICLI_STRIPE_TOKEN", "sk_test_123");
    let Some(mock) = StripeMock::start(&environment) else { return };
    live(&environment, &mock.url);
    let nobody = environment.with("APICLI_STRIPE_TOKEN", "not-a-key");
    nobody.line(&format!("stripe customers list --server {}", mock.url)).fails(3);
    nobody.line(&format!("stripe charges create --server {}", mock.url)).fails(3);
}

#[test]
fn lives_with_the_document_of_stripes_own_mock() {
    let Some(path) = env::var_os("APICLI_STRIPE_MOCK_DOCUMENT") else {
        return not_run(
            "the document of stripe-mock",
            "set APICLI_STRIPE_MOCK_DOCUMENT to its openapi/spec3.json",
        );
    };
    let environment = TestEnvironment::new().with("APICLI_STRIPE_TOKEN", "sk_test_123");
    let ran =
        environment.run(["gen".as_ref(), path.as_os_str(), "--name=stripe".as_ref(), "--json".as_ref()]).ok();
    let report = ran.json();
    assert_eq!(report["skipped"], Value::Array(Vec::new()));
    assert_eq!(report["commands"], report["operations"]);
    environment.line("check stripe").ok();
    let Some(mock) = StripeMock::start(&environment) else { return };
    live(&environment, &mock.url);
}

#[test]
fn a_key_in_the_keyring_opens_stripes_own_mock() {
    if !has_keyring() {
        return not_run("stripe-mock with a key from the Secret Service", "install dbus and gnome-keyring");
    }
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    let Some(mock) = StripeMock::start(&environment) else { return };
    let mut script = String::from("set -e\nprintf sk_test_123 | \"$APICLI\" auth login stripe --stdin\n");
    for (line, _) in LIVES {
        script.push_str(&format!("\"$APICLI\" stripe {line} --server {} >/dev/null\n", mock.url));
    }
    in_session(&environment, &format!("{script}echo done\n")).ok().prints("done");
}
