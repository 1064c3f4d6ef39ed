//! An answer as scripts see it: its content, except for hidden places.

use std::cell::OnceCell;
use std::rc::Rc;

use rhai::{Array, Dynamic, Map as RhaiMap};
use serde_json::Value;

use super::budget::Budget;
use super::convert;
use super::current::{Running, current};
use super::data::from_json;
use super::hidden::{self, Hidden};
use super::json::{self, Unread};
use super::limits::Limit;
use super::raise::{Answer, broke, stop, thrown};
use crate::http::{Response, Secrets, masked};

/// A larger answer with hidden places is not taken apart.
const TAKEN_APART: usize = 16 << 20;

/// An answer, and what is known about it.
pub(super) struct Seen {
    pub(super) response: Rc<Response>,
    /// `GET /v1/me`.
    request: Rc<str>,
    secrets: Secrets,
    /// The script can hold hidden places without reading them.
    guarded: bool,
    /// The first byte of the body that belongs to a secret.
    first: OnceCell<Option<usize>>,
    /// For each header, whether it is hidden.
    headers: OnceCell<Vec<bool>>,
    running: std::rc::Weak<Running>,
}

impl Seen {
    pub(super) fn new(running: &Rc<Running>, request: Rc<str>, response: Rc<Response>) -> Self {
        Self {
            response,
            request,
            secrets: running.secrets.clone(),
            guarded: running.guarded,
            first: OnceCell::new(),
            headers: OnceCell::new(),
            running: Rc::downgrade(running),
        }
    }

    /// Ends the script if this answer came from another origin.
    pub(super) fn own(&self) -> Answer<&Response> {
        match &self.response.foreign {
            None => Ok(&self.response),
            Some(origin) => Err(stop(
                format!("the answer of `{origin}` is only for the user: the server redirected there"),
                "a script may return it, but not read it",
            )),
        }
    }

    fn first(&self) -> Option<usize> {
        let find = || self.secrets.in_script(self.response.body.bytes()).first().map(|place| place.start);
        *self.first.get_or_init(find)
    }

    /// Whether there is a secret in the body.
    pub(super) fn is_hidden(&self) -> bool {
        self.first().is_some()
    }

    /// Whether a value with hidden places may be handed out; from then on errors about it cannot be caught.
    fn seal(&self, place: &str) -> bool {
        if let Some(running) = self.running.upgrade().filter(|_| self.guarded) {
            running.sealed.replace(Some(format!("{place} of the answer to `{}`", self.request)));
            return true;
        }
        false
    }

    fn place_in_body(&self, first: usize) -> String {
        let before = self.response.body.bytes().get(..first).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        format!("line {line}, byte {column} of the body")
    }

    /// The body as text, if it is short enough to be one.
    pub(super) fn text(&self) -> Answer<String> {
        let response = self.own()?;
        let most = current().running().map_or(usize::MAX, |running| running.limits.string_size);
        if response.body.bytes().len() > most {
            return Err(broke(Limit::StringSize));
        }
        match self.first() {
            Some(first) => Err(hidden::refuse(&self.request, &self.place_in_body(first))),
            None => Ok(String::from_utf8_lossy(response.body.bytes()).into_owned()),
        }
    }

    /// The body as data, with hidden places in it.
    pub(super) fn json(&self) -> Answer<Dynamic> {
        let response = self.own()?;
        let unread = |unread: Unread| match unread {
            Unread::Limit(limit) => broke(limit),
            Unread::Json(error) => {
                thrown(format!("the answer is not readable JSON: {error}; see `response.text`"))
            }
        };
        let mut budget = Budget::of_call();
        match self.first() {
            None => json::script_value(response.body.bytes(), &mut budget).map_err(unread),
            Some(first) => {
                if response.body.bytes().len() > TAKEN_APART {
                    return Err(hidden::refuse(&self.request, &self.place_in_body(first)));
                }
                // A script gets a copy with hidden places in it, which has to fit as any value does.
                let value = json::host_value(response.body.bytes(), &mut budget).map_err(unread)?;
                drop(convert::to_script(&value, &mut budget).map_err(broke)?);
                if !self.seal(&self.place_in_body(first)) {
                    return Err(hidden::refuse(&self.request, &self.place_in_body(first)));
                }
                let mut found = false;
                let data = self.data(&value, &mut String::new(), &mut found);
                // A secret with a bracket in it may span several values.
                Ok(if found { data } else { self.whole(&value, "the body".to_owned()) })
            }
        }
    }

    /// Data of this answer as a script may hold it.
    pub(super) fn value(&self, value: &Value) -> Answer<Dynamic> {
        match self.first() {
            None => convert::to_script(value, &mut Budget::of_call()).map_err(broke),
            Some(first) if !self.seal(&self.place_in_body(first)) => {
                Err(hidden::refuse(&self.request, &self.place_in_body(first)))
            }
            Some(_) => {
                drop(convert::to_script(value, &mut Budget::of_call()).map_err(broke)?);
                Ok(self.data(value, &mut String::new(), &mut false))
            }
        }
    }

    fn holds(&self, text: &str) -> bool {
        !self.secrets.in_script(text.as_bytes()).is_empty()
    }

