//! One call for whoever asks: the server, the account, what was agreed to, the transport, a preview, an explanation. No clap,
//! no terminal.

mod explain;
mod preview;
pub(crate) mod provider;
pub(crate) mod server;
mod verbose;

pub(crate) use preview::preview;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::credentials::{
    self, Account, Consent, CredentialSource, Credentials, Placeholder, Question, Stores, Variables,
};
use crate::diagnostic::{Failure, usage};
use crate::engine::{self, Call, Limits, Mode, Outcome};
use crate::http::{self, Client, ClientOptions, Secrets, Transport};
use crate::input::Values;
use crate::mock::Mock;
use crate::model::{AuthScheme, Manifest, Profile};
use crate::plugins::{Found, Plugin};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What `user-agent` says.
pub(crate) const USER_AGENT: &str = concat!("apicli/", env!("CARGO_PKG_VERSION"));

/// Who hears of a call while it runs.
pub(crate) trait Person {
    /// Says something; never a secret.
    fn note(&self, text: &str);

    /// Puts a question about trust; no where there is nobody to answer.
    fn agrees(&self, question: &Question) -> bool;
}

/// Where a call goes, and as whom, as far as it was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The profile's name.
    pub(crate) profile: Option<String>,
    /// A URL, or a server's number or name.
    pub(crate) server: Option<String>,
    /// Values for variables of the server's URL, as `name=value`.
    pub(crate) variables: Vec<String>,
}

/// How a call is made.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Send, or only show.
    pub(crate) mode: Mode,
    /// The document answers, and no server.
    pub(crate) mock: bool,
    /// Requests and answers are told to the person.
    pub(crate) verbose: bool,
    /// What it may use.
    pub(crate) limits: Limits,
}

/// What a call came to.
pub(crate) struct Done {
    /// What the command's function returned, or the request that is shown.
    pub(crate) outcome: Outcome,
    /// The credentials that went along.
    pub(crate) sent: Vec<credentials::Sent>,
    /// The secrets that the run has taken: they are hidden in whatever is shown of the outcome.
    pub(crate) secrets: Secrets,
}

/// Makes calls for one person.
pub(crate) struct Session {
    stores: Arc<Stores>,
    person: Rc<dyn Person>,
}

impl Session {
    /// A session with these stores, for this person.
    pub(crate) fn new(stores: Arc<Stores>, person: Rc<dyn Person>) -> Self {
        Self { stores, person }
    }

    /// Calls a command with these values, or makes what would be sent.
    pub(crate) fn call(
        &self,
        plugin: &Plugin,
        found: &Found,
        values: Values,
        to: &Destination,
        way: Way,
    ) -> Result<Done, Failure> {
        let name = plugin.name();
        let manifest = plugin.manifest();
        let shows_only = way.mode == Mode::Preview;
        let sends = !shows_only && !way.mock;
        let person = Rc::clone(&self.person);
        let ask = move |question: &Question| sends && person.agrees(question);
        let record = self.stores.records().get(&name)?;
        let asked: Option<&dyn Fn(&Question) -> bool> = if sends { Some(&ask) } else { None };
        let named = to.profile.as_deref();
        let profile_name = self.stores.records().profile(&name, manifest, record.as_ref(), named, asked)?;
        let account = account(&name, &profile_name)?;
        refuse_secrets(found, &values, manifest, account)?;
        let profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
        let said = self.stores.server(account, manifest)?;
        let target = server::choose(plugin, found, to, way.mock, said.as_ref(), &profile, record.as_ref())?;
        let transport: Rc<dyn Transport> = if way.mock {
            Rc::new(Mock::new(plugin.document()?))
        } else {
            Rc::new(Client::new(ClientOptions {
                timeout: way.limits.whole_time,
                connect_timeout: CONNECT_TIMEOUT.min(way.limits.silence.of_request(None)),
                max_response_bytes: http::DEFAULT_MAX_RESPONSE_BYTES,
                user_agent: USER_AGENT.to_owned(),
            }))
        };
        let own = (!way.mock).then(|| {
            // What is only shown needs no token that is still good.
            let renews = (!shows_only).then_some(provider::transport as fn() -> Rc<dyn Transport>);
            let of_run = target.origin.clone().filter(|_| target.is_named);
            let own = server::of_profile(manifest, &profile);
            let records = self.stores.records().clone();
            let consent = Consent::new(account, manifest, record, own, of_run, &records, Box::new(ask));
            Rc::new(Credentials::new(account, manifest, consent, Arc::clone(&self.stores), renews))
        });
        let credentials: Rc<dyn CredentialSource> = match &own {
            Some(own) => Rc::clone(own) as Rc<dyn CredentialSource>,
            None => Rc::new(Placeholder::new(manifest)),
        };
        let secrets = credentials.secrets();
        let transport = if way.verbose {
            Rc::new(verbose::Verbose::new(transport, secrets.clone(), Rc::clone(&self.person)))
        } else {
            transport
        };
        let person = Rc::clone(&self.person);
        let printed = secrets.clone();
        let hooks = plugin.hooks()?;
        let outcome = engine::run(Call {
            plugin: &name,
            manifest,
            script: &found.script,
            hooks: hooks.as_deref(),
            function: &found.function.name,
            positionals: values.positionals,
            flags: values.flags,
            files: values.files,
            command: found.facts.as_ref(),
            body: values.body,
            media: values.media,
            server: target.url,
            named_origin: target.origin,
            headers: profile.headers.into_iter().collect(),
            transport,
            credentials,
            mode: way.mode,
            limits: way.limits,
            user_agent: USER_AGENT.to_owned(),
            on_print: Rc::new(move |text| person.note(&printed.message(text))),
        });
        let sent = own.as_ref().map(|own| own.sent()).unwrap_or_default();
        match outcome {
            Ok(outcome) => Ok(Done { outcome, sent, secrets }),
            Err(error) if own.is_some() => {
                let failure =
                    explain::explained(error.into(), account, found.facts.as_ref(), manifest, &sent);
                Err(hiding(failure, &secrets))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The failure without secrets.
pub(crate) fn hiding(failure: Failure, secrets: &Secrets) -> Failure {
    failure.map(|text| secrets.message(text).into_owned())
}

/// The account of a plugin and a profile, whose name must be one.
pub(crate) fn account<'a>(plugin: &'a str, profile: &'a str) -> Result<Account<'a>, Failure> {
    if Profile::is_name(profile) {
        return Ok(Account { plugin, profile });
    }
    Err(usage(format!("`{profile}` cannot be a profile's name"))
        .hint("use letters, digits, `-` and `_`, at most 40 of them"))
}

/// A flag that would put a credential on the command line, where every process of the machine can read it.
fn refuse_secrets(
    found: &Found,
    values: &Values,
    manifest: &Manifest,
    account: Account<'_>,
) -> Result<(), Failure> {
    let arguments = found.facts.iter().flat_map(|facts| &facts.arguments);
    for argument in arguments.filter(|argument| values.flags.contains_key(argument.top_key())) {
        let takes = |scheme: &AuthScheme| scheme.is_in(argument.location, &argument.wire_name());
        if let Some((scheme, _)) = manifest.auth.iter().find(|(_, scheme)| takes(scheme)) {
            let (plugin, flag) = (account.plugin, account.flag());
            let variable = Variables::new(account, manifest).scheme(scheme);
            let message =
                format!("`--{}` is a credential, which does not belong on a command line", argument.name);
            return Err(usage(message).hint(format!(
                "run `apicli auth login {plugin}{flag} --scheme {scheme}`, or set `{variable}`"
            )));
        }
    }
    Ok(())
}
