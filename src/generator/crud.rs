//! Which group and function an operation becomes. `docs/names.md` has the rules for people.
//!
//! The rules, in order, for a path without prefixes, versions and the scope of nearly all of the document:
//! 1. The document's `operationId`s are names (see [`Convention`]): those names.
//! 2. It ends in a verb (`:cancel`, `delta()`, `#Action=RunInstances`, `chat.postMessage`): that verb, in the group of
//!    what comes before.
//! 3. It ends in a parameter: an item. `get`, `update` (PATCH; PUT or POST if it is alone), `replace` (PUT next to
//!    PATCH), `delete`, in the group of the path's literals.
//! 4. Its last segment begins with a verb (`addFollowers`) and has one method: an action in the parent's group.
//! 5. It ends in a plural, or has items below it: a collection. `list`, `create`, and `replace_all`, `update_all`,
//!    `delete_all`.
//! 6. It has a parent and takes nothing but POST (or nothing but PUT, or PATCH), or nothing but GET right below a
//!    collection (`/charges/search`): an action, named by its last segment, in the parent's group.
//! 7. Anything else is a singleton resource: `get`, `create` (`update` if it has a `get`), `update`,
//!    `delete`, in a group of its own.
//!
//! Each operation has alternative names, in the order in which they are tried if that one is taken; see
//! [`settle`](super::settle::settle).

use super::command_path::CommandPath;
use super::naming::{ROOT, identifier, is_plural, is_verb, same_noun, singular, words};
use super::operation_id::{conventional, qualifier, without_noun};
use super::route::{PathPart, Route, is_version};
use super::survey::{Subject, Survey};

/// The names of a document's operations: the preferred one of each, and the alternatives if that is taken.
#[derive(Debug)]
pub(crate) struct OperationNames<'a> {
    subjects: &'a [Subject<'a>],
    survey: &'a Survey,
    named: Vec<Option<CommandPath>>,
}

impl<'a> OperationNames<'a> {
    pub(crate) fn new(subjects: &'a [Subject<'a>], survey: &'a Survey) -> Self {
        Self { subjects, survey, named: conventional(subjects, survey.convention) }
    }

    /// The preferred name of an operation; `None` for an invalid index.
    pub(crate) fn first(&self, n: usize) -> Option<CommandPath> {
        if let Some(Some(named)) = self.named.get(n) {
            return Some(named.clone());
        }
        let (subject, route) = (self.subjects.get(n)?, self.survey.routes.get(n)?);
        let plain = by_shape(subject, route, self.survey, true);
        Some(self.outdated(subject, route, &plain).unwrap_or(plain))
    }

    /// For an older version of what the document has in a newer one: a name in a group of that version.
    fn outdated(&self, subject: &Subject<'_>, route: &Route, plain: &CommandPath) -> Option<CommandPath> {
        let version = route.version.as_ref().filter(|_| self.survey.is_outdated(subject.method, route))?;
        Some(below(version, plain))
    }

    /// Every name that an operation may have, the best first.
    pub(crate) fn all(&self, n: usize) -> Vec<CommandPath> {
        let (Some(subject), Some(route)) = (self.subjects.get(n), self.survey.routes.get(n)) else {
            return Vec::new();
        };
        let survey = self.survey;
        let plain = by_shape(subject, route, survey, true);
        let mut places: Vec<CommandPath> = self.named.get(n).cloned().flatten().into_iter().collect();
        places.extend(self.outdated(subject, route, &plain));
        places.push(plain.clone());
        places.extend(route.api_group.as_ref().map(|group| below(group, &plain)));
        let tag = subject.tag.map(words).unwrap_or_default();
        let qualified = |place: &CommandPath| {
            // What the tag already says is dropped: `listCoreV1PodForAllNamespaces` has the tag `core_v1`.
            let extra: Vec<&str> = tag.iter().map(String::as_str).collect();
            let text = qualifier(subject.operation_id?, place, &extra)?;
            Some(CommandPath {
                group: place.group.clone(),
                function: identifier(&format!("{}_{text}", place.function.trim_end_matches('_'))),
            })
        };
        let full = by_shape(subject, route, survey, false);
        let in_method = |place: &CommandPath| {
            let group = place.group.iter().filter(|word| *word != ROOT).cloned();
            CommandPath {
                group: group.chain([subject.method.to_ascii_lowercase()]).collect(),
                function: place.function.clone(),
            }
        };
        // A call that can be made with both GET and POST.
        if matches!(route.parts().last(), Some(PathPart::Verb(_)))
            && subject.method != "GET"
            && survey.has_method(route.shape(), "GET")
        {
            places.push(in_method(&plain));
        }
        let function = plain.function.trim_end_matches('_');
        places.extend(route.mark.as_ref().map(|mark| CommandPath {
            group: plain.group.clone(),
            function: identifier(&format!("{function}_{mark}")),
        }));
        if let Some(mark) = subject.path.fragment().filter(|mark| !mark.contains(['=', '&'])) {
            places.push(CommandPath { group: plain.group.clone(), function: identifier(mark) });
        }
        if full != plain {
            places.push(full.clone());
        }
        places.extend(qualified(&plain));
        places.extend(qualified(&full));
        places.extend(route.prefix.as_ref().map(|prefix| below(prefix, &full)));
        if let Some(last) = subject.path.parameters().last() {
            let text = format!("{function}_by_{}", last.name());
            places.push(CommandPath { group: plain.group.clone(), function: identifier(&text) });
        }
        if let Some(id) = subject.operation_id {
            places.push(CommandPath { group: plain.group.clone(), function: identifier(id) });
        }
        places
    }
}

