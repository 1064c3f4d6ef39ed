use std::path::PathBuf;

use serde::Serialize;

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Every file of the plugin's that this generation wrote, absolute.
    pub files: Vec<PathBuf>,
    /// What became of a person's edits.
    pub merge: MergeReport,
}

/// What became of a person's edits. An entry is a command (`customers delete`) or a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MergeReport {
    /// Edits that stay; nothing new was to be had for them.
    pub kept: Vec<String>,
    /// Commands that are new, changed or gone, in a plugin that was there before.
    pub updated: Vec<String>,
    /// Changed on both sides: the person's stays, the new one is under `.generated/conflicts`.
    pub conflicts: Vec<String>,
}
