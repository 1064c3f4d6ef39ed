//! Which group and which function an operation becomes: by its method and the shape of its path.
//!
//! The rules, in order, for a path without its leading version segments (`/v1`, `/api/v2`):
//! 1. It ends in a parameter: an item. `get`, `update` (PATCH; PUT or POST where it is alone), `replace` (PUT beside
//!    PATCH), `delete`, in the group of the path's literals.
//! 2. It ends in `:verb`: that verb, in the group of what comes before.
//! 3. It ends in a plural, or items stand below it: a collection. `list`, `create`, and `replace_all`, `update_all`,
//!    `delete_all`.
//! 4. It has a parent and takes nothing but POST (or nothing but PUT, or PATCH), or nothing but GET right below a
//!    collection (`/charges/search`): an action, named by its last segment, in the parent's group.
//! 5. Anything else is a resource of which there is one: `get`, `create` (`update` if it can be got), `update`,
//!    `delete`, in a group of its own.
//!
//! Names that clash are told apart by [`settle`].

use std::collections::{BTreeSet, HashMap, HashSet};

use super::naming::{identifier, is_plural, numbered};
use crate::model::{PathTemplate, Segment};

/// Where a command stands: the words of its group and the name of its function, all identifiers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) group: Vec<String>,
    pub(crate) function: String,
}

/// What the whole document says about the shape of its paths.
#[derive(Debug, Default)]
pub(crate) struct PathTable {
    /// Methods of each path, parameters' names left out.
    methods: HashMap<String, HashSet<String>>,
    /// Paths right below which a parameter stands.
    collections: HashSet<String>,
}

/// One segment, as naming sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Parameter,
    Verb(String),
}

impl PathTable {
    /// Notes one operation.
    pub(crate) fn add(&mut self, method: &str, path: &PathTemplate) {
        let parts = parts(path);
        self.methods.entry(key(&parts)).or_default().insert(method.to_owned());
        for (n, part) in parts.iter().enumerate() {
            if *part == Part::Parameter {
                self.collections.insert(key(&parts[..n]));
            }
        }
    }

    /// Where the operation `method path` stands. `fallback` names the group of a path without any literal.
    pub(crate) fn place(
        &self,
        method: &str,
        path: &PathTemplate,
        operation_id: Option<&str>,
        fallback: &str,
    ) -> Place {
        let parts = parts(path);
        let methods = self.methods.get(&key(&parts));
        let has = |method: &str| methods.is_some_and(|methods| methods.contains(method));
        let only =
            |method: &str| methods.is_some_and(|methods| methods.len() == 1 && methods.contains(method));
        let or_fallback =
            |group: Vec<String>| if group.is_empty() { vec![identifier(fallback)] } else { group };
        let group = literals(&parts);
        let named =
            |function: &str| Place { group: or_fallback(group.clone()), function: identifier(function) };

        match parts.last() {
            Some(Part::Verb(verb)) => named(verb),
            None => named(singleton(method, has("GET"))),
            Some(Part::Parameter) => match method {
                "GET" => named("get"),
                "PATCH" => named("update"),
                "DELETE" => named("delete"),
                "PUT" if has("PATCH") => named("replace"),
                "PUT" => named("update"),
                "POST" if !has("PUT") && !has("PATCH") => named("update"),
                other => named(operation_id.unwrap_or(other)),
            },
            Some(Part::Literal(last)) => {
                let parent = &parts[..parts.len() - 1];
                let parent_group = literals(parent);
                if is_plural(&identifier(last)) || self.collections.contains(&key(&parts)) {
                    return named(match method {
                        "GET" => "list",
                        "POST" => "create",
                        "PUT" => "replace_all",
                        "PATCH" => "update_all",
                        "DELETE" => "delete_all",
                        other => other,
                    });
                }
                let below_collection = matches!(parent.last(), Some(Part::Literal(_)))
                    && (self.collections.contains(&key(parent)) || self.methods.contains_key(&key(parent)));
                let action =
                    ["POST", "PUT", "PATCH"].into_iter().any(only) || (only("GET") && below_collection);
                if action && !parent_group.is_empty() {
                    return Place { group: parent_group, function: identifier(last) };
                }
                named(singleton(method, has("GET")))
            }
        }
    }
}

/// The function of a resource of which there is one.
fn singleton(method: &str, readable: bool) -> &str {
    match method {
        "GET" => "get",
        "POST" if readable => "update",
        "POST" => "create",
        "PUT" | "PATCH" => "update",
        "DELETE" => "delete",
        other => other,
    }
}

