//! A path as naming sees it: literals, parameters and verbs, without anything irrelevant to the resource.

use super::naming::{identifier, is_plural};
use crate::model::{PathTemplate, Segment};

/// One piece of a path that may become part of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PathPart {
    /// A resource, as an identifier.
    Literal(String),
    /// A parameter, by its name.
    Parameter(String),
    /// What is done, as an identifier: `:cancel`, `delta()`, `#Action=RunInstances`.
    Verb(String),
    /// OData's qualified name (`microsoft.graph.user`): an action if called with POST, else a cast.
    Qualified(String),
}

impl PathPart {
    /// Adds it to the shape of its path.
    fn add_to(&self, shape: &mut String) {
        let (mark, text) = match self {
            Self::Literal(text) => ("/", text.as_str()),
            Self::Parameter(_) => ("/", "{}"),
            Self::Verb(verb) => ("/:", verb.as_str()),
            Self::Qualified(name) => ("/.", name.as_str()),
        };
        shape.push_str(mark);
        shape.push_str(text);
    }
}

/// The parts of one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    parts: Vec<PathPart>,
    /// Its parts as one text, parameters without their names: `/users/{}/messages`.
    shape: String,
    /// Where each part ends in the shape.
    ends: Vec<usize>,
    /// The version in the path, as an identifier: `v1`, `n2010_04_01`.
    pub(crate) version: Option<String>,
    /// The first of the omitted prefixes: `api`.
    pub(crate) prefix: Option<String>,
    /// What distinguishes it from a path with the same parts and method: a format (`csv`), a query's value.
    pub(crate) mark: Option<String>,
    /// The name of its Kubernetes API group, as an identifier: `events_k8s_io`.
    pub(crate) api_group: Option<String>,
}

/// Words that precede the resources of an API without meaning: `/rest/api/3/issue`.
const PREFIXES: [&str; 14] = [
    "api",
    "apis",
    "_api",
    "_apis",
    "rest",
    "restapi",
    "rest-api",
    "rest_api",
    "webapi",
    "web-api",
    "json",
    "jsonrpc",
    "wp-json",
    "index.php",
];

/// File extensions that stand for formats.
const FORMATS: [&str; 14] =
    ["json", "xml", "html", "htm", "txt", "csv", "php", "aspx", "asmx", "ashx", "jsp", "yaml", "atom", "rss"];

/// Query parameters that select what a path does: `?method=flickr.photos.search`.
const CHOOSERS: [&str; 12] = [
    "method",
    "action",
    "op",
    "operation",
    "cmd",
    "command",
    "func",
    "funcs",
    "function",
    "request",
    "do",
    "call",
];

impl Route {
    /// Reads a path. `plugin` is dropped if an operation's own name begins with it. `procedures`: the document's
    /// paths are names of procedures, see [`is_procedure`].
    pub(crate) fn read(path: &PathTemplate, plugin: &str, procedures: bool) -> Self {
        let mut route = Self::default();
        let mut raw: Vec<(String, Vec<PathPart>)> = Vec::new();
        for segment in path.segments() {
            let parts = segment_parts(segment);
            if !parts.is_empty() {
                let text = match segment.as_slice() {
                    [Segment::Literal(text)] => text.to_ascii_lowercase(),
                    _ => String::new(),
                };
                raw.push((text, parts));
            }
        }
        let chosen = choice(path, plugin);
        // A path that is only prefix keeps its last word.
        let is_needed = |raw: &[(String, Vec<PathPart>)], at: usize| {
            raw.len() == 1
                && chosen.is_empty()
                && at == 0
                && matches!(raw.first(), Some((text, _)) if !text.is_empty())
        };
        let mut at = 0;
        let mut leading = true;
        while let Some((text, _)) = raw.get(at) {
            let digits = text.len() <= 3 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let version = is_version(text) || (leading && digits);
            let prefix = leading && PREFIXES.contains(&text.as_str());
            if (version || prefix) && !is_needed(&raw, at) {
                // `/apis/apps/v1/deployments`: the name of a Kubernetes API group belongs to its version.
                let api_group = text == "apis" && raw.get(at + 2).is_some_and(|(text, _)| is_version(text));
                if version && route.version.is_none() {
                    route.version = Some(identifier(text));
                }
                if prefix && route.prefix.is_none() {
                    route.prefix = Some(identifier(text));
                }
                raw.remove(at);
                if api_group && raw.len() > 2 {
                    route.api_group = Some(identifier(&raw.remove(at).0));
                }
                continue;
            }
            leading = false;
            at += 1;
        }
        route.parts = raw.into_iter().flat_map(|(_, parts)| parts).collect();
        if procedures
            && let [PathPart::Literal(_)] = route.parts.as_slice()
            && let Some(parts) = path.segments().iter().rev().find(|s| !s.is_empty()).and_then(|s| dotted(s))
        {
            route.parts = parts;
        }
        if chosen.is_empty() {
            route.mark = mark(path);
        }
        route.parts.extend(chosen);
        for part in &route.parts {
            part.add_to(&mut route.shape);
            route.ends.push(route.shape.len());
        }
        route
    }

