//! Documents that are broken, hostile or huge: a clear error, nothing written, nothing lost.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::environment::{TestEnvironment, files_below, repository};

const GOOD: &str = "openapi: 3.0.3
info: { title: Good, version: '1' }
servers: [{ url: https://api.example.com }]
paths: { /things: { get: { summary: List things, responses: { '200': { description: Fine. } } } } }
";

/// Generates from `document`, over a good plugin of the same name; the error, once nothing is seen to be lost.
#[track_caller]
fn refused(document: &[u8]) -> crate::environment::Ran {
    let environment = TestEnvironment::generated("bad", GOOD);
    let before = files_below(environment.root());
    let path = environment.write("bad.yaml", document);
    let started = Instant::now();
    let ran = environment.run(["gen".as_ref(), path.as_os_str()]).fails(1);
    assert!(started.elapsed() < Duration::from_secs(20), "{ran}");
    fs::write(path, GOOD).unwrap();
    assert!(files_below(environment.root()) == before, "something was written: {ran}");
    environment.line("bad things list --mock").ok();
    ran
}

#[test]
fn a_file_that_is_no_yaml() {
    refused(b"a: [1, 2\nb: {").says("bad.yaml").says(" --> ");
    refused(b"openapi: 3.0.3\ninfo:\n  title: x\n bad indent: 1\n").says("bad.yaml:4");
    refused(b"\tkey: value\n").says("bad.yaml:1");
    refused(b"{\"openapi\": \"3.0.3\", \"info\": {\"title\": ]}").says("bad.yaml:1:40").says("^");
    refused(b"\x7fELF\x02\x01\x01\x00\xff\xfe\xfd").says("UTF-8");
    refused(&[0; 4096]);
}

#[test]
fn a_file_that_is_no_openapi() {
    for document in [
        "just text",
        "- 1\n- 2\n",
        "a: 1\n",
        "{}",
        "42",
        "null",
        "version: '3'\nservices: {}\n",
        "openapi: 3.0.3\n",
        "openapi: [3]\ninfo: {}\npaths: {}\n",
        "openapi: 9.9.9\ninfo: { title: x, version: '1' }\npaths: {}\n",
    ] {
        refused(document.as_bytes()).says("OpenAPI");
    }
}

#[test]
fn an_empty_file() {
    for document in ["", "   \n\n", "\u{feff}"] {
        refused(document.as_bytes()).says("empty");
    }
    refused(b"# nothing but words\n");
}

#[test]
fn a_file_of_100_megabytes() {
    let environment = TestEnvironment::new();
    let path = environment.write("huge.yaml", GOOD);
    // Sparse: it takes no room.
    File::options().write(true).open(&path).unwrap().set_len(100 << 20).unwrap();
    let started = Instant::now();
    environment.run(["gen".as_ref(), path.as_os_str()]).fails(1).says("96 MiB").says("huge.yaml");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(files_below(environment.plugins()).is_empty());
    environment.run(["gen", "/dev/zero"]).fails(1).says("96 MiB");
}

#[test]
fn a_billion_laughs() {
    let mut document =
        String::from("openapi: 3.0.3\ninfo: { title: x, version: '1' }\npaths: {}\nx0: &x0 [ha, ha]\n");
    for n in 1..40 {
        let before = n - 1;
        document.push_str(&format!("x{n}: &x{n} [*x{before}, *x{before}, *x{before}, *x{before}, *x{before}, *x{before}, *x{before}, *x{before}, *x{before}]\n"));
    }
    refused(document.as_bytes()).says("bad.yaml");
    // Few aliases to much text.
    let text = "x".repeat(1 << 20);
    let aliases = "*x, ".repeat(4000);
    refused(
        format!(
            "openapi: 3.0.3\ninfo: {{ title: x, version: '1' }}\npaths: {{}}\nx: &x {text}\ny: [{aliases}1]\n"
        )
        .as_bytes(),
    );
    refused(b"a: &a [*a]\n");
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        refused(deep.as_bytes());
        refused(
            format!("openapi: 3.0.3\ninfo: {{ title: x, version: '1' }}\npaths: {{}}\nx: {deep}\n")
                .as_bytes(),
        );
        refused(format!("{{\"openapi\": \"3.0.3\", \"info\": {{\"title\": \"x\", \"version\": \"1\"}}, \"paths\": {{}}, \"x\": {deep}}}").as_bytes());
    }
    let mut blocks = String::from("openapi: 3.0.3\n");
    for n in 0..3_000 {
        blocks.push_str(&format!("{}a:\n", " ".repeat(n)));
    }
    refused(blocks.as_bytes());
    refused(format!("{}x", "- ".repeat(100_000)).as_bytes());
}

#[test]
fn deep_schemas_and_long_chains_of_references_end() {
    let deep = format!("{}{{type: string}}{}", "{type: object, properties: {a: ".repeat(40), "}}".repeat(40));
    let mut document = format!(
        "{GOOD}components:\n  schemas:\n    Deep: {deep}\n    S0: {{type: object, properties: {{last: {{type: string}}}}}}\n"
    );
    for n in 1..2_000 {
        document.push_str(&format!("    S{n}: {{$ref: '#/components/schemas/S{}'}}\n", n - 1));
    }
    // Each schema is two of the one before: a tree of 2^200 leaves.
    document.push_str("    T0: {type: string}\n");
    for n in 1..200 {
        let below = format!("{{$ref: '#/components/schemas/T{}'}}", n - 1);
        document.push_str(&format!(
            "    T{n}: {{type: object, properties: {{l: {below}, r: {below}}}, allOf: [{below}, {below}]}}\n"
        ));
    }
    document = document.replace(
        "paths: { ",
        "paths: { /body: { post: { requestBody: { content: { application/json: { schema: { type: object, properties: { deep: { $ref: '#/components/schemas/Deep' }, chain: { $ref: '#/components/schemas/S1999' }, tree: { $ref: '#/components/schemas/T199' } } } } } }, responses: { '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/T199' } } } } } } }, ",
    );
    let environment = TestEnvironment::new();
    let started = Instant::now();
    let ran = environment.generate("deep", &document).ok();
    assert_eq!((&ran.json()["operations"], &ran.json()["commands"]), (&2.into(), &2.into()));
    environment.line("check deep").ok();
    environment.line("deep body create --help-all").ok();
    environment.line("deep body create --mock").ok();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_title_of_dots_stays_in_the_plugins_folder() {
    for title in ["../../etc", "..", ".", "/etc/passwd", "a/b\\c", "C:\\x", "", "   ", "\\0", "con", "é/日本"]
    {
        let environment = TestEnvironment::new();
        let document = GOOD.replace("title: Good", &format!("title: {}", serde_json::Value::from(title)));
        let ran = environment.run_with_input(["gen", "-", "--json"], document);
        if ran.code == Some(0) {
            let name = ran.json()["plugin"].as_str().unwrap().to_owned();
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'),
                "{title}: {name}"
            );
            assert!(environment.plugin(&name).join("plugin.toml").is_file(), "{title}: {ran}");
        } else {
            ran.fails(2).says("--name");
        }
        let outside = outside(&environment);
        assert!(outside.is_empty(), "{title}: {outside:?}");
    }
}

/// Files that are neither below the plugins nor the record of what was agreed to for one.
fn outside(environment: &TestEnvironment) -> Vec<PathBuf> {
    let kept = Path::new("home/data/apicli/credentials/agreed");
    let paths = files_below(environment.root()).into_iter().map(|(path, _)| path);
    paths.filter(|path| !path.starts_with("plugins") && path.parent() != Some(kept)).collect()
}

#[test]
fn a_name_that_cannot_be_a_plugins() {
    let environment = TestEnvironment::new();
    let path = environment.write("good.yaml", GOOD);
    for name in ["gen", "auth", "help", "plugins", "completions", "../x", "a/b", "-x", ".x", "A B", "", "é"]
    {
        environment.run(["gen".as_ref(), path.as_os_str(), format!("--name={name}").as_ref()]).fails(2);
        assert!(files_below(environment.plugins()).is_empty(), "{name}");
    }
    // A file's name is no more of a choice than the person made it.
    let path = environment.write("gen.yaml", GOOD);
    let ran = environment.run(["gen".as_ref(), path.as_os_str()]);
    if ran.code != Some(0) {
        ran.fails(2).says("--name");
    }
    assert!(!environment.plugin("gen").exists());
}

#[test]
fn a_document_that_cannot_be_read() {
    let environment = TestEnvironment::new();
    environment.line("gen nowhere.yaml").fails(1).says("nowhere.yaml");
    environment.line("gen .").fails(1);
    environment.line("gen http://127.0.0.1:1/x.yaml").fails(6);
    environment.line("gen http://").fails(2);
    environment.line("gen").fails(2);
    let server = crate::server::Server::json(404, "{}");
    environment.line(&format!("gen {}/x.yaml", server.url())).fails(4).says("404");
    assert!(files_below(environment.plugins()).is_empty());
}

#[test]
fn text_of_a_document_never_becomes_code_or_reaches_the_terminal_raw() {
    let environment = TestEnvironment::new();
    let spec = fs::read_to_string(repository("specs/quirks/hostile-text.yaml")).unwrap();
    let ran = environment.run_with_input(["gen", "-"], spec.clone()).ok();
    assert_printable(&ran);
    let name = fs::read_dir(environment.plugins())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| !name.starts_with('.'))
        .unwrap();
    let ran = environment.run_with_input(["gen", "-", "--json"], spec).ok();
    assert_printable(&ran);
    assert_eq!(ran.json()["operations"], 3);
    assert_printable(&environment.line(&format!("check {name}")).ok());
    let outside = outside(&environment);
    assert!(outside.is_empty(), "{outside:?}");
    // Only functions that stand for operations are there.
    let commands = environment.line(&format!("commands {name} --json")).ok();
    let list = commands.json();
    assert_eq!(list.as_array().unwrap().len() as u64, ran.json()["commands"].as_u64().unwrap());
    for (path, content) in files_below(&environment.plugin(&name)) {
        let text = String::from_utf8(content).unwrap();
        if path.extension().is_some_and(|ending| ending == "rhai") {
            for c in text.chars() {
                assert!(c == '\n' || !c.is_control(), "{}: {c:?}", path.display());
                assert!(
                    !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
                    "{}: {c:?}",
                    path.display()
                );
            }
            for line in
                text.lines().filter(|line| line.contains("fn ") && !line.trim_start().starts_with("//"))
            {
                assert!(
                    list.as_array().unwrap().iter().any(|one| {
                        let word = one["command"]
                            .as_array()
                            .unwrap()
                            .last()
                            .unwrap()
                            .as_str()
                            .unwrap()
                            .replace('-', "_");
                        line.starts_with(&format!("fn {word}")) || line.starts_with(&format!("fn {word}_"))
                    }) || !line.starts_with("fn "),
                    "{line}"
                );
            }
        }
    }
    assert_printable(&environment.line(&format!("commands {name}")).ok());
    assert_printable(&environment.line(&format!("plugins info {name}")).ok());
    assert_printable(&environment.line("plugins list").ok());
    assert_printable(&environment.line("--help").ok());
    assert_printable(&environment.line(&format!("{name} --help")).ok());
    for command in list.as_array().unwrap() {
        let words: Vec<&str> =
            command["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        assert_printable(
            &environment
                .run([name.as_str()].into_iter().chain(words.iter().copied()).chain(["--help-all"]))
                .ok(),
        );
        let positionals =
            command["args"].as_array().unwrap().iter().filter(|arg| arg["kind"] == "positional").map(|_| "x");
        let line = [name.as_str()].into_iter().chain(words.iter().copied()).chain(positionals);
        assert_printable(&environment.run(line.clone().chain(["--dry-run"])).ok());
        assert_printable(&environment.run(line.chain(["--curl"])).ok());
    }
    let path =
        environment.write("hostile.yaml", fs::read(repository("specs/quirks/hostile-text.yaml")).unwrap());
    let ran = environment.run(["validate".as_ref(), path.as_os_str()]);
    assert_printable(&ran);
}

