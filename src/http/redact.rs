//! Credentials taken out of what servers say.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::{Attachment, Response, forms};

/// The shortest text that is looked for; anything shorter stands in an answer by chance.
const SHORTEST: usize = 6;

/// What stands in the place of a credential.
const MARK: &[u8] = b"***";

/// An answer without the credentials that were sent, in whatever form they come back: a script must not learn them, not
/// from a server that echoes its callers either, and neither must whoever reads over a shoulder. All else is as it came.
pub(super) fn answer(mut response: Response, credentials: &[Attachment]) -> Response {
    for form in texts(credentials) {
        let finder = Finder::new(form.as_bytes());
        if let Some(clean) = without(&finder, &response.body) {
            response.body = clean;
        }
        for text in response.headers.iter_mut().flat_map(|(name, value)| [name, value]) {
            if let Some(clean) = without(&finder, text.as_bytes()) {
                *text = String::from_utf8_lossy(&clean).into_owned();
            }
        }
    }
    response
}

/// The forms in which credentials may come back, each once, the longest first: one may hold another.
fn texts(credentials: &[Attachment]) -> Vec<Zeroizing<String>> {
    let mut texts = Vec::new();
    for credential in credentials {
        match credential {
            // A server is never shown the key, so that it has few ways to send it back: its lines are enough.
            Attachment::Certificate { pem } => texts.extend(key_lines(pem.expose())),
            other => parts(other).iter().for_each(|part| texts.extend(forms::of(part, SHORTEST))),
        }
    }
    texts.retain(|text| text.len() >= SHORTEST);
    texts.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    texts.dedup();
    texts
}

/// What of a credential must not be learnt. A name with a password is none of it: it stands in many an answer as data.
fn parts(credential: &Attachment) -> Vec<Zeroizing<String>> {
    let of_pair = |pair: &str| {
        let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
        // A key may stand in the place of the user, with nothing, an `x` or a word such as `api_token` for the password.
        let mut secrets = vec![pair, if password.len() < SHORTEST { user } else { password }];
        if looks_like_a_key(user) {
            secrets.push(user);
        }
        secrets.into_iter().map(|secret| Zeroizing::new(secret.to_owned())).collect::<Vec<_>>()
    };
    let mut parts = Vec::new();
    match credential {
        Attachment::Certificate { .. } => {}
        Attachment::Digest { user, password } => {
            let pair = Zeroizing::new(format!("{}:{}", user.expose(), password.expose()));
            parts.extend(of_pair(&pair));
            // Whatever colons the user's name has.
            parts.push(Zeroizing::new(password.expose().clone()));
        }
        Attachment::Header { prefix, value, .. } => {
            parts.push(Zeroizing::new(value.expose().clone()));
            // Some type the scheme's word as well, where the document has a key in a header.
            if let Some((_, bare)) = value.expose().split_once(' ').filter(|_| prefix.is_empty()) {
                parts.push(Zeroizing::new(bare.to_owned()));
            }
            if prefix == "Basic "
                && let Ok(pair) = STANDARD.decode(value.expose().as_bytes()).map(Zeroizing::new)
                && let Ok(pair) = std::str::from_utf8(&pair)
            {
                parts.extend(of_pair(pair));
            }
        }
        Attachment::Query { value, .. } | Attachment::Cookie { value, .. } => {
            parts.push(Zeroizing::new(value.expose().clone()));
        }
    }
    parts
}

/// Whether a user's name is none that a person has: long, and letters mixed with digits.
fn looks_like_a_key(user: &str) -> bool {
    user.len() >= 16
        && user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && user.bytes().any(|b| b.is_ascii_digit())
        && user.bytes().any(|b| b.is_ascii_alphabetic())
}

