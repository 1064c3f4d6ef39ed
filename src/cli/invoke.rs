//! One run of a plugin's command: from what was typed to what is printed.

use std::ffi::OsString;
use std::rc::Rc;
use std::time::Duration;

use clap::ArgMatches;
use serde_json::Value;

use super::context::{Context, note, warn};
use super::flags::{Signature, Typed};
use super::plugin::line;
use super::{auth, body, help, server, template, usage};
use crate::credentials::{
    self, Account, Consent, CredentialSource, Credentials, Placeholder, Question, Variables,
};
use crate::diagnostic::{Failure, Kind};
use crate::engine::{self, Call, Limits, Mode, Outcome, Silence};
use crate::generator::typed;
use crate::http::{self, Attachment, Client, ClientOptions, Request, Response, Secrets, Time, Transport};
use crate::mock::Mock;
use crate::model::{AuthScheme, Manifest, Origin, Profile, SecurityAlternative};
use crate::output::{self, Format};
use crate::plugins::{Found, Plugin};

/// The longest time that can be given to a whole command: a week.
const MOST_TIME: f64 = 604_800.0;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What `user-agent` says.
pub(super) const USER_AGENT: &str = concat!("apicli/", env!("CARGO_PKG_VERSION"));

/// Parses the arguments that follow the command's words, and runs it.
pub(super) fn run(
    plugin: &Plugin,
    found: &Found,
    arguments: &[OsString],
    context: &Context,
) -> Result<(), Failure> {
    let name = plugin.name();
    let command = format!("{} {}", line(&name, &found.group), typed(&found.function.name));
    let signature = Signature::of(found);
    let typed = signature.parse(arguments, &command)?;
    if typed.host.get_flag("help") || typed.host.get_flag("help-all") {
        let mut text = help::command(&command, found, &signature, typed.host.get_flag("help-all"));
        let servers = server::servers(plugin.manifest(), found);
        if servers.len() > 1 || servers.iter().any(|server| !server.variables.is_empty()) {
            let list = server::list(&servers).unwrap_or_default();
            text.push_str(&crate::text::printable_block(&format!("\nServers:\n{list}")));
        }
        return output::text(&text);
    }
    if typed.host.contains_id("body-template") {
        let alternative = typed.alternative.as_deref();
        return template::print(plugin, found, &signature, typed.media, alternative, &command);
    }
    if found.facts.as_ref().is_some_and(|facts| facts.deprecated) {
        warn(&format!("`{command}` is deprecated"));
    }
    let (outcome, host, credentials) = sent(plugin, found, &signature, typed, &command, context)?;
    if let Outcome::Preview(request) = &outcome
        && request.credentials.is_empty()
        && found.facts.as_ref().is_some_and(|facts| facts.security.iter().any(|schemes| !schemes.is_empty()))
    {
        note(&format!("no credential for `{name}` is at hand; the request is shown without one"));
    }
    let secrets = taken(credentials.as_ref());
    drop(credentials);
    print(outcome, &host, &secrets).map_err(|failure| hiding(failure, &secrets))
}

/// The secrets that a run has taken.
fn taken(credentials: Option<&Rc<Credentials>>) -> Secrets {
    credentials.map(|credentials| credentials.secrets()).unwrap_or_default()
}

fn hiding(failure: Failure, secrets: &Secrets) -> Failure {
    failure.map(|text| secrets.message(text).into_owned())
}

/// What a command comes to, without anything printed; and the credentials that went along.
pub(super) fn outcome(
    plugin: &Plugin,
    found: &Found,
    arguments: &[OsString],
    context: &Context,
) -> Result<(Outcome, Vec<credentials::Sent>, Secrets), Failure> {
    let command = format!("{} {}", line(&plugin.name(), &found.group), typed(&found.function.name));
    let signature = Signature::of(found);
    let typed = signature.parse(arguments, &command)?;
    let (outcome, _, credentials) = sent(plugin, found, &signature, typed, &command, context)?;
    let secrets = taken(credentials.as_ref());
    Ok((outcome, credentials.map(|credentials| credentials.sent()).unwrap_or_default(), secrets))
}

