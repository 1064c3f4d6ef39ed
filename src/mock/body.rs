use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::brackets::{Raw, decode_pairs, tree};
use super::check::{check, child};
use super::coerce::coerce;
use super::message::{Incoming, Problem, shown, suggestion};
use super::multipart::parts;
use super::operation::{Media, Operation, RequestBody};
use super::schema::{Extra, JsonType, Schema};
use super::style::{Written, structure, style_of};
use crate::model::Encoding;
use crate::model::media::{essence, is_json, mended};

/// The body of a request, checked.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// The fields, typed; empty unless the body is an object.
    pub(super) fields: Map<String, Value>,
    /// It was sent as a form, in which empty text unsets a field.
    pub(super) form: bool,
    /// Name and size of the first file in it.
    pub(super) file: Option<(String, usize)>,
    /// The problems found.
    pub(super) problems: Vec<Problem>,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Reads and checks the body.
pub(super) fn read(operation: &Operation<'_>, request: &Incoming) -> Sent {
    let mut sent = Sent::default();
    let Some(body) = operation.body() else {
        if !request.body.is_empty() {
            sent.problem("body", "this operation takes no body");
        }
        return sent;
    };
    // An empty form or text is a body too, but without bytes it cannot be told from no body.
    if request.body.is_empty() {
        let given = request.header("content-type").map(essence);
        let is_form = given.as_deref() == Some(FORM);
        let schema =
            body.content.iter().find(|media| essence(media.name) == FORM).and_then(|media| media.schema);
        match schema {
            Some(schema) if is_form || body.required => {
                sent.value(operation, schema, Value::Object(Map::new()), true);
            }
            _ if body.required => sent.problem("body", "is required"),
            _ => {}
        }
        return sent;
    }
    let Some((media_type, media)) = accepted(&body, request.header("content-type"), &mut sent) else {
        return sent;
    };
    let schema = media.and_then(|media| media.schema);
    let mut not_json = |error: serde_json::Error| {
        sent.problem("body", &format!("is not JSON: {error}"));
    };
    let value = match Encoding::of(&media_type) {
        Encoding::Form => {
            let mut fields = tree(decode_pairs(&request.body));
            if let Some(media) = media {
                written(operation, media, &mut fields, &mut sent);
            }
            Some(coerce(operation.document, schema, &Raw::Map(fields)))
        }
        Encoding::Multipart => multipart(operation, schema, request, &mut sent),
        Encoding::Json => serde_json::from_slice(&request.body).map_err(not_json).ok(),
        Encoding::Lines => {
            let lines: Result<Vec<Value>, _> =
                serde_json::Deserializer::from_slice(&request.body).into_iter().collect();
            match lines {
                Ok(lines) => {
                    lines_of(operation, schema, lines, &mut sent);
                    return sent;
                }
                Err(error) => {
                    not_json(error);
                    None
                }
            }
        }
        Encoding::Raw => None,
    };
    let form = matches!(Encoding::of(&media_type), Encoding::Form | Encoding::Multipart);
    sent.form = form;
    match (value, schema) {
        (Some(value), Some(schema)) => sent.value(operation, schema, value, form),
        (Some(Value::Object(fields)), None) => sent.fields = fields,
        _ => {}
    }
    sent
}

/// The media type that the body is read as, and what the document says about it.
fn accepted<'a>(
    body: &RequestBody<'a>,
    given: Option<&str>,
    sent: &mut Sent,
) -> Option<(String, Option<Media<'a>>)> {
    // RFC 9110, section 8.3: without the header the recipient may guess.
    let Some(given) = given.map(essence) else {
        return body.content.first().map(|media| (essence(media.name), Some(*media)));
    };
    let matches = |name: &str| {
        let name = essence(mended(name).as_deref().unwrap_or(name));
        name.is_empty()
            || name == given
            // Servers with that media type read all JSON the same way.
            || (name == "application/*+json" && is_json(&given))
            || name.split_once('*').is_some_and(|(before, after)| {
                let after = after.trim_start_matches(['/', '*']);
                given.starts_with(before) && given.ends_with(after)
            })
    };
    if let Some(media) = body.content.iter().find(|media| matches(media.name)) {
        return Some((given, Some(*media)));
    }
    if body.content.is_empty() {
        return Some((given, None));
    }
    let known: Vec<String> =
        body.content.iter().take(8).map(|media| format!("`{}`", shown(media.name))).collect();
    let message = format!("`{}` is not accepted; send {}", shown(&given), known.join(" or "));
    sent.problem("header.content-type", &message);
    None
}

