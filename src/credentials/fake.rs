//! Stores for tests: a keyring in memory that counts its calls, an environment of pairs, a manifest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::Account;
use super::consent::{Ask, Consent, Records, Wishes};
use super::entry::Entry;
use super::stores::environment::Environment;
use super::stores::{StoreKind, Stores, Unavailable, Vault};
use crate::model::{AuthScheme, Manifest, Origin, Server};
use crate::secret::Secret;

/// The default profile of Stripe.
pub(super) const STRIPE: Account<'static> = Account { plugin: "stripe", profile: "default" };

#[derive(Clone, Default)]
pub(super) struct FakeVault(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    entries: HashMap<String, String>,
    calls: usize,
    down: bool,
}

impl FakeVault {
    pub(super) fn down() -> Self {
        let vault = Self::default();
        vault.0.lock().unwrap().down = true;
        vault
    }

    /// With a secret for `scheme` of `stripe`, bound to `origin`.
    pub(super) fn with(self, scheme: &str, secret: &str, origin: &str) -> Self {
        let origins = Origin::of(origin).into_iter().collect();
        self.raw(scheme, Entry::new(Secret::from(secret.to_owned()), origins).text().unwrap().expose())
    }

    pub(super) fn raw(self, scheme: &str, text: &str) -> Self {
        self.0.lock().unwrap().entries.insert(STRIPE.entry(scheme), text.to_owned());
        self
    }

    pub(super) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    pub(super) fn text(&self, scheme: &str) -> Option<String> {
        self.0.lock().unwrap().entries.get(&STRIPE.entry(scheme)).cloned()
    }

    fn call<T>(&self, action: impl FnOnce(&mut HashMap<String, String>) -> T) -> Result<T, Unavailable> {
        let mut state = self.0.lock().unwrap();
        state.calls += 1;
        if state.down {
            return Err(Unavailable { reason: "no session bus".into() });
        }
        Ok(action(&mut state.entries))
    }
}

/// Stores with these variables and a keyring.
pub(super) fn stores(variables: &[(&str, &str)], vault: &FakeVault) -> Stores {
    Stores::new(environment(variables), vec![Arc::new(vault.clone())])
}

impl Vault for FakeVault {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn get(&self, user: &str) -> Result<Option<Secret<String>>, Unavailable> {
        self.call(|entries| entries.get(user).cloned().map(Secret::new))
    }

    fn set(&self, user: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        self.call(|entries| entries.insert(user.to_owned(), value.expose().clone())).map(|_| ())
    }

    fn remove(&self, user: &str) -> Result<bool, Unavailable> {
        self.call(|entries| entries.remove(user).is_some())
    }
}

/// The consent of a user who generated Stripe's plugin from its document, [`manifest`]. `of` is what its folder has now;
/// every question is answered with no.
pub(super) fn consent(of: &Manifest, named: Option<Origin>) -> Consent {
    consent_of(STRIPE, of, named, Box::new(|_| false))
}

/// The same for another account, with answers.
pub(super) fn consent_of(account: Account<'_>, of: &Manifest, named: Option<Origin>, ask: Ask) -> Consent {
    let records = Records::of_one(None);
    records.generated(account.plugin, &Wishes::of(&manifest()).from("-"), &|_| false).unwrap();
    let known = records.get(account.plugin).unwrap();
    Consent::new(account, of, known, None, named, &records, ask)
}

pub(super) fn environment(pairs: &[(&str, &str)]) -> Environment {
    let pairs: HashMap<String, String> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment::new(move |name| pairs.get(name).cloned())
}

/// Stripe with its two schemes, the basic one first as in its document, and some more.
pub(super) fn manifest() -> Manifest {
    let key = |name: &str| AuthScheme::ApiKey {
        location: crate::model::ApiKeyLocation::Header,
        name: name.to_owned(),
    };
    Manifest {
        name: "stripe".into(),
        version: String::new(),
        title: String::new(),
        document: Default::default(),
        servers: vec![Server::plain("https://api.stripe.com/", "")],
        operation_servers: Vec::new(),
        auth: [
            ("basicAuth", AuthScheme::Basic),
            ("bearerAuth", AuthScheme::Bearer),
            ("appKey", key("X-App-Key")),
            ("hoba", AuthScheme::Unsupported { kind: "http hoba".into() }),
        ]
        .into_iter()
        .map(|(name, scheme)| (name.to_owned(), scheme))
        .collect(),
        login: Default::default(),
        profile: String::new(),
        profiles: Default::default(),
    }
}