/// A name in an enclosing group.
fn below(group: &str, place: &CommandPath) -> CommandPath {
    CommandPath {
        group: [group.to_owned()].into_iter().chain(place.group.iter().cloned()).collect(),
        function: place.function.clone(),
    }
}

/// By the shape of the path: rules 2 to 7. `short`: without the scope.
fn by_shape(subject: &Subject<'_>, route: &Route, survey: &Survey, short: bool) -> CommandPath {
    let parts = route.parts();
    let method = subject.method;
    let group_of = |end: usize| group(parts.get(..end).unwrap_or_default(), route, survey, short);
    let place = |group: Vec<String>, function: &str| {
        let group = if group.is_empty() { vec![fallback(subject, survey)] } else { group };
        let function = match group.last() {
            Some(noun) => without_noun(function, noun),
            None => identifier(function),
        };
        CommandPath { group, function }
    };
    let has = |method: &str| survey.has_method(route.shape(), method);
    let alone = survey.methods(route.shape()) == 1;
    let last = parts.len().saturating_sub(1);
    match parts.last() {
        Some(PathPart::Verb(verb)) => place(group_of(last), verb),
        Some(PathPart::Qualified(name)) if method == "POST" => place(group_of(last), name),
        Some(PathPart::Qualified(_)) => {
            let item = matches!(last.checked_sub(1).and_then(|n| parts.get(n)), Some(PathPart::Parameter(_)));
            let function = match method {
                "GET" if item => "get",
                "GET" => "list",
                other => other,
            };
            place(group_of(parts.len()), function)
        }
        None => unnamed(subject, survey, singleton(method, has)),
        Some(PathPart::Parameter(_)) => {
            let function = match method {
                "GET" => "get",
                "PATCH" => "update",
                "DELETE" => "delete",
                "PUT" if has("PATCH") => "replace",
                "PUT" => "update",
                "POST" if !has("PUT") && !has("PATCH") => "update",
                "POST" => summary_verb(subject).unwrap_or("post"),
                other => other,
            };
            if route.literals().next().is_none() {
                return unnamed(subject, survey, function);
            }
            place(group_of(parts.len()), function)
        }
        Some(PathPart::Literal(name)) => {
            let parent = parts.get(..last).unwrap_or_default();
            let collection = survey.is_collection(route.shape());
            let names: Vec<&str> = name.trim_end_matches('_').split('_').collect();
            let is_action = alone
                && !collection
                && !survey.is_resource(name)
                && names.first().is_some_and(|first| is_verb(first))
                && (names.len() > 1 || !parent.is_empty());
            if is_action {
                return place(group_of(last), name);
            }
            if is_plural(name) || collection {
                // One thing with a plural name: `/branches/{branch}/restrictions`, `/runs/{run}/logs`.
                let one = !collection && !has("POST");
                return place(
                    group_of(parts.len()),
                    match method {
                        "GET" => "list",
                        "POST" => "create",
                        "PUT" if one && has("PATCH") => "replace",
                        "PUT" | "PATCH" if one => "update",
                        "DELETE" if one => "delete",
                        "PUT" => "replace_all",
                        "PATCH" => "update_all",
                        "DELETE" => "delete_all",
                        other => other,
                    },
                );
            }
            let below_collection = matches!(parent.last(), Some(PathPart::Literal(_)))
                && (survey.is_collection(route.shape_of(last)) || survey.methods(route.shape_of(last)) > 0);
            let action = alone
                && (matches!(method, "POST" | "PUT" | "PATCH") || (method == "GET" && below_collection));
            if action && !parent.is_empty() && parent.iter().any(|part| matches!(part, PathPart::Literal(_)))
            {
                return place(group_of(last), name);
            }
            place(group_of(parts.len()), singleton(method, has))
        }
    }
}

