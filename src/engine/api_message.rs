//! What an API says about a failure.

use serde_json::Value;

use super::budget::Budget;
use super::json;
use crate::http::Response;

/// The longest message that is shown; more is in the body.
const LENGTH: usize = 2_000;

/// How much a body may take while it is searched; a larger one gives no message.
const MEMORY: u64 = 64 << 20;

/// The API's own message followed by the status, else the status in words.
pub(super) fn message(response: &Response) -> String {
    let status = status_line(response.status);
    let body = json::host_value(response.body.bytes(), &mut Budget::of_call().with_bytes(MEMORY)).ok();
    match body.as_ref().and_then(find) {
        Some(text) => format!("{} ({status})", text.chars().take(LENGTH).collect::<String>()),
        None => format!("the server answered {status}"),
    }
}

/// `404 Not Found`, or the number alone.
fn status_line(status: u16) -> String {
    let reason = ::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

/// Where APIs put their message, the most telling first: Stripe and Google (`error.message`), OAuth 2
/// (RFC 6749, 5.2: `error_description`), many (`message`), RFC 9457 (`detail`, `title`), JSON:API (`errors`).
fn find(body: &Value) -> Option<&str> {
    const PLACES: &[&str] = &[
        "/error/message",
        "/error_description",
        "/message",
        "/detail",
        "/title",
        "/errors/0/message",
        "/errors/0/detail",
        "/errors/0/title",
        "/errors/0",
        "/error/description",
        "/error",
        "/msg",
        "/reason",
    ];
    let texts = PLACES.iter().filter_map(|place| body.pointer(place)?.as_str());
    texts.chain(body.as_str()).map(str::trim).find(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(status: u16, body: &str) -> String {
        message(&Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec().into(),
            foreign: None,
        })
    }

    #[test]
    fn the_api_speaks_first() {
        for (body, expected) in [
            (
                r#"{"error": {"message": "No such customer: 'cus_1'", "type": "x"}}"#,
                "No such customer: 'cus_1' (404 Not Found)",
            ),
            (r#"{"error": "invalid_grant", "error_description": "Expired."}"#, "Expired. (404 Not Found)"),
            (r#"{"message": "Bad"}"#, "Bad (404 Not Found)"),
            (r#"{"title": "T", "detail": "D"}"#, "D (404 Not Found)"),
            (r#"{"errors": [{"message": "E"}]}"#, "E (404 Not Found)"),
            (r#"{"errors": ["E"]}"#, "E (404 Not Found)"),
            (r#"{"error": "plain"}"#, "plain (404 Not Found)"),
            (r#""just text""#, "just text (404 Not Found)"),
            ("<html>", "the server answered 404 Not Found"),
            (r#"{"error": {"message": 5}, "message": ""}"#, "the server answered 404 Not Found"),
            ("", "the server answered 404 Not Found"),
        ] {
            assert_eq!(shown(404, body), expected, "{body}");
        }
        assert_eq!(shown(599, ""), "the server answered 599");
        assert!(shown(500, &format!("{{\"message\": \"{}\"}}", "é".repeat(10_000))).len() < 5_000);
    }
}
