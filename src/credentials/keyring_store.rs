//! The platform's keyring: Secret Service, Keychain, Credential Manager.

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::model::Origin;
use crate::secret::Secret;

/// The service that all entries are stored under.
pub const SERVICE: &str = "apicli";

/// The user that the entry of one scheme is stored under.
pub fn user(plugin: &str, scheme: &str) -> String {
    format!("{plugin}:{scheme}")
}

/// The keyring could not be asked. That it holds nothing is no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// The keyring's own words.
    pub reason: String,
}

/// A keyring: one text for each user of [`SERVICE`].
pub trait Vault: Send + Sync {
    /// The text of `user`; `None` if there is none.
    fn get(&self, user: &str) -> Result<Option<Secret<String>>, Unavailable>;
    /// Sets or replaces the text of `user`.
    fn set(&self, user: &str, value: &Secret<String>) -> Result<(), Unavailable>;
    /// Removes the text of `user`; false if there was none.
    fn remove(&self, user: &str) -> Result<bool, Unavailable>;
}

/// The platform's own. Nothing is opened before the first call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keyring;

impl Vault for Keyring {
    fn get(&self, user: &str) -> Result<Option<Secret<String>>, Unavailable> {
        match entry(user)?.get_password() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set(&self, user: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        entry(user)?.set_password(value.expose()).map_err(|error| unavailable(&error))
    }

    fn remove(&self, user: &str) -> Result<bool, Unavailable> {
        match entry(user)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring::Error::NoEntry) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn entry(user: &str) -> Result<keyring::Entry, Unavailable> {
    // `Entry::new` says only that there is no store; why is kept apart.
    if let Err(error) = keyring::Entry::store_status() {
        return Err(unavailable(error));
    }
    keyring::Entry::new(SERVICE, user).map_err(|error| unavailable(&error))
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

/// What an entry holds: `{"secret": "...", "origins": ["https://api.stripe.com"]}`.
///
/// The origins are those that the manifest listed when a person logged in. A manifest can change with a new
/// document; where a secret may go cannot change with it.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    #[serde(deserialize_with = "secret")]
    pub(super) secret: Secret<String>,
    pub(super) origins: Vec<Origin>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

impl Stored {
    /// `None` if the text was not written by [`Stored::text`]. The parser's message would repeat some of it.
    pub(super) fn parse(text: &Secret<String>) -> Option<Self> {
        serde_json::from_str(text.expose()).ok()
    }

    /// The text to be stored.
    pub(super) fn text(&self) -> Option<Secret<String>> {
        #[derive(Serialize)]
        struct Text<'a> {
            secret: &'a str,
            origins: &'a [Origin],
        }
        let text = Text { secret: self.secret.expose(), origins: &self.origins };
        // Large enough for every character escaped, so that no half-written copy is left behind by growing.
        let origins: usize = self.origins.iter().map(|origin| origin.as_str().len() + 8).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.secret.expose().len() * 6 + origins + 64));
        serde_json::to_writer(&mut *bytes, &text).ok()?;
        String::from_utf8(std::mem::take(&mut *bytes)).ok().map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_small_json_object() {
        let stored = Stored {
            secret: Secret::from("sk\"1".to_owned()),
            origins: vec![Origin::of("https://api.stripe.com").unwrap()],
        };
        let text = stored.text().unwrap();
        assert_eq!(text.expose(), r#"{"secret":"sk\"1","origins":["https://api.stripe.com"]}"#);
        let back = Stored::parse(&text).unwrap();
        assert_eq!(back.secret.expose(), "sk\"1");
        assert_eq!(back.origins, stored.origins);
        assert!(!format!("{back:?}").contains("sk"));
        assert!(Stored::parse(&Secret::from("sk_test_raw".to_owned())).is_none());
    }

    #[test]
    fn no_reason_repeats_what_was_stored() {
        let error = keyring::Error::BadEncoding(b"sk_1\xff".to_vec());
        assert_eq!(unavailable(&error).reason, "the entry is damaged");
        let error = keyring::Error::NoStorageAccess("locked\nsecond line".into());
        assert_eq!(unavailable(&error).reason, "locked");
    }
}
