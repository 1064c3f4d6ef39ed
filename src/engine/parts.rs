//! Fields as the parts of a `multipart/form-data` body (RFC 7578).

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::assemble::Flaw;
use super::current::Running;
use super::facts::Facts;
use super::wire::form_pairs;
use crate::http::{File, Part, PartContent};
use crate::model::Style;

/// A file for what the facts call one, text for the rest. Nested fields have brackets in their names, as in a form.
pub(super) fn parts(
    running: &Running,
    mut fields: Map<String, Value>,
    style_of: &dyn Fn(&str) -> Option<(Style, bool)>,
) -> Result<Vec<Part>, Flaw> {
    let mut files = Vec::new();
    if let Some(facts) = &running.facts {
        take_files(facts, &mut Vec::new(), &mut fields, &mut files)?;
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let texts = form_pairs(&fields, style_of)
        .into_iter()
        .map(|(name, value)| Part { name: decode(&name), content: PartContent::Text(decode(&value)) });
    // Text first: some servers read the fields before they accept a file.
    Ok(texts.chain(files).collect())
}

/// Moves the files out of `fields`, which stand at `path`; objects that are empty after that go as well.
fn take_files(
    facts: &Facts,
    path: &mut Vec<String>,
    fields: &mut Map<String, Value>,
    files: &mut Vec<Part>,
) -> Result<(), Flaw> {
    let mut kept = Map::new();
    for (name, mut value) in std::mem::take(fields) {
        path.push(name);
        if facts.is_file(path) {
            let paths = match value {
                Value::Array(paths) => paths,
                path => vec![path],
            };
            for value in paths {
                files.push(file_part(bracketed(path), &value)?);
            }
            path.pop();
            continue;
        }
        let before = files.len();
        if let Value::Object(nested) = &mut value {
            take_files(facts, path, nested, files)?;
        }
        let emptied = files.len() > before && value.as_object().is_some_and(Map::is_empty);
        if let (Some(name), false) = (path.pop(), emptied) {
            kept.insert(name, value);
        }
    }
    *fields = kept;
    Ok(())
}

/// `a[b][c]`
fn bracketed(path: &[String]) -> String {
    let mut names = path.iter();
    let mut text = names.next().cloned().unwrap_or_default();
    for name in names {
        text.push('[');
        text.push_str(name);
        text.push(']');
    }
    text
}

fn file_part(name: String, path: &Value) -> Result<Part, Flaw> {
    let path = path.as_str().filter(|path| *path != "-").map(PathBuf::from);
    let file = path.and_then(|path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(File { path, name })
    });
    match file {
        Some(file) => Ok(Part { name, content: PartContent::File(file) }),
        None => Err(Flaw::NoPath(name)),
    }
}
