//! One value as it was given, by whoever gives it.

use serde_json::Value;

/// What stands for a value, before anything is known of it.
#[derive(Clone, Debug)]
pub(crate) enum GivenValue {
    /// A word of a person's, which the argument says how to read: `a,b` is a list where it takes one, `@a.txt` a file.
    Typed(String),
    /// Data, which is what it is. A text of it never names a file.
    Json(Value),
}

impl GivenValue {
    /// As much of it as a message shows: the word, or the JSON without the quotes of a text.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Typed(text) => text.clone(),
            Self::Json(value) => plain(value),
        }
    }
}

impl From<&str> for GivenValue {
    fn from(text: &str) -> Self {
        Self::Typed(text.to_owned())
    }
}

/// JSON as it would be typed: a text without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
