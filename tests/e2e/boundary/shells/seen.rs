//! Characters that nobody sees, or that turn the direction of a text: in scripts, names and help.

use std::fs;

use crate::environment::{TestEnvironment, files_below};

/// One of each kind; none of them joins anything here.
const UNSEEN: &str = "\u{200b}\u{200d}\u{200e}\u{202e}\u{2066}\u{2060}\u{61c}\u{180e}\u{ad}\u{feff}\u{fff9}\u{e0041}\u{fe0f}\u{3164}\u{115f}";

fn document() -> String {
    let text = |text: &str| serde_json::to_string(&text.replace('*', UNSEEN)).unwrap();
    format!(
        "openapi: 3.0.3\ninfo: {{title: {}, version: {}, description: {}}}\nservers: [{{url: 'https://api.example'}}]\n\
         tags: [{{name: notes, description: {}}}]\npaths:\n  /notes:\n    get:\n      tags: [notes]\n      operationId: {}\n      \
         summary: {}\n      parameters:\n        - {{name: {}, in: query, description: {}, schema: {{type: string, enum: [{}, plain]}}}}\n        \
         - {{name: greeting, in: query, description: {}, schema: {{type: string}}}}\n      responses: {{'200': {{description: ok}}}}\n",
        text("My* API"),
        text("1*"),
        text("a* b"),
        text("Notes* of all"),
        text("list*Notes"),
        text("Lists* them"),
        text("e*mail"),
        text("The* address"),
        text("wo*rk"),
        text("می\u{200c}خواهم and 👨\u{200d}👩\u{200d}👧 and ❤\u{fe0f}"),
    )
}

fn has_unseen(text: &str) -> bool {
    // What joins is in one description, and looked for there.
    text.chars().any(|c| UNSEEN.contains(c) && !matches!(c, '\u{200d}' | '\u{fe0f}'))
}

#[test]
fn what_nobody_sees_is_in_no_comment_name_or_help() {
    let environment = TestEnvironment::generated("seen", &document());
    for (path, content) in files_below(environment.plugins()) {
        let text = String::from_utf8(content).unwrap();
        // The document itself is a copy, and facts hold wire names.
        if !path.to_string_lossy().contains(".generated") {
            assert!(!has_unseen(&text), "{}: {text:?}", path.display());
            assert!(!text.contains("a\u{200d}") && !text.contains("e\u{fe0f}"), "{text:?}");
        }
    }
    let help = environment.line("seen notes list --help").ok().stdout_text();
    assert!(!has_unseen(&help) && help.contains("--email"), "{help}");
    // What has to be typed is shown as it can be written down ...
    assert!(help.contains("wo\\u{200b}\\u{200d}\\u{200e}\\u{202e}") && help.contains("plain"), "{help}");
    // ... and what joins letters or emoji belongs to them.
    assert!(help.contains("می\u{200c}خواهم and 👨\u{200d}👩\u{200d}👧 and ❤\u{fe0f}"), "{help}");
    for line in [
        "--help",
        "seen --help",
        "plugins list",
        "plugins info seen",
        "commands seen",
        "seen notes list --body-template",
        "schema seen notes list",
    ] {
        let ran = environment.line(line);
        assert!(!has_unseen(&ran.stdout_text()) && !has_unseen(&ran.stderr), "{line}: {ran}");
    }
    let refused = environment.run(["seen", "notes", "list", &format!("--email=x{UNSEEN}")]).fails(2);
    assert!(!has_unseen(&refused.stderr), "{refused}");
    // The very value is sent.
    let value = format!("wo{UNSEEN}rk");
    environment.run(["seen", "notes", "list", "--email", &value, "--dry-run"]).ok().prints("wo%E2%80%8B");
}

/// A plugin's folder says what it likes.
#[test]
fn scripts_and_facts_cannot_hide_anything_in_help() {
    let environment = TestEnvironment::generated("seen", &document());
    environment.edit(
        "seen/.generated/facts.jsonl",
        "\"name\":\"email\"",
        &format!("\"name\":\"e{UNSEEN}mail\""),
    );
    let script = environment.plugin("seen/notes.rhai");
    let text = fs::read_to_string(&script).unwrap().replacen("/// ", &format!("/// hid{UNSEEN}den "), 1);
    fs::write(&script, text.replacen("//! ", &format!("//! turn{UNSEEN}ed "), 1)).unwrap();
    for line in [
        "seen --help",
        "seen notes --help",
        "seen notes list --help",
        "commands seen",
        "__complete seen ",
        "__complete seen notes ",
    ] {
        let ran = environment.run(line.split(' '));
        assert!(!has_unseen(&ran.stdout_text()) && !has_unseen(&ran.stderr), "{line}: {ran}");
    }
    environment.line("seen notes list --help").ok().prints("--e\\u{200b}");
}

/// Data of a server is nobody's to change.
#[test]
fn data_is_left_alone() {
    let environment = TestEnvironment::generated("seen", &document());
    let script = format!("fn list(flags) {{ #{{ text: \"a{UNSEEN}b\" }} }}\n");
    environment.script("seen/notes.rhai", &script);
    let ran = environment.line("seen notes list").ok();
    assert_eq!(ran.json()["text"], format!("a{UNSEEN}b"));
}
