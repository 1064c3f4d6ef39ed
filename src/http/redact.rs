//! Credentials taken out of what servers say about them.

use base64::Engine as _;

use super::{Attachment, Response};

/// The shortest text that is looked for; anything shorter stands in an answer by chance.
const SHORTEST: usize = 6;

/// An answer that is no success, without the credentials that were sent. Some APIs repeat the key that they refuse,
/// and such an answer is shown as an error, and handed to scripts and hooks. A success is data, which is never changed.
pub(super) fn failure(mut response: Response, credentials: &[Attachment]) -> Response {
    if response.is_success() {
        return response;
    }
    for secret in credentials.iter().flat_map(texts) {
        response.body = without(&response.body, secret.as_bytes());
        for (_, value) in &mut response.headers {
            if value.contains(&secret) {
                *value = value.replace(&secret, "***");
            }
        }
    }
    response
}

/// The texts in which a credential may come back: as it was sent and, of basic authentication, its parts.
fn texts(credential: &Attachment) -> Vec<String> {
    let (Attachment::Header { value, .. }
    | Attachment::Query { value, .. }
    | Attachment::Cookie { value, .. }) = credential;
    let mut texts = vec![value.expose().to_string()];
    if let Attachment::Header { prefix, value, .. } = credential
        && prefix == "Basic "
        && let Ok(pair) = base64::engine::general_purpose::STANDARD.decode(value.expose().as_bytes())
        && let Ok(pair) = String::from_utf8(pair)
    {
        texts.extend(pair.splitn(2, ':').map(str::to_owned));
    }
    texts.retain(|text| text.len() >= SHORTEST);
    texts
}

fn without(body: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(secret) {
            out.extend_from_slice(b"***");
            rest = behind;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn credential(prefix: &str, value: &str) -> Attachment {
        let (name, prefix) = ("authorization".to_owned(), prefix.to_owned());
        Attachment::Header { name, prefix, value: Secret::from(value.to_owned()) }
    }

    fn answer(status: u16, text: &str) -> Response {
        let headers = vec![("www-authenticate".to_owned(), text.to_owned())];
        Response { status, headers, body: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_refused_key_is_not_repeated() {
        let response =
            failure(answer(401, "bad key sk_123456, sk_123456!"), &[credential("Bearer ", "sk_123456")]);
        assert_eq!(response.body, b"bad key ***, ***!");
        assert_eq!(response.headers[0].1, "bad key ***, ***!");
        // `user:sk_123456` in base64.
        let response = failure(answer(401, "no: sk_123456"), &[credential("Basic ", "dXNlcjpza18xMjM0NTY=")]);
        assert_eq!(response.body, b"no: ***");
    }

    #[test]
    fn data_is_never_changed() {
        let response = failure(answer(200, "sk_123456"), &[credential("Bearer ", "sk_123456")]);
        assert_eq!(response.body, b"sk_123456");
        let response = failure(answer(400, "a cat"), &[credential("Bearer ", "a")]);
        assert_eq!(response.body, b"a cat");
    }
}
