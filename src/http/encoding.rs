//! Values into the forms that OpenAPI 3.0 (section 4.7.12.3, Parameter Object styles) and form bodies give
//! them. Pure functions; what they return is percent-encoded and goes on the wire as it is.

use indexmap::IndexMap;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use super::Error;
use crate::model::{PathTemplate, Segment, Style, Variable};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same but brackets: Stripe, curl and OpenAPI's own examples have them bare in names.
const NAME: &AsciiSet = &RESERVED.remove(b'[').remove(b']');
/// What may not stand in a path segment (RFC 3986, `pchar`), `%` aside.
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
/// What may not stand in a pair of a query (RFC 3986, section 3.4), `%` aside; brackets are left as templates have them.
const NOT_QUERY: &AsciiSet = &NOT_PATH.remove(b'[').remove(b']').remove(b'/').remove(b'?').add(b'&');

/// A value, percent-encoded: only unreserved characters stay.
pub fn encode_value(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// A parameter's name, percent-encoded: unreserved characters and brackets stay.
pub fn encode_name(name: &str) -> String {
    utf8_percent_encode(name, NAME).to_string()
}

/// The path, each value encoded on its own as (part of) one segment, or as several where its parameter says so.
///
/// A value that is missing or empty, or that makes a segment `.` or `..`, is [`Error::BadPathValue`]: servers
/// and proxies resolve such segments (RFC 3986, section 5.2.4), so that another resource would be meant.
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
                return Err(bad_value(variable, "`.` and `..` mean another path"));
            }
        }
    }
    Ok(path)
}

/// The pairs of the template's own query, but for those of a name that `is_set` knows; names and values encoded.
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

/// The value of a parameter: under what its braces hold, else under its name.
fn value_of<'a>(variable: &Variable, values: &'a IndexMap<String, String>) -> Result<&'a str, Error> {
    let value = values.get(variable.raw()).or_else(|| values.get(variable.name()));
    value.map(String::as_str).ok_or_else(|| bad_value(variable, "it is missing"))
}

fn bad_value(variable: &Variable, why: &'static str) -> Error {
    Error::BadPathValue { parameter: variable.name().to_owned(), why }
}

fn push_value(text: &mut String, variable: &Variable, value: &str, values: &IndexMap<String, String>) {
    // A value under the braces' own text already is what they stand for.
    text.extend(variable.prefix().filter(|_| !values.contains_key(variable.raw())));
    if variable.slashes() {
        for (n, part) in value.split('/').enumerate() {
            text.push_str(if n == 0 { "" } else { "/" });
            text.extend(utf8_percent_encode(part, RESERVED));
        }
    } else {
        text.extend(utf8_percent_encode(value, RESERVED));
    }
}

/// A literal of the template; percent-encoding that it already has is kept.
fn push_literal(path: &mut String, text: &str, not: &'static AsciiSet) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        path.extend(utf8_percent_encode(before, not));
        let encoded = after.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        path.push_str(if encoded { "%" } else { "%25" });
        rest = after;
    }
    path.extend(utf8_percent_encode(rest, not));
}

/// A path value before encoding: styles simple (the default) and label. A matrix value needs its parameter's
/// name, which is not at hand here: it is written as simple.
pub fn path_value(value: &Value, style: Option<Style>, explode: bool) -> String {
    match style {
        Some(Style::Json) => value.to_string(),
        Some(Style::Label) => format!(".{}", joined(value, if explode { "." } else { "," }, explode)),
        _ => joined(value, ",", explode),
    }
}

/// A header's value, style simple. Control characters are [`Error::BadHeader`].
pub fn header_value(value: &Value) -> Result<String, Error> {
    let text = joined(value, ",", false);
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Error::BadHeader { name: String::new(), why: "it holds a control character" });
    }
    Ok(text)
}

/// `name=value` for the `Cookie` header; several are joined with `; `. The value is percent-encoded, as
/// RFC 6265 has no other way to carry separators.
pub fn cookie(name: &str, value: &Value) -> String {
    format!("{}={}", encode_value(name), encode_value(&joined(value, ",", false)))
}

