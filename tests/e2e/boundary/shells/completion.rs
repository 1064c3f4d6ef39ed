//! TAB and Enter: what is inserted is one word, whose value is exactly the candidate, whatever a document or a script says.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::terminal::Terminal;
use super::{HOSTILE, shells};
use crate::environment::{PROGRAM, TestEnvironment};

/// A plugin whose every place that completes has a hostile value, and a stand-in for the program that writes its arguments
/// down and leaves completion to the program itself.
struct Desk {
    environment: TestEnvironment,
    terminal: Terminal,
    shell: &'static str,
    ran: usize,
}

impl Desk {
    fn new(shell: &'static str) -> Self {
        let environment = TestEnvironment::generated("hostile", &document());
        // A name that no generation makes.
        environment.edit(
            "hostile/.generated/facts.jsonl",
            "\"name\":\"poisoned\"",
            r#""name":"poisoned;touch${IFS}PWNED;$(touch PWNED)'\"""#,
        );
        environment.edit(
            "hostile/.generated/facts.jsonl",
            "\"name\":\"hidden\"",
            "\"name\":\"hid\u{200b}den\"",
        );
        let bin = environment.root().join("bin");
        fs::create_dir(&bin).unwrap();
        let stand_in = format!(
            "#!/bin/sh\ncase $1 in __complete | completions) exec {PROGRAM} \"$@\" ;; esac\n\
             echo >>../count\nprintf '%s\\0' \"$@\" >../got\necho \"RAN-$(wc -l <../count)-END\"\n"
        );
        fs::write(bin.join("apicli"), stand_in).unwrap();
        fs::set_permissions(bin.join("apicli"), fs::Permissions::from_mode(0o755)).unwrap();
        let settings = match shell {
            "bash" => "PS1='READY> '\nsource <(apicli completions bash)\n",
            "zsh" => {
                "PS1='READY> '\nautoload -Uz compinit; compinit -u -D\nsource <(apicli completions zsh)\n"
            }
            _ => {
                "function fish_prompt; echo -n 'READY> '; end\nset fish_greeting\napicli completions fish | source\n"
            }
        };
        let mut terminal = Terminal::start(shell, &environment, &bin.display().to_string(), settings);
        terminal.wait_for("READY> ");
        Self { environment, terminal, shell, ran: 0 }
    }

    /// Types `keys` and Enter; the words that the program got.
    #[track_caller]
    fn got(&mut self, keys: &str) -> Vec<String> {
        self.ran += 1;
        self.terminal.keys(keys);
        self.terminal.keys("\r");
        self.terminal.wait_for(&format!("RAN-{}-END", self.ran));
        let got = fs::read_to_string(self.environment.root().join("got")).unwrap();
        let written = self.environment.root().join("work/PWNED");
        assert!(!written.exists(), "{}: `{keys:?}` ran code", self.shell);
        got.strip_suffix('\0').unwrap().split('\0').map(str::to_owned).collect()
    }

    #[track_caller]
    fn gives(&mut self, keys: &str, expected: &str, last: &str) {
        let expected: Vec<&str> = expected.split_whitespace().chain([last]).collect();
        assert_eq!(self.got(keys), expected, "{}: {keys:?}", self.shell);
    }
}

fn document() -> String {
    let mut text = "openapi: 3.0.3\ninfo: {title: 'H $(touch PWNED) %B%{ `touch PWNED`', version: '1'}\n\
                    servers: [{url: 'http://127.0.0.1:9'}]\npaths:\n  /notes:\n    get:\n      \
                    summary: \"$(touch PWNED) %F{red} `touch PWNED` \\u202e\"\n      parameters:\n"
        .to_owned();
    for (n, value) in HOSTILE.iter().enumerate() {
        let value = serde_json::to_string(value).unwrap();
        let help = "\"$(touch PWNED) %{%} `touch PWNED`\\e[31m\"";
        let _ = writeln!(
            text,
            "        - {{name: v{n}x, in: query, description: {help}, schema: {{type: string, enum: [{value}]}}}}"
        );
    }
    text.push_str(
        r#"        - {name: two, in: query, schema: {type: string, enum: ["$(touch PWNED)1", "$(touch PWNED)2'"]}}
        - {name: mixed, in: query, schema: {type: string, enum: ["same", "same$(touch PWNED)", "same two"]}}
        - {name: unseen, in: query, schema: {type: string, enum: ["good", "bad\u200b", "\u202ebad", "ba\u001bd", "b\nd", "b\td"]}}
        - {name: poisoned, in: query, schema: {type: string}}
        - {name: hidden, in: query, schema: {type: string}}
  /things/{kind}:
    get:
      parameters: [{name: kind, in: path, required: true, schema: {type: string, enum: ["$(touch PWNED);x"]}}]
  /files/{kind}:
    get:
      parameters: [{name: kind, in: path, required: true, schema: {type: string, enum: ["it's $(touch PWNED)"]}}]
"#,
    );
    text
}

