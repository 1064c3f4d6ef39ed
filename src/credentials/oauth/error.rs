use std::fmt;

use crate::http;

/// Why there is no token. No variant ever holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The provider could not be asked.
    Http(http::Error),
    /// An address that is missing or unusable.
    Address {
        /// Which one.
        what: &'static str,
        /// The flag that gives it.
        flag: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The provider refused; its own words.
    Refused(String),
    /// The provider's answer cannot be understood.
    Unreadable(String),
    /// The user did not approve in time.
    TimedOut,
    /// No port of this machine could be listened on.
    NoListener(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => f.write_str(&crate::diagnostic::Failure::from(error.clone()).message),
            Self::Address { what, why, .. } => write!(f, "the {what} {why}"),
            Self::Refused(reason) => write!(f, "the provider refused: {reason}"),
            Self::Unreadable(reason) => write!(f, "the provider's answer cannot be read: {reason}"),
            Self::TimedOut => f.write_str("nobody approved the login in time"),
            Self::NoListener(reason) => write!(f, "cannot listen for the browser: {reason}"),
        }
    }
}
