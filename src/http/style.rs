//! Parameters in OpenAPI's styles (3.0, section 4.7.12.3; 3.0.4 and 3.1.1, "Style Examples", which
//! follow RFC 6570; 3.2 for cookies). Pure functions; their results are sent as they are.
//!
//! `null` is written as nothing, and so is an empty array or object. What OpenAPI leaves undefined (objects in arrays,
//! objects in objects) is written in brackets in a query, and as JSON elsewhere.

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::Error;
use super::encoding::{COOKIE, PATH_RESERVED, QUERY_RESERVED, encode_name, encode_value, keep_triples};
use crate::model::media::is_json;
use crate::model::{Serialization, Style};

/// The single text of a value with `content`.
fn content(how: &Serialization, value: &Value) -> Option<String> {
    match (&how.content_type, how.style) {
        (Some(media_type), _) if !is_json(media_type) => Some(scalar(value)),
        (Some(_), _) | (None, Some(Style::Json | Style::Whole)) => Some(value.to_string()),
        (None, _) => None,
    }
}

/// The text that replaces a path parameter, percent-encoded: styles simple (the default), label and matrix.
/// With `slashes`, the value's slashes are kept.
pub fn path_value(name: &str, value: &Value, how: &Serialization, slashes: bool) -> String {
    let encode = |text: &str| match (how.allow_reserved, slashes) {
        (true, false) => keep_triples(text, PATH_RESERVED),
        (true, true) => {
            text.split('/').map(|part| keep_triples(part, PATH_RESERVED)).collect::<Vec<_>>().join("/")
        }
        (false, true) => text.split('/').map(encode_value).collect::<Vec<_>>().join("/"),
        (false, false) => encode_value(text),
    };
    if let Some(text) = content(how, value) {
        return encode(&text);
    }
    let explode = how.explode;
    match how.style {
        Some(Style::Label) => {
            let separator = if explode { "." } else { "," };
            format!(".{}", joined(value, separator, explode, &encode))
        }
        Some(Style::Matrix) => {
            let name = encode_value(name);
            // RFC 6570, section 3.2.7: an empty value leaves just the name.
            let pair = |name: &str, text: String| {
                if text.is_empty() { format!(";{name}") } else { format!(";{name}={text}") }
            };
            match value {
                Value::Array(items) if explode && !items.is_empty() => {
                    items.iter().map(|item| pair(&name, encode(&scalar(item)))).collect()
                }
                Value::Object(fields) if explode && !fields.is_empty() => {
                    fields.iter().map(|(key, field)| pair(&encode(key), encode(&scalar(field)))).collect()
                }
                value => pair(&name, joined(value, ",", false, &encode)),
            }
        }
        _ => joined(value, ",", explode, &encode),
    }
}

/// A header's value: style simple, nothing encoded. Control characters are [`Error::BadHeader`].
pub fn header_value(value: &Value, how: &Serialization) -> Result<String, Error> {
    let text =
        content(how, value).unwrap_or_else(|| joined(value, ",", how.explode, &|text: &str| text.to_owned()));
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Error::BadHeader { name: String::new(), why: "it contains a control character" });
    }
    Ok(text)
}

/// The pairs of one query parameter, percent-encoded. Without a style it is OpenAPI's default: form, exploded.
///
/// A pair without a name is a whole query string ([`Style::Whole`]).
pub fn query_pairs(name: &str, value: &Value, how: &Serialization) -> Vec<(String, String)> {
    let name = if how.style == Some(Style::Whole) { String::new() } else { encode_name(name) };
    let encode =
        |text: &str| if how.allow_reserved { keep_triples(text, QUERY_RESERVED) } else { encode_value(text) };
    let pairs = Pairs { name: &encode_name, value: &encode };
    pairs.of(name, value, how)
}

/// The cookies of one cookie parameter, in the order of the `Cookie` header. Style form percent-encodes them, as
/// RFC 6265 has no other way to carry separators; style cookie does so only with what a cookie must not contain.
pub fn cookie_pairs(name: &str, value: &Value, how: &Serialization) -> Vec<(String, String)> {
    let plain = how.style == Some(Style::Cookie);
    let encode = |text: &str| match plain {
        true => utf8_percent_encode(text, COOKIE).to_string(),
        false => encode_value(text),
    };
    let pairs = Pairs { name: &encode_value, value: &encode };
    pairs.of(encode_value(name), value, how)
}

