//! What a whole document says about its names: which paths are collections, which prefixes are common, and
//! whether its `operationId`s are names already.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::naming::is_plural;
use super::route::{PathPart, Route, is_procedure, version_rank};
use crate::model::PathTemplate;
use crate::parallel;

/// One operation, as naming sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// Upper case.
    pub(crate) method: &'a str,
    pub(crate) path: &'a PathTemplate,
    pub(crate) operation_id: Option<&'a str>,
    /// The first tag.
    pub(crate) tag: Option<&'a str>,
    pub(crate) summary: Option<&'a str>,
}

/// The naming convention of the document's `operationId`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    /// None: names come from paths.
    None,
    /// `container.projects.locations.clusters.get`: Google's discovery documents.
    Dotted,
    /// `VirtualMachines_CreateOrUpdate`: Azure Resource Manager.
    Underscored,
}

/// What the whole document says.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) routes: Vec<Route>,
    pub(crate) convention: Convention,
    /// What is known about each path that has operations, by its shape.
    paths: HashMap<String, Vec<Known>>,
    /// Shapes of paths directly followed by a parameter.
    collections: HashSet<String>,
    /// Literals directly followed by a parameter, wherever they are.
    resources: HashSet<String>,
    /// Literals with their parameters that most paths are below, one after the other.
    scope: Vec<PathPart>,
    /// First literals that are more than a list of what is also in the scope.
    own: HashSet<String>,
    /// Tags tell operations apart.
    pub(crate) tags_tell: bool,
}

/// One method of a path, in all versions in the document.
#[derive(Debug)]
struct Known {
    method: String,
    /// The rank of the newest.
    newest: (bool, Vec<u64>),
}

/// With fewer operations than this there is no scope: nothing is too long to type.
const FEW: usize = 8;

