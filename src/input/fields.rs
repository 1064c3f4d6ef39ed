//! What was typed for flags, put together into the objects that they are parts of.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::checks;
use super::values::{self, shown};
use crate::diagnostic::{Failure, usage};
use crate::model::{Argument, ValueType};

/// One typed value: of which argument, at which place inside of it (`0.price`), and its text.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) target: Target,
    pub(crate) inside: Vec<String>,
    pub(crate) text: String,
}

/// What a typed name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The argument of this number.
    Argument(usize),
    /// A whole object that has flags for its fields, by its keys.
    Object(Vec<String>),
}

/// The most parts that a name of a field is looked for in.
const MAX_KEY: usize = 64;

/// An entry of an argument: the place inside of it, and the text.
type Entry = (Vec<String>, String);

/// What the dotted name `path` means among `arguments`, and how many of its parts say so.
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

/// Whether `parts` are the first of the argument's name, each as the flag or as the document spells it:
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

/// The object that the given values make. `prefix` is what stands before the names of `arguments`: `--`, or
/// `--items.0.`.
pub(crate) fn object(
    arguments: &[Argument],
    given: Vec<Given>,
    prefix: &str,
) -> Result<Map<String, Value>, Failure> {
    let mut object = Map::new();
    let mut wholes: Vec<Vec<String>> = Vec::new();
    // In the order of the arguments, whatever order they are typed in.
    let mut entries: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
    for Given { target, inside, text } in given {
        match target {
            Target::Argument(n) => entries.entry(n).or_default().push((inside, text)),
            Target::Object(key) => {
                let name = format!("{prefix}{}", key.join("."));
                let whole = values::json(&text, &name)?;
                if !whole.is_object() && !whole.is_null() {
                    return Err(usage(format!("`{}` for `{name}` is no JSON object", shown(&text)))
                        .hint("give an object, `null`, or its fields one by one"));
                }
                put(&mut object, &key, whole, &name)?;
                wholes.push(key);
            }
        }
    }
    for (n, entries) in entries {
        let Some(argument) = arguments.get(n) else { continue };
        let name = format!("{prefix}{}", argument.name);
        if let Some(whole) = wholes.iter().find(|whole| argument.key().starts_with(whole)) {
            return Err(usage(format!("`{prefix}{}` and `{name}` cannot both be given", whole.join(".")))
                .hint("give the whole or its fields"));
        }
        if argument.is_map() {
            for (key, value) in entries_of_map(argument, entries, &name)? {
                match key {
                    None => put(&mut object, &argument.key(), value, &name)?,
                    Some(key) => {
                        let path: Vec<String> = argument.key().iter().cloned().chain([key]).collect();
                        put(&mut object, &path, value, &name)?;
                    }
                }
            }
        } else {
            let value = if argument.is_list() {
                array(argument, entries, &name)?
            } else {
                single(argument, entries, &name)?
            };
            put(&mut object, &argument.key(), value, &name)?;
        }
    }
    Ok(object)
}

/// A value that is given once.
fn single(argument: &Argument, entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    match <[Entry; 1]>::try_from(entries) {
        Ok([(_, text)]) => values::value(argument, &text, name),
        Err(_) => Err(twice(name)),
    }
}

/// Entries of a free map by their keys; without a key, what stands for the whole map.
fn entries_of_map(
    argument: &Argument,
    entries: Vec<Entry>,
    name: &str,
) -> Result<Vec<(Option<String>, Value)>, Failure> {
    let mut out = Vec::new();
    let mut by_key: IndexMap<String, Vec<Entry>> = IndexMap::new();
    for (mut inside, text) in entries {
        if inside.is_empty() {
            if argument.allow_empty && text.is_empty() {
                out.push((None, Value::String(text)));
                continue;
            }
            if text == "null" {
                out.push((None, Value::Null));
                continue;
            }
            if text.trim_start().starts_with('{') {
                let Value::Object(whole) = values::json(&text, name)? else { continue };
                if whole.is_empty() {
                    out.push((None, Value::Object(whole)));
                } else {
                    out.extend(whole.into_iter().map(|(key, value)| (Some(key), value)));
                }
                continue;
            }
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(usage(format!("`{}` is no entry for `{name}`", shown(&text)))
                    .hint(format!("write `{name}.<key> <value>`")));
            };
            by_key.entry(key.to_owned()).or_default().push((Vec::new(), value.to_owned()));
            continue;
        }
        let rest = inside.split_off(key_parts(argument, &inside, &text));
        let key = inside.join(".");
        by_key.entry(key).or_default().push((rest, text));
    }
    for (key, entries) in by_key {
        let name = format!("{name}.{key}");
        let value = if argument.is_list() {
            array(argument, entries, &name)?
        } else if entries.iter().any(|(inside, _)| !inside.is_empty()) {
            element(argument, entries, &name)?
        } else {
            single(argument, entries, &name)?
        };
        if out.iter().any(|(known, _)| known.as_ref() == Some(&key)) {
            return Err(twice(&name));
        }
        out.push((Some(key), value));
    }
    Ok(out)
}

