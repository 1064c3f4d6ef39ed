//! Who takes part: the provider's addresses, and this program as its client.

use super::discovery::Discovered;
use crate::model::{AuthScheme, Flow, FlowKind, LoginSettings, Origin};
use crate::secret::Secret;

/// The provider and the client of one login.
#[derive(Clone, Debug)]
pub struct Parties {
    /// The flow in use.
    pub flow: FlowKind,
    /// The provider's addresses, and the requested scopes.
    pub provider: Flow,
    /// The id that the provider knows this program by.
    pub client_id: String,
    /// The client's own secret, if it has one.
    pub client_secret: Option<Secret<String>>,
    /// The client's secret goes into the body.
    pub secret_in_body: bool,
    /// The issuer that the answer must name (RFC 9207), if that is known.
    pub issuer: Option<String>,
    /// Additional parameters of the requests.
    pub parameters: Vec<(String, String)>,
    /// The port of this machine that the browser returns to; any free one if `None`.
    pub redirect_port: Option<u16>,
}

/// A user's name and password, for the flow that asks for them.
#[derive(Clone, Debug)]
pub struct UserPassword {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Secret<String>,
}

impl Parties {
    /// The result of the document, what was discovered, and what the user says; the user takes precedence.
    ///
    /// If no flow is named, it is the first of [`FlowKind::ALL`] that is available, or the device flow if there is no browser and
    /// the provider supports it.
    pub fn new(
        scheme: &AuthScheme,
        settings: &LoginSettings,
        discovered: Option<&Discovered>,
        client_secret: Option<Secret<String>>,
        has_browser: bool,
    ) -> Self {
        let none = indexmap::IndexMap::new();
        let flows = match scheme {
            AuthScheme::OAuth2 { flows, .. } => flows,
            _ => &none,
        };
        let flow = settings.flow.unwrap_or_else(|| chosen(flows, settings, discovered, has_browser));
        let mut provider = flows.get(&flow).cloned().unwrap_or_default();
        if flow == FlowKind::AuthorizationCode && provider.authorization_url.is_empty() {
            // The same place answers both.
            if let Some(implicit) = flows.get(&FlowKind::Implicit) {
                provider.authorization_url.clone_from(&implicit.authorization_url);
                if provider.scopes.is_empty() {
                    provider.scopes.clone_from(&implicit.scopes);
                }
            }
        }
        // Token endpoints are the provider's, whatever the flow.
        for other in flows.values() {
            fill(&mut provider.token_url, &other.token_url);
        }
        if let Some(discovered) = discovered {
            fill(&mut provider.authorization_url, &discovered.authorization_endpoint);
            fill(&mut provider.token_url, &discovered.token_endpoint);
            fill(&mut provider.device_authorization_url, &discovered.device_authorization_endpoint);
            if provider.scopes.is_empty() {
                let wanted = ["openid", "offline_access"];
                let known = |scope: &&str| discovered.scopes_supported.iter().any(|known| known == scope);
                provider.scopes =
                    wanted.iter().filter(|scope| known(scope)).map(|scope| (*scope).to_owned()).collect();
            }
        }
        let said = &settings.instead;
        for (ours, theirs) in [
            (&mut provider.authorization_url, &said.authorization_url),
            (&mut provider.token_url, &said.token_url),
            (&mut provider.device_authorization_url, &said.device_authorization_url),
            (&mut provider.refresh_url, &said.refresh_url),
        ] {
            if !theirs.is_empty() {
                ours.clone_from(theirs);
            }
        }
        if !said.scopes.is_empty() {
            provider.scopes.clone_from(&said.scopes);
        }
        let in_body = discovered.is_some_and(super::discovery::Discovered::wants_secret_in_body);
        Self {
            flow,
            provider,
            client_id: settings.client_id.clone(),
            client_secret,
            secret_in_body: settings.secret_in_body || in_body,
            issuer: discovered
                .map(|discovered| discovered.issuer.clone())
                .filter(|issuer| !issuer.is_empty()),
            parameters: settings
                .parameters
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            redirect_port: settings.redirect_port,
        }
    }

    /// The origins that take part in the login, shown to the user before it begins.
    pub fn origins(&self) -> Vec<Origin> {
        let Flow { authorization_url, device_authorization_url, token_url, .. } = &self.provider;
        let used: &[&String] = match self.flow {
            FlowKind::AuthorizationCode | FlowKind::Implicit => &[authorization_url, token_url],
            FlowKind::DeviceAuthorization => &[device_authorization_url, token_url],
            FlowKind::ClientCredentials | FlowKind::Password => &[token_url],
        };
        let mut origins: Vec<Origin> = used.iter().filter_map(|url| Origin::of(url)).collect();
        origins.dedup();
        origins
    }
}

fn fill(ours: &mut String, theirs: &str) {
    if ours.is_empty() {
        theirs.clone_into(ours);
    }
}

fn chosen(
    flows: &indexmap::IndexMap<FlowKind, Flow>,
    settings: &LoginSettings,
    discovered: Option<&Discovered>,
    has_browser: bool,
) -> FlowKind {
    let said = &settings.instead;
    let device = !said.device_authorization_url.is_empty()
        || flows.contains_key(&FlowKind::DeviceAuthorization)
        || discovered.is_some_and(|discovered| !discovered.device_authorization_endpoint.is_empty());
    if device && !has_browser {
        return FlowKind::DeviceAuthorization;
    }
    let code = !said.authorization_url.is_empty()
        || discovered.is_some_and(|discovered| !discovered.authorization_endpoint.is_empty());
    let first = FlowKind::ALL.into_iter().find(|kind| flows.contains_key(kind));
    match first {
        // It cannot reach a program; the same provider's codes can.
        Some(FlowKind::Implicit) => FlowKind::AuthorizationCode,
        Some(kind) => kind,
        None if code || !device => FlowKind::AuthorizationCode,
        None => FlowKind::DeviceAuthorization,
    }
}
