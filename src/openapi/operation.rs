//! One operation, read from a document.

use std::collections::HashSet;

use serde_json::Value;

use super::document::{Document, OperationRef, Problem, type_name};
use super::{header, pointer};
use crate::model::{Location, PathTemplate, SecurityAlternative, Server, Style, Variable};

/// The most segments of a path. Groups are named by them, so a command of more could not be typed anyway, and what
/// is kept for each beginning of a path grows with their square.
const MAX_SEGMENTS: usize = 24;

/// The most literals and parameters in all segments of a path together.
const MAX_PIECES: usize = 64;

/// The most parameters of an operation, those of its path item among them.
const MAX_PARAMETERS: usize = 500;

/// An Operation Object (OpenAPI 3.0, section 4.7.10) with everything that its path item adds to it. Texts and
/// schemas are borrowed from the document and untrusted.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// HTTP method, upper case.
    pub method: String,
    /// The path it stands under.
    pub path: PathTemplate,
    /// JSON pointer.
    pub pointer: String,
    /// `operationId`.
    pub operation_id: Option<&'a str>,
    /// `summary`, else the path item's.
    pub summary: Option<&'a str>,
    /// `description`, else the path item's.
    pub description: Option<&'a str>,
    /// First tag.
    pub tag: Option<&'a str>,
    /// `deprecated`.
    pub deprecated: bool,
    /// The operation's parameters and those of its path item that it does not override.
    pub parameters: Vec<Parameter<'a>>,
    /// `requestBody`, reference followed.
    pub body: Option<RequestBody<'a>>,
    /// `security`; `None` where the document's own applies.
    pub security: Option<Vec<SecurityAlternative>>,
    /// Servers of the operation, else of the path item; empty where the document's apply.
    pub servers: Vec<Server>,
    /// The media types of the success responses, in order.
    pub produces: Vec<&'a str>,
    /// What could not be read and was left out without harm.
    pub problems: Vec<Problem>,
}

/// A Parameter Object (OpenAPI 3.0, section 4.7.12).
#[derive(Clone, Debug)]
pub struct Parameter<'a> {
    /// Its name on the wire.
    pub name: &'a str,
    /// `in`; never [`Location::Body`].
    pub location: Location,
    /// `required`; always true for path parameters.
    pub required: bool,
    /// `description`.
    pub description: Option<&'a str>,
    /// `deprecated`.
    pub deprecated: bool,
    /// `schema`, or the schema of the one media type in `content`; null if it has neither.
    pub schema: &'a Value,
    /// The media type, for a parameter with `content`.
    pub content_type: Option<&'a str>,
    /// `style`, or the location's default.
    pub style: Style,
    /// `explode`, or the style's default.
    pub explode: bool,
}

/// A Request Body Object (OpenAPI 3.0, section 4.7.13).
#[derive(Clone, Debug)]
pub struct RequestBody<'a> {
    /// `required`.
    pub required: bool,
    /// Every media type, in document order.
    pub content: Vec<MediaType<'a>>,
}

/// A Media Type Object (OpenAPI 3.0, section 4.7.14).
#[derive(Clone, Debug)]
pub struct MediaType<'a> {
    /// As the document spells it.
    pub name: &'a str,
    /// `schema`; null if there is none.
    pub schema: &'a Value,
    /// `encoding` (section 4.7.15); null if there is none.
    pub encoding: &'a Value,
}

impl MediaType<'_> {
    /// `style` and `explode` of one property; `None` where the document is silent.
    pub fn style_of(&self, property: &str) -> Option<(Style, bool)> {
        let encoding = self.encoding.get(property)?;
        let explode = encoding.get("explode").and_then(Value::as_bool);
        let style = match encoding.get("style").filter(|style| !style.is_null()) {
            Some(style) => read_style(style.as_str()?)?,
            // `explode` alone is about `form`, the style that a property has by default.
            None => explode.map(|_| Style::Form)?,
        };
        let explode = explode.unwrap_or(style == Style::Form);
        Some((style, explode))
    }
}

