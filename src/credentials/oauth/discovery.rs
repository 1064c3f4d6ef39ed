//! What a provider says about itself (OpenID Connect Discovery 1.0, RFC 8414).

use std::time::Duration;

use serde::Deserialize;

use super::address::usable;
use super::error::Error;
use crate::http::{Body, Request, Transport};
use crate::model::Origin;

/// The largest answer that is read; the transport's own limit is larger.
const MAX_BYTES: usize = 1024 * 1024;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The parts of a provider's metadata that a login uses. What is missing is empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Discovered {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) device_authorization_endpoint: String,
    pub(super) scopes_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Discovered {
    /// The provider accepts a client's secret only in the body. If it does not say, the header is used.
    pub(super) fn wants_secret_in_body(&self) -> bool {
        let known = |name: &str| self.token_endpoint_auth_methods_supported.iter().any(|known| known == name);
        known("client_secret_post") && !known("client_secret_basic")
    }

    /// The hosts that the provider says are its own. Whoever trusts the provider trusts this.
    pub fn origins(&self) -> Vec<Origin> {
        let urls = [&self.authorization_endpoint, &self.token_endpoint, &self.device_authorization_endpoint];
        urls.into_iter().filter_map(|url| Origin::of(url)).collect()
    }

    /// Asks for a provider's metadata. `url` is the address of the document, or the issuer's own.
    ///
    /// # Errors
    ///
    /// If it cannot be fetched, or is that of another issuer.
    pub fn fetch(url: &str, transport: &dyn Transport) -> Result<Self, Error> {
        let url = usable(url, "address of the provider", "--issuer")?;
        let url = if url.contains("/.well-known/") {
            url.to_owned()
        } else {
            format!("{}{WELL_KNOWN}", url.trim_end_matches('/'))
        };
        let origin = Origin::of(&url).ok_or_else(|| Error::Address {
            what: "address of the provider",
            flag: "--issuer",
            why: format!("`{url}` is not an https URL"),
        })?;
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let request = Request {
            method: "GET".to_owned(),
            base: origin.as_str().to_owned(),
            path: format!("/{path}"),
            query: Vec::new(),
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: Body::Empty,
            credentials: Vec::new(),
        };
        let response = transport.send(&request, Duration::from_secs(30)).map_err(Error::Http)?;
        if !response.is_success() {
            return Err(Error::Unreadable(format!("`{url}` answers with status {}", response.status)));
        }
        if response.body.bytes().len() > MAX_BYTES {
            return Err(Error::Unreadable(format!("`{url}` is too large")));
        }
        let found: Self = serde_json::from_slice(response.body.bytes())
            .map_err(|error| Error::Unreadable(format!("`{url}` is not provider metadata: {error}")))?;
        // Section 4.3: otherwise one provider could speak for another.
        if let Some(issuer) = url.strip_suffix(WELL_KNOWN)
            && found.issuer.trim_end_matches('/') != issuer
        {
            let said = crate::text::printable(&found.issuer).into_owned();
            return Err(Error::Unreadable(format!("`{url}` is the metadata of another issuer, `{said}`")));
        }
        Ok(found)
    }
}