/// The pairs of one query parameter. `style` `None` is OpenAPI's default: form, exploded, whatever `explode` says.
///
/// `null` and an empty array give `name=`. What OpenAPI leaves undefined (objects in arrays, objects in
/// objects) is written in brackets.
pub fn query_pairs(name: &str, value: &Value, style: Option<Style>, explode: bool) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let name = encode_name(name);
    let explode = explode || style.is_none();
    let separator = match style {
        Some(Style::DeepObject) => {
            brackets(&mut pairs, name, value);
            return pairs;
        }
        Some(Style::Json) => {
            pairs.push((name, encode_value(&value.to_string())));
            return pairs;
        }
        Some(Style::SpaceDelimited) => "%20",
        Some(Style::PipeDelimited) => "%7C",
        _ => ",",
    };
    match value {
        Value::Object(fields) if explode && !fields.is_empty() => {
            for (key, field) in fields {
                brackets(&mut pairs, encode_name(key), field);
            }
        }
        _ => flat(&mut pairs, name, value, separator, explode),
    }
    pairs
}

/// The pairs of an `application/x-www-form-urlencoded` body (OpenAPI 3.0, Encoding Object).
///
/// Objects are always in brackets. An array is indexed in brackets if the field's style is deepObject, if it is
/// inside an object, or if it holds objects or arrays; otherwise its name is repeated, or its values are joined
/// with commas if the field is not exploded. `null` and anything empty give `name=`, which is how APIs that read
/// such bodies unset a field.
pub fn form_pairs(
    fields: &Map<String, Value>,
    style_of: &dyn Fn(&str) -> Option<(Style, bool)>,
) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (key, value) in fields {
        let name = encode_name(key);
        match (value, style_of(key)) {
            (_, Some((Style::DeepObject, _))) | (Value::Object(_), _) => brackets(&mut pairs, name, value),
            (_, Some((Style::SpaceDelimited, explode))) => flat(&mut pairs, name, value, "%20", explode),
            (_, Some((Style::PipeDelimited, explode))) => flat(&mut pairs, name, value, "%7C", explode),
            (_, Some((_, explode))) => flat(&mut pairs, name, value, ",", explode),
            (_, None) => flat(&mut pairs, name, value, ",", true),
        }
    }
    pairs
}

/// A form body of pairs that are already encoded.
pub fn form_body(pairs: &[(String, String)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in pairs {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        body.push_str(value);
    }
    body.into_bytes()
}

/// One name, several values: repeated or joined. `separator` stands between encoded values, so that it cannot be
/// mistaken for a part of one.
fn flat(pairs: &mut Vec<(String, String)>, name: String, value: &Value, separator: &str, explode: bool) {
    let items: Vec<String> = match value {
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            return brackets(pairs, name, value);
        }
        Value::Array(items) => items.iter().map(|item| encode_value(&scalar(item))).collect(),
        Value::Object(fields) if fields.values().any(|field| field.is_object() || field.is_array()) => {
            return brackets(pairs, name, value);
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(key, field)| [encode_value(key), encode_value(&scalar(field))]).collect()
        }
        other => vec![encode_value(&scalar(other))],
    };
    if explode && !items.is_empty() && value.is_array() {
        pairs.extend(items.into_iter().map(|item| (name.clone(), item)));
    } else {
        pairs.push((name, items.join(separator)));
    }
}

/// `name[key]=v`, `name[0]=v`, at any depth; `name` is already encoded.
fn brackets(pairs: &mut Vec<(String, String)>, name: String, value: &Value) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, field) in fields {
                brackets(pairs, format!("{name}[{}]", encode_name(key)), field);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (n, item) in items.iter().enumerate() {
                brackets(pairs, format!("{name}[{n}]"), item);
            }
        }
        Value::Object(_) | Value::Array(_) => pairs.push((name, String::new())),
        other => pairs.push((name, encode_value(&scalar(other)))),
    }
}

/// Style simple, not yet encoded: `a,b`; objects `k,v` or, exploded, `k=v`.
fn joined(value: &Value, separator: &str, explode: bool) -> String {
    let items: Vec<String> = match value {
        Value::Array(items) => items.iter().map(scalar).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| format!("{key}{}{}", if explode { "=" } else { separator }, scalar(field)))
            .collect(),
        other => return scalar(other),
    };
    items.join(separator)
}

/// A scalar as JSON writes it, strings without their quotes, `null` as nothing; anything else as JSON.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
