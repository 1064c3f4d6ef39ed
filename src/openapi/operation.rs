//! One operation, read from a document.

use serde_json::Value;

use super::document::{Document, OperationRef};
use super::parameter::{self, Parameter};
use super::problem::{Problem, type_name};
use super::request_body::{self, RequestBody};
use super::{header, pointer, server};
use crate::model::{PathTemplate, SecurityAlternative, Server};

/// The most segments of a path. Groups are named after them, so a command of more could not be typed anyway, and what
/// is kept for each prefix of a path grows with their square.
const MAX_SEGMENTS: usize = 24;

/// The most literals and parameters in all segments of a path together.
const MAX_PIECES: usize = 64;

/// An Operation Object (OpenAPI 3.0, section 4.7.10) including everything that its path item adds. Texts and
/// schemas are borrowed from the document and untrusted.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// HTTP method, upper case.
    pub method: String,
    /// The path it is under.
    pub path: PathTemplate,
    /// JSON pointer.
    pub pointer: String,
    /// `operationId`.
    pub operation_id: Option<&'a str>,
    /// `summary`, or else the path item's.
    pub summary: Option<&'a str>,
    /// `description`, or else the path item's.
    pub description: Option<&'a str>,
    /// First tag.
    pub tag: Option<&'a str>,
    /// `deprecated`.
    pub deprecated: bool,
    /// The operation's parameters and those of its path item that it does not override.
    pub parameters: Vec<Parameter<'a>>,
    /// `requestBody`, reference followed.
    pub body: Option<RequestBody<'a>>,
    /// `security`; `None` if the document's own applies.
    pub security: Option<Vec<SecurityAlternative>>,
    /// Servers of the operation, or else of the path item; empty if the document's apply.
    pub servers: Vec<Server>,
    /// The media types of the success responses, in order.
    pub produces: Vec<&'a str>,
    /// What could not be read and could safely be left out.
    pub problems: Vec<Problem>,
}

impl<'a> Operation<'a> {
    /// Reads the operation at `at`. The error says why it cannot become a command.
    pub fn read(document: &'a Document, at: &OperationRef<'a>) -> Result<Self, Problem> {
        let bad = |pointer: &str, message: String| Problem { pointer: pointer.to_owned(), message };
        // A path item elsewhere, if its reference cannot be resolved.
        document.resolve(at.value).map_err(|error| bad(&at.pointer, error.to_string()))?;
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
            let message = "the path does not begin with `/`; treated as if it did".to_owned();
            problems.push(Problem { pointer: at.pointer.clone(), message });
        }
        let parameters = parameter::read(document, at, &path, &mut problems)?;
        let body = request_body::read(document, at, &mut problems)?;
        let text = |key: &str| {
            at.value
                .get(key)
                .or_else(|| at.item.get(key))
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
        };
        let place = pointer::child(&at.pointer, "servers");
        let mut servers = server::read(document, at.value, &place, &mut problems);
        if servers.is_empty() {
            servers = server::read(document, at.item, &place, &mut problems);
        }
        Ok(Self {
            method: at.method.clone(),
            pointer: at.pointer.clone(),
            operation_id: at.value.get("operationId").and_then(Value::as_str),
            summary: text("summary"),
            description: text("description"),
            tag: at.value.pointer("/tags/0").and_then(Value::as_str),
            deprecated: at.value.get("deprecated").and_then(Value::as_bool).unwrap_or_default(),
            body,
            // Null is how YAML writes an empty value; `[]` is how OpenAPI says "none".
            security: at.value.get("security").filter(|value| !value.is_null()).map(header::read_security),
            produces: produces(document, at.value),
            path,
            parameters,
            servers,
            problems,
        })
    }
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
    use crate::model::Location;

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
        for (count, fits) in [(1_000, true), (1_001, false)] {
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
}
