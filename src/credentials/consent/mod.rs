//! Where the requests and credentials of an account may go: what the user agreed to.
//!
//! It is kept in a [`Record`] under the plugin's name, outside of its folder. The record is written by the first generation
//! from a document that the user named, by a login, by `auth use --server`, and by an answer to a [`Question`]. Nothing in the
//! folder widens it.

mod question;
mod record;
mod records;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use question::Question;
pub use record::{ProfileRecord, Record, Template, Wishes};
pub use records::Records;

use super::stores::environment::Variables;
use super::{Account, Error};
use crate::model::{Manifest, Origin, Profile};

/// Asks the user a question; the answer is no if there is nobody to ask.
pub type Ask = Box<dyn Fn(&Question) -> bool + Send + Sync>;

/// What one account may do in one run.
pub struct Consent {
    plugin: String,
    profile: String,
    /// The profile is the one that the folder names.
    is_usual: bool,
    /// What the folder asks for, including the profile's own server.
    wishes: Wishes,
    /// The servers that a person may choose, in order: what to name when one is to be agreed to.
    servers: Vec<String>,
    /// Where the profile's own server is.
    own: Option<Origin>,
    /// The origin that the person named for this run.
    named: Option<Origin>,
    /// The variable to set instead of answering.
    variable: String,
    records: Records,
    ask: Ask,
    known: Mutex<Option<Record>>,
}

