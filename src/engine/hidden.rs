//! Places of an answer that contain a secret.
//!
//! A script may pass such a place along and return it, but it ends when it reads the text itself, for whatever purpose: the
//! mark that is shown to the user would tell a script whether something it had sent before was the secret. So nothing that a
//! script can observe and survive may depend on whether a value is [`Hidden`]: its type name is that of a string, string
//! operations on it end the script, and errors about it cannot be caught ([`super::guarded`]).

use std::rc::Rc;

use rhai::{Array, Dynamic, FnPtr, Map as RhaiMap, Module};
use serde_json::Value;

use super::define::define;
use super::raise::{Answer, stop};

/// A text, or something with a text in it, that a script may hold but not read.
#[derive(Clone)]
pub(super) struct Hidden(Rc<HiddenText>);

struct HiddenText {
    /// What the user sees of it.
    shown: Value,
    /// `GET /v1/me`.
    request: Rc<str>,
    /// Where in the answer.
    place: String,
}

impl Hidden {
    pub(super) fn new(shown: Value, request: &Rc<str>, place: String) -> Self {
        Self(Rc::new(HiddenText { shown, request: Rc::clone(request), place }))
    }

    /// What the user sees of it.
    pub(super) fn shown(&self) -> &Value {
        &self.0.shown
    }

    /// Ends the script.
    pub(super) fn refuse(&self) -> Box<rhai::EvalAltResult> {
        refuse(&self.0.request, &self.0.place)
    }
}

/// Ends a script that read a hidden place.
pub(super) fn refuse(request: &str, place: &str) -> Box<rhai::EvalAltResult> {
    stop(
        format!("the script reads a text with a credential in it: {place} of the answer to `{request}`"),
        "scripts never see credentials: return the answer itself, or read another part of it",
    )
}

/// The first hidden place within a value.
fn within(value: &Dynamic) -> Option<Hidden> {
    if let Some(hidden) = value.read_lock::<Hidden>() {
        return Some(hidden.clone());
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().find_map(within);
    }
    if let Some(fields) = value.read_lock::<RhaiMap>() {
        return fields.values().find_map(within);
    }
    value.read_lock::<FnPtr>().and_then(|function| function.iter_curry().find_map(within))
}

/// The value, if there is no hidden place in it.
pub(super) fn open(value: &Dynamic) -> Answer<()> {
    within(value).map_or(Ok(()), |hidden| Err(hidden.refuse()))
}

/// The functions that guards add to a script.
pub(super) fn guards(module: &mut Module) {
    // A `switch` compares without an operator.
    define(module, "opened", |value: Dynamic| {
        open(&value)?;
        Ok(value)
    });
}
