//! Sending: the host's side of `request.send()`.

use std::rc::Rc;
use std::time::Duration;

use rhai::{CallFnOptions, Dynamic, Map as RhaiMap, NativeCallContext, Scope};

use super::answer::Seen;
use super::api_message;
use super::assemble::{Flaw, assemble};
use super::current::{Cause, Running};
use super::draft::{Auth, RequestHandle};
use super::error::Error;
use super::limits::Limit;
use super::raise::{Answer, ended, fatal, limit, refused, stop, throw};
use super::refusal::refusal;
use super::response::ResponseHandle;
use super::script::Script;
use super::types::Mode;
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
    // A separate copy: what a hook adds must not accumulate when the same request is sent again.
    let copy = RequestHandle::new(handle.0.borrow().clone());
    let _ = hook(context, running, "before_send", copy.clone().into_dynamic())?;
    let draft = copy.0.borrow().clone();
    let (auth, timeout) = (draft.auth.clone(), draft.timeout);
    let mut request = assemble(running, draft).map_err(|flaw| flawed(context, flaw))?;
    let origin = permitted(context, running, &request)?;
    if running.left.get() {
        return Err(stop(
            "the script sends a request after an answer from another host, to which the server redirected",
            "that answer is only for the user, and so is whether there is one: make that request the last",
        ));
    }
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
    // The token expired early or was revoked: try once more with a new one. A refused request was not carried out.
    let asks_again = |response: &Response| response.status == 401 && response.foreign.is_none();
    if answer.as_ref().is_ok_and(asks_again) && !request.credentials.is_empty() {
        match running.clocks.outside(|| running.sender.credentials.renew(&origin)) {
            Ok(Some(credentials)) => {
                request.credentials = credentials;
                answer = exchange(running, &request, timeout);
            }
            Ok(None) => {}
            // The refusal is more useful than the lack of another token.
            Err(CredentialError::NotRenewed { .. }) => {}
            Err(error) => return Err(fatal(context, Error::Credentials(Box::new(error)))),
        }
    }
    match answer {
        Ok(response) => {
            let request = format!("{} {}", request.method, request.path);
            answered(context, running, request.into(), response, strict)
        }
        Err(error) => unanswered(context, running, error),
    }
}

/// One exchange, within the time that the user, the script and the whole call allow.
fn exchange(running: &Running, request: &Request, asked: Option<Duration>) -> Result<Response, HttpError> {
    let whole = running.clocks.left();
    let silence = running.limits.silence.of_request(asked).min(whole);
    let answer =
        running.clocks.outside(|| running.sender.transport.send_within(request, Time { whole, silence }));
    running.answered.set(running.answered.get() || answer.is_ok());
    answer
}

impl RequestHandle {
    fn into_dynamic(self) -> Dynamic {
        Dynamic::from(self)
    }
}

/// Refuses origins that neither the manifest nor the user named, and those that nobody has agreed to.
fn permitted(context: &NativeCallContext, running: &Running, request: &Request) -> Answer<Origin> {
    match request.origin() {
        Some(origin) if running.origins.contains(&origin) => {
            // What sends nothing needs no agreement.
            if running.mode == Mode::Send {
                // The user may be asked, and may take their time.
                let agreed = running.clocks.outside(|| running.sender.credentials.permit(&origin));
                agreed.map_err(|error| fatal(context, Error::Credentials(Box::new(error))))?;
            }
            Ok(origin)
        }
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
        // A hand-written function: whatever credentials are available, or none.
        (Auth::Command, None) => {
            running.schemes.iter().map(|name| vec![name.clone()]).chain([Vec::new()]).collect()
        }
    };
    match running.sender.credentials.attach(&alternatives, origin) {
        Ok(attachments) => Ok(attachments),
        // A preview shows what would be sent, and works without a login.
        Err(CredentialError::Missing { .. } | CredentialError::Unbound { .. })
            if running.mode == Mode::Preview =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(fatal(context, Error::Credentials(Box::new(error)))),
    }
}

