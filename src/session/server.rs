//! Which server a command's requests go to: the document's, or the one that was named.

use super::Destination;
use crate::credentials::consent::Record;
use crate::diagnostic::{Failure, usage};
use crate::model::{Manifest, Origin, Profile, Server, ServerVariable};
use crate::openapi::{server_url, variable_names};
use crate::plugins::{Found, Plugin};

/// The server that requests appear to go to with `--mock`, for plugins without one.
const MOCK: &str = "http://mock.invalid";

/// Where a command's requests go.
pub(crate) struct Target {
    /// Base URL of relative paths.
    pub(crate) url: String,
    /// The same as an origin.
    pub(crate) origin: Option<Origin>,
    /// The person named it for this run: as a URL, or by variables of a server that was agreed to. Choosing one of the
    /// manifest's servers does not count: the folder decides what those are.
    pub(crate) is_named: bool,
}

/// Where relative paths go: `to` is what was set for this call; with `mock` no server is contacted. `said` is the
/// environment's replacement for `--server`, with the variable's name; `record` is what was agreed to for the plugin.
pub(crate) fn choose(
    plugin: &Plugin,
    found: &Found,
    to: &Destination,
    mock: bool,
    said: Option<&(String, String)>,
    profile: &Profile,
    record: Option<&Record>,
) -> Result<Target, Failure> {
    let values = values(&to.variables)?;
    let typed = to.server.as_deref().map(|server| ("--server", server));
    let named = typed.or(said.map(|(variable, server)| (variable.as_str(), server.as_str())));
    let usual =
        Some(("the profile's server", profile.server.as_str())).filter(|(_, server)| !server.is_empty());
    if let Some((by, url)) = named.or(usual).filter(|(_, named)| named.contains("://")) {
        if let Some((name, _)) = values.first() {
            return Err(usage(format!("`--server-var {name}=...` does not go with the URL in `{by}`"))
                .hint("write the whole URL, or choose one of the plugin's servers"));
        }
        let (url, origin) = given(url, by)?;
        return Ok(Target { url, origin: Some(origin), is_named: named.is_some() });
    }
    let manifest = plugin.manifest();
    let servers = servers(manifest, found);
    let mocked = || Ok(Target { url: MOCK.to_owned(), origin: Origin::of(MOCK), is_named: mock });
    let server = match named.or(usual) {
        Some((by, text)) => pick(text, by, &servers)?,
        None => match servers.first() {
            Some(server) => server,
            None if mock => return mocked(),
            None => {
                return Err(usage(format!("the plugin `{}` has no server", plugin.name()))
                    .hint("name one with `--server`, or list it in `plugin.toml` under `[[servers]]`"));
            }
        },
    };
    let url = replaced(server, &values)?;
    let Some(origin) = Origin::of(&url) else {
        if mock {
            return mocked();
        }
        return Err(usage(format!("the document gives only `{url}` for its server, not the host"))
            .hint(format!("name it with `--server https://api.example.com{url}`, or in `plugin.toml`")));
    };
    let is_named = record.unwrap_or(&Record::default()).completes(server, &values);
    Ok(Target { url, origin: Some(origin), is_named })
}

/// Where the server of a profile is according to its folder; `None` if it has none of its own.
pub(crate) fn of_profile(manifest: &Manifest, profile: &Profile) -> Option<Origin> {
    if profile.server.is_empty() || profile.server.contains("://") {
        return Origin::of(&profile.server);
    }
    let servers: Vec<&Server> = manifest.servers.iter().collect();
    Origin::of(&pick(&profile.server, "--server", &servers).ok()?.url)
}

/// Refuses a server that is neither a URL nor one of a manifest's.
pub(crate) fn check_named(text: &str, manifest: &Manifest) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    if text.contains("://") {
        return given(text, "--server").map(|_| ());
    }
    pick(text, "--server", &manifest.servers.iter().collect::<Vec<_>>()).map(|_| ())
}

/// A URL that was typed, or set in a variable.
fn given(url: &str, by: &str) -> Result<(String, Origin), Failure> {
    let url = url.trim_end_matches('/').to_owned();
    let odd = url.contains(['?', '#']) || url.chars().any(|c| c.is_control() || c.is_whitespace());
    let origin = Origin::of(&url).filter(|_| !odd).ok_or_else(|| {
        usage(format!("`{url}` for `{by}` is not an http or https URL"))
            .hint("write it as https://api.example.com")
    })?;
    Ok((url, origin))
}

