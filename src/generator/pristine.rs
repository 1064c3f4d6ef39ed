//! What the last generation wrote, before a person touched it: the base of the next merge.
//!
//! One file for all scripts, because a file of its own for each would double the time that a generation takes.

use std::collections::BTreeMap;
use std::path::Path;

use super::layout;
use crate::files;

/// Human-owned files as they were generated, by path relative to the plugin's folder, with `/` between its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pristine(BTreeMap<String, String>);

impl Pristine {
    /// Reads what the plugin in `dir` was generated as. Nothing, if that cannot be read: then every file counts as a
    /// person's.
    pub fn load(dir: &Path) -> Self {
        let bytes = files::read(dir, Path::new(layout::PRISTINE), layout::PRISTINE_BYTES).ok().flatten();
        let bytes = bytes.unwrap_or_default();
        Self(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The text of one file.
    pub fn get(&self, path: &Path) -> Option<&str> {
        self.0.get(&key(path)).map(String::as_str)
    }

    /// What [`Pristine::load`] will read, for these files.
    pub(super) fn write<'f>(
        files: impl Iterator<Item = (&'f Path, &'f str)>,
    ) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&files.map(|(path, text)| (key(path), text)).collect::<BTreeMap<String, &str>>())
    }
}

fn key(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
