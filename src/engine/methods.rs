//! What a script can do with a request.

use std::rc::Rc;
use std::time::Duration;

use rhai::{Array, Dynamic, ImmutableString, Map as RhaiMap, Module, NativeCallContext};
use serde_json::Value;

use super::assemble::{flag_pairs, how, wire_name};
use super::current::{Current, Running};
use super::data::{plain_type, same};
use super::define::{define, define_method, running};
use super::draft::{Auth, Content, CredentialHandle, Query, RequestHandle, Shape};
use super::error::Error;
use super::field::{Field, Fields, no_text};
use super::raise::{Answer, fatal, refused, thrown};
use super::send::send;
use super::value::to_json;
use super::wire::{Serialization, cookie_pairs, header_value, path_value, query_pairs};
use crate::model::Location;

/// Headers that a script may not set, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("authorization", "use credentials: `request.credential(credentials::scheme(\"...\"))`"),
    ("proxy-authorization", "name the proxy's user in the proxy's own variable"),
    ("cookie", "use `request.cookies(flags, [...])`, or credentials"),
    ("host", "use the URL of the intended server"),
    ("content-length", "leave it out: it is derived from the body"),
    ("transfer-encoding", "leave it out: it is derived from the body"),
    ("connection", "leave it out: the host handles it"),
];

/// Headers that control in what pieces, in which encoding or by which route an answer comes: with them a script could get a
/// secret in a form that is not searched for. One that the document declares may only have the value that the user gave.
/// Names that end in `-` are prefixes.
const STEERING: &[&str] = &[
    "range",
    "if-range",
    "accept-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "keep-alive",
    "http2-settings",
    "max-forwards",
    "via",
    "forwarded",
    "x-forwarded-",
    "proxy-",
    "sec-",
];

fn steers(name: &str) -> bool {
    STEERING.iter().any(|known| name == *known || (known.ends_with('-') && name.starts_with(known)))
}

/// Whether the user gave exactly this value for a header that the document declares.
fn is_given(running: &Running, name: &str, value: &Value) -> bool {
    running.values.flags.iter().any(|(key, given)| {
        let flag = running.facts.as_ref().and_then(|facts| facts.flag(key));
        flag.is_some_and(|flag| flag.is_header(name)) && same(value, given)
    })
}