/// No control character but the line feed, and nothing that turns the direction of writing.
#[track_caller]
fn assert_printable(ran: &crate::environment::Ran) {
    for text in [ran.stdout_text(), ran.stderr.clone()] {
        for c in text.chars() {
            assert!(
                c == '\n'
                    || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')),
                "{c:?} is shown raw: {ran}"
            );
        }
    }
}

#[test]
fn a_broken_operation_costs_only_itself() {
    let environment = TestEnvironment::new();
    let ran = environment
        .run(["gen".as_ref(), repository("specs/quirks/bad-operations.yaml").as_os_str(), "--json".as_ref()])
        .ok();
    let report = ran.json();
    let skipped = report["skipped"].as_array().unwrap();
    assert_eq!(
        (report["operations"].as_u64(), report["commands"].as_u64(), skipped.len()),
        (Some(19), Some(5), 14),
        "{ran}"
    );
    for one in skipped {
        assert!(one["pointer"].as_str().unwrap().starts_with("#/paths/"), "{one}");
        assert!(!one["reason"].as_str().unwrap().is_empty() && one["operation"].is_string(), "{one}");
    }
    environment.line("bad-operations good list --mock").ok();
    environment.line("bad-operations good get x --mock").ok();
    environment.run(["validate".as_ref(), repository("specs/quirks/bad-operations.yaml").as_os_str()]);
}

