use std::collections::BTreeSet;

use indexmap::IndexMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::brackets::{Raw, decode_pairs, tree};
use super::check::{MAX_PROBLEMS, check, child};
use super::coerce::coerce;
use super::message::{Incoming, Problem, suggestion};
use super::operation::{Operation, Parameter};
use super::schema::{Extra, JsonType, Schema};
use super::style::{Written, structure};
use crate::model::Variable;
use crate::model::media::{essence, is_json};

/// The parameters of a request, checked.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// Query parameters by name, with the types of their schemas.
    pub(super) query: Map<String, Value>,
    /// The problems found.
    pub(super) problems: Vec<Problem>,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Headers that OpenAPI describes elsewhere (section 4.7.12.1): a parameter of that name is ignored.
const OTHER_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// Checks path, query, header and cookie parameters. `path` holds decoded path values; `keys` the names of query
/// parameters that carry credentials, which are not the operation's own.
pub(super) fn read(
    operation: &Operation<'_>,
    request: &Incoming,
    path: &[(&str, String)],
    keys: &[String],
) -> Parameters {
    let mut read = Parameters::default();
    let declared = operation.parameters();
    for parameter in &declared {
        let raw = match parameter.location {
            "path" => {
                let short = Variable::new(parameter.name);
                let is_it = |name: &str| name == parameter.name || name == short.name();
                path.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value.clone())
            }
            "header" if OTHER_HEADERS.iter().any(|name| parameter.name.eq_ignore_ascii_case(name)) => {
                continue;
            }
            "header" => request.header(parameter.name).map(str::to_owned),
            _ => continue,
        };
        let place = child(parameter.location, parameter.name);
        match raw {
            Some(text) => read.value(operation, parameter, Raw::Text(text), &place),
            None if parameter.required && parameter.location != "path" => {
                read.problems.push(Problem::new(place, "is required"));
            }
            None => {}
        }
    }
    let of = |location: &str| -> Vec<&Parameter<'_>> {
        declared.iter().filter(|parameter| parameter.location == location).collect()
    };
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let cookies = request.cookies().map(|(name, value)| (decode(name), decode(value))).collect();
    read.pairs(operation, "cookie", &of("cookie"), cookies, None);
    match of("querystring").as_slice() {
        [whole] if whole.content.is_some_and(|name| essence(name) != FORM) => match decode(request.query()) {
            text if !text.is_empty() => read.value(operation, whole, Raw::Text(text), "query"),
            _ if whole.required => read.problems.push(Problem::new("query", "is required")),
            _ => {}
        },
        whole => {
            let declared: Vec<&Parameter<'_>> =
                of("query").into_iter().chain(whole.iter().copied()).collect();
            read.pairs(operation, "query", &declared, decode_pairs(request.query().as_bytes()), Some(keys));
        }
    }
    read.problems.truncate(MAX_PROBLEMS);
    read
}

impl Parameters {
    /// Reads names with values: a query, or cookies. With `keys`, undeclared names are problems.
    fn pairs(
        &mut self,
        operation: &Operation<'_>,
        location: &str,
        declared: &[&Parameter<'_>],
        pairs: Vec<(String, String)>,
        keys: Option<&[String]>,
    ) {
        // A name such as `ids[]` or `filter[name]` may be declared literally.
        let literal: BTreeSet<&str> =
            declared.iter().map(|p| p.name).filter(|name| name.contains('[')).collect();
        let (exact, rest): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| literal.contains(name.as_str()));
        let mut given = tree(rest);
        let mut literally: IndexMap<String, Raw> = IndexMap::new();
        for (name, value) in exact {
            match literally.get_mut(&name) {
                Some(Raw::List(list)) => list.push(Raw::Text(value)),
                Some(first) => {
                    let old = std::mem::replace(first, Raw::List(Vec::new()));
                    *first = Raw::List(vec![old, Raw::Text(value)]);
                }
                None => drop(literally.insert(name, Raw::Text(value))),
            }
        }
        let mut open = false;
        let mut spread = Vec::new();
        for parameter in declared {
            let place = child(location, parameter.name);
            let raw = literally.shift_remove(parameter.name).or_else(|| given.shift_remove(parameter.name));
            match raw {
                Some(raw) => self.value(operation, parameter, raw, &place),
                None => spread.push(*parameter),
            }
        }
        // An object in style `form` is spread: each of its properties is a parameter of its own.
        for parameter in spread {
            let schema = parameter.schema.map(|schema| Schema::read(operation.document, schema));
            let is_spread = (parameter.content.is_none() || parameter.location == "querystring")
                && matches!(parameter.style, None | Some("form" | "cookie"))
                && parameter.explode.unwrap_or(true);
            let mut members = IndexMap::new();
            if let Some(schema) = schema.filter(|schema| is_spread && schema.kind() == JsonType::Object) {
                open |=
                    !matches!(schema.extra(), Extra::Closed | Extra::Unstated) || !schema.has_properties();
                for (name, _) in schema.properties() {
                    if let Some(raw) = given.shift_remove(name) {
                        members.insert(name.to_owned(), raw);
                    }
                }
            }
            let place = child(location, parameter.name);
            if !members.is_empty() {
                self.value(operation, parameter, Raw::Map(members), &place);
            } else if parameter.required && !open {
                self.problems.push(Problem::new(place, "is required"));
            }
        }
        let Some(keys) = keys else { return };
        for name in given.keys().filter(|name| !open && !keys.contains(name)) {
            if self.problems.len() >= MAX_PROBLEMS {
                return;
            }
            let near = suggestion(name, declared.iter().map(|p| p.name));
            self.problems.push(Problem::new(
                child("query", name),
                format!("is not a parameter of this operation{near}"),
            ));
        }
    }

