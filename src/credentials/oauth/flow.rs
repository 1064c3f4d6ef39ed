//! The flows.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::callback::Callback;
use super::client::Client;
use super::{Error, Parties, Token, UserPassword, browser};
use crate::credentials::entry::Grant;
use crate::http::Transport;
use crate::model::FlowKind;

/// How long the user may take in the browser.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// One login.
pub struct Request<'a> {
    /// Who takes part.
    pub parties: &'a Parties,
    /// The user, for the flow that asks for a password.
    pub person: Option<UserPassword>,
    /// A browser is opened; otherwise the address is shown.
    pub opens_browser: bool,
    /// Lines that the user pastes, if that is possible.
    pub pasted: Option<Receiver<String>>,
}

/// Something that the user is told in the meantime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The browser was opened at this address.
    Opened(String),
    /// This address is to be opened.
    ToOpen(String),
    /// This code is to be typed at this address; the second address already contains it.
    Device {
        /// The code.
        code: String,
        /// Where.
        url: String,
        /// The address with the code in it, if the provider has one.
        whole: Option<String>,
    },
}

/// Asks the provider for a token, and the user for approval if the flow requires it.
///
/// # Errors
///
/// If there is none.
pub fn obtain(request: Request<'_>, transport: &dyn Transport, tell: &dyn Fn(Told)) -> Result<Token, Error> {
    let parties = request.parties;
    let scopes = &parties.provider.scopes;
    let client = Client::new(parties)?;
    let answer = match parties.flow {
        FlowKind::AuthorizationCode | FlowKind::Implicit => code(client, request, transport, tell)?,
        FlowKind::DeviceAuthorization => {
            let codes = client.device_codes(scopes, transport)?;
            let shown = |text: &str| crate::text::printable(text).into_owned();
            tell(Told::Device {
                code: shown(codes.user_code().secret()),
                url: shown(codes.verification_uri().as_str()),
                whole: codes.verification_uri_complete().map(|url| shown(url.secret())),
            });
            client.device_token(&codes, transport)?
        }
        FlowKind::ClientCredentials => client.client_credentials(scopes, transport)?,
        FlowKind::Password => match &request.person {
            Some(person) => client.password(person, scopes, transport)?,
            None => return Err(Error::Refused("there is no user to log in".to_owned())),
        },
    };
    let refresh_url = &parties.provider.refresh_url;
    let grant = Grant {
        flow: parties.flow,
        token_url: if refresh_url.is_empty() { &parties.provider.token_url } else { refresh_url }.clone(),
        client_id: parties.client_id.clone(),
        client_secret: parties.client_secret.clone(),
        secret_in_body: parties.secret_in_body,
        refresh_token: None,
        expires_at: None,
        scopes: scopes.clone(),
        parameters: parties.parameters.clone(),
    };
    Ok(Token::new(&answer, grant))
}

/// The authorization code, by way of a browser.
fn code(
    client: Client,
    request: Request<'_>,
    transport: &dyn Transport,
    tell: &dyn Fn(Told),
) -> Result<oauth2::basic::BasicTokenResponse, Error> {
    let parties = request.parties;
    let callback = Callback::listen(parties.redirect_port)?;
    let client = client.answered_at(&callback.url())?;
    let asked = client.authorization(&parties.provider.scopes)?;
    if request.opens_browser && browser::open(&asked.url) {
        tell(Told::Opened(asked.url.clone()));
    } else {
        tell(Told::ToOpen(asked.url.clone()));
    }
    let answer = callback.wait(asked.state.secret(), request.pasted, PATIENCE)?;
    if let Some(error) = answer.error {
        return Err(Error::Refused(crate::text::printable(&error).into_owned()));
    }
    // RFC 9207: one provider's answer must not be used with another.
    if let (Some(expected), Some(issuer)) = (&parties.issuer, &answer.issuer)
        && expected != issuer
    {
        return Err(Error::Refused("the answer comes from another provider".to_owned()));
    }
    match answer.code {
        Some(code) => client.code(&code, asked.verifier, transport),
        None => Err(Error::Refused("the answer has no code".to_owned())),
    }
}
