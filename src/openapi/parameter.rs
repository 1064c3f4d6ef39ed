//! The parameters of an operation.

use std::collections::HashSet;

use serde_json::Value;

use super::document::{Document, OperationRef};
use super::pointer;
use super::problem::{Problem, type_name};
use super::upgrade::COLLECTION_FORMAT;
use crate::model::media::is_json;
use crate::model::{Encoding, Location, PathTemplate, Style, Variable};

/// The most parameters of an operation, those of its path item among them.
const MAX_PARAMETERS: usize = 1_000;

/// Headers that frame the message or steer the connection (RFC 9110, section 7.6.1), hold credentials, or have their
/// own place in OpenAPI: no parameter can set them.
const UNSENDABLE: [&str; 13] = [
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "cookie2",
];

/// A Parameter Object (OpenAPI 3.0, section 4.7.12).
#[derive(Clone, Debug)]
pub struct Parameter<'a> {
    /// Its name on the wire.
    pub name: &'a str,
    /// `in`; never [`Location::Body`]. OpenAPI 3.2's `querystring` is [`Location::Query`].
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
    /// `style`, or the location's default. [`Style::Json`] for `content` that is JSON, [`Style::Whole`] for OpenAPI
    /// 3.2's `in: querystring`.
    pub style: Style,
    /// `explode`, or the style's default.
    pub explode: bool,
    /// `allowReserved`.
    pub allow_reserved: bool,
    /// `allowEmptyValue`: the name alone has a meaning, whatever the type.
    pub allow_empty: bool,
}

/// What a Parameter Object amounts to.
enum Read<'a> {
    Parameter(Parameter<'a>),
    /// It cannot be sent; the operation can do without it.
    LeftOut(String),
}

/// The operation's parameters and those of its path item that it does not override. Oddities that do no harm
/// go to `problems`; the error is for what makes the operation unusable.
pub(super) fn read<'a>(
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
    // The operation's own come first, so that a path item's with the same name and location is skipped.
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
            let mut odd = |message: String| problems.push(Problem { pointer: place(), message });
            let parameter = document
                .resolve(value)
                .map_err(|error| error.to_string())
                .and_then(|value| read_one(document, value, &mut odd))
                .map_err(|message| Problem { pointer: place(), message })?;
            let parameter = match parameter {
                Read::Parameter(parameter) => parameter,
                Read::LeftOut(message) => {
                    odd(message);
                    continue;
                }
            };
            if known.contains(&(parameter.location, parameter.name)) {
                continue;
            }
            if parameter.location == Location::Path
                && !in_path.iter().any(|variable| variable.is(parameter.name))
            {
                odd(format!("path parameter `{}` is not in the path; left out", parameter.name));
                continue;
            }
            known.insert((parameter.location, parameter.name));
            parameters.push(parameter);
        }
    }
    reconcile(at, path, &mut parameters, problems);
    if parameters.len() > MAX_PARAMETERS { Err(too_many()) } else { Ok(parameters) }
}

/// Combines what is declared with what the path itself says.
fn reconcile<'a>(
    at: &OperationRef<'a>,
    path: &PathTemplate,
    parameters: &mut Vec<Parameter<'a>>,
    problems: &mut Vec<Problem>,
) {
    let undeclared = |name: &str, location, required| Parameter {
        // A template's names are part of its text, which lives as long as the document.
        name: at.path.find(name).and_then(|n| at.path.get(n..)?.get(..name.len())).unwrap_or_default(),
        location,
        required,
        description: None,
        deprecated: false,
        schema: &Value::Null,
        content_type: None,
        style: if location == Location::Path { Style::Simple } else { Style::Form },
        explode: location != Location::Path,
        allow_reserved: false,
        allow_empty: false,
    };
    // `?limit={limit}` with `limit` declared in the query: the parameter gives the pair. `?v=2` is fixed.
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
        let message = format!("path parameter `{}` is not declared; treated as text", variable.name());
        problems.push(Problem { pointer: at.pointer.clone(), message });
        parameters.push(undeclared(variable.name(), Location::Path, true));
    }
    for name in path.optional() {
        if !parameters.iter().any(|p| p.location == Location::Query && p.name == name) {
            parameters.push(undeclared(name, Location::Query, false));
        }
    }
}

