//! The records of all plugins on disk: a file for each name, so that a command reads no more than its own.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Record;
use crate::credentials::Error;
use crate::credentials::lock::Lock;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Where records are.
#[derive(Clone, Debug)]
pub struct Records(Storage);

#[derive(Clone, Debug)]
enum Storage {
    /// Files in the user's own folder.
    Folder(PathBuf),
    /// There is no home folder.
    Nowhere,
    /// The record of a test's only plugin.
    #[cfg_attr(not(test), allow(dead_code))]
    Memory(Arc<Mutex<Option<Record>>>),
}

impl Records {
    /// Those in `folder`, which need not exist.
    pub(in crate::credentials) fn at(folder: Option<&Path>) -> Self {
        Self(folder.map_or(Storage::Nowhere, |folder| Storage::Folder(folder.join("agreed"))))
    }

    #[cfg(test)]
    pub(in crate::credentials) fn of_one(record: Option<Record>) -> Self {
        Self(Storage::Memory(Arc::new(Mutex::new(record))))
    }

    /// What was agreed to for the plugin `name`; `None` if nothing ever was.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] for one that exists and cannot be read, because it may permit less than a missing one.
    pub fn get(&self, name: &str) -> Result<Option<Record>, Error> {
        match &self.0 {
            Storage::Nowhere => Ok(None),
            Storage::Memory(record) => Ok(record.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            Storage::Folder(folder) => read(&file(folder, name)?),
        }
    }

    /// Changes a record, or creates it; atomically, one process at a time.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut Record)) -> Result<Record, Error> {
        match &self.0 {
            Storage::Nowhere => Err(Error::Record {
                path: PathBuf::from("~"),
                reason: "there is no home folder to keep it in".to_owned(),
            }),
            Storage::Memory(record) => {
                let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                let changed = record.get_or_insert_with(Record::default);
                change(changed);
                Ok(changed.clone())
            }
            Storage::Folder(folder) => {
                let path = file(folder, name)?;
                let failed = |error: &dyn std::fmt::Display| failed(&path, error);
                let _lock = Lock::take(folder, name).map_err(|error| failed(&error))?;
                let mut record = read(&path)?.unwrap_or_default();
                change(&mut record);
                let text = serde_json::to_vec_pretty(&record).map_err(|error| failed(&error))?;
                let mut new = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
                new.write_all(&text).map_err(|error| failed(&error))?;
                new.as_file().sync_all().map_err(|error| failed(&error))?;
                new.persist(&path).map_err(|error| failed(&error.error))?;
                Ok(record)
            }
        }
    }

    /// Forgets what was agreed to for a plugin; whether there was anything.
    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        match &self.0 {
            Storage::Nowhere => Ok(false),
            Storage::Memory(record) => {
                Ok(record.lock().unwrap_or_else(PoisonError::into_inner).take().is_some())
            }
            Storage::Folder(folder) => {
                let path = file(folder, name)?;
                match fs::remove_file(&path) {
                    Ok(()) => Ok(true),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                    Err(error) => Err(failed(&path, &error)),
                }
            }
        }
    }
}

/// The file is named after the plugin; a name that leads elsewhere is refused.
fn file(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = folder.join(format!("{name}.json"));
    let sound =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if sound { Ok(path) } else { Err(failed(&path, &"that is not a plugin name")) }
}

fn read(path: &Path) -> Result<Option<Record>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed(path, &"it is too large"));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|_| failed(path, &"it is damaged"))
}

fn failed(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::Record { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    #[test]
    fn a_record_is_kept_by_name_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::at(Some(folder.path()));
        assert_eq!(records.get("acme").unwrap(), None);
        let origin = Origin::of("https://api.acme.example").unwrap();
        records.change("acme", |record| record.origins.extend([origin.clone()])).unwrap();
        records.change("acme", |record| record.profile = "live".into()).unwrap();
        let record = records.get("acme").unwrap().unwrap();
        assert!(record.permits("default", &origin) && record.profile() == "live");
        assert_eq!(records.get("other").unwrap(), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&folder.path().join("agreed")), 0o700);
            assert_eq!(mode(&folder.path().join("agreed/acme.json")), 0o600);
        }
        assert!(records.remove("acme").unwrap() && !records.remove("acme").unwrap());
    }

    #[test]
    fn one_that_cannot_be_read_is_no_missing_one() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::at(Some(folder.path()));
        records.change("acme", |_| ()).unwrap();
        fs::write(folder.path().join("agreed/acme.json"), "{").unwrap();
        assert!(matches!(records.get("acme"), Err(Error::Record { .. })));
        assert!(matches!(records.change("acme", |_| ()), Err(Error::Record { .. })));
        for name in ["../x", "a/b", "", "."] {
            assert!(records.get(name).is_err(), "{name}");
        }
    }
}
