//! Fields as the parts of a `multipart/form-data` body (RFC 7578).

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::assemble::{Flaw, member};
use super::current::Running;
use super::facts::Facts;
use super::wire::{Serialization, form_pairs};
use crate::http::{File, Part, PartContent, content_type_of};
use crate::model::media::{essence, is_json, is_range};

/// A file for what the facts call one, a part for every other field: text for what is one, JSON for objects and the
/// items of lists of them (OpenAPI 3.0, section 4.7.15, `contentType`). A list is a part for each item.
///
/// A field with a `style` of its own is written as in a form, nested ones in brackets (3.0.4, Encoding Object).
pub(super) fn parts(
    running: &Running,
    mut fields: Map<String, Value>,
    how_of: &dyn Fn(&str) -> Option<Serialization>,
) -> Result<Vec<Part>, Flaw> {
    let mut files = Vec::new();
    if let Some(facts) = &running.facts {
        take_files(facts, &mut Vec::new(), &mut fields, &mut files)?;
    }
    let mut parts = Vec::new();
    for (name, value) in fields {
        let how = how_of(&name).unwrap_or_default();
        match (how.style, value) {
            (Some(_), value) if how.content_type.is_none() => {
                parts.extend(styled(name, value, how_of));
            }
            (_, Value::Array(items)) if !items.is_empty() => {
                parts.extend(items.iter().map(|item| part(name.clone(), item, how.content_type.as_deref())));
            }
            (_, Value::Array(_)) => parts.push(part(name, &Value::Null, None)),
            (_, value) => parts.push(part(name, &value, how.content_type.as_deref())),
        }
    }
    // Text first: some servers read the fields before they accept a file.
    parts.extend(files);
    Ok(parts)
}

/// As in a form.
fn styled(name: String, value: Value, how_of: &dyn Fn(&str) -> Option<Serialization>) -> Vec<Part> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    form_pairs(&Map::from_iter([(name, value)]), how_of)
        .into_iter()
        .map(|(name, value)| Part {
            name: decode(&name),
            content_type: None,
            content: PartContent::Text(decode(&value)),
        })
        .collect()
}

/// One value. `types` are the media types that the document has for it, with commas.
fn part(name: String, value: &Value, types: Option<&str>) -> Part {
    let structured = value.is_object() || value.is_array();
    let types: Vec<&str> = types.into_iter().flat_map(|types| types.split(',')).map(str::trim).collect();
    let json = types.iter().find(|name| is_json(name)).copied();
    let content_type = match (json, types.first()) {
        (Some(json), _) => Some(json),
        (None, Some(first)) if !is_range(first) => Some(*first),
        (None, _) => structured.then_some("application/json"),
    };
    let text = match value {
        value if json.is_some() || structured => value.to_string(),
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    Part { name, content_type: content_type.map(str::to_owned), content: PartContent::Text(text) }
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
                let types = path.first().and_then(|name| facts.field(name));
                let types = types.and_then(|how| how.content_type.as_deref());
                files.push(file_part(bracketed(path), &value, types)?);
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

fn file_part(name: String, path: &Value, types: Option<&str>) -> Result<Part, Flaw> {
    let path = path.as_str().filter(|path| *path != "-").map(PathBuf::from);
    let file = path.and_then(|path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(File { path, name })
    });
    match file {
        Some(file) => {
            let content_type = types.map(|types| file_type(types, &file.name));
            Ok(Part { name, content_type, content: PartContent::File(file) })
        }
        None => Err(Flaw::NoPath(name)),
    }
}

/// Of the media types that the document has for a file, with commas, the one that its name fits; else the first.
fn file_type(types: &str, name: &str) -> String {
    let by_name = content_type_of(name);
    let mut types = types.split(',').map(str::trim);
    let first = types.clone().next().unwrap_or_default();
    let fits = types.any(|known| {
        let known = essence(known);
        match known.split_once('*') {
            Some((before, after)) => by_name.starts_with(before) && by_name.ends_with(after),
            None => known == by_name,
        }
    });
    if fits { by_name.to_owned() } else { member(first, Some(name)) }
}
