//! What is generated, to the byte; and every command of it, run.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::{TestEnvironment, files_below, repository};

/// Files under `.generated` that depend on when and where a plugin was generated.
const INDEX: &str = ".generated/index";

fn blessing() -> bool {
    std::env::var_os("APICLI_BLESS").is_some()
}

/// Compares with a file under tests/goldens, or writes it if `APICLI_BLESS` is set.
#[track_caller]
fn assert_golden(name: &str, text: &str) {
    let path = repository("tests/goldens").join(name);
    if blessing() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "{name} is other than before; look at it, then bless it with APICLI_BLESS=1\n{}",
        first_difference(&golden, text)
    );
}

fn first_difference(golden: &str, text: &str) -> String {
    let pairs =
        golden.lines().map(Some).chain(std::iter::repeat(None)).zip(text.lines().map(Some).chain([None]));
    pairs
        .enumerate()
        .find(|(_, (old, new))| old != new)
        .map(|(n, (old, new))| {
            format!("line {}:\n- {}\n+ {}", n + 1, old.unwrap_or("(end)"), new.unwrap_or("(end)"))
        })
        .unwrap_or_default()
}

/// The checked-in plugin, without what is not checked in.
fn without_index(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files_below(dir).into_iter().filter(|(path, _)| path != Path::new(INDEX)).collect()
}

#[test]
fn the_checked_in_scripts_are_what_is_generated() {
    let checked_in = repository("scripts/stripe");
    let environment = TestEnvironment::new();
    // As a person in the repository does it: `apicli gen specs/stripe.yaml --plugins-dir scripts`.
    let run = |plugins: &Path| {
        let mut command = environment.command();
        command.current_dir(repository("")).args(["gen", "specs/stripe.yaml", "--plugins-dir"]).arg(plugins);
        crate::environment::finish(command, "").ok();
    };
    if blessing() {
        let _ = fs::remove_dir_all(&checked_in);
        run(&repository("scripts"));
        let _ = fs::remove_file(checked_in.join(INDEX));
    }
    run(environment.plugins());
    let (old, new) = (without_index(&checked_in), without_index(&environment.plugin("stripe")));
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&old), names(&new), "bless with APICLI_BLESS=1");
    for ((path, old), (_, new)) in old.iter().zip(&new) {
        let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
        assert!(
            old == new,
            "{}: bless with APICLI_BLESS=1\n{}",
            path.display(),
            first_difference(&old, &new)
        );
    }
    // And the same again over itself.
    run(environment.plugins());
    assert!(without_index(&environment.plugin("stripe")) == new);
}

#[test]
fn the_list_of_commands() {
    assert_golden("commands.txt", &TestEnvironment::stripe().line("commands stripe").ok().stdout_text());
}

#[test]
fn help_fits_the_window() {
    for columns in [80, 120] {
        let environment = TestEnvironment::stripe().with("COLUMNS", &columns.to_string());
        let mut text = String::new();
        for line in [
            "--help",
            "gen --help",
            "stripe --help",
            "stripe customers --help",
            "stripe customers delete --help",
            "stripe customers create --help",
            "stripe files create --help",
            "stripe payment-intents confirm --help-all",
        ] {
            let shown = environment.line(line).ok().stdout_text();
            text.push_str(&format!("$ apicli {line}\n{shown}\n"));
        }
        for line in text.lines() {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
            assert!(line == line.trim_end(), "white space at the end: {line:?}");
        }
        assert_golden(&format!("help-{columns}.txt"), &text);
    }
}

/// A value that the argument's own description allows.
fn sample(arg: &Value, file: &Path) -> String {
    if let Some(first) =
        arg["enum"].as_array().and_then(|values| values.iter().find(|value| value.as_str() != Some("")))
    {
        return first.as_str().map_or_else(|| first.to_string(), str::to_owned);
    }
    match (arg["type"].as_str().unwrap(), arg["format"].as_str()) {
        ("string", Some("date")) => "2026-01-31".to_owned(),
        ("string", Some("date-time")) => "2026-01-31T12:00:00Z".to_owned(),
        ("string", _) => "usd".to_owned(),
        ("integer", _) => "5".to_owned(),
        ("number", _) => "1.5".to_owned(),
        ("boolean", _) => "true".to_owned(),
        ("file", _) => file.display().to_string(),
        _ => "{}".to_owned(),
    }
}

/// The words and required arguments of a command.
pub(crate) fn typed(command: &Value, file: &Path) -> Vec<String> {
    let words = command["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
    let mut line: Vec<String> = words.collect();
    for arg in command["args"].as_array().unwrap().iter().filter(|arg| arg["required"] == true) {
        if arg["kind"] == "positional" {
            line.push(sample(arg, file));
        } else {
            let dot = if arg["map"] == true { ".key" } else { "" };
            line.push(format!("--{}{dot}={}", arg["name"].as_str().unwrap(), sample(arg, file)));
        }
    }
    if command["body"]["required"] == true && !line.iter().any(|word| word.starts_with("--")) {
        line.push("--body={}".to_owned());
    }
    line
}

#[test]
fn every_command_runs() {
    let environment = TestEnvironment::stripe();
    // Those that are checked in, so that the golden is executed and not only compared.
    let plugins = repository("scripts");
    let plugins = plugins.to_str().unwrap();
    let file = environment.write("upload.txt", "content");
    let commands = environment.run(["commands", "stripe", "--json", "--plugins-dir", plugins]).ok().json();
    let commands = commands.as_array().unwrap();
    assert_eq!(commands.len(), 78);
    for command in commands {
        let line = || {
            ["--plugins-dir".to_owned(), plugins.to_owned(), "stripe".to_owned()]
                .into_iter()
                .chain(typed(command, &file))
        };
        let request = environment.run(line().chain(["--dry-run".to_owned()])).ok().json();
        assert_eq!(request["method"], command["method"], "{command}");
        assert!(!request["url"].as_str().unwrap().contains(['{', '}']), "{request}");
        let ran = environment.run(line().chain(["--mock".to_owned()])).ok();
        assert_eq!(ran.stderr, "", "the mock found something wrong: {ran}");
    }
    assert!(!Path::new(plugins).join("stripe").join(INDEX).exists(), "the index is no part of the example");
}
