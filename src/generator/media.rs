//! Which of a request body's media types is sent by default, and which others there are.

use serde_json::Value;

use crate::model::media::{essence, is_json};
use crate::model::{Body, Encoding, MediaChoice};
use crate::openapi::{Document, MediaType, RequestBody};

/// The most alternative media types kept in facts: some documents list every one in existence.
const MAX_OTHER_TYPES: usize = 400;

/// JSON first, because it is lossless; then forms; then text types; then anything else. Among equals the document's
/// order decides. A body with files is sent as multipart, the only type that can carry them.
pub(super) fn preferred<'m, 'a>(
    document: &Document,
    content: &'m [MediaType<'a>],
) -> Option<&'m MediaType<'a>> {
    let first = content.iter().min_by_key(|media| rank(media))?;
    if matches!(encoding(first), Encoding::Json | Encoding::Form) && has_files(document, first) {
        let multipart = content.iter().find(|media| encoding(media) == Encoding::Multipart);
        return multipart.or(Some(first));
    }
    Some(first)
}

/// Whether a top-level field is bytes (`format: binary`).
fn has_files(document: &Document, media: &MediaType<'_>) -> bool {
    /// The most parts and fields visited.
    const MOST: usize = 500;
    let schema = document.resolve(media.schema).unwrap_or(&Value::Null);
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten().take(MOST);
    std::iter::once(schema).chain(parts).any(|part| {
        let fields =
            document.resolve(part).ok().and_then(|part| part.get("properties")).and_then(Value::as_object);
        let is_binary = |field: &Value| {
            let field = document.resolve(field).unwrap_or(&Value::Null);
            field.get("format").and_then(Value::as_str) == Some("binary")
        };
        fields.is_some_and(|fields| {
            fields.values().take(MOST).any(|field| {
                let items = document.resolve(field).ok().and_then(|field| field.get("items"));
                is_binary(field) || items.is_some_and(is_binary)
            })
        })
    })
}

fn rank(media: &MediaType<'_>) -> u8 {
    let essence = essence(&media.sent);
    match Encoding::of(&media.sent) {
        // Any type will do, so a named one is preferred.
        _ if media.name.trim_start().starts_with('*') => 7,
        Encoding::Json => match essence.as_str() {
            "application/json" => 0,
            // A list of operations (RFC 6902), which flags cannot build.
            "application/json-patch+json" => 3,
            _ if essence.ends_with("+json") => 2,
            _ => 1,
        },
        Encoding::Form => 4,
        Encoding::Multipart if essence == "multipart/form-data" => 5,
        Encoding::Multipart => 6,
        Encoding::Lines => 8,
        Encoding::Raw if essence.starts_with("text/") && !essence.ends_with("xml") => 9,
        Encoding::Raw => 10,
    }
}

/// How a body of that media type is written.
pub(super) fn encoding(media: &MediaType<'_>) -> Encoding {
    Encoding::of(&media.sent)
}

/// The facts about a body with the default media type `media`, without its alternatives.
pub(super) fn body(body: &RequestBody<'_>, media: &MediaType<'_>) -> Body {
    let choice =
        |media: &MediaType<'_>| MediaChoice { content_type: media.sent.clone(), encoding: encoding(media) };
    let others = body.content.iter().filter(|other| other.sent != media.sent);
    let usual = choice(media);
    Body {
        content_type: usual.content_type,
        encoding: usual.encoding,
        required: body.required,
        other_types: others.take(MAX_OTHER_TYPES).map(choice).collect(),
        alternatives: Vec::new(),
    }
}

/// The media type requested with `Accept`: the first JSON type among those of the success responses, else the first.
pub(super) fn accept(produces: &[&str]) -> Option<String> {
    // An invalid media type cannot be requested.
    let sound = || produces.iter().filter(|name| name.contains('/') && name.is_ascii());
    let json = sound().find(|name| is_json(name)).or_else(|| sound().find(|name| name.contains("json")));
    json.or_else(|| sound().next()).map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preference_is_json_then_forms_then_text() {
        let media = |name: &'static str| MediaType {
            name,
            sent: if name == "*/*" { "application/json".to_owned() } else { name.to_owned() },
            schema: &Value::Null,
            encoding: &Value::Null,
        };
        let mut content: Vec<_> = [
            "image/png",
            "text/xml",
            "text/csv",
            "application/x-ndjson",
            "*/*",
            "multipart/mixed",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "application/json-patch+json",
            "application/merge-patch+json",
            "text/json",
            "application/json; charset=utf-8",
        ]
        .map(media)
        .into();
        let mut order = Vec::new();
        let document = Document::parse(br#"{"openapi": "3.0.0", "paths": {}}"#, "t").unwrap();
        while let Some(next) = preferred(&document, &content).map(|media| media.name) {
            order.push(next);
            content.retain(|media| media.name != next);
        }
        assert_eq!(
            order,
            [
                "application/json; charset=utf-8",
                "text/json",
                "application/merge-patch+json",
                "application/json-patch+json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "multipart/mixed",
                "*/*",
                "application/x-ndjson",
                "text/csv",
                "image/png",
                "text/xml"
            ]
        );
    }

    #[test]
    fn files_go_as_multipart_where_they_can() {
        let document = Document::parse(br#"{"openapi": "3.0.0", "paths": {}}"#, "t").unwrap();
        let file = serde_json::json!({"type": "string", "format": "binary"});
        for (schema, expected) in [
            (serde_json::json!({"properties": {"f": file}}), "multipart/form-data"),
            (serde_json::json!({"allOf": [{"properties": {"f": {"items": file}}}]}), "multipart/form-data"),
            (serde_json::json!({"properties": {"f": {"type": "string"}}}), "application/json"),
        ] {
            let media = |name: &'static str| MediaType {
                name,
                sent: name.to_owned(),
                schema: &schema,
                encoding: &Value::Null,
            };
            let content = ["application/json", "multipart/form-data"].map(media);
            assert_eq!(preferred(&document, &content).unwrap().name, expected, "{schema}");
            assert_eq!(preferred(&document, &content[..1]).unwrap().name, "application/json");
        }
    }
}
