use indexmap::IndexMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::Error;
use crate::model::{PathTemplate, Segment, Style};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for names, where brackets stay as they are.
const NAME: &AsciiSet = &RESERVED.remove(b'[').remove(b']');

/// The path with each value encoded as one segment (RFC 3986, 3.3).
pub fn encode_path(template: &PathTemplate, values: &IndexMap<String, String>) -> Result<String, Error> {
    let mut path = String::new();
    for segment in template.segments() {
        let start = path.len();
        path.push('/');
        for piece in segment {
            match piece {
                Segment::Literal(text) => path.push_str(text),
                Segment::Parameter(name) => {
                    let value = values
                        .get(name)
                        .ok_or_else(|| Error::MissingPathValue { parameter: name.clone() })?;
                    if value.is_empty() {
                        return Err(Error::BadPathValue { parameter: name.clone() });
                    }
                    path.extend(utf8_percent_encode(value, RESERVED));
                }
            }
        }
        if matches!(path.get(start..), Some("/." | "/..")) {
            let parameter = template.parameters().first().map(|name| (*name).to_owned()).unwrap_or_default();
            return Err(Error::BadPathValue { parameter });
        }
    }
    Ok(path)
}

/// The percent-encoded pairs of one query parameter.
pub fn query_pairs(name: &str, value: &Value, style: Option<Style>, explode: bool) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    match (value, style) {
        (Value::Object(_), Some(Style::DeepObject)) | (Value::Array(_), Some(Style::DeepObject)) => {
            nested(name, value, &mut pairs);
        }
        (Value::Array(items), _) if style.is_none() || explode => {
            pairs.extend(items.iter().map(|item| pair(name, item)));
        }
        (Value::Array(items), _) => {
            let joined: Vec<String> = items.iter().map(encoded).collect();
            pairs.push((encode(name), joined.join(",")));
        }
        _ => nested(name, value, &mut pairs),
    }
    pairs
}

/// The percent-encoded pairs of an `application/x-www-form-urlencoded` body.
pub fn form_pairs(
    fields: &Map<String, Value>,
    style_of: &dyn Fn(&str) -> Option<(Style, bool)>,
) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match (value, style_of(name)) {
            (Value::Array(items), style)
                if !matches!(style, Some((Style::DeepObject, _)))
                    && items.iter().all(|item| !item.is_object() && !item.is_array())
                    && !items.is_empty() =>
            {
                pairs.extend(items.iter().map(|item| pair(name, item)));
            }
            _ => nested(name, value, &mut pairs),
        }
    }
    pairs
}

/// The pairs as they are sent.
pub fn form_body(pairs: &[(String, String)]) -> Vec<u8> {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&").into_bytes()
}

/// A header's value, in OpenAPI's `simple` style.
pub fn header_value(value: &Value) -> Result<String, Error> {
    let text = match value {
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => plain(other),
    };
    if text.chars().any(char::is_control) { Err(Error::BadHeader) } else { Ok(text) }
}

fn nested(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                nested(&format!("{name}[{key}]"), value, pairs);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (n, item) in items.iter().enumerate() {
                nested(&format!("{name}[{n}]"), item, pairs);
            }
        }
        other => pairs.push(pair(name, other)),
    }
}

fn pair(name: &str, value: &Value) -> (String, String) {
    (encode(name), encoded(value))
}

fn encode(name: &str) -> String {
    utf8_percent_encode(name, NAME).to_string()
}

fn encoded(value: &Value) -> String {
    utf8_percent_encode(&plain(value), RESERVED).to_string()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) if items.is_empty() => String::new(),
        other => other.to_string(),
    }
}
