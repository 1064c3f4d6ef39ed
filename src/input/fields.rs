//! Assembles the values of flags into the objects that they belong to.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::given::GivenValue;
use super::judge::{self, insert};
use super::{checks, files, values};
use crate::diagnostic::{Failure, usage};
use crate::model::{Argument, ValueType};
use crate::text::{commas, shown};

/// One given value: its argument, the path inside of it (`0.price`), and the value.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) target: Target,
    pub(crate) inside: Vec<String>,
    pub(crate) value: GivenValue,
}

/// What a typed name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The argument of this number.
    Argument(usize),
    /// A whole object with flags for its fields, by its keys.
    Object(Vec<String>),
}

/// The most parts of a name that are searched for a field.
const MAX_KEY: usize = 64;

/// An entry of an argument: the path inside of it, and the value.
type Entry = (Vec<String>, GivenValue);

/// What the dotted name `path` means among `arguments`, and how many of its parts that takes.
pub(crate) fn find(arguments: &[Argument], path: &[&str]) -> Option<(Target, usize)> {
    let named = |argument: &Argument, name: &str, kebab: &str| {
        argument.name == name || argument.name == kebab || argument.wire_name() == name
    };
    for used in (1..=path.len()).rev() {
        let name = path.get(..used).unwrap_or_default().join(".");
        let kebab = name.replace('_', "-");
        let inside = used < path.len();
        let fits = |argument: &Argument| !inside || argument.is_map() || argument.is_list();
        let parts = path.get(..used).unwrap_or_default();
        let exact = arguments.iter().position(|one| named(one, &name, &kebab) && fits(one));
        let spelt = || {
            arguments.iter().position(|one| one.wire_path.len() == used && is_spelt(one, parts) && fits(one))
        };
        if let Some(at) = exact.or_else(spelt) {
            return Some((Target::Argument(at), used));
        }
        let within = |argument: &&Argument| {
            [&name, &kebab].iter().any(|name| {
                argument.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
            })
        };
        let spelt = |argument: &&Argument| argument.wire_path.len() > used && is_spelt(argument, parts);
        let object = || arguments.iter().find(within).or_else(|| arguments.iter().find(spelt));
        if !inside && let Some(argument) = object() {
            return Some((Target::Object(argument.key().get(..used)?.to_vec()), used));
        }
    }
    None
}

/// Whether `parts` are the first parts of the argument's name, each spelled like the flag or as in the document:
/// `x-object.R` for the property `R` of the header `X-Object`, whose flag is `--x-object.r`.
fn is_spelt(argument: &Argument, parts: &[&str]) -> bool {
    let mut names = argument.name.split('.');
    let wires = &argument.wire_path;
    names.clone().count() == wires.len()
        && parts.len() <= wires.len()
        && parts.iter().zip(wires).all(|(part, wire)| {
            let name = names.next().unwrap_or_default();
            part == wire || *part == name || part.replace('_', "-") == name
        })
}

