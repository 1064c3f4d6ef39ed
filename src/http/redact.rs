//! Credentials taken out of what servers say.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::encoding::encode_value;
use super::{Attachment, Response};

/// The shortest text that is looked for; anything shorter stands in an answer by chance.
const SHORTEST: usize = 6;

/// What stands in the place of a credential.
const MARK: &[u8] = b"***";

/// An answer without the credentials that were sent, in whatever form they come back: a script must not learn them, not
/// from a server that echoes its callers either, and neither must whoever reads over a shoulder. All else is as it came.
pub(super) fn answer(mut response: Response, credentials: &[Attachment]) -> Response {
    let secrets: Vec<Zeroizing<String>> = credentials.iter().flat_map(forms).collect();
    for secret in &secrets {
        let finder = Finder::new(secret.as_bytes());
        if let Some(clean) = without(&finder, &response.body) {
            response.body = clean;
        }
        for (_, value) in &mut response.headers {
            if let Some(clean) = without(&finder, value.as_bytes()) {
                *value = String::from_utf8_lossy(&clean).into_owned();
            }
        }
    }
    response
}

/// The forms in which a credential may come back, the longest first: one may hold another.
fn forms(credential: &Attachment) -> Vec<Zeroizing<String>> {
    let mut parts: Vec<Zeroizing<String>> = Vec::new();
    match credential {
        Attachment::Certificate { pem } => {
            // The certificate itself is public; the lines of the key are not.
            let mut in_key = false;
            for line in pem.expose().lines() {
                if line.starts_with("-----") {
                    in_key = line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY");
                } else if in_key && line.len() >= SHORTEST {
                    parts.push(Zeroizing::new(line.to_owned()));
                }
            }
            return parts;
        }
        Attachment::Digest { user, password } => {
            parts.push(Zeroizing::new(format!("{}:{}", user.expose(), password.expose())));
            parts.push(Zeroizing::new(password.expose().clone()));
        }
        Attachment::Header { prefix, value, .. } => {
            parts.push(Zeroizing::new(value.expose().clone()));
            if prefix == "Basic "
                && let Ok(pair) = STANDARD.decode(value.expose().as_bytes()).map(Zeroizing::new)
                && let Ok(pair) = std::str::from_utf8(&pair)
            {
                parts.push(Zeroizing::new(pair.to_owned()));
                // A key may stand for the user alone.
                let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
                parts.push(Zeroizing::new(if password.is_empty() { user } else { password }.to_owned()));
            }
        }
        Attachment::Query { value, .. } | Attachment::Cookie { value, .. } => {
            parts.push(Zeroizing::new(value.expose().clone()));
        }
    }
    let mut forms: Vec<Zeroizing<String>> = parts.iter().flat_map(|part| encoded(part)).collect();
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// A text as it is, percent-encoded, in JSON, and in base64.
fn encoded(text: &str) -> Vec<Zeroizing<String>> {
    let percent = encode_value(text);
    let lower = lower_hex(&percent);
    let plus = percent.replace("%20", "+");
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.trim_matches('"').replace('/', "\\/");
    let escaped = serde_json::to_string(text).unwrap_or_default();
    let mut forms = vec![
        text.to_owned(),
        percent,
        lower,
        plus,
        json,
        escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default().to_owned(),
    ];
    if text.len() >= SHORTEST {
        forms.extend([&STANDARD, &URL_SAFE].map(|engine| engine.encode(text)));
        forms.extend([&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|engine| engine.encode(text)));
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

/// `%2F` as `%2f`.
fn lower_hex(percent: &str) -> String {
    let mut pieces = percent.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push('%');
        match piece.get(..2) {
            Some(hex) => text.push_str(&hex.to_ascii_lowercase()),
            None => text.push_str(piece),
        }
        text.push_str(piece.get(2..).unwrap_or_default());
    }
    text
}

/// `bytes` without the text; `None` if it is not in there.
fn without(finder: &Finder<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let length = finder.needle().len();
    let mut found = finder.find_iter(bytes).peekable();
    found.peek()?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in found {
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        out.extend_from_slice(MARK);
        from = at + length;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    Some(out)
}

/// A text without the credentials, for messages.
pub(super) fn text<'t>(text: &'t str, credentials: &[Attachment]) -> Cow<'t, str> {
    let mut clean = Cow::Borrowed(text);
    // No message is data: the shortest secret is looked for as well.
    let bare = credentials
        .iter()
        .flat_map(Attachment::secrets)
        .map(|secret| Zeroizing::new(secret.expose().clone()));
    let all = credentials.iter().flat_map(forms).chain(bare.filter(|secret| !secret.is_empty()));
    for secret in all {
        if clean.contains(secret.as_str()) {
            clean = Cow::Owned(clean.replace(secret.as_str(), "***"));
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn credential(prefix: &str, value: &str) -> Attachment {
        let (name, prefix) = ("authorization".to_owned(), prefix.to_owned());
        Attachment::Header { name, prefix, value: Secret::from(value.to_owned()) }
    }

    fn cleaned(status: u16, text: &str, credential: Attachment) -> String {
        let headers = vec![("x-echo".to_owned(), text.to_owned())];
        let response = answer(Response { status, headers, body: text.as_bytes().to_vec() }, &[credential]);
        let body = String::from_utf8(response.body).unwrap();
        assert_eq!(response.headers[0].1, body);
        body
    }

    #[test]
    fn a_credential_that_comes_back_is_not_repeated() {
        for status in [200, 302, 401] {
            let bearer = credential("Bearer ", "sk_123456");
            assert_eq!(cleaned(status, "bad key sk_123456, sk_123456!", bearer), "bad key ***, ***!");
            // `user:sk_123456` in base64.
            let basic = || credential("Basic ", "dXNlcjpza18xMjM0NTY=");
            assert_eq!(cleaned(status, "no: sk_123456", basic()), "no: ***");
            assert_eq!(cleaned(status, "Basic dXNlcjpza18xMjM0NTY=", basic()), "Basic ***");
            assert_eq!(cleaned(status, "dXNlcjpza18xMjM0NTY", basic()), "***");
        }
    }

    #[test]
    fn every_form_of_it_is_known() {
        let secret = "k /\"\u{e9}y+1";
        let key = || Attachment::Query { name: "key".into(), value: Secret::from(secret.to_owned()) };
        for form in [
            secret,
            "k%20%2F%22%C3%A9y%2B1",
            "k%20%2f%22%c3%a9y%2b1",
            "k+%2F%22%C3%A9y%2B1",
            "k /\\\"\u{e9}y+1",
            "k \\/\\\"\u{e9}y+1",
            "ayAvIsOpeSsx",
        ] {
            assert_eq!(cleaned(200, &format!("a {form} b"), key()), "a *** b", "{form}");
        }
        let pem = "-----BEGIN CERTIFICATE-----\nMIIBpublicpublicpublic\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMIGHsecretsecretsecret\n-----END PRIVATE KEY-----\n";
        let certificate = Attachment::Certificate { pem: Secret::from(pem.to_owned()) };
        let expected = pem.replace("MIGHsecretsecretsecret", "***");
        assert_eq!(cleaned(200, pem, certificate), expected);
    }

    #[test]
    fn data_is_not_changed_by_chance() {
        for text in ["a cat", "sk_12345", ""] {
            assert_eq!(cleaned(200, text, credential("Bearer ", "sk_123456")), text);
            assert_eq!(cleaned(400, text, credential("Bearer ", "a")), text);
        }
    }
}