/// A path's segments without leading version segments, empty ones and file endings.
fn parts(path: &PathTemplate) -> Vec<Part> {
    let mut parts = Vec::new();
    for segment in path.segments() {
        let parameter = segment.iter().any(|piece| matches!(piece, Segment::Parameter(_)));
        let text: String = segment
            .iter()
            .filter_map(|piece| match piece {
                Segment::Literal(text) => Some(text.as_str()),
                Segment::Parameter(_) => None,
            })
            .collect();
        let (text, verb) = match text.split_once(':') {
            Some((text, verb)) if !verb.is_empty() => (text.to_owned(), Some(verb.to_owned())),
            _ => (text, None),
        };
        if parameter {
            parts.push(Part::Parameter);
        } else if !text.is_empty() {
            let text = text.strip_suffix(".json").or_else(|| text.strip_suffix(".xml")).unwrap_or(&text);
            parts.push(Part::Literal(text.to_owned()));
        }
        parts.extend(verb.map(Part::Verb));
    }
    let prefix =
        parts.iter().take_while(|part| matches!(part, Part::Literal(text) if is_prefix(text))).count();
    let marks = path.fragment().into_iter().flat_map(|fragment| fragment.split('&'));
    let action = marks.filter_map(|mark| mark.split_once('=')).map(|(_, value)| value).next();
    parts.extend(action.map(|action| Part::Verb(action.rsplit('.').next().unwrap_or(action).to_owned())));
    // A path that is nothing but prefix keeps its last word.
    parts.drain(..if parts.len() > prefix { prefix } else { prefix.saturating_sub(1) });
    parts
}

/// `api`, `rest`, `v1`, `v2.1`, `v1beta1`.
fn is_prefix(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    if matches!(lower.as_str(), "api" | "rest") {
        return true;
    }
    let Some(rest) = lower.strip_prefix('v') else { return false };
    rest.starts_with(|c: char| c.is_ascii_digit())
        && rest
            .replace("alpha", "")
            .replace("beta", "")
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
}

/// The words of a group.
fn literals(parts: &[Part]) -> Vec<String> {
    let words = parts.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(identifier(text)),
        Part::Parameter | Part::Verb(_) => None,
    });
    words.collect()
}

fn key(parts: &[Part]) -> String {
    let mut key = String::new();
    for part in parts {
        key.push('/');
        match part {
            Part::Literal(text) => key.push_str(&identifier(text)),
            Part::Parameter => key.push_str("{}"),
            Part::Verb(verb) => {
                key.push(':');
                key.push_str(verb);
            }
        }
    }
    key
}

/// One operation whose place is to be settled.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) place: Place,
    pub(crate) method: &'a str,
    pub(crate) path: &'a PathTemplate,
    pub(crate) operation_id: Option<&'a str>,
    /// Its place is the one that it had before, and nothing newer takes it away.
    pub(crate) settled_before: bool,
}

