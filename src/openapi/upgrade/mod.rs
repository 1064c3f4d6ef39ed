//! Every version of OpenAPI and every layout of files, brought to one shape: a single document that is as
//! OpenAPI 3.0 has it. What reads documents afterwards knows no other.
//!
//! The walk is directed by kinds: it knows which objects stand where, and so never touches an example, a default, an
//! extension, or a property that happens to be called like a keyword. A `$ref` that is met as a kind of object makes its
//! target be walked as that kind, wherever it stands. A 3.0 document without anything of this is not walked at all.

mod container;
mod kind;
mod operation;
mod parameter;
mod part;
mod response;
mod schema;
mod types;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_json::Value;

use super::document::Problem;
use super::fetch::Fetch;
use super::load::Loaded;

/// Where the documents that a document refers to are put: an extension of its root, one member for each.
pub(super) const PARTS: &str = "x-apicli-documents";

/// Where parameters of Swagger 2.0 are put that references lead to, where the list that they stand in is split up.
const MOVED: &str = "x-apicli-moved";

pub(super) use container::authored;

/// Which rules a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1, 3.2 and what comes after: schemas are JSON Schema 2020-12.
    V31,
}

impl Dialect {
    /// What a document says it is; `None` if it does not say.
    pub(super) fn of(root: &Value) -> Option<Self> {
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

/// A document in the one shape, and what had to be said on the way.
pub(super) struct Upgraded {
    pub(super) root: Value,
    /// What could not be carried over.
    pub(super) problems: Vec<Problem>,
    /// The documents under [`PARTS`]: the member's name and how the author refers to it.
    pub(super) parts: Vec<(String, String)>,
    /// References that lead out of the document and could not be followed, with the reason.
    pub(super) unread: HashMap<String, String>,
    /// Digests of the further documents, in the order they were read.
    pub(super) digests: Vec<String>,
}

/// Upgrades a document that came from `base`, an absolute URI, and puts everything into it that it refers to. Without
/// `fetch`, references that lead out of it stay as they are.
pub(super) fn upgrade(
    loaded: Loaded,
    dialect: Dialect,
    base: Option<String>,
    fetch: Option<&mut dyn Fetch>,
) -> Upgraded {
    let mut walk = walk::Walk::new(loaded, dialect, base, fetch);
    walk.run();
    walk.finish()
}
