//! The request that a call would send, for those who have no account and ask nobody.

use std::rc::Rc;

use super::{Destination, USER_AGENT, server};
use crate::credentials::{self, CredentialSource};
use crate::diagnostic::{Failure, Kind};
use crate::engine::{self, Call, Limits, Mode, Outcome};
use crate::http::{self, Attachment, Request, Response, Time, Transport};
use crate::input::Values;
use crate::model::{Origin, Profile, SecurityAlternative};
use crate::plugins::{Found, Plugin};

/// The request that a command would send with these values: its script is run, and nothing is sent, printed, or asked of any
/// store. A plugin without a server previews its requests to `http://preview.invalid`; credentials are left out.
pub(crate) fn preview(
    plugin: &Plugin,
    found: &Found,
    values: Values,
    to: &Destination,
) -> Result<Request, Failure> {
    let (server, named_origin) =
        match server::choose(plugin, found, to, false, None, &Profile::default(), None) {
            Ok(target) => (target.url, target.origin),
            Err(_) => (NO_SERVER.to_owned(), Origin::of(NO_SERVER)),
        };
    let hooks = plugin.hooks()?;
    let outcome = engine::run(Call {
        plugin: &plugin.name(),
        manifest: plugin.manifest(),
        script: &found.script,
        hooks: hooks.as_deref(),
        function: &found.function.name,
        positionals: values.positionals,
        flags: values.flags,
        files: values.files,
        command: found.facts.as_ref(),
        body: values.body,
        media: values.media,
        server,
        named_origin,
        headers: Vec::new(),
        transport: Rc::new(NoTransport),
        credentials: Rc::new(NoCredentials),
        mode: Mode::Preview,
        limits: Limits::default(),
        user_agent: USER_AGENT.to_owned(),
        on_print: Rc::new(|_| {}),
    })?;
    match outcome {
        Outcome::Preview(request) => Ok(*request),
        _ => Err(Failure::new(Kind::Other, format!("`{}` sends no request", found.line(&plugin.name())))
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
