//! Sending: the host's side of `request.send()`.

use std::rc::Rc;
use std::time::Duration;

use rhai::{CallFnOptions, Dynamic, Map as RhaiMap, NativeCallContext, Scope};

use super::api_message;
use super::assemble::{Flaw, assemble};
use super::call::Mode;
use super::current::{Cause, Running};
use super::draft::{Auth, RequestHandle};
use super::error::Error;
use super::limits::Limit;
use super::raise::{Answer, ended, fatal, limit, refused, throw};
use super::response::ResponseHandle;
use super::script::Script;
use super::trace;
use super::wire::{CredentialError, HttpError};
use crate::diagnostic::{Failure, Kind};
use crate::http::{Attachment, Request, Response, Time};
use crate::model::{Origin, SecurityAlternative};

/// Sends the request. With `strict`, an answer that is not 2xx is thrown as a map.
///
/// The order is: `before_send`, the origin, credentials, the network, then `after_response` or `on_error`.
pub(super) fn send(
    context: &NativeCallContext,
    running: &Rc<Running>,
    handle: &RequestHandle,
    strict: bool,
) -> Answer<Dynamic> {
    // A copy of its own: what a hook adds must not pile up when the same request is sent again.
    let copy = RequestHandle::new(handle.0.borrow().clone());
    let _ = hook(context, running, "before_send", copy.clone().into_dynamic())?;
    let draft = copy.0.borrow().clone();
    let (auth, timeout) = (draft.auth.clone(), draft.timeout);
    let mut request = assemble(running, draft).map_err(|flaw| flawed(context, flaw))?;
    let origin = permitted(context, running, &request)?;
    request.credentials = running.clocks.outside(|| credentials(context, running, &auth, &origin))?;
    if running.mode == Mode::Preview {
        running.preview.replace(Some(Box::new(request)));
        return Err(ended());
    }
    let sent = running.requests.get() + 1;
    running.requests.set(sent);
    if sent > running.limits.requests {
        return Err(limit(context, Limit::Requests));
    }
    if running.clocks.left().is_zero() {
        return Err(limit(context, Limit::WholeTime));
    }
    let mut answer = exchange(running, &request, timeout);
    // A token that ended early, or was revoked: once more with a new one. What was refused was not done.
    if matches!(&answer, Ok(response) if response.status == 401) && !request.credentials.is_empty() {
        match running.clocks.outside(|| running.credentials.renew(&origin)) {
            Ok(Some(credentials)) => {
                request.credentials = credentials;
                answer = exchange(running, &request, timeout);
            }
            Ok(None) => {}
            // The refusal says more than that there is no other token.
            Err(CredentialError::NotRenewed { .. }) => {}
            Err(error) => return Err(fatal(context, Error::Credentials(Box::new(error)))),
        }
    }
    match answer {
        Ok(response) => answered(context, running, response, strict),
        Err(error) => unanswered(context, running, error),
    }
}

/// One exchange, in the time that the person, the script and the whole call leave it.
fn exchange(running: &Running, request: &Request, asked: Option<Duration>) -> Result<Response, HttpError> {
    let whole = running.clocks.left();
    let silence = running.limits.silence.of_request(asked).min(whole);
    let answer = running.clocks.outside(|| running.transport.send_within(request, Time { whole, silence }));
    running.answered.set(running.answered.get() || answer.is_ok());
    answer
}

impl RequestHandle {
    fn into_dynamic(self) -> Dynamic {
        Dynamic::from(self)
    }
}

/// Refuses origins that neither the manifest nor the person named.
fn permitted(context: &NativeCallContext, running: &Running, request: &Request) -> Answer<Origin> {
    match request.origin() {
        Some(origin) if running.origins.contains(&origin) => Ok(origin),
        origin => {
            let origin = origin.map_or_else(|| request.base.clone(), |origin| origin.as_str().to_owned());
            let plugin = running.plugin.clone();
            Err(fatal(context, Error::ForeignOrigin { origin, plugin, place: Box::default() }))
        }
    }
}

fn credentials(
    context: &NativeCallContext,
    running: &Running,
    auth: &Auth,
    origin: &Origin,
) -> Answer<Vec<Attachment>> {
    let alternatives: Vec<SecurityAlternative> = match (auth, &running.facts) {
        (Auth::Nothing, _) => return Ok(Vec::new()),
        (Auth::Schemes(names), _) => vec![names.clone()],
        (Auth::Command, Some(facts)) => facts.security.clone(),
        // A function written by hand: whatever is at hand, and nothing if nothing is.
        (Auth::Command, None) => {
            running.schemes.iter().map(|name| vec![name.clone()]).chain([Vec::new()]).collect()
        }
    };
    match running.credentials.attach(&alternatives, origin) {
        Ok(attachments) => Ok(attachments),
        // A preview shows what would be sent, and works without a login.
        Err(CredentialError::Missing { .. }) if running.mode == Mode::Preview => Ok(Vec::new()),
        Err(error) => Err(fatal(context, Error::Credentials(Box::new(error)))),
    }
}

