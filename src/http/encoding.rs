//! Percent-encoding (RFC 3986): values, names, paths. Pure functions; their results are sent as they are.

use indexmap::IndexMap;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::Error;
use crate::model::{PathTemplate, Segment, Variable};

/// Everything except RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same, except for what APIs use in parameter names and a query may contain (`$filter`). Brackets are encoded: a
/// query must not have them (section 3.4), and some servers reject it then.
const NAME: &AsciiSet = &RESERVED.remove(b'$').remove(b':').remove(b'@');
/// Names in a form body, where brackets are easier to read and no server minds.
const FORM_NAME: &AsciiSet = &RESERVED.remove(b'[').remove(b']');
/// What is encoded of a value with `allowReserved` in a query or a form (OpenAPI 3.0.4, Parameter Object).
pub(super) const QUERY_RESERVED: &AsciiSet = &RESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';')
    .remove(b'=');
/// The same in a path.
pub(super) const PATH_RESERVED: &AsciiSet = &QUERY_RESERVED.add(b'/').add(b'?').remove(b'&').remove(b'+');
/// What a cookie's value must not contain (RFC 6265, section 4.1.1, `cookie-octet`).
pub(super) const COOKIE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\');
/// What a path segment must not contain (RFC 3986, `pchar`), apart from `%`.
const NOT_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'[')
    .add(b']')
    .add(b'\\')
    .add(b'^')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'/');
/// What a pair of a query must not contain (RFC 3986, section 3.4), apart from `%`; brackets are left as in templates.
const NOT_QUERY: &AsciiSet = &NOT_PATH.remove(b'[').remove(b']').remove(b'/').remove(b'?').add(b'&');

/// A value, percent-encoded: only unreserved characters stay.
pub fn encode_value(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// The name of a parameter in a query, percent-encoded.
pub fn encode_name(name: &str) -> String {
    utf8_percent_encode(name, NAME).to_string()
}

/// The name of a field in a form body, percent-encoded.
pub fn encode_form_name(name: &str) -> String {
    utf8_percent_encode(name, FORM_NAME).to_string()
}

/// A text, percent-encoded except for triples (`%20`) that it already has (RFC 6570, section 3.2.3).
pub(super) fn keep_triples(text: &str, set: &'static AsciiSet) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.extend(utf8_percent_encode(before, set));
        let encoded = after.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        out.push_str(if encoded { "%" } else { "%25" });
        rest = after;
    }
    out.extend(utf8_percent_encode(rest, set));
    out
}

/// The path. Each value is already percent-encoded: as (part of) one segment, or as several if its parameter says
/// so.
///
/// A value that is missing or empty, or that makes a segment `.` or `..`, is [`Error::BadPathValue`]: servers
/// and proxies resolve such segments (RFC 3986, section 5.2.4), so a different resource would be meant.
pub fn encode_path(template: &PathTemplate, values: &IndexMap<String, String>) -> Result<String, Error> {
    let mut path = String::new();
    for segment in template.segments() {
        path.push('/');
        let start = path.len();
        let mut last = None;
        for piece in segment {
            match piece {
                Segment::Literal(text) => push_literal(&mut path, text, NOT_PATH),
                Segment::Parameter(variable) => {
                    let value = value_of(variable, values)?;
                    if value.is_empty() {
                        return Err(bad_value(variable, "it is empty"));
                    }
                    push_value(&mut path, variable, value, values);
                    last = Some(variable);
                }
            }
        }
        let Some(variable) = last else { continue };
        for part in path.get(start..).unwrap_or_default().split('/') {
            let written: Vec<u8> = percent_decode_str(part).collect();
            if matches!(written.as_slice(), b"." | b"..") {
                return Err(bad_value(variable, "`.` and `..` would lead to another path"));
            }
        }
    }
    Ok(path)
}

/// The pairs of the template's own query, except those whose name `is_set`; names and values encoded.
pub fn encode_own_query(
    template: &PathTemplate,
    values: &IndexMap<String, String>,
    is_set: &dyn Fn(&str) -> bool,
) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for pair in template.query() {
        if !pair.plain_name().is_some_and(|name| is_set(&name)) {
            pairs.push((own_text(&pair.name, values)?, own_text(&pair.value, values)?));
        }
    }
    Ok(pairs)
}

fn own_text(pieces: &[Segment], values: &IndexMap<String, String>) -> Result<String, Error> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Segment::Literal(literal) => push_literal(&mut text, literal, NOT_QUERY),
            Segment::Parameter(variable) => {
                push_value(&mut text, variable, value_of(variable, values)?, values);
            }
        }
    }
    Ok(text)
}

/// The value of a parameter: under the text in its braces, or else under its name.
fn value_of<'a>(variable: &Variable, values: &'a IndexMap<String, String>) -> Result<&'a str, Error> {
    let value = values.get(variable.raw()).or_else(|| values.get(variable.name()));
    value.map(String::as_str).ok_or_else(|| bad_value(variable, "it is missing"))
}

fn bad_value(variable: &Variable, why: &'static str) -> Error {
    Error::BadPathValue { parameter: variable.name().to_owned(), why }
}

fn push_value(text: &mut String, variable: &Variable, value: &str, values: &IndexMap<String, String>) {
    // A value under the braces' own text is already complete, and so is one in style label or matrix.
    let prefix = variable.prefix().filter(|_| !values.contains_key(variable.raw()));
    text.extend(prefix.filter(|prefix| !value.starts_with(*prefix)));
    text.push_str(value);
}

/// A literal of the template; percent-encoding that it already has is kept.
fn push_literal(path: &mut String, text: &str, not: &'static AsciiSet) {
    path.push_str(&keep_triples(text, not));
}

#[cfg(test)]
mod tests;
