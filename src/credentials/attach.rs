use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use super::clock::now;
use super::consent::{Consent, Question};
use super::entry::Entry;
use super::lock::Lock;
use super::scheme::{attachment, clean, kind};
use super::sent::{Sent, SentFrom};
use super::stores::{StoreKind, Stores, Unavailable, Vault};
use super::{Account, Error, Variables, oauth, preferred_scheme};
use crate::http::{Attachment, Secrets, Transport};
use crate::model::{AuthScheme, Manifest, Origin, SecurityAlternative};
use crate::secret::Secret;

/// Something that has credentials for a plugin's operations.
pub trait CredentialSource: Send + Sync {
    /// Whether a request may go to `origin` at all, with a credential or without.
    fn permit(&self, origin: &Origin) -> Result<(), Error> {
        let _ = origin;
        Ok(())
    }

    /// The credentials of one of `alternatives` (OpenAPI 3.0, Security Requirement Object), for a request to
    /// `origin`.
    ///
    /// Without alternatives no credentials are needed, and none are attached. An alternative without schemes
    /// means that they are optional: whatever is available is attached.
    fn attach(&self, alternatives: &[SecurityAlternative], origin: &Origin)
    -> Result<Vec<Attachment>, Error>;

    /// What to retry with after `origin` refused (401) what was attached last: the same with a renewed access token.
    /// `None` if there is nothing better.
    fn renew(&self, origin: &Origin) -> Result<Option<Vec<Attachment>>, Error> {
        let _ = origin;
        Ok(None)
    }

    /// Every secret read so far or later, to be hidden wherever it comes back.
    fn secrets(&self) -> Secrets {
        Secrets::default()
    }
}

/// How many seconds before it expires an access token is renewed, so that the request arrives in time.
const EARLY: u64 = 60;

/// The credentials of one account: from the environment, then from the stores.
///
/// The stores are asked only if the environment satisfies no alternative, and once for each scheme: a call that
/// sends many requests needs a new value of this type to see a later login.
pub struct Credentials {
    plugin: String,
    profile: String,
    auth: IndexMap<String, AuthScheme>,
    preferred: Option<String>,
    consent: Consent,
    stores: Arc<Stores>,
    /// Makes the transport that new access tokens are requested over, which few calls need; `None` if nothing is to be sent.
    transport: Option<NewTransport>,
    secrets: Secrets,
    state: Mutex<State>,
}

/// Makes a transport to a provider.
type NewTransport = Box<dyn Fn() -> Arc<dyn Transport> + Send + Sync>;

#[derive(Default)]
struct State {
    asked: IndexMap<String, Answer>,
    /// Stores that did not answer are not waited for again.
    down: Vec<(StoreKind, String)>,
    sent: Vec<Sent>,
}

/// What the stores said about one scheme.
#[derive(Clone)]
enum Answer {
    Found(StoreKind, Arc<Entry>),
    Damaged,
    Nothing,
}

/// What went wrong while the stores were searched; the worst is reported.
#[derive(Default)]
struct Obstacles {
    refused: Option<Error>,
}

/// A value and where it comes from.
struct Value {
    secret: Secret<String>,
    sent: Sent,
}

impl Credentials {
    /// The credentials of `account`, which go only where `consent` allows. `transport` makes the transport to a provider; without
    /// it no access token is renewed.
    pub fn new(
        account: Account<'_>,
        manifest: &Manifest,
        consent: Consent,
        stores: Arc<Stores>,
        transport: Option<NewTransport>,
    ) -> Self {
        Self {
            plugin: account.plugin.to_owned(),
            profile: account.profile.to_owned(),
            auth: manifest.auth.clone(),
            preferred: preferred_scheme(manifest).map(str::to_owned),
            consent,
            stores,
            transport,
            secrets: Secrets::default(),
            state: Mutex::default(),
        }
    }

    /// What was attached last.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Remembers a value as secret, whether it is sent or not.
    fn taken(&self, scheme: &str, value: &Secret<String>) {
        match self.auth.get(scheme).and_then(|scheme| attachment(scheme, value.clone())) {
            Some(credential) => self.secrets.take(&credential),
            None => self.secrets.take_token(value),
        }
    }

