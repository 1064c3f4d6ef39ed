//! Where each credential comes from, never what it is.

use super::scheme::kind;
use super::stores::{StoreKind, Stores, Unavailable};
use super::{About, Account, Variables, preferred_scheme};
use crate::model::Manifest;

/// One scheme and where its credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeStatus {
    /// The scheme's name.
    pub scheme: String,
    /// Its kind, for a person.
    pub kind: String,
    /// Every place that has one, the one in use first.
    pub sources: Vec<Source>,
}

/// Where a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In an environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// In a store.
    Store {
        /// Which.
        store: StoreKind,
        /// What may be shown of it.
        about: About,
    },
}

/// The status of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Every scheme of the manifest.
    pub schemes: Vec<SchemeStatus>,
    /// The stores that could not be read, and why.
    pub down: Vec<(StoreKind, String)>,
}

impl Status {
    /// Every scheme of the manifest and where its credential comes from. A store that cannot be reached is part of the
    /// answer.
    pub fn of(account: Account<'_>, manifest: &Manifest, stores: &Stores) -> Self {
        let preferred = preferred_scheme(manifest);
        let names = Variables::new(account, manifest);
        let mut status = Self::default();
        for (name, scheme) in &manifest.auth {
            let variables = stores.environment.variables(&names, name, preferred == Some(name));
            // One that could be meant for another plugin does not count.
            let mut sources: Vec<Source> = variables
                .unwrap_or_default()
                .into_iter()
                .map(|(variable, _)| Source::Environment { variable })
                .collect();
            for vault in &stores.vaults {
                let store = vault.kind();
                // One that did not answer once is not waited for again.
                if status.down.iter().any(|(down, _)| *down == store) {
                    continue;
                }
                match vault.about(&account.entry(name)) {
                    Ok(Some(about)) => sources.push(Source::Store { store, about }),
                    Ok(None) => {}
                    Err(Unavailable { reason }) => status.down.push((store, reason)),
                }
            }
            status.schemes.push(SchemeStatus { scheme: name.clone(), kind: kind(scheme), sources });
        }
        status
    }
}