/// The lines of a private key. The certificate itself is public.
fn key_lines(pem: &str) -> Vec<Zeroizing<String>> {
    let mut in_key = false;
    let mut lines = Vec::new();
    for line in pem.lines().map(str::trim) {
        if line.starts_with("-----") {
            in_key = line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY");
        } else if in_key {
            lines.push(Zeroizing::new(line.to_owned()));
        }
    }
    lines
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
    let bare = credentials.iter().flat_map(parts);
    let all = texts(credentials).into_iter().chain(bare.filter(|secret| !secret.is_empty()));
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
    fn a_key_in_the_place_of_a_user_is_one_and_a_name_is_none() {
        let pair = |text: &str| Attachment::Header {
            name: "authorization".into(),
            prefix: "Basic ".into(),
            value: crate::secret::Secret::from(STANDARD.encode(text)),
        };
        let clean = |answer: &str, credential: Attachment| text(answer, &[credential]).into_owned();
        assert_eq!(clean("a 1971800d4d82861d8f2c b", pair("1971800d4d82861d8f2c:api_token")), "a *** b");
        assert_eq!(clean("by alice", pair("alice:open sesame")), "by alice");
        let typed = Attachment::Header {
            name: "x-auth".into(),
            prefix: String::new(),
            value: crate::secret::Secret::from("Token abc123456".to_owned()),
        };
        assert_eq!(clean("t=abc123456", typed), "t=***");
        let digest = Attachment::Digest {
            user: crate::secret::Secret::from("me".to_owned()),
            password: crate::secret::Secret::from("open sesame".to_owned()),
        };
        assert_eq!(clean("https://some.example/", digest), "https://some.example/");
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
    fn a_key_in_the_place_of_the_user_is_known_and_a_name_is_data() {
        let basic = |pair: &str| credential("Basic ", &STANDARD.encode(pair));
        assert_eq!(cleaned(200, "sk_123456 or c2tfMTIzNDU2", basic("sk_123456:")), "*** or ***");
        assert_eq!(cleaned(200, "sk_123456", basic("sk_123456:x")), "***");
        assert_eq!(cleaned(200, "I am octocat", basic("octocat:sk_123456")), "I am octocat");
        let secret = |text: &str| Secret::from(text.to_owned());
        let digest = || Attachment::Digest { user: secret("octo:cat"), password: secret("open sesame") };
        for (text, clean) in [
            ("octo:cat said open sesame", "octo:cat said ***"),
            ("octo:cat:open sesame", "***"),
            ("open+sesame open%20sesame", "*** ***"),
            ("b2N0bzpjYXQ6b3BlbiBzZXNhbWU=", "***"),
            ("b3BlbiBzZXNhbWU=", "***"),
        ] {
            assert_eq!(cleaned(200, text, digest()), clean);
        }
    }

    #[test]
    fn every_form_of_it_is_known() {
        let secret = "k /\"\u{e9}y+1\"";
        let key = || Attachment::Query { name: "key".into(), value: Secret::from(secret.to_owned()) };
        for form in [
            secret,
            "k%20%2F%22%C3%A9y%2B1%22",
            "k+%2f%22%c3%a9y%2b1%22",
            "k /\\\"\u{e9}y+1\\\"",
            "k \\/\\\"\\u00e9y+1\\\"",
            "ayAvIsOpeSsxIg==",
            "ayAvIsOpeSsxIg",
        ] {
            assert_eq!(cleaned(200, &format!("a {form} b"), key()), "a *** b", "{form}");
        }
    }

    #[test]
    fn of_a_certificate_the_key_is_secret() {
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIBpublicpublicpublic\n-----END CERTIFICATE-----";
        let key = "-----BEGIN EC PRIVATE KEY-----\r\nMHcCsecretsecretsecret\r\nsecond==\r\nab==\r\n-----END EC PRIVATE KEY-----\r\n";
        let pem = format!("{certificate}\n{key}{certificate}");
        let attached = || Attachment::Certificate { pem: Secret::from(pem.clone()) };
        let clean = pem.replace("MHcCsecretsecretsecret", "***").replace("second==", "***");
        assert_eq!(cleaned(200, &pem, attached()), clean);
        assert_eq!(cleaned(200, "\"MHcCsecretsecretsecret\\n\"", attached()), "\"***\\n\"");
    }

    #[test]
    fn of_several_the_longest_goes_first() {
        let credentials = [credential("Bearer ", "secret"), credential("Bearer ", "secret-and-more")];
        let headers = vec![("x-secret-and-more".to_owned(), "a".to_owned())];
        let body = b"secret-and-more, secret, \xff secretsecret".to_vec();
        let response = answer(Response { status: 200, headers, body }, &credentials);
        assert_eq!(response.body, b"***, ***, \xff ******");
        assert_eq!(response.headers[0].0, "x-***");
    }

    #[test]
    fn what_holds_no_credential_is_not_copied() {
        let body = b"abcdefgh".repeat(100_000);
        let at = body.as_ptr();
        let response = Response { status: 200, headers: Vec::new(), body };
        let response = answer(response, &[credential("Bearer ", "sk_123456")]);
        assert_eq!(response.body.as_ptr(), at);
    }

    #[test]
    fn data_is_not_changed_by_chance() {
        for text in ["a cat", "sk_12345", ""] {
            assert_eq!(cleaned(200, text, credential("Bearer ", "sk_123456")), text);
            assert_eq!(cleaned(400, text, credential("Bearer ", "a")), text);
        }
    }
}
