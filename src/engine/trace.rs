//! Converts the engine's errors to ours: where, how the script got there, and in plain words.

use rhai::{Dynamic, EvalAltResult, Map as RhaiMap, ParseError, Position};

use super::current::{Cause, Running};
use super::data::plain_type;
use super::error::{Error, Place};
use super::fatal::Fatal;
use super::limits::Limit;
use super::names;
use super::refusal::refusal;
use super::script::{Script, Source};
use super::stdlib;
use super::value::to_shown;
use crate::diagnostic::{Frame, Snippet};

/// The longest thrown value that is shown.
const LENGTH: usize = 2_000;

/// The engine's error for a text that does not compile.
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
    let Unwound { mut error, source, mut chain, at } = unwind(error, &script.source().label());
    let source = full_name(source, running, script);
    for frame in &mut chain {
        frame.source = full_name(std::mem::take(&mut frame.source), running, script);
    }
    let (fatal, position) = match (running.fatal.take(), &error) {
        // Where it happened is only known if the engine passed it through.
        (Some(Fatal { error, position }), EvalAltResult::ErrorSystem(..)) => (Some(error), position),
        (Some(Fatal { error, .. }), EvalAltResult::ErrorTerminated(_, position)) => (Some(error), *position),
        (Some(fatal), _) => (Some(fatal.error), Position::NONE),
        (None, other) => (None, other.position()),
    };
    let position = at.unwrap_or(position);
    let snippet = position.line().map(|line| {
        let known = of_name(&source, running, script);
        let text = known.map(|known| known.source().text.as_str()).or_else(|| stdlib::text(&source));
        let column = position.position().unwrap_or_default();
        let column = known.map_or(column, |known| known.column(line, column));
        Snippet::locate(&source, text.unwrap_or_default(), line, column)
    });
    // The engine does not keep where a limit was broken; only the called function is known.
    let snippet = snippet.or_else(|| {
        let called = script.functions().into_iter().find(|known| known.name == function)?;
        Some(Snippet::locate(main, &script.source().text, called.line, 0))
    });
    let place = Place { snippet, chain };
    if let Some(fatal) = fatal {
        return fatal.placed(place);
    }
    error.clear_position();
    let engine_made = !matches!(error, EvalAltResult::ErrorRuntime(..));
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
        EvalAltResult::ErrorFunctionNotFound(signature, _) if takes_hidden(&signature, running) => {
            let place = running.sealed.borrow().clone().unwrap_or_default();
            Error::Refused {
                message: format!("the script reads a text with a credential in it: {place}"),
                hint: "scripts never see credentials: return the answer itself, or read another part of it"
                    .to_owned(),
                place: Box::default(),
            }
        }
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
    match (error, &*running.sealed.borrow()) {
        // Most likely it mistook the hidden place for the string that it looks like.
        (Error::Thrown { message, hint: None, place }, Some(hidden)) if engine_made => Error::Thrown {
            message,
            hint: Some(format!("there is a credential in {hidden}: a script cannot read that")),
            place,
        },
        (error, _) => error,
    }
    .placed(place)
}

/// Whether a call without a matching function was made with a hidden place: the engine names its own strings by their
/// types.
fn takes_hidden(signature: &str, running: &Running) -> bool {
    let arguments = signature.split_once('(').map_or("", |(_, arguments)| arguments);
    running.sealed.borrow().is_some()
        && arguments.split(|c: char| !c.is_alphanumeric()).any(|word| word == "string")
}

struct Unwound {
    error: EvalAltResult,
    /// The file in which it happened.
    source: String,
    chain: Vec<Frame>,
    /// The place to show instead of the error's own.
    at: Option<Position>,
}

/// Unwraps the error from the calls around it.
fn unwind(mut error: EvalAltResult, main: &str) -> Unwound {
    let mut source = main.to_owned();
    let mut chain = Vec::new();
    let mut at = None;
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(function, callee, inner, position) => {
                if callee == stdlib::GUARD {
                    // A stand-in for a native, not a function that anyone wrote.
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

/// The script of that file that took part in a call.
fn of_name<'a>(source: &str, running: &'a Running, script: &'a Script) -> Option<&'a Script> {
    [Some(script), running.hooks.as_ref()].into_iter().flatten().find(|known| known.source().name() == source)
}

/// The path of a file that the engine knows by its label.
fn full_name(label: String, running: &Running, script: &Script) -> String {
    let mut scripts = [Some(script), running.hooks.as_ref()].into_iter().flatten();
    scripts.find(|known| known.source().label() == label).map_or(label, |known| known.source().name())
}

/// The failure that a thrown map represents, if the script did not change it.
fn recall(value: &Dynamic, running: &Running) -> Option<Error> {
    let map = value.read_lock::<RhaiMap>()?;
    let mut failures = running.failures.borrow_mut();
    let found = failures.iter().rposition(|failure| same(&failure.thrown, &map))?;
    Some(match failures.remove(found).cause {
        Cause::Network(error) => Error::Transport(error),
        Cause::Answer(response) => refusal(running, &response),
    })
}

fn same(a: &RhaiMap, b: &RhaiMap) -> bool {
    a.len() == b.len()
        && a.iter().all(|(key, a)| {
            b.get(key).is_some_and(|b| match (to_shown(a), to_shown(b)) {
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            })
        })
}

/// What a script threw, in words.
fn thrown_message(value: &Dynamic) -> String {
    let text = match to_shown(value) {
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

/// The engine's message in our style: lower case, with backticks as quotes.
fn plain(text: &str) -> String {
    let mut chars = text.trim().chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    let text: String = first.chars().chain(chars).take(LENGTH).collect();
    names::plain_types(&text.replace('\'', "`"))
}
