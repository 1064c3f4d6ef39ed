//! Which of a request body's media types is sent, and how.

use crate::model::{Body, Encoding};
use crate::openapi::MediaType;

/// JSON first, because nothing is lost in it; then forms; then whatever there is.
pub(super) fn preferred<'m, 'a>(content: &'m [MediaType<'a>]) -> Option<&'m MediaType<'a>> {
    let rank = |media: &MediaType<'_>| match (encoding(media.name), essence(media.name).as_str()) {
        (Encoding::Json, "application/json") => 0,
        (Encoding::Json, _) => 1,
        (Encoding::Form, _) => 2,
        (Encoding::Multipart, _) => 3,
        (Encoding::Raw, _) => 4,
    };
    content.iter().min_by_key(|media| rank(media))
}

/// A media type without its parameters, lower case (RFC 9110, section 8.3.1).
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(super) fn encoding(media_type: &str) -> Encoding {
    match essence(media_type).as_str() {
        "application/x-www-form-urlencoded" => Encoding::Form,
        "multipart/form-data" => Encoding::Multipart,
        "application/json" | "*/*" | "text/json" => Encoding::Json,
        other if other.ends_with("+json") => Encoding::Json,
        _ => Encoding::Raw,
    }
}

/// What goes on the wire for a body's media type: a range (`*/*`) names no type, so its commonest member is sent.
pub(super) fn wire_type(mut body: Body) -> Body {
    if body.content_type.contains('*') {
        let name =
            if body.encoding == Encoding::Json { "application/json" } else { "application/octet-stream" };
        body.content_type = name.to_owned();
    }
    body
}