    /// The parts that its names may come from.
    pub(crate) fn parts(&self) -> &[PathPart] {
        &self.parts
    }

    /// Its shape: equal for paths that differ only in names of parameters and in what is not a part.
    pub(crate) fn shape(&self) -> &str {
        &self.shape
    }

    /// The shape of its first `count` parts.
    pub(crate) fn shape_of(&self, count: usize) -> &str {
        let end = count.checked_sub(1).map_or(Some(0), |last| self.ends.get(last).copied());
        end.and_then(|end| self.shape.get(..end)).unwrap_or(&self.shape)
    }

    /// The words of its resources.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            PathPart::Literal(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// `v1`, `v2.1`, `v1beta1`, `2010-04-01`, `2.0`; in lower case.
pub(super) fn is_version(text: &str) -> bool {
    let numeric = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && ["alpha", "beta", "preview", "rc", "p"]
                .iter()
                .fold(text.to_owned(), |text, word| text.replace(word, ""))
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    };
    match text.strip_prefix('v') {
        Some(rest) => numeric(rest),
        None => {
            let dashes = text.matches('-').count();
            let dots = text.matches('.').count();
            numeric(text) && ((dashes >= 2 && text.len() >= 10) || (dashes == 0 && matches!(dots, 1 | 2)))
        }
    }
}

/// A version's rank: a later one is greater, a stable one is greater than a preview, and none at all
/// means the current one.
pub(super) fn version_rank(version: Option<&str>) -> (bool, Vec<u64>) {
    let Some(version) = version else { return (true, vec![u64::MAX]) };
    let preview = ["alpha", "beta", "preview", "rc"].iter().any(|word| version.contains(word));
    let numbers = version.split(|c: char| !c.is_ascii_digit()).filter(|text| !text.is_empty());
    (!preview, numbers.take(8).map(|text| text.parse().unwrap_or(u64::MAX)).collect())
}

fn segment_parts(segment: &[Segment]) -> Vec<PathPart> {
    let text: String = segment
        .iter()
        .filter_map(|piece| match piece {
            Segment::Literal(text) => Some(text.as_str()),
            Segment::Parameter(_) => None,
        })
        .collect();
    let parameter = segment.iter().find_map(|piece| match piece {
        Segment::Parameter(variable) => Some(variable.name().to_owned()),
        Segment::Literal(_) => None,
    });
    let verb = text.rsplit_once(':').map(|(_, verb)| verb).filter(|verb| !verb.is_empty());
    let verb = verb.map(|verb| PathPart::Verb(identifier(verb)));
    let mut parts = Vec::new();
    match segment.first() {
        None => {}
        Some(Segment::Parameter(variable)) => {
            parts.push(PathPart::Parameter(variable.name().to_owned()));
            parts.extend(verb);
        }
        Some(Segment::Literal(first)) => {
            // `/drains/:idOrUrl`: a parameter in a router's syntax that the document's author left unchanged.
            if first.starts_with(':') && segment.len() == 1 {
                return vec![PathPart::Parameter(first.trim_start_matches(':').to_owned())];
            }
            let first = first.split(':').next().unwrap_or(first);
            let tail = parameter.as_deref().filter(|name| !is_format(first, name));
            if let Some((name, _)) = first.split_once('(').filter(|(name, _)| !name.is_empty()) {
                let qualified = is_qualified(name);
                let name = identifier(unqualified(name));
                match tail {
                    // `indexes('{name}')` is an item, `microsoft.graph.range(address='{address}')` a function.
                    Some(tail) if is_plural(&name) && !qualified => {
                        parts.extend([PathPart::Literal(name), PathPart::Parameter(tail.to_owned())]);
                    }
                    _ => parts.push(PathPart::Verb(name)),
                }
            } else if let Some(name) = first.strip_prefix('$').filter(|name| !name.is_empty()) {
                let name = identifier(name);
                parts.push(if matches!(name.as_str(), "ref" | "value") {
                    PathPart::Literal(name)
                } else {
                    PathPart::Verb(name)
                });
            } else if is_qualified(first) {
                parts.push(PathPart::Qualified(identifier(unqualified(first))));
            } else {
                let name = without_format(first).trim_matches(|c: char| !c.is_alphanumeric());
                if !name.is_empty() {
                    parts.push(PathPart::Literal(identifier(name)));
                }
                parts.extend(tail.map(|tail| PathPart::Parameter(tail.to_owned())));
            }
            parts.extend(verb);
        }
    }
    parts
}

