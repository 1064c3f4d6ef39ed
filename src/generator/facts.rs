//! `.generated/facts.jsonl`: what is known about every command of a plugin, laid out so that one command can be
//! found without reading the others.
//!
//! One line a command, sorted by its bytes: `["users/messages get",{...}]`, the key first, then the facts. Whatever
//! follows from the key or other facts is omitted. The fields of a body, which several commands may share, are written
//! once, on a line of their own with their hash as the key: `["#9f86d081884c7d65",[...]]`. A command whose facts name
//! such a hash (`["users create",{...},"#9f86..."]`) has those fields in addition to its own arguments. Keys consist of
//! `[a-z0-9_/ #]`, so they never need escaping.
//!
//! The first line is the folder's format number, under an empty key, which sorts before all others: `["",{"format":2}]`.
//! Any change to lines that older versions cannot read must increment [`FORMAT`].

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::arguments::Fields;
use crate::model::{Argument, CommandDefinition, CommandName, Location, PathTemplate};
use crate::openapi::child;

/// The format of the generated folder that this program writes and reads. Format 1 had no number.
pub(crate) const FORMAT: u64 = 2;

/// The prefix of a file's first line, if it is the format line.
pub(crate) const FORMAT_KEY: &[u8] = b"[\"\",";

/// The line of the format number, without its line feed.
fn format_line() -> Vec<u8> {
    format!("[\"\",{{\"format\":{FORMAT}}}]").into_bytes()
}

/// The format number of a file, from its first line; `None` for one without it, like those from before format numbers.
///
/// # Errors
///
/// A format line without a number.
pub(crate) fn format_of(first: &[u8]) -> Result<Option<u64>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }
    if !first.starts_with(FORMAT_KEY) {
        return Ok(None);
    }
    let (_, format) = serde_json::from_slice::<(String, Format)>(first)?;
    Ok(Some(format.format))
}

/// Body fields smaller than this, in bytes, stay with their command: looking them up elsewhere would cost more.
const WORTH_SHARING: usize = 1_000;

/// The key of a command's line.
pub(crate) fn key(group: &[String], function: &str) -> String {
    format!("{} {function}", group.join("/"))
}

/// The prefix of the keys of a group's commands.
pub(crate) fn prefix(group: &[String]) -> String {
    format!("{} ", group.join("/"))
}

/// The beginning of the line with this key.
pub(crate) fn line_start(key: &str) -> String {
    format!("[\"{key}")
}

/// The key of a line; `None` for a line that was not generated.
pub(crate) fn key_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    rest.get(..end)
}

/// Fields of bodies by their hash, collected by the threads that make commands.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<BTreeMap<String, Vec<u8>>>);

impl Shared {
    /// Keeps fields, given as JSON, and returns the key of their line.
    fn keep(&self, json: Vec<u8>) -> String {
        let mut key = "#".to_owned();
        for byte in Sha256::digest(&json).iter().take(8) {
            let _ = write!(key, "{byte:02x}");
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(key.clone()).or_insert(json);
        key
    }
}

/// The line of one command, without its line feed. `fields` are those of its body if other commands may share them.
pub(super) fn line(
    command: &mut CommandDefinition,
    fields: Option<&Fields>,
    shared: &Shared,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = line_start(&key(&command.group, &command.function)).into_bytes();
    line.extend_from_slice(b"\",");
    let stored = match fields {
        Some(fields) => stored(fields, shared)?,
        None => None,
    };
    let said = Said::take(command);
    let written = line_of(&mut line, command, stored);
    said.give_back(command);
    written?;
    line.push(b']');
    Ok(line)
}

/// Facts that follow from the rest of the line, removed from a command while it is written.
struct Said {
    group: Vec<String>,
    function: String,
    pointer: Option<String>,
}

impl Said {
    fn take(command: &mut CommandDefinition) -> Self {
        let usual = command.pointer == usual_pointer(&command.method, &command.path);
        Self {
            group: std::mem::take(&mut command.group),
            function: std::mem::take(&mut command.function),
            pointer: usual.then(|| std::mem::take(&mut command.pointer)),
        }
    }

