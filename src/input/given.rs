//! One value as it was given, from any source.

use serde_json::Value;

/// A value before its argument is known.
#[derive(Clone, Debug)]
pub(crate) enum GivenValue {
    /// A typed word; the argument decides how to read it: `a,b` can be a list, `@a.txt` a file.
    Typed(String),
    /// Data, taken literally. A text in it never names a file.
    Json(Value),
}

impl GivenValue {
    /// How a message shows it: the word, or JSON, a text without its quotes.
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
