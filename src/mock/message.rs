use serde_json::{Value, json};

use crate::text::printable;

/// One request as it arrives, from a socket or from the same process.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// HTTP method, upper case.
    pub method: String,
    /// Path and query, still percent-encoded: `/v1/customers?limit=3`.
    pub target: String,
    /// Headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The complete body.
    pub body: Vec<u8>,
}

/// The mock's answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
    /// The operation that answered, as the document spells it: `POST /v1/customers`.
    pub operation: Option<String>,
    /// The problems with the request.
    pub problems: Vec<Problem>,
}

/// One thing wrong with a request. Both texts are safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `query.limit`, `body.items[0].price`, `path.id`, `header.content-type`.
    pub place: String,
    /// What is wrong, without the place: `is required`.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl Incoming {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The path, still encoded.
    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The query, still encoded and without its question mark.
    pub fn query(&self) -> &str {
        let target = self.target.split('#').next().unwrap_or_default();
        target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The cookies of all `cookie` headers (RFC 6265, section 4.2).
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        headers.flat_map(|(_, value)| value.split(';')).filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.trim(), value.trim()))
        })
    }
}

/// Anything larger is not indented: indentation could push an answer past the limit.
const INDENTED_BYTES: usize = 512 * 1024;

impl Answer {
    /// Only a status.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), operation: None, problems: Vec::new() }
    }

    /// A JSON body of the given media type.
    pub(super) fn json(status: u16, content_type: &str, value: &Value) -> Self {
        let mut body = serde_json::to_vec_pretty(value).unwrap_or_default();
        if body.len() > INDENTED_BYTES {
            body = serde_json::to_vec(value).unwrap_or_default();
        }
        Self::bytes(status, content_type, body)
    }

    /// Any body.
    pub(super) fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { headers, body, ..Self::empty(status) }
    }

    /// `{"error": {"type", "message"}}`.
    pub(super) fn error(status: u16, kind: &str, message: &str) -> Self {
        let body = json!({"error": {"type": kind, "message": message}});
        Self::json(status, "application/json", &body)
    }

    /// 400 with every problem; the message has the first one and the number of others.
    pub(super) fn refused(problems: Vec<Problem>) -> Self {
        let first = problems.first().map_or_else(String::new, |p| format!("`{}`: {}", p.place, p.message));
        let message = match problems.len() {
            0 | 1 => first,
            2 => format!("{first} (and 1 more problem)"),
            n => format!("{first} (and {} more problems)", n - 1),
        };
        let list: Vec<Value> =
            problems.iter().map(|p| json!({"place": p.place, "message": p.message})).collect();
        let body = json!({"error": {"type": "invalid_request_error", "message": message, "problems": list}});
        Self { problems, ..Self::json(400, "application/json", &body) }
    }
}

/// Untrusted text for a message: one line, at most 60 characters.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    printable(&short).into_owned()
}

/// `, did you mean `x`?` when one of the candidates is close to `word`; else nothing.
pub(super) fn suggestion<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    if word.len() > 100 {
        return String::new();
    }
    let near = candidates
        .take(500)
        .filter(|candidate| !candidate.is_empty() && candidate.len() <= 100)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .min_by_key(|(distance, _)| *distance);
    near.map_or_else(String::new, |(_, candidate)| format!("; did you mean `{}`?", shown(candidate)))
}
