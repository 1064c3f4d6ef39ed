//! A small JSON file that several processes change, one at a time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::Unavailable;
use crate::credentials::lock::Lock;

/// The prefix of temporary files before they replace another.
const NEW: &str = ".new.";

/// The largest file that is read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A JSON object, readable by its owner alone.
#[derive(Debug)]
pub(super) struct JsonFile {
    path: PathBuf,
}

impl JsonFile {
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(name) }
    }

    /// All of its values; none if there is no file.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<BTreeMap<String, T>, Unavailable> {
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.failed(&error.to_string())),
        };
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        if length > MAX_BYTES {
            return Err(self.failed("it is too large"));
        }
        // At its final size, or growing would leave copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
        file.take(MAX_BYTES).read_to_end(&mut text).map_err(|error| self.failed(&error.to_string()))?;
        // The parser's own message would repeat some of it.
        serde_json::from_slice(&text).map_err(|_| self.failed("it is damaged"))
    }

    /// Changes the values under a lock, atomically: a reader sees either the old file or the new one.
    pub(super) fn change<T: DeserializeOwned + Serialize, R>(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, T>) -> Result<R, Unavailable>,
    ) -> Result<R, Unavailable> {
        let io = |error: std::io::Error| self.failed(&error.to_string());
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let _lock = Lock::take(folder, "files").map_err(io)?;
        sweep(folder);
        let mut values = self.read()?;
        let result = change(&mut values)?;
        if values.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(error)),
                _ => Ok(result),
            };
        }
        // 0600 from the beginning; the old file stays intact until the new one is complete.
        let mut file = tempfile::Builder::new().prefix(NEW).tempfile_in(folder).map_err(io)?;
        let text = serde_json::to_vec_pretty(&values).map(Zeroizing::new);
        let text = text.map_err(|_| self.failed("it cannot be written"))?;
        file.write_all(&text).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        file.persist(&self.path).map_err(|error| io(error.error))?;
        Ok(result)
    }

    fn failed(&self, reason: &str) -> Unavailable {
        Unavailable::new(format!("`{}`: {reason}", self.path.display()))
    }
}

/// Removes what killed processes left behind, which may contain secrets. The holder of the lock is the only writer.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(NEW) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
