//! Fields as the parts of a `multipart/form-data` body (RFC 7578).

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::current::Running;
use super::facts::Facts;
use super::field::{Field, Fields};
use super::media_range::member;
use super::wire::{Serialization, form_pairs};
use crate::http::{File, Part, PartContent, content_type_of};
use crate::model::media::{essence, is_json, is_range};

/// A part for each file and for every other field: plain text for texts, JSON for objects and for lists of them
/// (OpenAPI 3.0, section 4.7.15, `contentType`). A list becomes one part per item.
///
/// A field with a `style` of its own is written as in a form, with brackets for nested ones (3.0.4, Encoding Object).
pub(super) fn parts(
    running: &Running,
    fields: Fields,
    how_of: &dyn Fn(&str) -> Option<Serialization>,
) -> Vec<Part> {
    let mut files = Vec::new();
    let mut parts = Vec::new();
    for (name, field) in fields {
        let types = running.facts.as_ref().and_then(|facts| types_of(facts, &name));
        let Some(value) = without_files(&name, field, types, &mut files) else { continue };
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
    parts
}

/// The media types that the document has for the files of a field, separated by commas.
fn types_of<'a>(facts: &'a Facts, name: &str) -> Option<&'a str> {
    facts.field(name).and_then(|how| how.content_type.as_deref())
}

/// What is left of the field `name` once its files are separate parts; `None` for nothing. Files in a list have the list's
/// name; those in objects of a list also have the item's number: `docs[0][file]`.
fn without_files(name: &str, field: Field, types: Option<&str>, files: &mut Vec<Part>) -> Option<Value> {
    match field {
        Field::Json(value) => Some(value),
        Field::File(file) => {
            files.push(file_part(name.to_owned(), file, types));
            None
        }
        Field::List(items) => {
            let left = items.into_iter().enumerate().filter_map(|(n, item)| match item {
                Field::File(file) => without_files(name, Field::File(file), types, files),
                item => without_files(&format!("{name}[{n}]"), item, types, files),
            });
            let left: Vec<Value> = left.collect();
            (!left.is_empty()).then_some(Value::Array(left))
        }
        Field::Fields(fields) => {
            let mut left = Map::new();
            for (key, field) in fields {
                if let Some(value) = without_files(&format!("{name}[{key}]"), field, types, files) {
                    left.insert(key, value);
                }
            }
            (!left.is_empty()).then_some(Value::Object(left))
        }
    }
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

/// One value. `types` are the media types that the document has for it, separated by commas.
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

fn file_part(name: String, file: File, types: Option<&str>) -> Part {
    let content_type = types.map(|types| file_type(types, &file.name));
    Part { name, content_type, content: PartContent::File(file) }
}

/// Of the media types that the document has for a file, separated by commas, the one that its name fits; else the first.
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
