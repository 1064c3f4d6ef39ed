//! Digest authentication (RFC 7616): a server's challenge, and the answer to it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use digest_auth::{Algorithm, AlgorithmType, AuthContext, Charset, HttpMethod, Qop, WwwAuthenticateHeader};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::hop::Hop;
use super::{Attachment, Error};
use crate::model::Origin;
use crate::secret::Secret;

/// How often one request answers a challenge: the first one, and one more if the nonce was stale.
const MAX_ANSWERS: u32 = 2;

/// The longest rejection that is read just to keep the connection, in bytes.
const MAX_FINISHED: u64 = 16 * 1024;

/// As RFC 7616 spells them.
const ALGORITHMS: [&str; 6] =
    ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"];

/// The challenges of this process, by origin, so that the next request can answer at once. Each answer counts up.
#[derive(Debug, Default)]
pub(super) struct Challenges(Mutex<HashMap<Origin, WwwAuthenticateHeader>>);

/// The user who answers.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    user: &'a Secret<String>,
    password: &'a Secret<String>,
}

impl<'a> Person<'a> {
    /// The digest credential of a request.
    pub(super) fn of(credentials: &'a [Attachment]) -> Option<Self> {
        credentials.iter().find_map(|credential| match credential {
            Attachment::Digest { user, password } => Some(Self { user, password }),
            _ => None,
        })
    }
}

impl Challenges {
    /// Sends one request, `exchange(answer, with_body)`, as often as needed to satisfy the server. While no challenge
    /// is known the body is held back, as curl does, so that it is sent only once.
    pub(super) fn satisfy(
        &self,
        hop: &Hop,
        person: Person<'_>,
        target: &str,
        has_body: bool,
        mut exchange: impl FnMut(Option<HeaderValue>, bool) -> Result<http::Response<ureq::Body>, Error>,
    ) -> Result<http::Response<ureq::Body>, Error> {
        let mut waits = has_body;
        // Whether the challenge is for this request: a remembered one may have expired silently.
        let mut fresh = false;
        let mut left = MAX_ANSWERS;
        loop {
            let answer = self.answer(hop, person, target)?;
            let answers = answer.is_some();
            waits &= !answers;
            let mut response = exchange(answer, has_body && !waits)?;
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED {
                if left == 0 || !self.asks(&hop.origin, response.headers(), fresh && answers) {
                    return Ok(response);
                }
                (fresh, left) = (true, left - 1);
                finish(&mut response);
            } else if waits
                && !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
            {
                // There is no challenge, or only once the body is sent. A redirect that drops the body must answer the
                // whole request: otherwise the body would be lost on the way.
                waits = false;
                finish(&mut response);
            } else {
                return Ok(response);
            }
        }
    }

    /// The `authorization` header of a request, if the origin's challenge is known.
    fn answer(&self, hop: &Hop, person: Person<'_>, target: &str) -> Result<Option<HeaderValue>, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(challenge) = known.get_mut(&hop.origin) else { return Ok(None) };
        answer(challenge, person, &hop.method, target, None).map(Some)
    }