/// How many parts of `inside` are the key in a map, which may have dots itself (`a.txt`). Only values with fields of their
/// own have anything after it: as little as there is a field for.
fn key_parts(argument: &Argument, inside: &[String], text: &str) -> usize {
    if argument.fields.is_empty() {
        return inside.len();
    }
    let parts: Vec<&str> = inside.iter().map(String::as_str).collect();
    let is_field = |end: &usize| {
        let rest = parts.get(*end..).unwrap_or_default();
        rest.len() <= MAX_KEY && find(&argument.fields, rest).is_some()
    };
    let is_whole = text == "null" || text.trim_start().starts_with('{');
    (1..parts.len()).find(is_field).unwrap_or(if is_whole { parts.len() } else { 1 })
}

/// An array: whole texts one after the other, or items by their numbers.
fn array(argument: &Argument, entries: Vec<Entry>, name: &str) -> Result<Value, Failure> {
    let numbered = entries.iter().filter(|(inside, _)| !inside.is_empty()).count();
    if numbered == 0 {
        let mut items = Vec::new();
        for (_, text) in &entries {
            if argument.allow_empty && text.is_empty() {
                return Ok(Value::String(String::new()));
            }
            if argument.nullable && !argument.is_map() && text == "null" && entries.len() == 1 {
                return Ok(Value::Null);
            }
            // Where one value will do, it goes without a list around it; a comma makes a list of two.
            if argument.multiplicity.takes_one() && entries.len() == 1 && !text.trim_start().starts_with('[')
            {
                match values::split(text).as_slice() {
                    [one] => return values::value(argument, one, name),
                    _ if argument.value_type == ValueType::Json => {
                        return values::value(argument, text, name);
                    }
                    _ => {}
                }
            }
            add_items(argument, text, name, &mut items)?;
        }
        checks::items(argument, &items, name)?;
        return Ok(Value::Array(items));
    }
    if numbered < entries.len() {
        return Err(usage(format!("items of `{name}` are given with numbers and without"))
            .hint(format!("number them all, as in `{name}.0`, or none")));
    }
    let mut by_number: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
    for (mut inside, text) in entries {
        let rest = inside.split_off(1);
        let number = inside.concat();
        let plain = number.len() <= 6 && number.bytes().all(|b| b.is_ascii_digit());
        let Some(n) = number.parse::<usize>().ok().filter(|_| plain) else {
            return Err(usage(format!("`{}` in `{name}.{0}` is no number of an item", shown(&number)))
                .hint(format!("write `{name}.0`, `{name}.1` and so on")));
        };
        by_number.entry(n).or_default().push((rest, text));
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
        let Ok([(_, text)]) = <[Entry; 1]>::try_from(entries) else { return Err(twice(&name)) };
        items.push(item(argument, &text, &name)?);
    }
    checks::items(argument, &items, name)?;
    Ok(Value::Array(items))
}

/// The items that one text gives.
fn add_items(argument: &Argument, text: &str, name: &str, items: &mut Vec<Value>) -> Result<(), Failure> {
    if text.trim_start().starts_with('[') {
        match serde_json::from_str(text) {
            Ok(Value::Array(more)) => items.extend(more),
            _ => {
                return Err(usage(format!("`{}` for `{name}` is no JSON array", shown(text)))
                    .hint("give a JSON array, or the items one by one"));
            }
        }
    } else if argument.value_type == ValueType::Json || is_object(argument, text) {
        items.push(item(argument, text, &format!("{name}.{}", items.len()))?);
    } else {
        for part in values::split(text) {
            items.push(values::scalar(argument, &part, name)?);
        }
    }
    Ok(())
}