    /// The same for everything that a store holds.
    fn entry_taken(&self, scheme: &str, entry: &Entry) {
        self.taken(scheme, &entry.secret);
        let grant = entry.grant.as_ref();
        let more = grant.into_iter().flat_map(|grant| [&grant.client_secret, &grant.refresh_token]);
        more.flatten().for_each(|secret| self.secrets.take_token(secret));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self) -> Account<'_> {
        Account { plugin: &self.plugin, profile: &self.profile }
    }

    fn variables(&self) -> Variables<'_> {
        Variables::among(self.account(), self.auth.keys().map(String::as_str).collect())
    }

    fn is_preferred(&self, scheme: &str) -> bool {
        self.preferred.as_deref() == Some(scheme)
    }

    fn environment_value(&self, scheme: &str) -> Result<Option<Value>, Error> {
        let preferred = self.is_preferred(scheme);
        let found = self.stores.environment.variables(&self.variables(), scheme, preferred)?;
        let Some((variable, value)) = found.into_iter().next() else { return Ok(None) };
        let source = SentFrom::Variable(variable);
        let secret = match self.auth.get(scheme) {
            Some(AuthScheme::MutualTls) => value,
            _ => clean(value, &source.to_string())?,
        };
        self.taken(scheme, &secret);
        let sent = Sent { scheme: scheme.to_owned(), source, expires_at: None, scopes: Vec::new() };
        Ok(Some(Value { secret, sent }))
    }

    fn stored_value(
        &self,
        scheme: &str,
        origin: &Origin,
        obstacles: &mut Obstacles,
    ) -> Result<Option<Value>, Error> {
        let (kind, entry) = match self.ask(scheme)? {
            Answer::Found(kind, entry) => (kind, entry),
            Answer::Damaged => {
                obstacles.refused.get_or_insert(Error::BadEntry {
                    plugin: self.plugin.clone(),
                    scheme: scheme.to_owned(),
                });
                return Ok(None);
            }
            Answer::Nothing => return Ok(None),
        };
        // What the user says now counts as much as the binding, which the user made too.
        if !entry.origins.contains(origin) && !self.consent.gives(origin) {
            let (plugin, bound) = (self.plugin.clone(), entry.origins.clone());
            let (scheme_name, to) = (scheme.to_owned(), origin.clone());
            if !self.consent.ask(&Question::Bound { plugin, scheme: scheme_name, origin: to, bound }) {
                obstacles.refused.get_or_insert(Error::Unbound {
                    plugin: self.plugin.clone(),
                    scheme: scheme.to_owned(),
                    origin: origin.clone(),
                    bound: entry.origins.clone(),
                });
                return Ok(None);
            }
            self.bind(scheme, kind, &entry, origin)?;
        }
        let grant = entry.grant.as_ref();
        let sent = Sent {
            scheme: scheme.to_owned(),
            source: SentFrom::Store(kind),
            expires_at: grant.and_then(|grant| grant.expires_at),
            scopes: grant.map(|grant| grant.scopes.clone()).unwrap_or_default(),
        };
        Ok(Some(Value { secret: entry.secret.clone(), sent }))
    }

    /// What the stores have for a scheme: the entry of the first store that has one.
    fn ask(&self, scheme: &str) -> Result<Answer, Error> {
        if let Some(answer) = self.state().asked.get(scheme) {
            return Ok(answer.clone());
        }
        let name = self.account().entry(scheme);
        let mut answer = Answer::Nothing;
        for vault in &self.stores.vaults {
            let kind = vault.kind();
            if self.state().down.iter().any(|(down, _)| *down == kind) {
                continue;
            }
            match vault.get(&name) {
                Ok(Some(text)) => {
                    answer = match Entry::parse(&text) {
                        Some(entry) => {
                            self.entry_taken(scheme, &entry);
                            Answer::Found(kind, Arc::new(self.fresh(scheme, vault.as_ref(), entry)?))
                        }
                        None => Answer::Damaged,
                    };
                    break;
                }
                Ok(None) => {}
                Err(Unavailable { reason }) => self.state().down.push((kind, reason)),
            }
        }
        self.state().asked.insert(scheme.to_owned(), answer.clone());
        Ok(answer)
    }

    /// The entry, with its access token renewed if that is about to expire.
    fn fresh(&self, scheme: &str, vault: &dyn Vault, entry: Entry) -> Result<Entry, Error> {
        let ends =
            entry.grant.as_ref().filter(|grant| grant.is_renewable()).and_then(|grant| grant.expires_at);
        let now = now();
        match ends {
            Some(ends) if ends <= now + EARLY && self.transport.is_some() => {
                match self.renewed(scheme, vault, &entry) {
                    // It is good for this one request.
                    Err(Error::Network { .. }) if ends > now => Ok(entry),
                    renewed => renewed,
                }
            }
            _ => Ok(entry),
        }
    }

    /// The entry with a new access token. Of several processes at once, one requests it and the others use what it got.
    fn renewed(&self, scheme: &str, vault: &dyn Vault, old: &Entry) -> Result<Entry, Error> {
        let name = self.account().entry(scheme);
        let locked = |error: std::io::Error| Error::Unavailable {
            store: vault.kind(),
            reason: format!("cannot lock the credential to renew it: {error}"),
            variable: None,
        };
        let folder = self.stores.folder.as_deref();
        let _lock = folder.map(|folder| Lock::take(folder, &name)).transpose().map_err(locked)?;
        let current = match vault.get(&name) {
            Ok(Some(text)) => Entry::parse(&text),
            _ => None,
        };
        let current = current.unwrap_or_else(|| old.clone());
        self.entry_taken(scheme, &current);
        if current.secret.expose() != old.secret.expose() {
            return Ok(current);
        }
        let (Some(grant), Some(transport)) = (&current.grant, &self.transport) else { return Ok(current) };
        let token = oauth::renew(grant, transport().as_ref()).map_err(|error| match error {
            oauth::Error::Http(error) => Error::Network { scheme: scheme.to_owned(), error },
            error => Error::NotRenewed {
                plugin: self.plugin.clone(),
                profile: self.profile.clone(),
                scheme: scheme.to_owned(),
                reason: error.to_string(),
            },
        })?;
        let entry = token.entry(current.origins.clone());
        self.entry_taken(scheme, &entry);
        self.keep(scheme, vault, &entry)?;
        Ok(entry)
    }

    /// Replaces the stored entry.
    fn keep(&self, scheme: &str, vault: &dyn Vault, entry: &Entry) -> Result<(), Error> {
        let bad = || Error::BadEntry { plugin: self.plugin.clone(), scheme: scheme.to_owned() };
        let text = entry.text().ok_or_else(bad)?;
        vault.set(&self.account().entry(scheme), &text).map_err(|Unavailable { reason }| Error::Unavailable {
            store: vault.kind(),
            reason,
            variable: None,
        })
    }

    /// Allows a stored credential to go to one more origin from now on.
    fn bind(&self, scheme: &str, kind: StoreKind, entry: &Entry, origin: &Origin) -> Result<(), Error> {
        let Some(vault) = self.stores.vault(kind) else { return Ok(()) };
        let mut bound = entry.clone();
        bound.origins.push(origin.clone());
        bound.origins.sort();
        // The entry of a command is the command, not what it prints.
        if let (StoreKind::Command, Ok(Some(about))) = (kind, vault.about(&self.account().entry(scheme)))
            && let Some(command) = about.command
        {
            bound.secret = Secret::new(command);
        }
        self.keep(scheme, vault, &bound)?;
        let entry = Entry { origins: bound.origins, ..entry.clone() };
        self.state().asked.insert(scheme.to_owned(), Answer::Found(kind, Arc::new(entry)));
        Ok(())
    }

    /// All schemes of `alternative`, or `None` at the first that `value` has nothing for.
    fn whole(
        &self,
        alternative: &SecurityAlternative,
        mut value: impl FnMut(&str) -> Result<Option<Value>, Error>,
    ) -> Result<Option<Vec<Attachment>>, Error> {
        let mut attachments = Vec::with_capacity(alternative.len());
        let mut sent = Vec::with_capacity(alternative.len());
        for name in alternative {
            let Some(value) = value(name)? else { return Ok(None) };
            match self.auth.get(name).and_then(|scheme| attachment(scheme, value.secret)) {
                Some(attachment) => attachments.push(attachment),
                None => return Ok(None),
            }
            sent.push(value.sent);
        }
        self.state().sent = sent;
        Ok(Some(attachments))
    }

    /// Why a scheme can never get a value here.
    fn defect(&self, scheme: &str) -> Option<Error> {
        match self.auth.get(scheme) {
            None => Some(Error::UnknownScheme {
                plugin: self.plugin.clone(),
                scheme: scheme.to_owned(),
                known: self.auth.keys().cloned().collect(),
            }),
            Some(known) if known.is_usable() => None,
            Some(AuthScheme::Unsupported { kind }) => {
                Some(Error::Unsupported { scheme: scheme.to_owned(), kind: kind.clone() })
            }
            Some(known) => Some(Error::Unsupported { scheme: scheme.to_owned(), kind: kind(known) }),
        }
    }

    /// The error when no alternative could be satisfied: it names the one that is easiest to satisfy.
    fn missing(&self, usable: &[&SecurityAlternative], obstacles: Obstacles) -> Result<Option<Error>, Error> {
        if obstacles.refused.is_some() {
            return Ok(obstacles.refused);
        }
        let single = usable.iter().find(|alternative| match alternative.as_slice() {
            [scheme] => self.is_preferred(scheme),
            _ => false,
        });
        let Some(alternative) = single.or_else(|| usable.first()) else { return Ok(None) };
        let mut schemes = Vec::new();
        for scheme in *alternative {
            if !matches!(self.environment_value(scheme), Ok(Some(_)))
                && !matches!(self.ask(scheme)?, Answer::Found(..))
            {
                schemes.push(scheme.clone());
            }
        }
        let names = self.variables();
        let variables = schemes
            .iter()
            .map(|scheme| if self.is_preferred(scheme) { names.token() } else { names.scheme(scheme) });
        Ok(Some(Error::Missing {
            plugin: self.plugin.clone(),
            profile: self.profile.clone(),
            variables: variables.collect(),
            preferred: matches!(schemes.as_slice(), [scheme] if self.is_preferred(scheme)),
            schemes,
            down: self.state().down.clone(),
        }))
    }
}

