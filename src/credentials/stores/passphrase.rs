//! The passphrase of the encrypted file: from a file descriptor, the environment, or a person.

use std::fs::File;
use std::io::Read as _;
use std::sync::Mutex;

use zeroize::Zeroizing;

use super::Unavailable;
use crate::secret::Secret;

/// The environment variable that holds the passphrase.
pub const PASSPHRASE: &str = "APICLI_PASSPHRASE";

/// The environment variable that holds the number of an open file descriptor with the passphrase.
pub const PASSPHRASE_FD: &str = "APICLI_PASSPHRASE_FD";

/// Asks the user a question, and reads the answer without showing it; `None` if there is nobody.
pub(super) type Ask = fn(&str) -> Option<Secret<String>>;

/// The longest passphrase that is read.
const MAX_BYTES: u64 = 4096;

/// Asked for once.
#[derive(Debug)]
pub(in crate::credentials) struct Passphrase {
    ask: Ask,
    known: Mutex<Option<Secret<String>>>,
}

impl Passphrase {
    /// Not asked for yet.
    pub(in crate::credentials) fn new(ask: Ask) -> Self {
        Self { ask, known: Mutex::new(None) }
    }

    /// The passphrase. A new one is asked for twice.
    pub(super) fn get(&self, new: bool) -> Result<Secret<String>, Unavailable> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = &*known {
            return Ok(known.clone());
        }
        let found = match given()? {
            Some(given) => given,
            None => self.asked(new)?,
        };
        if found.expose().is_empty() {
            return Err(Unavailable::new("the passphrase is empty"));
        }
        *known = Some(found.clone());
        Ok(found)
    }

    fn asked(&self, new: bool) -> Result<Secret<String>, Unavailable> {
        let nobody = || {
            Unavailable::new(format!(
                "it is locked, and there is no terminal to ask for its passphrase; set `{PASSPHRASE}` or `{PASSPHRASE_FD}`"
            ))
        };
        if !new {
            return (self.ask)("passphrase of the credentials file: ").ok_or_else(nobody);
        }
        let first = (self.ask)("new passphrase for the credentials file: ").ok_or_else(nobody)?;
        let second = (self.ask)("repeat it: ").ok_or_else(nobody)?;
        if first.expose() == second.expose() {
            Ok(first)
        } else {
            Err(Unavailable::new("the two passphrases are not the same"))
        }
    }
}

/// The passphrase from the environment.
fn given() -> Result<Option<Secret<String>>, Unavailable> {
    if let Ok(number) = std::env::var(PASSPHRASE_FD) {
        let bad = |reason: &str| Unavailable::new(format!("`{PASSPHRASE_FD}`: {reason}"));
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad("it is not a file descriptor number"));
        }
        let file = File::open(format!("/dev/fd/{number}")).map_err(|error| bad(&error.to_string()))?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(0)));
        file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| bad(&error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("its content is not UTF-8 text"))?;
        let line = text.lines().next().unwrap_or_default();
        return Ok(Some(Secret::new(line.to_owned())));
    }
    Ok(std::env::var(PASSPHRASE).ok().filter(|text| !text.is_empty()).map(Secret::new))
}
