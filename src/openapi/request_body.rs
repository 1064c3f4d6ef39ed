//! The request body of an operation: its media types, as they are declared and as they are sent.

use serde_json::Value;

use super::document::{Document, OperationRef};
use super::parameter::read_style;
use super::pointer;
use super::problem::{Problem, type_name};
use crate::model::Style;
use crate::model::media::{essence, mended};

/// A Request Body Object (OpenAPI 3.0, section 4.7.13).
#[derive(Clone, Debug)]
pub struct RequestBody<'a> {
    /// `required`.
    pub required: bool,
    /// Every media type, in document order; no two are sent as the same one.
    pub content: Vec<MediaType<'a>>,
}

/// A Media Type Object (OpenAPI 3.0, section 4.7.14).
#[derive(Clone, Debug)]
pub struct MediaType<'a> {
    /// As spelled in the document.
    pub name: &'a str,
    /// What is sent: the same, but a broken one is repaired, and a range (`*/*`, `application/*+json`) becomes its
    /// most common member. `image/*` and the like stay, since the file that is sent decides.
    pub sent: String,
    /// `schema`; null if there is none.
    pub schema: &'a Value,
    /// `encoding` (section 4.7.15); null if there is none.
    pub encoding: &'a Value,
}

impl MediaType<'_> {
    /// `style` and `explode` of one property; `None` if the document does not say.
    pub fn style_of(&self, property: &str) -> Option<(Style, bool)> {
        let encoding = self.encoding.get(property)?;
        let explode = encoding.get("explode").and_then(Value::as_bool);
        let style = match encoding.get("style").filter(|style| !style.is_null()) {
            Some(_) => read_style(encoding)?,
            // `explode` alone is about `form`, the style that a property has by default.
            None => explode.map(|_| Style::Form)?,
        };
        let explode = explode.unwrap_or(style == Style::Form);
        Some((style, explode))
    }

    /// `contentType` of one property: one media type, or several with commas. Ignored if a `style` takes
    /// precedence (OpenAPI 3.0.4, Encoding Object).
    pub fn content_type_of(&self, property: &str) -> Option<&str> {
        let encoding = self.encoding.get(property)?;
        let text = encoding.get("contentType").and_then(Value::as_str)?.trim();
        let sound = !text.is_empty() && text.bytes().all(|b| (0x20..0x7f).contains(&b));
        (sound && self.style_of(property).is_none()).then_some(text)
    }

    /// `allowReserved` of one property.
    pub fn allows_reserved(&self, property: &str) -> bool {
        let encoding = self.encoding.get(property);
        encoding
            .and_then(|encoding| encoding.get("allowReserved"))
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }
}

/// The body of the operation at `at`, reference followed. Media types that had to be guessed go to `problems`.
pub(super) fn read<'a>(
    document: &'a Document,
    at: &OperationRef<'a>,
    problems: &mut Vec<Problem>,
) -> Result<Option<RequestBody<'a>>, Problem> {
    let place = pointer::child(&at.pointer, "requestBody");
    let problem = |message: String| Problem { pointer: place.clone(), message };
    let value = match at.value.get("requestBody") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => document.resolve(value).map_err(|error| problem(error.to_string()))?,
    };
    let required = value.get("required").and_then(Value::as_bool).unwrap_or_default();
    let content = match value.get("content") {
        Some(Value::Object(content)) => content,
        Some(other) => return Err(problem(format!("`content` is {}, not an object", type_name(other)))),
        None if value.is_object() => {
            problems.push(problem("the request body has no `content`; treated as JSON".to_owned()));
            let media = MediaType {
                name: "application/json",
                sent: "application/json".to_owned(),
                schema: &Value::Null,
                encoding: &Value::Null,
            };
            return Ok(Some(RequestBody { required, content: vec![media] }));
        }
        None => return Err(problem(format!("the request body is {}, not an object", type_name(value)))),
    };
    let mut media: Vec<MediaType<'a>> = Vec::new();
    for (name, value) in content {
        let schema = value.get("schema").unwrap_or(&Value::Null);
        document.resolve(schema).map_err(|error| problem(error.to_string()))?;
        let mended = mended(name);
        let sent = concrete(document, mended.as_deref().unwrap_or(name), schema);
        if mended.is_some() || name.trim().is_empty() {
            let message =
                format!("`{}` is not a media type for this; treated as `{sent}`", name.escape_default());
            problems.push(problem(message));
        }
        if media.iter().all(|known| known.sent != sent) {
            media.push(MediaType {
                name,
                sent,
                schema,
                encoding: value.get("encoding").unwrap_or(&Value::Null),
            });
        }
    }
    Ok((!media.is_empty()).then_some(RequestBody { required, content: media }))
}

