//! What the user agreed to, and what a document or a plugin's folder asks for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{AuthScheme, Manifest, Origin, Profile, Server};

/// What the user agreed to for the plugin of one name, wherever its folder is and whatever it contains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Where the document came from: an absolute path, a URL, or `-` for standard input. Empty before the first generation.
    pub document: String,
    /// Where requests may go, and with them the credentials that are bound there.
    pub origins: BTreeSet<Origin>,
    /// Servers with variables in their host, which the user fills in.
    pub templates: Vec<Template>,
    /// Those of the origins that the user was asked about or named: credentials stored earlier go there too.
    pub confirmed: BTreeSet<Origin>,
    /// The hosts that take part in logins.
    pub providers: BTreeSet<Origin>,
    /// The profile that is used unless a command names one; the default one if it is empty.
    pub profile: String,
    /// What belongs to one profile alone, by its name.
    pub profiles: BTreeMap<String, ProfileRecord>,
}

/// What the user agreed to for one profile in addition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileRecord {
    /// Where the profile's requests and credentials may go.
    pub origins: BTreeSet<Origin>,
    /// The schemes that it was logged in with.
    pub logins: BTreeSet<String>,
}

/// A server with variables in its host: `https://{tenant}.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Scheme, host and port as the document has them.
    pub authority: String,
    /// The values of variables that are not typed.
    pub defaults: BTreeMap<String, String>,
}

/// The longest authority that is recorded as a template, in bytes; no host is longer than 253 (RFC 1035, section 2.3.4).
const MAX_AUTHORITY: usize = 300;

impl Template {
    /// The template of a server; `None` if its host is the same whatever is typed.
    fn of(server: &Server) -> Option<Self> {
        let authority = authority(&server.template);
        // It is shown in a question, and must not be able to fake one.
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b".:/{}_-[]".contains(&b);
        if authority.len() > MAX_AUTHORITY || !authority.bytes().all(is_plain) {
            return None;
        }
        let variables =
            server.variables.iter().filter(|(name, _)| authority.contains(&format!("{{{name}}}")));
        let defaults: BTreeMap<String, String> =
            variables.map(|(name, variable)| (name.clone(), variable.default.clone())).collect();
        (!defaults.is_empty()).then(|| Self { authority: authority.to_owned(), defaults })
    }
}

/// What stands before the path of a URL's template.
fn authority(template: &str) -> &str {
    let start = template.find("://").map_or(0, |at| at + 3);
    let end = template.get(start..).and_then(|rest| rest.find('/')).map_or(template.len(), |at| start + at);
    template.get(..end).unwrap_or_default()
}

impl Record {
    /// Whether requests of a profile may go to an origin.
    pub fn permits(&self, profile: &str, origin: &Origin) -> bool {
        self.origins.contains(origin) || self.of(profile).is_some_and(|own| own.origins.contains(origin))
    }

    /// Whether a credential that is bound to other origins may go to this one too.
    pub fn gives(&self, profile: &str, origin: &Origin) -> bool {
        self.confirmed.contains(origin) || self.of(profile).is_some_and(|own| own.origins.contains(origin))
    }

    /// Whether typing these values for a server's variables names its host: the server was agreed to, and the values that are
    /// not typed are still the same.
    pub fn completes(&self, server: &Server, typed: &[(&str, &str)]) -> bool {
        let Some(wanted) = Template::of(server) else { return false };
        let is_typed = |name: &str| typed.iter().any(|(known, _)| *known == name);
        // A whole address that is typed needs no further agreement.
        let whole = |(name, value): &(&str, &str)| {
            wanted.authority == format!("{{{name}}}") && Origin::of(value).is_some()
        };
        typed.iter().any(whole)
            || self.templates.iter().any(|known| {
                known.authority == wanted.authority
                    && wanted.defaults.keys().any(|name| is_typed(name))
                    && wanted
                        .defaults
                        .iter()
                        .all(|(name, default)| is_typed(name) || known.defaults.get(name) == Some(default))
            })
    }

    /// The profile in use.
    pub fn profile(&self) -> &str {
        if self.profile.is_empty() { Profile::DEFAULT } else { &self.profile }
    }

    fn of(&self, profile: &str) -> Option<&ProfileRecord> {
        self.profiles.get(profile)
    }

    /// Adds what the user agreed to. `by_name`: somebody saw the names of these hosts and said yes.
    pub(super) fn agree(&mut self, wishes: &Wishes, by_name: bool) {
        if let Some(document) = &wishes.document {
            self.document.clone_from(document);
        }
        self.origins.extend(wishes.origins.iter().cloned());
        for template in &wishes.templates {
            self.templates.retain(|known| known.authority != template.authority);
            self.templates.push(template.clone());
        }
        if by_name {
            self.confirmed.extend(wishes.origins.iter().cloned());
        }
        self.providers.extend(wishes.providers.iter().cloned());
    }
}

/// What a document, or a plugin's folder, asks the user to agree to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Where the document came from; `None` if that does not matter.
    pub document: Option<String>,
    /// Hosts of servers.
    pub origins: BTreeSet<Origin>,
    /// Servers with variables in their host.
    pub templates: Vec<Template>,
    /// Hosts of logins.
    pub providers: BTreeSet<Origin>,
}

