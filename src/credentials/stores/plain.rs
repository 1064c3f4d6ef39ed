//! A file in plain text, for users who insist.

use std::path::Path;

use serde_json::value::RawValue;

use super::json_file::JsonFile;
use super::{StoreKind, Unavailable, Vault};
use crate::secret::Secret;

/// `insecure.json`, readable by its owner alone; nothing else protects it.
#[derive(Debug)]
pub(in crate::credentials) struct PlainFile(JsonFile);

impl PlainFile {
    /// The file in `folder`.
    pub(in crate::credentials) fn new(folder: &Path) -> Self {
        Self(JsonFile::new(folder, "insecure.json"))
    }
}

impl Vault for PlainFile {
    fn kind(&self) -> StoreKind {
        StoreKind::Plain
    }

    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable> {
        let values = self.0.read::<Box<RawValue>>()?;
        Ok(values.get(name).map(|value| Secret::new(value.get().to_owned())))
    }

    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        let value = RawValue::from_string(value.expose().clone())
            .map_err(|_| Unavailable::new("the entry cannot be written"))?;
        self.0.change(|values| {
            values.insert(name.to_owned(), value);
            Ok(())
        })
    }

    fn names(&self) -> Vec<String> {
        self.0.read::<Box<RawValue>>().unwrap_or_default().into_keys().collect()
    }

    fn remove(&self, name: &str) -> Result<bool, Unavailable> {
        if !self.0.read::<Box<RawValue>>()?.contains_key(name) {
            return Ok(false);
        }
        self.0.change(|values: &mut std::collections::BTreeMap<String, Box<RawValue>>| {
            Ok(values.remove(name).is_some())
        })
    }
}