impl CredentialSource for Credentials {
    fn permit(&self, origin: &Origin) -> Result<(), Error> {
        self.consent.permit(origin)
    }

    fn attach(
        &self,
        alternatives: &[SecurityAlternative],
        origin: &Origin,
    ) -> Result<Vec<Attachment>, Error> {
        self.state().sent.clear();
        let usable: Vec<&SecurityAlternative> = alternatives
            .iter()
            .filter(|alternative| {
                !alternative.is_empty() && alternative.iter().all(|scheme| self.defect(scheme).is_none())
            })
            .collect();
        for alternative in &usable {
            if let Some(attachments) = self.whole(alternative, |scheme| self.environment_value(scheme))? {
                return Ok(attachments);
            }
        }
        let mut obstacles = Obstacles::default();
        for alternative in &usable {
            let attachments = self.whole(alternative, |scheme| match self.environment_value(scheme)? {
                Some(own) => Ok(Some(own)),
                None => self.stored_value(scheme, origin, &mut obstacles),
            })?;
            if let Some(attachments) = attachments {
                return Ok(attachments);
            }
        }
        let optional = alternatives.is_empty() || alternatives.iter().any(Vec::is_empty);
        if optional {
            return Ok(Vec::new());
        }
        let defect = || alternatives.iter().flatten().find_map(|scheme| self.defect(scheme));
        match self.missing(&usable, obstacles)?.or_else(defect) {
            Some(error) => Err(error),
            None => Ok(Vec::new()),
        }
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    fn renew(&self, origin: &Origin) -> Result<Option<Vec<Attachment>>, Error> {
        if self.transport.is_none() {
            return Ok(None);
        }
        let schemes: Vec<String> = self.state().sent.iter().map(|sent| sent.scheme.clone()).collect();
        let mut renewed = false;
        for scheme in &schemes {
            let answer = self.state().asked.get(scheme).cloned();
            let Some(Answer::Found(kind, entry)) = answer else { continue };
            if !entry.grant.as_ref().is_some_and(super::entry::Grant::is_renewable) {
                continue;
            }
            let Some(vault) = self.stores.vault(kind) else { continue };
            let entry = self.renewed(scheme, vault, &entry)?;
            self.state().asked.insert(scheme.clone(), Answer::Found(kind, Arc::new(entry)));
            renewed = true;
        }
        if renewed { self.attach(&[schemes], origin).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests;