    fn give_back(self, command: &mut CommandDefinition) {
        command.group = self.group;
        command.function = self.function;
        if let Some(pointer) = self.pointer {
            command.pointer = pointer;
        }
    }
}

/// Where most documents have an operation of this method and path.
fn usual_pointer(method: &str, path: &PathTemplate) -> String {
    child(&child("#/paths", path.text()), &method.to_ascii_lowercase())
}

/// Facts, and the key of shared fields.
fn line_of(
    mut line: &mut Vec<u8>,
    command: &mut CommandDefinition,
    stored: Option<String>,
) -> Result<(), serde_json::Error> {
    match stored {
        None => serde_json::to_writer(&mut line, command),
        Some(key) => {
            let all = std::mem::take(&mut command.arguments);
            let (fields, own): (Vec<Arc<Argument>>, Vec<Arc<Argument>>) =
                all.into_iter().partition(|argument| argument.location == Location::Body);
            command.arguments = own;
            let written = serde_json::to_writer(&mut line, command);
            let own = std::mem::take(&mut command.arguments);
            command.arguments = put_together(own, fields);
            line.extend_from_slice(format!(",\"{key}\"").as_bytes());
            written
        }
    }
}

/// The key of these fields' own line; `None` if they are too small to be worth one.
fn stored(fields: &Fields, shared: &Shared) -> Result<Option<String>, serde_json::Error> {
    if let Some(stored) = fields.stored.get() {
        return Ok(stored.clone());
    }
    let json = serde_json::to_vec(&fields.arguments.iter().map(AsRef::as_ref).collect::<Vec<&Argument>>())?;
    let key = (json.len() >= WORTH_SHARING).then(|| shared.keep(json));
    Ok(fields.stored.get_or_init(|| key).clone())
}

/// The whole file, from its commands' lines.
pub(super) fn file(mut lines: Vec<Vec<u8>>, shared: Shared) -> Vec<u8> {
    let shared = shared.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (key, json) in shared {
        let mut line = line_start(&key).into_bytes();
        line.extend_from_slice(b"\",");
        line.extend_from_slice(&json);
        line.push(b']');
        lines.push(line);
    }
    lines.push(format_line());
    let mut order: Vec<(Option<&[u8]>, &[u8])> = lines.iter().map(|line| (key_of(line), &**line)).collect();
    order.sort_unstable();
    let mut file = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for (_, line) in order {
        file.extend_from_slice(line);
        file.push(b'\n');
    }
    file
}

/// Positionals, then flags, required ones first, parameters before fields of the body.
fn put_together(mut own: Vec<Arc<Argument>>, fields: Vec<Arc<Argument>>) -> Vec<Arc<Argument>> {
    own.extend(fields);
    own.sort_by_key(|argument| match argument.kind {
        crate::model::Kind::Positional => 0,
        crate::model::Kind::Flag if argument.required => 1,
        crate::model::Kind::Flag => 2,
    });
    own
}

/// A command's line as it is read; `fields` gives the body fields with that key.
///
/// # Errors
///
/// A line that was not generated, or missing fields.
pub(crate) fn parse<E: From<serde_json::Error>>(
    line: &[u8],
    fields: impl FnOnce(&str) -> Result<Vec<Arc<Argument>>, E>,
) -> Result<CommandDefinition, E> {
    let Line(key, mut command, shared) = serde_json::from_slice::<Line<CommandDefinition>>(line)?;
    (command.group, command.function) = place(&key);
    if command.pointer.is_empty() {
        command.pointer = usual_pointer(&command.method, &command.path);
    }
    if let Some(key) = shared {
        command.arguments = put_together(command.arguments, fields(&key)?);
    }
    Ok(command)
}

/// The fields of a body from their line.
pub(crate) fn parse_fields(line: &[u8]) -> Result<Vec<Arc<Argument>>, serde_json::Error> {
    serde_json::from_slice::<(String, Vec<Argument>)>(line)
        .map(|(_, fields)| fields.into_iter().map(Arc::new).collect())
}

/// The names of all commands of a file, without the rest of their facts, which is most of it. What cannot be read is
/// left out: a lost name is generated anew.
pub(crate) fn names(file: &[u8]) -> Vec<CommandName> {
    let mut seen = HashSet::new();
    file.split(|byte| *byte == b'\n')
        .filter(|line| {
            key_of(line).is_some_and(|key| !key.is_empty() && !key.starts_with(b"#") && seen.insert(key))
        })
        .filter_map(|line| {
            let Line(key, mut name, _) = serde_json::from_slice::<Line<CommandName>>(line).ok()?;
            (name.group, name.function) = place(&key);
            Some(name)
        })
        .collect()
}

/// Group and function of a key.
fn place(key: &str) -> (Vec<String>, String) {
    let (group, function) = key.split_once(' ').unwrap_or(("", key));
    let words = group.split('/').filter(|word| !word.is_empty());
    (words.map(str::to_owned).collect(), function.to_owned())
}

/// Key, facts, and perhaps the key of shared fields.
struct Line<T>(String, T, Option<String>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Line<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Line<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the facts of a command")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut parts: A) -> Result<Line<T>, A::Error> {
                let missing = || serde::de::Error::custom("a part is missing");
                let key = parts.next_element()?.ok_or_else(missing)?;
                let facts = parts.next_element()?.ok_or_else(missing)?;
                Ok(Line(key, facts, parts.next_element()?))
            }
        }
        deserializer.deserialize_seq(Visitor(std::marker::PhantomData))
    }
}