fn every_place(shell: &'static str) {
    if shells(&[shell], "completion of hostile values").is_empty() {
        return;
    }
    let mut desk = Desk::new(shell);
    let list = "hostile notes list";
    for (n, value) in HOSTILE.iter().enumerate() {
        let flag = format!("--v{n}x");
        // fish leaves a `~` at the beginning to its person.
        if shell == "fish" && value.starts_with('~') {
            assert_eq!(desk.got(&format!("apicli {list} {flag} \t")).last(), Some(&flag));
        } else {
            desk.gives(&format!("apicli {list} {flag} \t"), &format!("{list} {flag}"), value);
        }
        desk.gives(&format!("apicli {list} {flag}=\t"), list, &format!("{flag}={value}"));
        for quote in ["'", "\""] {
            desk.gives(&format!("apicli {list} {flag} {quote}\t"), &format!("{list} {flag}"), value);
        }
        // The beginning of it is typed already.
        let first: String = value.chars().take(1).collect();
        if !"'\\-".contains(&first) {
            desk.gives(&format!("apicli {list} {flag} '{first}\t"), &format!("{list} {flag}"), value);
            if first.is_ascii() {
                let escape = if first.chars().all(char::is_alphanumeric) { "" } else { "\\" };
                desk.gives(
                    &format!("apicli {list} {flag} {escape}{first}\t"),
                    &format!("{list} {flag}"),
                    value,
                );
            }
        }
    }
    // Values with a common beginning, which is inserted; the rest is typed and completed.
    desk.gives(&format!("apicli {list} --two \t2\t"), &format!("{list} --two"), "$(touch PWNED)2'");
    desk.gives(&format!("apicli {list} --two '\t1\t"), &format!("{list} --two"), "$(touch PWNED)1");
    desk.gives(&format!("apicli {list} --mixed '\t$\t"), &format!("{list} --mixed"), "same$(touch PWNED)");
    // What cannot be seen or typed is left out, so that one is left.
    desk.gives(&format!("apicli {list} --unseen \t"), &format!("{list} --unseen"), "good");
    // Positionals, flags, commands, groups, plugins.
    desk.gives(
        "apicli hostile things get $(t\t".replace("$(t", "'$(t").as_str(),
        "hostile things get",
        "$(touch PWNED);x",
    );
    desk.gives("apicli hostile files get it\t", "hostile files get", "it's $(touch PWNED)");
    let poisoned = "--poisoned;touch${IFS}PWNED;$(touch PWNED)'\"";
    desk.gives(&format!("apicli {list} --poi\t"), list, poisoned);
    desk.gives("apicli hostile notes li\t", "hostile notes", "list");
    desk.gives("apicli hostile no\t", "hostile", "notes");
    desk.gives("apicli hos\t", "", "hostile");
    desk.gives("apicli schema hos\t", "schema", "hostile");
    desk.gives("apicli auth login hos\t", "auth login", "hostile");
    // Words before the cursor are read as the shell reads them.
    desk.gives("apicli 'hostile' \"no\"tes li\\st --v0x \t", &format!("{list} --v0x"), HOSTILE[0]);
    // Several candidates are listed with their help, which does nothing either.
    desk.terminal.keys(&format!("apicli {list} --v1\t\t"));
    desk.terminal.wait_for("--v10x");
    desk.terminal.keys("\x15");
    desk.gives("apicli hostile no\t", "hostile", "notes");
    let screen = String::from_utf8_lossy(desk.terminal.screen()).into_owned();
    assert!(!screen.contains("\u{1b}[31m") && !screen.contains('\u{202e}'), "{screen:?}");
}

#[test]
fn bash_inserts_what_does_nothing() {
    every_place("bash");
}

#[test]
fn zsh_inserts_what_does_nothing() {
    every_place("zsh");
}

#[test]
fn fish_inserts_what_does_nothing() {
    every_place("fish");
}

/// The protocol: candidates as they are, one a line; nothing that cannot be seen, no folder or file that is no name.
#[test]
fn candidates_are_lines_of_what_can_be_seen() {
    let environment = TestEnvironment::generated("hostile", &document());
    environment.edit("hostile/.generated/facts.jsonl", "\"name\":\"hidden\"", "\"name\":\"hid\u{200b}den\"");
    let ask = |words: &[&str]| environment.run(["__complete"].iter().chain(words)).ok().stdout_text();
    for name in ["$(touch x)", "a b", "e\u{200b}f"] {
        environment.script(&format!("hostile/{name}.rhai"), "//! It.\nfn list() { 1 }\n");
    }
    let groups = ask(&["hostile", ""]);
    let names: Vec<&str> = groups.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(names, ["files", "notes", "things"]);
    let unseen = ask(&["hostile", "notes", "list", "--unseen", ""]);
    assert_eq!(unseen, "good\t\n");
    let flags = ask(&["hostile", "notes", "list", "--"]);
    assert!(!flags.contains("hid") && flags.contains("--two"), "{flags}");
    assert!(!flags.contains('\u{1b}') && flags.lines().all(|line| line.starts_with("--")), "{flags}");
    // In the same word as its flag; a switch and an unknown flag have none.
    assert_eq!(ask(&["hostile", "notes", "list", "--v0x=$("]), "--v0x=$(touch PWNED)\t\n");
    assert_eq!(ask(&["hostile", "notes", "list", "--output="]), "--output=json\t\n--output=raw\t\n");
    for flag in ["--dry-run=", "--none="] {
        assert_eq!(ask(&["hostile", "notes", "list", flag]), "");
    }
    // And they can be typed: the value that was completed is one.
    environment
        .run(["hostile", "notes", "list", "--v0x=$(touch PWNED)", "--dry-run"])
        .ok()
        .prints("v0x=%24%28touch%20PWNED%29");
}
