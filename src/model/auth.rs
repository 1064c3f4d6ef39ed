use serde::{Deserialize, Serialize};

/// How an API recognises its caller; OpenAPI's Security Scheme Object, the parts that are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum AuthScheme {
    /// `Authorization: Bearer <token>` (RFC 6750).
    Bearer,
    /// `Authorization: Basic <base64(user:password)>` (RFC 7617).
    Basic,
    /// A key in a header, a query parameter or a cookie.
    ApiKey {
        /// Where the key goes.
        #[serde(rename = "in")]
        location: ApiKeyLocation,
        /// The header's, parameter's or cookie's name.
        name: String,
    },
    /// A scheme that cannot be used yet; kept so that it can be named in messages. OAuth 2 and OpenID Connect
    /// access tokens are sent as bearer tokens and so are [`AuthScheme::Bearer`].
    Unsupported {
        /// OpenAPI's `type`, and `scheme` for http: `http digest`, `mutualTLS`.
        kind: String,
    },
}

/// Where an API key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiKeyLocation {
    /// A request header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

/// The kind of a plugin's main scheme, for a glance at [`super::GeneratedPlugin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthType {
    /// No operation asks for a credential.
    None,
    /// Bearer token.
    Bearer,
    /// User and password.
    Basic,
    /// API key.
    ApiKey,
    /// Only schemes that cannot be used yet.
    Unsupported,
}

/// One way to satisfy an operation's `security`: the names of schemes that must all be present (AND). An
/// operation's `security` is a list of these, any one of which will do (OR); an empty list, or an empty
/// alternative, means that no credential is needed.
pub type SecurityAlternative = Vec<String>;
