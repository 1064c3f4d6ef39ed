//! What was given, before and after it is judged.

use serde_json::{Map, Value};

use super::fields::Given;
use super::given::GivenValue;
use crate::engine::{FileAt, InputBody};
use crate::model::MediaChoice;

/// What was given for a command, wherever it comes from: not yet judged.
#[derive(Debug, Default)]
pub(crate) struct Entered {
    /// Words for positionals, by their place.
    pub(crate) placed: Vec<String>,
    /// Values of positionals that were named, one for each positional of the signature.
    pub(crate) named: Vec<Option<GivenValue>>,
    /// Values of flags.
    pub(crate) flags: Vec<Given>,
    /// Bodies as a whole: a text, `@file` or `-` where they are typed.
    pub(crate) bodies: Vec<GivenValue>,
    /// The media type of the body, or a part of its name.
    pub(crate) content_type: Option<String>,
}

/// Values for the wire.
#[derive(Debug)]
pub(crate) struct Values {
    /// In the order of the function's parameters: texts, as they were typed; lists and objects of them.
    pub(crate) positionals: Vec<Value>,
    /// By the keys of [`crate::model::Argument::key`], nested.
    pub(crate) flags: Map<String, Value>,
    /// The files among them.
    pub(crate) files: Vec<FileAt>,
    /// The body as a whole.
    pub(crate) body: Option<InputBody>,
    /// The media type that was chosen; `None` where the usual one will do.
    pub(crate) media: Option<MediaChoice>,
}
