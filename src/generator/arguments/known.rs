//! A cache of the flags of bodies and parameters: many operations share a body, and making flags is most of the work of
//! a generation.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::model::{Alternative, Argument};
use crate::openapi::{Document, Parameter, RequestBody, Schema};

/// The flags of one body, as they are when no parameter shares a name with them.
#[derive(Debug, Default)]
pub(in crate::generator) struct Fields {
    /// In document order.
    pub(in crate::generator) arguments: Vec<Arc<Argument>>,
    pub(super) alternatives: Vec<Alternative>,
    /// Names of the flags, including nested ones.
    pub(super) names: HashSet<String>,
    /// First keys of the flags.
    pub(super) keys: HashSet<String>,
    /// The key of these flags in the facts, once stored; `None` inside if each command has its own.
    pub(in crate::generator) stored: OnceLock<Option<String>>,
}

impl Fields {
    /// No parameter's flag has one of these names or keys.
    pub(super) fn are_apart_from<'n>(
        &self,
        mut names: impl Iterator<Item = &'n str>,
        mut keys: impl Iterator<Item = &'n str>,
    ) -> bool {
        !names.any(|name| self.names.contains(name)) && !keys.any(|key| self.keys.contains(key))
    }
}

/// What has been seen in one document.
#[derive(Debug, Default)]
pub(in crate::generator) struct Known {
    /// Bodies by everything that their flags depend on.
    bodies: Mutex<HashMap<Body, Arc<OnceLock<Arc<Fields>>>>>,
    /// Parameters by the address of their names; `None` inside for one that is not exactly one flag of its own name.
    parameters: Mutex<HashMap<usize, Option<Arc<Argument>>>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Body {
    required: bool,
    types: Vec<(String, Vec<usize>)>,
}

impl Known {
    /// The single flag of `parameter`, with the parameter's name: the cached one, or else what `make` gives.
    pub(super) fn parameter(
        &self,
        parameter: &Parameter<'_>,
        make: impl FnOnce() -> Option<Argument>,
    ) -> Option<Arc<Argument>> {
        // The name is a string within the Parameter Object, so its address is unique; the document does not move.
        let place = parameter.name.as_ptr().addr();
        let known = self.parameters.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        known.unwrap_or_else(|| {
            let made = make().map(Arc::new);
            self.parameters.lock().unwrap_or_else(PoisonError::into_inner).insert(place, made.clone());
            made
        })
    }

    /// The flags of `body`: the cached ones, or else what `make` gives.
    pub(super) fn body(
        &self,
        document: &Document,
        body: &RequestBody<'_>,
        make: impl FnOnce() -> Fields,
    ) -> Arc<Fields> {
        // Values are identified by their addresses: the document does not move.
        let address = |value: &Value| std::ptr::from_ref(value).addr();
        let types = body.content.iter().map(|media| {
            let schema = Schema::new(document, media.schema).value();
            let reference = media.schema.get("$ref").map_or(0, |_| address(schema));
            let places =
                [media.schema, media.encoding].map(|value| if value.is_null() { 0 } else { address(value) });
            // Two references to one schema are the same schema, wherever they are.
            let places = if reference == 0 { places.to_vec() } else { vec![reference, places[1]] };
            let written = media.schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
            (format!("{}\n{}\n{written}", media.name, media.sent), places)
        });
        let key = Body { required: body.required, types: types.collect() };
        let place = {
            let mut known = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        // Outside of the lock, so that only threads that need the same body wait for it.
        Arc::clone(place.get_or_init(|| Arc::new(make())))
    }
}
