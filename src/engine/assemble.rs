//! From a script's draft to the request that is sent.

use std::collections::HashSet;

use serde_json::Value;

use super::current::Running;
use super::draft::{Content, Draft, Query, Shape};
use super::field::{self, Fields, fields_of, merge};
use super::media_range::member;
use super::parts::parts;
use super::types::InputBody;
use super::wire::{
    HttpError, Serialization, encode_own_query, encode_path, form_body, form_pairs, query_pairs,
};
use crate::http::{Body, Request, Source};
use crate::model::{Encoding, Pair};

/// Why a draft cannot become a request.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The request layer refuses a value.
    Http(HttpError),
    /// Fields were given in addition to a `--body` that has none.
    BodyIsNoObject,
    /// There is a file where only data is possible.
    NoData(String),
    /// Fields were given for a body of a media type that has none.
    NoFields(String),
}

impl From<HttpError> for Flaw {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

/// The request without its credentials.
pub(super) fn assemble(running: &Running, mut draft: Draft) -> Result<Request, Flaw> {
    let mut rest = Rest { running, taken: std::mem::take(&mut draft.taken) };
    let query = query(running, &draft, &mut rest)?;
    let body = match draft.content {
        Content::None => Body::Empty,
        Content::Fields(shape, fields) => body(running, shape, rest.take(fields), draft.content_type)?,
        Content::Given => match &running.values.body {
            Some(given) => as_given(running, given, chosen(running).or(draft.content_type)),
            None => Body::Empty,
        },
        Content::Text(text) => Body::Bytes {
            content_type: draft.content_type.unwrap_or_else(|| "text/plain; charset=utf-8".to_owned()),
            bytes: text.into_bytes(),
        },
    };
    let mut headers = draft.headers;
    if !headers.contains_key("accept") {
        let accept = running.facts.as_ref().and_then(|facts| facts.accept.clone());
        headers
            .insert("accept".to_owned(), accept.unwrap_or_else(|| "application/json, */*;q=0.8".to_owned()));
    }
    if !headers.contains_key("user-agent") {
        headers.insert("user-agent".to_owned(), running.sender.user_agent.to_owned());
    }
    for (name, value) in &running.to.headers {
        headers.entry(name.to_ascii_lowercase()).or_insert_with(|| value.clone());
    }
    if !draft.cookies.is_empty() {
        let cookies: Vec<String> =
            draft.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.insert("cookie".to_owned(), cookies.join("; "));
    }
    Ok(Request {
        method: draft.method,
        base: match draft.origin {
            Some(origin) => origin.as_str().to_owned(),
            None => running.to.server.trim_end_matches('/').to_owned(),
        },
        path: encode_path(&draft.path, &draft.path_values)?,
        query,
        headers: headers.into_iter().collect(),
        body,
        credentials: Vec::new(),
    })
}

/// The flags that are not named, each used once.
struct Rest<'a> {
    running: &'a Running,
    taken: HashSet<String>,
}

impl Rest<'_> {
    /// The fields of a map that were not used yet, in the order in which the user gave them. Only flags of this call are
    /// sent once; a map that the script made itself is left to the script.
    fn take(&mut self, mut fields: Fields) -> Fields {
        let flags = &self.running.values.flags;
        let mut ordered = Fields::new();
        for key in flags.keys() {
            if let Some(value) = fields.shift_remove(key)
                && self.taken.insert(key.clone())
            {
                ordered.insert(key.clone(), value);
            }
        }
        ordered.extend(fields);
        ordered
    }
}

/// The name in the request of the flag with that key.
pub(super) fn wire_name<'a>(running: &'a Running, key: &'a str) -> &'a str {
    let flag = running.facts.as_ref().and_then(|facts| facts.flag(key));
    flag.and_then(|flag| flag.wire_name()).unwrap_or(key)
}

/// The pairs of the flag with that key, under its name in the request.
pub(super) fn flag_pairs(running: &Running, key: &str, value: &Value) -> Vec<(String, String)> {
    query_pairs(wire_name(running, key), value, &how(running, key))
}

/// How the flag with that key is serialized.
pub(super) fn how(running: &Running, key: &str) -> Serialization {
    let flag = running.facts.as_ref().and_then(|facts| facts.flag(key));
    flag.map(|flag| flag.how.clone()).unwrap_or_default()
}

/// The media type that the user chose.
fn chosen(running: &Running) -> Option<String> {
    running.values.media.as_ref().map(|media| media.content_type.clone())
}

fn query(running: &Running, draft: &Draft, rest: &mut Rest<'_>) -> Result<Vec<(String, String)>, Flaw> {
    let mut set: HashSet<String> = draft
        .query
        .iter()
        .filter_map(|piece| match piece {
            Query::Named(name, _) => Some(name.clone()),
            Query::Rest(_) => None,
        })
        .collect();
    let mut pairs = encode_own_query(&draft.path, &draft.path_values, &|name| set.contains(name))?;
    set.extend(draft.path.query().iter().filter_map(Pair::plain_name));
    for piece in &draft.query {
        match piece {
            Query::Named(_, named) => pairs.extend(named.iter().cloned()),
            Query::Rest(fields) => {
                for (key, value) in rest.take(fields.clone()) {
                    // What the script set by name replaces the flag.
                    if !set.contains(wire_name(running, &key)) {
                        let value = value.json().ok_or_else(|| Flaw::NoData(key.clone()))?;
                        pairs.extend(flag_pairs(running, &key, &value));
                    }
                }
            }
        }
    }
    Ok(pairs)
}

