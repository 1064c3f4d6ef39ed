//! Digest authentication (RFC 7616): a server's challenge, and the answer to it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use digest_auth::{AlgorithmType, AuthContext, HttpMethod, WwwAuthenticateHeader};
use http::{HeaderMap, HeaderValue};

use super::hop::Hop;
use super::{Attachment, Error};
use crate::model::Origin;
use crate::secret::Secret;

/// The challenges of a process, by origin: the next request is answered at once. Each answer counts up.
#[derive(Debug, Default)]
pub(super) struct Challenges(Mutex<HashMap<Origin, WwwAuthenticateHeader>>);

/// Who answers.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    user: &'a Secret<String>,
    password: &'a Secret<String>,
}

impl<'a> Person<'a> {
    /// The one among the credentials of a request.
    pub(super) fn of(credentials: &'a [Attachment]) -> Option<Self> {
        credentials.iter().find_map(|credential| match credential {
            Attachment::Digest { user, password } => Some(Self { user, password }),
            _ => None,
        })
    }
}

impl Challenges {
    /// The `authorization` header of a request, if the origin's challenge is known.
    pub(super) fn answer(
        &self,
        hop: &Hop,
        person: Person<'_>,
        target: &str,
    ) -> Result<Option<HeaderValue>, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(challenge) = known.get_mut(&hop.origin) else { return Ok(None) };
        let bad = |_| Error::BadHeader {
            name: "authorization".to_owned(),
            why: "the server's digest challenge cannot be answered",
        };
        let method = HttpMethod::from(hop.method.as_str());
        let (user, password) = (person.user.expose().as_str(), person.password.expose().as_str());
        let context = AuthContext::new_with_method(user, password, target, None::<&[u8]>, method);
        let answer = challenge.respond(&context).map_err(bad)?.to_header_string();
        let mut value = HeaderValue::from_str(&answer).map_err(|_| Error::BadHeader {
            name: "authorization".to_owned(),
            why: "the user's name holds a character that a header may not have",
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// Takes in what a refusal asks; whether that is worth an answer: a first challenge, or one that says that the nonce
    /// alone was too old.
    pub(super) fn asks(&self, origin: &Origin, headers: &HeaderMap, answered: bool) -> bool {
        let Some(challenge) = strongest(headers) else { return false };
        if answered && !challenge.stale {
            return false;
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(origin.clone(), challenge);
        true
    }
}

/// The challenge with the strongest algorithm that is known.
fn strongest(headers: &HeaderMap) -> Option<WwwAuthenticateHeader> {
    let values = headers.get_all(http::header::WWW_AUTHENTICATE).iter();
    let texts = values.filter_map(|value| value.to_str().ok()).flat_map(challenges);
    let known = texts.filter_map(|text| WwwAuthenticateHeader::parse(&text).ok());
    known.max_by_key(|challenge| match challenge.algorithm.algo {
        AlgorithmType::MD5 => 0,
        AlgorithmType::SHA2_256 => 1,
        AlgorithmType::SHA2_512_256 => 2,
    })
}

/// The digest challenges of one header, which may hold several of any kind (RFC 9110, section 11.6.1).
fn challenges(header: &str) -> Vec<String> {
    let mut challenges: Vec<(bool, String)> = Vec::new();
    for piece in pieces(header) {
        let piece = piece.trim();
        let (word, rest) = piece.split_once(char::is_whitespace).unwrap_or((piece, ""));
        // `Digest realm="a"` begins one, and so does `Negotiate`; `realm="a"` and `realm = "a"` go on.
        let begins = !word.is_empty() && !word.contains('=') && !rest.trim_start().starts_with('=');
        if begins {
            challenges.push((word.eq_ignore_ascii_case("digest"), piece.to_owned()));
        } else if let Some((_, text)) = challenges.last_mut() {
            text.push_str(", ");
            text.push_str(piece);
        }
    }
    challenges.into_iter().filter(|(is_digest, _)| *is_digest).map(|(_, text)| text).collect()
}

/// The text between commas that stand in no quotes.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (n, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                pieces.extend(text.get(start..n));
                start = n + 1;
            }
            _ => {}
        }
    }
    pieces.extend(text.get(start..));
    pieces
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
