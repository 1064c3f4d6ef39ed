//! The oauth2 crate over this program's own transport.

use std::time::Duration;

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, ConfigurationError, CsrfToken,
    DeviceAuthorizationUrl, EndpointMaybeSet, EndpointNotSet, ErrorResponse, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, ResourceOwnerPassword,
    ResourceOwnerUsername, Scope, StandardDeviceAuthorizationResponse, TokenUrl,
};

use super::address::usable;
use super::{Error, Parties, UserPassword};
use crate::credentials::entry::Grant;
use crate::http::{self, Attachment, Body, Request, Transport};
use crate::model::Origin;
use crate::secret::Secret;

/// For one request to the provider.
const PATIENCE: Duration = Duration::from_secs(30);

type Inner =
    BasicClient<EndpointMaybeSet, EndpointMaybeSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet>;

/// This program as a client of a provider.
pub(super) struct Client {
    inner: Inner,
    parameters: Vec<(String, String)>,
    /// Secrets that must not be shown, though the provider may repeat them.
    secrets: Vec<Secret<String>>,
}

/// The address for the browser, and what its answer is checked against.
pub(super) struct Authorization {
    pub(super) url: String,
    pub(super) state: CsrfToken,
    pub(super) verifier: PkceCodeVerifier,
}

/// Sends one of the crate's requests with the additional parameters. The requests have types of their own, with no common
/// trait.
macro_rules! ask {
    ($client:expr, $request:expr, $transport:expr, $secrets:expr) => {{
        let mut request = $request;
        for (name, value) in &$client.parameters {
            request = request.add_extra_param(name, value);
        }
        let answer = request.request(&|request: HttpRequest| send($transport, request));
        answer.map_err(|error| $client.told(error, $secrets))
    }};
}

impl Client {
    /// For a login.
    pub(super) fn new(parties: &Parties) -> Result<Self, Error> {
        let provider = &parties.provider;
        let token_url = usable(&provider.token_url, "token URL", "--token-url")?;
        let optional = |url: &str, what, flag| {
            if url.is_empty() { Ok(None) } else { usable(url, what, flag).map(|url| Some(url.to_owned())) }
        };
        let authorization =
            optional(&provider.authorization_url, "authorization URL", "--authorization-url")?;
        let device = optional(
            &provider.device_authorization_url,
            "device authorization URL",
            "--device-authorization-url",
        )?;
        let mut client =
            Self::of(&parties.client_id, parties.client_secret.as_ref(), parties.secret_in_body, token_url)?;
        let authorization = authorization
            .map(|url| AuthUrl::new(url).map_err(|_| no_url("authorization URL", "--authorization-url")))
            .transpose()?;
        let device = device
            .map(|url| {
                DeviceAuthorizationUrl::new(url)
                    .map_err(|_| no_url("device authorization URL", "--device-authorization-url"))
            })
            .transpose()?;
        client.inner =
            client.inner.set_auth_uri_option(authorization).set_device_authorization_url_option(device);
        client.parameters.clone_from(&parties.parameters);
        Ok(client)
    }

    /// For the next token of a grant.
    pub(super) fn of_grant(grant: &Grant) -> Result<Self, Error> {
        let url = usable(&grant.token_url, "token URL", "--token-url")?;
        let mut client = Self::of(&grant.client_id, grant.client_secret.as_ref(), grant.secret_in_body, url)?;
        client.parameters.clone_from(&grant.parameters);
        client.secrets.extend(grant.refresh_token.clone());
        Ok(client)
    }