    fn data(&self, value: &Value, pointer: &mut String, found: &mut bool) -> Dynamic {
        match value {
            Value::String(text) if self.holds(text) => {
                *found = true;
                self.whole(value, format!("`{pointer}`"))
            }
            Value::Number(number) if self.holds(&number.to_string()) => {
                *found = true;
                self.whole(value, format!("`{pointer}`"))
            }
            // Any function for maps can read a key.
            Value::Object(fields) if fields.keys().any(|key| self.holds(key)) => {
                *found = true;
                self.whole(value, format!("the keys of `{pointer}`"))
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(key, item)| {
                    (key.as_str().into(), self.below(item, pointer, &escaped(key), found))
                });
                fields.collect::<RhaiMap>().into()
            }
            Value::Array(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(n, item)| self.below(item, pointer, &n.to_string(), found));
                items.collect::<Array>().into()
            }
            value => from_json(value),
        }
    }

    fn below(&self, item: &Value, pointer: &mut String, step: &str, found: &mut bool) -> Dynamic {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(step);
        let data = self.data(item, pointer, found);
        pointer.truncate(length);
        data
    }

    fn whole(&self, value: &Value, place: String) -> Dynamic {
        Dynamic::from(Hidden::new(self.shown(value), &self.request, place))
    }

    /// Data with marks in place of secrets.
    fn shown(&self, value: &Value) -> Value {
        let mask = |text: &str| masked(text, &self.secrets.in_script(text.as_bytes()));
        match value {
            Value::String(text) => Value::String(mask(text)),
            Value::Number(number) => {
                let text = number.to_string();
                if self.holds(&text) { Value::String(mask(&text)) } else { value.clone() }
            }
            Value::Array(items) => items.iter().map(|item| self.shown(item)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, item)| (mask(key), self.shown(item))).collect())
            }
            other => other.clone(),
        }
    }

    /// A text made from this answer, for a map that a script gets.
    pub(super) fn told(&self, text: String, place: &str) -> Answer<Dynamic> {
        if !self.holds(&text) {
            return Ok(text.into());
        }
        if self.seal(place) {
            return Ok(self.whole(&Value::String(text), place.to_owned()));
        }
        Err(hidden::refuse(&self.request, place))
    }

    /// For each header, whether it contains a secret or half of one.
    fn hidden_headers(&self) -> &[bool] {
        self.headers.get_or_init(|| {
            let headers = &self.response.headers;
            let values: Vec<&str> = headers.iter().map(|(_, value)| value.as_str()).collect();
            let halves = self.secrets.halves(&values);
            values.iter().zip(halves).map(|(value, half)| half || self.holds(value)).collect()
        })
    }

    /// All headers but `set-cookie`: a session is a secret too. Values of the same name are joined by a comma
    /// (RFC 9110, 5.3).
    pub(super) fn headers(&self) -> Answer<RhaiMap> {
        let response = self.own()?;
        let mut map: std::collections::BTreeMap<&str, (String, bool)> = std::collections::BTreeMap::new();
        let named = response.headers.iter().zip(self.hidden_headers());
        for ((name, value), hidden) in named.filter(|((name, _), _)| !is_session(name)) {
            if self.holds(name) {
                return Err(hidden::refuse(&self.request, "the name of a header"));
            }
            let (joined, any) = map.entry(name).or_default();
            if !joined.is_empty() {
                joined.push_str(", ");
            }
            joined.push_str(value);
            *any |= hidden;
        }
        let headers = map.into_iter().map(|(name, (value, hidden))| {
            let place = format!("the header `{name}`");
            let value = match hidden {
                false => value.into(),
                true if self.seal(&place) => {
                    Dynamic::from(Hidden::new(Value::String("***".to_owned()), &self.request, place))
                }
                true => return Err(hidden::refuse(&self.request, &place)),
            };
            Ok((name.into(), value))
        });
        headers.collect()
    }

    /// How many seconds the server asks to wait, `()` if it does not say. A number may be a secret too.
    pub(super) fn retry_after(&self) -> Answer<Dynamic> {
        let headers = &self.response.headers;
        let found = headers.iter().position(|(name, _)| name == "retry-after");
        let Some((n, text)) = found.and_then(|n| Some((n, headers.get(n)?.1.as_str()))) else {
            return Ok(Dynamic::UNIT);
        };
        if self.hidden_headers().get(n).copied().unwrap_or(true) {
            return self.told(text.to_owned(), "the header `retry-after`");
        }
        let seconds = text.trim().parse::<u32>().ok();
        Ok(seconds.map_or(Dynamic::UNIT, |seconds| i64::from(seconds).into()))
    }

    /// The first header of a name, `()` if there is none.
    pub(super) fn header(&self, name: &str) -> Answer<Dynamic> {
        let response = self.own()?;
        if is_session(name) {
            return Ok(Dynamic::UNIT);
        }
        let found = response.headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((n, (name, value))) = found.and_then(|n| Some((n, response.headers.get(n)?))) else {
            return Ok(Dynamic::UNIT);
        };
        if self.hidden_headers().get(n).copied().unwrap_or(true) {
            return Err(hidden::refuse(&self.request, &format!("the header `{name}`")));
        }
        Ok(value.into())
    }
}

fn is_session(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie")
}

/// A step of a JSON pointer (RFC 6901).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
