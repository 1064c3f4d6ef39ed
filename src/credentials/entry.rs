//! What a store holds for one scheme of one profile.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::model::{FlowKind, Origin};
use crate::secret::Secret;

/// `{"secret": "...", "origins": ["https://api.stripe.com"]}`, and for an access token how to get the next one.
///
/// The origins are those that the manifest listed when a person logged in. A manifest can change with a new
/// document; where a secret may go cannot change with it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    #[serde(deserialize_with = "read", serialize_with = "write")]
    pub(super) secret: Secret<String>,
    pub(super) origins: Vec<Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grant: Option<Grant>,
}

/// How an access token was obtained.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Grant {
    pub(super) flow: FlowKind,
    /// Where the next one is requested: the address used at the login, whatever a later document says.
    pub(super) token_url: String,
    pub(super) client_id: String,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "read_some",
        serialize_with = "write_some"
    )]
    pub(super) client_secret: Option<Secret<String>>,
    /// The client's secret goes into the body instead of a header.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) secret_in_body: bool,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "read_some",
        serialize_with = "write_some"
    )]
    pub(super) refresh_token: Option<Secret<String>>,
    /// Seconds since 1970; `None` if the provider did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
    /// Further parameters of the requests for tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<(String, String)>,
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

fn write<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn read_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

fn write_some<S: Serializer>(secret: &Option<Secret<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose()),
        None => serializer.serialize_none(),
    }
}

impl Entry {
    /// A secret that a person gave.
    pub(super) fn new(secret: Secret<String>, origins: Vec<Origin>) -> Self {
        Self { secret, origins, grant: None }
    }

    /// `None` if the text was not written by [`Entry::text`]. The parser's message would repeat some of it.
    pub(super) fn parse(text: &Secret<String>) -> Option<Self> {
        serde_json::from_str(text.expose()).ok()
    }

    /// The text to be stored.
    pub(super) fn text(&self) -> Option<Secret<String>> {
        /// Measured first, so that the text is written once into memory that does not move: growing leaves copies behind.
        struct Length(usize);
        impl std::io::Write for Length {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 += bytes.len();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut length = Length(0);
        serde_json::to_writer(&mut length, self).ok()?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *bytes, self).ok()?;
        String::from_utf8(std::mem::take(&mut *bytes)).ok().map(Secret::new)
    }

    /// What may be shown of it.
    pub(super) fn about(&self) -> About {
        About {
            origins: self.origins.clone(),
            expires_at: self.grant.as_ref().and_then(|grant| grant.expires_at),
            scopes: self.grant.as_ref().map(|grant| grant.scopes.clone()).unwrap_or_default(),
            renewable: self.grant.as_ref().is_some_and(Grant::is_renewable),
            command: None,
        }
    }
}

impl Grant {
    /// The next token can be obtained without a person.
    pub(super) fn is_renewable(&self) -> bool {
        self.refresh_token.is_some() || self.flow == FlowKind::ClientCredentials
    }
}

/// What may be shown of an entry. Nothing in it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Where it may go; empty if the entry is damaged, or bound to nothing.
    pub origins: Vec<Origin>,
    /// When it expires, in seconds since 1970, if it does and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The scopes of an access token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// It is renewed before it expires.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renewable: bool,
    /// The command that prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_small_json_object() {
        let entry =
            Entry::new(Secret::from("sk\"1".to_owned()), vec![Origin::of("https://api.stripe.com").unwrap()]);
        let text = entry.text().unwrap();
        assert_eq!(text.expose(), r#"{"secret":"sk\"1","origins":["https://api.stripe.com"]}"#);
        let back = Entry::parse(&text).unwrap();
        assert_eq!(back.secret.expose(), "sk\"1");
        assert_eq!(back.origins, entry.origins);
        assert!(!format!("{back:?}").contains("sk"));
        assert!(Entry::parse(&Secret::from("sk_test_raw".to_owned())).is_none());
    }

    #[test]
    fn a_grant_is_never_shown() {
        let mut entry = Entry::new(Secret::from("access-1".to_owned()), Vec::new());
        entry.grant = Some(Grant {
            flow: FlowKind::AuthorizationCode,
            token_url: "https://id.example/token".into(),
            client_id: "cli".into(),
            client_secret: Some(Secret::from("client-1".to_owned())),
            secret_in_body: true,
            refresh_token: Some(Secret::from("refresh-1".to_owned())),
            expires_at: Some(1),
            scopes: vec!["read".into()],
            parameters: vec![("audience".into(), "api".into())],
        });
        assert!(!format!("{entry:?}{:?}", entry.about()).contains("-1"));
        let back = Entry::parse(&entry.text().unwrap()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{entry:?}"));
        assert_eq!(back.grant.unwrap().refresh_token.unwrap().expose(), "refresh-1");
    }
}
