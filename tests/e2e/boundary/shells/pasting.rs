//! `--curl` in the real shells: a stand-in for curl gets what the request has, byte for byte.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use apicli::http::{Body, File, Part, PartContent, Request, Source, curl, encoding, wire_body};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::terminal::Terminal;
use super::{HOSTILE, shells};
use crate::environment::{TestEnvironment, finish};

const SHELLS: &[&str] = &["dash", "bash", "zsh", "fish"];

/// Values that no terminal should get as they are, beside those of [`HOSTILE`].
const UNSEEN: &[&str] = &[
    "\u{202e}';touch PWNED;#",
    "line\nfeed",
    "ends\n",
    "\n\n",
    "!\n!ls\n'",
    "tab\there",
    "cr\r\n",
    "\u{1b}]0;title\u{7}",
    "e\u{200b}mail\u{feff}",
    "\u{200e}%s%d%%\\101",
    "\u{202e}\\\"'!$(touch PWNED)`touch PWNED`",
    "\u{85}\u{9b}31m",
    "\u{e0041}7",
    "-\u{200b}n",
    "nul\0nul",
    "می\u{200c}خواهم 👨\u{200d}👩\u{200d}👧",
    "\u{f8ff}\u{f601}\u{fdd0}",
    "",
];

/// What the stand-in is to get: some of its arguments, and its input.
struct Expected {
    words: Vec<Vec<u8>>,
    input: Option<Vec<u8>>,
}

/// A request for every place that a value can have, and what has to arrive.
fn requests(value: &str) -> Vec<(String, Expected)> {
    let base = Request {
        method: "POST".into(),
        base: "https://api.example".into(),
        path: "/up".into(),
        query: vec![],
        headers: vec![],
        body: Body::Empty,
        credentials: vec![],
    };
    let mut all = Vec::new();
    let mut add = |request: Request, words: &[&[u8]], input: Option<Vec<u8>>| {
        // What could not be sent has no command.
        let Ok(command) = curl(&request) else { return };
        let words = words.iter().map(|word| word.to_vec()).collect();
        all.push((command, Expected { words, input }));
    };
    let query = vec![("q".to_owned(), encoding::encode_value(value))];
    let path = format!("/up/{}", encoding::encode_value(value));
    let request = Request { query, path, ..base.clone() };
    let url = request.url();
    add(request, &[url.as_bytes()], None);
    if !value.trim().is_empty() {
        for name in ["x-a", "cookie"] {
            let header = format!("{name}: {value}");
            add(
                Request { headers: vec![(name.into(), value.into())], ..base.clone() },
                &[header.as_bytes()],
                None,
            );
        }
    }
    for content_type in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
        let text = match content_type {
            "application/json" => serde_json::json!({ "text": value, value: 1 }).to_string(),
            "text/plain" => value.to_owned(),
            _ => format!("text={}", encoding::encode_value(value)),
        };
        let body = Body::Bytes { content_type: content_type.into(), bytes: text.clone().into_bytes() };
        let header = format!("content-type: {content_type}");
        add(Request { body, ..base.clone() }, &[header.as_bytes()], Some(text.into_bytes()));
    }
    if !value.contains(['\0', '/']) && !value.is_empty() {
        let source = Source::Path(PathBuf::from("dir").join(value));
        let body = Body::Streamed { content_type: "a/b".into(), source };
        add(Request { body, ..base.clone() }, &[format!("@dir/{value}").as_bytes()], None);
    }
    let mut form = |part: Part, words: &[&[u8]]| {
        let body = Body::Multipart { content_type: "multipart/form-data".into(), parts: vec![part] };
        let whole = wire_body(&body).ok().flatten().map(|(_, bytes)| bytes);
        add(Request { body, ..base.clone() }, words, whole.filter(|_| words.is_empty()));
    };
    let text = |name: &str, text: &str| Part {
        name: name.into(),
        content_type: None,
        content: PartContent::Text(text.into()),
    };
    let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    if value.contains('\0') {
        form(text("a", value), &[]);
    } else if value.ends_with('\n') {
        form(text("a", value), &[format!("a={quoted}").as_bytes()]);
    } else {
        form(text("a", value), &[b"--form-string", format!("a={value}").as_bytes()]);
    }
    // A name that curl would cut at its `=` is sent as bytes.
    form(text(&format!("{value}=x"), "v"), &[]);
    if !value.contains(['\0', '/']) && !value.is_empty() {
        let path = PathBuf::from("dir").join(value);
        if !value.chars().any(|c| c.is_ascii_control()) {
            let plain = !value.contains([';', ',', '"', '\\']) && !value.ends_with(' ');
            let word = if plain { format!("f=@dir/{value}") } else { format!("f=@\"dir/{}", &quoted[1..]) };
            let file = File { path, name: value.to_owned(), piped: None };
            let part = Part { name: "f".into(), content_type: None, content: PartContent::File(file) };
            form(part, &[word.as_bytes()]);
        }
    }
    all
}

