//! What a store is, and which ones there are.

use serde::Serialize;

use crate::credentials::entry::{About, Entry};
use crate::secret::Secret;

/// A place where credentials are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// A command of the user's that prints the credential.
    Command,
    /// The platform's keyring.
    Keyring,
    /// A file that is encrypted with a passphrase.
    File,
    /// The keyring of the Linux kernel: gone when the machine is restarted.
    Kernel,
    /// A file that anyone who can read it can use.
    Plain,
}

impl StoreKind {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Kernel => "kernel",
            Self::Plain => "plain",
        }
    }

    /// What it is, for use in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Command => "a command",
            Self::Keyring => "the keyring",
            Self::File => "the encrypted file",
            Self::Kernel => "the kernel's keyring",
            Self::Plain => "a file in plain text",
        }
    }
}

/// A store could not be read. An empty store is not a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// The store's own reason.
    pub reason: String,
}

impl Unavailable {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// A store: one text for each name.
pub trait Vault: Send + Sync {
    /// Which one it is.
    fn kind(&self) -> StoreKind;
    /// The text of `name`; `None` if there is none.
    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable>;
    /// Sets or replaces the text of `name`.
    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable>;
    /// Removes the text of `name`; false if there was none.
    fn remove(&self, name: &str) -> Result<bool, Unavailable>;
    /// The names that it has entries under, if it can tell without opening any.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
    /// What may be shown of the entry; `None` if there is none. No command is run and no passphrase asked for.
    fn about(&self, name: &str) -> Result<Option<About>, Unavailable> {
        let text = self.get(name)?;
        Ok(text.map(|text| Entry::parse(&text).map(|entry| entry.about()).unwrap_or_default()))
    }
}