/// The object made from the given values. `prefix` precedes the names of `arguments`: `--`, or
/// `--items.0.`.
pub(crate) fn object(
    arguments: &[Argument],
    given: Vec<Given>,
    prefix: &str,
) -> Result<Map<String, Value>, Failure> {
    let mut object = Map::new();
    let mut wholes: Vec<Vec<String>> = Vec::new();
    // In the order of the arguments, regardless of the given order.
    let mut entries: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
    for Given { target, inside, value } in given {
        match target {
            Target::Argument(n) => {
                let argument = arguments.get(n);
                match (argument, value) {
                    // A text or an object; this is the object.
                    (Some(argument), GivenValue::Json(value @ Value::Object(_)))
                        if inside.is_empty() && !argument.is_map() && judge::opens(arguments, argument) =>
                    {
                        let name = format!("{prefix}{}", argument.name);
                        put(&mut object, &argument.key(), value, &name)?;
                        wholes.push(argument.key().into_owned());
                    }
                    (_, value) => entries.entry(n).or_default().push((inside, value)),
                }
            }
            Target::Object(key) => {
                let name = format!("{prefix}{}", key.join("."));
                let whole = match &value {
                    GivenValue::Typed(text) => values::json(text, &name)?,
                    GivenValue::Json(value) => value.clone(),
                };
                if !whole.is_object() && !whole.is_null() {
                    return Err(usage(format!(
                        "`{}` for `{name}` is not a JSON object",
                        shown(&value.plain())
                    ))
                    .hint("give an object, `null`, or its fields one by one"));
                }
                put(&mut object, &key, whole, &name)?;
                wholes.push(key);
            }
        }
    }
    for whole in &wholes {
        judge::below(arguments, whole, &mut object, prefix)?;
    }
    for (n, entries) in entries {
        let Some(argument) = arguments.get(n) else { continue };
        let name = format!("{prefix}{}", argument.name);
        if let Some(whole) = wholes.iter().find(|whole| argument.key().starts_with(whole)) {
            return Err(usage(format!("`{prefix}{}` and `{name}` cannot both be given", whole.join(".")))
                .hint("give the whole or its fields"));
        }
        refuse_files(argument, &entries, &name)?;
        if argument.is_map() {
            let declared = |key: &str| {
                let path: Vec<String> = argument.key().iter().cloned().chain([key.to_owned()]).collect();
                arguments.iter().any(|other| other.key().starts_with(&path))
            };
            let by_json = entries.iter().any(|(inside, value)| inside.is_empty() && is_json_object(value));
            for (key, value) in entries_of_map(argument, entries, &name, &declared)? {
                match key {
                    None => put(&mut object, &argument.key(), value, &name)?,
                    Some(key) => {
                        let path: Vec<String> = argument.key().iter().cloned().chain([key]).collect();
                        put(&mut object, &path, value, &name)?;
                    }
                }
            }
            if by_json {
                judge::below(arguments, &argument.key(), &mut object, prefix)?;
            }
        } else {
            let value = value(argument, entries, &name)?;
            put(&mut object, &argument.key(), value, &name)?;
        }
    }
    Ok(object)
}

fn is_json_object(value: &GivenValue) -> bool {
    match value {
        GivenValue::Typed(text) => text.trim_start().starts_with('{'),
        GivenValue::Json(value) => value.is_object(),
    }
}

/// The value of an argument that is not a map.
pub(super) fn value(argument: &Argument, entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    if argument.is_list() { array(argument, entries, name) } else { single(argument, entries, name) }
}

/// Only words can name files: data may come from anywhere.
fn refuse_files(argument: &Argument, entries: &[Entry], name: &str) -> Result<(), Failure> {
    let names_file = |(_, value): &Entry| match value {
        GivenValue::Json(value) => files::holds(argument, value),
        GivenValue::Typed(_) => false,
    };
    match entries.iter().find(|entry| names_file(entry)) {
        None => Ok(()),
        Some((_, value)) => {
            Err(usage(format!("`{}` cannot name the file for `{name}`", shown(&value.plain())))
                .hint(format!("only typed words name files: `{name} PATH`")))
        }
    }
}

/// A value that is given once.
fn single(argument: &Argument, entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    match <[Entry; 1]>::try_from(entries) {
        Ok([(_, GivenValue::Typed(text))]) => values::value(argument, &text, name),
        Ok([(_, GivenValue::Json(value))]) => judge::one(argument, with_keys(argument, value, name)?, name),
        Err(_) => Err(twice(name)),
    }
}