fn flawed(context: &NativeCallContext, flaw: Flaw) -> Box<rhai::EvalAltResult> {
    match flaw {
        Flaw::Http(error) => fatal(context, Error::Transport(error)),
        Flaw::BodyIsNoObject => refused(
            context,
            "flags cannot be merged into a `--body` that is no JSON object",
            "give an object, or leave out the flags that belong into the body",
        ),
        Flaw::NoPath(name) => refused(
            context,
            format!("`{name}` needs the path of a file"),
            "give a path; standard input cannot be one part of several",
        ),
        Flaw::NoFields(media_type) => refused(
            context,
            format!("flags cannot make a body of type `{media_type}`"),
            "give the whole body with `--body`, or another `--content-type`",
        ),
    }
}

fn answered(
    context: &NativeCallContext,
    running: &Rc<Running>,
    response: Response,
    strict: bool,
) -> Answer<Dynamic> {
    let response = Rc::new(response);
    if strict && !response.is_success() {
        let mut map = RhaiMap::new();
        map.insert("kind".into(), "http".into());
        map.insert("status".into(), i64::from(response.status).into());
        map.insert("message".into(), api_message::message(&response).into());
        map.insert("body".into(), body_text(running, &response).into());
        let wait = response.header("retry-after").and_then(|text| text.trim().parse::<u32>().ok());
        map.insert("retry_after".into(), wait.map_or(Dynamic::UNIT, |seconds| i64::from(seconds).into()));
        return failed(context, running, map, Cause::Answer(response));
    }
    let handle = Dynamic::from(ResponseHandle(response));
    let replaced = hook(context, running, "after_response", handle.clone())?;
    Ok(if replaced.is_unit() { handle } else { replaced })
}

/// The body as text, cut where the engine would refuse it.
fn body_text(running: &Running, response: &Response) -> String {
    // Half of what is allowed: the message counts as well.
    let most = running.limits.string_size / 2;
    let text = String::from_utf8_lossy(response.body.get(..most).unwrap_or(&response.body));
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

fn unanswered(context: &NativeCallContext, running: &Rc<Running>, error: HttpError) -> Answer<Dynamic> {
    if running.clocks.left().is_zero() {
        let error = match error {
            HttpError::Timeout { origin, .. } | HttpError::Silence { origin, .. } => {
                HttpError::Deadline { origin, limit: running.limits.whole_time }
            }
            other => other,
        };
        return Err(fatal(context, Error::Transport(error)));
    }
    let text = error.clone();
    let failure = Failure::from(text);
    if failure.kind != Kind::Network {
        return Err(fatal(context, Error::Transport(error)));
    }
    let mut map = RhaiMap::new();
    map.insert("kind".into(), "network".into());
    map.insert("message".into(), failure.message.into());
    failed(context, running, map, Cause::Network(error))
}

/// Throws the map, unless `on_error` makes something else of it.
fn failed(context: &NativeCallContext, running: &Rc<Running>, map: RhaiMap, cause: Cause) -> Answer<Dynamic> {
    running.remember(map.clone(), cause);
    let replaced = hook(context, running, "on_error", map.clone().into())?;
    if replaced.is_unit() { Err(throw(map.into())) } else { Ok(replaced) }
}

/// Calls a function of `hooks.rhai` if there is one; `()` if not.
fn hook(
    context: &NativeCallContext,
    running: &Rc<Running>,
    name: &str,
    argument: Dynamic,
) -> Answer<Dynamic> {
    let Some(hooks) = running.hooks.as_ref().filter(|hooks| !running.in_hook.get() && hooks.has(name, 1))
    else {
        return Ok(Dynamic::UNIT);
    };
    running.in_hook.set(true);
    let options = CallFnOptions::new().eval_ast(false);
    let result = context.engine().call_fn_with_options::<Dynamic>(
        options,
        &mut Scope::new(),
        hooks.ast(),
        name,
        (argument,),
    );
    running.in_hook.set(false);
    result.map_err(|error| hook_failed(context, running, hooks, name, *error))
}

/// A hook's own error, told with its own place; the script that called it is not to blame.
fn hook_failed(
    context: &NativeCallContext,
    running: &Running,
    hooks: &Script,
    name: &str,
    error: rhai::EvalAltResult,
) -> Box<rhai::EvalAltResult> {
    if running.preview.borrow().is_some() {
        return ended();
    }
    fatal(context, trace::run_error(error, running, hooks, name))
}
