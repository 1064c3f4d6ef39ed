use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::model::{PathTemplate, Segment};
use crate::openapi::Document;

/// The paths of a document, ready to be matched. Built once; does not read schemas.
#[derive(Debug)]
pub(super) struct Routes {
    /// By number of segments, [`ANY_LENGTH`] for those with a value that may contain slashes; then the most literal
    /// first.
    by_length: HashMap<usize, Vec<Route>>,
    /// Positions in `by_length` by shape, see [`Route::shape`].
    by_shape: HashMap<String, Vec<(usize, usize)>>,
    /// Segments of the paths in server URLs, longest first; never empty.
    bases: Vec<Vec<String>>,
}

/// One path of the document.
#[derive(Debug)]
pub(super) struct Route {
    /// The path as spelled in the document.
    pub(super) path: String,
    pub(super) template: PathTemplate,
    /// The path with `{}` for each segment that is a parameter: `/v1/customers/{}`.
    pub(super) shape: String,
    /// Methods, upper case.
    pub(super) methods: Vec<String>,
    /// Another path differs from this one only in its query or fragment (`/#Action=RunInstances`): its shape does not
    /// say what it does.
    pub(super) twin: bool,
}

/// Used instead of a number of segments.
const ANY_LENGTH: usize = usize::MAX;

/// How well a request fits an operation beyond its path: how many of the things that distinguish operations on one path
/// it has; `None` if it lacks one.
pub(super) type Fit<'f> = &'f dyn Fn(&Route) -> Option<usize>;

/// A request's path matched to one of the document.
#[derive(Debug)]
pub(super) struct Match<'r> {
    pub(super) route: &'r Route,
    /// The request's segments, decoded, without the server's base path.
    pub(super) segments: Vec<String>,
    /// Path parameters, decoded.
    pub(super) values: Vec<(&'r str, String)>,
}