/// `--body` with the fields merged onto it.
///
/// A media type that the user chose takes precedence over the one that the script is written for: the fields are the same.
fn body(running: &Running, shape: Shape, fields: Fields, content_type: Option<String>) -> Result<Body, Flaw> {
    let content_type = chosen(running).or(content_type);
    let shape = match running.values.media.as_ref().map(|media| media.encoding) {
        None => Some(shape),
        Some(Encoding::Json) => Some(Shape::Json),
        Some(Encoding::Form) => Some(Shape::Form),
        Some(Encoding::Multipart) => Some(Shape::Multipart),
        Some(Encoding::Lines | Encoding::Raw) => None,
    };
    let named: Fields =
        fields.into_iter().map(|(key, value)| (wire_name(running, &key).to_owned(), value)).collect();
    let Some(shape) = shape else {
        return match &running.values.body {
            _ if !named.is_empty() => Err(Flaw::NoFields(content_type.unwrap_or_default())),
            Some(given) => Ok(as_given(running, given, content_type)),
            None => Ok(Body::Empty),
        };
    };
    let fields = match &running.values.body {
        Some(given) if named.is_empty() && stands_alone(given, shape) => {
            return Ok(as_given(running, given, content_type.or_else(|| Some(default_type(running, shape)))));
        }
        Some(InputBody::Json(Value::Object(base)) | InputBody::JsonText(_, Value::Object(base))) => {
            let mut base = fields_of(base.clone());
            merge(&mut base, named);
            base
        }
        Some(InputBody::WithFiles(Value::Object(base), files)) => {
            let mut base = fields_of(base.clone());
            files.iter().for_each(|at| field::put(&mut base, &at.place, &at.file));
            merge(&mut base, named);
            base
        }
        Some(_) => return Err(Flaw::BodyIsNoObject),
        None => {
            let body = running.facts.as_ref().map(|facts| facts.body.as_ref());
            let optional = body.is_some_and(|body| body.is_none_or(|body| !body.required));
            if named.is_empty() && optional {
                return Ok(Body::Empty);
            }
            named
        }
    };
    let content_type = content_type.unwrap_or_else(|| default_type(running, shape));
    let how_of = |wire: &str| running.facts.as_ref().and_then(|facts| facts.field(wire)).cloned();
    if matches!(shape, Shape::Multipart) {
        return Ok(Body::Multipart { content_type, parts: parts(running, fields, &how_of) });
    }
    let fields = field::to_map(fields).map_err(Flaw::NoData)?;
    let bytes = match shape {
        Shape::Form => form_body(&form_pairs(&fields, &how_of)),
        Shape::Json | Shape::Multipart => Value::Object(fields).to_string().into_bytes(),
    };
    Ok(Body::Bytes { content_type, bytes })
}

/// Whether a body is sent unchanged if no field is added to it.
fn stands_alone(given: &InputBody, shape: Shape) -> bool {
    match given {
        InputBody::Json(value) => !value.is_object(),
        InputBody::WithFiles(..) => false,
        InputBody::JsonText(_, value) => !value.is_object() || matches!(shape, Shape::Json),
        InputBody::Bytes(_) | InputBody::File(_) | InputBody::Spool(_) => true,
    }
}

/// The media type of the facts if it fits, else the usual one.
fn default_type(running: &Running, shape: Shape) -> String {
    let (encoding, usual) = match shape {
        Shape::Form => (Encoding::Form, "application/x-www-form-urlencoded"),
        Shape::Json => (Encoding::Json, "application/json"),
        Shape::Multipart => (Encoding::Multipart, "multipart/form-data"),
    };
    let body = running.facts.as_ref().and_then(|facts| facts.body.as_ref());
    let known = body.and_then(|body| {
        if body.encoding == encoding {
            return Some(&body.content_type);
        }
        body.other_types.iter().find(|other| other.encoding == encoding).map(|other| &other.content_type)
    });
    known.cloned().unwrap_or_else(|| usual.to_owned())
}

/// `--body` and nothing else.
fn as_given(running: &Running, given: &InputBody, content_type: Option<String>) -> Body {
    let known = running.facts.as_ref().and_then(|facts| facts.body.as_ref());
    let usual = match given {
        InputBody::Json(_) | InputBody::JsonText(..) | InputBody::WithFiles(..) => "application/json",
        InputBody::Bytes(_) | InputBody::File(_) | InputBody::Spool(_) => "application/octet-stream",
    };
    let content_type = content_type
        .or_else(|| known.map(|body| body.content_type.clone()))
        .unwrap_or_else(|| usual.to_owned());
    let name = match given {
        InputBody::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        _ => None,
    };
    let content_type = member(&content_type, name.as_deref());
    match given {
        InputBody::Json(value) | InputBody::WithFiles(value, _) => {
            Body::Bytes { content_type, bytes: value.to_string().into_bytes() }
        }
        InputBody::JsonText(text, _) => Body::Bytes { content_type, bytes: text.clone().into_bytes() },
        InputBody::Bytes(bytes) => Body::Bytes { content_type, bytes: bytes.clone() },
        InputBody::File(path) => Body::Streamed { content_type, source: Source::Path(path.clone()) },
        InputBody::Spool(spool) => Body::Streamed { content_type, source: Source::Open(spool.clone()) },
    }
}
