//! The flags of bodies that were met before: one body belongs to many operations, and to make the flags of bodies is
//! most of the work of a generation.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::names::Names;
use crate::model::{Alternative, Argument};
use crate::openapi::{Document, RequestBody, Schema};

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
    pub(super) fn are_apart_from(&self, parameters: &Names<'_>) -> bool {
        !parameters.names().any(|name| self.names.contains(name))
            && !parameters.keys().any(|key| self.keys.contains(key))
    }
}

/// The bodies that were met, by all that their flags depend on.
#[derive(Debug, Default)]
pub(in crate::generator) struct KnownBodies(Mutex<HashMap<Key, Arc<OnceLock<Arc<Fields>>>>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    required: bool,
    types: Vec<(String, Vec<usize>)>,
}

impl KnownBodies {
    /// The flags of `body`: those that were made before, else what `make` gives.
    pub(super) fn get(
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
            (format!("{} {}", media.name, media.sent), places)
        });
        let key = Key { required: body.required, types: types.collect() };
        let place = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        // Outside of the lock, so that only who needs the same body waits for it.
        Arc::clone(place.get_or_init(|| Arc::new(make())))
    }
}