/// Adds the methods, called as methods (`as_methods`) or as functions of a namespace.
pub(super) fn register(module: &mut Module, current: &Rc<Current>, as_methods: bool) {
    macro_rules! method {
        ($name:literal, $function:expr) => {
            if as_methods {
                define_method(module, $name, $function);
            } else {
                define(module, $name, $function);
            }
        };
    }
    type Request<'a> = &'a mut RequestHandle;
    let call = |current: &Rc<Current>| {
        let current = Rc::clone(current);
        move || running(&current)
    };

    let now = call(current);
    method!("path", move |request: Request, name: &str, value: Dynamic| path(
        &*now()?,
        request,
        name,
        &value
    ));
    let now = call(current);
    method!("query", move |request: Request, flags: RhaiMap| {
        let fields = fields(&*now()?, &flags)?;
        request.0.borrow_mut().query.push(Query::Rest(fields));
        Ok(request.clone())
    });
    let now = call(current);
    method!("query", move |request: Request, flags: RhaiMap, names: Array| {
        query_named(&*now()?, request, &flags, &names)
    });
    let now = call(current);
    method!("query", move |request: Request, name: &str, value: Dynamic| {
        let pairs = query_pairs(name, &json(&value)?, &declared(&*now()?, Location::Query, name));
        request.0.borrow_mut().set_query(name, pairs);
        Ok(request.clone())
    });
    let now = call(current);
    method!("header", move |context: NativeCallContext, request: Request, name: &str, value: Dynamic| {
        let running = now()?;
        let how = declared(&running, Location::Header, name);
        header(&context, &running, request, name, &json(&value)?, &how)
    });
    let now = call(current);
    method!("headers", move |context: NativeCallContext, request: Request, flags: RhaiMap, names: Array| {
        let running = now()?;
        for (key, value) in named(&running, &flags, &names)? {
            header(&context, &running, request, wire_name(&running, &key), &value, &how(&running, &key))?;
            request.0.borrow_mut().taken.insert(key);
        }
        Ok(request.clone())
    });
    let now = call(current);
    method!("cookies", move |request: Request, flags: RhaiMap, names: Array| {
        let running = now()?;
        for (key, value) in named(&running, &flags, &names)? {
            let mut draft = request.0.borrow_mut();
            draft.cookies.extend(cookie_pairs(wire_name(&running, &key), &value, &how(&running, &key)));
            draft.taken.insert(key);
        }
        Ok(request.clone())
    });
    let now = call(current);
    method!("form", move |request: Request, flags: RhaiMap| content(&*now()?, request, Shape::Form, &flags));
    let now = call(current);
    method!("json", move |request: Request, flags: RhaiMap| content(&*now()?, request, Shape::Json, &flags));
    let now = call(current);
    method!("multipart", move |request: Request, flags: RhaiMap| {
        content(&*now()?, request, Shape::Multipart, &flags)
    });
    method!("body", |request: Request| {
        request.0.borrow_mut().content = Content::Given;
        Ok(request.clone())
    });
    method!("body", |request: Request, text: &str| {
        request.0.borrow_mut().content = Content::Text(text.to_owned());
        Ok(request.clone())
    });
    let now = call(current);
    method!("content_type", move |context: NativeCallContext, request: Request, text: &str| {
        header(
            &context,
            &*now()?,
            request,
            "content-type",
            &Value::String(text.to_owned()),
            &Serialization::default(),
        )
    });
    method!("no_credentials", |request: Request| {
        request.0.borrow_mut().auth = Auth::Nothing;
        Ok(request.clone())
    });
    method!("credential", |request: Request, credential: CredentialHandle| {
        let mut draft = request.0.borrow_mut();
        match &mut draft.auth {
            Auth::Schemes(names) if !names.contains(&credential.0) => names.push(credential.0),
            Auth::Schemes(_) => {}
            auth => *auth = Auth::Schemes(vec![credential.0]),
        }
        Ok(request.clone())
    });
    method!("timeout", |request: Request, seconds: i64| {
        timeout(request, Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
    });
    method!("timeout", |request: Request, seconds: f64| {
        timeout(request, Duration::try_from_secs_f64(seconds).unwrap_or_default())
    });
    method!("copy", |request: Request| Ok(RequestHandle::new(request.0.borrow().clone())));
    let now = call(current);
    method!("send", move |context: NativeCallContext, request: Request| {
        send(&context, &now()?, request, true)
    });
    let now = call(current);
    method!("try_send", move |context: NativeCallContext, request: Request| {
        send(&context, &now()?, request, false)
    });
}

/// How the document says to serialize a parameter that the script names itself.
fn declared(running: &Running, location: Location, name: &str) -> Serialization {
    let known = running.facts.as_ref().and_then(|facts| facts.parameter(location, name));
    known.cloned().unwrap_or_default()
}

fn json(value: &Dynamic) -> Answer<Value> {
    to_json(value).map_err(thrown)
}

/// The whole map as fields, each flag as the user gave it if the script did not change it.
fn fields(running: &Running, flags: &RhaiMap) -> Answer<Fields> {
    let fields = flags.iter().map(|(key, value)| {
        let field = Field::of(value, running.values.flags.get(key.as_str()));
        let field = field.map_err(|reason| thrown(format!("`{key}` cannot be sent: {reason}")))?;
        Ok((key.to_string(), field))
    });
    fields.collect()
}

/// The data of those names that exist; a name is a key.
fn named(running: &Running, flags: &RhaiMap, names: &Array) -> Answer<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for name in names {
        let Some(name) = name.read_lock::<ImmutableString>() else {
            return Err(thrown(format!(
                "a list of names may not have a value of type `{}`",
                plain_type(name)
            )));
        };
        let name = name.as_str();
        if let Some(value) = flags.get(name) {
            let field = Field::of(value, running.values.flags.get(name));
            let field = field.map_err(|reason| thrown(format!("`{name}` cannot be sent: {reason}")))?;
            found.push((
                name.to_owned(),
                field.json().ok_or_else(|| thrown(no_text(&format!("`{name}`"), value)))?,
            ));
        }
    }
    Ok(found)
}

