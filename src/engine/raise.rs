//! Errors on their way through the engine.

use std::fmt;

use rhai::{Dynamic, EvalAltResult, NativeCallContext, Position};

use super::current::current;
use super::error::Error;
pub(super) use super::fatal::Answer;
use super::fatal::Fatal;
use super::limits::Limit;

/// What represents a [`Fatal`] on its way through the engine.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host stopped the script")
    }
}

impl std::error::Error for Stopped {}

/// An error that ends the script, whatever the script catches.
///
/// The error itself is kept with the call. Some functions of the engine (`dedup`) hide the errors of the functions
/// that they call; the call has failed nevertheless.
pub(super) fn fatal(context: &NativeCallContext, error: Error) -> Box<EvalAltResult> {
    if let Some(running) = current().running() {
        running.fatal.replace(Some(Fatal { error, position: context.call_position() }));
    }
    Box::new(EvalAltResult::ErrorSystem(String::new(), Box::new(Stopped)))
}

/// A violation of what scripts may do, reported by a value without a place; uncatchable.
pub(super) fn stop(message: impl Into<String>, hint: impl Into<String>) -> Box<EvalAltResult> {
    if let Some(running) = current().running() {
        let error = Error::Refused { message: message.into(), hint: hint.into(), place: Box::default() };
        // Later errors are consequences of the first.
        running.fatal.borrow_mut().get_or_insert(Fatal { error, position: Position::NONE });
    }
    Box::new(EvalAltResult::ErrorSystem(String::new(), Box::new(Stopped)))
}

/// A violation of what scripts may do; uncatchable.
pub(super) fn refused(
    context: &NativeCallContext,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Box<EvalAltResult> {
    fatal(context, Error::Refused { message: message.into(), hint: hint.into(), place: Box::default() })
}

/// A broken limit; uncatchable.
pub(super) fn limit(context: &NativeCallContext, limit: Limit) -> Box<EvalAltResult> {
    fatal(context, Error::Limit { limit, place: Box::default() })
}

/// A limit that a native without a context broke; uncatchable.
pub(super) fn broke(limit: Limit) -> Box<EvalAltResult> {
    if let Some(running) = current().running() {
        running.end(limit);
    }
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(limit), Position::NONE))
}

/// An ordinary mistake, which a script may catch: its message.
pub(super) fn thrown(message: impl Into<String>) -> Box<EvalAltResult> {
    throw(message.into().into())
}

/// Any value, thrown.
pub(super) fn throw(value: Dynamic) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(value, Position::NONE))
}

/// The result of a function in a namespace, with the place of the call in its error: the engine only does that for functions
/// without a namespace.
pub(super) fn placed<T>(context: &NativeCallContext, mut result: Answer<T>) -> Answer<T> {
    if let Err(error) = &mut result
        && error.position().is_none()
    {
        error.set_position(context.call_position());
    }
    result
}

/// Ends the script without an error of its own: the host knows why.
pub(super) fn ended() -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE))
}