/// The format that a path ends in, or the last value of its own query.
fn mark(path: &PathTemplate) -> Option<String> {
    let value = path.query().iter().rev().find_map(|pair| match pair.value.as_slice() {
        [Segment::Literal(value)] => Some(value.as_str()),
        _ => None,
    });
    let last = path.segments().last().and_then(|segment| segment.last());
    let format = match last {
        Some(Segment::Literal(text)) => text.rsplit_once('.').map(|(_, format)| format),
        _ => None,
    };
    let format = format.filter(|format| FORMATS.contains(&format.to_ascii_lowercase().as_str()));
    value.or(format).map(identifier)
}

/// `subsites.{outputFormat}`, `glossary{mediaTypeExtension}`: the parameter says how, not what.
fn is_format(before: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    before.len() > 1 && ["format", "ext", "extension"].iter().any(|word| lower.ends_with(word))
}

fn without_format(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((stem, ending))
            if FORMATS.contains(&ending.to_ascii_lowercase().as_str()) && !stem.is_empty() =>
        {
            stem
        }
        _ => text,
    }
}

/// `microsoft.graph.user`, `Microsoft.Dynamics.CRM.WinOpportunity` (OData 4.01, part 2, section 4.11).
fn is_qualified(text: &str) -> bool {
    text.starts_with("microsoft.graph.")
        || (text.split('.').count() > 3 && unqualified(text).starts_with(|c: char| c.is_ascii_uppercase()))
}

fn unqualified(text: &str) -> &str {
    text.rsplit('.').next().unwrap_or(text)
}

/// Whether the last segment is one like `chat.postMessage`.
pub(super) fn is_procedure(path: &PathTemplate) -> bool {
    path.segments()
        .iter()
        .rev()
        .find(|segment| !segment.is_empty())
        .is_some_and(|segment| dotted(segment).is_some())
}

/// `chat.postMessage` as the only segment: the name of a remote procedure call.
fn dotted(segment: &[Segment]) -> Option<Vec<PathPart>> {
    let [Segment::Literal(text)] = segment else { return None };
    let text = without_format(text);
    procedure(text, "")
}

/// `a.b.doIt` is the verb `do_it` in the group `a b`.
fn procedure(text: &str, plugin: &str) -> Option<Vec<PathPart>> {
    let names: Vec<&str> = text.split('.').collect();
    let sound = |name: &&str| name.starts_with(|c: char| c.is_ascii_alphabetic());
    if names.len() < 2 || !names.iter().all(sound) {
        return None;
    }
    let names = if names.len() > 2 && names.first() == Some(&plugin) { names.get(1..)? } else { &names[..] };
    let (verb, groups) = names.split_last()?;
    let mut parts: Vec<PathPart> = groups.iter().map(|name| PathPart::Literal(identifier(name))).collect();
    parts.push(PathPart::Verb(identifier(verb)));
    Some(parts)
}

/// The action given by a path's own query or fragment.
fn choice(path: &PathTemplate, plugin: &str) -> Vec<PathPart> {
    let of = |value: &str| {
        procedure(value, plugin).unwrap_or_else(|| vec![PathPart::Verb(identifier(unqualified(value)))])
    };
    for pair in path.query() {
        if let ([Segment::Literal(name)], [Segment::Literal(value)]) =
            (pair.name.as_slice(), pair.value.as_slice())
            && CHOOSERS.contains(&name.to_ascii_lowercase().as_str())
        {
            return of(value);
        }
    }
    let marks = path.fragment().into_iter().flat_map(|fragment| fragment.split('&'));
    let chosen = marks.filter_map(|mark| mark.split_once('=')).map(|(_, value)| value).next();
    // `DynamoDB_20120810.PutItem`: the service's own name is before the dot.
    chosen.map(|value| vec![PathPart::Verb(identifier(unqualified(value)))]).unwrap_or_default()
}
