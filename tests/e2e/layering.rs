//! The layers of src/: who may import whom, and who may name which crate.

use std::fs;
use std::path::{Path, PathBuf};

use crate::environment::repository;

/// From the top; a layer imports from those above it only.
const LAYERS: &[&str] = &[
    "model",
    "secret",
    "text",
    "suggest",
    "person",
    "diagnostic",
    "parallel",
    "files",
    "openapi",
    "script",
    "generator",
    "http",
    "credentials",
    "engine",
    "plugins",
    "mock",
    "input",
    "session",
    "output",
    "cli",
];

/// A crate and the only layer that may name it.
const OWNED: &[(&str, &str)] = &[
    ("ureq", "http"),
    ("keyring", "credentials"),
    ("linux_keyutils", "credentials"),
    ("scrypt", "credentials"),
    ("oauth2", "credentials"),
    ("digest_auth", "http"),
    ("rhai", "engine"),
    ("notify", "plugins"),
    ("clap", "cli"),
    ("hyper", "mock"),
    ("tokio", "mock"),
    ("askama", "generator"),
];

/// Every source file below src/ with its layer and its code, comments and texts taken out.
pub(crate) fn sources() -> Vec<(PathBuf, String, String)> {
    fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    let root = repository("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let sources = files.into_iter().map(|path| {
        let relative = path.strip_prefix(&root).unwrap().to_owned();
        let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let layer = first.trim_end_matches(".rs").to_owned();
        let code = code(&fs::read_to_string(&path).unwrap());
        (relative, layer, code)
    });
    sources.collect()
}

/// Source text without comments, strings and characters.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = 2 + hashes;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if c == '"' {
            string(rest)
        } else if c == '\'' && character(rest) > 0 {
            character(rest)
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            // A word is taken whole, so that the `r` of `for` is no raw string's.
            if c.is_alphanumeric() || c == '_' {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            continue;
        };
        out.push(' ');
        rest = &rest[skip..];
    }
    out
}

fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(0, |at| at + 4),
        Some((_, _)) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

/// Every word of the code with what follows it.
fn words(code: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + code[at..].find(|c: char| c.is_alphabetic() || c == '_')?;
        let end =
            code[start..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(code.len(), |n| start + n);
        at = end;
        Some((&code[..start], &code[start..end], &code[end..]))
    })
}

#[test]
fn a_crate_is_named_by_one_layer_only() {
    let mut found = Vec::new();
    for (path, layer, code) in sources() {
        for (before, word, after) in words(&code) {
            // A path that begins with the crate's name; `self::notify` and `x.notify` are something else.
            let begins = !before.ends_with("::") || before.ends_with(" ::");
            let named = begins && (after.starts_with("::") || before.trim_end().ends_with("use"));
            let Some((name, owner)) = OWNED.iter().find(|(name, _)| *name == word) else { continue };
            if named && layer != *owner {
                found.push(format!("{} names {name}, which is for {owner}/", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    // The check sees what it looks for.
    for (name, owner) in OWNED {
        let seen = sources()
            .iter()
            .any(|(_, layer, code)| layer == owner && words(code).any(|(_, word, _)| word == *name));
        assert!(seen || *name == "tokio", "{owner}/ does not name {name}");
    }
}

/// Layers that make texts of texts, and what they would reach a disk with.
const PURE: &[&str] = &["model", "generator"];
const DISK: &[&str] = &["fs", "tempfile", "rustix"];

#[test]
fn what_makes_texts_names_no_file_system() {
    let mut found = Vec::new();
    let mut looked_at = 0;
    for (path, layer, code) in sources() {
        // Tests of it may read documents.
        let tests = path.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("tests"));
        if tests || !PURE.contains(&layer.as_str()) {
            continue;
        }
        looked_at += 1;
        for (_, word, after) in words(&code) {
            if DISK.contains(&word) || (word == "crate" && named_after(after).contains(&"files")) {
                found.push(format!("{} names {word}{}", path.display(), after.get(..12).unwrap_or_default()));
            }
        }
    }
    assert!(looked_at > 20, "the check sees only {looked_at} files");
    assert!(found.is_empty(), "{found:#?}");
    // The check sees what it looks for.
    let seen = sources().iter().any(|(_, layer, code)| {
        layer == "plugins" && words(code).any(|(before, word, _)| before.ends_with("::") && word == "fs")
    });
    assert!(seen, "plugins/ does not name fs");
}

#[test]
fn a_layer_imports_only_from_those_above_it() {
    let rank = |layer: &str| LAYERS.iter().position(|known| *known == layer);
    let (mut found, mut imports) = (Vec::new(), 0);
    for (path, layer, code) in sources() {
        let Some(own) = rank(&layer) else {
            assert!(matches!(layer.as_str(), "lib" | "main"), "{} is in no layer", path.display());
            continue;
        };
        for (_, word, after) in words(&code) {
            if word != "crate" {
                continue;
            }
            for used in named_after(after) {
                let Some(other) = rank(used) else { continue };
                imports += 1;
                if other > own {
                    found.push(format!("{} imports {used}, which is below {layer}", path.display()));
                }
            }
        }
    }
    assert!(imports > 100, "the check sees only {imports} imports");
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{found:#?}");
}

/// The first names after `crate`: one of `::a::b`, several of `::{a::b, c}`.
fn named_after(after: &str) -> Vec<&str> {
    let Some(rest) = after.strip_prefix("::") else { return Vec::new() };
    let first = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let Some(group) = rest.strip_prefix('{') else { return vec![&rest[..first(rest)]] };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_usize, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && (c.is_alphabetic() || c == '_') => {
                names.push(&group[at..at + first(&group[at..])]);
                start = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn code_is_told_from_comments_and_texts() {
    let text = "a // ureq::x\n/* rhai::y */ b \"clap::\\\"z\" 'c' '\\'' r#\"keyring::\"# for<'a> x";
    let code = code(text);
    assert!(words(&code).map(|(_, word, _)| word).eq(["a", "b", "for", "a", "x"]), "{code}");
    assert_eq!(named_after("::{a::b, c::{d, e}, f};"), ["a", "c", "f"]);
    assert_eq!(named_after("::a::b;"), ["a"]);
}
