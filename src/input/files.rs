//! Files named by typed words, which is the only way to name one.

use std::path::Path;

use serde_json::{Map, Value};

use crate::diagnostic::{Failure, usage};
use crate::engine::FileAt;
use crate::http::{File, Spool};
use crate::model::{Argument, ValueType};

/// Takes the files out of what was typed for the flags, leaving null in their places. `object` has only typed values at this
/// point: what a document fills in was not typed.
pub(crate) fn take(object: &mut Map<String, Value>, flags: &[Argument]) -> Result<Vec<FileAt>, Failure> {
    let mut files = Vec::new();
    for flag in flags {
        let mut place = flag.key().into_owned();
        let keys: Vec<&str> = place.iter().map(String::as_str).collect();
        let Some(value) = at_mut(object, &keys) else { continue };
        found(flag, value, &format!("--{}", flag.name), &mut place, &mut files)?;
    }
    Ok(files)
}

/// The same in a body that was typed as JSON, by the names in the request.
pub(crate) fn take_typed(body: &mut Value, flags: &[Argument]) -> Result<Vec<FileAt>, Failure> {
    let mut files = Vec::new();
    for flag in flags {
        let names: Vec<&str> = flag.wire_path.iter().map(String::as_str).collect();
        let Some(value) = body.as_object_mut().and_then(|body| at_mut(body, &names)) else { continue };
        let mut place = flag.wire_path.clone();
        found(flag, value, &names.join("."), &mut place, &mut files)?;
    }
    Ok(files)
}

/// The first place in a body that would name a file if it were typed.
pub(crate) fn first<'a>(body: &Value, flags: &'a [Argument]) -> Option<&'a Argument> {
    flags.iter().find(|flag| {
        let names: Vec<&str> = flag.wire_path.iter().map(String::as_str).collect();
        let value = names.iter().try_fold(body, |value, name| value.get(name));
        value.is_some_and(|value| holds(flag, value))
    })
}

/// Whether data for an argument would name a file if it were typed.
pub(crate) fn holds(argument: &Argument, value: &Value) -> bool {
    match value {
        Value::String(_) => argument.value_type == ValueType::File,
        Value::Array(items) => items.iter().any(|item| holds(argument, item)),
        Value::Object(fields) => {
            (argument.is_map() && fields.values().any(|value| holds(argument, value)))
                || argument.fields.iter().any(|field| {
                    let inner = field.wire_path.first().and_then(|name| fields.get(name));
                    inner.is_some_and(|inner| holds(field, inner))
                })
        }
        _ => false,
    }
}

fn at_mut<'v>(object: &'v mut Map<String, Value>, keys: &[&str]) -> Option<&'v mut Value> {
    let (first, rest) = keys.split_first()?;
    let value = object.get_mut(*first)?;
    if rest.is_empty() { Some(value) } else { at_mut(value.as_object_mut()?, rest) }
}

/// Walks through the value of an argument: its texts are files, and so may be those of its fields.
fn found(
    argument: &Argument,
    value: &mut Value,
    name: &str,
    place: &mut Vec<String>,
    files: &mut Vec<FileAt>,
) -> Result<(), Failure> {
    match value {
        Value::String(text) if argument.value_type == ValueType::File => {
            files.push(FileAt { place: place.clone(), file: named(text, name)? });
            *value = Value::Null;
        }
        Value::Array(items) => {
            for (n, item) in items.iter_mut().enumerate() {
                place.push(n.to_string());
                found(argument, item, name, place, files)?;
                place.pop();
            }
        }
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                let field = argument.fields.iter().find(|field| field.wire_path.first() == Some(key));
                if let Some(argument) = field.or(argument.is_map().then_some(argument)) {
                    place.push(key.clone());
                    found(argument, inner, name, place, files)?;
                    place.pop();
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The file that a word names: a path, with or without an `@` before it. A pipe, as from `@<(command)`, is read now, since it
/// can be read only once.
fn named(text: &str, name: &str) -> Result<File, Failure> {
    let path = path(text);
    let bad = |why: String| {
        usage(format!("`{text}` for `{name}` {why}")).hint("give the path of a file that exists")
    };
    let mut file = File::named(path.to_owned()).ok_or_else(|| bad("ends in no name".to_owned()))?;
    let about = std::fs::metadata(path).map_err(|_| bad("is not a file".to_owned()))?;
    if about.is_dir() {
        return Err(bad("is a folder".to_owned()));
    }
    if !about.is_file() {
        let kept = std::fs::File::open(path).and_then(Spool::keep);
        file.piped = Some(kept.map_err(|error| bad(format!("cannot be read: {error}")))?);
    }
    Ok(file)
}

/// The path in a word.
pub(crate) fn path(text: &str) -> &Path {
    Path::new(text.strip_prefix('@').unwrap_or(text))
}

/// Whether a word can name a file.
pub(crate) fn exists(text: &str) -> bool {
    text != "-" && std::fs::metadata(path(text)).is_ok_and(|about| !about.is_dir())
}
