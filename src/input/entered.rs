//! The given values before validation; afterwards they are [`crate::engine::Values`].

use super::fields::Given;
use super::given::GivenValue;

/// The values given for a command, from any source, not yet validated.
#[derive(Debug, Default)]
pub(crate) struct Entered {
    /// Words for positionals, by position.
    pub(crate) placed: Vec<String>,
    /// Values of positionals that were named, one for each positional of the signature.
    pub(crate) named: Vec<Option<GivenValue>>,
    /// Values of flags.
    pub(crate) flags: Vec<Given>,
    /// Bodies as a whole: a text, `@file` or `-` if they are typed.
    pub(crate) bodies: Vec<GivenValue>,
    /// The media type of the body, or a part of its name.
    pub(crate) content_type: Option<String>,
}
