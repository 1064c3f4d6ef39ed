//! Where the files of a plugin are, relative to its folder, and how large they may be.

use std::path::PathBuf;

pub use crate::model::layout::{DOCUMENT, FACTS, GENERATED, MANIFEST, SCRIPT, script};

/// The user's hooks; never generated.
pub const HOOKS: &str = "hooks.rhai";

/// The index: a cache.
pub const INDEX: &str = ".generated/index";

/// The folder that held the facts before they became one file.
pub const OLD_FACTS: &str = ".generated/facts";

/// The user's files as the last generation wrote them.
pub const PRISTINE: &str = ".generated/pristine.json";

/// The largest manifest, in bytes.
pub const MANIFEST_BYTES: u64 = 1 << 20;

/// The largest facts, in bytes; those of Microsoft Graph, the largest API there is, are 30 MB.
pub const FACTS_BYTES: u64 = 512 << 20;

/// The largest index, in bytes.
pub const INDEX_BYTES: u64 = 16 << 20;

/// The most bytes of merge bases: about as large as all scripts together.
pub const PRISTINE_BYTES: u64 = 256 << 20;

/// The largest script that is merged, in bytes; scripts that can run are much smaller.
pub const MERGED_BYTES: u64 = 16 << 20;

/// The new version of a file when the user's is kept, for comparison.
pub fn conflict(file: &std::path::Path) -> PathBuf {
    PathBuf::from(".generated/conflicts").join(file)
}