    /// Reads one value by the parameter's style, converts it to its type and checks it.
    fn value(&mut self, operation: &Operation<'_>, parameter: &Parameter<'_>, raw: Raw, place: &str) {
        if parameter.allow_empty && raw == Raw::Text(String::new()) {
            return;
        }
        let json = parameter.content.is_some_and(is_json);
        let value = match (&raw, json) {
            (Raw::Text(text), true) => match serde_json::from_str(text) {
                Ok(value) => value,
                Err(error) => {
                    self.problems.push(Problem::new(place, format!("is not JSON: {error}")));
                    return;
                }
            },
            _ => coerce(operation.document, parameter.schema, &split(operation, parameter, raw)),
        };
        if let Some(schema) = parameter.schema {
            self.problems.extend(check(operation.document, schema, &value, place));
        }
        if matches!(parameter.location, "query" | "querystring") {
            self.query.insert(parameter.name.to_owned(), value);
        }
    }
}

/// Splits a list or an object written as one string.
fn split(operation: &Operation<'_>, parameter: &Parameter<'_>, raw: Raw) -> Raw {
    if parameter.content.is_some() {
        return raw;
    }
    let kind =
        parameter.schema.map_or(JsonType::Any, |schema| Schema::read(operation.document, schema).kind());
    let default = if matches!(parameter.location, "path" | "header") { "simple" } else { "form" };
    let style = parameter.style.unwrap_or(default);
    let explode = parameter.explode.unwrap_or(matches!(style, "form" | "cookie"));
    structure(Written { name: parameter.name, style, explode }, kind, raw)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::openapi::Document;

    fn ask(parameters: &Value, target: &str, headers: &[(&str, &str)]) -> (Value, Vec<String>) {
        let root = json!({"openapi": "3.0.3", "paths": {"/a/{id}": {"get": {"parameters": parameters}}}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let operation = Operation::find(&document, "/a/{id}", "GET").unwrap();
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Incoming { method: "GET".into(), target: target.into(), headers, body: Vec::new() };
        let read = read(&operation, &request, &[("id", "x1".into())], &["key".to_owned()]);
        let problems = read.problems.into_iter().map(|p| format!("{} {}", p.place, p.message));
        (Value::Object(read.query), problems.collect())
    }

    #[test]
    fn every_place_is_checked() {
        let parameters = json!([
            {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
            {"name": "must", "in": "query", "required": true, "schema": {"type": "string"}},
            {"name": "X-Trace", "in": "header", "required": true, "schema": {"type": "string"}},
            {"name": "Accept", "in": "header", "required": true, "schema": {"type": "string"}},
            {"name": "sid", "in": "cookie", "schema": {"type": "boolean"}}]);
        let (_, problems) = ask(&parameters, "/a/x1?limit=abc&limt=3&key=s", &[("Cookie", "sid=7")]);
        assert_eq!(
            problems,
            [
                "path.id `x1` is not an integer",
                "header.X-Trace is required",
                "cookie.sid `7` is not a boolean",
                "query.limit `abc` is not an integer",
                "query.must is required",
                "query.limt is not a parameter of this operation; did you mean `limit`?",
            ]
        );
    }

    #[test]
    fn styles_are_read() {
        let list = json!({"type": "array", "items": {"type": "integer"}});
        let parameters = json!([
            {"name": "a", "in": "query", "schema": list}, {"name": "b", "in": "query", "schema": list, "explode": false},
            {"name": "c", "in": "query", "schema": list, "style": "pipeDelimited", "explode": false},
            {"name": "d", "in": "query", "style": "deepObject", "schema": {"type": "object", "properties": {"gt": {"type": "integer"}}}},
            {"name": "e", "in": "query", "schema": {"type": "object", "properties": {"e1": {"type": "integer"}}}},
            {"name": "f[]", "in": "query", "schema": list}, {"name": "g[x]", "in": "query", "schema": {"type": "integer"}},
            {"name": "h", "in": "query", "content": {"application/json": {"schema": list}}},
            {"name": "i", "in": "query", "allowEmptyValue": true, "schema": {"type": "integer"}}]);
        let target = "/a/1?a=1&a=2&b=1,2&c=1|2&d[gt]=3&e1=4&f[]=1&f[]=2&g[x]=5&h=[6]&i=";
        let (query, problems) = ask(&parameters, target, &[]);
        assert_eq!(problems, [""; 0]);
        let expected = json!({"a": [1, 2], "b": [1, 2], "c": [1, 2], "d": {"gt": 3}, "e": {"e1": 4}, "f[]": [1, 2],
            "g[x]": 5, "h": [6]});
        assert_eq!(query, expected);
    }
}