/// A path without a resource: the operation's own name, if it has one.
fn unnamed(subject: &Subject<'_>, survey: &Survey, function: &str) -> CommandPath {
    let group = fallback(subject, survey);
    // `meta/root`: the id's own namespace is the tag.
    let id = subject.operation_id.map(|id| id.rsplit(['/', '.']).next().unwrap_or(id));
    let name = id.map(words).filter(|words| (1..=8).contains(&words.len())).map(|words| words.join("_"));
    let function = name.map_or_else(|| identifier(function), |name| without_noun(&name, &group));
    CommandPath { group: vec![group], function }
}

/// The verb of a summary such as `Restore a file`.
fn summary_verb<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    let first = subject.summary?.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    is_verb(&first.to_ascii_lowercase()).then_some(first)
}

/// The group of last resort: the tag's if tags tell operations apart.
fn fallback(subject: &Subject<'_>, survey: &Survey) -> String {
    match subject.tag.filter(|_| survey.tags_tell) {
        Some(tag) => identifier(tag),
        None => ROOT.to_owned(),
    }
}

/// The function of a singleton resource.
fn singleton(method: &str, has: impl Fn(&str) -> bool) -> &str {
    match method {
        "GET" => "get",
        "POST" if has("GET") && !has("PUT") && !has("PATCH") => "update",
        "POST" => "create",
        "PUT" if has("PATCH") => "replace",
        "PUT" | "PATCH" => "update",
        "DELETE" => "delete",
        other => other,
    }
}

/// The words of a group: the literals of `parts`, the first of `route`, each without what the previous one
/// already says.
fn group(parts: &[PathPart], route: &Route, survey: &Survey, short: bool) -> Vec<String> {
    let scope = if short { survey.scope_of(route) } else { None };
    let mut words: Vec<String> = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        // If only the scope is left, the scope is the group.
        let in_scope = scope.is_some_and(|(start, end)| (start..end).contains(&n) && parts.len() > end);
        let word = match part {
            PathPart::Literal(word) if !in_scope => word.clone(),
            PathPart::Qualified(name) => identifier(&format!("as_{name}")),
            _ => continue,
        };
        match words.last_mut() {
            Some(before) if short && same_noun(before, &word) => *before = word,
            Some(before) if short => {
                let stem = format!("{}_", singular(before.trim_end_matches('_')));
                let rest = word.strip_prefix(&stem).filter(|rest| rest.len() > 2 && !is_version(rest));
                let word = rest.map_or_else(|| word.clone(), identifier);
                words.push(word);
            }
            _ => words.push(word),
        }
    }
    // Groups below it could not be distinguished from those at the top.
    if words.len() > 1 && words.first().is_some_and(|first| first == ROOT) {
        words.remove(0);
    }
    words
}
