//! Access tokens: asked for, and renewed (RFC 6749, RFC 8252, RFC 8628, OpenID Connect Discovery 1.0).
//!
//! The protocol is the oauth2 crate's. Here is what a command line adds: where the addresses come from, a browser or
//! another device for the person's yes, and what is kept afterwards.

mod browser;
mod callback;
mod client;
mod discovery;
mod flow;
mod parties;

pub use browser::has_browser;
pub use discovery::Discovered;
pub use flow::{Request, Told, obtain};
pub use parties::{Parties, UserPassword};

use std::fmt;

use oauth2::{EmptyExtraTokenFields, StandardTokenResponse, TokenResponse as _};

use super::attach::now;
use super::entry::{Entry, Grant};
use crate::http::{self, Transport};
use crate::model::{FlowKind, Origin};
use crate::secret::Secret;

/// Why there is no token. No variant ever holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The provider could not be asked.
    Http(http::Error),
    /// An address that is missing, or not to be used.
    Address {
        /// Which one.
        what: &'static str,
        /// The flag that gives it.
        flag: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The provider says no; in its own words.
    Refused(String),
    /// The provider's answer makes no sense.
    Unreadable(String),
    /// The person did not say yes in time.
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
            Self::TimedOut => f.write_str("nobody said yes in time"),
            Self::NoListener(reason) => write!(f, "cannot listen for the browser: {reason}"),
        }
    }
}

/// A token, and how the next is come by.
#[derive(Debug)]
pub struct Token {
    access: Secret<String>,
    grant: Grant,
}

impl Token {
    /// From the provider's answer. What it does not repeat is as it was: the refresh token, the scopes.
    fn new(
        answer: &StandardTokenResponse<EmptyExtraTokenFields, oauth2::basic::BasicTokenType>,
        mut grant: Grant,
    ) -> Self {
        if let Some(token) = answer.refresh_token() {
            grant.refresh_token = Some(Secret::new(token.secret().clone()));
        }
        grant.expires_at = answer.expires_in().map(|lives| now().saturating_add(lives.as_secs()));
        if let Some(scopes) = answer.scopes() {
            grant.scopes = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        }
        Self { access: Secret::new(answer.access_token().secret().clone()), grant }
    }

    /// What is stored.
    pub(super) fn entry(self, origins: Vec<Origin>) -> Entry {
        Entry { secret: self.access, origins, grant: Some(self.grant) }
    }
}

/// The next token of a grant: by its refresh token, or of a client that logs in by itself, by logging in.
pub(super) fn renew(grant: &Grant, transport: &dyn Transport) -> Result<Token, Error> {
    let grant = grant.clone();
    let client = client::Client::of_grant(&grant)?;
    let answer = match &grant.refresh_token {
        Some(token) => client.refresh(token, transport)?,
        None if grant.flow == FlowKind::ClientCredentials => {
            client.client_credentials(&grant.scopes, transport)?
        }
        None => return Err(Error::Refused("there is no refresh token".to_owned())),
    };
    Ok(Token::new(&answer, grant))
}
