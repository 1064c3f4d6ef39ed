//! Which of a request body's media types is sent unless a person chooses, and what the others are.

use crate::model::media::{essence, is_json};
use crate::model::{Body, Encoding, MediaChoice};
use crate::openapi::{MediaType, RequestBody};

/// The most other media types that facts hold: some documents list every one that there is.
const MAX_OTHER_TYPES: usize = 400;

/// JSON first, because nothing is lost in it; then forms; then what is read as text; then whatever there is. Among
/// equals the document's order decides.
pub(super) fn preferred<'m, 'a>(content: &'m [MediaType<'a>]) -> Option<&'m MediaType<'a>> {
    content.iter().min_by_key(|media| rank(media))
}

fn rank(media: &MediaType<'_>) -> u8 {
    let essence = essence(&media.sent);
    match Encoding::of(&media.sent) {
        // Any type will do, so one that is named is meant more.
        _ if media.name.trim_start().starts_with('*') => 7,
        Encoding::Json => match essence.as_str() {
            "application/json" => 0,
            // A list of operations (RFC 6902), which no flags can make.
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

/// What the facts say of a body whose usual media type is `media`. Alternatives are not its business.
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

/// The media type asked for with `Accept`: the first JSON type among those of the success responses, else the first.
pub(super) fn accept(produces: &[&str]) -> Option<String> {
    let json = produces.iter().find(|name| is_json(name));
    let json = json.or_else(|| produces.iter().find(|name| name.contains("json")));
    json.or(produces.first()).map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

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
        while let Some(next) = preferred(&content).map(|media| media.name) {
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
}
