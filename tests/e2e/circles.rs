//! No file of src/ imports one that imports it, however long the way: what two files need stands in a third.
//!
//! A `mod.rs` that only hands on what its children have (`pub use`) is a table of contents: a name that is taken through it is
//! taken from the child.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::layering::{code, sources};

/// A file by the words of its module: `["http", "secrets"]`.
type Module = Vec<String>;

struct File {
    /// It is a `mod.rs`.
    is_folder: bool,
    /// Paths that it hands on: `pub use`.
    hands_on: Vec<Vec<String>>,
    /// Paths that it uses.
    uses: Vec<Vec<String>>,
}

/// Every file of src/ but the roots and tests.
fn files() -> HashMap<Module, File> {
    let mut files = HashMap::new();
    for (path, _, _) in sources() {
        let mut module: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        let name = module.pop().unwrap().trim_end_matches(".rs").to_owned();
        let is_folder = name == "mod";
        if module.is_empty() && matches!(name.as_str(), "lib" | "main") {
            continue;
        }
        if name.ends_with("tests") || module.iter().any(|part| part == "tests") {
            continue;
        }
        if !is_folder {
            module.push(name);
        }
        let text = std::fs::read_to_string(crate::environment::repository("src").join(&path)).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
        files.insert(module, read(&code(&text), is_folder));
    }
    files
}

/// The paths of one file.
fn read(code: &str, is_folder: bool) -> File {
    let mut file = File { is_folder, hands_on: Vec::new(), uses: Vec::new() };
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        let Some(at) = use_at(statement) else {
            rest.push_str(statement);
            continue;
        };
        let before = &statement[..at];
        let tree = statement[at + "use ".len()..].trim_end_matches(';');
        let handed =
            before.trim_end().rsplit('\n').next().unwrap_or_default().trim_start().starts_with("pub");
        rest.push_str(before);
        let list = if handed { &mut file.hands_on } else { &mut file.uses };
        expand(tree, &[], list);
    }
    file.uses.extend(paths(&rest));
    file
}

/// Where a `use` begins that ends this statement.
fn use_at(statement: &str) -> Option<usize> {
    let at = statement.rfind("use ")?;
    let before = statement[..at].chars().next_back();
    let tree = &statement[at + 4..];
    let is_word = before.is_none_or(|c| c.is_whitespace() || c == ')');
    (is_word && !tree.contains(['(', '=', '<'])).then_some(at)
}

/// The paths of a `use` tree.
fn expand(tree: &str, before: &[String], list: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap();
        let words = path.split("::").map(|word| word.trim().trim_start_matches("r#").to_owned());
        let words: Vec<String> = before.iter().cloned().chain(words).filter(|word| word != "self").collect();
        if !words.is_empty() {
            list.push(words);
        }
        return;
    };
    let head = tree[..open].split("::").map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
    let before: Vec<String> = before.iter().cloned().chain(head).collect();
    let (mut depth, mut start) = (0_usize, open + 1);
    for (at, c) in tree.char_indices().skip(open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || (c == '}' && depth == 0) {
            if !tree[start..at].trim().is_empty() {
                expand(&tree[start..at], &before, list);
            }
            start = at + 1;
        }
    }
}

/// Paths in expressions and types: `super::a::b`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut list = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let inner = rest[..at].ends_with(['.', ':', '\'']);
        rest = &rest[at..];
        let end =
            rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':' | '#')).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches(':');
        if !inner && path.contains("::") {
            list.push(path.split("::").map(|word| word.trim_start_matches("r#").to_owned()).collect());
        }
        rest = &rest[end..];
    }
    list
}

/// The path from the crate's root; `None` for one of another crate.
fn absolute(
    module: &[String],
    file: &File,
    path: &[String],
    files: &HashMap<Module, File>,
) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    let join = |base: &[String], rest: &[String]| base.iter().chain(rest).cloned().collect::<Module>();
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "super" => {
            let ups = path.iter().take_while(|word| *word == "super").count();
            Some(join(module.get(..module.len().checked_sub(ups)?)?, &path[ups..]))
        }
        _ if file.is_folder && files.contains_key(&join(module, &path[..1])) => Some(join(module, path)),
        // A module that was imported by name.
        _ => file.uses.iter().filter(|used| used.last() == Some(first) && used.len() > 1).find_map(|used| {
            let base = match used[0].as_str() {
                "crate" | "super" => absolute(module, file, used, files)?,
                _ => return None,
            };
            files.contains_key(&base).then(|| join(&base, rest))
        }),
    }
}

/// The file that a path leads to, through what others hand on; `None` where it is the file as a whole.
fn target(path: &[String], files: &HashMap<Module, File>, depth: usize) -> Option<Module> {
    let end = (1..=path.len()).rev().find(|end| files.contains_key(&path[..*end]))?;
    let (module, rest) = path.split_at(end);
    let name = rest.first()?;
    let file = &files[module];
    let handed = file.hands_on.iter().filter(|handed| handed.last() == Some(name));
    if depth < 8
        && let Some(path) = handed.filter_map(|handed| absolute(module, file, handed, files)).next()
    {
        let path: Module = path.iter().chain(&rest[1..]).cloned().collect();
        return target(&path, files, depth + 1);
    }
    Some(module.to_vec())
}

fn arrows() -> BTreeMap<Module, BTreeSet<Module>> {
    let files = files();
    let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, file) in &files {
        for path in &file.uses {
            let Some(path) = absolute(module, file, path, &files) else { continue };
            if let Some(used) = target(&path, &files, 0).filter(|used| used != module) {
                arrows.entry(module.clone()).or_default().insert(used);
            }
        }
    }
    arrows
}

/// Every file that can be reached from `from`.
fn reached<'a>(from: &'a Module, arrows: &'a BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'a Module> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&Module> = arrows.get(from).into_iter().flatten().collect();
    while let Some(module) = next.pop() {
        if seen.insert(module) {
            next.extend(arrows.get(module).into_iter().flatten());
        }
    }
    seen
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let arrows = arrows();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 600, "the check sees only {count} arrows");
    let circles: Vec<String> = arrows
        .iter()
        .filter(|(from, _)| reached(from, &arrows).contains(from))
        .map(|(from, to)| {
            let back = to.iter().filter(|to| reached(to, &arrows).contains(from));
            let back: Vec<String> = back.map(|to| to.join("/")).collect();
            format!("{} imports {}, and they import it", from.join("/"), back.join(", "))
        })
        .collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn the_check_reads_every_kind_of_path() {
    let file = read(
        "use super::a::{self, b, c::{d, e}};\npub(crate) use f::G;\nuse std::fmt;\nfn x() { crate::h::i(); self.j.k; y::<super::l::M>() }",
        true,
    );
    let text = |list: &[Vec<String>]| list.iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(
        text(&file.uses),
        [
            "super::a",
            "super::a::b",
            "super::a::c::d",
            "super::a::c::e",
            "std::fmt",
            "crate::h::i",
            "super::l::M"
        ]
    );
    assert_eq!(text(&file.hands_on), ["f::G"]);
}
