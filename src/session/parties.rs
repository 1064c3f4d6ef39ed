//! Who takes part in a call: the server, who sends to it, and whose credentials are used.

use std::sync::{Arc, OnceLock};

use super::account::{account, refuse_secrets};
use super::client::{self, USER_AGENT};
use super::nobody::{NoCredentials, NoTransport};
use super::person::Person;
use super::server;
use super::way::{Destination, Way, With};
use crate::credentials::{Account, Consent, CredentialSource, Credentials, Placeholder, Question, Stores};
use crate::diagnostic::Failure;
use crate::engine::{Mode, Sender, To, Values};
use crate::http::{Client, Transport};
use crate::mock::Mock;
use crate::model::{Origin, Profile};
use crate::plugins::{Found, Plugin};

/// Where requests of a plugin without a server appear to go.
const NO_SERVER: &str = "http://preview.invalid";

/// What all calls of a session use.
pub(super) struct Shared {
    pub(super) stores: Arc<Stores>,
    pub(super) person: Arc<dyn Person>,
    servers: OnceLock<Arc<Client>>,
    provider: Arc<OnceLock<Arc<Client>>>,
}

/// Who takes part in one call.
pub(super) struct Parties {
    pub(super) to: To,
    pub(super) sender: Sender,
    /// The user's own account, if it is used.
    pub(super) own: Option<Own>,
}

/// A user's account in a call.
pub(super) struct Own {
    /// The profile's name.
    pub(super) profile: String,
    pub(super) credentials: Arc<Credentials>,
}

impl Shared {
    pub(super) fn new(stores: Arc<Stores>, person: Arc<dyn Person>) -> Self {
        Self { stores, person, servers: OnceLock::new(), provider: Arc::default() }
    }

    /// The parties of a call of `found` with `values`.
    pub(super) fn parties(
        &self,
        plugin: &Plugin,
        found: &Found,
        values: &Values,
        to: &Destination,
        way: &Way,
    ) -> Result<Parties, Failure> {
        if way.with == With::Nobody {
            return Ok(nobody(plugin, found, to));
        }
        let (name, manifest) = (plugin.name(), plugin.manifest());
        let mock = way.with == With::Mock;
        let sends = way.mode == Mode::Send && !mock;
        let person = Arc::clone(&self.person);
        let ask = move |question: &Question| sends && person.agrees(question);
        let record = self.stores.records().get(&name)?;
        let asked: Option<&dyn Fn(&Question) -> bool> = if sends { Some(&ask) } else { None };
        let named = to.profile.as_deref();
        let profile_name = self.stores.records().profile(&name, manifest, record.as_ref(), named, asked)?;
        let account = account(&name, &profile_name)?;
        refuse_secrets(found, values, manifest, account)?;
        let profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
        let said = self.stores.server(account, manifest)?;
        let target = server::choose(plugin, found, to, mock, said.as_ref(), &profile, record.as_ref())?;
        let (transport, credentials, own): (Arc<dyn Transport>, Arc<dyn CredentialSource>, _) = if mock {
            (Arc::new(Mock::new(plugin.document()?)), Arc::new(Placeholder::new(manifest)), None)
        } else {
            let of_run = target.origin.clone().filter(|_| target.is_named);
            let of_profile = server::of_profile(manifest, &profile);
            let records = self.stores.records().clone();
            let consent =
                Consent::new(account, manifest, record, of_profile, of_run, &records, Box::new(ask));
            let own = Arc::new(self.credentials(account, plugin, consent, way.mode));
            (self.servers(), Arc::clone(&own) as _, Some(own))
        };
        let to = To {
            server: target.url,
            named_origin: target.origin,
            headers: profile.headers.into_iter().collect(),
        };
        let sender = Sender { transport, credentials, user_agent: USER_AGENT };
        let own = own.map(|credentials| Own { profile: profile_name.clone(), credentials });
        Ok(Parties { to, sender, own })
    }

    fn credentials(
        &self,
        account: Account<'_>,
        plugin: &Plugin,
        consent: Consent,
        mode: Mode,
    ) -> Credentials {
        let kept = Arc::clone(&self.provider);
        let provider = move || {
            let client = kept.get_or_init(|| Arc::new(client::provider()));
            Arc::clone(client) as Arc<dyn Transport>
        };
        // A preview needs no valid token.
        let renews = (mode == Mode::Send).then(|| Box::new(provider) as _);
        Credentials::new(account, plugin.manifest(), consent, Arc::clone(&self.stores), renews)
    }

    /// The transport to servers, created when the first call sends something.
    fn servers(&self) -> Arc<Client> {
        Arc::clone(self.servers.get_or_init(|| Arc::new(client::servers())))
    }
}

/// Those of a preview without an account.
fn nobody(plugin: &Plugin, found: &Found, to: &Destination) -> Parties {
    let (server, named_origin) =
        match server::choose(plugin, found, to, false, None, &Profile::default(), None) {
            Ok(target) => (target.url, target.origin),
            Err(_) => (NO_SERVER.to_owned(), Origin::of(NO_SERVER)),
        };
    let to = To { server, named_origin, headers: Vec::new() };
    let sender = Sender {
        transport: Arc::new(NoTransport),
        credentials: Arc::new(NoCredentials),
        user_agent: USER_AGENT,
    };
    Parties { to, sender, own: None }
}
