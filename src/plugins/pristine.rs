//! What the last generation wrote, before the user changed it: the base of the next merge.
//!
//! One file for all scripts, because separate files would double the time of a generation.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::layout;
use crate::files;

/// The user's files as they were generated, by path relative to the plugin's folder, with `/` as the separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pristine(BTreeMap<String, String>);

impl Pristine {
    /// Reads what was generated for the plugin in `dir`. Empty if that cannot be read: then every file counts as changed by the
    /// user.
    pub fn load(dir: &Path) -> Self {
        let bytes = files::read(dir, Path::new(layout::PRISTINE), layout::PRISTINE_BYTES).ok().flatten();
        let bytes = bytes.unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
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

/// The most files: entries take many times as much memory as they take in the file.
const MOST: usize = 200_000;

impl<'de> Deserialize<'de> for Pristine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Pristine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the texts of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pristine, A::Error> {
                let mut files = BTreeMap::new();
                while let Some((path, text)) = map.next_entry()? {
                    if files.len() == MOST {
                        return Err(A::Error::custom("too many files"));
                    }
                    files.insert(path, text);
                }
                Ok(Pristine(files))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn key(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_no_more_than_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(layout::PRISTINE);
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        let file = Path::new("a/b.rhai");
        std::fs::write(&path, Pristine::write([(file, "fn x() {}")].into_iter()).unwrap()).unwrap();
        assert_eq!(Pristine::load(folder.path()).get(file), Some("fn x() {}"));
        let many: Vec<String> = (0..=MOST).map(|n| format!("\"{n}\":\"\"")).collect();
        for text in [format!("{{{}}}", many.join(",")), "[1".to_owned(), "{\"a\":{}}".to_owned()] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Pristine::load(folder.path()), Pristine::default());
        }
    }
}
