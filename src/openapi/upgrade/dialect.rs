//! Which rules a document follows, and what it becomes.

use std::collections::HashMap;

use serde_json::Value;

use crate::openapi::problem::Problem;

/// Where the documents that a document refers to are put: an extension of its root, one member for each.
pub(in crate::openapi) const PARTS: &str = "x-apicli-documents";

/// Where referenced parameters of Swagger 2.0 are put when the list that contains them is split up.
pub(super) const MOVED: &str = "x-apicli-moved";

/// Which rules a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::openapi) enum Dialect {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1, 3.2 and later: schemas are JSON Schema 2020-12.
    V31,
}

impl Dialect {
    /// What a document declares itself to be; `None` if it does not say.
    pub(in crate::openapi) fn of(root: &Value) -> Option<Self> {
        let text = |key: &str| match root.get(key) {
            Some(Value::String(version)) => Some(version.trim().to_owned()),
            // Without quotes, `3.0` is a number in YAML.
            Some(Value::Number(version)) => Some(version.to_string()),
            _ => None,
        };
        match (text("openapi"), text("swagger")) {
            // `openapi: 3` says no more than that.
            (Some(version), _) if version == "3" || version.starts_with("3.0") => Some(Self::V30),
            (Some(version), _) if version.starts_with("3.") => Some(Self::V31),
            // Some converters leave the old field's name.
            (None, Some(version)) if version.starts_with("3.0") => Some(Self::V30),
            (None, Some(version)) if version.starts_with("3.") => Some(Self::V31),
            (Some(version), _) | (None, Some(version)) if version == "2" || version.starts_with("2.") => {
                Some(Self::V2)
            }
            _ => None,
        }
    }
}

/// A document in the common shape, and the problems on the way.
pub(in crate::openapi) struct Upgraded {
    pub(in crate::openapi) root: Value,
    /// What could not be carried over.
    pub(in crate::openapi) problems: Vec<Problem>,
    /// The documents under [`PARTS`]: the member's name and how the author refers to it.
    pub(in crate::openapi) parts: Vec<(String, String)>,
    /// References to other documents that could not be followed, with the reason.
    pub(in crate::openapi) unread: HashMap<String, String>,
    /// Digests of the further documents, in the order they were read.
    pub(in crate::openapi) digests: Vec<String>,
}
