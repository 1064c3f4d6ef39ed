//! The flags of bodies and parameters that were met before: one body belongs to many operations, and to make flags is
//! most of the work of a generation.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::model::{Alternative, Argument};
use crate::openapi::{Document, Parameter, RequestBody, Schema};

/// The flags of one body, as they are where no parameter has a name of theirs.
#[derive(Debug, Default)]
pub(in crate::generator) struct Fields {
    /// In document order.
    pub(in crate::generator) arguments: Vec<Arc<Argument>>,
    pub(super) alternatives: Vec<Alternative>,
    /// Names of the flags, nested ones too.
    pub(super) names: HashSet<String>,
    /// First keys of the flags.
    pub(super) keys: HashSet<String>,
    /// The key under which the facts have them, once they were stored; `None` inside if each command has its own.
    pub(in crate::generator) stored: OnceLock<Option<String>>,
}

impl Fields {
    /// No flag of the parameters has a name or a key of these.
    pub(super) fn are_apart_from<'n>(
        &self,
        mut names: impl Iterator<Item = &'n str>,
        mut keys: impl Iterator<Item = &'n str>,
    ) -> bool {
        !names.any(|name| self.names.contains(name)) && !keys.any(|key| self.keys.contains(key))
    }
}

/// What was met of one document.
#[derive(Debug, Default)]
pub(in crate::generator) struct Known {
    /// Bodies by all that their flags depend on.
    bodies: Mutex<HashMap<Body, Arc<OnceLock<Arc<Fields>>>>>,
    /// Parameters by where their names stand; `None` inside for one that is more than one flag of its own name.
    parameters: Mutex<HashMap<usize, Option<Arc<Argument>>>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Body {
    required: bool,
    types: Vec<(String, Vec<usize>)>,
}

impl Known {
    /// The one flag of `parameter`, called as the parameter is: the one that was made before, else what `make` gives.
    pub(super) fn parameter(
        &self,
        parameter: &Parameter<'_>,
        make: impl FnOnce() -> Option<Argument>,
    ) -> Option<Arc<Argument>> {
        // The name is a text of the Parameter Object, which is no other's; the document stays where it is.
        let place = parameter.name.as_ptr().addr();
        let known = self.parameters.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        known.unwrap_or_else(|| {
            let made = make().map(Arc::new);
            self.parameters.lock().unwrap_or_else(PoisonError::into_inner).insert(place, made.clone());
            made
        })
    }

    /// The flags of `body`: those that were made before, else what `make` gives.
    pub(super) fn body(
        &self,
        document: &Document,
        body: &RequestBody<'_>,
        make: impl FnOnce() -> Fields,
    ) -> Arc<Fields> {
        // Values are told apart by their addresses: the document stays where it is.
        let address = |value: &Value| std::ptr::from_ref(value).addr();
        let types = body.content.iter().map(|media| {
            let schema = Schema::new(document, media.schema).value();
            let reference = media.schema.get("$ref").map_or(0, |_| address(schema));
            let places =
                [media.schema, media.encoding].map(|value| if value.is_null() { 0 } else { address(value) });
            // Two references to one schema are one schema, wherever they stand.
            let places = if reference == 0 { places.to_vec() } else { vec![reference, places[1]] };
            let written = media.schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
            (format!("{}\n{}\n{written}", media.name, media.sent), places)
        });
        let key = Body { required: body.required, types: types.collect() };
        let place = {
            let mut known = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        // Outside of the lock, so that only who needs the same body waits for it.
        Arc::clone(place.get_or_init(|| Arc::new(make())))
    }
}
