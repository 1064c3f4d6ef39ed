//! Names from `operationId`s: whole names if a document's ids are names, otherwise additions to a name.

use std::collections::{BTreeMap, HashMap};

use super::command_path::CommandPath;
use super::naming::{MAX_IDENTIFIER, identifier, same_noun, words};
use super::survey::{Convention, Subject};

/// Words of an id that repeat the method, or that join others.
const SAID: [&str; 27] = [
    "add", "all", "create", "delete", "destroy", "do", "fetch", "get", "insert", "list", "patch", "post",
    "put", "read", "remove", "replace", "retrieve", "set", "show", "update", "id", "ids", "api", "head",
    "options", "connect", "query",
];

/// Names by the document's own ids, if they are names; one for each subject.
pub(super) fn conventional(subjects: &[Subject<'_>], convention: Convention) -> Vec<Option<CommandPath>> {
    match convention {
        Convention::None => vec![None; subjects.len()],
        Convention::Underscored => {
            subjects.iter().map(|subject| underscored(subject.operation_id?)).collect()
        }
        Convention::Dotted => dotted(subjects),
    }
}

/// `VirtualMachines_CreateOrUpdate`: the group `virtual_machines`, the function `create_or_update`.
fn underscored(id: &str) -> Option<CommandPath> {
    let (group, function) = id.split_once('_')?;
    let group = identifier(group);
    let function = identifier(function);
    Some(CommandPath { function: without_noun(&function, &group), group: vec![group] })
}

/// `container.projects.locations.clusters.get`: what precedes the method, without the common prefix.
fn dotted(subjects: &[Subject<'_>]) -> Vec<Option<CommandPath>> {
    let split = |id: &str| {
        let mut names: Vec<String> = id.split('.').skip(1).map(identifier).collect();
        let function = names.pop()?;
        (!names.is_empty()).then_some((names, function))
    };
    let all: Vec<Option<(Vec<String>, String)>> =
        subjects.iter().map(|subject| split(subject.operation_id?)).collect();
    let scope = scope(all.iter().flatten().map(|(group, _)| group.as_slice()));
    let mut siblings: HashMap<(&[String], &str), ()> = HashMap::new();
    for (group, function) in all.iter().flatten() {
        siblings.insert((group.as_slice(), function.as_str()), ());
    }
    let of = |named: &Option<(Vec<String>, String)>| {
        let (group, function) = named.as_ref()?;
        let has = |name: &str| siblings.contains_key(&(group.as_slice(), name));
        let function = match function.as_str() {
            "insert" if !has("create") => "create".to_owned(),
            "patch" if has("update") => "update".to_owned(),
            "update" if has("patch") => "replace".to_owned(),
            "patch" => "update".to_owned(),
            _ => function.clone(),
        };
        let length = group.iter().zip(&scope).take_while(|(word, scope)| word == scope).count();
        let length = length.min(group.len().saturating_sub(1));
        let group: Vec<String> = group.get(length..).unwrap_or_default().to_vec();
        let function = without_noun(&function, group.last()?);
        Some(CommandPath { group, function })
    };
    all.iter().map(of).collect()
}

/// The words that two fifths of all groups, and most of the others, are below.
fn scope<'a>(groups: impl Iterator<Item = &'a [String]>) -> Vec<String> {
    let groups: Vec<&[String]> = groups.collect();
    let mut scope: Vec<String> = Vec::new();
    for _ in 0..6 {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for group in &groups {
            if let Some([word, _, ..]) = group.strip_prefix(scope.as_slice()) {
                *counts.entry(word).or_default() += 1;
            }
        }
        let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let second = ranked.get(1).map_or(0, |(_, count)| *count);
        match ranked.first() {
            Some((word, count)) if count * 5 >= groups.len() * 2 && count * 2 >= second * 3 => {
                scope.push((*word).to_owned());
            }
            _ => break,
        }
    }
    scope
}

/// A function without the noun of its group: `get_users` in `users` is `get`.
pub(super) fn without_noun(function: &str, group: &str) -> String {
    let noun = group.trim_end_matches('_');
    let parts: Vec<&str> = function.trim_end_matches('_').split('_').collect();
    let count = noun.split('_').count();
    if parts.len() > count
        && let Some((verb, rest)) = parts.split_at_checked(parts.len() - count)
        && same_noun(&rest.join("_"), noun)
        && !matches!(verb, ["by" | "for" | "of" | "to" | "in" | "from" | "with" | "and" | "or"])
        && !matches!(verb.last(), Some(&("by" | "for" | "of" | "to" | "in" | "from" | "with" | "and" | "or")))
    {
        return identifier(&verb.join("_"));
    }
    identifier(function.trim_end_matches('_'))
}

/// What an id adds to a name and a method: `for_all_namespaces`. Empty if it adds nothing, or something too long to
/// type.
pub(super) fn qualifier(id: &str, place: &CommandPath, extra: &[&str]) -> Option<String> {
    let mut rest = words(id);
    let is_said = |word: &str| {
        extra.contains(&word) || super::route::is_version(word) || word.bytes().all(|b| b.is_ascii_digit())
    };
    // Nouns of the group, even if the id writes them as two words: `config map`.
    for noun in place.group.iter().flat_map(|word| [Some(word.as_str()), None]).flatten() {
        let noun = noun.trim_end_matches('_').replace('_', "");
        for length in (1..=4).rev() {
            let at = rest.windows(length).position(|run| same_noun(&run.concat(), &noun));
            if let Some(at) = at {
                rest.drain(at..at + length);
                break;
            }
        }
    }
    let function: Vec<&str> = place.function.split('_').collect();
    let mut leading = true;
    rest.retain(|word| {
        // `-3b6b`: some generators' way to make ids unique.
        let hash = word.len() == 4
            && word.bytes().all(|b| b.is_ascii_hexdigit())
            && word.bytes().any(|b| b.is_ascii_digit());
        if hash {
            return false;
        }
        let said = is_said(word)
            || function.contains(&word.as_str())
            || (SAID.contains(&word.as_str()) && leading && word != "all");
        leading &= said;
        !said
    });
    while matches!(
        rest.last().map(String::as_str),
        Some("by" | "for" | "of" | "to" | "in" | "from" | "with" | "and")
    ) {
        rest.pop();
    }
    let text = rest.join("_");
    ((1..=5).contains(&rest.len()) && text.len() < MAX_IDENTIFIER / 2).then_some(text)
}