/// The most common member of a range of media types that fits the schema.
fn concrete(document: &Document, name: &str, schema: &Value) -> String {
    let schema = document.resolve(schema).unwrap_or(&Value::Null);
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let is_string = text("type") == Some("string");
    let is_binary = is_string && matches!(text("format"), Some("binary" | "base64" | "byte"));
    let by_schema = if is_binary {
        "application/octet-stream"
    } else if is_string {
        "text/plain"
    } else {
        "application/json"
    };
    let sent = match essence(name).as_str() {
        "" | "*/*" | "*" => by_schema,
        "application/*" if is_string => "application/octet-stream",
        "application/*" | "application/*+json" => "application/json",
        "application/*+xml" => "application/xml",
        "text/*" => "text/plain",
        "multipart/*" => "multipart/form-data",
        _ => name.trim(),
    };
    sent.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The media types as they are sent, and what is odd about them.
    fn sent(body: &Value) -> Result<(Vec<String>, usize), String> {
        let text = json!({"openapi": "3.0.3", "paths": {"/a": {"post": {"requestBody": body}}}});
        let document = Document::parse(text.to_string().as_bytes(), "t").unwrap();
        let mut problems = Vec::new();
        let read =
            read(&document, &document.operations()[0], &mut problems).map_err(|problem| problem.message)?;
        let sent = read.into_iter().flat_map(|body| body.content).map(|media| media.sent).collect();
        Ok((sent, problems.len()))
    }

    #[test]
    fn what_is_sent_is_a_media_type_that_exists() {
        let binary = json!({"schema": {"type": "string", "format": "binary"}});
        let object = json!({"schema": {"type": "object"}});
        for (name, media, expected, odd) in [
            ("application/json; charset=utf-8", &object, "application/json; charset=utf-8", 0),
            ("application/json;version=2018-01-01", &object, "application/json;version=2018-01-01", 0),
            ("applicationjson;version=2018-01-01", &object, "application/json;version=2018-01-01", 1),
            ("application/form-data", &object, "multipart/form-data", 1),
            ("", &object, "application/json", 1),
            ("", &binary, "application/octet-stream", 1),
            ("*/*", &object, "application/json", 0),
            ("*/*", &binary, "application/octet-stream", 0),
            ("*/*", &json!({"schema": {"type": "string"}}), "text/plain", 0),
            ("application/*+json", &object, "application/json", 0),
            ("text/*", &json!({}), "text/plain", 0),
            ("image/*", &json!({}), "image/*", 0),
            ("im\u{1}é", &json!({}), "application/octet-stream", 1),
        ] {
            let (got, count) = sent(&json!({"content": {name: media}})).unwrap();
            assert_eq!((got, count), (vec![expected.to_owned()], odd), "{name}");
        }
    }

    #[test]
    fn no_two_types_are_sent_as_the_same_and_a_body_without_content_is_json() {
        let both = json!({"content": {"": {}, "application/json": {}, "text/json": {}}});
        assert_eq!(sent(&both).unwrap().0, ["application/json", "text/json"]);
        assert_eq!(sent(&json!({})).unwrap(), (vec!["application/json".to_owned()], 1));
        assert!(sent(&json!([])).is_err() && sent(&json!({"content": "json"})).is_err());
    }

    #[test]
    fn explode_counts_without_a_style() {
        let encoding = json!({
            "a": {"explode": false}, "b": {"style": "deepObject", "explode": true}, "c": {"style": "form"},
            "d": {"contentType": "text/plain"}, "e": {"style": null, "explode": true},
            "f": {"contentType": "text/plain", "style": "form"}
        });
        let media = MediaType { name: "x", sent: "x".to_owned(), schema: &Value::Null, encoding: &encoding };
        let got = ["a", "b", "c", "d", "e", "f", "g"].map(|name| media.style_of(name));
        let form = |explode| Some((Style::Form, explode));
        let deep = Some((Style::DeepObject, true));
        assert_eq!(got, [form(false), deep, form(true), None, form(true), form(true), None]);
        assert_eq!((media.content_type_of("d"), media.content_type_of("f")), (Some("text/plain"), None));
    }
}