impl Wishes {
    /// Those of a manifest.
    pub fn of(manifest: &Manifest) -> Self {
        let servers = || manifest.servers.iter().chain(&manifest.operation_servers);
        Self {
            document: None,
            origins: manifest.origins().into_iter().collect(),
            templates: servers().filter_map(Template::of).collect(),
            providers: manifest.auth.values().flat_map(providers).collect(),
        }
    }

    /// The same of a document from `source`: a path, a URL, or `-`.
    #[must_use]
    pub fn from(self, source: &str) -> Self {
        Self { document: Some(place(source)), ..self }
    }

    /// What the record does not have.
    pub(super) fn beyond(&self, record: &Record) -> Self {
        Self {
            document: self.document.clone().filter(|document| *document != record.document),
            origins: self.origins.difference(&record.origins).cloned().collect(),
            templates: self.templates.iter().filter(|one| !record.templates.contains(one)).cloned().collect(),
            providers: self.providers.difference(&record.providers).cloned().collect(),
        }
    }

    /// The hosts of servers as a readable list; variables keep their braces.
    pub fn servers(&self) -> Vec<String> {
        let templates = self.templates.iter().map(|template| template.authority.clone());
        self.origins.iter().map(ToString::to_string).chain(templates).collect()
    }
}

/// The hosts that a scheme's login would contact.
fn providers(scheme: &AuthScheme) -> Vec<Origin> {
    let urls: Vec<&str> = match scheme {
        AuthScheme::OAuth2 { flows, metadata_url } => {
            let flows = flows.values().flat_map(|flow| {
                [&flow.authorization_url, &flow.device_authorization_url, &flow.token_url, &flow.refresh_url]
            });
            flows.chain([metadata_url]).map(String::as_str).collect()
        }
        AuthScheme::OpenIdConnect { url } => vec![url],
        _ => Vec::new(),
    };
    urls.into_iter().filter_map(Origin::of).collect()
}

/// A source as it is recorded: a file by its absolute path, a URL without anything that may be secret.
fn place(source: &str) -> String {
    if source == "-" {
        return source.to_owned();
    }
    if let Some((scheme, rest)) = source.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let host = authority.rsplit('@').next().unwrap_or_default();
        return format!("{scheme}://{host}{path}");
    }
    std::fs::canonicalize(source)
        .map_or_else(|_| source.to_owned(), |path| path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServerVariable;

    fn server(template: &str, variables: &[(&str, &str)]) -> Server {
        let mut server = Server::plain(template.replace("{tenant}", "usual").replace("{region}", "eu"), "");
        server.template = template.to_owned();
        for (name, default) in variables {
            let variable = ServerVariable { default: (*default).to_owned(), allowed: Vec::new() };
            server.variables.insert((*name).to_owned(), variable);
        }
        server
    }

    fn record(servers: &[Server]) -> Record {
        let mut record = Record::default();
        let templates = servers.iter().filter_map(Template::of).collect();
        record.agree(&Wishes { templates, ..Wishes::default() }, false);
        record
    }

    #[test]
    fn typed_variables_name_a_host_of_a_server_that_was_agreed_to() {
        let agreed =
            server("https://{tenant}.{region}.example.com/v1", &[("tenant", "usual"), ("region", "eu")]);
        let record = record(std::slice::from_ref(&agreed));
        assert!(record.completes(&agreed, &[("tenant", "mine")]));
        assert!(record.completes(&agreed, &[("tenant", "mine"), ("region", "us")]));
        // Nothing is typed of the host; another host; another default for what is not typed.
        assert!(!record.completes(&agreed, &[("version", "2")]));
        let elsewhere =
            server("https://{tenant}.{region}.evil.example/v1", &[("tenant", "usual"), ("region", "eu")]);
        assert!(!record.completes(&elsewhere, &[("tenant", "mine"), ("region", "us")]));
        let moved =
            server("https://{tenant}.{region}.example.com/v1", &[("tenant", "usual"), ("region", "evil")]);
        assert!(!record.completes(&moved, &[("tenant", "mine")]));
        assert!(record.completes(&moved, &[("tenant", "mine"), ("region", "us")]));
        // A variable in the path does not change the host.
        let path = server("https://api.example.com/{region}", &[("region", "eu")]);
        assert!(!record.completes(&path, &[("region", "us")]));
    }

    #[test]
    fn a_whole_address_that_is_typed_needs_nobodys_word() {
        let azure = server("{endpoint}/v1", &[("endpoint", "https://usual.example")]);
        assert!(Record::default().completes(&azure, &[("endpoint", "https://mine.example")]));
        assert!(!Record::default().completes(&azure, &[("other", "https://mine.example")]));
    }

    #[test]
    fn what_is_kept_of_a_source_has_no_secret() {
        let kept = |source| Wishes::default().from(source).document.unwrap();
        assert_eq!(
            kept("https://u:p@api.example.com/spec.yaml?token=t#x"),
            "https://api.example.com/spec.yaml"
        );
        assert_eq!(kept("-"), "-");
    }
}