impl Survey {
    /// Reads all operations of a document; `plugin` is the plugin's name.
    pub(crate) fn read(subjects: &[Subject<'_>], plugin: &str) -> Self {
        let count = subjects.iter().filter(|subject| is_procedure(subject.path)).count();
        let procedures = count * 2 >= subjects.len();
        let routes: Vec<Route> =
            parallel::map(subjects, |subject| Route::read(subject.path, plugin, procedures));
        let mut paths: HashMap<String, Vec<Known>> = HashMap::with_capacity(subjects.len());
        let (mut collections, mut resources) = (HashSet::new(), HashSet::new());
        for (subject, route) in subjects.iter().zip(&routes) {
            let rank = version_rank(route.version.as_deref());
            let known = paths.entry(route.shape().to_owned()).or_default();
            match known.iter_mut().find(|known| known.method == subject.method) {
                Some(known) if rank > known.newest => known.newest = rank,
                Some(_) => {}
                None => known.push(Known { method: subject.method.to_owned(), newest: rank }),
            }
            for (n, part) in route.parts().iter().enumerate() {
                if matches!(part, PathPart::Parameter(_)) {
                    insert(&mut collections, route.shape_of(n));
                    if let Some(PathPart::Literal(name)) = n.checked_sub(1).and_then(|n| route.parts().get(n))
                    {
                        insert(&mut resources, name);
                    }
                }
            }
        }
        let tags: HashSet<&str> = subjects.iter().filter_map(|subject| subject.tag).collect();
        let mut survey = Self {
            convention: convention(subjects),
            scope: scope(&routes),
            own: HashSet::new(),
            routes,
            paths,
            collections,
            resources,
            tags_tell: tags.len() > 1,
        };
        survey.own = survey.own_groups(subjects);
        survey
    }

    /// Whether a path, given by its shape, has a method.
    pub(crate) fn has_method(&self, shape: &str, method: &str) -> bool {
        self.paths.get(shape).is_some_and(|known| known.iter().any(|known| known.method == method))
    }

    /// The number of methods of a path.
    pub(crate) fn methods(&self, shape: &str) -> usize {
        self.paths.get(shape).map_or(0, Vec::len)
    }

    /// This path has items directly below it.
    pub(crate) fn is_collection(&self, shape: &str) -> bool {
        self.collections.contains(shape)
    }

    /// Items of this name exist somewhere.
    pub(crate) fn is_resource(&self, name: &str) -> bool {
        self.resources.contains(name)
    }

    /// How many of a path's parts are scope, and from where: nothing, if what follows is not a collection or has its own
    /// meaning outside of the scope.
    pub(crate) fn scope_of(&self, route: &Route) -> Option<(usize, usize)> {
        let parts = route.parts();
        // Words may precede it: `/watch/namespaces/{namespace}/pods`.
        let starts = (0..parts.len())
            .take_while(|n| *n == 0 || matches!(parts.get(n - 1), Some(PathPart::Literal(_))));
        for start in starts {
            let rest = parts.get(start..).unwrap_or_default();
            let mut length = rest.iter().zip(&self.scope).take_while(|(part, scope)| part == scope).count();
            while length > 0 {
                // The scope cannot end between a literal and its parameter.
                let ends = !matches!(self.scope.get(length), Some(PathPart::Parameter(_)));
                let after = rest.get(length..).unwrap_or_default();
                if ends && self.stands_alone(route, start + length, after) {
                    return Some((start, start + length));
                }
                length -= 1;
            }
        }
        None
    }

    /// The parameters of the scope in a path, whether its name omits the scope or is about it.
    pub(crate) fn scope_parameters(&self, route: &Route) -> Vec<String> {
        let parts = route.parts();
        let follows = |start: usize| {
            let rest = parts.get(start..).unwrap_or_default();
            rest.iter().zip(&self.scope).take_while(|(part, scope)| part == scope).map(|(part, _)| part)
        };
        // Words may precede it.
        let starts = 0..parts.len();
        let longest = starts.max_by_key(|start| (follows(*start).count(), std::cmp::Reverse(*start)));
        let parameters = longest.into_iter().flat_map(follows).filter_map(|part| match part {
            PathPart::Parameter(name) => Some(name.clone()),
            _ => None,
        });
        parameters.collect()
    }

    /// Whether what follows a scope has a name that is clear without it.
    fn stands_alone(&self, route: &Route, at: usize, after: &[PathPart]) -> bool {
        let [PathPart::Literal(first), beyond @ ..] = after else { return false };
        let deeper = beyond.iter().any(|part| matches!(part, PathPart::Literal(_)));
        let collection = is_plural(first) || self.is_collection(route.shape_of(at + 1));
        (deeper || collection) && !self.own.contains(first)
    }

    /// Whether the document has a newer version of an operation.
    pub(crate) fn is_outdated(&self, method: &str, route: &Route) -> bool {
        let rank = version_rank(route.version.as_deref());
        let known = self.paths.get(route.shape()).into_iter().flatten();
        known.filter(|known| known.method == method).any(|known| rank < known.newest)
    }

    /// First literals outside of the scope with more below them than one list.
    fn own_groups(&self, subjects: &[Subject<'_>]) -> HashSet<String> {
        let mut own = HashSet::new();
        for (subject, route) in subjects.iter().zip(&self.routes) {
            if let [PathPart::Literal(first), rest @ ..] = route.parts()
                && self.scope.first() != route.parts().first()
                && (subject.method != "GET" || rest.iter().any(|part| matches!(part, PathPart::Parameter(_))))
            {
                own.insert(first.clone());
            }
        }
        own
    }
}

/// The naming convention of the ids.
fn convention(subjects: &[Subject<'_>]) -> Convention {
    let most = |count: usize| count * 10 >= subjects.len() * 9 && !subjects.is_empty();
    let ids = || subjects.iter().filter_map(|subject| subject.operation_id);
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    for id in ids().filter(|id| {
        id.matches('.').count() >= 2
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    }) {
        if let Some((first, _)) = id.split_once('.') {
            *firsts.entry(first).or_default() += 1;
        }
    }
    if most(firsts.values().copied().max().unwrap_or(0)) {
        return Convention::Dotted;
    }
    let capital = |text: &str| text.starts_with(|c: char| c.is_ascii_uppercase());
    let pairs = ids().filter(|id| {
        id.split_once('_').is_some_and(|(group, verb)| capital(group) && capital(verb) && !verb.contains('_'))
    });
    let providers = subjects.iter().filter(|subject| subject.path.to_string().contains("/providers/"));
    if most(pairs.count()) && providers.count() * 2 >= subjects.len() {
        return Convention::Underscored;
    }
    Convention::None
}

/// The literals with their parameters that most paths are below.
fn scope(routes: &[Route]) -> Vec<PathPart> {
    let mut scope: Vec<PathPart> = Vec::new();
    if routes.len() < FEW {
        return scope;
    }
    for _ in 0..6 {
        let mut counts: BTreeMap<Vec<&PathPart>, usize> = BTreeMap::new();
        let mut all = 0_usize;
        for route in routes {
            let Some(rest) = route.parts().strip_prefix(scope.as_slice()) else { continue };
            all += 1;
            let Some(PathPart::Literal(_)) = rest.first() else { continue };
            let parameters =
                rest.iter().skip(1).take_while(|part| matches!(part, PathPart::Parameter(_))).count();
            let unit = rest.get(..=parameters).unwrap_or_default();
            let beyond = rest.get(unit.len()..).unwrap_or_default();
            if beyond.iter().any(|part| matches!(part, PathPart::Literal(_))) {
                *counts.entry(unit.iter().collect()).or_default() += 1;
            }
        }
        let mut ranked: Vec<(Vec<&PathPart>, usize)> = counts.into_iter().collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let second = ranked.get(1).map_or(0, |(_, count)| *count);
        let Some((unit, count)) = ranked.into_iter().next() else { break };
        let enough = if unit.len() > 1 {
            // Two fifths of all, and half as many again as the next most common.
            count * 5 >= routes.len() * 2 && count * 2 >= second * 3
        } else {
            // A single word says nothing if all have it.
            count * 20 >= all * 19 && count >= FEW
        };
        if !enough {
            break;
        }
        let unit: Vec<PathPart> = unit.into_iter().cloned().collect();
        scope.extend(unit);
    }
    scope
}

/// Merges what is mostly there already.
fn insert(set: &mut HashSet<String>, value: &str) {
    if !set.contains(value) {
        set.insert(value.to_owned());
    }
}