/// Entries of a free map by their keys; without a key, a value for the whole map. Keys that are `declared` are not checked
/// here: they have arguments of their own.
fn entries_of_map(
    argument: &Argument,
    entries: Vec<Entry>,
    name: &str,
    declared: &dyn Fn(&str) -> bool,
) -> Result<Vec<(Option<String>, Value)>, Failure> {
    let mut out = Vec::new();
    let mut by_key: IndexMap<String, Vec<Entry>> = IndexMap::new();
    for (mut inside, value) in entries {
        if !inside.is_empty() {
            let rest = inside.split_off(key_parts(argument, &inside, &value));
            by_key.entry(inside.join(".")).or_default().push((rest, value));
            continue;
        }
        let whole = match value {
            GivenValue::Json(value) => with_keys(argument, value, name)?,
            GivenValue::Typed(text) if argument.allow_empty && text.is_empty() => Value::String(text),
            GivenValue::Typed(text) if text == "null" => Value::Null,
            GivenValue::Typed(text) if text.trim_start().starts_with('{') => values::json(&text, name)?,
            GivenValue::Typed(text) => {
                let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                    return Err(usage(format!("`{}` is not a valid entry for `{name}`", shown(&text)))
                        .hint(format!("write `{name}.<key> <value>`")));
                };
                by_key.entry(key.to_owned()).or_default().push((Vec::new(), value.into()));
                continue;
            }
        };
        match whole {
            Value::Object(whole) if !whole.is_empty() => {
                for (key, value) in whole {
                    let value = match declared(&key) {
                        true => value,
                        false => judge::one(argument, value, &format!("{name}.{key}"))?,
                    };
                    out.push((Some(key), value));
                }
            }
            whole => out.push((None, judge::value(argument, whole, name)?)),
        }
    }
    for (key, entries) in by_key {
        let name = format!("{name}.{key}");
        let value = if !argument.is_list() && entries.iter().any(|(inside, _)| !inside.is_empty()) {
            element(argument, entries, &name)?
        } else {
            value_of_map(argument, entries, &name)?
        };
        if out.iter().any(|(known, _)| known.as_ref() == Some(&key)) {
            return Err(twice(&name));
        }
        out.push((Some(key), value));
    }
    Ok(out)
}

/// How many parts of `inside` are the key in a map, which may contain dots (`a.txt`). Only values with fields have
/// anything after it: the shortest rest that there is a field for.
fn key_parts(argument: &Argument, inside: &[String], value: &GivenValue) -> usize {
    if argument.fields.is_empty() {
        return inside.len();
    }
    let parts: Vec<&str> = inside.iter().map(String::as_str).collect();
    let is_field = |end: &usize| {
        let rest = parts.get(*end..).unwrap_or_default();
        rest.len() <= MAX_KEY && find(&argument.fields, rest).is_some()
    };
    let is_null = match value {
        GivenValue::Typed(text) => text == "null",
        GivenValue::Json(value) => value.is_null(),
    };
    let is_whole = is_null || is_json_object(value);
    (1..parts.len()).find(is_field).unwrap_or(if is_whole { parts.len() } else { 1 })
}

/// One value of a map, given as a whole.
fn value_of_map(argument: &Argument, entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    match entries.as_slice() {
        [(_, value @ GivenValue::Typed(text))]
            if !argument.is_list() && !argument.fields.is_empty() && is_json_object(value) =>
        {
            judge::one(argument, values::json(text, name)?, name)
        }
        _ => value(argument, entries, name),
    }
}

