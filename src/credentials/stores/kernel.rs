//! The keyring of the Linux kernel: memory that is gone when the machine is restarted.

#[cfg(target_os = "linux")]
use linux_keyutils::{KeyError, KeyPermissions, KeyRing, KeyRingIdentifier};

use super::{StoreKind, Unavailable, Vault};
use crate::secret::Secret;

/// The kernel's keyring of this user.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::credentials) struct KernelKeyring;

/// Everything for the owner and for whoever has the keyring, nothing for anyone else. A key that only the session that made
/// it may read would be lost to the next terminal.
#[cfg(target_os = "linux")]
const OWNER: u32 = 0x3f3f_0000;

#[cfg(target_os = "linux")]
impl Vault for KernelKeyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Kernel
    }

    /// A kernel that keeps no keys, as in most containers, has none of ours either.
    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable> {
        let Ok(key) = of_user().and_then(|keyring| keyring.search(&description(name))) else {
            return Ok(None);
        };
        let bytes = key.read_to_vec().map(zeroize::Zeroizing::new).map_err(unavailable)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Some(Secret::new(text.to_owned()))),
            Err(_) => Err(Unavailable::new("the entry is damaged")),
        }
    }

    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        // Created in this process's own keyring, where its permissions may be set, and then linked to the user's.
        let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(unavailable)?;
        let key = own.add_key(&description(name), value.expose().as_bytes()).map_err(unavailable)?;
        key.set_perms(KeyPermissions::from_u32(OWNER)).map_err(unavailable)?;
        of_user().and_then(|keyring| keyring.link_key(key)).map_err(unavailable)
    }

    fn remove(&self, name: &str) -> Result<bool, Unavailable> {
        let Ok(keyring) = of_user() else { return Ok(false) };
        let Ok(key) = keyring.search(&description(name)) else { return Ok(false) };
        key.invalidate().map(|()| true).map_err(unavailable)
    }
}

/// The keyring of this user, which all of the user's processes share.
#[cfg(target_os = "linux")]
fn of_user() -> Result<KeyRing, KeyError> {
    KeyRing::from_special_id(KeyRingIdentifier::User, false)
}

#[cfg(target_os = "linux")]
fn description(name: &str) -> String {
    format!("{}:{name}", super::SERVICE)
}

#[cfg(target_os = "linux")]
fn unavailable(error: KeyError) -> Unavailable {
    Unavailable::new(match error {
        KeyError::AccessDenied | KeyError::OperationNotSupported => {
            "this machine does not let you use it".to_owned()
        }
        KeyError::QuotaExceeded => "it is full".to_owned(),
        error => error.to_string(),
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
