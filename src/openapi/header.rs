//! What a document says about itself as a whole: info, servers, tags, security schemes.

use indexmap::IndexMap;
use openapiv3::{APIKeyLocation, SecurityScheme};
use serde::Deserialize;
use serde_json::Value;

use super::document::{Document, Problem};
use super::{pointer, text};
use crate::model::{ApiKeyLocation, AuthScheme, Origin, SecurityAlternative, Server};

/// The parts of a document that belong to no single operation.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// `info.title`; empty if there is none.
    pub title: String,
    /// `info.version`; empty if there is none.
    pub version: String,
    /// `servers`, variables replaced by their defaults; only absolute http(s) URLs.
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
                header.title = text::plain(info.get("title").and_then(Value::as_str).unwrap_or_default());
                header.version = match info.get("version") {
                    Some(Value::String(version)) => text::plain(version),
                    Some(Value::Number(version)) => version.to_string(),
                    _ => String::new(),
                };
            }
            None => header.problem("#/info", "`info` is missing".to_owned()),
        }
        header.problems.extend_from_slice(document.problems());
        header.servers = read_servers(root, document.source(), "#/servers", &mut header.problems);
        header.security = root.get("security").map(read_security).unwrap_or_default();
        for tag in root.get("tags").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(name), Some(description)) =
                (tag.get("name").and_then(Value::as_str), tag.get("description").and_then(Value::as_str))
            {
                header.tags.insert(name.to_owned(), text::plain(description));
            }
        }
        let schemes = root.pointer("/components/securitySchemes").and_then(Value::as_object);
        for (name, value) in schemes.into_iter().flatten() {
            let place = pointer::child("#/components/securitySchemes", name);
            match document.resolve(value) {
                Ok(value) => match SecurityScheme::deserialize(value) {
                    Ok(scheme) => {
                        header.auth.insert(name.clone(), auth_scheme(&scheme));
                    }
                    Err(error) => {
                        header.auth.insert(name.clone(), unsupported(value));
                        header.problem(&place, format!("the security scheme cannot be used: {error}"));
                    }
                },
                Err(error) => header.problem(&place, error.to_string()),
            }
        }
        header
    }

    fn problem(&mut self, pointer: &str, message: String) {
        self.problems.push(Problem { pointer: pointer.to_owned(), message });
    }
}

fn unsupported(value: &Value) -> AuthScheme {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or("unknown");
    AuthScheme::Unsupported { kind: text::plain(kind) }
}

fn auth_scheme(scheme: &SecurityScheme) -> AuthScheme {
    match scheme {
        SecurityScheme::APIKey { location, name, .. } => AuthScheme::ApiKey {
            location: match location {
                APIKeyLocation::Query => ApiKeyLocation::Query,
                APIKeyLocation::Header => ApiKeyLocation::Header,
                APIKeyLocation::Cookie => ApiKeyLocation::Cookie,
            },
            name: name.clone(),
        },
        SecurityScheme::HTTP { scheme, .. } if scheme.eq_ignore_ascii_case("basic") => AuthScheme::Basic,
        SecurityScheme::HTTP { scheme, .. } if scheme.eq_ignore_ascii_case("bearer") => AuthScheme::Bearer,
        SecurityScheme::HTTP { scheme, .. } => {
            AuthScheme::Unsupported { kind: format!("http {}", text::plain(scheme)) }
        }
        // An access token is a bearer token (RFC 6750), however it was come by.
        SecurityScheme::OAuth2 { .. } | SecurityScheme::OpenIDConnect { .. } => AuthScheme::Bearer,
    }
}

/// Security Requirement Objects to alternatives; what has the wrong shape is left out.
pub(super) fn read_security(value: &Value) -> Vec<SecurityAlternative> {
    let alternatives = value.as_array().into_iter().flatten();
    alternatives.filter_map(Value::as_object).map(|schemes| schemes.keys().cloned().collect()).collect()
}

/// The `servers` of a document, path or operation.
///
/// A relative one is relative to `source`, where the document came from, if that is a URL (section 4.7.5).
pub(super) fn read_servers(
    owner: &Value,
    source: &str,
    place: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Server> {
    let mut servers = Vec::new();
    for (n, server) in owner.get("servers").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let mut problem =
            |message: String| problems.push(Problem { pointer: format!("{place}/{n}"), message });
        let server = match openapiv3::Server::deserialize(server) {
            Ok(server) => server,
            Err(error) => {
                problem(format!("the server cannot be used: {error}"));
                continue;
            }
        };
        let mut url = server.url;
        for (name, variable) in server.variables.into_iter().flatten() {
            url = url.replace(&format!("{{{name}}}"), &variable.default);
        }
        let url = absolute(&url, source).unwrap_or(url).trim_end_matches('/').to_owned();
        let plain =
            !url.contains(['?', '#', '@']) && !url.contains(|c: char| c.is_control() || c.is_whitespace());
        if plain && Origin::of(&url).is_some() {
            let description = text::plain(server.description.as_deref().unwrap_or_default());
            servers.push(Server::plain(url, description));
        } else {
            problem(format!("`{url}` is no absolute http or https URL; name the server with `--server`"));
        }
    }
    servers
}

/// A relative `url` put behind where the document came from; `None` where that is no URL, or `url` is not relative.
fn absolute(url: &str, source: &str) -> Option<String> {
    let origin = Origin::of(source)?;
    if Origin::of(url).is_some()
        || url.contains(':')
        || url.starts_with("//")
        || url.split('/').any(|s| s == "..")
    {
        return None;
    }
    if url.starts_with('/') {
        return Some(format!("{origin}{url}"));
    }
    let path = source.split(['?', '#']).next().unwrap_or_default();
    let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    // `https://a.example` has no folder but the host itself.
    let folder = if folder.ends_with('/') { path } else { folder };
    Some(format!("{folder}/{}", url.trim_start_matches("./")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_servers_are_behind_the_document() {
        for (url, source, expected) in [
            ("/v2", "https://a.example/specs/x.yaml?v=1", Some("https://a.example/v2")),
            ("v2", "https://a.example/specs/x.yaml", Some("https://a.example/specs/v2")),
            ("./v2", "https://a.example/x.yaml", Some("https://a.example/v2")),
            ("/", "http://a.example:8080/x.yaml", Some("http://a.example:8080/")),
            ("v2", "https://a.example", Some("https://a.example/v2")),
            ("/v2", "x.yaml", None),
            ("../v2", "https://a.example/b/x.yaml", None),
            ("//b.example/v2", "https://a.example/x.yaml", None),
            ("https://b.example", "https://a.example/x.yaml", None),
            ("file:///etc", "https://a.example/x.yaml", None),
        ] {
            assert_eq!(absolute(url, source).as_deref(), expected, "{url} {source}");
        }
    }
}
