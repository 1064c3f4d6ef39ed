use std::path::PathBuf;

use serde::Serialize;

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The absolute path of every file that this generation wrote.
    pub files: Vec<PathBuf>,
    /// What became of the user's edits.
    pub merge: MergeReport,
}

/// What became of the user's edits. An entry is a command (`customers delete`) or a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MergeReport {
    /// Edits that are kept; the document had nothing new for them.
    pub kept: Vec<String>,
    /// Commands that are new, changed or gone, in a plugin that existed before.
    pub updated: Vec<String>,
    /// Changed on both sides: the user's version is kept, the new one is under `.generated/conflicts`.
    pub conflicts: Vec<String>,
}
