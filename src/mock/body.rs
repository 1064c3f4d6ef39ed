use serde_json::{Map, Value};

use super::brackets::{Raw, decode_pairs, tree};
use super::check::{check, child};
use super::coerce::coerce;
use super::message::{Incoming, Problem, shown, suggestion};
use super::multipart::{essence, parts};
use super::operation::{Operation, RequestBody, is_json};
use super::schema::{Extra, Schema};

/// The body of a request, checked.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// The fields, typed; empty unless the body is an object.
    pub(super) fields: Map<String, Value>,
    /// It came as a form, in which empty text unsets a field.
    pub(super) form: bool,
    /// Name and size of the first file in it.
    pub(super) file: Option<(String, usize)>,
    /// What is wrong.
    pub(super) problems: Vec<Problem>,
}

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Reads and checks the body.
pub(super) fn read(operation: &Operation<'_>, request: &Incoming) -> Sent {
    let mut sent = Sent::default();
    let Some(body) = operation.body() else {
        if !request.body.is_empty() {
            sent.problem("body", "this operation takes no body");
        }
        return sent;
    };
    // An empty form, and an empty text, are bodies too; without bytes nothing tells them from no body.
    if request.body.is_empty() {
        let given = request.header("content-type").map(essence);
        let is_form = given.as_deref() == Some(FORM);
        let schema =
            body.content.iter().find(|(name, _)| essence(name) == FORM).and_then(|(_, schema)| *schema);
        match schema {
            Some(schema) if is_form || body.required => {
                sent.value(operation, schema, Value::Object(Map::new()), true);
            }
            _ if body.required => sent.problem("body", "is required"),
            _ => {}
        }
        return sent;
    }
    let Some((media_type, schema)) = accepted(&body, request.header("content-type"), &mut sent) else {
        return sent;
    };
    let value = match media_type.as_str() {
        FORM => {
            let raw = Raw::Map(tree(decode_pairs(&request.body)));
            Some(coerce(operation.document, schema, &raw))
        }
        MULTIPART => multipart(operation, schema, request, &mut sent),
        json if is_json(json) => match serde_json::from_slice(&request.body) {
            Ok(value) => Some(value),
            Err(error) => {
                sent.problem("body", &format!("is not JSON: {error}"));
                None
            }
        },
        _ => None,
    };
    let form = media_type == FORM || media_type == MULTIPART;
    sent.form = form;
    match (value, schema) {
        (Some(value), Some(schema)) => sent.value(operation, schema, value, form),
        (Some(Value::Object(fields)), None) => sent.fields = fields,
        _ => {}
    }
    sent
}

/// The media type that the body is read as, and its schema.
fn accepted<'a>(
    body: &RequestBody<'a>,
    given: Option<&str>,
    sent: &mut Sent,
) -> Option<(String, Option<&'a Value>)> {
    // RFC 9110, section 8.3: without the header the recipient may guess.
    let Some(given) = given.map(essence) else {
        return body.content.first().map(|(name, schema)| (essence(name), *schema));
    };
    let matches = |name: &str| {
        let name = essence(name);
        name == given
            || name == "*/*"
            || name.strip_suffix("/*").is_some_and(|kind| given.split('/').next() == Some(kind))
    };
    if let Some((_, schema)) = body.content.iter().find(|(name, _)| matches(name)) {
        return Some((given, *schema));
    }
    if body.content.is_empty() {
        return Some((given, None));
    }
    let known: Vec<String> =
        body.content.iter().take(8).map(|(name, _)| format!("`{}`", shown(name))).collect();
    let message = format!("`{}` is not accepted; send {}", shown(&given), known.join(" or "));
    sent.problem("header.content-type", &message);
    None
}

/// Fields as in a form; a file stands there by its name.
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
    let mut structured = Vec::new();
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
                    Ok(value) => structured.push((part.name, value)),
                    Err(error) => sent.problem(&child("body", &part.name), &format!("is not JSON: {error}")),
                }
            }
            (None, _) => pairs.push((part.name, String::from_utf8_lossy(part.content).into_owned())),
        }
    }
    let mut value = coerce(operation.document, schema, &Raw::Map(tree(pairs)));
    if let Value::Object(fields) = &mut value {
        fields.extend(structured);
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

    /// A form field that nobody declared is a typing mistake; JSON Schema itself would let it pass.
    fn unknown_fields(&mut self, operation: &Operation<'_>, schema: &Value, fields: &Map<String, Value>) {
        let schema = Schema::read(operation.document, schema);
        let choices =
            schema.alternatives().into_iter().flatten().map(|a| Schema::read(operation.document, a));
        let schemas: Vec<Schema<'_>> = std::iter::once(schema.clone()).chain(choices).collect();
        let is_declared = schemas.iter().any(Schema::has_properties);
        // Where `additionalProperties` says something, the check has seen to it.
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
        let content = json!({MULTIPART: {"schema": schema()}});
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
