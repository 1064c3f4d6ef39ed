//! Where credentials are kept.
//!
//! A [`Vault`] holds one text for each name; [`Stores`] is the environment and all vaults, in the order in which they are
//! searched.

mod age;
mod command;
pub(super) mod environment;
mod file;
mod json_file;
mod kernel;
mod keyring;
mod passphrase;
mod plain;
mod vault;

use std::path::PathBuf;
use std::sync::Arc;

use super::consent::Records;
use super::{Account, Error};
use crate::model::Manifest;
use environment::{Environment, Variables};

pub(super) use command::Command;
pub(super) use command::output as command_output;
pub(super) use file::EncryptedFile;
pub(super) use kernel::KernelKeyring;
pub(super) use keyring::Keyring;
pub use keyring::SERVICE;
use passphrase::Ask;
pub(super) use passphrase::Passphrase;
pub use passphrase::{PASSPHRASE, PASSPHRASE_FD};
pub(super) use plain::PlainFile;
pub use vault::{StoreKind, Unavailable, Vault};

/// The environment and the vaults, in the order in which they are searched.
#[derive(Clone)]
pub struct Stores {
    pub(super) environment: Environment,
    pub(super) vaults: Vec<Arc<dyn Vault>>,
    /// Where the files are; `None` if there is no home folder.
    pub(super) folder: Option<PathBuf>,
    /// What was agreed to.
    pub(super) records: Records,
}

impl Stores {
    /// This process's environment, and the stores of this machine. Nothing is opened before it is needed. `ask` asks the user
    /// for a passphrase, if there is a user; `neighbours` gives the names of all plugins, for a variable that may be meant for
    /// another one.
    pub fn platform(ask: Ask, neighbours: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        let folder =
            directories::ProjectDirs::from("", "", "apicli").map(|dirs| dirs.data_dir().join("credentials"));
        let mut vaults: Vec<Arc<dyn Vault>> = Vec::new();
        if let Some(folder) = &folder {
            vaults.push(Arc::new(Command::new(folder)));
        }
        vaults.push(Arc::new(Keyring));
        if let Some(folder) = &folder {
            vaults.push(Arc::new(EncryptedFile::new(folder, Passphrase::new(ask))));
        }
        if cfg!(target_os = "linux") {
            vaults.push(Arc::new(KernelKeyring));
        }
        if let Some(folder) = &folder {
            vaults.push(Arc::new(PlainFile::new(folder)));
        }
        let records = Records::at(folder.as_deref());
        Self { environment: Environment::process().beside(neighbours), vaults, folder, records }
    }

    /// No stores at all, and no environment.
    pub fn none() -> Self {
        let environment = Environment::new(|_| None);
        Self { environment, vaults: Vec::new(), folder: None, records: Records::at(None) }
    }

    #[cfg(test)]
    pub(super) fn new(environment: Environment, vaults: Vec<Arc<dyn Vault>>) -> Self {
        Self { environment, vaults, folder: None, records: Records::at(None) }
    }

    /// The profiles of a plugin that something is stored for. A keyring cannot list its entries; what it holds for a profile
    /// can only be found by the profile's name.
    pub fn profiles(&self, plugin: &str) -> Vec<String> {
        let start = format!("{plugin}@");
        let names = self.vaults.iter().flat_map(|vault| vault.names());
        let mut profiles: Vec<String> =
            names.filter_map(|name| Some(name.strip_prefix(&start)?.split_once(':')?.0.to_owned())).collect();
        profiles.sort();
        profiles.dedup();
        profiles
    }

    /// What was agreed to.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The value that replaces `--server` for an account, and its variable.
    ///
    /// # Errors
    ///
    /// [`Error::AmbiguousVariable`].
    pub fn server(
        &self,
        account: Account<'_>,
        manifest: &Manifest,
    ) -> Result<Option<(String, String)>, Error> {
        self.environment.server(&Variables::new(account, manifest))
    }

    /// Removes what the vaults hold for some schemes of an account; returns what was removed from where. A vault that cannot
    /// be read is an error only if no other had anything.
    pub fn remove(&self, account: Account<'_>, schemes: &[&str]) -> Result<Vec<(String, StoreKind)>, Error> {
        let mut removed = Vec::new();
        let mut down: Option<(StoreKind, Unavailable)> = None;
        for vault in &self.vaults {
            for name in schemes {
                match vault.remove(&account.entry(name)) {
                    Ok(true) => removed.push(((*name).to_owned(), vault.kind())),
                    Ok(false) => {}
                    Err(error) => {
                        down.get_or_insert((vault.kind(), error));
                        break;
                    }
                }
            }
        }
        match down {
            Some((store, Unavailable { reason })) if removed.is_empty() => {
                Err(Error::Unavailable { store, reason, variable: None })
            }
            _ => Ok(removed),
        }
    }

    /// The schemes that the vaults hold something for, if they can tell; a keyring cannot.
    pub fn schemes(&self, account: Account<'_>) -> Vec<String> {
        let start = account.entry("");
        let names = self.vaults.iter().flat_map(|vault| vault.names());
        names.filter_map(|name| name.strip_prefix(&start).map(str::to_owned)).collect()
    }

    /// The vault of one kind; `None` if this machine does not have it.
    pub(super) fn vault(&self, kind: StoreKind) -> Option<&dyn Vault> {
        self.vaults.iter().find(|vault| vault.kind() == kind).map(AsRef::as_ref)
    }
}
