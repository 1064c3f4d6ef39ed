//! Makes names unique, independently of the order of the document.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::command_path::CommandPath;
use super::naming::{ROOT, numbered};
use super::route::version_rank;
use crate::model::PathTemplate;

/// One operation whose name is to be settled.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    /// Its preferred name; afterwards, its final one.
    pub(crate) place: CommandPath,
    pub(crate) method: &'a str,
    pub(crate) path: &'a PathTemplate,
    /// The version in its path.
    pub(crate) version: Option<&'a str>,
    /// How many methods its path has.
    pub(crate) siblings: usize,
    /// Its name leaves out the scope of most of the document.
    pub(crate) scoped: bool,
    /// It keeps the name that it had before; nothing newer takes it away.
    pub(crate) settled_before: bool,
}

/// Gives every claim its name or else the first free one of its `others`, and keeps commands and groups of the same name
/// apart. The outcome depends on the set of claims, not on their order. Returns the indexes of the claims that had to
/// give way.
pub(crate) fn settle(claims: &mut [Claim<'_>], others: &dyn Fn(usize) -> Vec<CommandPath>) -> Vec<usize> {
    // Previous owners of a name come first, then the newest version, then paths without a mark, then those in the scope,
    // then paths with the most methods, then the shortest path; ties are broken by spelling.
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_cached_key(|&n| {
        let claim = &claims[n];
        let marked = claim.path.fragment().is_some() || !claim.path.query().is_empty();
        let length = claim.path.segments().len();
        (
            !claim.settled_before,
            std::cmp::Reverse(version_rank(claim.version)),
            marked,
            !claim.scoped,
            std::cmp::Reverse(claim.siblings),
            length,
            claim.path.to_string(),
            claim.method.to_owned(),
        )
    });
    let mut groups: HashSet<Vec<String>> = HashSet::new();
    for claim in claims.iter() {
        add_groups(&mut groups, &claim.place);
    }
    let mut renamed = BTreeSet::new();
    let mut taken: HashSet<CommandPath> = HashSet::new();
    let mut numbers: HashMap<CommandPath, usize> = HashMap::new();
    for &n in &order {
        let claim = &mut claims[n];
        let free = |place: &CommandPath, taken: &HashSet<CommandPath>, groups: &HashSet<Vec<String>>| {
            !taken.contains(place) && !groups.contains(&inner(place)) && !is_below_command(place, taken)
        };
        // A command with the name of a sibling group moves into that group.
        let moved = |mut place: CommandPath| {
            // This terminates: each round goes one group deeper, and no group is deeper than the deepest.
            while groups.contains(&inner(&place)) {
                place = CommandPath { group: inner(&place), function: moved(claim.method).to_owned() };
            }
            place
        };
        let mut place = moved(claim.place.clone());
        if !free(&place, &taken, &groups) {
            renamed.insert(n);
            let other = others(n).into_iter().map(moved).find(|place| free(place, &taken, &groups));
            place = match other {
                Some(other) => other,
                None => last_resort(&place, &taken, &groups, &mut numbers),
            };
        }
        add_groups(&mut groups, &place);
        taken.insert(place.clone());
        claim.place = place;
    }
    renamed.into_iter().collect()
}

fn add_groups(groups: &mut HashSet<Vec<String>>, place: &CommandPath) {
    for n in 1..=place.group.len() {
        if let Some(group) = place.group.get(..n).filter(|group| !groups.contains(*group)) {
            groups.insert(group.to_vec());
        }
    }
}

/// Whether one of its groups would have the name of a command.
fn is_below_command(place: &CommandPath, taken: &HashSet<CommandPath>) -> bool {
    (1..place.group.len()).any(|n| match (place.group.get(..n), place.group.get(n)) {
        (Some(group), Some(word)) => {
            taken.contains(&CommandPath { group: group.to_vec(), function: word.clone() })
        }
        _ => false,
    })
}

/// What a command is called in the group that has its name.
fn moved(method: &str) -> &str {
    match method {
        "GET" => "get",
        "POST" => "create",
        "PUT" | "PATCH" => "update",
        "DELETE" => "delete",
        "HEAD" => "head",
        "OPTIONS" => "options",
        _ => "call_", // `call` is reserved in Rhai
    }
}

/// The group that a command of this name would hide, or be hidden by. Commands of [`ROOT`] are siblings of the top
/// groups.
fn inner(place: &CommandPath) -> Vec<String> {
    let skip = usize::from(place.group.first().is_some_and(|first| first == ROOT));
    place.group.iter().skip(skip).chain([&place.function]).cloned().collect()
}

/// A number, if nothing else distinguishes them. `numbers` has the next one to try for each name, so that many claims
/// to one name do not all count from two.
fn last_resort(
    place: &CommandPath,
    taken: &HashSet<CommandPath>,
    groups: &HashSet<Vec<String>>,
    numbers: &mut HashMap<CommandPath, usize>,
) -> CommandPath {
    let number = numbers.entry(place.clone()).or_insert(2);
    loop {
        let next = CommandPath { group: place.group.clone(), function: numbered(&place.function, *number) };
        *number += 1;
        // No group of a preferred name is below a command: all of them were known before any command was named.
        if !taken.contains(&next) && !groups.contains(&inner(&next)) {
            return next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::naming::identifier;

    /// Names that this file makes up follow the usual rules: none is reserved in Rhai.
    #[test]
    fn moved_commands_have_names() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY", "COPY"] {
            assert_eq!(moved(method), identifier(moved(method)), "{method}");
        }
    }
}