#[test]
fn a_place_that_cannot_be_written_to() {
    let environment = TestEnvironment::new();
    let path = environment.write("good.yaml", GOOD);
    let file = environment.write("a-file", "mine");
    let below = file.join("plugins");
    environment
        .run(["gen".as_ref(), path.as_os_str(), "--plugins-dir".as_ref(), below.as_os_str()])
        .fails(1)
        .says("a-file");
    environment
        .run(["gen".as_ref(), path.as_os_str(), "--plugins-dir".as_ref(), file.as_os_str()])
        .fails(1)
        .says("a-file");
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
    environment
        .run(["gen".as_ref(), path.as_os_str(), "--plugins-dir".as_ref(), "/proc/apicli".as_ref()])
        .fails(1)
        .says("/proc/apicli");
}

#[test]
fn standard_output_that_is_full_or_closed() {
    let environment = TestEnvironment::stripe();
    for line in ["commands stripe --json", "stripe customers list --dry-run", "--help"] {
        let mut command = environment.other_program("/bin/sh");
        command.args(["-c", &format!("exec '{}' {line} >/dev/full", crate::environment::PROGRAM)]);
        crate::environment::finish(command, "").fails(1).says("No space left");
    }
    // Whoever reads has seen enough: `apicli ... | head`.
    let mut child = environment
        .command()
        .args(["commands", "stripe", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
