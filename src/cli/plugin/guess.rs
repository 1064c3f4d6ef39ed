//! Guesses what was meant by words in another order, or in the singular: `get pod x` for `pods get x`.

use std::ffi::OsString;

use super::complete;
use crate::input::Signature;

use crate::generator::{same_noun, typed};
use crate::http;
use crate::plugins::{Found, Lookup, Plugin};

/// The longest rest of a line that is repeated in a hint, in bytes.
const MAX_REST: usize = 400;

/// The whole command line that was meant by `arguments`, which were not found.
pub(super) fn meant(plugin: &Plugin, arguments: &[OsString]) -> Option<String> {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let end = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
    let (found, used) =
        verb_first(plugin, words.get(..end)?).or_else(|| in_order(plugin, words.get(..end)?))?;
    let rest = words.get(used..)?;
    let found = list_instead(plugin, &found, rest).unwrap_or(found);
    let command = found.line(&plugin.name());
    let rest: String = rest.iter().map(|word| format!(" {}", http::quote(word))).collect();
    // Nobody reads a longer one to the end.
    Some(if rest.len() > MAX_REST { format!("{command} ...") } else { format!("{command}{rest}") })
}

/// `get pods x`, `get pod x`: the command, and how many words that used.
fn verb_first(plugin: &Plugin, words: &[String]) -> Option<(Found, usize)> {
    let (verb, nouns) = words.split_first()?;
    let groups = groups(plugin, nouns);
    (1..=groups.len()).rev().find_map(|used| {
        let found = command(plugin, groups.get(..used)?, verb)?;
        Some((found, used + 1))
    })
}

/// `pod get x`.
fn in_order(plugin: &Plugin, words: &[String]) -> Option<(Found, usize)> {
    let groups = groups(plugin, words);
    (1..=groups.len()).rev().find_map(|used| {
        let found = command(plugin, groups.get(..used)?, words.get(used)?)?;
        Some((found, used + 1))
    })
}

/// The nested groups that `words` mean, as far as they match.
fn groups(plugin: &Plugin, words: &[String]) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for word in words {
        let word = word.to_ascii_lowercase().replace('-', "_");
        let below = plugin.groups_at(&groups).unwrap_or_default();
        let exact = below.iter().find(|group| group.name.trim_end_matches('_') == word);
        let Some(group) = exact.or_else(|| below.iter().find(|group| same_noun(&group.name, &word))) else {
            break;
        };
        groups.push(group.name.clone());
    }
    groups
}

fn command(plugin: &Plugin, group: &[String], verb: &str) -> Option<Found> {
    let words: Vec<String> = group.iter().map(|word| typed(word)).chain([verb.to_owned()]).collect();
    match plugin.lookup(&words) {
        Ok(Lookup::Command(found)) if found.used == words.len() => Some(*found),
        // `get pods` without anything to identify one.
        Ok(Lookup::Unknown { .. }) if verb == "get" => command(plugin, group, "list"),
        _ => None,
    }
}

/// `get pods` means all of them: `list`, if no word in `rest` identifies one, and the flags are sufficient.
fn list_instead(plugin: &Plugin, found: &Found, rest: &[String]) -> Option<Found> {
    let fits = |found: &Found| {
        let signature = Signature::of(found);
        let (placed, named) = complete::placed(&signature, rest);
        let mut all = signature.positionals.iter().enumerate();
        placed == 0 && all.all(|(n, argument)| named.contains(&n) || argument.constant().is_some())
    };
    if found.function.name != "get" || fits(found) {
        return None;
    }
    command(plugin, &found.group, "list").filter(fits)
}
