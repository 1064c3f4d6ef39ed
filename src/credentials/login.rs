//! `apicli auth`: storing, removing and naming credentials. Nothing here shows one.

use super::environment::{Environment, scheme_variable, token_variable};
use super::keyring_store::{Keyring, Stored, Unavailable, Vault, user};
use super::scheme::{clean, kind};
use super::{Error, preferred_scheme};
use crate::model::{AuthScheme, Manifest, Origin};
use crate::secret::Secret;

/// What a login did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginReport {
    /// The scheme that has a credential now.
    pub scheme: String,
    /// Its kind, for a person.
    pub kind: String,
    /// The origins that it is bound to: those of the manifest at this moment.
    pub origins: Vec<Origin>,
    /// An environment variable that is set and wins over what was stored.
    pub shadowed_by: Option<String>,
}

/// One scheme and where its credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeStatus {
    /// The scheme's name.
    pub scheme: String,
    /// Its kind, for a person.
    pub kind: String,
    /// The source in use.
    pub source: Source,
    /// Sources that hold a credential too, and lose.
    pub shadowed: Vec<Source>,
}

/// Where a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In an environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// In the platform's keyring.
    Keyring {
        /// Where it may go; empty if the entry is damaged or bound to nothing.
        bound_origins: Vec<Origin>,
    },
    /// Nowhere.
    None,
    /// Not in the environment, and the keyring could not be asked.
    Unavailable {
        /// The keyring's own words.
        reason: String,
    },
}

/// Stores a secret in the keyring, bound to the manifest's origins. Without a scheme it is for
/// [`preferred_scheme`]. A basic one is `user:password`.
pub fn store(
    plugin: &str,
    manifest: &Manifest,
    scheme: Option<&str>,
    secret: Secret<String>,
) -> Result<LoginReport, Error> {
    Stores::platform().store(plugin, manifest, scheme, secret)
}

/// Removes what the keyring holds for one scheme, or for all of the manifest; the names of those that had
/// something.
pub fn remove(plugin: &str, manifest: &Manifest, scheme: Option<&str>) -> Result<Vec<String>, Error> {
    Stores::platform().remove(plugin, manifest, scheme)
}

/// Every scheme of the manifest and where its credential comes from. A keyring that cannot be reached is part of
/// the answer.
pub fn status(plugin: &str, manifest: &Manifest) -> Vec<SchemeStatus> {
    Stores::platform().status(plugin, manifest)
}

/// The places where credentials are kept.
pub struct Stores {
    environment: Environment,
    vault: Box<dyn Vault>,
}

impl Stores {
    /// This process's environment and the platform's keyring.
    pub fn platform() -> Self {
        Self::new(Environment::process(), Box::new(Keyring))
    }

    pub(super) fn new(environment: Environment, vault: Box<dyn Vault>) -> Self {
        Self { environment, vault }
    }

    /// See [`store`].
    pub fn store(
        &self,
        plugin: &str,
        manifest: &Manifest,
        scheme: Option<&str>,
        secret: Secret<String>,
    ) -> Result<LoginReport, Error> {
        let preferred = preferred_scheme(manifest);
        let Some(name) = scheme.or(preferred) else {
            return Err(Error::NoScheme { plugin: plugin.to_owned() });
        };
        let scheme = known(plugin, manifest, name)?;
        if let AuthScheme::Unsupported { kind } = scheme {
            return Err(Error::Unsupported { scheme: name.to_owned(), kind: kind.clone() });
        }
        let secret = clean(secret, "the input")?;
        let stored = Stored { secret, origins: manifest.origins() };
        let unreadable = || Error::BadEntry { plugin: plugin.to_owned(), scheme: name.to_owned() };
        let text = stored.text().ok_or_else(unreadable)?;
        let is_preferred = preferred == Some(name);
        self.vault.set(&user(plugin, name), &text).map_err(|Unavailable { reason }| Error::Unavailable {
            reason,
            variable: Some(if is_preferred { token_variable(plugin) } else { scheme_variable(plugin, name) }),
        })?;
        let variables = self.environment.variables(plugin, name, is_preferred);
        Ok(LoginReport {
            scheme: name.to_owned(),
            kind: kind(scheme),
            origins: stored.origins,
            shadowed_by: variables.into_iter().next().map(|(variable, _)| variable),
        })
    }

    /// See [`remove`].
    pub fn remove(
        &self,
        plugin: &str,
        manifest: &Manifest,
        scheme: Option<&str>,
    ) -> Result<Vec<String>, Error> {
        let names: Vec<&str> = match scheme {
            Some(name) => {
                known(plugin, manifest, name)?;
                vec![name]
            }
            None => manifest.auth.keys().map(String::as_str).collect(),
        };
        let mut removed = Vec::new();
        for name in names {
            let there = self
                .vault
                .remove(&user(plugin, name))
                .map_err(|Unavailable { reason }| Error::Unavailable { reason, variable: None })?;
            if there {
                removed.push(name.to_owned());
            }
        }
        Ok(removed)
    }

    /// See [`status`].
    pub fn status(&self, plugin: &str, manifest: &Manifest) -> Vec<SchemeStatus> {
        let preferred = preferred_scheme(manifest);
        let mut unavailable = None;
        manifest
            .auth
            .iter()
            .map(|(name, scheme)| {
                let variables = self.environment.variables(plugin, name, preferred == Some(name));
                let mut sources: Vec<Source> =
                    variables.into_iter().map(|(variable, _)| Source::Environment { variable }).collect();
                // A keyring that did not answer once is not waited for again.
                if unavailable.is_none() {
                    match self.vault.get(&user(plugin, name)) {
                        Ok(Some(text)) => {
                            let bound_origins =
                                Stored::parse(&text).map(|stored| stored.origins).unwrap_or_default();
                            sources.push(Source::Keyring { bound_origins });
                        }
                        Ok(None) => {}
                        Err(Unavailable { reason }) => unavailable = Some(reason),
                    }
                }
                let mut sources = sources.into_iter();
                let source = sources.next().unwrap_or_else(|| match &unavailable {
                    Some(reason) => Source::Unavailable { reason: reason.clone() },
                    None => Source::None,
                });
                SchemeStatus { scheme: name.clone(), kind: kind(scheme), source, shadowed: sources.collect() }
            })
            .collect()
    }
}

fn known<'a>(plugin: &str, manifest: &'a Manifest, name: &str) -> Result<&'a AuthScheme, Error> {
    manifest.auth.get(name).ok_or_else(|| Error::UnknownScheme {
        plugin: plugin.to_owned(),
        scheme: name.to_owned(),
        known: manifest.auth.keys().cloned().collect(),
    })
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
