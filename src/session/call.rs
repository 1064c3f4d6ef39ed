//! The call itself.

use std::rc::Rc;
use std::sync::Arc;

use super::account::account;
use super::explain::explained;
use super::outcome::{Done, Outcome, hiding};
use super::parties::Shared;
use super::person::{Person, Silent};
use super::verbose::Verbose;
use super::way::{Destination, Way};
use crate::credentials::Stores;
use crate::diagnostic::{Failure, Kind};
use crate::engine::{self, Call, Code, Values};
use crate::http::Request;
use crate::plugins::{Found, Plugin};

/// Makes calls for one person.
///
/// It may be shared by threads; each of them has its own plugins, since compiled scripts stay in the thread that compiled
/// them.
pub struct Session(Shared);

impl Session {
    /// A session with these stores, for this person. Nothing is opened or connected before a call needs it.
    pub fn new(stores: Arc<Stores>, person: Arc<dyn Person>) -> Self {
        Self(Shared::new(stores, person))
    }

    /// A session without stores, environment or person: for the mock, and for previews.
    pub fn in_memory() -> Self {
        Self::new(Arc::new(Stores::none()), Arc::new(Silent))
    }

    /// Calls a command with these values, or returns what would be sent.
    ///
    /// # Errors
    ///
    /// What the user would be told, without any secret.
    pub fn call(
        &self,
        plugin: &Plugin,
        found: &Found,
        values: Values,
        to: &Destination,
        way: Way,
    ) -> Result<Done, Failure> {
        let name = plugin.name();
        let mut parties = self.0.parties(plugin, found, &values, to, &way)?;
        let secrets = parties.sender.credentials.secrets();
        let person = &self.0.person;
        if way.verbose {
            let inner = parties.sender.transport;
            parties.sender.transport = Arc::new(Verbose::new(inner, secrets.clone(), Arc::clone(person)));
        }
        let (printed, person) = (secrets.clone(), Arc::clone(person));
        let hooks = plugin.hooks()?;
        let code = Code {
            plugin: &name,
            manifest: plugin.manifest(),
            script: &found.script,
            hooks: hooks.as_deref(),
            function: &found.function.name,
            command: found.facts.as_ref(),
        };
        let outcome = engine::run(Call {
            code,
            values,
            to: parties.to,
            sender: parties.sender,
            mode: way.mode,
            limits: way.limits,
            on_print: Rc::new(move |text| person.note(&printed.message(text))),
        });
        let sent = parties.own.as_ref().map(|own| own.credentials.sent()).unwrap_or_default();
        match (outcome, parties.own) {
            (Ok(outcome), _) => Ok(Done { outcome: Outcome::of(outcome, &secrets), sent, secrets }),
            (Err(error), Some(own)) => {
                let account = account(&name, &own.profile)?;
                let facts = found.facts.as_ref();
                let failure = explained(error.into(), account, facts, plugin.manifest(), &sent);
                Err(hiding(failure, &secrets))
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    /// The request that a command would send with these values, without an account or a person to ask: its script runs, and
    /// nothing is sent, printed, or read from any store. A plugin without a server previews its requests to
    /// `http://preview.invalid`; credentials are left out.
    ///
    /// # Errors
    ///
    /// What the user would be told: a script that fails, or one that sends nothing.
    pub fn preview(
        plugin: &Plugin,
        found: &Found,
        values: Values,
        to: &Destination,
    ) -> Result<Request, Failure> {
        match Self::in_memory().call(plugin, found, values, to, Way::preview())?.outcome {
            Outcome::Preview(request) => Ok(*request),
            _ => Err(Failure::new(Kind::Other, format!("`{}` sends no request", found.line(&plugin.name())))
                .hint("its script must call `send()`")),
        }
    }
}