/// The result of matching a path.
#[derive(Debug)]
pub(super) enum Found<'r> {
    /// An operation.
    Operation(Match<'r>),
    /// A path with other methods, these.
    Methods(Vec<&'r str>),
    /// Nothing.
    Nothing,
}

impl Routes {
    /// Reads the paths of a document. A path that is not a template is left out, as for commands.
    pub(super) fn new(document: &Document) -> Self {
        let mut by_length: HashMap<usize, Vec<Route>> = HashMap::new();
        let mut bases = Vec::new();
        add_bases(&mut bases, document.root());
        let mut last: Option<(usize, String)> = None;
        for operation in document.operations() {
            if !operation.value.is_object() {
                continue;
            }
            add_bases(&mut bases, operation.value);
            if let Some((length, path)) = &last
                && path == operation.path
                && let Some(route) = by_length.get_mut(length).and_then(|routes| routes.last_mut())
            {
                route.methods.push(operation.method);
                continue;
            }
            add_bases(&mut bases, operation.item);
            let Ok(template) = PathTemplate::parse(operation.path) else { continue };
            let is_open = |piece: &Segment| matches!(piece, Segment::Parameter(v) if v.slashes());
            let open = template.segments().iter().flatten().any(is_open);
            let length = if open { ANY_LENGTH } else { template.segments().len() };
            let shape = shape(template.segments());
            let path = operation.path.to_owned();
            last = Some((length, path.clone()));
            let route = Route { path, template, shape, methods: vec![operation.method], twin: false };
            by_length.entry(length).or_default().push(route);
        }
        tell_twins_apart(&mut by_length);
        let mut by_shape: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (length, routes) in &mut by_length {
            // A path without parameters is matched before one with them (OpenAPI 3.0, section 4.7.8.1).
            routes.sort_by_cached_key(|route| {
                let ranks = route.template.segments().iter().map(|s| rank(s)).collect::<Vec<_>>();
                // Those distinguished by more than the path come before the one that is not.
                (ranks, !route.twin)
            });
            for (n, route) in routes.iter().enumerate() {
                by_shape.entry(route.shape.clone()).or_default().push((*length, n));
            }
        }
        bases.sort_by_key(|base: &Vec<String>| std::cmp::Reverse(base.len()));
        bases.dedup();
        Self { by_length, by_shape, bases }
    }

    /// Matches the path of a request, percent-encoded. Of operations whose paths have the same shape, the one is chosen
    /// that the request fits best.
    pub(super) fn find(&self, method: &str, path: &str, fit: Fit<'_>) -> Found<'_> {
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let whole: Vec<String> = path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect();
        let mut other = Vec::new();
        let stripped = self.bases.iter().filter_map(|base| whole.strip_prefix(base.as_slice()));
        for segments in stripped.chain([whole.as_slice()]) {
            // The base path alone is the root.
            let root = [String::new()];
            let segments = if segments.is_empty() { &root[..] } else { segments };
            let mut candidates = Vec::new();
            let lengths = [segments.len(), ANY_LENGTH];
            for route in lengths.iter().filter_map(|length| self.by_length.get(length)).flatten() {
                let Some(found) = route.matches(segments) else { continue };
                if route.methods.iter().any(|known| known == method) {
                    candidates.push(found);
                    if !route.twin {
                        break;
                    }
                }
                other.extend(route.methods.iter().map(String::as_str).filter(|m| *m != method));
            }
            if let Some(found) = best(candidates, fit) {
                return Found::Operation(found);
            }
        }
        other.sort_unstable();
        other.dedup();
        if other.is_empty() { Found::Nothing } else { Found::Methods(other) }
    }

    /// Any path of that shape.
    pub(super) fn of_shape(&self, shape: &str) -> Option<&Route> {
        let (length, n) = self.by_shape.get(shape)?.first()?;
        self.by_length.get(length)?.get(*n)
    }

    /// The path of that shape that has that method.
    pub(super) fn with_shape(&self, shape: &str, method: &str) -> Option<&Route> {
        let places = self.by_shape.get(shape)?.iter();
        let mut routes = places.filter_map(|(length, n)| self.by_length.get(length)?.get(*n));
        routes.find(|route| route.methods.iter().any(|known| known == method))
    }
}

impl Route {
    /// The match, if the segments are of this route: those of a value with slashes as one. Values are never empty.
    fn matches(&self, segments: &[String]) -> Option<Match<'_>> {
        let mut values = Vec::new();
        let own = self.template.segments();
        let open =
            own.iter().position(|s| s.iter().any(|p| matches!(p, Segment::Parameter(v) if v.slashes())));
        let mut segments = segments.to_vec();
        if let (Some(at), Some(more)) = (open, segments.len().checked_sub(own.len()))
            && more > 0
        {
            let end = at + more;
            let joined = segments.get(at..=end)?.join("/");
            segments.splice(at..=end, [joined]);
        }
        if own.len() != segments.len() {
            return None;
        }
        for (pieces, text) in own.iter().zip(&segments) {
            match_segment(pieces, text, &mut values)?;
        }
        Some(Match { route: self, segments, values })
    }
}

/// Marks routes that have a query or a fragment of their own if another route is the same without it, and gives
/// them distinct shapes.
fn tell_twins_apart(by_length: &mut HashMap<usize, Vec<Route>>) {
    let mut bearers: HashMap<(String, String), usize> = HashMap::new();
    for route in by_length.values().flatten() {
        for method in &route.methods {
            *bearers.entry((route.shape.clone(), method.clone())).or_default() += 1;
        }
    }
    for route in by_length.values_mut().flatten() {
        let special = !route.template.query().is_empty() || route.template.fragment().is_some();
        let shared =
            |method: &String| bearers.get(&(route.shape.clone(), method.clone())).is_some_and(|n| *n > 1);
        if special && route.methods.iter().any(shared) {
            route.twin = true;
            route.shape.push_str(
                route.path.find(['?', '#']).and_then(|at| route.path.get(at..)).unwrap_or_default(),
            );
        }
    }
}

/// The match that the request fits best; the first one if it fits none.
fn best<'r>(mut candidates: Vec<Match<'r>>, fit: Fit<'_>) -> Option<Match<'r>> {
    let mut chosen = 0;
    if candidates.len() > 1 {
        let mut most = None;
        for (n, candidate) in candidates.iter().enumerate() {
            let fits = fit(candidate.route).map(|fits| (fits, !candidate.route.twin));
            if fits > most {
                (chosen, most) = (n, fits);
            }
        }
    }
    (chosen < candidates.len()).then(|| candidates.swap_remove(chosen))
}

/// A shape: segments joined, `{}` for those that are one parameter.
pub(super) fn shape(segments: &[Vec<Segment>]) -> String {
    let mut shape = String::new();
    for segment in segments {
        shape.push('/');
        for piece in segment {
            match piece {
                Segment::Literal(text) => shape.push_str(text),
                Segment::Parameter(_) => shape.push_str("{}"),
            }
        }
    }
    shape
}

fn rank(segment: &[Segment]) -> u8 {
    match segment {
        [Segment::Parameter(_)] => 2,
        pieces if pieces.iter().any(|piece| matches!(piece, Segment::Parameter(_))) => 1,
        _ => 0,
    }
}

fn match_segment<'r>(pieces: &'r [Segment], text: &str, values: &mut Vec<(&'r str, String)>) -> Option<()> {
    let mut rest = text;
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Segment::Literal(literal) => rest = rest.strip_prefix(decoded(literal).as_str())?,
            Segment::Parameter(variable) => {
                let end = match pieces.peek() {
                    None => rest.len(),
                    Some(Segment::Parameter(_)) => rest.chars().next().map_or(0, char::len_utf8),
                    Some(Segment::Literal(literal)) => {
                        let literal = decoded(literal);
                        let after_first = rest.char_indices().nth(1).map(|(at, _)| at)?;
                        after_first + rest.get(after_first..)?.find(literal.as_str())?
                    }
                };
                let (value, after) = rest.split_at_checked(end)?;
                if value.is_empty() {
                    return None;
                }
                values.push((variable.name(), value.to_owned()));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(())
}

fn decoded(literal: &str) -> String {
    percent_decode_str(literal).decode_utf8_lossy().into_owned()
}

/// The path parts of `servers`, variables replaced by their defaults (OpenAPI 3.0, section 4.7.5).
fn add_bases(bases: &mut Vec<Vec<String>>, owner: &Value) {
    const MOST: usize = 64;
    const LONGEST: usize = 4096;
    for server in owner.get("servers").and_then(Value::as_array).into_iter().flatten() {
        let Some(url) = server.get("url").and_then(Value::as_str) else { continue };
        let mut url = url.to_owned();
        for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
            let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
            // A default may contain another variable; such a chain must not grow without end.
            if url.len() > LONGEST {
                break;
            }
            url = url.replace(&format!("{{{name}}}"), default.get(..LONGEST).unwrap_or(default));
        }
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => url.as_str(),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let base: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
        if !base.is_empty() && bases.len() < MOST && !bases.contains(&base) {
            bases.push(base);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn routes() -> Routes {
        let root = json!({"openapi": "3.0.3",
            "servers": [{"url": "https://{host}/{base}/v3", "variables": {"host": {"default": "a"}, "base": {"default": "api"}}}],
            "paths": {"/pets/{id}": {"get": {}, "delete": {}}, "/pets/search": {"get": {}}, "/pets": {"post": {}},
                "/pets/{id}.{format}": {"get": {}}, "/own": {"get": {"servers": [{"url": "/elsewhere/"}]}},
                "no/../slash": {"get": {}}, "/broken": {"get": 3}, "/a%20b/{x}{y}": {"get": {}}}});
        Routes::new(&Document::parse(root.to_string().as_bytes(), "test").unwrap())
    }

    fn found(method: &str, path: &str) -> String {
        match routes().find(method, path, &|_| None) {
            Found::Operation(found) => format!("{} {:?}", found.route.path, found.values),
            Found::Methods(methods) => methods.join(","),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn literals_win_and_values_are_decoded() {
        assert_eq!(found("GET", "/pets/search"), "/pets/search []");
        assert_eq!(found("GET", "/pets/a%2Fb%20c"), r#"/pets/{id} [("id", "a/b c")]"#);
        assert_eq!(found("GET", "/pets/a.json"), r#"/pets/{id}.{format} [("id", "a"), ("format", "json")]"#);
        assert_eq!(found("GET", "/a%20b/xyz"), r#"/a%20b/{x}{y} [("x", "x"), ("y", "yz")]"#);
        assert_eq!(found("DELETE", "/pets/search"), r#"/pets/{id} [("id", "search")]"#);
    }

    #[test]
    fn base_paths_may_be_there_or_not() {
        assert_eq!(found("POST", "/api/v3/pets"), "/pets []");
        assert_eq!(found("POST", "/pets"), "/pets []");
        assert_eq!(found("GET", "/elsewhere/own"), "/own []");
    }

    #[test]
    fn other_methods_and_unknown_paths_are_told_apart() {
        assert_eq!(found("PUT", "/pets/1"), "DELETE,GET");
        for path in ["/pets/", "/pets/1/x", "/broken", "/", "", "/%ff"] {
            assert_eq!(found("GET", path), "nothing", "{path}");
        }
    }
}
