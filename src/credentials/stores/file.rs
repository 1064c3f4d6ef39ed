//! A file that is encrypted with a passphrase, for machines without a keyring.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::age::{self, Failed};
use super::json_file::JsonFile;
use super::{Passphrase, StoreKind, Unavailable, Vault};
use crate::credentials::entry::{About, Entry};
use crate::secret::Secret;

/// The work that a guess costs (scrypt's N is two to the power of it, r is 8, as in age): 128 MiB and about 0.3 s of one
/// processor, which a command pays as well.
const WORK: u8 = 17;

/// `credentials.json`: each entry encrypted separately, next to what may be shown of it.
#[derive(Debug)]
pub(in crate::credentials) struct EncryptedFile {
    file: JsonFile,
    passphrase: Passphrase,
}

#[derive(Debug, Deserialize, Serialize)]
struct Locked {
    #[serde(flatten)]
    about: About,
    /// An age file in armor: `age --decrypt` reads it.
    age: String,
}

impl EncryptedFile {
    /// The file in `folder`.
    pub(in crate::credentials) fn new(folder: &Path, passphrase: Passphrase) -> Self {
        Self { file: JsonFile::new(folder, "credentials.json"), passphrase }
    }

    fn open(&self, locked: &Locked) -> Result<Secret<String>, Unavailable> {
        let passphrase = self.passphrase.get(false)?;
        // The file is the user's own, but others may be able to write it: no more work than this program uses.
        let bytes =
            age::decrypt(&locked.age, passphrase.expose().as_bytes(), WORK + 2).map_err(|failed| {
                Unavailable::new(match failed {
                    Failed::Passphrase => "the passphrase is wrong",
                    Failed::NoPassphrase => "its entry is not encrypted with a passphrase",
                    Failed::Work => "its entry takes too much work to open",
                    Failed::System => "there is no memory to open its entry",
                    Failed::Armor | Failed::Header | Failed::Mac | Failed::Payload => "its entry is damaged",
                })
            })?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Secret::new(text.to_owned())),
            Err(_) => Err(Unavailable::new("its entry is damaged")),
        }
    }

    fn lock(&self, text: &Secret<String>, new: bool) -> Result<Locked, Unavailable> {
        let entry = Entry::parse(text).ok_or_else(|| Unavailable::new("the entry cannot be written"))?;
        let passphrase = self.passphrase.get(new)?;
        let age = age::encrypt(text.expose().as_bytes(), passphrase.expose().as_bytes(), WORK)
            .map_err(|_| Unavailable::new("the entry cannot be encrypted"))?;
        Ok(Locked { about: entry.about(), age })
    }
}

impl Vault for EncryptedFile {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable> {
        let mut entries = self.file.read::<Locked>()?;
        entries.remove(name).map(|locked| self.open(&locked)).transpose()
    }

    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        // One passphrase for all of them.
        let known = self.file.read::<Locked>()?;
        if let Some(other) = known.values().next() {
            self.open(other)?;
        }
        let locked = self.lock(value, known.is_empty())?;
        self.file.change(|entries| {
            entries.insert(name.to_owned(), locked);
            Ok(())
        })
    }

    fn names(&self) -> Vec<String> {
        self.file.read::<Locked>().unwrap_or_default().into_keys().collect()
    }

    fn remove(&self, name: &str) -> Result<bool, Unavailable> {
        if !self.file.read::<Locked>()?.contains_key(name) {
            return Ok(false);
        }
        self.file.change(|entries: &mut BTreeMap<String, Locked>| Ok(entries.remove(name).is_some()))
    }

    fn about(&self, name: &str) -> Result<Option<About>, Unavailable> {
        Ok(self.file.read::<Locked>()?.remove(name).map(|locked| locked.about))
    }
}