/// Generated values: pieces that shells, `printf`, curl and terminals know, in any order; the same ones every time.
fn generated(count: usize) -> Vec<String> {
    let pieces = proptest::sample::select(vec![
        "'",
        "\"",
        "\\",
        "$",
        "`",
        "!",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "*",
        "?",
        "~",
        "#",
        "&",
        ";",
        "|",
        "<",
        ">",
        "=",
        "%",
        "^",
        ",",
        ":",
        "@",
        "-",
        " ",
        "  ",
        "\n",
        "\t",
        "\r",
        "\u{1b}",
        "\u{7f}",
        "\u{202e}",
        "\u{200b}",
        "\u{e0041}",
        "é",
        "名",
        "\u{a0}",
        "\u{80}",
        "a",
        "0",
        "7",
        "n",
        "$(touch PWNED)",
        "`touch PWNED`",
        ";touch PWNED;",
        "%s",
        "\\n",
        "\\0",
        "$TOKEN",
        "\0",
    ]);
    let mut runner = TestRunner::deterministic();
    let values = proptest::collection::vec(pieces, 1..12).prop_map(|pieces| pieces.concat());
    (0..count).map(|_| values.new_tree(&mut runner).unwrap().current()).collect()
}

/// A stand-in for curl that adds its arguments, and its input where it is told to read one, to a file.
fn stand_in(environment: &TestEnvironment) -> PathBuf {
    let bin = environment.root().join("bin");
    fs::create_dir(&bin).unwrap();
    let got = environment.root().join("got");
    let script = format!(
        "#!/bin/sh\n{{ printf '%s\\0' \"$#\" \"$@\"; case \"$*\" in *' @-') cat | od -An -v -tx1 | tr -d ' \\n';; esac; printf '\\0'; }} >>'{}'\n",
        got.display()
    );
    fs::write(bin.join("curl"), script).unwrap();
    fs::set_permissions(bin.join("curl"), fs::Permissions::from_mode(0o755)).unwrap();
    bin
}

/// Arguments and input of one call.
type Call = (Vec<Vec<u8>>, Vec<u8>);

/// What the stand-in wrote: arguments and input of each call.
fn calls(got: &Path) -> Vec<Call> {
    let bytes = fs::read(got).unwrap();
    let mut fields = bytes.split(|byte| *byte == 0);
    let mut calls = Vec::new();
    while let Some(count) = fields.next().filter(|field| !field.is_empty()) {
        let count: usize = std::str::from_utf8(count).unwrap().parse().unwrap();
        let words = (0..count).map(|_| fields.next().unwrap().to_vec()).collect();
        let hex = std::str::from_utf8(fields.next().unwrap()).unwrap();
        let input =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        calls.push((words, input));
    }
    calls
}

#[track_caller]
fn compare(shell: &str, asked: &[(String, Expected)], calls: &[Call]) {
    for ((command, expected), (words, input)) in asked.iter().zip(calls) {
        let shown: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
        for word in &expected.words {
            assert!(
                words.contains(word),
                "{shell}: {command}\n{:?} is not in {shown:?}",
                String::from_utf8_lossy(word)
            );
        }
        if let Some(bytes) = &expected.input {
            let got = if words.last().unwrap() == b"@-" { input } else { words.last().unwrap() };
            assert_eq!(String::from_utf8_lossy(got), String::from_utf8_lossy(bytes), "{shell}: {command}");
            assert_eq!(got, bytes, "{shell}: {command}");
        }
    }
    assert_eq!(calls.len(), asked.len(), "{shell} called curl another number of times");
}

