//! The keyring of the Linux kernel: memory that is gone when the machine is restarted.

use super::{StoreKind, Unavailable, Vault};
use crate::secret::Secret;

/// The kernel's keyring of this user.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::credentials) struct KernelKeyring;

#[cfg(target_os = "linux")]
impl Vault for KernelKeyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Kernel
    }

    /// A kernel that keeps nothing for anybody, as in most containers, has nothing of ours either.
    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable> {
        let Ok(entry) = entry(name) else { return Ok(None) };
        match entry.get_password() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(keyring_core::Error::BadEncoding(_)) => Err(Unavailable::new("the entry is damaged")),
            Err(_) => Ok(None),
        }
    }

    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        entry(name)?.set_password(value.expose()).map_err(|error| unavailable(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, Unavailable> {
        let Ok(entry) = entry(name) else { return Ok(false) };
        match entry.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring_core::Error::NoEntry | keyring_core::Error::NoStorageAccess(_)) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

#[cfg(target_os = "linux")]
fn entry(name: &str) -> Result<keyring_core::Entry, Unavailable> {
    use keyring_core::api::CredentialStoreApi as _;
    let store = linux_keyutils_keyring_store::Store::new().map_err(|error| unavailable(&error))?;
    store.build(super::SERVICE, name, None).map_err(|error| unavailable(&error))
}

/// Only of variants that do not carry what was stored.
#[cfg(target_os = "linux")]
fn unavailable(error: &keyring_core::Error) -> Unavailable {
    Unavailable::new(match error {
        keyring_core::Error::PlatformFailure(cause) | keyring_core::Error::NoStorageAccess(cause) => {
            cause.to_string()
        }
        keyring_core::Error::TooLong(_, most) => format!("it takes no more than {most} bytes"),
        _ => "the entry is damaged".to_owned(),
    })
}

#[cfg(not(target_os = "linux"))]
impl Vault for KernelKeyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Kernel
    }

    fn get(&self, _: &str) -> Result<Option<Secret<String>>, Unavailable> {
        Ok(None)
    }

    fn set(&self, _: &str, _: &Secret<String>) -> Result<(), Unavailable> {
        Err(Unavailable::new("only Linux has it"))
    }

    fn remove(&self, _: &str) -> Result<bool, Unavailable> {
        Ok(false)
    }
}
