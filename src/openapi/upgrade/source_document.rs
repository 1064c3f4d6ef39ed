//! One of the documents that a document consists of.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::dialect::{Dialect, PARTS};
use super::kind::NodeKind;
use super::swagger;
use crate::openapi::loaded::Loaded;
use crate::openapi::{pointer, uri};

/// Why a reference to another document cannot be followed.
pub(super) enum Unread {
    /// Other documents are not read.
    Unasked,
    /// It was tried.
    Failed {
        /// What it refers to, absolute if possible.
        uri: String,
        /// Why it could not be read.
        reason: String,
    },
}

/// A document while it is being walked.
pub(super) struct SourceDocument {
    pub(super) value: Value,
    /// Where it came from.
    pub(super) uri: Option<String>,
    /// Its name under [`PARTS`]; empty for the document itself.
    pub(super) key: String,
    /// The first reference to it.
    pub(super) shown: String,
    pub(super) dialect: Dialect,
    /// Pointers that are walked separately.
    pub(super) seen: HashMap<String, NodeKind>,
    /// `$anchor` and `$dynamicAnchor`, to pointers.
    pub(super) anchors: HashMap<String, String>,
    /// `$id` and `$self`, absolute, to pointers.
    ids: HashMap<String, String>,
    /// Names of schemas, for references that consist of a bare name.
    pub(super) names: HashSet<String>,
    /// Swagger 2.0: names of shared parameters that are in `body` or `formData`.
    pub(super) bodies: HashSet<String>,
    /// Swagger 2.0: its own `produces`.
    pub(super) produces: Option<Vec<String>>,
}

impl SourceDocument {
    pub(super) fn new(
        loaded: Loaded,
        dialect: Dialect,
        uri: Option<String>,
        key: String,
        shown: String,
    ) -> Self {
        let Loaded { value, marks, .. } = loaded;
        let mut part = Self {
            uri,
            key,
            shown,
            dialect,
            seen: HashMap::new(),
            anchors: HashMap::new(),
            ids: HashMap::new(),
            names: HashSet::new(),
            bodies: HashSet::new(),
            produces: swagger::media_types(value.get("produces")),
            value: Value::Null,
        };
        if marks.external {
            let folder = if dialect == Dialect::V2 { "/definitions" } else { "/components/schemas" };
            let schemas = value.pointer(folder).and_then(Value::as_object);
            part.names.extend(schemas.into_iter().flat_map(|schemas| schemas.keys().cloned()));
        }
        if dialect == Dialect::V31 && marks.anchors {
            part.identify(&value);
        }
        if dialect == Dialect::V2 {
            let parameters = value.get("parameters").and_then(Value::as_object);
            let bodies = parameters.into_iter().flatten().filter(|(_, value)| swagger::is_body(value));
            part.bodies.extend(bodies.map(|(name, _)| name.clone()));
        }
        part.value = value;
        part
    }

    /// The pointer to it in the combined document.
    pub(super) fn prefix(&self) -> String {
        if self.key.is_empty() { String::new() } else { format!("/{PARTS}/{}", pointer::escape(&self.key)) }
    }

    /// The pointer to the schema in this document whose `$id` is `file`.
    pub(super) fn identified(&self, file: &str) -> Option<&str> {
        if self.ids.is_empty() {
            return None;
        }
        let absolute = uri::resolve(self.uri.as_deref(), file).unwrap_or_else(|| file.to_owned());
        self.ids.get(&absolute).map(String::as_str)
    }

    /// Finds anchors and identifiers (JSON Schema 2020-12, section 8.2), wherever they are.
    fn identify(&mut self, root: &Value) {
        let mut waiting = vec![(root, String::new())];
        while let Some((value, place)) = waiting.pop() {
            match value {
                Value::Object(members) => {
                    for (key, value) in members {
                        match (key.as_str(), value) {
                            ("$anchor" | "$dynamicAnchor", Value::String(name)) => {
                                self.anchors.entry(name.clone()).or_insert_with(|| place.clone());
                            }
                            ("$id" | "$self", Value::String(id)) => {
                                let id = id.trim_end_matches('#');
                                let id =
                                    uri::resolve(self.uri.as_deref(), id).unwrap_or_else(|| id.to_owned());
                                self.ids.entry(id).or_insert_with(|| place.clone());
                            }
                            (key, Value::Object(_) | Value::Array(_)) => {
                                waiting.push((value, pointer::child(&place, key)));
                            }
                            _ => {}
                        }
                    }
                }
                Value::Array(items) => {
                    let items = items.iter().enumerate();
                    waiting.extend(items.map(|(n, item)| (item, format!("{place}/{n}"))));
                }
                _ => {}
            }
        }
    }
}