    fn of(id: &str, secret: Option<&Secret<String>>, in_body: bool, token_url: &str) -> Result<Self, Error> {
        let token_url =
            TokenUrl::new(token_url.to_owned()).map_err(|_| no_url("token URL", "--token-url"))?;
        let mut inner = BasicClient::new(ClientId::new(id.to_owned()))
            .set_auth_uri_option(None)
            .set_device_authorization_url_option(None)
            .set_token_uri_option(Some(token_url));
        if let Some(secret) = secret {
            inner = inner.set_client_secret(ClientSecret::new(secret.expose().clone()));
        }
        inner = inner.set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth });
        Ok(Self { inner, parameters: Vec::new(), secrets: secret.cloned().into_iter().collect() })
    }

    /// The same, with an address of this machine for the answer.
    pub(super) fn answered_at(mut self, redirect: &str) -> Result<Self, Error> {
        let redirect =
            RedirectUrl::new(redirect.to_owned()).map_err(|_| no_url("redirect URL", "--redirect-port"))?;
        self.inner = self.inner.set_redirect_uri(redirect);
        Ok(self)
    }

    /// Where the user approves.
    pub(super) fn authorization(&self, scopes: &[String]) -> Result<Authorization, Error> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .inner
            .authorize_url(CsrfToken::new_random)
            .map_err(|error| configuration(&error))?
            .set_pkce_challenge(challenge)
            .add_scopes(scopes.iter().cloned().map(Scope::new));
        // OpenID Connect Core, section 11: a refresh token is given only after a person was asked for it.
        if scopes.iter().any(|scope| scope == "offline_access")
            && !self.parameters.iter().any(|(name, _)| name == "prompt")
        {
            request = request.add_extra_param("prompt", "consent");
        }
        for (name, value) in &self.parameters {
            request = request.add_extra_param(name, value);
        }
        let (url, state) = request.url();
        Ok(Authorization { url: url.to_string(), state, verifier })
    }

    pub(super) fn code(
        &self,
        code: &Secret<String>,
        verifier: PkceCodeVerifier,
        transport: &dyn Transport,
    ) -> Result<BasicTokenResponse, Error> {
        let secrets = [code.clone(), Secret::new(verifier.secret().clone())];
        let request = self
            .inner
            .exchange_code(AuthorizationCode::new(code.expose().clone()))
            .map_err(|error| configuration(&error))?
            .set_pkce_verifier(verifier);
        ask!(self, request, transport, &secrets)
    }

    pub(super) fn refresh(
        &self,
        token: &Secret<String>,
        transport: &dyn Transport,
    ) -> Result<BasicTokenResponse, Error> {
        let token = RefreshToken::new(token.expose().clone());
        let request = self.inner.exchange_refresh_token(&token).map_err(|error| configuration(&error))?;
        ask!(self, request, transport, &[])
    }

    pub(super) fn client_credentials(
        &self,
        scopes: &[String],
        transport: &dyn Transport,
    ) -> Result<BasicTokenResponse, Error> {
        let request = self
            .inner
            .exchange_client_credentials()
            .map_err(|error| configuration(&error))?
            .add_scopes(scopes.iter().cloned().map(Scope::new));
        ask!(self, request, transport, &[])
    }

    pub(super) fn password(
        &self,
        person: &UserPassword,
        scopes: &[String],
        transport: &dyn Transport,
    ) -> Result<BasicTokenResponse, Error> {
        let user = ResourceOwnerUsername::new(person.user.clone());
        let password = ResourceOwnerPassword::new(person.password.expose().clone());
        let request = self
            .inner
            .exchange_password(&user, &password)
            .map_err(|error| configuration(&error))?
            .add_scopes(scopes.iter().cloned().map(Scope::new));
        ask!(self, request, transport, std::slice::from_ref(&person.password))
    }

    /// The codes for another device.
    pub(super) fn device_codes(
        &self,
        scopes: &[String],
        transport: &dyn Transport,
    ) -> Result<StandardDeviceAuthorizationResponse, Error> {
        let request = self
            .inner
            .exchange_device_code()
            .map_err(|error| configuration(&error))?
            .add_scopes(scopes.iter().cloned().map(Scope::new));
        ask!(self, request, transport, &[])
    }

    /// Waits until the user has approved on the other device.
    pub(super) fn device_token(
        &self,
        codes: &StandardDeviceAuthorizationResponse,
        transport: &dyn Transport,
    ) -> Result<BasicTokenResponse, Error> {
        let request =
            self.inner.exchange_device_access_token(codes).map_err(|error| configuration(&error))?;
        let secrets = [Secret::new(codes.device_code().secret().clone())];
        request
            .request(&|request: HttpRequest| send(transport, request), std::thread::sleep, None)
            .map_err(|error| self.told(error, &secrets))
    }

    /// What went wrong, in words without any of the secrets.
    fn told<T: ErrorResponse + std::fmt::Display + 'static>(
        &self,
        error: RequestTokenError<Failed, T>,
        secrets: &[Secret<String>],
    ) -> Error {
        let hide = |text: &str| {
            let all = self.secrets.iter().chain(secrets).map(|secret| secret.expose().as_str());
            let text = all
                .filter(|secret| !secret.is_empty())
                .fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
            crate::text::printable(text.get(..text.len().min(500)).unwrap_or(&text)).into_owned()
        };
        match error {
            RequestTokenError::ServerResponse(answer) => Error::Refused(hide(&answer.to_string())),
            RequestTokenError::Request(Failed(error)) => Error::Http(error),
            RequestTokenError::Parse(reason, body) => match refusal(&body) {
                Some(refusal) => Error::Refused(hide(&refusal)),
                // The parser's message may repeat a value.
                None => {
                    Error::Unreadable(format!("it is not a token at `{}`", hide(&reason.path().to_string())))
                }
            },
            RequestTokenError::Other(reason) => Error::Unreadable(hide(&reason)),
        }
    }
}