/// Decodes the fields of a form that have a style or a media type of their own (OpenAPI 3.0, Encoding Object).
fn written(operation: &Operation<'_>, media: Media<'_>, fields: &mut IndexMap<String, Raw>, sent: &mut Sent) {
    for (name, encoding) in media.encoding.and_then(Value::as_object).into_iter().flatten() {
        let Some(raw) = fields.get_mut(name) else { continue };
        let style = style_of(encoding);
        let explode = encoding.get("explode").and_then(Value::as_bool);
        let content = encoding.get("contentType").and_then(Value::as_str);
        match (content, &raw) {
            (Some(content), Raw::Text(text))
                if style.is_none() && explode.is_none() && content.split(',').any(is_json) =>
            {
                match serde_json::from_str(text) {
                    Ok(value) => *raw = Raw::Json(value),
                    Err(error) => sent.problem(&child("body", name), &format!("is not JSON: {error}")),
                }
            }
            _ => {
                let style = style.unwrap_or("form");
                let explode = explode.unwrap_or(style == "form");
                let schema = media.schema.map(|schema| Schema::read(operation.document, schema));
                let property = schema.and_then(|schema| schema.property(name));
                let kind = property.map_or(JsonType::Any, |p| Schema::read(operation.document, p).kind());
                let taken = std::mem::replace(raw, Raw::Text(String::new()));
                *raw = structure(Written { name, style, explode }, kind, taken);
            }
        }
    }
}

/// Lines of JSON: as one array if the schema is an array, otherwise each on its own.
fn lines_of(operation: &Operation<'_>, schema: Option<&Value>, lines: Vec<Value>, sent: &mut Sent) {
    let Some(schema) = schema else { return };
    match Schema::read(operation.document, schema).kind() {
        JsonType::Array => sent.value(operation, schema, Value::Array(lines), false),
        // A string replaces the whole.
        JsonType::String => {}
        _ => {
            for line in lines {
                sent.value(operation, schema, line, false);
            }
        }
    }
}

/// Fields as in a form; a file is represented by its name.
fn multipart(
    operation: &Operation<'_>,
    schema: Option<&Value>,
    request: &Incoming,
    sent: &mut Sent,
) -> Option<Value> {
    let parts = match parts(request.header("content-type").unwrap_or_default(), &request.body) {
        Ok(parts) => parts,
        Err(reason) => {
            sent.problem("body", &format!("is not multipart/form-data: {reason}"));
            return None;
        }
    };
    let mut pairs = Vec::new();
    let mut structured: IndexMap<String, Vec<Value>> = IndexMap::new();
    for part in parts {
        match (part.filename, part.content_type) {
            (Some(filename), _) => {
                if sent.file.is_none() {
                    sent.file = Some((filename.clone(), part.content.len()));
                }
                pairs.push((part.name, filename));
            }
            (None, Some(content_type)) if is_json(&content_type) => {
                match serde_json::from_slice::<Value>(part.content) {
                    Ok(value) => structured.entry(part.name).or_default().push(value),
                    Err(error) => sent.problem(&child("body", &part.name), &format!("is not JSON: {error}")),
                }
            }
            (None, _) => pairs.push((part.name, String::from_utf8_lossy(part.content).into_owned())),
        }
    }
    let mut value = coerce(operation.document, schema, &Raw::Map(tree(pairs)));
    if let Value::Object(fields) = &mut value {
        let schema = schema.map(|schema| Schema::read(operation.document, schema));
        for (name, mut values) in structured {
            let property = schema.as_ref().and_then(|schema| schema.property(&name));
            let kind = property.map_or(JsonType::Any, |p| Schema::read(operation.document, p).kind());
            // A list has one part per item.
            let value = match (kind, values.len()) {
                (JsonType::Array, _) if !matches!(values.as_slice(), [Value::Array(_)]) => {
                    Value::Array(values)
                }
                (_, 1) => values.remove(0),
                _ => Value::Array(values),
            };
            fields.insert(name, value);
        }
    }
    Some(value)
}

impl Sent {
    fn value(&mut self, operation: &Operation<'_>, schema: &Value, value: Value, form: bool) {
        self.problems.extend(check(operation.document, schema, &value, "body"));
        let Value::Object(fields) = value else { return };
        if form {
            self.unknown_fields(operation, schema, &fields);
        }
        self.fields = fields;
    }