impl<'a> Operation<'a> {
    /// Reads the operation at `at`. The error says why it cannot become a command.
    pub fn read(document: &'a Document, at: &OperationRef<'a>) -> Result<Self, Problem> {
        let bad = |pointer: &str, message: String| Problem { pointer: pointer.to_owned(), message };
        if !at.value.is_object() {
            return Err(bad(&at.pointer, format!("the operation is {}, not an object", type_name(at.value))));
        }
        let path = PathTemplate::parse(at.path).map_err(|error| bad(&at.pointer, error.to_string()))?;
        let in_query = path.query().iter().map(|pair| pair.name.len() + pair.value.len()).sum::<usize>();
        let pieces = path.segments().iter().map(Vec::len).sum::<usize>() + in_query + path.optional().len();
        let segments = path.segments().len();
        if segments > MAX_SEGMENTS || pieces > MAX_PIECES {
            let message = format!(
                "the path has {segments} segments of {pieces} pieces; at most {MAX_SEGMENTS} of {MAX_PIECES} are read"
            );
            return Err(bad(&at.pointer, message));
        }
        let mut problems = Vec::new();
        if !at.path.starts_with('/') {
            let message = "the path does not begin with `/`; taken as if it did".to_owned();
            problems.push(Problem { pointer: at.pointer.clone(), message });
        }
        let parameters = read_parameters(document, at, &path, &mut problems)?;
        let text = |key: &str| {
            at.value
                .get(key)
                .or_else(|| at.item.get(key))
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
        };
        let mut servers = header::read_servers(
            at.value,
            document.source(),
            &pointer::child(&at.pointer, "servers"),
            &mut problems,
        );
        if servers.is_empty() {
            servers = header::read_servers(
                at.item,
                document.source(),
                &pointer::child(&at.pointer, "servers"),
                &mut problems,
            );
        }
        Ok(Self {
            method: at.method.clone(),
            pointer: at.pointer.clone(),
            operation_id: at.value.get("operationId").and_then(Value::as_str),
            summary: text("summary"),
            description: text("description"),
            tag: at.value.pointer("/tags/0").and_then(Value::as_str),
            deprecated: at.value.get("deprecated").and_then(Value::as_bool).unwrap_or_default(),
            body: read_body(document, at)?,
            // Null is how YAML says nothing; `[]` is how OpenAPI says "none".
            security: at.value.get("security").filter(|value| !value.is_null()).map(header::read_security),
            produces: produces(document, at.value),
            path,
            parameters,
            servers,
            problems,
        })
    }
}

fn read_parameters<'a>(
    document: &'a Document,
    at: &OperationRef<'a>,
    path: &PathTemplate,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Parameter<'a>>, Problem> {
    let too_many = || Problem {
        pointer: pointer::child(&at.pointer, "parameters"),
        message: format!("the operation has more than {MAX_PARAMETERS} parameters"),
    };
    let mut parameters: Vec<Parameter<'a>> = Vec::new();
    let mut known: HashSet<(Location, &'a str)> = HashSet::new();
    let in_path = path.parameters();
    // The operation's own come first, so that a path item's of the same name and place is passed over.
    for owner in [at.value, at.item] {
        let list = match owner.get("parameters") {
            None | Some(Value::Null) => continue,
            Some(Value::Array(list)) => list,
            Some(other) => {
                let message = format!("`parameters` is {}, not an array", type_name(other));
                return Err(Problem { pointer: pointer::child(&at.pointer, "parameters"), message });
            }
        };
        if list.len() > MAX_PARAMETERS {
            return Err(too_many());
        }
        for (n, value) in list.iter().enumerate() {
            let place = || format!("{}/parameters/{n}", at.pointer);
            let parameter = document
                .resolve(value)
                .map_err(|error| error.to_string())
                .and_then(|value| read_parameter(document, value))
                .map_err(|message| Problem { pointer: place(), message })?;
            if known.contains(&(parameter.location, parameter.name)) {
                continue;
            }
            if parameter.location == Location::Path && !in_path.iter().any(|v| v.is(parameter.name)) {
                let message = format!("path parameter `{}` is not in the path; left out", parameter.name);
                problems.push(Problem { pointer: place(), message });
                continue;
            }
            known.insert((parameter.location, parameter.name));
            parameters.push(parameter);
        }
    }
    reconcile(at, path, &mut parameters, problems);
    if parameters.len() > MAX_PARAMETERS { Err(too_many()) } else { Ok(parameters) }
}