/// Makes every place unique, and keeps commands and groups of one name apart. The outcome depends on the set of
/// claims, not on their order. Returns the indexes of the claims that had to give way, to a command or to a group.
pub(crate) fn settle(claims: &mut [Claim<'_>]) -> Vec<usize> {
    let mut renamed = BTreeSet::new();
    // Who had the name before keeps it, then the shortest path; among equals the first by spelling.
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_cached_key(|&n| {
        let claim = &claims[n];
        (!claim.settled_before, claim.path.segments().len(), claim.path.to_string(), claim.method.to_owned())
    });

    // A command named like a group beside it moves into that group, where its new name may be a group's again.
    let mut groups: HashSet<Vec<String>> = HashSet::new();
    for claim in claims.iter() {
        for n in 1..=claim.place.group.len() {
            groups.insert(claim.place.group[..n].to_vec());
        }
    }
    for &n in &order {
        let claim = &mut claims[n];
        let mut moved = false;
        // It ends: each turn goes one group deeper, and no group is deeper than the deepest.
        loop {
            let inner = inner(&claim.place.group, &claim.place.function);
            if !groups.contains(&inner) {
                break;
            }
            claim.place = Place { group: inner, function: identifier(singleton(claim.method, false)) };
            moved = true;
        }
        // Where things stand below its own path, it is a resource with a group (rule 5), and that is its name by
        // shape. In any other group it stands for the clash alone.
        if moved && claim.place.group != literals(&parts(claim.path)) {
            renamed.insert(n);
        }
    }

    let mut taken: HashSet<Place> = HashSet::new();
    let mut numbers: HashMap<Place, usize> = HashMap::new();
    for &n in &order {
        let claim = &mut claims[n];
        if taken.contains(&claim.place) {
            renamed.insert(n);
            claim.place = other_name(claim, &taken, &groups, &mut numbers);
        }
        taken.insert(claim.place.clone());
    }
    renamed.into_iter().collect()
}

/// The group that a command of this name would hide, or be hidden by.
fn inner(group: &[String], function: &str) -> Vec<String> {
    group.iter().map(String::as_str).chain([function]).map(str::to_owned).collect()
}

/// A name of its own for a claim that came second: its `operationId`, else what tells its path apart, else a number.
///
/// `numbers` has the next number to try for each name, so that many claims of one name do not all count from two.
fn other_name(
    claim: &Claim<'_>,
    taken: &HashSet<Place>,
    groups: &HashSet<Vec<String>>,
    numbers: &mut HashMap<Place, usize>,
) -> Place {
    let group = &claim.place.group;
    let function = &claim.place.function;
    let in_group = |function: String| Place { group: group.clone(), function };
    let free =
        |place: &Place| !taken.contains(place) && !groups.contains(&inner(&place.group, &place.function));
    let by_id = claim.operation_id.map(identifier);
    let by_parameter =
        claim.path.parameters().last().map(|variable| {
            identifier(&format!("{}_by_{}", function.trim_end_matches('_'), variable.name()))
        });
    if let Some(place) = by_id.into_iter().chain(by_parameter).map(in_group).find(free) {
        return place;
    }
    let number = numbers.entry(claim.place.clone()).or_insert(2);
    loop {
        let place = in_group(numbered(function, *number));
        *number += 1;
        if free(&place) {
            return place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(operations: &[(&str, &str)]) -> Vec<String> {
        let paths: Vec<_> = operations.iter().map(|(m, p)| (*m, PathTemplate::parse(p).unwrap())).collect();
        let mut table = PathTable::default();
        paths.iter().for_each(|(method, path)| table.add(method, path));
        let mut claims: Vec<_> = paths
            .iter()
            .map(|(method, path)| Claim {
                place: table.place(method, path, None, "root"),
                method,
                path,
                operation_id: None,
                settled_before: false,
            })
            .collect();
        settle(&mut claims);
        claims
            .iter()
            .map(|claim| format!("{} {}", claim.place.group.join(" "), claim.place.function))
            .collect()
    }

    #[test]
    fn stripe_reads_well() {
        let operations = [
            ("GET", "/v1/customers", "customers list"),
            ("POST", "/v1/customers", "customers create"),
            ("GET", "/v1/customers/search", "customers search"),
            ("GET", "/v1/customers/{customer}", "customers get"),
            ("POST", "/v1/customers/{customer}", "customers update"),
            ("DELETE", "/v1/customers/{customer}", "customers delete"),
            ("GET", "/v1/customers/{customer}/sources/{id}", "customers sources get"),
            ("POST", "/v1/customers/{customer}/sources/{id}/verify", "customers sources verify"),
            ("GET", "/v1/customers/{customer}/discount", "customers discount get"),
            ("DELETE", "/v1/customers/{customer}/discount", "customers discount delete"),
            ("GET", "/v1/balance", "balance get"),
            ("GET", "/v1/balance/history", "balance history list"),
            ("GET", "/v1/balance/history/{id}", "balance history get"),
            ("POST", "/v1/charges/{charge}/refund", "charges refund"),
            ("GET", "/v1/charges/{charge}/dispute", "charges dispute get"),
            ("POST", "/v1/charges/{charge}/dispute", "charges dispute update"),
            ("POST", "/v1/charges/{charge}/dispute/close", "charges dispute close"),
            ("POST", "/v1/payment_intents/{intent}/capture", "payment_intents capture"),
            ("GET", "/v1/invoices", "invoices list"),
            ("POST", "/v1/invoices/{invoice}/void", "invoices void_"),
            ("GET", "/v1/invoices/upcoming", "invoices upcoming get"),
            ("GET", "/v1/invoices/upcoming/lines", "invoices upcoming lines list"),
            ("POST", "/v1/apps/secrets", "apps secrets create"),
            ("POST", "/v1/apps/secrets/delete", "apps secrets delete"),
            ("GET", "/v1/apps/secrets/find", "apps secrets find"),
            ("POST", "/v1/tokens", "tokens create"),
            (
                "POST",
                "/v1/test_helpers/issuing/cards/{card}/shipping/ship",
                "test_helpers issuing cards shipping ship",
            ),
            ("DELETE", "/v1/subscriptions/{id}/discount", "subscriptions discount delete"),
        ];
        let got = names(&operations.map(|(method, path, _)| (method, path)));
        assert_eq!(got, operations.map(|(_, _, name)| name));
    }

    #[test]
    fn other_houses_read_well_too() {
        let operations = [
            ("PUT", "/api/v3/gists/{id}/star", "gists star update"),
            ("DELETE", "/api/v3/gists/{id}/star", "gists star delete"),
            ("PATCH", "/users/{id}", "users update"),
            ("PUT", "/users/{id}", "users replace"),
            ("PUT", "/pets/{id}", "pets update"),
            ("POST", "/v1/{name}:cancel", "root cancel"),
            ("POST", "/v1beta1/projects/{p}/jobs:batchGet", "projects jobs batch_get"),
            ("GET", "/", "root get"),
            ("GET", "/items.json", "items list"),
            ("GET", "/v2", "v2 get"),
        ];
        let got = names(&operations.map(|(method, path, _)| (method, path)));
        assert_eq!(got, operations.map(|(_, _, name)| name));
    }

    #[test]
    fn clashes_are_settled_whatever_the_order() {
        let mut operations =
            vec![("GET", "/a/b/{x}"), ("GET", "/v1/a/b/{x}"), ("GET", "/A/b/{y}"), ("GET", "/a/{z}/b/{x}")];
        let forward: HashMap<_, _> = operations.iter().copied().zip(names(&operations)).collect();
        operations.reverse();
        let backward: HashMap<_, _> = operations.iter().copied().zip(names(&operations)).collect();
        assert_eq!(forward, backward);
        assert_eq!(forward.values().collect::<HashSet<_>>().len(), 4, "{forward:?}");
        assert_eq!(forward[&("GET", "/A/b/{y}")], "a b get");
    }
    #[test]
    fn names_as_long_as_they_may_be_are_told_apart() {
        let verb = "v".repeat(90);
        let paths =
            [format!("/a/{{id}}:{verb}"), format!("/v1/a/{{id}}:{verb}"), format!("/v2/a/{{id}}:{verb}")];
        let operations: Vec<_> = paths.iter().map(|path| ("POST", path.as_str())).collect();
        let got: HashSet<_> = names(&operations).into_iter().collect();
        assert_eq!(got.len(), 3, "{got:?}");
    }

    #[test]
    fn a_command_never_stands_where_a_group_does() {
        let operations = [("POST", "/things/{id}/b"), ("GET", "/things/{id}/b/create/{x}")];
        assert_eq!(names(&operations), ["things b create create", "things b create get"]);
    }

    #[test]
    fn a_move_that_is_for_a_clash_alone_is_reported() {
        for (first, second, reported) in [
            ("/things/{id}/b", "/things/{id}/b/create/{x}", vec![0]),
            ("/things/{id}:b", "/things/{id}/b/{x}", vec![0]),
            ("/things/{id}/b", "/things/{id}/b/c/{x}", vec![]),
        ] {
            let paths = [first, second].map(|path| PathTemplate::parse(path).unwrap());
            let mut table = PathTable::default();
            paths.iter().for_each(|path| table.add("POST", path));
            let claim = |path| Claim {
                place: table.place("POST", path, None, "root"),
                method: "POST",
                path,
                operation_id: None,
                settled_before: false,
            };
            let mut claims = [claim(&paths[0]), claim(&paths[1])];
            assert_eq!(settle(&mut claims), reported, "{first} {claims:?}");
        }
    }

    #[test]
    fn many_claims_of_one_name_are_numbered_at_once() {
        let paths: Vec<_> = (1..=5_000).map(|n| format!("/a/{{{}}}", "!".repeat(n))).collect();
        let operations: Vec<_> = paths.iter().map(|path| ("GET", path.as_str())).collect();
        let got = names(&operations);
        assert_eq!(got.iter().collect::<HashSet<_>>().len(), 5_000);
        assert!(got.contains(&"a get_4999".to_owned()), "the numbers have no gaps");
    }
}