#[test]
fn every_shell_reads_what_the_request_has() {
    let mut values: Vec<String> = HOSTILE.iter().chain(UNSEEN).map(|value| (*value).to_owned()).collect();
    values.extend(generated(40));
    let asked: Vec<(String, Expected)> = values.iter().flat_map(|value| requests(value)).collect();
    assert!(asked.len() > 700, "{}", asked.len());
    for (command, _) in &asked {
        // A line feed is one only at the end of a file's name.
        let bad = |c: char| c != '\n' && c.is_control() || matches!(c, '\u{202e}' | '\u{200b}' | '\u{e0041}');
        assert!(!command.chars().any(bad), "{command:?}");
    }
    let script: String = asked.iter().map(|(command, _)| format!("{command}\n")).collect();
    let mut first: Option<Vec<Call>> = None;
    for shell in shells(SHELLS, "what `--curl` prints") {
        let environment = TestEnvironment::new();
        let bin = stand_in(&environment);
        let path = environment.write("script", &script);
        let mut command = environment.other_program(shell);
        command.arg(path).env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("LC_ALL", "C.UTF-8");
        finish(command, "").ok();
        let calls = calls(&environment.root().join("got"));
        compare(shell, &asked, &calls);
        assert!(!environment.root().join("work/PWNED").exists(), "{shell} ran code");
        match &first {
            Some(first) => assert!(*first == calls, "{shell} reads something else"),
            None => first = Some(calls),
        }
    }
}

/// Pasted where a person is: `!` is looked up in the history, a tab completes.
#[test]
fn pasting_at_a_terminal_is_the_same() {
    let values = HOSTILE.iter().chain(UNSEEN).filter(|value| !value.contains('\0'));
    let asked: Vec<(String, Expected)> =
        values.flat_map(|value| requests(value).into_iter().take(8)).collect();
    for shell in shells(SHELLS, "pasting what `--curl` prints") {
        let environment = TestEnvironment::new();
        let bin = stand_in(&environment);
        let settings = match shell {
            "fish" => "function fish_prompt; echo -n 'READY> '; end\nset fish_greeting\n",
            _ => "PS1='READY> '\n",
        };
        let mut terminal = Terminal::start(shell, &environment, &bin.display().to_string(), settings);
        terminal.wait_for("READY> ");
        let mut short = Vec::new();
        for (n, pair) in asked.iter().enumerate().filter(|(_, (command, _))| command.len() < 2000) {
            terminal.keys(&format!("{}\r", pair.0));
            terminal.keys(&format!("printf 'DONE-%s-END\\n' {n}\r"));
            terminal.wait_for(&format!("DONE-{n}-END"));
            short.push(pair);
        }
        let calls = calls(&environment.root().join("got"));
        assert_eq!(calls.len(), short.len(), "{shell}");
        for (pair, call) in short.iter().zip(&calls) {
            compare(shell, std::slice::from_ref(*pair), std::slice::from_ref(call));
        }
        assert!(!environment.root().join("work/PWNED").exists(), "{shell} ran code");
    }
}

/// The program itself, by flags: the same as its dry run says.
#[test]
fn a_command_prints_what_its_dry_run_says() {
    let document = "openapi: 3.0.3\ninfo: {title: C, version: '1'}\nservers: [{url: 'https://api.example'}]\npaths:\n  \
        /up/{p}:\n    post:\n      parameters:\n        - {name: p, in: path, required: true, schema: {type: string}}\n        \
        - {name: X-A, in: header, schema: {type: string}}\n        - {name: q, in: query, schema: {type: string}}\n      \
        requestBody: {content: {text/plain: {schema: {type: string}}}}\n      responses: {'200': {description: ok}}\n";
    let environment = TestEnvironment::generated("c", document);
    let bin = stand_in(&environment);
    let mut script = String::new();
    let mut asked = Vec::new();
    let group = environment.line("commands c").ok().stdout_text();
    let command: Vec<&str> = group.split_whitespace().take(2).collect();
    for value in ["$(touch PWNED)", "\u{202e}';touch PWNED;#", "it's\\", "a\tb"] {
        let words = [value, "--x-a", value, "--q", value, "--body", value];
        let all =
            |last: &'static str| ["c"].into_iter().chain(command.iter().copied()).chain(words).chain([last]);
        let shown = environment.run(all("--dry-run")).ok().json();
        script.push_str(&environment.run(all("--curl")).ok().stdout_text());
        let url = shown["url"].as_str().unwrap().as_bytes().to_vec();
        let body = shown["body"].as_str().unwrap().as_bytes().to_vec();
        assert_eq!(body, value.as_bytes());
        let words = vec![url, format!("x-a: {value}").into_bytes()];
        asked.push((value.to_owned(), Expected { words, input: Some(body) }));
    }
    let path = environment.write("script", script);
    for shell in shells(SHELLS, "what `--curl` prints") {
        let _ = fs::remove_file(environment.root().join("got"));
        let mut command = environment.other_program(shell);
        command.arg(&path).env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        finish(command, "").ok();
        compare(shell, &asked, &calls(&environment.root().join("got")));
        assert!(!environment.root().join("work/PWNED").exists(), "{shell} ran code");
    }
}
