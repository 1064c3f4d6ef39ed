//! What a document says about itself as a whole: info, servers, tags, security schemes.

use indexmap::IndexMap;
use serde_json::Value;

use super::document::Document;
use super::problem::Problem;
use super::{pointer, server, text, uri};
use crate::model::{ApiKeyLocation, AuthScheme, Flow, FlowKind, SecurityAlternative, Server};

/// The parts of a document that belong to no single operation.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// `info.title`; empty if there is none.
    pub title: String,
    /// `info.version`; empty if there is none.
    pub version: String,
    /// `servers`; if there are none, the server that the document came from.
    pub servers: Vec<Server>,
    /// `components.securitySchemes`, in document order.
    pub auth: IndexMap<String, AuthScheme>,
    /// The document's own `security`.
    pub security: Vec<SecurityAlternative>,
    /// Descriptions of `tags`, plain text, by name.
    pub tags: IndexMap<String, String>,
    /// What could not be read, and was left out.
    pub problems: Vec<Problem>,
}

impl Header {
    /// Reads the header. Never fails: what is broken is left out and listed in [`Header::problems`].
    pub fn read(document: &Document) -> Self {
        let mut header = Self::default();
        let root = document.root();
        match root.get("info").and_then(|info| document.resolve(info).ok()) {
            Some(info) => {
                header.title = text::prose(info.get("title").and_then(Value::as_str).unwrap_or_default());
                header.version = match info.get("version") {
                    Some(Value::String(version)) => text::plain(version),
                    Some(Value::Number(version)) => version.to_string(),
                    _ => String::new(),
                };
            }
            None => header.problem("#/info", "`info` is missing".to_owned()),
        }
        header.problems.extend_from_slice(document.problems());
        header.servers = server::read(document, root, "#/servers", &mut header.problems);
        // Section 4.7.1: no servers means one server, `/`.
        if header.servers.is_empty() && !root.get("servers").is_some_and(has_members) {
            header.servers.extend(server::of_source(document));
        }
        header.security = root.get("security").map(read_security).unwrap_or_default();
        let tags = root.get("tags").and_then(|tags| document.resolve(tags).ok());
        for tag in tags.and_then(Value::as_array).into_iter().flatten() {
            // OpenAPI 3.2 has a summary too.
            let text = |key: &str| tag.get(key).and_then(Value::as_str);
            if let (Some(name), Some(description)) = (text("name"), text("description").or(text("summary"))) {
                header.tags.insert(name.to_owned(), text::prose(description));
            }
        }
        let schemes = root.pointer("/components/securitySchemes").and_then(Value::as_object);
        for (name, value) in schemes.into_iter().flatten() {
            let place = pointer::child("#/components/securitySchemes", name);
            match document.resolve(value) {
                Ok(value) => {
                    let base = header.servers.first().map(|server| server.url.as_str());
                    let scheme = auth_scheme(value, base).unwrap_or_else(|message| {
                        header.problem(&place, format!("the security scheme cannot be used: {message}"));
                        let kind = value.get("type").and_then(Value::as_str).unwrap_or("unknown");
                        AuthScheme::Unsupported { kind: text::plain(kind) }
                    });
                    header.auth.insert(name.clone(), scheme);
                }
                Err(error) => header.problem(&place, error.to_string()),
            }
        }
        header
    }

    fn problem(&mut self, pointer: &str, message: String) {
        self.problems.push(Problem { pointer: pointer.to_owned(), message });
    }
}

/// A Security Scheme Object (section 4.7.27): the parts of it that are used. `base` is what its relative addresses are
/// resolved against.
fn auth_scheme(value: &Value, base: Option<&str>) -> Result<AuthScheme, String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let missing = |key: &str| format!("it has no `{key}`");
    let kind = text("type").ok_or_else(|| missing("type"))?;
    match kind.to_ascii_lowercase().as_str() {
        "apikey" => {
            let location = match text("in").ok_or_else(|| missing("in"))? {
                "query" => ApiKeyLocation::Query,
                "header" => ApiKeyLocation::Header,
                "cookie" => ApiKeyLocation::Cookie,
                other => return Err(format!("a key cannot be in `{}`", text::plain(other))),
            };
            let name = text("name").filter(|name| !name.is_empty()).ok_or_else(|| missing("name"))?;
            if location == ApiKeyLocation::Header && !AuthScheme::takes_a_key(name) {
                return Err(format!("a key cannot be in the header `{}`", text::plain(name)));
            }
            Ok(AuthScheme::ApiKey { location, name: name.to_owned() })
        }
        "http" => {
            let scheme = text("scheme").ok_or_else(|| missing("scheme"))?;
            Ok(match scheme.to_ascii_lowercase().as_str() {
                "basic" => AuthScheme::Basic,
                "bearer" => AuthScheme::Bearer,
                "digest" => AuthScheme::Digest,
                _ => AuthScheme::Unsupported { kind: format!("http {}", text::plain(scheme)) },
            })
        }
        "oauth2" => Ok(AuthScheme::OAuth2 {
            flows: value.get("flows").map(|flows| read_flows(flows, base)).unwrap_or_default(),
            metadata_url: text("oauth2MetadataUrl").and_then(|url| address(url, base)).unwrap_or_default(),
        }),
        "openidconnect" => {
            let url = text("openIdConnectUrl").ok_or_else(|| missing("openIdConnectUrl"))?;
            let url = address(url, base)
                .ok_or_else(|| "its `openIdConnectUrl` is not an http or https URL".to_owned())?;
            Ok(AuthScheme::OpenIdConnect { url })
        }
        "mutualtls" => Ok(AuthScheme::MutualTls),
        _ => Ok(AuthScheme::Unsupported { kind: text::plain(kind) }),
    }
}

/// OAuth Flows Object (section 4.7.28); anything that is not a flow is left out.
fn read_flows(flows: &Value, base: Option<&str>) -> IndexMap<FlowKind, Flow> {
    let read = |kind: FlowKind| {
        let flow = flows.get(kind.name())?.as_object()?;
        let url = |key: &str| flow.get(key)?.as_str().and_then(|url| address(url, base));
        let scopes = flow.get("scopes").and_then(Value::as_object);
        let flow = Flow {
            authorization_url: url("authorizationUrl").unwrap_or_default(),
            device_authorization_url: url("deviceAuthorizationUrl").unwrap_or_default(),
            token_url: url("tokenUrl").unwrap_or_default(),
            refresh_url: url("refreshUrl").unwrap_or_default(),
            scopes: scopes
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .filter(|name| is_scope(name))
                .collect(),
        };
        Some((kind, flow))
    };
    FlowKind::ALL.into_iter().filter_map(read).collect()
}

/// An absolute http or https URL.
fn address(url: &str, base: Option<&str>) -> Option<String> {
    let url = uri::resolve(base, url.trim())?;
    crate::model::Origin::of(&url).map(|_| url)
}

/// `scope-token` (RFC 6749, section 3.3).
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
}

/// Turns Security Requirement Objects into alternatives; what has the wrong shape is left out.
pub(super) fn read_security(value: &Value) -> Vec<SecurityAlternative> {
    let alternatives = value.as_array().into_iter().flatten();
    alternatives.filter_map(Value::as_object).map(|schemes| schemes.keys().cloned().collect()).collect()
}

fn has_members(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}