/// The servers that a command may use, the usual one first: those of the operation or its path, else the plugin's.
pub(crate) fn servers<'a>(manifest: &'a Manifest, found: &'a Found) -> Vec<&'a Server> {
    let listed = || manifest.servers.iter().chain(&manifest.operation_servers);
    // An operation's own server counts only while the manifest, which is the policy, lists it.
    let own = found.facts.iter().flat_map(|facts| &facts.servers);
    let own: Vec<&Server> = own.filter_map(|own| listed().find(|listed| listed.url == own.url)).collect();
    if own.is_empty() { manifest.servers.iter().collect() } else { own }
}

/// The server that `text` refers to: its number, its name, or a unique part of its name, description or URL.
fn pick<'a>(text: &str, by: &str, servers: &[&'a Server]) -> Result<&'a Server, Failure> {
    let refuse = |why: &str| {
        let listed = list(servers).unwrap_or_else(|| "there is none; give a URL".to_owned());
        Err(usage(format!("`{text}` for `{by}` {why}")).hint(listed.trim_end().to_owned()))
    };
    if let Ok(number) = text.parse::<usize>() {
        return match number.checked_sub(1).and_then(|at| servers.get(at)) {
            Some(server) => Ok(server),
            None => refuse("is not a server number"),
        };
    }
    let wanted = text.to_lowercase();
    if wanted.is_empty() {
        return refuse("is not a server");
    }
    let exact = |server: &&&Server| {
        server.name.to_lowercase() == wanted || server.description.to_lowercase() == wanted
    };
    if let Some(server) = servers.iter().find(exact) {
        return Ok(server);
    }
    let texts = |server: &Server| {
        [&server.name, &server.description, &server.url, &server.template].map(|t| t.to_lowercase())
    };
    let mut fitting = servers.iter().filter(|server| texts(server).iter().any(|text| text.contains(&wanted)));
    match (fitting.next(), fitting.next()) {
        (Some(server), None) => Ok(server),
        (Some(_), Some(_)) => refuse("fits several servers"),
        (None, _) => refuse("is neither a URL nor one of the servers"),
    }
}

/// The values of `--server-var`.
fn values(given: &[String]) -> Result<Vec<(&str, &str)>, Failure> {
    given
        .iter()
        .map(|text| {
            text.split_once('=').ok_or_else(|| {
                usage(format!("`{text}` for `--server-var` has no value"))
                    .hint("write it as `--server-var name=value`")
            })
        })
        .collect()
}