/// Names and values in one way of encoding.
pub(super) struct Pairs<'e> {
    pub(super) name: &'e dyn Fn(&str) -> String,
    pub(super) value: &'e dyn Fn(&str) -> String,
}

impl Pairs<'_> {
    /// The pairs of one parameter; `name` is already encoded.
    pub(super) fn of(&self, name: String, value: &Value, how: &Serialization) -> Vec<(String, String)> {
        if let Some(text) = content(how, value) {
            return vec![(name, (self.value)(&text))];
        }
        let mut pairs = Vec::new();
        let explode = how.explode || how.style.is_none();
        let separator = match how.style {
            Some(Style::DeepObject) => {
                self.brackets(&mut pairs, name, value);
                return pairs;
            }
            Some(Style::SpaceDelimited) => "%20",
            Some(Style::PipeDelimited) => "%7C",
            Some(Style::TabDelimited) => "%09",
            _ => ",",
        };
        match value {
            Value::Object(fields) if explode && !fields.is_empty() => {
                for (key, field) in fields {
                    self.brackets(&mut pairs, (self.name)(key), field);
                }
            }
            _ => self.flat(&mut pairs, name, value, separator, explode),
        }
        pairs
    }

    /// One name, several values: repeated or joined. `separator` goes between encoded values, so that it cannot be
    /// mistaken for a part of one.
    pub(super) fn flat(
        &self,
        pairs: &mut Vec<(String, String)>,
        name: String,
        value: &Value,
        separator: &str,
        explode: bool,
    ) {
        let encode = |text: &str| match separator {
            // `allowReserved` would not encode it.
            "," if !explode => (self.value)(text).replace(',', "%2C"),
            _ => (self.value)(text),
        };
        let items: Vec<String> = match value {
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                return self.brackets(pairs, name, value);
            }
            Value::Array(items) => items.iter().map(|item| encode(&scalar(item))).collect(),
            Value::Object(fields) if fields.values().any(|field| field.is_object() || field.is_array()) => {
                return self.brackets(pairs, name, value);
            }
            Value::Object(fields) => {
                fields.iter().flat_map(|(key, field)| [encode(key), encode(&scalar(field))]).collect()
            }
            other => vec![(self.value)(&scalar(other))],
        };
        if explode && !items.is_empty() && value.is_array() {
            pairs.extend(items.into_iter().map(|item| (name.clone(), item)));
        } else {
            pairs.push((name, items.join(separator)));
        }
    }

    /// `name[key]=v`, `name[0]=v`, at any depth; `name` is already encoded.
    pub(super) fn brackets(&self, pairs: &mut Vec<(String, String)>, name: String, value: &Value) {
        // The brackets are part of the name.
        let below = |key: &str| format!("{name}{}{}{}", (self.name)("["), (self.name)(key), (self.name)("]"));
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, field) in fields {
                    self.brackets(pairs, below(key), field);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (n, item) in items.iter().enumerate() {
                    self.brackets(pairs, below(&n.to_string()), item);
                }
            }
            Value::Object(_) | Value::Array(_) => pairs.push((name, String::new())),
            other => pairs.push((name, (self.value)(&scalar(other)))),
        }
    }
}

/// `a,b`; objects `k,v` or, exploded, `k=v`. Every piece is encoded separately.
fn joined(value: &Value, separator: &str, explode: bool, encode: &dyn Fn(&str) -> String) -> String {
    let items: Vec<String> = match value {
        Value::Array(items) => items.iter().map(|item| encode(&scalar(item))).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| {
                format!("{}{}{}", encode(key), if explode { "=" } else { separator }, encode(&scalar(field)))
            })
            .collect(),
        other => return encode(&scalar(other)),
    };
    items.join(separator)
}

/// A scalar as JSON writes it, strings without their quotes, `null` as nothing; anything else as JSON.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
