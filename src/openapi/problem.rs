//! What is wrong in a document, and how to word it.

use std::fmt;

use serde_json::Value;

/// Something wrong at one place in a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// JSON pointer in fragment form.
    pub pointer: String,
    /// What is wrong, in lower case.
    pub message: String,
}

/// The methods of a Path Item Object (OpenAPI 3.0, section 4.7.9), in the order they are read.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The JSON type of a value, with its article, for messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::LowerHex for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
