//! Media types: what a body of each is, and what a broken one was meant to be.

use super::Encoding;

/// A media type without its parameters, lower case (RFC 9110, section 8.3.1).
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON: `application/json`, its other spellings, and every `+json` (RFC 6839, section 3.1).
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    matches!(essence.as_str(), "application/json" | "text/json" | "application/x-json" | "text/x-json")
        || essence.ends_with("+json")
}

/// Whether a media type is XML (RFC 7303, sections 4 and 9).
pub fn is_xml(media_type: &str) -> bool {
    let essence = essence(media_type);
    matches!(essence.as_str(), "application/xml" | "text/xml") || essence.ends_with("+xml")
}

/// Whether a media type stands for several: `*/*`, `image/*`, `application/*+json`.
pub fn is_range(media_type: &str) -> bool {
    essence(media_type).contains('*')
}

impl Encoding {
    /// How a body of this media type is written.
    pub fn of(media_type: &str) -> Self {
        if is_json(media_type) {
            return Self::Json;
        }
        match essence(media_type).as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/json-lines"
            | "application/x-json-stream"
            | "text/x-ndjson" => Self::Lines,
            other if other.starts_with("multipart/") => Self::Multipart,
            _ => Self::Raw,
        }
    }
}

/// What an invalid media type, or a widespread mistake for another, was meant to be; `None` if it is fine.
///
/// An empty one is fine here: only the schema can tell.
pub fn mended(media_type: &str) -> Option<String> {
    let (name, parameters) = match media_type.find(';') {
        Some(at) => media_type.split_at(at),
        None => (media_type, ""),
    };
    let lower = name.trim().to_ascii_lowercase();
    let meant = match lower.as_str() {
        "" => return None,
        "application/form-data"
        | "form-data"
        | "application/multipart"
        | "application/multipart-form-data"
        | "multipart" => "multipart/form-data",
        "multipart/x-www-form-urlencoded"
        | "x-www-form-urlencoded"
        | "application/www-form-urlencoded"
        | "application/form-urlencoded"
        | "application/x-www-form-url-encoded"
        | "application/x-www-form"
        | "application/x-form-urlencoded"
        | "application/x-www-urlencoded" => "application/x-www-form-urlencoded",
        _ => {
            let is_token = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
            };
            let sound = lower.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub));
            if sound {
                return None;
            }
            let known = [
                ("x-www-form", "application/x-www-form-urlencoded"),
                ("form-data", "multipart/form-data"),
                ("multipart", "multipart/form-data"),
                ("json", "application/json"),
                ("xml", "application/xml"),
                ("yaml", "application/yaml"),
                ("csv", "text/csv"),
                ("html", "text/html"),
                ("text", "text/plain"),
                ("plain", "text/plain"),
                ("*", "*/*"),
            ];
            known
                .iter()
                .find(|(word, _)| lower.contains(word))
                .map_or("application/octet-stream", |(_, meant)| meant)
        }
    };
    // Parameters of an invalid media type are kept if they can be sent.
    let parameters = if parameters.bytes().all(|b| (0x20..0x7f).contains(&b)) { parameters } else { "" };
    Some(format!("{meant}{parameters}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_written_by_their_name() {
        for (media_type, encoding) in [
            ("application/json", Encoding::Json),
            ("Application/JSON; charset=utf-8", Encoding::Json),
            ("application/json;version=2018-01-01", Encoding::Json),
            ("text/json", Encoding::Json),
            ("application/vnd.api+json", Encoding::Json),
            ("application/*+json", Encoding::Json),
            ("application/x-www-form-urlencoded", Encoding::Form),
            ("multipart/form-data", Encoding::Multipart),
            ("multipart/mixed; boundary=x", Encoding::Multipart),
            ("application/x-ndjson", Encoding::Lines),
            ("application/jose+jwe", Encoding::Raw),
            ("application/x-json-smile", Encoding::Raw),
            ("text/xml", Encoding::Raw),
            ("image/*", Encoding::Raw),
            ("", Encoding::Raw),
        ] {
            assert_eq!(Encoding::of(media_type), encoding, "{media_type}");
        }
    }

    #[test]
    fn broken_media_types_are_what_they_were_meant_to_be() {
        for (broken, meant) in [
            ("applicationjson;version=2018-01-01", Some("application/json;version=2018-01-01")),
            ("application/form-data", Some("multipart/form-data")),
            ("multipart/x-www-form-urlencoded", Some("application/x-www-form-urlencoded")),
            ("json", Some("application/json")),
            ("application/ json", Some("application/json")),
            ("binary", Some("application/octet-stream")),
            ("*", Some("*/*")),
            ("", None),
            ("*/*", None),
            ("application/*+json", None),
            ("video/vnd.sealedmedia.softseal.mov", None),
            ("application/json;odata=minimalmetadata", None),
        ] {
            assert_eq!(mended(broken).as_deref(), meant, "{broken}");
        }
    }
}
