//! From the engine's errors to ours: where, how the script got there, and in plain words.

use rhai::{Dynamic, EvalAltResult, Map as RhaiMap, ParseError, Position};

use super::current::{Cause, Running};
use super::error::{Error, Place};
use super::limits::Limit;
use super::raise::Fatal;
use super::script::{Script, Source};
use super::stdlib;
use super::value::{plain_type, to_json};
use super::{api_message, names};
use crate::diagnostic::{Frame, Snippet};

/// The longest thrown value that is shown.
const LENGTH: usize = 2_000;

/// What the engine says of a text that does not compile.
pub(super) fn compile_error(error: &ParseError, source: &Source) -> Error {
    let position = error.position();
    let at = match position.line() {
        Some(line) => {
            Snippet::locate(source.name(), &source.text, line, position.position().unwrap_or_default())
        }
        None => Snippet::locate(source.name(), &source.text, source.text.lines().count().max(1), 0),
    };
    Error::Compile { message: plain(&error.err_type().to_string()), at }
}

/// What became of `function` of `script`.
pub(super) fn run_error(error: EvalAltResult, running: &Running, script: &Script, function: &str) -> Error {
    let main = script.source().name();
    let Unwound { mut error, source, chain, at } = unwind(error, &main);
    let (fatal, position) = match (running.fatal.take(), &error) {
        // Where it happened is only known if the engine let it through.
        (Some(Fatal { error, position }), EvalAltResult::ErrorSystem(..)) => (Some(error), position),
        (Some(Fatal { error, .. }), EvalAltResult::ErrorTerminated(_, position)) => (Some(error), *position),
        (Some(fatal), _) => (Some(fatal.error), Position::NONE),
        (None, other) => (None, other.position()),
    };
    let position = at.unwrap_or(position);
    let snippet = position.line().map(|line| {
        let text = text_of(&source, running, script);
        Snippet::locate(source, text, line, position.position().unwrap_or_default())
    });
    // The engine forgets where a limit was broken; that leaves the function that was called.
    let snippet = snippet.or_else(|| {
        let called = script.functions().into_iter().find(|known| known.name == function)?;
        Some(Snippet::locate(main, &script.source().text, called.line, 0))
    });
    let place = Place { snippet, chain };
    if let Some(fatal) = fatal {
        return fatal.placed(place);
    }
    error.clear_position();
    let thrown =
        |message: String, hint: Option<String>| Error::Thrown { message, hint, place: Box::default() };
    let limit = |limit: Limit| Error::Limit { limit, place: Box::default() };
    let error = match error {
        EvalAltResult::ErrorRuntime(value, _) => match recall(&value, running) {
            Some(error) => error,
            None => thrown(thrown_message(&value), None),
        },
        EvalAltResult::ErrorTerminated(token, _) => match token.try_cast::<Limit>() {
            Some(which) => limit(which),
            None => thrown("the script was stopped".to_owned(), None),
        },
        EvalAltResult::ErrorTooManyOperations(_) => limit(Limit::Operations),
        EvalAltResult::ErrorStackOverflow(_) => limit(Limit::CallDepth),
        EvalAltResult::ErrorTooManyVariables(_) => limit(Limit::Variables),
        EvalAltResult::ErrorDataTooLarge(what, _) => limit(match what.as_str() {
            text if text.contains("string") => Limit::StringSize,
            text if text.contains("map") => Limit::MapSize,
            _ => Limit::ArraySize,
        }),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            let (message, hint) = names::unknown_function(&signature, script);
            thrown(message, hint)
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => {
            thrown(format!("there is no variable `{name}`"), Some("declare it with `let`".to_owned()))
        }
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            thrown(format!("there is no property `{name}`"), None)
        }
        EvalAltResult::ErrorModuleNotFound(name, _) => {
            thrown(format!("there is no namespace `{name}`"), Some(names::namespaces_hint()))
        }
        other => thrown(plain(&other.to_string()), None),
    };
    error.placed(place)
}

struct Unwound {
    error: EvalAltResult,
    /// The file in which it happened.
    source: String,
    chain: Vec<Frame>,
    /// The place to show instead of the error's own.
    at: Option<Position>,
}

/// Takes the error out of the calls around it.
fn unwind(mut error: EvalAltResult, main: &str) -> Unwound {
    let mut source = main.to_owned();
    let mut chain = Vec::new();
    let mut at = None;
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(function, callee, inner, position) => {
                if callee == stdlib::GUARD {
                    // A stand-in for a native, no function that anyone wrote.
                    at.get_or_insert(position);
                } else if at.is_none() {
                    let function =
                        if function.starts_with("anon$") { "closure".to_owned() } else { function };
                    let line = position.line().unwrap_or_default();
                    chain.push(Frame { function, source: source.clone(), line });
                    if !callee.is_empty() {
                        source = callee;
                    }
                }
                error = *inner;
            }
            EvalAltResult::ErrorInModule(_, inner, _) => error = *inner,
            _ => break,
        }
    }
    chain.reverse();
    Unwound { error, source, chain, at }
}

/// The text of a file that took part in a call; empty when it is none of them.
fn text_of<'a>(source: &str, running: &'a Running, script: &'a Script) -> &'a str {
    [Some(script), running.hooks.as_ref()]
        .into_iter()
        .flatten()
        .map(Script::source)
        .find(|known| known.name() == source)
        .map(|known| known.text.as_str())
        .or_else(|| stdlib::text(source))
        .unwrap_or_default()
}

/// The failure that a thrown map stands for, if the script left it as it was.
fn recall(value: &Dynamic, running: &Running) -> Option<Error> {
    let map = value.read_lock::<RhaiMap>()?;
    let mut failures = running.failures.borrow_mut();
    let found = failures.iter().rposition(|failure| same(&failure.thrown, &map))?;
    Some(match failures.remove(found).cause {
        Cause::Network(error) => Error::Transport(error),
        Cause::Answer(response) => Error::Http {
            plugin: running.plugin.clone(),
            status: response.status,
            message: api_message::message(&response),
            body: String::from_utf8_lossy(&response.body).into_owned(),
        },
    })
}

fn same(a: &RhaiMap, b: &RhaiMap) -> bool {
    a.len() == b.len()
        && a.iter().all(|(key, a)| {
            b.get(key).is_some_and(|b| match (to_json(a), to_json(b)) {
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            })
        })
}

/// What a script threw, in words.
fn thrown_message(value: &Dynamic) -> String {
    let text = match to_json(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Object(map)) => match map.get("message").and_then(|message| message.as_str()) {
            Some(message) => message.to_owned(),
            None => serde_json::Value::Object(map).to_string(),
        },
        Ok(serde_json::Value::Null) => "the script failed without a message".to_owned(),
        Ok(json) => json.to_string(),
        Err(_) => format!("the script threw a value of type `{}`", plain_type(value)),
    };
    text.chars().take(LENGTH).collect()
}

/// The engine's words as ours: lower case, without its quotes.
fn plain(text: &str) -> String {
    let mut chars = text.trim().chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    let text: String = first.chars().chain(chars).take(LENGTH).collect();
    names::plain_types(&text.replace('\'', "`"))
}