/// A flag that would put a credential on the command line, where every process of the machine can read it.
fn refuse_secrets(
    found: &Found,
    typed: &Typed,
    manifest: &Manifest,
    account: Account<'_>,
) -> Result<(), Failure> {
    let arguments = found.facts.iter().flat_map(|facts| &facts.arguments);
    for argument in arguments.filter(|argument| typed.flags.contains_key(argument.top_key())) {
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

/// Sends what was typed, or makes what would be sent.
fn sent(
    plugin: &Plugin,
    found: &Found,
    signature: &Signature,
    typed: Typed,
    command: &str,
    context: &Context,
) -> Result<(Outcome, ArgMatches, Option<Rc<Credentials>>), Failure> {
    let name = plugin.name();
    let manifest = plugin.manifest();
    let shows_only = typed.host.get_flag("dry-run") || typed.host.get_flag("curl");
    let mocked = typed.host.get_flag("mock");
    let sends = !shows_only && !mocked;
    let ask = move |question: &Question| sends && auth::ask(question);
    let stores = auth::stores(context);
    let record = stores.records().get(&name)?;
    let named = typed.host.get_one::<String>("profile").map(String::as_str);
    let asked: Option<&dyn Fn(&Question) -> bool> = if sends { Some(&ask) } else { None };
    let profile_name = stores.records().profile(&name, manifest, record.as_ref(), named, asked)?;
    let account = auth::account(&name, &profile_name)?;
    refuse_secrets(found, &typed, manifest, account)?;
    let profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
    let said = stores.server(account, manifest)?;
    let target = server::choose(plugin, found, &typed.host, said.as_ref(), &profile, record.as_ref())?;
    let limits = limits(&typed.host)?;
    let transport: Rc<dyn Transport> = if mocked {
        Rc::new(Mock::new(plugin.document()?))
    } else {
        Rc::new(Client::new(ClientOptions {
            timeout: limits.whole_time,
            connect_timeout: CONNECT_TIMEOUT.min(limits.silence.of_request(None)),
            max_response_bytes: http::DEFAULT_MAX_RESPONSE_BYTES,
            user_agent: USER_AGENT.to_owned(),
        }))
    };
    let own = (!mocked).then(|| {
        // What is only shown needs no token that is still good.
        let renews = (!shows_only).then_some(auth::provider as fn() -> Rc<dyn Transport>);
        let of_run = target.origin.clone().filter(|_| target.is_named);
        let own = server::of_profile(manifest, &profile);
        let records = stores.records().clone();
        let consent = Consent::new(account, manifest, record, own, of_run, &records, Box::new(ask));
        Rc::new(Credentials::new(account, manifest, consent, stores, renews))
    });
    let credentials: Rc<dyn CredentialSource> = match &own {
        Some(own) => Rc::clone(own) as Rc<dyn CredentialSource>,
        None => Rc::new(Placeholder::new(manifest)),
    };
    let secrets = taken(own.as_ref());
    let transport =
        if typed.host.get_flag("verbose") { Rc::new(Verbose(transport, secrets.clone())) } else { transport };
    let mode = if shows_only { Mode::Preview } else { Mode::Send };
    let headers = profile.headers.into_iter().collect();
    let way = Way {
        mode,
        server: target.url,
        named_origin: target.origin,
        headers,
        limits,
        credentials,
        transport,
    };
    match call(plugin, found, signature, typed, command, way) {
        Ok((outcome, host)) => Ok((outcome, host, own)),
        Err(failure) => Err(match &own {
            Some(own) => hiding(
                auth::explained(failure, account, found.facts.as_ref(), manifest, &own.sent()),
                &secrets,
            ),
            None => failure,
        }),
    }
}

/// The request that a command would send: its arguments are parsed and its script is run, as [`crate::run`] does it, and
/// nothing is sent, printed, or asked of the keyring. `arguments` are those after the command's words.
///
/// A plugin without a server previews its requests to `http://preview.invalid`; credentials are left out.
///
/// # Errors
///
/// What a person would be told: arguments that do not fit, a script that fails, or a script that sends nothing.
pub fn preview(plugin: &Plugin, found: &Found, arguments: &[OsString]) -> Result<Request, Failure> {
    let command = format!("{} {}", line(&plugin.name(), &found.group), typed(&found.function.name));
    let signature = Signature::of(found);
    let typed = signature.parse(arguments, &command)?;
    let (server, named_origin) =
        match server::choose(plugin, found, &typed.host, None, &Profile::default(), None) {
            Ok(target) => (target.url, target.origin),
            Err(_) => (NO_SERVER.to_owned(), Origin::of(NO_SERVER)),
        };
    let way = Way {
        mode: Mode::Preview,
        server,
        named_origin,
        headers: Vec::new(),
        limits: Limits::default(),
        credentials: Rc::new(NoCredentials),
        transport: Rc::new(NoTransport),
    };
    match call(plugin, found, &signature, typed, &command, way)? {
        (Outcome::Preview(request), _) => Ok(*request),
        _ => Err(Failure::new(Kind::Other, format!("`{command}` sends no request"))
            .hint("its script must call `send()`")),
    }
}

/// Where the requests of a plugin without a server are shown to go.
const NO_SERVER: &str = "http://preview.invalid";

/// Attaches nothing.
struct NoCredentials;

impl CredentialSource for NoCredentials {
    fn attach(&self, _: &[SecurityAlternative], _: &Origin) -> Result<Vec<Attachment>, credentials::Error> {
        Ok(Vec::new())
    }
}

/// Sends nothing: a preview ends before it would.
struct NoTransport;

impl Transport for NoTransport {
    fn send_within(&self, request: &Request, _: Time) -> Result<Response, http::Error> {
        Err(http::Error::InvalidUrl { url: request.url(), why: "a preview sends nothing" })
    }
}

/// How one call goes out.
struct Way {
    mode: Mode,
    /// Base URL of relative paths.
    server: String,
    /// The same as an origin.
    named_origin: Option<Origin>,
    /// Headers of the profile.
    headers: Vec<(String, String)>,
    limits: Limits,
    credentials: Rc<dyn CredentialSource>,
    transport: Rc<dyn Transport>,
}

/// Calls the command's function with what was typed; gives back the host's flags too.
fn call(
    plugin: &Plugin,
    found: &Found,
    signature: &Signature,
    typed: Typed,
    command: &str,
    way: Way,
) -> Result<(Outcome, ArgMatches), Failure> {
    let hooks = plugin.hooks()?;
    let media = typed.media.clone();
    let usual = signature.body.as_ref().map(|body| body.encoding);
    let encoding = media.as_ref().map(|media| media.encoding).or(usual);
    let body = body::read(&typed, &signature.flags, encoding, command)?;
    let needs_body = found.facts.iter().filter_map(|facts| facts.body.as_ref()).any(|body| body.required);
    if needs_body && body.is_none() && encoding.is_some_and(|encoding| !encoding.has_fields()) {
        return Err(usage("`--body` is missing").hint("give the body as text, `@file` or `-`"));
    }
    let secrets = way.credentials.secrets();
    let outcome = engine::run(Call {
        plugin: &plugin.name(),
        manifest: plugin.manifest(),
        script: &found.script,
        hooks: hooks.as_deref(),
        function: &found.function.name,
        positionals: typed.positionals,
        flags: typed.flags,
        files: typed.files,
        command: found.facts.as_ref(),
        body,
        media,
        server: way.server,
        named_origin: way.named_origin,
        headers: way.headers,
        transport: way.transport,
        credentials: way.credentials,
        mode: way.mode,
        limits: way.limits,
        user_agent: USER_AGENT.to_owned(),
        on_print: Rc::new(move |text| note(&secrets.message(text))),
    })?;
    Ok((outcome, typed.host))
}

fn print(outcome: Outcome, host: &ArgMatches, secrets: &Secrets) -> Result<(), Failure> {
    let format = match host.get_one::<String>("output").map(String::as_str) {
        Some("raw") => Format::Raw,
        _ => Format::Json,
    };
    match outcome {
        Outcome::Response(response) => {
            if output::answer(&response, format, secrets)? {
                note("note: a credential was hidden in the answer (`***`); `-o raw` shows it as it came");
            }
            Ok(())
        }
        Outcome::Value(value) => {
            let (value, hidden) = output::hidden(value, secrets);
            if hidden {
                note("note: a credential was hidden in the result (`***`)");
            }
            match (value, format) {
                (Value::String(text), Format::Raw) => output::text(&text),
                (value, _) => output::line(&output::pretty(&value.to_string(), true)),
            }
        }
        Outcome::Nothing => Ok(()),
        Outcome::Preview(request) if host.get_flag("curl") => {
            output::line(&http::curl(&request.hiding(secrets))?)
        }
        Outcome::Preview(request) => {
            let mut shown = http::dry_run(&request.hiding(secrets))?;
            // What was read of a file.
            if let Some(Value::String(body)) = shown.get_mut("body") {
                *body = secrets.message(body).into_owned();
            }
            output::line(&output::pretty(&shown.to_string(), true))
        }
    }
}

/// What the call may use: the two clocks that a person sets, and the rest as it always is.
fn limits(host: &ArgMatches) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    if let Some(typed) = seconds(host, "timeout", 86_400.0)? {
        limits.silence = Silence::Typed(typed);
    }
    if let Some(typed) = seconds(host, "max-time", MOST_TIME)? {
        limits.whole_time = typed;
    }
    Ok(limits)
}

/// The time that a flag gives.
fn seconds(host: &ArgMatches, flag: &str, most: f64) -> Result<Option<Duration>, Failure> {
    let Some(seconds) = host.get_one::<f64>(flag) else { return Ok(None) };
    let time = Duration::try_from_secs_f64(*seconds).ok();
    match time.filter(|time| !time.is_zero() && *seconds <= most) {
        Some(time) => Ok(Some(time)),
        None => Err(usage(format!("`{seconds}` for `--{flag}` is not between 0 and {most}"))
            .hint("give seconds, such as 30")),
    }
}

/// Says on standard error what is sent and what comes back; never a credential.
struct Verbose(Rc<dyn Transport>, Secrets);

impl Transport for Verbose {
    fn send_within(&self, request: &Request, time: Time) -> Result<Response, http::Error> {
        let note = |text: &str| note(&self.1.message(text));
        note(&format!("> {} {}", request.method, request.url()));
        for (name, value) in &request.headers {
            note(&format!("> {name}: {value}"));
        }
        for credential in &request.credentials {
            match credential {
                http::Attachment::Header { name, prefix, .. } => note(&format!("> {name}: {prefix}***")),
                http::Attachment::Query { name, .. } => note(&format!("> (in the query) {name}=***")),
                http::Attachment::Cookie { name, .. } => note(&format!("> cookie: {name}=***")),
                http::Attachment::Digest { .. } => note("> authorization: Digest ***"),
                http::Attachment::Certificate { .. } => note("> (client certificate)"),
            }
        }
        let started = std::time::Instant::now();
        let response = self.0.send_within(request, time)?;
        let elapsed = started.elapsed().as_millis();
        match &response.foreign {
            Some(origin) => note(&format!("< {} of {origin} in {elapsed} ms", response.status)),
            None => note(&format!("< {} in {elapsed} ms", response.status)),
        }
        for (name, value) in &response.headers {
            let shown = if name == "set-cookie" { "***" } else { value };
            note(&format!("< {name}: {shown}"));
        }
        if !response.is_success() {
            note(&String::from_utf8_lossy(&response.body));
        }
        Ok(response)
    }
}