/// An array: whole texts in order, or items by their numbers.
fn array(argument: &Argument, mut entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    let numbered = entries.iter().filter(|(inside, _)| !inside.is_empty()).count();
    if numbered == 0 {
        if let [(_, GivenValue::Json(value))] = entries.as_mut_slice() {
            return judge::one(argument, with_keys(argument, std::mem::take(value), name)?, name);
        }
        let mut items = Vec::new();
        let alone = entries.len() == 1;
        for (_, value) in entries {
            let text = match value {
                GivenValue::Typed(text) => text,
                GivenValue::Json(value) => {
                    add_values(argument, with_keys(argument, value, name)?, name, &mut items)?;
                    continue;
                }
            };
            if argument.allow_empty && text.is_empty() {
                return Ok(Value::String(String::new()));
            }
            if argument.nullable && text == "null" && alone {
                return Ok(Value::Null);
            }
            // If a single value is allowed, it is sent without a list; a comma makes it a list.
            if argument.multiplicity.takes_one() && alone && !text.trim_start().starts_with('[') {
                match commas(&text).as_slice() {
                    [one] => return values::value(argument, one, name),
                    _ if argument.value_type == ValueType::Json => {
                        return values::value(argument, &text, name);
                    }
                    _ => {}
                }
            }
            add_items(argument, &text, name, &mut items)?;
        }
        checks::items(argument, &items, name)?;
        return Ok(Value::Array(items));
    }
    if numbered < entries.len() {
        return Err(usage(format!("items of `{name}` are given with numbers and without"))
            .hint(format!("number them all, as in `{name}.0`, or none")));
    }
    let mut by_number: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
    for (mut inside, value) in entries {
        let rest = inside.split_off(1);
        let number = inside.concat();
        let plain = number.len() <= 6 && number.bytes().all(|b| b.is_ascii_digit());
        let Some(n) = number.parse::<usize>().ok().filter(|_| plain) else {
            return Err(usage(format!("`{}` in `{name}.{0}` is not an item number", shown(&number)))
                .hint(format!("write `{name}.0`, `{name}.1` and so on")));
        };
        by_number.entry(n).or_default().push((rest, value));
    }
    let mut items = Vec::new();
    for (expected, (n, entries)) in by_number.into_iter().enumerate() {
        if n != expected {
            return Err(usage(format!("`{name}.{n}` is given, and `{name}.{expected}` is not"))
                .hint("number items from 0 without a gap"));
        }
        let name = format!("{name}.{n}");
        if entries.iter().any(|(inside, _)| !inside.is_empty()) {
            items.push(element(argument, entries, &name)?);
            continue;
        }
        items.push(match <[Entry; 1]>::try_from(entries) {
            Ok([(_, GivenValue::Typed(text))]) => item(argument, &text, &name)?,
            Ok([(_, GivenValue::Json(value))]) => {
                judge::item(argument, with_keys(argument, value, &name)?, &name)?
            }
            Err(_) => return Err(twice(&name)),
        });
    }
    checks::items(argument, &items, name)?;
    Ok(Value::Array(items))
}

/// The items that one text gives.
fn add_items(argument: &Argument, text: &str, name: &str, items: &mut Vec<Value>) -> Result<(), Failure> {
    if text.trim_start().starts_with('[') {
        add_values(argument, Value::Array(values::json_array(text, name)?), name, items)?;
    } else if argument.value_type == ValueType::Json || is_object(argument, text) {
        items.push(item(argument, text, &format!("{name}.{}", items.len()))?);
    } else {
        for part in commas(text) {
            items.push(values::scalar(argument, &part, name)?);
        }
    }
    Ok(())
}

/// The items that are given as data: those of an array, or one.
fn add_values(argument: &Argument, value: Value, name: &str, items: &mut Vec<Value>) -> Result<(), Failure> {
    let more = match value {
        Value::Array(more) => more,
        one => vec![one],
    };
    for value in more {
        items.push(judge::list_item(argument, value, name, items.len())?);
    }
    Ok(())
}

/// One item from its text: `price=3,quantity=2` if it has fields, else according to its type.
fn item(argument: &Argument, text: &str, name: &str) -> Result<Value, Failure> {
    if !argument.fields.is_empty() && text.trim_start().starts_with(['{', '[', '"']) {
        return judge::item(argument, values::json(text, name)?, name);
    }
    if !is_object(argument, text) {
        return values::scalar(argument, text, name);
    }
    let mut entries = Vec::new();
    for pair in commas(text) {
        let Some((field, value)) = pair.split_once('=') else {
            return Err(usage(format!("`{}` in `{name}` is not `field=value`", shown(&pair)))
                .hint("write a comma inside a value as `\\,`"));
        };
        entries.push((field.trim().split('.').map(str::to_owned).collect(), value.into()));
    }
    element(argument, entries, name)
}

/// Whether the text of an item is an object. If texts are items as well, they may contain a `=` themselves.
fn is_object(argument: &Argument, text: &str) -> bool {
    if argument.fields.is_empty() {
        return false;
    }
    let json = text.trim_start().starts_with(['{', '"']);
    let pair = text.split_once('=').is_some_and(|(field, _)| {
        let parts: Vec<&str> = field.trim().split('.').take(MAX_KEY).collect();
        argument.value_type == ValueType::Json || find(&argument.fields, &parts).is_some()
    });
    json || pair
}