/// Brings what is declared and what the path itself says together.
fn reconcile<'a>(
    at: &OperationRef<'a>,
    path: &PathTemplate,
    parameters: &mut Vec<Parameter<'a>>,
    problems: &mut Vec<Problem>,
) {
    let undeclared = |name: &str, location, required| Parameter {
        // Whatever a template names stands in its text, which lives as long as the document.
        name: at.path.find(name).and_then(|n| at.path.get(n..)?.get(..name.len())).unwrap_or_default(),
        location,
        required,
        description: None,
        deprecated: false,
        schema: &Value::Null,
        content_type: None,
        style: if location == Location::Path { Style::Simple } else { Style::Form },
        explode: location != Location::Path,
    };
    // `?limit={limit}` with `limit` declared in the query: the parameter gives the pair. `?v=2` is not asked for.
    let mut given: Vec<&Variable> = Vec::new();
    for pair in path.query() {
        let Some(name) = pair.plain_name() else { continue };
        let is_it = |p: &Parameter<'_>| p.location == Location::Query && p.name == name;
        match pair.variable() {
            Some(variable) if parameters.iter().any(is_it) => given.push(variable),
            _ => parameters.retain(|p| !is_it(p)),
        }
    }
    for variable in path.parameters() {
        let is_it = |p: &Parameter<'_>| variable.is(p.name);
        if given.contains(&variable) || parameters.iter().any(|p| p.location == Location::Path && is_it(p)) {
            continue;
        }
        if let Some(parameter) = parameters.iter_mut().find(|p| p.location == Location::Query && is_it(p))
            && path.query().iter().any(|pair| pair.variable() == Some(variable))
        {
            // `?latitude={lat}` with `lat` declared in the query.
            (parameter.location, parameter.required) = (Location::Path, true);
            (parameter.style, parameter.explode) = (Style::Simple, false);
            continue;
        }
        // The path itself proves that the parameter exists; text is the type that always works.
        let message = format!("path parameter `{}` is not declared; taken as text", variable.name());
        problems.push(Problem { pointer: at.pointer.clone(), message });
        parameters.push(undeclared(variable.name(), Location::Path, true));
    }
    for name in path.optional() {
        if !parameters.iter().any(|p| p.location == Location::Query && p.name == name) {
            parameters.push(undeclared(name, Location::Query, false));
        }
    }
}

fn read_parameter<'a>(document: &'a Document, value: &'a Value) -> Result<Parameter<'a>, String> {
    if !value.is_object() {
        return Err(format!("the parameter is {}, not an object", type_name(value)));
    }
    let name = value.get("name").and_then(Value::as_str).ok_or("the parameter has no `name`")?;
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(format!("`{}` cannot be the name of a parameter", name.escape_default()));
    }
    let location = match value.get("in").and_then(Value::as_str) {
        Some("path") => Location::Path,
        Some("query") => Location::Query,
        Some("header") => Location::Header,
        Some("cookie") => Location::Cookie,
        Some(other) => {
            return Err(format!(
                "parameter `{name}` is in `{other}`; it can be in path, query, header or cookie"
            ));
        }
        None => return Err(format!("parameter `{name}` has no `in`")),
    };
    if matches!(location, Location::Header | Location::Cookie) && !is_token(name) {
        return Err(format!("`{name}` cannot be the name of a header or cookie"));
    }
    let default = match location {
        Location::Path | Location::Header => Style::Simple,
        _ => Style::Form,
    };
    let style = match value.get("style").and_then(Value::as_str) {
        Some(style) => {
            read_style(style).ok_or_else(|| format!("parameter `{name}` has the unknown style `{style}`"))?
        }
        None => default,
    };
    let content = value.get("content").and_then(Value::as_object).and_then(|content| content.iter().next());
    let schema = match (value.get("schema"), content) {
        (Some(schema), _) => schema,
        (None, Some((_, media))) => media.get("schema").unwrap_or(&Value::Null),
        (None, None) => &Value::Null,
    };
    // A missing target costs the operation now, rather than a person's time later.
    document.resolve(schema).map_err(|error| format!("parameter `{name}`: {error}"))?;
    Ok(Parameter {
        name,
        location,
        required: location == Location::Path
            || value.get("required").and_then(Value::as_bool).unwrap_or_default(),
        description: value.get("description").and_then(Value::as_str),
        deprecated: value.get("deprecated").and_then(Value::as_bool).unwrap_or_default(),
        schema,
        content_type: content.filter(|_| value.get("schema").is_none()).map(|(name, _)| name.as_str()),
        explode: value.get("explode").and_then(Value::as_bool).unwrap_or(style == Style::Form),
        style,
    })
}

/// A `token` of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn read_style(text: &str) -> Option<Style> {
    Some(match text {
        "simple" => Style::Simple,
        "label" => Style::Label,
        "matrix" => Style::Matrix,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        _ => return None,
    })
}

