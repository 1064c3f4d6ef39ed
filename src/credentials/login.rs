//! Storing and removing credentials. Nothing here shows one.

use super::entry::Entry;
use super::oauth::Token;
use super::scheme::{attachment, clean, kind};
use super::stores::{StoreKind, Stores, Unavailable, command_output};
use super::{About, Account, Consent, Error, Variables, preferred_scheme};
use crate::http::{self, Secrets};
use crate::model::{AuthScheme, Manifest, Origin};
use crate::secret::Secret;

/// Puts credentials of one account where they are kept.
pub struct Login<'a> {
    /// The account they belong to.
    pub account: Account<'a>,
    /// The plugin's policy.
    pub manifest: &'a Manifest,
    /// The stores.
    pub stores: &'a Stores,
    /// Where they may go.
    pub consent: &'a Consent,
}

/// What the user gives.
#[derive(Debug)]
pub enum Given {
    /// A token, a key, `user:password`, or a certificate with its key in PEM.
    Secret(Secret<String>),
    /// What a provider issued.
    Token(Token),
    /// A command that prints it.
    Command(String),
}

/// What a login did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginReport {
    /// The scheme that has a credential now.
    pub scheme: String,
    /// Its kind, for a person.
    pub kind: String,
    /// Where it is.
    pub store: StoreKind,
    /// What may be shown of it: where it may go, when it expires.
    pub about: About,
    /// It is too short or too common to be looked for in answers, see [`Secrets::is_weak`].
    pub weak: bool,
    /// An environment variable that is set and takes precedence over it.
    pub shadowed_by: Option<String>,
}

impl<'a> Login<'a> {
    /// The scheme of that name; without one, [`preferred_scheme`].
    pub fn scheme(&self, named: Option<&'a str>) -> Result<(&'a str, &'a AuthScheme), Error> {
        let plugin = || self.account.plugin.to_owned();
        let Some(name) = named.or_else(|| preferred_scheme(self.manifest)) else {
            return Err(Error::NoScheme { plugin: plugin() });
        };
        let scheme = self.manifest.auth.get(name).ok_or_else(|| Error::UnknownScheme {
            plugin: plugin(),
            scheme: name.to_owned(),
            known: self.manifest.auth.keys().cloned().collect(),
        })?;
        if !scheme.is_usable() {
            let kind = match scheme {
                AuthScheme::Unsupported { kind } => kind.clone(),
                other => kind(other),
            };
            return Err(Error::Unsupported { scheme: name.to_owned(), kind });
        }
        Ok((name, scheme))
    }

    /// Whether a store can be used; checked before the user is asked for anything.
    pub fn check(&self, scheme: &str, store: StoreKind) -> Result<(), Error> {
        let variable = self.variable(scheme);
        let asked = match self.stores.vault(store) {
            Some(vault) => vault.about(&self.account.entry(scheme)).map(|_| ()),
            None => Err(Unavailable { reason: "this machine has none".to_owned() }),
        };
        asked.map_err(|Unavailable { reason }| Error::Unavailable { store, reason, variable: Some(variable) })
    }

    /// Stores what was given, bound to the origins of the manifest that were agreed to. Entries of other stores under the same
    /// name are removed: they would take precedence over the new one, or come back when it is removed.
    pub fn store(
        &self,
        scheme: Option<&'a str>,
        given: Given,
        store: StoreKind,
    ) -> Result<LoginReport, Error> {
        let (name, scheme) = self.scheme(scheme)?;
        let origins = self.consent.origins();
        let variable = self.variable(name);
        let unavailable = |store, Unavailable { reason }| Error::Unavailable {
            store,
            reason,
            variable: Some(variable.clone()),
        };
        let is_weak = |secret: &Secret<String>| {
            attachment(scheme, secret.clone()).is_some_and(|sent| Secrets::has_weak_part(&sent))
        };
        let mut weak = false;
        let entry = match given {
            Given::Secret(secret) => {
                let secret = checked(scheme, secret)?;
                weak = is_weak(&secret);
                Entry::new(secret, origins)
            }
            Given::Token(token) => token.entry(origins),
            Given::Command(command) => {
                let secret = command_output(&command).map_err(|error| unavailable(store, error))?;
                weak = is_weak(&checked(scheme, secret)?);
                Entry::new(Secret::new(command), origins)
            }
        };
        let bad = || Error::BadEntry { plugin: self.account.plugin.to_owned(), scheme: name.to_owned() };
        let text = entry.text().ok_or_else(bad)?;
        let place = self.account.entry(name);
        let missing = || unavailable(store, Unavailable { reason: "this machine has none".to_owned() });
        let vault = self.stores.vault(store).ok_or_else(missing)?;
        vault.set(&place, &text).map_err(|error| unavailable(store, error))?;
        for other in self.stores.vaults.iter().filter(|other| other.kind() != store) {
            // A store that cannot be read now will not be read when the credential is needed either.
            let _ = other.remove(&place);
        }
        let about = match store {
            StoreKind::Command => vault.about(&place).ok().flatten().unwrap_or_default(),
            _ => entry.about(),
        };
        self.consent.logged_in(name, &[])?;
        let names = Variables::new(self.account, self.manifest);
        let variables = self.stores.environment.variables(&names, name, self.is_preferred(name))?;
        Ok(LoginReport {
            scheme: name.to_owned(),
            kind: kind(scheme),
            store,
            about,
            weak,
            shadowed_by: variables.into_iter().next().map(|(variable, _)| variable),
        })
    }

    fn is_preferred(&self, scheme: &str) -> bool {
        preferred_scheme(self.manifest) == Some(scheme)
    }

    /// The environment variable that can be used instead of the stores.
    fn variable(&self, scheme: &str) -> String {
        let names = Variables::new(self.account, self.manifest);
        if self.is_preferred(scheme) { names.token() } else { names.scheme(scheme) }
    }
}

/// Removes what the stores hold for one scheme of an account, or for all schemes of the manifest; returns what was removed
/// from where.
///
/// # Errors
///
/// [`Error::UnknownScheme`], and for a store that cannot be read if no other had anything.
pub fn log_out(
    account: Account<'_>,
    manifest: &Manifest,
    stores: &Stores,
    scheme: Option<&str>,
) -> Result<Vec<(String, StoreKind)>, Error> {
    let names: Vec<&str> = match scheme {
        Some(name) if manifest.auth.contains_key(name) => vec![name],
        Some(name) => {
            return Err(Error::UnknownScheme {
                plugin: account.plugin.to_owned(),
                scheme: name.to_owned(),
                known: manifest.auth.keys().cloned().collect(),
            });
        }
        None => manifest.auth.keys().map(String::as_str).collect(),
    };
    stores.remove(account, &names)
}

/// The origins of an account's manifest, as a list for a person.
pub fn listed(origins: &[Origin]) -> String {
    origins.iter().map(Origin::as_str).collect::<Vec<_>>().join(", ")
}

/// The secret, if it is possible for this scheme.
fn checked(scheme: &AuthScheme, secret: Secret<String>) -> Result<Secret<String>, Error> {
    match scheme {
        AuthScheme::MutualTls => match http::check_certificate(&secret) {
            Ok(()) => Ok(secret),
            Err(why) => Err(Error::BadSecret { origin: "the input".to_owned(), why }),
        },
        _ => clean(secret, "the input"),
    }
}

#[cfg(test)]
mod tests;
