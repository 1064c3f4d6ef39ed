use indexmap::IndexMap;

use super::Location;
use serde::{Deserialize, Serialize};

/// How an API recognises its caller; OpenAPI's Security Scheme Object, the parts that are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum AuthScheme {
    /// `Authorization: Bearer <token>` (RFC 6750).
    Bearer,
    /// `Authorization: Basic <base64(user:password)>` (RFC 7617).
    Basic,
    /// `Authorization: Digest ...`, an answer to the server's challenge (RFC 7616).
    Digest,
    /// A key in a header, a query parameter or a cookie.
    ApiKey {
        /// Where the key goes.
        #[serde(rename = "in")]
        location: ApiKeyLocation,
        /// The header's, parameter's or cookie's name.
        name: String,
    },
    /// An access token (RFC 6749), sent as a bearer token.
    #[serde(rename = "oauth2")]
    OAuth2 {
        /// The ways to obtain one.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        flows: IndexMap<FlowKind, Flow>,
        /// The address of the provider's metadata (RFC 8414; OpenAPI 3.2), if the document has it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        metadata_url: String,
    },
    /// An access token as well; where to get it is discovered (OpenID Connect Discovery 1.0).
    OpenIdConnect {
        /// The address of the provider's configuration.
        url: String,
    },
    /// A client certificate (RFC 8446, section 4.4.2).
    MutualTls,
    /// A scheme that cannot be used; kept so that it can be named in messages.
    Unsupported {
        /// OpenAPI's `type`, and `scheme` for http: `http hoba`.
        kind: String,
    },
}

/// Headers that frame a message, route it, or steer the connection or what comes back (RFC 9110, sections 6.6, 7.2, 7.6
/// and 14; RFC 9112, section 6). A key in one of them would turn one request into two, or into a different one.
const FRAMING: [&str; 22] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "expect",
    "host",
    "http2-settings",
    "if-range",
    "keep-alive",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

impl AuthScheme {
    /// Whether a credential can be sent with it: the scheme is known, and its header does not frame the message.
    pub fn is_usable(&self) -> bool {
        match self {
            Self::ApiKey { location: ApiKeyLocation::Header, name } => Self::takes_a_key(name),
            Self::Unsupported { .. } => false,
            _ => true,
        }
    }

    /// Whether a header can carry a key: a token (RFC 9110, section 5.6.2) that does not frame the message.
    pub fn takes_a_key(header: &str) -> bool {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        !header.is_empty()
            && header.bytes().all(is_token)
            && !FRAMING.iter().any(|framing| header.eq_ignore_ascii_case(framing))
    }

    /// Whether the credential goes into the parameter of that name.
    pub fn is_in(&self, place: Location, parameter: &str) -> bool {
        match self {
            Self::ApiKey { location: ApiKeyLocation::Header, name } => {
                place == Location::Header && name.eq_ignore_ascii_case(parameter)
            }
            Self::ApiKey { location: ApiKeyLocation::Query, name } => {
                place == Location::Query && name == parameter
            }
            Self::ApiKey { location: ApiKeyLocation::Cookie, name } => {
                place == Location::Cookie && name == parameter
            }
            Self::MutualTls | Self::Unsupported { .. } => false,
            _ => place == Location::Header && parameter.eq_ignore_ascii_case("authorization"),
        }
    }
}

/// A way to obtain an access token, by OpenAPI's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FlowKind {
    /// A person agrees in a browser (RFC 6749, section 4.1), with PKCE (RFC 7636).
    AuthorizationCode,
    /// A person agrees on another device (RFC 8628; OpenAPI 3.2).
    DeviceAuthorization,
    /// The client itself logs in (RFC 6749, section 4.4).
    ClientCredentials,
    /// With a person's own user name and password (RFC 6749, section 4.3).
    Password,
    /// The token comes back in the browser's address (RFC 6749, section 4.2). It cannot reach a program: if a document
    /// has nothing else, the authorization code is requested.
    Implicit,
}

impl FlowKind {
    /// All of them, in the order in which a login tries them.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::Implicit,
        Self::DeviceAuthorization,
        Self::ClientCredentials,
        Self::Password,
    ];

    /// OpenAPI's name: `authorizationCode`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorizationCode",
            Self::DeviceAuthorization => "deviceAuthorization",
            Self::ClientCredentials => "clientCredentials",
            Self::Password => "password",
            Self::Implicit => "implicit",
        }
    }
}

/// OpenAPI's OAuth Flow Object. Addresses missing from the document are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Where a person agrees.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authorization_url: String,
    /// Where a device asks for its code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device_authorization_url: String,
    /// Where tokens are issued.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token_url: String,
    /// Where tokens are renewed, if that is elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub refresh_url: String,
    /// The names of the available scopes, in document order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// What a person said about one scheme at a login that the document does not say. None of it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginSettings {
    /// Who this program is to the provider.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// The flow that is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowKind>,
    /// Replaces the flow's own addresses and scopes.
    #[serde(flatten)]
    pub instead: Flow,
    /// The provider whose configuration is discovered, instead of the document's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuer: String,
    /// The client's secret goes into the body of the requests for tokens, not into a header.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret_in_body: bool,
    /// The local port that the browser returns to, for providers that accept only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_port: Option<u16>,
    /// Further parameters of the authorization and token requests, such as `audience`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, String>,
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

/// The kind of a plugin's main scheme, for an overview of [`super::GeneratedPlugin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthType {
    /// No operation requires a credential.
    None,
    /// Bearer token.
    Bearer,
    /// User and password.
    Basic,
    /// API key.
    ApiKey,
    /// Digest authentication.
    Digest,
    /// OAuth 2, or OpenID Connect.
    OAuth2,
    /// Client certificate.
    MutualTls,
    /// Only unsupported schemes.
    Unsupported,
}

/// One way to satisfy an operation's `security`: the names of schemes that must all be present (AND). An
/// operation's `security` is a list of these, any one of which will do (OR); an empty list, or an empty
/// alternative, means that no credential is needed.
pub type SecurityAlternative = Vec<String>;
