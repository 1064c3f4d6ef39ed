//! From a script's draft to the request that is sent.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::call::InputBody;
use super::current::Running;
use super::draft::{Content, Draft, Query, Shape};
use super::parts::parts;
use super::value::merge;
use super::wire::{HttpError, encode_own_query, encode_path, form_body, form_pairs, query_pairs};
use crate::http::{Body, Request};
use crate::model::{Encoding, Pair};

/// Why a draft is no request.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The request layer refuses a value.
    Http(HttpError),
    /// Fields were given besides a `--body` that has none.
    BodyIsNoObject,
    /// A file's path is not a path.
    NoPath(String),
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
        Content::Given => match &running.body {
            Some(given) => as_given(running, given, draft.content_type),
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
        headers.insert("user-agent".to_owned(), running.user_agent.clone());
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
            None => running.server.trim_end_matches('/').to_owned(),
        },
        path: encode_path(&draft.path, &draft.path_values)?,
        query,
        headers: headers.into_iter().collect(),
        body,
        credentials: Vec::new(),
    })
}

/// The flags that are not named, given out once.
struct Rest<'a> {
    running: &'a Running,
    taken: HashSet<String>,
}

impl Rest<'_> {
    /// The fields of a map that were not given out yet, in the order in which the person gave them. Only what is
    /// a flag of this call is sent once; a map that the script made itself is its own business.
    fn take(&mut self, mut fields: Map<String, Value>) -> Map<String, Value> {
        let flags = &self.running.flags;
        let mut ordered = Map::new();
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
    let flag = running.facts.as_ref().and_then(|facts| facts.flag(key));
    let (style, explode) = flag.map_or((None, true), |flag| (flag.style, flag.explode));
    query_pairs(wire_name(running, key), value, style, explode)
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
                    // What the script set by name is meant instead of the flag, not besides it.
                    if !set.contains(wire_name(running, &key)) {
                        pairs.extend(flag_pairs(running, &key, &value));
                    }
                }
            }
        }
    }
    Ok(pairs)
}

/// `--body` with the fields merged onto it.
fn body(
    running: &Running,
    shape: Shape,
    fields: Map<String, Value>,
    content_type: Option<String>,
) -> Result<Body, Flaw> {
    let named: Map<String, Value> =
        fields.into_iter().map(|(key, value)| (wire_name(running, &key).to_owned(), value)).collect();
    let fields = match &running.body {
        Some(given) if named.is_empty() && stands_alone(given, shape) => {
            return Ok(as_given(running, given, content_type.or_else(|| Some(default_type(running, shape)))));
        }
        Some(InputBody::Json(Value::Object(base)) | InputBody::JsonText(_, Value::Object(base))) => {
            let mut base = base.clone();
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
    let style_of = |wire: &str| running.facts.as_ref().and_then(|facts| facts.style_of_wire(wire));
    let bytes = match shape {
        Shape::Multipart => return Ok(Body::Multipart(parts(running, fields, &style_of)?)),
        Shape::Form => form_body(&form_pairs(&fields, &style_of)),
        Shape::Json => Value::Object(fields).to_string().into_bytes(),
    };
    Ok(Body::Bytes { content_type: content_type.unwrap_or_else(|| default_type(running, shape)), bytes })
}

/// Whether a body is sent as it was given where no field comes to it.
fn stands_alone(given: &InputBody, shape: Shape) -> bool {
    match given {
        InputBody::Json(value) => !value.is_object(),
        InputBody::JsonText(_, value) => !value.is_object() || matches!(shape, Shape::Json),
        InputBody::Bytes(_) | InputBody::File(_) => true,
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
    let known = body.filter(|body| body.encoding == encoding).map(|body| body.content_type.clone());
    known.unwrap_or_else(|| usual.to_owned())
}

/// `--body` and nothing else.
fn as_given(running: &Running, given: &InputBody, content_type: Option<String>) -> Body {
    let known = running.facts.as_ref().and_then(|facts| facts.body.as_ref());
    let usual = match given {
        InputBody::Json(_) | InputBody::JsonText(..) => "application/json",
        InputBody::Bytes(_) | InputBody::File(_) => "application/octet-stream",
    };
    let content_type = content_type
        .or_else(|| known.map(|body| body.content_type.clone()))
        .unwrap_or_else(|| usual.to_owned());
    match given {
        InputBody::Json(value) => Body::Bytes { content_type, bytes: value.to_string().into_bytes() },
        InputBody::JsonText(text, _) => Body::Bytes { content_type, bytes: text.clone().into_bytes() },
        InputBody::Bytes(bytes) => Body::Bytes { content_type, bytes: bytes.clone() },
        InputBody::File(path) => Body::File { content_type, path: path.clone() },
    }
}
