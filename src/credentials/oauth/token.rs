use oauth2::{EmptyExtraTokenFields, StandardTokenResponse, TokenResponse as _};

use super::client::Client;
use super::error::Error;
use crate::credentials::clock::now;
use crate::credentials::entry::{Entry, Grant};
use crate::http::Transport;
use crate::model::{FlowKind, Origin};
use crate::secret::Secret;

/// A token, and how to get the next one.
#[derive(Debug)]
pub struct Token {
    access: Secret<String>,
    grant: Grant,
}

impl Token {
    /// From the provider's answer. What it does not repeat stays the same: the refresh token, the scopes.
    pub(super) fn new(
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
    pub(in crate::credentials) fn entry(self, origins: Vec<Origin>) -> Entry {
        Entry { secret: self.access, origins, grant: Some(self.grant) }
    }
}

/// The next token of a grant: by its refresh token, or, for a client that logs in by itself, by logging in again.
pub(in crate::credentials) fn renew(grant: &Grant, transport: &dyn Transport) -> Result<Token, Error> {
    let grant = grant.clone();
    let client = Client::of_grant(&grant)?;
    let answer = match &grant.refresh_token {
        Some(token) => client.refresh(token, transport)?,
        None if grant.flow == FlowKind::ClientCredentials => {
            client.client_credentials(&grant.scopes, transport)?
        }
        None => return Err(Error::Refused("there is no refresh token".to_owned())),
    };
    Ok(Token::new(&answer, grant))
}