fn flawed(context: &NativeCallContext, flaw: Flaw) -> Box<rhai::EvalAltResult> {
    match flaw {
        Flaw::Http(error) => fatal(context, Error::Transport(error)),
        Flaw::BodyIsNoObject => refused(
            context,
            "flags cannot be merged into a `--body` that is not a JSON object",
            "give an object, or leave out the flags that belong in the body",
        ),
        Flaw::NoData(name) => refused(
            context,
            format!("`{name}` is a file, which only a multipart body can hold"),
            "send it with `request.multipart(flags)`, or leave it out",
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
    request: Rc<str>,
    response: Response,
    strict: bool,
) -> Answer<Dynamic> {
    let response = Rc::new(response);
    if let Some(origin) = &response.foreign {
        return elsewhere(context, running, request, &response, origin);
    }
    let seen = Seen::new(running, request, Rc::clone(&response));
    if strict && !response.is_success() {
        let mut map = RhaiMap::new();
        map.insert("kind".into(), "http".into());
        map.insert("status".into(), i64::from(response.status).into());
        let texts = || {
            let message = seen.told(api_message::message(&response), "the message")?;
            Ok((message, seen.told(body_text(running, &response), "the body")?, seen.retry_after()?))
        };
        // If a script could tell a hidden place from others, there is nothing to catch.
        let texts: Answer<(Dynamic, Dynamic, Dynamic)> = texts();
        let Ok((message, body, wait)) = texts else {
            running.fatal.take();
            return Err(fatal(context, refusal(running, &response)));
        };
        map.insert("message".into(), message);
        map.insert("body".into(), body);
        map.insert("retry_after".into(), wait);
        return failed(context, running, map, Cause::Answer(response));
    }
    let handle = Dynamic::from(ResponseHandle(Rc::new(seen)));
    let replaced = hook(context, running, "after_response", handle.clone())?;
    Ok(if replaced.is_unit() { handle } else { replaced })
}

/// An answer from another origin: the script gets a handle that reveals nothing, hooks get none, and a failure is reported
/// to the user at once. A script that continues only knows that there was an answer, and sends nothing more.
fn elsewhere(
    context: &NativeCallContext,
    running: &Rc<Running>,
    request: Rc<str>,
    response: &Rc<Response>,
    origin: &Origin,
) -> Answer<Dynamic> {
    running.left.set(true);
    if response.is_success() {
        return Ok(Dynamic::from(ResponseHandle(Rc::new(Seen::new(running, request, Rc::clone(response))))));
    }
    let mut error = refusal(running, response);
    if let Error::Http { message, .. } = &mut error {
        message.push_str(&format!("; so says `{origin}`, to which the server redirected"));
    }
    Err(fatal(context, error))
}

/// What a script is told about a network failure: what happened, with which server of the API. Not the route of the
/// request, and none of this system's messages.
fn for_script(error: &HttpError) -> String {
    match error {
        HttpError::Connect { origin, proxy: Some(_), .. } => format!("cannot connect to `{origin}`"),
        HttpError::Tls { origin, .. } => format!("no secure connection to `{origin}`"),
        HttpError::Protocol { origin, .. } => format!("the answer of `{origin}` is not valid HTTP"),
        // These hold nothing else.
        HttpError::Connect { proxy: None, .. }
        | HttpError::Timeout { .. }
        | HttpError::Silence { .. }
        | HttpError::Deadline { .. }
        | HttpError::Closed { .. }
        | HttpError::TooLarge { .. }
        | HttpError::TooManyRedirects { .. } => Failure::from(error.clone()).message,
        _ => "the request failed".to_owned(),
    }
}

/// The body as text, cut where the engine would refuse it.
fn body_text(running: &Running, response: &Response) -> String {
    // Half of the limit: the message counts as well.
    let most = running.limits.string_size / 2;
    let bytes = response.body.bytes();
    let text = String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes));
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
    // A script is not told whether another origin exists.
    let elsewhere = matches!(error, HttpError::Foreign(_) | HttpError::RefusedRedirect { .. });
    if elsewhere || Failure::from(error.clone()).kind != Kind::Network {
        return Err(fatal(context, Error::Transport(error)));
    }
    let mut map = RhaiMap::new();
    map.insert("kind".into(), "network".into());
    map.insert("message".into(), for_script(&error).into());
    failed(context, running, map, Cause::Network(error))
}

/// Throws the map, unless `on_error` returns something else.
fn failed(context: &NativeCallContext, running: &Rc<Running>, map: RhaiMap, cause: Cause) -> Answer<Dynamic> {
    running.remember(map.clone(), cause);
    let replaced = hook(context, running, "on_error", map.clone().into())?;
    if replaced.is_unit() { Err(throw(map.into())) } else { Ok(replaced) }
}

/// Calls a function of `hooks.rhai` if it exists; otherwise returns `()`.
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

/// A hook's own error, reported with its own place; the script that called it is not to blame.
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
    fatal(context, (running.trace)(error, running, hooks, name))
}