/// The URL of `server` with the values given for its variables.
fn replaced(server: &Server, values: &[(&str, &str)]) -> Result<String, Failure> {
    let template = if server.template.is_empty() { &server.url } else { &server.template };
    for (name, value) in values {
        let Some(variable) = server.variables.get(*name) else {
            let names: Vec<String> = server.variables.keys().map(|name| format!("`{name}`")).collect();
            let hint = if names.is_empty() {
                format!("`{template}` has no variables")
            } else {
                format!("`{template}` has {}", names.join(", "))
            };
            return Err(usage(format!("there is no server variable `{name}`")).hint(hint));
        };
        check(name, value, variable, template)?;
    }
    if server.template.is_empty() {
        return Ok(server.url.trim_end_matches('/').to_owned());
    }
    let value = |name: &str| {
        let given =
            values.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let default = || server.variables.get(name).map(|variable| variable.default.clone());
        given.or_else(default).filter(|value| !value.is_empty())
    };
    let url = server_url(template, value).map_err(|message| usage(message).hint("give shorter values"))?;
    let missing: Vec<&str> = variable_names(&url);
    if let Some(name) = missing.first() {
        return Err(usage(format!("the server `{url}` has no value for `{name}`"))
            .hint(format!("give it with `--server-var {name}=...`")));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// A value must be allowed by the document, and must not change the meaning of the URL around it.
fn check(name: &str, value: &str, variable: &ServerVariable, template: &str) -> Result<(), Failure> {
    let refuse = |why: String, hint: String| {
        Err(usage(format!("`{value}` for `--server-var {name}` {why}")).hint(hint))
    };
    if !variable.allowed.is_empty() && !variable.allowed.iter().any(|allowed| allowed == value) {
        let shown: Vec<String> = variable.allowed.iter().take(20).map(|value| format!("`{value}`")).collect();
        return refuse("is not one of its values".to_owned(), format!("it can be {}", shown.join(", ")));
    }
    let braces = format!("{{{name}}}");
    let before = template.split(&braces).next().unwrap_or_default();
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#' | '\\' | '{' | '}');
    if value.is_empty() || value.contains(odd) || value.contains('@') {
        return refuse(
            "cannot be a part of a URL".to_owned(),
            "give letters, digits, `-`, `.` and `_`".to_owned(),
        );
    }
    let fits =
        if before.is_empty() && template.strip_prefix(&braces).is_some_and(|rest| rest.starts_with("://")) {
            matches!(value, "http" | "https")
        } else if before.is_empty() {
            // The whole address, as in Azure's documents.
            Origin::of(value).is_some()
        } else if before.split_once("://").is_some_and(|(_, authority)| !authority.contains('/')) {
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        } else {
            !value.split('/').any(|segment| matches!(segment, "." | ".."))
        };
    if fits {
        return Ok(());
    }
    refuse(
        format!("does not fit into `{template}`"),
        "a host or port takes letters, digits, `-`, `.` and `_`; an address begins with `https://`"
            .to_owned(),
    )
}

/// The servers as a list for people, numbered as for `--server`; `None` if there is none.
pub(crate) fn list(servers: &[&Server]) -> Option<String> {
    let mut text = String::new();
    for (n, server) in servers.iter().enumerate() {
        let url = if server.template.is_empty() { &server.url } else { &server.template };
        text.push_str(&format!("  {}  {url}", n + 1));
        for what in [&server.name, &server.description] {
            let what = what.replace('\n', " ");
            if !what.is_empty() {
                text.push_str(&format!("  {what}"));
            }
        }
        text.push('\n');
        for (name, variable) in &server.variables {
            let values: Vec<&str> = variable.allowed.iter().take(20).map(String::as_str).collect();
            let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
            text.push_str(&format!("       --server-var {name}={}{values}\n", variable.default));
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(template: &str, variables: &[(&str, &str, &[&str])]) -> Server {
        let variables = variables.iter().map(|(name, default, allowed)| {
            let allowed = allowed.iter().map(|value| (*value).to_owned()).collect();
            ((*name).to_owned(), ServerVariable { default: (*default).to_owned(), allowed })
        });
        Server {
            template: template.to_owned(),
            variables: variables.collect(),
            ..Server::plain(template, "")
        }
    }

    #[test]
    fn values_stay_in_their_place() {
        let server = server(
            "https://{region}.a.example:{port}/{base}/x",
            &[("region", "eu", &[]), ("port", "443", &["443", "8443"]), ("base", "v1", &[])],
        );
        let url = |name: &str, value: &str| replaced(&server, &[(name, value)]).ok();
        assert_eq!(url("region", "us-1").as_deref(), Some("https://us-1.a.example:443/v1/x"));
        assert_eq!(url("port", "8443").as_deref(), Some("https://eu.a.example:8443/v1/x"));
        assert_eq!(url("base", "a/b").as_deref(), Some("https://eu.a.example:443/a/b/x"));
        for (name, value) in [
            ("region", "evil.example/"),
            ("region", "evil.example#"),
            ("region", "evil.example?"),
            ("region", "x@evil.example"),
            ("region", "evil.example:1"),
            ("region", "evil.example\\"),
            ("region", ""),
            ("region", "{port}"),
            ("port", "80"),
            ("base", ".."),
            ("base", "a/../../b"),
            ("base", "a?b"),
            ("base", "a b"),
            ("bas", "v1"),
        ] {
            assert_eq!(url(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn an_address_may_be_a_variable() {
        let whole = server("{endpoint}/v1", &[("endpoint", "", &[])]);
        assert!(replaced(&whole, &[]).is_err());
        let url = |value: &str| replaced(&whole, &[("endpoint", value)]).ok();
        assert_eq!(url("https://me.example").as_deref(), Some("https://me.example/v1"));
        for value in ["me.example", "https://a@b", "https://a?b", "file:///etc"] {
            assert_eq!(url(value), None, "{value}");
        }
        let scheme = server("{scheme}://a.example", &[("scheme", "https", &[])]);
        assert_eq!(replaced(&scheme, &[("scheme", "http")]).ok().as_deref(), Some("http://a.example"));
        assert!(replaced(&scheme, &[("scheme", "https://evil.example/")]).is_err());
    }

    #[test]
    fn servers_are_picked_by_number_name_and_part() {
        let one = Server::plain("https://api.a.example", "Production");
        let two =
            Server { name: "Sandbox".to_owned(), ..Server::plain("https://sandbox.a.example", "For tests") };
        let servers = [&one, &two];
        for (text, expected) in
            [("1", &one), ("2", &two), ("sandbox", &two), ("prod", &one), ("TESTS", &two), ("//api", &one)]
        {
            assert_eq!(pick(text, "--server", &servers).unwrap(), expected, "{text}");
        }
        for text in ["0", "3", "", "example", "staging"] {
            let failure = pick(text, "--server", &servers).unwrap_err();
            assert!(failure.first_hint().unwrap().contains("2  https://sandbox.a.example"), "{text}");
        }
    }
}
