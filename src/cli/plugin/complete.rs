//! Completion after a command: its flags, and the values of the current flag or argument.

use std::collections::HashSet;

use super::flags::{FlagNames, Meaning};
use crate::input::describe::describe;
use crate::input::fields::{self, Target};
use crate::input::{Signature, is_switch};
use crate::model::own_flag::{Definition, OWN_FLAGS, Takes};
use crate::model::{Argument, ValueType};
use crate::openapi::sentence;

/// Candidates after `typed`, the words that follow the command, each with a line of help.
pub(super) fn arguments(signature: &Signature, typed: &[String]) -> Vec<(String, String)> {
    if let Some(word) = typed.last().filter(|word| !word.contains('='))
        && let Some(values) = values_of(signature, word)
    {
        return values;
    }
    let (count, named) = placed(signature, typed);
    let open: Vec<usize> = (0..signature.positionals.len()).filter(|n| !named.contains(n)).collect();
    let open = open.get(count..).unwrap_or_default();
    let next = open.first().and_then(|n| signature.positionals.get(*n));
    let mut candidates = next.map(values).unwrap_or_default();
    for n in open {
        let (Some(argument), Some(name)) = (signature.positionals.get(*n), signature.names.get(*n)) else {
            continue;
        };
        let help = sentence(&argument.description);
        candidates.extend(name.short.map(|short| (format!("-{short}"), help.clone())));
        candidates.extend(name.long.as_ref().map(|long| (format!("--{long}"), help)));
    }
    for flag in &signature.flags {
        let help = sentence(&flag.description);
        if !flag.fields.is_empty() && flag.is_list() {
            let item = next_item(&flag.name, typed);
            candidates.extend(
                flag.fields
                    .iter()
                    .map(|field| (format!("--{}.{item}.{}", flag.name, field.name), describe(field))),
            );
        }
        let dot = if flag.is_map() { "." } else { "" };
        candidates.push((format!("--{}{dot}", flag.name), help));
    }
    let names = FlagNames::of(signature);
    candidates.extend(OWN_FLAGS.iter().map(|own| (format!("--{}", names.shown(own)), own.help.to_owned())));
    candidates
}

/// Candidates for the value of `word`, `--flag` or `-f`; `None` if it takes none.
pub(super) fn values_of(signature: &Signature, word: &str) -> Option<Vec<(String, String)>> {
    match meaning(signature, word) {
        Means::Flag(flag) => (!is_switch(flag)).then(|| values(flag)),
        Means::Positional(n) => Some(signature.positionals.get(n).map(values).unwrap_or_default()),
        // A flag of apicli with a value gets the shell's own candidates.
        Means::Own(own) => takes_value(own).then(|| match own.takes {
            Takes::OneOf(_, values) => {
                values.iter().map(|value| ((*value).to_owned(), String::new())).collect()
            }
            _ => Vec::new(),
        }),
        Means::Nothing => None,
    }
}

/// What a word with a dash means.
enum Means<'s> {
    Flag(&'s Argument),
    Positional(usize),
    Own(&'static Definition),
    Nothing,
}

fn meaning<'s>(signature: &'s Signature, word: &str) -> Means<'s> {
    let names = FlagNames::of(signature);
    let Some(name) = word.strip_prefix("--") else {
        let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
        let (Some(short), None) = (letters.next(), letters.next()) else { return Means::Nothing };
        if let Some(n) = signature.names.iter().position(|name| name.short == Some(short)) {
            return Means::Positional(n);
        }
        let own = OWN_FLAGS.iter().find(|own| names.letter(own) == Some(short));
        return own.map_or(Means::Nothing, Means::Own);
    };
    match names.meaning(name) {
        Ok(Meaning::Own(own)) => Means::Own(own),
        Ok(Meaning::Positional(n)) => Means::Positional(n),
        Ok(Meaning::Flag(n)) => signature.flags.get(n).map_or(Means::Nothing, Means::Flag),
        Ok(Meaning::Inside(Target::Argument(n), used)) if used == name.split('.').count() => {
            signature.flags.get(n).map_or(Means::Nothing, Means::Flag)
        }
        Ok(Meaning::Inside(..)) => flag(&signature.flags, name).map_or(Means::Nothing, Means::Flag),
        Ok(Meaning::Unknown) | Err(_) => Means::Nothing,
    }
}

/// Whether the word after a flag of apicli is its value.
fn takes_value(own: &Definition) -> bool {
    !matches!(own.takes, Takes::Nothing | Takes::Perhaps(_))
}

/// The flag of that name, or the field of an item.
fn flag<'a>(mut flags: &'a [Argument], name: &str) -> Option<&'a Argument> {
    let parts: Vec<&str> = name.split('.').collect();
    let mut rest = parts.as_slice();
    loop {
        let (Target::Argument(at), used) = fields::find(flags, rest)? else { return None };
        let found = flags.get(at)?;
        // Between the name and a field's is the item's number, or the map's key.
        match rest.get(used + 1..) {
            Some(inner) if !inner.is_empty() && !found.fields.is_empty() => {
                (flags, rest) = (&found.fields, inner);
            }
            _ => return Some(found),
        }
    }
}

fn values(argument: &Argument) -> Vec<(String, String)> {
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut values: Vec<String> = argument.allowed.iter().flatten().map(plain).collect();
    if values.is_empty() && argument.value_type == ValueType::Boolean {
        values.extend(["true", "false"].map(str::to_owned));
    }
    if argument.nullable {
        values.push("null".to_owned());
    }
    values.into_iter().map(|value| (value, String::new())).collect()
}

/// How many positionals are already given by position, and the numbers of those that are given by name.
pub(super) fn placed(signature: &Signature, typed: &[String]) -> (usize, HashSet<usize>) {
    let mut count = 0;
    let mut named = HashSet::new();
    let mut words = typed.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word.len() < 2 {
            count += 1;
            continue;
        }
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        named.extend(signature.names.iter().position(|by_name| by_name.is(name)));
        if takes_next(signature, word) {
            words.next();
        }
    }
    (count, named)
}

/// Whether the word after `word`, a flag as typed, is its value.
fn takes_next(signature: &Signature, word: &str) -> bool {
    if word.contains('=') && word.starts_with("--") {
        return false;
    }
    match meaning(signature, word) {
        Means::Flag(flag) => !is_switch(flag),
        Means::Positional(_) => true,
        Means::Own(own) => takes_value(own),
        Means::Nothing => false,
    }
}

/// The number of the item that is being typed: the last one, or the first.
fn next_item(name: &str, typed: &[String]) -> usize {
    let numbers = typed.iter().filter_map(|word| {
        let rest = word.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('.')?;
        rest.split('.').next()?.parse::<usize>().ok()
    });
    numbers.max().unwrap_or_default()
}