fn read_one<'a>(
    document: &'a Document,
    value: &'a Value,
    odd: &mut impl FnMut(String),
) -> Result<Read<'a>, String> {
    if !value.is_object() {
        return Err(format!("the parameter is {}, not an object", type_name(value)));
    }
    let name = value.get("name").and_then(Value::as_str).ok_or("the parameter has no `name`")?;
    if name.is_empty() || name.chars().any(char::is_control) {
        // Nothing can be sent under such a name.
        let name = name.escape_default();
        return Ok(Read::LeftOut(format!("`{name}` cannot be the name of a parameter; left out")));
    }
    let mut whole = false;
    let location = match value.get("in").and_then(Value::as_str) {
        Some("path") => Location::Path,
        Some("query") => Location::Query,
        Some("header") => Location::Header,
        Some("cookie") => Location::Cookie,
        Some("querystring") => {
            whole = true;
            Location::Query
        }
        Some(other) => {
            return Err(format!(
                "parameter `{name}` is in `{other}`; it can be in path, query, header or cookie"
            ));
        }
        None => return Err(format!("parameter `{name}` has no `in`")),
    };
    if location == Location::Header {
        if !is_token(name) {
            return Ok(Read::LeftOut(format!("`{name}` cannot be the name of a header; left out")));
        }
        if UNSENDABLE.contains(&name.to_ascii_lowercase().as_str()) {
            return Ok(Read::LeftOut(format!("the header `{name}` cannot be set by a parameter; left out")));
        }
    }
    let content = value.get("content").and_then(Value::as_object).and_then(|content| content.iter().next());
    let content = content.filter(|_| value.get("schema").is_none());
    let schema = match (value.get("schema"), content) {
        (Some(schema), _) => schema,
        (None, Some((_, media))) => media.get("schema").unwrap_or(&Value::Null),
        (None, None) => &Value::Null,
    };
    // A missing target rejects the operation now, rather than costing a person's time later.
    document.resolve(schema).map_err(|error| format!("parameter `{name}`: {error}"))?;
    let content_type = content.map(|(media_type, _)| media_type.as_str());
    let explode = value.get("explode").and_then(Value::as_bool);
    let (style, explode, content_type) = match content_type {
        // OpenAPI 3.2: a form as the whole query is the same as the pairs of an object.
        Some(media_type) if whole && Encoding::of(media_type) == Encoding::Form => (Style::Form, true, None),
        None if whole => (Style::Form, true, None),
        Some(_) if whole => (Style::Whole, false, content_type),
        Some(media_type) if is_json(media_type) => (Style::Json, false, content_type),
        Some(_) => (default_style(location), false, content_type),
        None => {
            let style = style(value, name, location, odd);
            (style, explode.unwrap_or(matches!(style, Style::Form | Style::Cookie)), None)
        }
    };
    let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or_default();
    Ok(Read::Parameter(Parameter {
        name,
        location,
        required: location == Location::Path || flag("required"),
        description: value.get("description").and_then(Value::as_str),
        deprecated: flag("deprecated"),
        schema,
        content_type,
        style,
        explode,
        allow_reserved: flag("allowReserved") && matches!(location, Location::Path | Location::Query),
        allow_empty: flag("allowEmptyValue") && location == Location::Query,
    }))
}

/// OpenAPI 3.0, section 4.7.12.2, `style`.
fn default_style(location: Location) -> Style {
    match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie | Location::Body => Style::Form,
    }
}

/// The parameter's style; the location's default for one that is unknown or that the location does not have (section
/// 4.7.12.3, style values).
fn style(value: &Value, name: &str, location: Location, odd: &mut impl FnMut(String)) -> Style {
    let default = default_style(location);
    let Some(text) = value.get("style").filter(|style| !style.is_null()) else { return default };
    let style = read_style(value);
    let fits = |style: Style| match location {
        Location::Path => matches!(style, Style::Simple | Style::Label | Style::Matrix),
        Location::Query => {
            matches!(
                style,
                Style::Form
                    | Style::SpaceDelimited
                    | Style::PipeDelimited
                    | Style::TabDelimited
                    | Style::DeepObject
            )
        }
        Location::Header => style == Style::Simple,
        Location::Cookie => matches!(style, Style::Form | Style::Cookie),
        Location::Body => true,
    };
    match style {
        Some(style) if fits(style) => style,
        _ => {
            let shown = text.as_str().map_or_else(|| type_name(text).to_owned(), |text| format!("`{text}`"));
            let place = match location {
                Location::Path => "the path",
                Location::Query => "the query",
                Location::Header => "a header",
                Location::Cookie => "a cookie",
                Location::Body => "a body",
            };
            let default = if default == Style::Simple { "simple" } else { "form" };
            odd(format!("parameter `{name}`: {place} has no style {shown}; treated as `{default}`"));
            if default == "simple" { Style::Simple } else { Style::Form }
        }
    }
}

