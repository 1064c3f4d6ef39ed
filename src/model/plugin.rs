use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{AuthScheme, AuthType, CommandDefinition, LoginSettings, Origin, Server};

/// The manifest, `plugin.toml`: the policy of a plugin. Owned by a person; a generation changes only what it must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's name: `[a-z0-9][a-z0-9_-]*`.
    pub name: String,
    /// The document's `info.version`.
    #[serde(default)]
    pub version: String,
    /// The document's `info.title`.
    #[serde(default)]
    pub title: String,
    /// Where the document came from.
    #[serde(default)]
    pub document: DocumentSource,
    /// Where requests go; the first is used unless `--server` says otherwise. Being listed here is not enough
    /// for a request or credential to go there: a person has to have agreed to it.
    #[serde(default)]
    pub servers: Vec<Server>,
    /// Servers of individual operations. They may be called and get credentials, but are never the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operation_servers: Vec<Server>,
    /// The document's security schemes, by name.
    #[serde(default)]
    pub auth: IndexMap<String, AuthScheme>,
    /// What a person said at a login, by scheme. No generation writes it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub login: IndexMap<String, LoginSettings>,
    /// The profile that is used unless `--profile` says otherwise; [`Profile::DEFAULT`] if it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub profile: String,
    /// The accounts that a person uses the API with, by name. No generation writes it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub profiles: IndexMap<String, Profile>,
}

/// One of several accounts of an API. Its credentials are kept under its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The server that it uses, as `--server` takes it; the plugin's default if it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// Headers that are sent with every request, such as `Stripe-Account`. None of them is secret.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
}

impl Profile {
    /// The profile for people who have no others.
    pub const DEFAULT: &'static str = "default";

    /// Whether `name` can be a profile's name: `[A-Za-z0-9][A-Za-z0-9_-]*`, at most 40 characters.
    pub fn is_name(name: &str) -> bool {
        name.len() <= 40
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    }

    /// Whether a header may be sent with every request: a token (RFC 9110, section 5.6.2) that neither carries a
    /// credential nor frames a message.
    pub fn is_header(name: &str) -> bool {
        const KEPT: [&str; 8] = [
            "authorization",
            "proxy-authorization",
            "cookie",
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "content-type",
        ];
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
            && !KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept))
    }
}

impl Manifest {
    /// The name of the profile in use; `named` is from the command line.
    pub fn profile_name<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        let usual = Some(self.profile.as_str()).filter(|name| !name.is_empty());
        named.or(usual).unwrap_or(Profile::DEFAULT)
    }

    /// The origins that the folder wants its scripts to call. Whether they may is not for the folder to decide.
    pub fn origins(&self) -> Vec<Origin> {
        let servers = self.servers.iter().chain(&self.operation_servers);
        let mut origins: Vec<Origin> = servers.filter_map(|server| Origin::of(&server.url)).collect();
        origins.sort();
        origins.dedup();
        origins
    }
}

/// Where a document came from and what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentSource {
    /// File name, URL, or `-` for standard input.
    #[serde(default)]
    pub source: String,
    /// SHA-256 of its bytes, lower-case hex.
    #[serde(default)]
    pub sha256: String,
}

/// A plugin in memory, before it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedPlugin {
    /// The plugin's name.
    pub name: String,
    /// The document's `info.version`.
    pub version: String,
    /// Every command, in document order.
    pub commands: Vec<CommandDefinition>,
    /// The policy as the document has it, whatever a person made of an earlier one.
    pub manifest: Manifest,
    /// The kind of the scheme that most operations ask for.
    pub auth_type: AuthType,
    /// Every file to be written, sorted by path.
    pub files: Vec<PluginFile>,
    /// How many operations the document has; the commands and the skipped ones together.
    pub operations: usize,
    /// Operations that could not become commands.
    pub skipped: Vec<Skipped>,
    /// What a person should know: names that clashed, parts that were left out.
    pub warnings: Vec<Warning>,
}

/// An operation that could not become a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Method and path: `POST /v1/files`.
    pub operation: String,
    /// JSON pointer of what is broken.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

/// Something that works, but perhaps not the way the document's author meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// One file of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// Relative to the plugin's folder; every component is a plain name made by the generator.
    pub path: PathBuf,
    /// The whole content, which may be the document itself.
    pub content: Arc<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_normalised() {
        for (url, origin) in [
            ("https://API.stripe.com/v1", Some("https://api.stripe.com")),
            ("https://a:443/", Some("https://a")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:80/x", Some("http://[::1]")),
            ("file:///etc/passwd", None),
            ("/v1", None),
            ("https://", None),
        ] {
            assert_eq!(Origin::of(url).as_ref().map(Origin::as_str), origin, "{url}");
        }
    }
}
