//! Errors on their way through the engine.

use std::fmt;

use rhai::{Dynamic, EvalAltResult, NativeCallContext, Position};

use super::error::Error;
use super::limits::Limit;

/// What a native answers.
pub(super) type Answer<T> = Result<T, Box<EvalAltResult>>;

/// An error of the host that no script can catch, with the place of the call that met it.
pub(super) struct Fatal {
    pub(super) error: Error,
    pub(super) position: Position,
}

impl fmt::Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host stopped the script")
    }
}

impl std::error::Error for Fatal {}

/// An error that ends the script whatever it catches. The engine keeps no position with such an error.
pub(super) fn fatal(context: &NativeCallContext, error: Error) -> Box<EvalAltResult> {
    let fatal = Fatal { error, position: context.call_position() };
    Box::new(EvalAltResult::ErrorSystem(String::new(), Box::new(fatal)))
}

/// A breach of what scripts may do; uncatchable.
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

/// An ordinary mistake, which a script may catch: its message.
pub(super) fn thrown(message: impl Into<String>) -> Box<EvalAltResult> {
    throw(message.into().into())
}

/// Any value, thrown.
pub(super) fn throw(value: Dynamic) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(value, Position::NONE))
}

/// Ends the script without an error of its own: the host knows why.
pub(super) fn ended() -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE))
}