/// A `token` of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// The style of a Parameter or Encoding Object that has one, by OpenAPI's name for it.
pub(super) fn read_style(value: &Value) -> Option<Style> {
    Some(match value.get("style")?.as_str()? {
        "spaceDelimited" if has_tabs(value) => Style::TabDelimited,
        "simple" => Style::Simple,
        "label" => Style::Label,
        "matrix" => Style::Matrix,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        "cookie" => Style::Cookie,
        _ => return None,
    })
}

/// Whether something with style `spaceDelimited` uses tabs instead of spaces. OpenAPI 3 cannot express it, so an
/// upgraded document has it in an extension.
pub(crate) fn has_tabs(value: &Value) -> bool {
    value.get(COLLECTION_FORMAT).is_some_and(|format| format == "tsv")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Names, styles and `explode` of the parameters of `GET /a/{id}`, and what is odd about them.
    fn read_all(parameters: &Value) -> (Vec<(String, Style, bool)>, Vec<String>) {
        let text = json!({"openapi": "3.0.3", "paths": {"/a/{id}": {"get": {"parameters": parameters}}}});
        let document = Document::parse(text.to_string().as_bytes(), "t").unwrap();
        let mut problems = Vec::new();
        let path = PathTemplate::parse("/a/{id}").unwrap();
        let read = read(&document, &document.operations()[0], &path, &mut problems).unwrap();
        let read = read.into_iter().map(|p| (p.name.to_owned(), p.style, p.explode)).collect();
        (read, problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn a_style_that_a_place_does_not_have_is_its_default() {
        let (read, odd) = read_all(&json!([
            {"name": "id", "in": "path", "style": "matrix", "explode": true},
            {"name": "a", "in": "query", "style": "simple"}, {"name": "b", "in": "query", "style": "fancy"},
            {"name": "c", "in": "header", "style": "form", "explode": true},
            {"name": "d", "in": "cookie", "style": "cookie"}, {"name": "e", "in": "cookie", "style": 3},
            {"name": "f", "in": "query", "style": "pipeDelimited"}, {"name": "g", "in": "query", "style": null}
        ]));
        let styles: Vec<_> = read.iter().map(|(_, style, explode)| (*style, *explode)).collect();
        assert_eq!(
            styles,
            [
                (Style::Matrix, true),
                (Style::Form, true),
                (Style::Form, true),
                (Style::Simple, true),
                (Style::Cookie, true),
                (Style::Form, true),
                (Style::PipeDelimited, false),
                (Style::Form, true)
            ]
        );
        assert_eq!(
            odd,
            [
                "parameter `a`: the query has no style `simple`; treated as `form`",
                "parameter `b`: the query has no style `fancy`; treated as `form`",
                "parameter `c`: a header has no style `form`; treated as `simple`",
                "parameter `e`: a cookie has no style a number; treated as `form`",
            ]
        );
    }

    #[test]
    fn a_header_that_cannot_be_sent_costs_nothing_else() {
        let (read, odd) = read_all(&json!([
            {"name": "id", "in": "path"}, {"name": "Cookie", "in": "header", "required": true},
            {"name": "Content-Length", "in": "header"}, {"name": "x y", "in": "header"},
            {"name": "X-Ok", "in": "header"}, {"name": "a b[]é", "in": "cookie"}
        ]));
        let names: Vec<_> = read.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["id", "X-Ok", "a b[]é"]);
        assert_eq!(odd.len(), 3, "{odd:?}");
    }

    #[test]
    fn content_decides_about_the_style() {
        let content = |media_type: &str| json!({ media_type: {"schema": {"type": "object"}} });
        let (read, _) = read_all(&json!([
            {"name": "id", "in": "path", "content": content("application/json")},
            {"name": "a", "in": "query", "content": content("application/vnd.x+json; v=1")},
            {"name": "b", "in": "query", "style": "deepObject", "content": content("text/csv")},
            {"name": "c", "in": "querystring", "content": content("application/x-www-form-urlencoded")},
            {"name": "d", "in": "querystring", "content": content("application/json")}
        ]));
        let styles: Vec<_> = read.iter().map(|(_, style, explode)| (*style, *explode)).collect();
        assert_eq!(
            styles,
            [
                (Style::Json, false),
                (Style::Json, false),
                (Style::Form, false),
                (Style::Form, true),
                (Style::Whole, false)
            ]
        );
    }
}