    /// An undeclared form field is a typing mistake; JSON Schema itself would allow it.
    fn unknown_fields(&mut self, operation: &Operation<'_>, schema: &Value, fields: &Map<String, Value>) {
        let schema = Schema::read(operation.document, schema);
        let choices =
            schema.alternatives().into_iter().flatten().map(|a| Schema::read(operation.document, a));
        let schemas: Vec<Schema<'_>> = std::iter::once(schema.clone()).chain(choices).collect();
        let is_declared = schemas.iter().any(Schema::has_properties);
        // If `additionalProperties` is present, the check has handled it.
        if !is_declared || schemas.iter().any(|schema| !matches!(schema.extra(), Extra::Unstated)) {
            return;
        }
        for name in fields.keys().take(1000) {
            if schemas.iter().all(|schema| schema.property(name).is_none()) {
                let known = schemas.iter().flat_map(|schema| schema.properties().map(|(name, _)| name));
                let near = suggestion(name, known);
                self.problem(&child("body", name), &format!("is not a field of this operation{near}"));
            }
        }
    }

    fn problem(&mut self, place: &str, message: &str) {
        if self.problems.len() < super::check::MAX_PROBLEMS {
            self.problems.push(Problem::new(place, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::openapi::Document;

    fn send(
        content: &Value,
        content_type: &str,
        body: &str,
    ) -> (Value, Vec<String>, Option<(String, usize)>) {
        let root = json!({"openapi": "3.0.3", "paths": {"/a": {"post": {"requestBody": {"required": true, "content": content}}}}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let operation = Operation::find(&document, "/a", "POST").unwrap();
        let mut request = Incoming { method: "POST".into(), target: "/a".into(), ..Incoming::default() };
        if !content_type.is_empty() {
            request.headers.push(("content-type".into(), content_type.into()));
        }
        request.body = body.as_bytes().to_vec();
        let sent = read(&operation, &request);
        let problems = sent.problems.into_iter().map(|p| format!("{} {}", p.place, p.message)).collect();
        (Value::Object(sent.fields), problems, sent.file)
    }

    fn schema() -> Value {
        json!({"type": "object", "required": ["email"], "properties": {
            "email": {"type": "string"}, "count": {"type": "integer"}, "file": {"type": "string", "format": "binary"},
            "meta": {"type": "object", "additionalProperties": {"type": "string"}}}})
    }

    #[test]
    fn forms_are_typed_and_unknown_fields_reported() {
        let content = json!({FORM: {"schema": schema()}});
        let (fields, problems, _) = send(&content, FORM, "email=a%40b.c&count=3&meta[x]=1");
        assert_eq!(problems, [""; 0]);
        assert_eq!(fields, json!({"email": "a@b.c", "count": 3, "meta": {"x": "1"}}));
        let (_, problems, _) = send(&content, "", "emial=x&count=three");
        assert_eq!(
            problems,
            [
                "body.email is required",
                "body.count `three` is not an integer",
                "body.emial is not a field of this operation; did you mean `email`?"
            ]
        );
        assert_eq!(send(&content, FORM, "").1, ["body.email is required"]);
    }

    #[test]
    fn json_allows_what_json_schema_allows() {
        let content = json!({"application/json": {"schema": schema()}});
        let json_type = "application/json; charset=utf-8";
        assert_eq!(send(&content, json_type, r#"{"email": "x", "more": 1}"#).1, [""; 0]);
        assert_eq!(
            send(&content, json_type, r#"{"email": 3}"#).1,
            ["body.email must be a string, not a number"]
        );
        assert!(send(&content, json_type, "{").1[0].starts_with("body is not JSON: EOF"));
        assert_eq!(send(&content, "", "").1, ["body is required"]);
        assert_eq!(
            send(&content, "text/csv", "a").1,
            ["header.content-type `text/csv` is not accepted; send `application/json`"]
        );
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(send(&content, json_type, &deep).1[0].contains("recursion limit"));
    }

    #[test]
    fn multipart_files_are_named_and_measured() {
        let content = json!({"multipart/form-data": {"schema": schema()}});
        let body = "--b\r\ncontent-disposition: form-data; name=\"email\"\r\n\r\nx\r\n\
            --b\r\ncontent-disposition: form-data; name=\"meta\"\r\ncontent-type: application/json\r\n\r\n{\"k\":\"v\"}\r\n\
            --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n12345\r\n--b--";
        let (fields, problems, file) = send(&content, "multipart/form-data; boundary=b", body);
        assert_eq!(problems, [""; 0]);
        assert_eq!(file, Some(("a.png".to_owned(), 5)));
        assert_eq!(fields["meta"], json!({"k": "v"}));
        assert!(send(&content, "multipart/form-data", body).1[0].contains("no usable boundary"));
    }
}