/// Some providers refuse with a status of 200.
fn refusal(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let error = value.get("error")?.as_str()?;
    Some(match value.get("error_description").and_then(serde_json::Value::as_str) {
        Some(description) => format!("{error}: {description}"),
        None => error.to_owned(),
    })
}

fn no_url(what: &'static str, flag: &'static str) -> Error {
    Error::Address { what, flag, why: "is not a URL".to_owned() }
}

fn configuration(error: &ConfigurationError) -> Error {
    match error {
        ConfigurationError::MissingUrl("authorization") => Error::Address {
            what: "authorization URL",
            flag: "--authorization-url",
            why: "is not known".to_owned(),
        },
        ConfigurationError::MissingUrl("device authorization") => Error::Address {
            what: "device authorization URL",
            flag: "--device-authorization-url",
            why: "is not known".to_owned(),
        },
        _ => Error::Address { what: "token URL", flag: "--token-url", why: "is not known".to_owned() },
    }
}

/// A request that failed; the crate wants a standard library error.
#[derive(Debug)]
pub(super) struct Failed(http::Error);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the request failed")
    }
}

impl std::error::Error for Failed {}

/// One request to the provider. Its `authorization` header goes out as a credential, so that nothing shows it.
fn send(transport: &dyn Transport, request: HttpRequest) -> Result<HttpResponse, Failed> {
    let (head, body) = request.into_parts();
    let url = head.uri.to_string();
    let invalid =
        || Failed(http::Error::InvalidUrl { url: url.clone(), why: "it is not an http or https URL" });
    let origin = Origin::of(&url).ok_or_else(invalid)?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = Vec::new();
    let mut credentials = Vec::new();
    let mut content_type = String::new();
    for (name, value) in &head.headers {
        let value = value.to_str().unwrap_or_default();
        match name.as_str() {
            "content-type" => value.clone_into(&mut content_type),
            "authorization" => {
                let (prefix, value) = value.split_once(' ').unwrap_or(("", value));
                credentials.push(Attachment::Header {
                    name: "authorization".to_owned(),
                    prefix: format!("{prefix} "),
                    value: Secret::new(value.to_owned()),
                });
            }
            name => headers.push((name.to_owned(), value.to_owned())),
        }
    }
    let request = Request {
        method: head.method.as_str().to_owned(),
        base: origin.as_str().to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers,
        body: if body.is_empty() { Body::Empty } else { Body::Bytes { content_type, bytes: body } },
        credentials,
    };
    let response = transport.send(&request, PATIENCE).map_err(Failed)?;
    let mut answer = ::http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        if name == "content-type" {
            answer = answer.header(name, value);
        }
    }
    answer.body(response.body.into_bytes()).map_err(|_| invalid())
}