/// An object from the values of its fields.
fn element(argument: &Argument, entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    let mut given = Vec::with_capacity(entries.len());
    for (path, value) in entries {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        if parts.is_empty() {
            return Err(usage(format!("`{name}` is given both as a whole and by fields"))
                .hint("give the whole or its fields"));
        }
        let Some((target, used)) = find(&argument.fields, &parts) else {
            let field = parts.join(".");
            let failure = usage(format!("`{name}` has no field `{}`", shown(&field)));
            let names = argument.fields.iter().map(|field| field.name.clone()).collect();
            return Err(match crate::suggest::nearest(&field, names).first() {
                Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
                None => failure.hint("give the whole as JSON; `--help` shows its fields"),
            });
        };
        let inside = path.get(used..).unwrap_or_default().to_vec();
        given.push(Given { target, inside, value });
    }
    let mut object = object(&argument.fields, given, &format!("{name}."))?;
    judge::required(&argument.fields, &mut object, name)?;
    Ok(Value::Object(object))
}

/// Data with its members under the keys of the request, for members that are named like the flags:
/// `unit-price`, or `size.width`. Other members are unchanged.
fn with_keys(argument: &Argument, value: Value, name: &str) -> Result<Value, Failure> {
    if argument.fields.is_empty() {
        return Ok(value);
    }
    let each = |value: Value, name: &str| match value {
        Value::Object(members) => with_keys_of(&argument.fields, members, name).map(Value::Object),
        other => Ok(other),
    };
    let list = |value: Value, name: &str| match value {
        Value::Array(items) => {
            let items = items.into_iter().enumerate().map(|(n, item)| each(item, &format!("{name}.{n}")));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        other => each(other, name),
    };
    match value {
        Value::Object(members) if argument.is_map() => {
            let members = members.into_iter().map(|(key, value)| {
                let value = list(value, &format!("{name}.{key}"))?;
                Ok((key, value))
            });
            members.collect::<Result<_, _>>().map(Value::Object)
        }
        other => list(other, name),
    }
}

/// The argument that a member of an object belongs to, by its key in the request first.
fn member_of(fields: &[Argument], member: &str) -> Option<Target> {
    if let Some(n) =
        fields.iter().position(|field| matches!(field.wire_path.as_slice(), [one] if one == member))
    {
        return Some(Target::Argument(n));
    }
    if fields.iter().any(|field| field.wire_path.first().is_some_and(|first| first == member)) {
        return Some(Target::Object(vec![member.to_owned()]));
    }
    let parts: Vec<&str> = member.split('.').take(MAX_KEY + 1).collect();
    let (target, used) = (parts.len() <= MAX_KEY).then(|| find(fields, &parts))??;
    (used == parts.len()).then_some(target)
}

fn with_keys_of(
    fields: &[Argument],
    members: Map<String, Value>,
    name: &str,
) -> Result<Map<String, Value>, Failure> {
    let mut out = Map::new();
    for (member, value) in members {
        let name = format!("{name}.{member}");
        let (path, value) = match member_of(fields, &member) {
            Some(Target::Argument(n)) => match fields.get(n) {
                Some(field) => (field.key().into_owned(), with_keys(field, value, &name)?),
                None => (vec![member], value),
            },
            Some(Target::Object(key)) => (key, value),
            None => (vec![member], value),
        };
        if !insert(&mut out, &path, value) {
            return Err(twice(&name));
        }
    }
    Ok(out)
}

fn twice(name: &str) -> Failure {
    usage(format!("`{name}` is given more than once")).hint("give it once")
}

fn put(object: &mut Map<String, Value>, key: &[String], value: Value, name: &str) -> Result<(), Failure> {
    if insert(object, key, value) {
        return Ok(());
    }
    let whole = name.split('.').next().unwrap_or_default();
    let failure = if whole == name {
        usage(format!("`{name}` is given both as a whole and by fields"))
    } else {
        usage(format!("`{whole}` and `{name}` cannot both be given"))
    };
    Err(failure.hint("give the whole or its fields"))
}

#[cfg(test)]
mod tests;
