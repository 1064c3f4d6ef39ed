//! Every version of OpenAPI and every layout of files, brought to one shape: a single document in the
//! form of OpenAPI 3.0. Whatever reads documents afterwards knows no other form.
//!
//! The walk is directed by kinds: it knows which objects are where, and so never touches an example, a default, an
//! extension, or a property that happens to be called like a keyword. A `$ref` in place of a kind of object has its
//! target walked as that kind, wherever it is. A 3.0 document without any of this is not walked at all.

mod collection;
mod container;
mod dialect;
mod kind;
mod operation;
mod parameter;
mod response;
mod schema;
mod source_document;
mod swagger;
mod types;
mod walk;

#[cfg(test)]
mod tests;

use super::fetch::Fetch;
use super::loaded::Loaded;

pub(super) use collection::COLLECTION_FORMAT;
pub(super) use container::authored;
pub(super) use dialect::{Dialect, PARTS, Upgraded};

/// Upgrades a document that came from `base`, an absolute URI, and includes everything that it refers to. Without
/// `fetch`, references to other documents stay as they are.
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
