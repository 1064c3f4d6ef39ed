use serde_json::Value;

use super::schema::Schema;
use super::style::style_of;
use crate::model::media::is_json;
use crate::openapi::Document;

/// One operation, read from the document when a request needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    pub(super) document: &'a Document,
    /// The Path Item Object.
    item: &'a Value,
    /// The Operation Object.
    value: &'a Value,
}

/// A Parameter Object (OpenAPI 3.0, section 4.7.12).
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    /// `path`, `query`, `header` or `cookie`.
    pub(super) location: &'a str,
    pub(super) required: bool,
    pub(super) allow_empty: bool,
    pub(super) schema: Option<&'a Value>,
    /// The media type of the value (`content` instead of `schema`).
    pub(super) content: Option<&'a str>,
    pub(super) style: Option<&'a str>,
    pub(super) explode: Option<bool>,
}

/// A Request Body Object.
#[derive(Clone, Debug)]
pub(super) struct RequestBody<'a> {
    pub(super) required: bool,
    pub(super) content: Vec<Media<'a>>,
}

/// A Media Type Object of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Media<'a> {
    pub(super) name: &'a str,
    pub(super) schema: Option<&'a Value>,
    /// `encoding`; null if there is none.
    pub(super) encoding: Option<&'a Value>,
}

/// The success response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Success<'a> {
    pub(super) status: u16,
    /// Media type and its Media Type Object; `None` for a response without a body.
    pub(super) media: Option<(&'a str, &'a Value)>,
}

impl<'a> Operation<'a> {
    /// The operation `method` (any case) of `path` as spelled in the document.
    pub(super) fn find(document: &'a Document, path: &str, method: &str) -> Option<Self> {
        let item = document.resolve(document.root().get("paths")?.get(path)?).ok()?;
        // OpenAPI 3.2 has methods without a field of their own.
        let more = item.get("additionalOperations").and_then(Value::as_object);
        let value = item.get(method.to_ascii_lowercase()).or_else(|| {
            more.into_iter()
                .flatten()
                .find(|(name, _)| name.eq_ignore_ascii_case(method))
                .map(|(_, value)| value)
        })?;
        value.is_object().then_some(Self { document, item, value })
    }

