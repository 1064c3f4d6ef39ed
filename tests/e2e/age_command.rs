//! The encrypted file and the `age` command: each opens what the other has written.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::pty::openpty;
use serde_json::Value;

use crate::environment::{TestEnvironment, not_run};
use crate::server::Server;

const PASSPHRASE: &str = "open sesame";

/// The command, or a line that says what was not run.
fn age() -> Option<PathBuf> {
    let age = std::env::var_os("APICLI_AGE").map(PathBuf::from);
    if age.is_none() {
        not_run("the encrypted file against the age command", "set APICLI_AGE to its path");
    }
    age
}

/// Runs `age`, which asks for passphrases at a terminal and nowhere else; types `passphrase` `times` times.
fn run(
    environment: &TestEnvironment,
    age: &Path,
    arguments: &[&str],
    passphrase: &str,
    times: usize,
) -> bool {
    let pty = openpty(None, None).unwrap();
    let mut command = environment.other_program("setsid");
    command.args(["--ctty", "--wait"]).arg(age).args(arguments);
    let end = || Stdio::from(pty.slave.try_clone().unwrap());
    command.stdin(end()).stdout(end()).stderr(end()).env("TERM", "dumb");
    let mut child = command.spawn().unwrap();
    drop((command, pty.slave));
    let mut keys = File::from(pty.master);
    for _ in 0..times {
        writeln!(keys, "{passphrase}").unwrap();
    }
    // Until the terminal is closed; what it shows are the questions.
    let _ = keys.read_to_end(&mut Vec::new());
    child.wait().unwrap().success()
}

#[test]
fn each_opens_what_the_other_has_written() {
    let Some(age) = age() else { return };
    let server = Server::json(200, "{}");
    let environment =
        TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN").with("APICLI_PASSPHRASE", PASSPHRASE);
    environment.serve("stripe", "https://api.stripe.com", server.url());
    environment.run_with_input(["auth", "login", "stripe", "--stdin", "--store", "file"], "sk_file_1\n").ok();
    let kept = environment.root().join("home/data/apicli/credentials/credentials.json");
    let mut entries: Value = serde_json::from_slice(&fs::read(&kept).unwrap()).unwrap();
    let entry = entries.as_object_mut().unwrap().values_mut().next().unwrap();

    let [file, text] = ["entry.age", "entry.json"].map(|name| environment.root().join(name));
    let [file_name, text_name] = [&file, &text].map(|path| path.to_str().unwrap());
    fs::write(&file, entry["age"].as_str().unwrap()).unwrap();
    assert!(!run(&environment, &age, &["-d", "-o", text_name, file_name], "close sesame", 1));
    assert!(run(&environment, &age, &["-d", "-o", text_name, file_name], PASSPHRASE, 1));
    let opened = fs::read_to_string(&text).unwrap();
    assert!(opened.contains("sk_file_1"), "{opened}");

    fs::write(&text, opened.replace("sk_file_1", "sk_file_2")).unwrap();
    assert!(run(&environment, &age, &["-p", "-a", "-o", file_name, text_name], PASSPHRASE, 2));
    entry["age"] = fs::read_to_string(&file).unwrap().into();
    fs::write(&kept, serde_json::to_vec(&entries).unwrap()).unwrap();
    environment.line("stripe balance get").ok();
    assert_eq!(server.only().header("authorization"), Some("Bearer sk_file_2"));
}
