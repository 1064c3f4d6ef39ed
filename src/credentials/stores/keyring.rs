//! The platform's keyring: Secret Service, Keychain, Credential Manager.

use super::{StoreKind, Unavailable, Vault};
use crate::secret::Secret;

/// The service that all entries are stored under.
pub const SERVICE: &str = "apicli";

/// The platform's own. Nothing is opened before the first call.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::credentials) struct Keyring;

impl Vault for Keyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable> {
        match entry(name)?.get_password() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        entry(name)?.set_password(value.expose()).map_err(|error| unavailable(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, Unavailable> {
        match entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring::Error::NoEntry) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn entry(name: &str) -> Result<keyring::Entry, Unavailable> {
    // `Entry::new` only says that there is no store; the reason is kept separately.
    if let Err(error) = keyring::Entry::store_status() {
        return Err(unavailable(error));
    }
    keyring::Entry::new(SERVICE, name).map_err(|error| unavailable(&error))
}

/// Only `Display`, and only of the variants that do not carry what was stored: `Debug` prints the raw bytes.
fn unavailable(error: &keyring::Error) -> Unavailable {
    let reason = match error {
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            "the entry is damaged".to_owned()
        }
        keyring::Error::Ambiguous(_) => "there is more than one entry of that name".to_owned(),
        keyring::Error::PlatformFailure(cause) | keyring::Error::NoStorageAccess(cause) => cause.to_string(),
        other => other.to_string(),
    };
    Unavailable { reason: reason.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reason_repeats_what_was_stored() {
        let error = keyring::Error::BadEncoding(b"sk_1\xff".to_vec());
        assert_eq!(unavailable(&error).reason, "the entry is damaged");
        let error = keyring::Error::NoStorageAccess("locked\nsecond line".into());
        assert_eq!(unavailable(&error).reason, "locked");
    }
}