/// Sets a path parameter, in the style that the document has for it. A text that represents a list or an object is parsed
/// first.
fn path(
    running: &Running,
    request: &mut RequestHandle,
    name: &str,
    value: &Dynamic,
) -> Answer<RequestHandle> {
    let known = running.facts.as_ref().and_then(|facts| facts.positional(name));
    let value = match (json(value)?, known) {
        (Value::String(text), Some(known)) => known.value(&text),
        (Value::Null, _) | (Value::Object(_), None) => {
            return Err(thrown(no_text(&format!("`{name}` in the path"), value)));
        }
        // As the user gave it, if the script did not change it.
        (value, _) => {
            let given = running.values.positionals.iter().find(|given| same(&value, given));
            given.cloned().unwrap_or(value)
        }
    };
    let how = known.map(|known| known.how.clone()).unwrap_or_default();
    let mut draft = request.0.borrow_mut();
    let slashes = draft.path.parameters().iter().find(|variable| variable.is(name)).map(|v| v.slashes());
    let Some(slashes) = slashes else {
        let path = draft.path.to_string();
        return Err(thrown(format!("the path `{path}` has no parameter `{name}`")));
    };
    draft.path_values.insert(name.to_owned(), path_value(name, &value, &how, slashes));
    drop(draft);
    Ok(request.clone())
}

fn query_named(
    running: &Running,
    request: &mut RequestHandle,
    flags: &RhaiMap,
    names: &Array,
) -> Answer<RequestHandle> {
    for (key, value) in named(running, flags, names)? {
        let pairs = flag_pairs(running, &key, &value);
        let mut draft = request.0.borrow_mut();
        draft.set_query(wire_name(running, &key), pairs);
        draft.taken.insert(key);
    }
    Ok(request.clone())
}

/// Sets a header, replacing its previous value.
fn header(
    context: &NativeCallContext,
    running: &Running,
    request: &mut RequestHandle,
    name: &str,
    value: &Value,
    how: &Serialization,
) -> Answer<RequestHandle> {
    let name = name.to_ascii_lowercase();
    if let Some((_, hint)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
        return Err(refused(context, format!("a script may not set the header `{name}`"), *hint));
    }
    if steers(&name) && !is_given(running, &name, value) {
        return Err(refused(
            context,
            format!("a script may not set the header `{name}`"),
            "it may only pass on the value that was given for it, if the document declares it: `request.headers(flags, [...])`",
        ));
    }
    if !is_token(&name) {
        return Err(refused(
            context,
            format!("`{name}` is not a header name"),
            "use letters, digits and `-`",
        ));
    }
    let value = header_value(value, how).map_err(|error| fatal(context, Error::Transport(error)))?;
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(refused(
            context,
            format!("the header `{name}` has a control character in its value"),
            "remove line feeds and other control characters",
        ));
    }
    let mut draft = request.0.borrow_mut();
    if name == "content-type" {
        draft.content_type = Some(value);
    } else {
        draft.headers.insert(name, value);
    }
    drop(draft);
    Ok(request.clone())
}

/// RFC 9110, 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn content(
    running: &Running,
    request: &mut RequestHandle,
    shape: Shape,
    flags: &RhaiMap,
) -> Answer<RequestHandle> {
    let mut new = fields(running, flags)?;
    let mut draft = request.0.borrow_mut();
    if let Content::Fields(before, fields) = &mut draft.content
        && *before == shape
    {
        let mut merged = std::mem::take(fields);
        merged.extend(std::mem::take(&mut new));
        new = merged;
    }
    draft.content = Content::Fields(shape, new);
    drop(draft);
    Ok(request.clone())
}

fn timeout(request: &mut RequestHandle, timeout: Duration) -> Answer<RequestHandle> {
    if timeout.is_zero() {
        return Err(thrown("a timeout must be more than 0 seconds"));
    }
    request.0.borrow_mut().timeout = Some(timeout);
    Ok(request.clone())
}
