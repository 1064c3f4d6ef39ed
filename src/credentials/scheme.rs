//! One scheme and one value make one attachment.

use base64::Engine as _;
use zeroize::Zeroizing;

use super::Error;
use crate::http::Attachment;
use crate::model::{ApiKeyLocation, AuthScheme, Manifest};
use crate::secret::Secret;

/// The scheme that the plugin's `..._TOKEN` variable and a bare `apicli auth login` are for: the first of the manifest
/// that takes a token, else the first API key, else the first with user and password, else a client certificate.
pub fn preferred_scheme(manifest: &Manifest) -> Option<&str> {
    let first = |wanted: &[SchemeClass]| {
        let found = manifest.auth.iter().find(|(_, scheme)| wanted.contains(&SchemeClass::of(scheme)));
        found.map(|(name, _)| name.as_str())
    };
    first(&[SchemeClass::Token, SchemeClass::OAuth])
        .or_else(|| first(&[SchemeClass::Key]))
        .or_else(|| first(&[SchemeClass::Password]))
        .or_else(|| first(&[SchemeClass::Certificate]))
}

/// What the user has to give for a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemeClass {
    /// A token.
    Token,
    /// An approval at a provider, which issues a token.
    OAuth,
    /// A key.
    Key,
    /// `user:password`.
    Password,
    /// A certificate and its private key.
    Certificate,
    /// Nothing would help.
    Unsupported,
}

impl SchemeClass {
    /// The class of a scheme.
    pub fn of(scheme: &AuthScheme) -> Self {
        match scheme {
            scheme if !scheme.is_usable() => Self::Unsupported,
            AuthScheme::Bearer => Self::Token,
            AuthScheme::OAuth2 { .. } | AuthScheme::OpenIdConnect { .. } => Self::OAuth,
            AuthScheme::ApiKey { .. } => Self::Key,
            AuthScheme::Basic | AuthScheme::Digest => Self::Password,
            AuthScheme::MutualTls => Self::Certificate,
            AuthScheme::Unsupported { .. } => Self::Unsupported,
        }
    }
}

/// The scheme's kind in words.
pub(super) fn kind(scheme: &AuthScheme) -> String {
    match scheme {
        AuthScheme::Bearer => "bearer".to_owned(),
        AuthScheme::Basic => "basic".to_owned(),
        AuthScheme::Digest => "digest".to_owned(),
        AuthScheme::ApiKey { location, name } => {
            let place = match location {
                ApiKeyLocation::Header => "header",
                ApiKeyLocation::Query => "query",
                ApiKeyLocation::Cookie => "cookie",
            };
            format!("api key in {place} `{name}`")
        }
        AuthScheme::OAuth2 { flows, .. } if flows.is_empty() => "oauth2".to_owned(),
        AuthScheme::OAuth2 { flows, .. } => {
            let flows: Vec<&str> = flows.keys().map(|kind| kind.name()).collect();
            format!("oauth2: {}", flows.join(", "))
        }
        AuthScheme::OpenIdConnect { .. } => "openIdConnect".to_owned(),
        AuthScheme::MutualTls => "mutualTLS".to_owned(),
        AuthScheme::Unsupported { kind } => format!("{kind}, not supported"),
    }
}

/// The scheme's credential as it is sent; `None` for a scheme that is not supported.
pub(super) fn attachment(scheme: &AuthScheme, value: Secret<String>) -> Option<Attachment> {
    let authorization = |prefix: &str, value| Attachment::Header {
        name: "authorization".to_owned(),
        prefix: prefix.to_owned(),
        value,
    };
    match scheme {
        scheme if !scheme.is_usable() => None,
        AuthScheme::Bearer | AuthScheme::OAuth2 { .. } | AuthScheme::OpenIdConnect { .. } => {
            Some(authorization("Bearer ", value))
        }
        AuthScheme::Basic => {
            // RFC 7617 has `user:password`; APIs such as Stripe's take a key as the user, without a password.
            let mut pair = Zeroizing::new(String::with_capacity(value.expose().len() + 1));
            pair.push_str(value.expose());
            if !pair.contains(':') {
                pair.push(':');
            }
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
            Some(authorization("Basic ", Secret::new(encoded)))
        }
        AuthScheme::Digest => {
            let (user, password) = value.expose().split_once(':').unwrap_or((value.expose(), ""));
            Some(Attachment::Digest {
                user: Secret::new(user.to_owned()),
                password: Secret::new(password.to_owned()),
            })
        }
        AuthScheme::ApiKey { location: ApiKeyLocation::Header, name } => {
            Some(Attachment::Header { name: name.to_ascii_lowercase(), prefix: String::new(), value })
        }
        AuthScheme::ApiKey { location: ApiKeyLocation::Query, name } => {
            Some(Attachment::Query { name: name.clone(), value })
        }
        AuthScheme::ApiKey { location: ApiKeyLocation::Cookie, name } => {
            Some(Attachment::Cookie { name: name.clone(), value })
        }
        AuthScheme::MutualTls => Some(Attachment::Certificate { pem: value }),
        AuthScheme::Unsupported { .. } => None,
    }
}

/// A secret from the user's input, see [`clean`].
pub fn clean_input(secret: Secret<String>) -> Result<Secret<String>, Error> {
    clean(secret, "the input")
}

/// A secret as the user gave it, without the one line end that a pipe or an editor adds. `origin` names its source in an
/// error.
pub(super) fn clean(secret: Secret<String>, origin: &str) -> Result<Secret<String>, Error> {
    let text = secret.expose().as_str();
    let trimmed = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    let bad = |why| Err(Error::BadSecret { origin: origin.to_owned(), why });
    if trimmed.is_empty() {
        return bad("it is empty");
    }
    if trimmed.chars().any(char::is_control) {
        return bad("it holds a control character, such as a line end");
    }
    Ok(if trimmed.len() == text.len() { secret } else { Secret::new(trimmed.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::from(text.to_owned())
    }

    #[test]
    fn basic_is_user_and_password_in_base64() {
        for (value, encoded) in [("sk_1", "c2tfMTo="), ("user:pw", "dXNlcjpwdw==")] {
            match attachment(&AuthScheme::Basic, secret(value)) {
                Some(Attachment::Header { name, prefix, value }) => {
                    assert_eq!(
                        (name.as_str(), prefix.as_str(), value.expose().as_str()),
                        ("authorization", "Basic ", encoded)
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn keys_go_where_the_scheme_says_and_are_never_shown() {
        for (location, shown) in [
            (ApiKeyLocation::Header, "Header { name: \"x-key\", prefix: \"\", value: *** }"),
            (ApiKeyLocation::Query, "Query { name: \"X-Key\", value: *** }"),
            (ApiKeyLocation::Cookie, "Cookie { name: \"X-Key\", value: *** }"),
        ] {
            let scheme = AuthScheme::ApiKey { location, name: "X-Key".into() };
            assert_eq!(format!("{:?}", attachment(&scheme, secret("sk_1")).unwrap()), shown);
        }
    }

    #[test]
    fn one_line_end_is_trimmed_and_nothing_else_forgiven() {
        assert_eq!(clean(secret("a b\n"), "x").unwrap().expose(), "a b");
        assert_eq!(clean(secret("a\r\n"), "x").unwrap().expose(), "a");
        for text in ["", "\n", "sk_1\n\n", "sk_1\nx", "sk_1\u{1b}", "sk_1\0"] {
            let error = clean(secret(text), "what was typed").unwrap_err();
            assert!(!format!("{error:?}").contains("sk_1"));
        }
    }
}
