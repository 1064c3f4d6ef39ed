use rhai::{EvalAltResult, Position};

use super::error::Error;

/// What a native returns.
pub(super) type Answer<T> = Result<T, Box<EvalAltResult>>;

/// An error of the host that no script can catch, with the place of the call that caused it: the engine keeps no position
/// with such an error.
#[derive(Debug)]
pub(super) struct Fatal {
    pub(super) error: Error,
    pub(super) position: Position,
}
