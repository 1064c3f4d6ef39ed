use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::model::{PathTemplate, Segment};
use crate::openapi::Document;

/// The paths of a document, ready to be matched. Built once; reads no schema.
#[derive(Debug)]
pub(super) struct Routes {
    /// By number of segments; within, the most literal first.
    by_length: HashMap<usize, Vec<Route>>,
    /// Places in `by_length` by shape, see [`Route::shape`].
    by_shape: HashMap<String, Vec<(usize, usize)>>,
    /// Segments of the paths that server URLs carry, longest first; never empty ones.
    bases: Vec<Vec<String>>,
}

/// One path of the document.
#[derive(Debug)]
pub(super) struct Route {
    /// The path as the document spells it.
    pub(super) path: String,
    pub(super) template: PathTemplate,
    /// The path with `{}` for each segment that is a parameter: `/v1/customers/{}`.
    pub(super) shape: String,
    /// Methods, upper case.
    pub(super) methods: Vec<String>,
}

/// A request's path matched to one of the document.
#[derive(Debug)]
pub(super) struct Match<'r> {
    pub(super) route: &'r Route,
    /// The request's segments, decoded, the server's base path taken off.
    pub(super) segments: Vec<String>,
    /// Path parameters, decoded.
    pub(super) values: Vec<(&'r str, String)>,
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found<'r> {
    /// An operation.
    Operation(Match<'r>),
    /// A path that has other methods, these.
    Methods(Vec<&'r str>),
    /// Nothing.
    Nothing,
}

impl Routes {
    /// Reads the paths of a document. A path that is no template is left out, as it is for commands.
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
            let length = template.segments().len();
            let shape = shape(template.segments());
            let path = operation.path.to_owned();
            last = Some((length, path.clone()));
            let route = Route { path, template, shape, methods: vec![operation.method] };
            by_length.entry(length).or_default().push(route);
        }
        let mut by_shape: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (length, routes) in &mut by_length {
            // A path without parameters is matched before one with them (OpenAPI 3.0, section 4.7.8.1).
            routes.sort_by_cached_key(|route| {
                route.template.segments().iter().map(|s| rank(s)).collect::<Vec<_>>()
            });
            for (n, route) in routes.iter().enumerate() {
                by_shape.entry(route.shape.clone()).or_default().push((*length, n));
            }
        }
        bases.sort_by_key(|base: &Vec<String>| std::cmp::Reverse(base.len()));
        bases.dedup();
        Self { by_length, by_shape, bases }
    }

    /// Matches the path of a request, percent-encoded.
    pub(super) fn find(&self, method: &str, path: &str) -> Found<'_> {
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let whole: Vec<String> = path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect();
        let mut other = Vec::new();
        let stripped = self.bases.iter().filter_map(|base| whole.strip_prefix(base.as_slice()));
        for segments in stripped.chain([whole.as_slice()]) {
            // The base path alone is the root.
            let root = [String::new()];
            let segments = if segments.is_empty() { &root[..] } else { segments };
            for route in self.by_length.get(&segments.len()).into_iter().flatten() {
                let Some(values) = route.matches(segments) else { continue };
                if route.methods.iter().any(|known| known == method) {
                    return Found::Operation(Match { route, segments: segments.to_vec(), values });
                }
                other.extend(route.methods.iter().map(String::as_str).filter(|m| *m != method));
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
    /// The parameters' values, if the segments are of this route. No value is empty.
    fn matches<'r>(&'r self, segments: &[String]) -> Option<Vec<(&'r str, String)>> {
        let mut values = Vec::new();
        for (pieces, text) in self.template.segments().iter().zip(segments) {
            match_segment(pieces, text, &mut values)?;
        }
        Some(values)
    }
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
            Segment::Parameter(name) => {
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
                values.push((name.as_str(), value.to_owned()));
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
            // A default may hold another variable; a chain of those must not grow without end.
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
                "no slash": {"get": {}}, "/broken": {"get": 3}, "/a%20b/{x}{y}": {"get": {}}}});
        Routes::new(&Document::parse(root.to_string().as_bytes(), "test").unwrap())
    }

    fn found(method: &str, path: &str) -> String {
        match routes().find(method, path) {
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
