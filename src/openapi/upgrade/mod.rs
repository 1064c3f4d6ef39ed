//! Every version of OpenAPI and every layout of files, brought to one shape: a single document that is as
//! OpenAPI 3.0 has it. What reads documents afterwards knows no other.
//!
//! The walk is directed by kinds: it knows which objects stand where, and so never touches an example, a default, an
//! extension, or a property that happens to be called like a keyword. A `$ref` that is met as a kind of object makes its
//! target be walked as that kind, wherever it stands. A 3.0 document without anything of this is not walked at all.

mod collection;
mod container;
mod dialect;
mod kind;
mod operation;
mod parameter;
mod part;
mod response;
mod schema;
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