impl Consent {
    /// For `account`, where `manifest` is the folder's and `known` is what was agreed to for the plugin. `own` is where the
    /// profile's own server is according to the folder, and `named` the origin that the user named for this run alone.
    pub fn new(
        account: Account<'_>,
        manifest: &Manifest,
        known: Option<Record>,
        own: Option<Origin>,
        named: Option<Origin>,
        records: &Records,
        ask: Ask,
    ) -> Self {
        let mut wishes = Wishes::of(manifest);
        wishes.origins.extend(own.clone());
        Self {
            plugin: account.plugin.to_owned(),
            profile: account.profile.to_owned(),
            is_usual: manifest.profile_name(None) == account.profile,
            wishes,
            servers: manifest.servers.iter().map(|server| server.url.clone()).collect(),
            own,
            named,
            variable: Variables::new(account, manifest).server(),
            known: Mutex::new(known),
            records: records.clone(),
            ask,
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<Record>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether requests may go to `origin`; asks about what nobody has agreed to yet.
    ///
    /// # Errors
    ///
    /// [`Error::Unagreed`] if the answer is no, or there is nobody to ask.
    pub fn permit(&self, origin: &Origin) -> Result<(), Error> {
        if self.named.as_ref() == Some(origin) {
            return Ok(());
        }
        let is_known = match &*self.known() {
            Some(record) if record.permits(&self.profile, origin) => return Ok(()),
            record => record.is_some(),
        };
        let plugin = self.plugin.clone();
        let question = if is_known {
            Question::Servers { plugin, servers: vec![origin.to_string()] }
        } else {
            let mut all = self.wishes.clone();
            all.origins.insert(origin.clone());
            Question::Unknown { plugin, profile: self.profile.clone(), servers: all.servers() }
        };
        if !(self.ask)(&question) {
            return Err(Error::Unagreed {
                plugin: self.plugin.clone(),
                profile: self.profile.clone(),
                origin: origin.clone(),
                server: self.server(origin),
                variable: self.variable.clone(),
                is_known,
            });
        }
        self.keep(|record| {
            if !is_known {
                let mut wishes = self.wishes.clone();
                if let Some(own) = &self.own {
                    wishes.origins.remove(own);
                }
                record.agree(&wishes, true);
                if self.is_usual {
                    record.profile.clone_from(&self.profile);
                }
            }
            // A profile's own server belongs to no other profile.
            if self.own.as_ref() == Some(origin) || (!is_known && self.own.is_some()) {
                let own = &mut record.profiles.entry(self.profile.clone()).or_default().origins;
                own.extend(self.own.clone());
            }
            if !record.permits(&self.profile, origin) {
                record.agree(&Wishes { origins: [origin.clone()].into(), ..Wishes::default() }, true);
            }
        })
    }

    /// The server to name for an origin: with its path if it can be chosen. `None` for a server that only single operations
    /// go to.
    fn server(&self, origin: &Origin) -> Option<String> {
        let listed = self.servers.iter().find(|url| Origin::of(url).as_ref() == Some(origin));
        let is_foreign = self.wishes.origins.contains(origin) && self.own.as_ref() != Some(origin);
        match listed {
            Some(url) => Some(url.trim_end_matches('/').to_owned()),
            None if is_foreign => None,
            None => Some(origin.to_string()),
        }
    }

    /// Whether a credential that is bound to other origins may go to `origin` too.
    pub(super) fn gives(&self, origin: &Origin) -> bool {
        self.named.as_ref() == Some(origin)
            || self.known().as_ref().is_some_and(|record| record.gives(&self.profile, origin))
    }

    pub(super) fn ask(&self, question: &Question) -> bool {
        (self.ask)(question)
    }

    /// Whether a login may begin: its credential may be sent somewhere, or nothing is left to agree to.
    ///
    /// # Errors
    ///
    /// [`Error::Unagreed`], as from [`Consent::permit`].
    pub fn begin(&self) -> Result<(), Error> {
        match self.wishes.origins.first() {
            Some(first) if self.origins().is_empty() => self.permit(first),
            _ => Ok(()),
        }
    }

    /// What a credential is bound to at a login: what the folder lists and the user agreed to.
    pub fn origins(&self) -> Vec<Origin> {
        let known = self.known();
        let Some(record) = known.as_ref() else { return Vec::new() };
        let agreed = |origin: &&Origin| record.permits(&self.profile, origin);
        self.wishes.origins.iter().filter(agreed).cloned().collect()
    }

    /// What the folder lists and nobody has agreed to.
    pub fn left_out(&self) -> Vec<Origin> {
        let agreed = self.origins();
        self.wishes.origins.iter().filter(|origin| !agreed.contains(origin)).cloned().collect()
    }

    /// Whether a login may contact these hosts, some of which the user has typed.
    ///
    /// # Errors
    ///
    /// [`Error::UnagreedProvider`] if the answer is no, or there is nobody to ask.
    pub fn permit_providers(&self, scheme: &str, origins: &[Origin], typed: &[Origin]) -> Result<(), Error> {
        let new: Vec<Origin> = {
            let known = self.known();
            let agreed =
                |origin: &Origin| known.as_ref().is_some_and(|record| record.providers.contains(origin));
            origins.iter().filter(|origin| !typed.contains(origin) && !agreed(origin)).cloned().collect()
        };
        let Some(first) = new.first().cloned() else { return Ok(()) };
        if !self.ask(&Question::Providers { plugin: self.plugin.clone(), origins: new.clone() }) {
            return Err(Error::UnagreedProvider {
                plugin: self.plugin.clone(),
                scheme: scheme.to_owned(),
                origin: first,
            });
        }
        self.keep(|record| record.providers.extend(new))
    }

    /// Records that there was a login, and what was typed for it.
    pub fn logged_in(&self, scheme: &str, providers: &[Origin]) -> Result<(), Error> {
        self.keep(|record| {
            record.profiles.entry(self.profile.clone()).or_default().logins.insert(scheme.to_owned());
            record.providers.extend(providers.iter().cloned());
        })
    }

    fn keep(&self, change: impl FnOnce(&mut Record)) -> Result<(), Error> {
        let changed = self.records.change(&self.plugin, change)?;
        *self.known() = Some(changed);
        Ok(())
    }
}

impl Records {
    /// The profile that a plugin uses: `named` by the command, else the user's choice, which is in `known`. If the folder
    /// names another one, the user has to agree before anything is sent under it; `ask` is given if something will be sent.
    ///
    /// # Errors
    ///
    /// [`Error::UnagreedProfile`] if the answer is no, or there is nobody to ask.
    pub fn profile(
        &self,
        plugin: &str,
        manifest: &Manifest,
        known: Option<&Record>,
        named: Option<&str>,
        ask: Option<&dyn Fn(&Question) -> bool>,
    ) -> Result<String, Error> {
        if let Some(named) = named {
            return Ok(named.to_owned());
        }
        let wanted = manifest.profile_name(None);
        let Some(known) = known else { return Ok(wanted.to_owned()) };
        let chosen = known.profile();
        if manifest.profile.is_empty() || wanted == chosen {
            return Ok(chosen.to_owned());
        }
        // What is not a valid name belongs to no account, so there is nothing to ask.
        if !Profile::is_name(wanted) {
            return Ok(wanted.to_owned());
        }
        let Some(ask) = ask else { return Ok(wanted.to_owned()) };
        let (profile, before) = (wanted.to_owned(), chosen.to_owned());
        let question =
            Question::Profile { plugin: plugin.to_owned(), profile: profile.clone(), before: before.clone() };
        if !ask(&question) {
            return Err(Error::UnagreedProfile { plugin: plugin.to_owned(), profile, chosen: before });
        }
        self.change(plugin, |record| record.profile.clone_from(&profile))?;
        Ok(profile)
    }

    /// Records which profile the user chose, and where they said its requests go.
    pub fn use_profile(&self, plugin: &str, profile: &str, origins: &[Origin]) -> Result<(), Error> {
        let change = |record: &mut Record| {
            profile.clone_into(&mut record.profile);
            let own = record.profiles.entry(profile.to_owned()).or_default();
            own.origins.extend(origins.iter().cloned());
        };
        self.change(plugin, change).map(drop)
    }

    /// Records a document that the user generated the plugin from: everything in the first one, which the user named, and what
    /// the user agrees to in a later one. Returns what is left out.
    pub fn generated(
        &self,
        plugin: &str,
        wishes: &Wishes,
        ask: &dyn Fn(&Question) -> bool,
    ) -> Result<Wishes, Error> {
        let known = self.get(plugin)?.unwrap_or_default();
        if known.document.is_empty() {
            self.change(plugin, |record| record.agree(wishes, false))?;
            return Ok(Wishes::default());
        }
        let new = wishes.beyond(&known);
        let (mut agreed, mut left) = (Wishes::default(), Wishes::default());
        let plugin_name = || plugin.to_owned();
        if let Some(now) = &new.document {
            let question = Question::Document {
                plugin: plugin_name(),
                before: known.document.clone(),
                now: now.clone(),
            };
            let to = if ask(&question) { &mut agreed } else { &mut left };
            to.document = Some(now.clone());
        }
        if !new.origins.is_empty() || !new.templates.is_empty() {
            let question = Question::Servers { plugin: plugin_name(), servers: new.servers() };
            let to = if ask(&question) { &mut agreed } else { &mut left };
            (to.origins, to.templates) = (new.origins, new.templates);
        }
        if !new.providers.is_empty() {
            let origins = new.providers.iter().cloned().collect();
            let question = Question::Providers { plugin: plugin_name(), origins };
            let to = if ask(&question) { &mut agreed } else { &mut left };
            to.providers = new.providers;
        }
        if agreed != Wishes::default() {
            self.change(plugin, |record| record.agree(&agreed, true))?;
        }
        Ok(left)
    }
}

#[cfg(test)]
mod tests;
