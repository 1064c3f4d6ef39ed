//! What was sent with a request, never its value.

use std::fmt;

use super::stores::StoreKind;

/// A credential that was attached, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The scheme.
    pub scheme: String,
    /// Where it came from.
    pub source: SentFrom,
    /// When it expires, if it does and that is known, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// The scopes of an access token, if they are known.
    pub scopes: Vec<String>,
}

/// Where a credential came from. Its text is for a sentence: `` `APICLI_STRIPE_TOKEN` ``, or `the keyring`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentFrom {
    /// An environment variable, by its name.
    Variable(String),
    /// A store.
    Store(StoreKind),
}

impl fmt::Display for SentFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => write!(f, "`{variable}`"),
            Self::Store(store) => f.write_str(store.title()),
        }
    }
}
