use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::open::is_link;
use super::{Error, Problem};

/// The most entries read in one folder.
pub(crate) const MOST_ENTRIES: usize = 100_000;

/// The most entries read in a folder and everything below it.
pub(crate) const MOST_IN_ALL: usize = 400_000;

/// What a folder holds.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    /// Its own type: a link is a link, whatever its target.
    pub(crate) kind: FileType,
}

/// The contents of the folder `path` below the folder `root`, without following links; empty if there is no such folder.
pub(crate) fn list(root: &Path, path: &Path) -> Result<Vec<Entry>, Error> {
    let mut at = PathBuf::new();
    for part in path.components() {
        at.push(part);
        is_link(root, &at)?;
    }
    let folder = root.join(path);
    let fail = |problem| Error { path: folder.clone(), problem };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(fail(Problem::Io(error))),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| fail(Problem::Io(error)))?;
        if found.len() == MOST_ENTRIES {
            return Err(fail(Problem::TooMany { limit: MOST_ENTRIES, what: "files and folders" }));
        }
        // What is gone by now is not listed.
        let Ok(kind) = entry.file_type() else { continue };
        found.push(Entry { name: entry.file_name(), kind });
    }
    Ok(found)
}
