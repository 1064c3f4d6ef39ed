//! Where the files of a plugin are, relative to its folder, and how large they may be.

use std::path::PathBuf;

pub use crate::model::layout::{DOCUMENT, FACTS, GENERATED, MANIFEST, SCRIPT, script};

/// A person's hooks; never generated.
pub const HOOKS: &str = "hooks.rhai";

/// The index: a cache.
pub const INDEX: &str = ".generated/index";

/// The folder that held the facts before they were one file.
pub const OLD_FACTS: &str = ".generated/facts";

/// Human-owned files as the last generation wrote them.
pub const PRISTINE: &str = ".generated/pristine.json";

/// The largest manifest, in bytes.
pub const MANIFEST_BYTES: u64 = 1 << 20;

/// The largest facts, in bytes; those of Microsoft Graph, the largest API there is, are 30 MB.
pub const FACTS_BYTES: u64 = 512 << 20;

/// The largest index, in bytes.
pub const INDEX_BYTES: u64 = 16 << 20;

/// The most bytes of merge bases: about as large as all scripts together.
pub const PRISTINE_BYTES: u64 = 256 << 20;

/// The largest script that is merged, in bytes; none is run that is near it.
pub const MERGED_BYTES: u64 = 16 << 20;

/// The new version of a file where a person's stays, to compare.
pub fn conflict(file: &std::path::Path) -> PathBuf {
    PathBuf::from(".generated/conflicts").join(file)
}
