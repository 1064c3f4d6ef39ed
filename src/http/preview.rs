//! `--dry-run`: a request as JSON, nothing sent, no credential shown.

use base64::Engine as _;
use serde_json::{Value, json};

use super::encoding::encode_name;
use super::hop::Hop;
use super::payload::Payload;
use super::{Attachment, Error, Request};

/// What is shown instead of a credential.
const HIDDEN: &str = "***";

/// A body up to this size is shown whole, in bytes.
const SHOWN_WHOLE: u64 = 16 * 1024 * 1024;

/// How much is shown of a larger one.
const SHOWN_PART: u64 = 64 * 1024;

/// `{"method", "url", "headers": [[name, value]...], "body", "body_encoding"}`: what [`super::Client`] would send.
///
/// Credentials are shown as `Bearer ***` and `key=***`. `body` is text with `body_encoding` `utf-8`, or `base64`;
/// both are null where nothing is sent. Of a body above 16 MiB the first 64 KiB are shown, with
/// `"body_truncated": true` and its length as `body_length`. A request that could not be sent is an error here too.
/// Files are read.
pub fn dry_run(request: &Request) -> Result<Value, Error> {
    let hidden = Shown::new(request, |_| HIDDEN.to_owned())?;
    let (mut headers, payload) = (hidden.headers, Payload::of(&request.body)?);
    if request.credentials.iter().any(|credential| matches!(credential, Attachment::Digest { .. })) {
        headers.push(("authorization".to_owned(), format!("Digest {HIDDEN}")));
    }
    let mut shown = json!({ "method": request.method, "url": hidden.url });
    let mut body = (Value::Null, Value::Null);
    let mut cut = None;
    if let Some(payload) = &payload {
        headers.retain(|(name, _)| name != "content-type");
        headers.push(("content-type".to_owned(), payload.content_type.clone()));
        cut = (payload.length > SHOWN_WHOLE).then_some(payload.length);
        let mut bytes = payload.beginning(if cut.is_some() { SHOWN_PART } else { SHOWN_WHOLE })?;
        if cut.is_some()
            && let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            // A character was cut in two.
            bytes.truncate(error.valid_up_to());
        }
        body = match String::from_utf8(bytes) {
            Ok(text) => (text.into(), "utf-8".into()),
            Err(error) => {
                (base64::engine::general_purpose::STANDARD.encode(error.as_bytes()).into(), "base64".into())
            }
        };
    }
    shown["headers"] = json!(headers);
    (shown["body"], shown["body_encoding"]) = body;
    if let Some(length) = cut {
        shown["body_truncated"] = true.into();
        shown["body_length"] = length.into();
    }
    Ok(shown)
}

/// URL and headers with a placeholder for every credential.
pub(super) struct Shown {
    pub(super) url: String,
    /// Names in lower case. The body's content type is not among them unless the request has it as a header.
    pub(super) headers: Vec<(String, String)>,
}

impl Shown {
    /// `stand_in` is called with the index of each credential.
    pub(super) fn new(request: &Request, stand_in: impl Fn(usize) -> String) -> Result<Self, Error> {
        let hop = Hop::first(request)?;
        // What could not be sent is not shown as if it could be.
        hop.head(&request.credentials, None)?;
        let mut bare = request.clone();
        let mut headers: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| {
                let name = name.to_ascii_lowercase();
                let value = if is_credential(&name) { hide(value) } else { value.clone() };
                (name, value)
            })
            .collect();
        for (n, credential) in request.credentials.iter().enumerate() {
            let value = stand_in(n);
            match credential {
                Attachment::Header { name, prefix, .. } => {
                    let name = name.to_ascii_lowercase();
                    headers.retain(|(other, _)| *other != name);
                    headers.push((name, format!("{prefix}{value}")));
                }
                Attachment::Query { name, .. } => {
                    let name = encode_name(name);
                    bare.query.retain(|(other, _)| *other != name);
                    bare.query.push((name, value));
                }
                Attachment::Cookie { name, .. } => {
                    let cookie = format!("{name}={value}");
                    match headers.iter_mut().find(|(other, _)| other == "cookie") {
                        Some((_, cookies)) => {
                            cookies.push_str("; ");
                            cookies.push_str(&cookie);
                        }
                        None => headers.push(("cookie".to_owned(), cookie)),
                    }
                }
                // The former answers a challenge, the latter is sent when connecting.
                Attachment::Digest { .. } | Attachment::Certificate { .. } => {}
            }
        }
        Ok(Self { url: bare.url(), headers })
    }
}

/// Headers that contain a credential even if a person or a script set them.
fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "proxy-authorization")
}

/// `Bearer abc` becomes `Bearer ***`.
fn hide(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} {HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Body;
    use crate::secret::Secret;

    fn request() -> Request {
        let secret = || Secret::from("sk_test_1".to_owned());
        Request {
            method: "POST".into(),
            base: "https://api.stripe.com".into(),
            path: "/v1/customers".into(),
            query: vec![("limit".into(), "3".into())],
            headers: vec![("stripe-account".into(), "acct_1".into())],
            body: Body::Bytes {
                content_type: "application/x-www-form-urlencoded".into(),
                bytes: b"email=a%40b.c".to_vec(),
            },
            credentials: vec![
                Attachment::Header {
                    name: "authorization".into(),
                    prefix: "Bearer ".into(),
                    value: secret(),
                },
                Attachment::Query { name: "key".into(), value: secret() },
                Attachment::Cookie { name: "sid".into(), value: secret() },
            ],
        }
    }

    #[test]
    fn a_dry_run_shows_everything_but_the_secrets() {
        let shown = dry_run(&request()).unwrap();
        assert_eq!(
            shown,
            json!({
                "method": "POST",
                "url": "https://api.stripe.com/v1/customers?limit=3&key=***",
                "headers": [
                    ["stripe-account", "acct_1"],
                    ["authorization", "Bearer ***"],
                    ["cookie", "sid=***"],
                    ["content-type", "application/x-www-form-urlencoded"],
                ],
                "body": "email=a%40b.c",
                "body_encoding": "utf-8",
            })
        );
        assert_eq!(
            shown.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["method", "url", "headers", "body", "body_encoding"]
        );
    }

    #[test]
    fn bodies_that_are_no_text_and_no_body() {
        let mut request = request();
        request.credentials.clear();
        request.body = Body::Bytes { content_type: "a/b".into(), bytes: vec![0xff, 0] };
        let shown = dry_run(&request).unwrap();
        assert_eq!((&shown["body"], &shown["body_encoding"]), (&json!("/wA="), &json!("base64")));
        request.body = Body::Empty;
        let shown = dry_run(&request).unwrap();
        assert_eq!((&shown["body"], &shown["body_encoding"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn of_a_large_body_the_beginning_is_shown() {
        let mut request = request();
        request.body =
            Body::Bytes { content_type: "text/plain".into(), bytes: "éx".repeat(6_000_000).into() };
        let shown = dry_run(&request).unwrap();
        assert_eq!((&shown["body_truncated"], &shown["body_length"]), (&json!(true), &json!(18_000_000)));
        assert_eq!(shown["body_encoding"], "utf-8");
        assert_eq!(shown["body"].as_str().unwrap().len(), 65_536 - 1);
    }

    #[test]
    fn a_typed_authorization_header_is_hidden_too() {
        let mut request = request();
        request.credentials.clear();
        request.headers = vec![("authorization".into(), "Token sk_test_1".into())];
        assert_eq!(dry_run(&request).unwrap()["headers"][0], json!(["authorization", "Token ***"]));
    }
}