fn read_body<'a>(document: &'a Document, at: &OperationRef<'a>) -> Result<Option<RequestBody<'a>>, Problem> {
    let place = pointer::child(&at.pointer, "requestBody");
    let bad = |message: String| Problem { pointer: place.clone(), message };
    let value = match at.value.get("requestBody") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => document.resolve(value).map_err(|error| bad(error.to_string()))?,
    };
    let content = match value.get("content") {
        Some(Value::Object(content)) => content,
        Some(other) => return Err(bad(format!("`content` is {}, not an object", type_name(other)))),
        None => return Err(bad("the request body has no `content`".to_owned())),
    };
    let mut media = Vec::new();
    for (name, value) in content {
        if name.is_empty() || name.chars().any(|c| c.is_control() || !c.is_ascii()) {
            return Err(bad(format!("`{}` is no media type", name.escape_default())));
        }
        let schema = value.get("schema").unwrap_or(&Value::Null);
        document.resolve(schema).map_err(|error| bad(error.to_string()))?;
        media.push(MediaType { name, schema, encoding: value.get("encoding").unwrap_or(&Value::Null) });
    }
    let required = value.get("required").and_then(Value::as_bool).unwrap_or_default();
    Ok((!media.is_empty()).then_some(RequestBody { required, content: media }))
}

fn produces<'a>(document: &'a Document, operation: &'a Value) -> Vec<&'a str> {
    let mut types = Vec::new();
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        if !status.starts_with('2') {
            continue;
        }
        let content =
            document.resolve(response).ok().and_then(|r| r.get("content")).and_then(Value::as_object);
        for name in content.into_iter().flat_map(|content| content.keys()) {
            if !name.chars().any(char::is_control) && !types.contains(&name.as_str()) {
                types.push(name.as_str());
            }
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(path: &str, operation: &str, look: impl FnOnce(Result<Operation<'_>, Problem>) -> T) -> T {
        let text = format!(r#"{{"openapi": "3.0.0", "paths": {{{path:?}: {{"get": {operation}}}}}}}"#);
        let document = Document::parse(text.as_bytes(), "t").unwrap();
        let operations = document.operations();
        look(Operation::read(&document, &operations[0]))
    }

    #[test]
    fn endless_paths_are_skipped_with_their_pointer() {
        for (path, fits) in [
            ("/a".repeat(24), true),
            ("/a".repeat(25), false),
            (format!("/{}", "{a}b".repeat(32)), true),
            (format!("/{}", "{a}b".repeat(33)), false),
        ] {
            read(&path, "{}", |operation| match operation {
                Ok(_) => assert!(fits, "{path}"),
                Err(problem) => {
                    assert!(!fits && problem.message.contains("pieces"), "{}", problem.message);
                    assert!(problem.pointer.ends_with("/get"), "{}", problem.pointer);
                }
            });
        }
    }

    #[test]
    fn parameters_have_an_end() {
        for (count, fits) in [(500, true), (501, false)] {
            let parameters: Vec<_> =
                (0..count).map(|n| format!(r#"{{"name": "p{n}", "in": "query"}}"#)).collect();
            let operation = format!(r#"{{"parameters": [{}]}}"#, parameters.join(","));
            read("/a", &operation, |operation| match operation {
                Ok(operation) => assert!(fits && operation.parameters.len() == count),
                Err(problem) => assert!(!fits && problem.pointer.ends_with("/get/parameters")),
            });
        }
    }

    #[test]
    fn a_parameter_is_known_by_name_and_place() {
        let operation = r#"{"parameters": [{"name": "x", "in": "query"}, {"name": "x", "in": "header"},
            {"name": "x", "in": "query", "required": true}, {"name": "y", "in": "path"}]}"#;
        read("/a/{x}", operation, |operation| {
            let operation = operation.unwrap();
            let got: Vec<_> = operation.parameters.iter().map(|p| (p.location, p.required)).collect();
            assert_eq!(got, [(Location::Query, false), (Location::Header, false), (Location::Path, true)]);
            assert_eq!(
                operation.problems.len(),
                2,
                "`y` is not in the path, `x` of the path is not declared"
            );
        });
    }

    #[test]
    fn security_that_is_null_says_nothing() {
        for (security, expected) in [("null", None), ("[]", Some(0)), (r#"[{"a": []}]"#, Some(1))] {
            read("/a", &format!(r#"{{"security": {security}}}"#), |operation| {
                assert_eq!(operation.unwrap().security.map(|list| list.len()), expected);
            });
        }
    }

    #[test]
    fn explode_counts_without_a_style() {
        let encoding = serde_json::json!({
            "a": {"explode": false}, "b": {"style": "deepObject", "explode": true}, "c": {"style": "form"},
            "d": {"contentType": "text/plain"}, "e": {"style": null, "explode": true}
        });
        let media = MediaType { name: "x", schema: &Value::Null, encoding: &encoding };
        let got = ["a", "b", "c", "d", "e", "f"].map(|name| media.style_of(name));
        let form = |explode| Some((Style::Form, explode));
        assert_eq!(got, [form(false), Some((Style::DeepObject, true)), form(true), None, form(true), None]);
    }
}
