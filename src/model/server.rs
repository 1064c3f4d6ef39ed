use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A server of a document: where requests go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Base URL, variables replaced by their defaults, without a trailing slash. May have a path. A variable without a
    /// default stays in its braces; a URL without a host in the document begins with `/`.
    pub url: String,
    /// What the document calls it (OpenAPI 3.2), untrusted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The document's own text, untrusted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The URL as written in the document, with its variables in braces; empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// The variables in the template's braces, in document order (OpenAPI's Server Variable Object).
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variables: IndexMap<String, ServerVariable>,
}

impl Server {
    /// A server whose URL has no variables.
    pub fn plain(url: impl Into<String>, description: impl Into<String>) -> Self {
        let (url, description) = (url.into(), description.into());
        Self { url, name: String::new(), description, template: String::new(), variables: IndexMap::new() }
    }
}

/// A variable of a server's URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerVariable {
    /// The value unless `--server-var` says otherwise.
    pub default: String,
    /// The values allowed; empty if any will do.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

/// Scheme, host and port of a URL (RFC 6454), normalised: lower case, default port left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// The origin of an absolute `http` or `https` URL; `None` for anything else.
    pub fn of(url: &str) -> Option<Self> {
        let uri: http::Uri = url.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
        Some(match uri.port_u16() {
            Some(port) if port != default => Self(format!("{scheme}://{host}:{port}")),
            _ => Self(format!("{scheme}://{host}")),
        })
    }

    /// `https://host[:port]`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there can be read in transit: `http`, to another machine.
    pub fn is_clear(&self) -> bool {
        self.0.strip_prefix("http://").is_some_and(|authority| !is_loopback(authority))
    }
}

/// Whether the host of an authority is this machine: `localhost` and its subdomains (RFC 6761, section 6.3), or a
/// loopback address.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