    /// Stores the challenge of a rejection; returns whether it is worth answering: a first challenge, or one that says
    /// only the nonce was stale.
    fn asks(&self, origin: &Origin, headers: &HeaderMap, answered: bool) -> bool {
        let Some(challenge) = strongest(headers) else { return false };
        if answered && !challenge.stale {
            return false;
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(origin.clone(), challenge);
        true
    }
}

/// Reads a short answer to its end, so that its connection can be reused for the next try.
fn finish(response: &mut http::Response<ureq::Body>) {
    let body = response.body_mut();
    if body.content_length().is_some_and(|length| length <= MAX_FINISHED) {
        // If that fails, the next try opens its own connection.
        let _ = std::io::copy(&mut body.as_reader(), &mut std::io::sink());
    }
}

/// The `authorization` header. Only tests pass a client nonce.
fn answer(
    challenge: &mut WwwAuthenticateHeader,
    person: Person<'_>,
    method: &str,
    target: &str,
    client_nonce: Option<&str>,
) -> Result<HeaderValue, Error> {
    let bad = |why| Error::BadHeader { name: "authorization".to_owned(), why };
    let (user, password) = (person.user.expose().as_str(), person.password.expose().as_str());
    let mut context =
        AuthContext::new_with_method(user, password, target, None::<&[u8]>, HttpMethod::from(method));
    if let Some(nonce) = client_nonce {
        context.set_custom_cnonce(nonce);
    }
    let answer = challenge
        .respond(&context)
        .map_err(|_| bad("the server's digest challenge cannot be answered"))?
        .to_header_string();
    // As bytes: a name in UTF-8 is not visible ASCII.
    let mut value = HeaderValue::from_bytes(answer.as_bytes())
        .map_err(|_| bad("the user name contains a character that is not allowed in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The challenge with the strongest supported algorithm.
fn strongest(headers: &HeaderMap) -> Option<WwwAuthenticateHeader> {
    let values = headers.get_all(http::header::WWW_AUTHENTICATE).iter();
    let texts = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    let known = texts.flat_map(challenges).filter_map(|parameters| understood(&parameters));
    known.max_by_key(|challenge| match challenge.algorithm.algo {
        AlgorithmType::MD5 => 0,
        AlgorithmType::SHA2_256 => 1,
        AlgorithmType::SHA2_512_256 => 2,
    })
}

/// A challenge's parameters: names in lower case, values without their quotes.
type Parameters = Vec<(String, String)>;

/// A challenge that can be answered: the algorithm is supported, and the body need not be hashed (`qop=auth-int`).
///
/// The crate's own parser expects names in one case and nothing around `=`, and panics on non-ASCII text.
fn understood(parameters: &Parameters) -> Option<WwwAuthenticateHeader> {
    let find = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let is_true = |name: &str| find(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let algorithm = match find("algorithm") {
        None => Algorithm::default(),
        Some(name) => ALGORITHMS
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
            .and_then(|known| known.parse().ok())?,
    };
    let qop = match find("qop") {
        // RFC 2069: the plain digest of old servers.
        None => None,
        Some(list) if list.split(',').any(|word| word.trim().eq_ignore_ascii_case("auth")) => {
            Some(vec![Qop::AUTH])
        }
        Some(_) => return None,
    };
    Some(WwwAuthenticateHeader {
        domain: None,
        realm: find("realm")?.to_owned(),
        nonce: find("nonce")?.to_owned(),
        opaque: find("opaque").map(str::to_owned),
        stale: is_true("stale"),
        algorithm,
        qop,
        userhash: is_true("userhash"),
        charset: Charset::UTF8,
        nc: 0,
    })
}

/// The digest challenges of one header, which may contain several of any kind (RFC 9110, section 11.6.1).
fn challenges(header: &str) -> Vec<Parameters> {
    let mut challenges: Vec<(bool, Parameters)> = Vec::new();
    for piece in pieces(header) {
        let mut piece = piece.trim();
        let (word, rest) = piece.split_once(char::is_whitespace).unwrap_or((piece, ""));
        // `Digest realm="a"` begins one, and so does `Negotiate`; `realm="a"` and `realm = "a"` continue one.
        if !word.is_empty() && !word.contains('=') && !rest.trim_start().starts_with('=') {
            challenges.push((word.eq_ignore_ascii_case("digest"), Parameters::new()));
            piece = rest;
        }
        if let (Some((_, parameters)), Some((name, value))) = (challenges.last_mut(), piece.split_once('=')) {
            parameters.push((name.trim().to_ascii_lowercase(), unquoted(value.trim())));
        }
    }
    challenges.into_iter().filter(|(is_digest, _)| *is_digest).map(|(_, parameters)| parameters).collect()
}

/// The value of a quoted string (RFC 9110, section 5.6.4); a token is returned unchanged.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            text.push(c);
        }
    }
    text
}

/// The text between commas outside of quotes.
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
mod tests;