    /// Parameters of the operation and then those of its path that it does not override.
    pub(super) fn parameters(&self) -> Vec<Parameter<'a>> {
        let mut found: Vec<Parameter<'a>> = Vec::new();
        for owner in [self.value, self.item] {
            for value in owner.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let Some(parameter) = self.parameter(value) else { continue };
                if !found.iter().any(|p| p.name == parameter.name && p.location == parameter.location) {
                    found.push(parameter);
                }
            }
        }
        found
    }

    fn parameter(&self, value: &'a Value) -> Option<Parameter<'a>> {
        let value = self.document.resolve(value).ok()?;
        let text = |key| value.get(key).and_then(Value::as_str);
        let flag = |key| value.get(key).and_then(Value::as_bool);
        let content =
            value.get("content").and_then(Value::as_object).and_then(|content| content.iter().next());
        Some(Parameter {
            name: text("name")?,
            location: text("in")?,
            required: flag("required").unwrap_or(false),
            allow_empty: flag("allowEmptyValue").unwrap_or(false),
            schema: value.get("schema").or_else(|| content.and_then(|(_, media)| media.get("schema"))),
            content: content
                .map(|(media_type, _)| media_type.as_str())
                .filter(|_| value.get("schema").is_none()),
            style: style_of(value),
            explode: flag("explode"),
        })
    }

    /// The request body, if the operation takes one.
    pub(super) fn body(&self) -> Option<RequestBody<'a>> {
        let body = self.document.resolve(self.value.get("requestBody")?).ok()?;
        let required = body.get("required").and_then(Value::as_bool).unwrap_or(false);
        let content = body.get("content").and_then(Value::as_object);
        let content = content.into_iter().flatten().map(|(name, media)| Media {
            name,
            schema: media.get("schema"),
            encoding: media.get("encoding"),
        });
        Some(RequestBody { required, content: content.collect() })
    }

    /// The lowest 2xx response, else `default`, else an empty 200.
    pub(super) fn success(&self) -> Success<'a> {
        let none = Success { status: 200, media: None };
        let Some(responses) = self.value.get("responses").and_then(Value::as_object) else { return none };
        let success = responses.iter().filter_map(|(code, response)| {
            let status = match code.as_str() {
                // A range comes after the codes it contains (OpenAPI 3.0, section 4.7.16.2).
                "2XX" | "2xx" => (300, 200),
                code => code.parse::<u16>().ok().filter(|code| (200..300).contains(code)).map(|c| (c, c))?,
            };
            Some((status, response))
        });
        let (status, response) = match success.min_by_key(|((order, _), _)| *order) {
            Some(((_, status), response)) => (status, response),
            None => match responses.get("default") {
                Some(response) => (200, response),
                None => return none,
            },
        };
        let content = self.document.resolve(response).ok().and_then(|response| response.get("content"));
        let content = content.and_then(Value::as_object);
        let json = content.and_then(|content| content.iter().find(|(name, _)| is_json(name)));
        let media = json.or_else(|| content.and_then(|content| content.iter().next()));
        // RFC 9110, sections 15.3.5 and 15.3.6: these have no content.
        let media = media.filter(|_| !matches!(status, 204 | 205));
        Success { status, media: media.map(|(name, media)| (name.as_str(), media)) }
    }

    /// Alternatives, each a list of scheme names; the document's own if the operation has none.
    pub(super) fn security(&self) -> Vec<Vec<&'a str>> {
        let own = self.value.get("security").or_else(|| self.document.root().get("security"));
        let alternatives = own.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        alternatives.map(|names| names.keys().map(String::as_str).collect()).collect()
    }
}

impl<'a> Success<'a> {
    /// The schema of the body.
    pub(super) fn schema(&self) -> Option<&'a Value> {
        self.media.and_then(|(_, media)| media.get("schema"))
    }

    /// The schema of the object in the answer, if it is one.
    pub(super) fn object(&self, document: &'a Document) -> Option<Schema<'a>> {
        Schema::object(document, self.schema()?)
    }

    /// The document's own example of the whole body.
    pub(super) fn example(&self, document: &'a Document) -> Option<&'a Value> {
        let (_, media) = self.media?;
        media.get("example").or_else(|| {
            let first = media.get("examples")?.as_object()?.values().next()?;
            document.resolve(first).ok()?.get("value")
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_lowest_success_is_chosen_and_parameters_replace_those_of_the_path() {
        let root = json!({"openapi": "3.0.3", "security": [{"key": []}], "paths": {"/a": {
            "parameters": [{"name": "x", "in": "query", "required": true}, {"name": "y", "in": "query"}],
            "get": {"parameters": [{"name": "x", "in": "query"}], "security": [],
                "responses": {"default": {}, "4XX": {}, "2XX": {}, "202": {}, "201": {"content": {"text/plain": {}, "a/b+json": {}}}}},
            "put": {"responses": {"default": {"content": {"application/json": {"example": 1}}}}},
            "delete": {"responses": {"404": {}}}}}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let operation = |method: &str| Operation::find(&document, "/a", method).unwrap();
        let success = operation("GET").success();
        assert_eq!((success.status, success.media.unwrap().0), (201, "a/b+json"));
        let parameters = operation("GET").parameters();
        assert_eq!(
            parameters.iter().map(|p| (p.name, p.required)).collect::<Vec<_>>(),
            [("x", false), ("y", false)]
        );
        assert!(operation("GET").security().is_empty());
        assert_eq!(operation("PUT").security(), [["key"]]);
        assert_eq!(operation("PUT").success().example(&document), Some(&json!(1)));
        assert_eq!(operation("DELETE").success().status, 200);
        assert!(Operation::find(&document, "/a", "POST").is_none());
    }
}