/// One item from its text: `price=3,quantity=2` where it has fields, else as its type says.
fn item(argument: &Argument, text: &str, name: &str) -> Result<Value, Failure> {
    if !argument.fields.is_empty() && text.trim_start().starts_with(['{', '[', '"']) {
        return values::json(text, name);
    }
    if !is_object(argument, text) {
        return values::scalar(argument, text, name);
    }
    let mut entries = Vec::new();
    for pair in values::split(text) {
        let Some((field, value)) = pair.split_once('=') else {
            return Err(usage(format!("`{}` in `{name}` is no `field=value`", shown(&pair)))
                .hint("write a comma inside a value as `\\,`"));
        };
        entries.push((field.trim().split('.').map(str::to_owned).collect(), value.to_owned()));
    }
    element(argument, entries, name)
}

/// Whether the text of an item is an object. Where texts are items as well, they may have a `=` themselves.
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
    for (path, text) in entries {
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
        given.push(Given { target, inside, text });
    }
    let present = Present::of(&argument.fields, &given);
    let mut object = object(&argument.fields, given, &format!("{name}."))?;
    let missing = complete(&argument.fields, &present, &mut object, true, |_| true);
    if let Some(missing) = missing.first() {
        return Err(usage(format!("`{name}.{missing}` is missing"))
            .hint("its object needs it as soon as it has any field"));
    }
    Ok(Value::Object(object))
}

/// Which arguments and objects have something given.
#[derive(Debug, Default)]
pub(crate) struct Present {
    /// Keys of what is given, and of every object around it.
    open: HashSet<Vec<String>>,
    /// Keys of objects that are given whole.
    whole: HashSet<Vec<String>>,
}

impl Present {
    pub(crate) fn of(arguments: &[Argument], given: &[Given]) -> Self {
        let mut present = Self::default();
        for given in given {
            let key = match &given.target {
                Target::Argument(n) => {
                    let Some(argument) = arguments.get(*n) else { continue };
                    let as_json = given.text == "null" || given.text.trim_start().starts_with('{');
                    if given.inside.is_empty() && (!argument.is_map() || as_json) {
                        present.whole.insert(argument.key().into_owned());
                    }
                    argument.key().into_owned()
                }
                Target::Object(key) => {
                    present.whole.insert(key.clone());
                    key.clone()
                }
            };
            present.open(&key);
        }
        present
    }

    fn open(&mut self, key: &[String]) {
        for end in 1..=key.len() {
            if let Some(part) = key.get(..end) {
                self.open.insert(part.to_vec());
            }
        }
    }

    /// Something is given at this key, inside of it, or for the whole of an object around it.
    pub(crate) fn has(&self, key: &[String]) -> bool {
        self.open.contains(key)
            || (1..=key.len()).any(|end| key.get(..end).is_some_and(|part| self.whole.contains(part)))
    }
}

/// Fills in what can have only one value, and returns the names of what is missing. `rooted` says that the object is
/// there whatever is given in it; `asked` whether an argument counts: what comes by `--body` instead does not.
pub(crate) fn complete(
    arguments: &[Argument],
    present: &Present,
    object: &mut Map<String, Value>,
    rooted: bool,
    asked: impl Fn(&Argument) -> bool,
) -> Vec<String> {
    let mut missing = Vec::new();
    for argument in arguments {
        let needed = argument.needed.filter(|anchor| match argument.key().get(..*anchor) {
            Some([]) => rooted,
            Some(object) => present.open.contains(object),
            None => false,
        });
        let wanted = argument.required || needed.is_some();
        if !wanted || present.has(&argument.key()) || !asked(argument) {
            continue;
        }
        match argument.constant() {
            Some(value) => {
                let _ = insert(object, &argument.key(), value.clone());
            }
            None => missing.push(argument.name.clone()),
        }
    }
    missing
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

/// Puts a value where `path` leads, making the objects on the way. False if something else stands there: a whole and
/// one of its parts cannot both be meant.
fn insert(map: &mut Map<String, Value>, path: &[String], value: Value) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    if rest.is_empty() {
        return !map.contains_key(first) && {
            map.insert(first.clone(), value);
            true
        };
    }
    match map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => insert(inner, rest, value),
        _ => false,
    }
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
