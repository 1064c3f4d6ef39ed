//! Where requests go: the Server Objects of a document, path or operation (OpenAPI 3.0, section 4.7.5).

use indexmap::IndexMap;
use serde_json::Value;

use super::document::Document;
use super::problem::{Problem, type_name};
use super::{text, uri};
use crate::model::{Origin, Server, ServerVariable};

/// The most servers of one object. Microsoft's documents have one for each region.
const MAX_SERVERS: usize = 200;

/// The most variables of a server, and values of a variable.
const MAX_VARIABLES: usize = 50;
const MAX_VALUES: usize = 500;

/// The longest URL, variables replaced.
const MAX_URL: usize = 4_000;

/// The `servers` of a document, path or operation. `place` is their pointer.
///
/// A relative URL is relative to where the document came from, if that is a URL; otherwise it stays relative, and the
/// caller has to name the host. A variable without a default stays in its braces.
pub(super) fn read(
    document: &Document,
    owner: &Value,
    place: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Server> {
    let list = owner.get("servers").and_then(|list| document.resolve(list).ok()).and_then(Value::as_array);
    let mut servers: Vec<Server> = Vec::new();
    for (n, server) in list.into_iter().flatten().enumerate().take(MAX_SERVERS) {
        let read = match document.resolve(server) {
            Ok(server) => one(document, server),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(server) if !servers.contains(&server) => {
                if server.url.is_empty() || server.url.starts_with('/') {
                    let url = if server.url.is_empty() { "/" } else { &server.url };
                    let message = format!(
                        "the server `{url}` is relative, and the document has no address; name the host with `--server`"
                    );
                    problems.push(Problem { pointer: format!("{place}/{n}"), message });
                }
                servers.push(server);
            }
            Ok(_) => {}
            Err(message) => problems.push(Problem { pointer: format!("{place}/{n}"), message }),
        }
    }
    servers
}

/// The server of a document without any: the one that it came from, if known.
pub(super) fn of_source(document: &Document) -> Option<Server> {
    Origin::of(document.source()).map(|origin| Server::plain(origin.as_str(), ""))
}

fn one(document: &Document, server: &Value) -> Result<Server, String> {
    let Some(template) = server.get("url").and_then(Value::as_str).map(str::trim) else {
        return Err(match server.get("url") {
            None => "the server has no `url`; left out".to_owned(),
            Some(other) => format!("`url` is {}, not a string; left out", type_name(other)),
        });
    };
    if template.len() > MAX_URL {
        return Err(format!("the URL has more than {MAX_URL} bytes; left out"));
    }
    let variables = variables(server, template);
    let absolute =
        |url: String| match uri::resolve(Origin::of(document.source()).map(|_| document.source()), &url) {
            // A URL that begins with a variable may turn out absolute.
            Some(url_of_document) if !url.contains("://") && !url.starts_with('{') => url_of_document,
            _ => url,
        };
    let tidy = |url: String| {
        let url = absolute(url).trim_end_matches('/').to_owned();
        // Without a document's address there is no scheme to inherit; the safe one is used.
        if url.starts_with("//") {
            return format!("https:{url}");
        }
        // From a file, `v2` says as little about the host as `/v2`.
        let relative = !url.is_empty() && !url.contains(':') && !url.starts_with(['/', '{']);
        if relative { format!("/{}", url.trim_start_matches("./")) } else { url }
    };
    let url = tidy(replaced(template, |name| {
        variables.get(name).map(|variable| variable.default.clone()).filter(|default| !default.is_empty())
    })?);
    check(&url)?;
    let text = |key: &str| text::plain(server.get(key).and_then(Value::as_str).unwrap_or_default());
    let template = if variables.is_empty() { String::new() } else { tidy(template.to_owned()) };
    Ok(Server { url, name: text("name"), description: text("description"), template, variables })
}

/// Rejects what cannot be the beginning of a request's URL.
fn check(url: &str) -> Result<(), String> {
    let shown = url.chars().take(200).collect::<String>().escape_default().to_string();
    if url.contains(['?', '#']) || url.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(format!("`{shown}` cannot be the beginning of a URL; left out"));
    }
    if url.contains('@') {
        return Err(format!("`{shown}` contains a user name or password; left out"));
    }
    let open = url.contains('{');
    let relative = url.is_empty() || (!url.contains(':') && !url.starts_with("//"));
    if open || relative || Origin::of(url).is_some() {
        return Ok(());
    }
    Err(format!("`{shown}` is not an http or https URL; left out"))
}

/// The variables in `template`'s braces, both those that the document declares and those that it forgot.
fn variables(server: &Value, template: &str) -> IndexMap<String, ServerVariable> {
    let declared = server.get("variables").and_then(Value::as_object);
    let mut variables = IndexMap::new();
    for name in names(template).into_iter().take(MAX_VARIABLES) {
        let variable = declared.and_then(|declared| declared.get(name));
        let scalar = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            // A port written without quotes.
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        let values = variable.and_then(|variable| variable.get("enum")).and_then(Value::as_array);
        let allowed: Vec<String> = values.into_iter().flatten().filter_map(scalar).take(MAX_VALUES).collect();
        let default = variable.and_then(|variable| variable.get("default")).and_then(scalar);
        let default = default.or_else(|| allowed.first().cloned()).unwrap_or_default();
        variables.insert(name.to_owned(), ServerVariable { default, allowed });
    }
    variables
}

/// The names in braces, in order, each once.
pub(crate) fn names(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in template.split('{').skip(1) {
        if let Some((name, _)) = piece.split_once('}')
            && !name.is_empty()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// `template` with a value for each name in braces; if `value` has none, the braces stay.
///
/// # Errors
///
/// The result is longer than 4,000 bytes.
pub(crate) fn replaced(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                match value(name) {
                    Some(value) => out.push_str(&value),
                    None => out.push_str(&format!("{{{name}}}")),
                }
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
        if out.len() > MAX_URL {
            return Err(format!("the URL has more than {MAX_URL} bytes with its variables; left out"));
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn servers(source: &str, servers: &Value) -> (Vec<Server>, usize) {
        let root = json!({"openapi": "3.0.0", "paths": {}, "servers": servers});
        let document = Document::parse(root.to_string().as_bytes(), source).unwrap();
        let mut problems = Vec::new();
        let servers = read(&document, document.root(), "#/servers", &mut problems);
        (servers, problems.len())
    }

    #[test]
    fn relative_servers_are_behind_the_document() {
        for (url, source, expected) in [
            ("/v2", "https://a.example/specs/x.yaml?v=1", "https://a.example/v2"),
            ("v2", "https://a.example/specs/x.yaml", "https://a.example/specs/v2"),
            ("./v2", "https://a.example/x.yaml", "https://a.example/v2"),
            ("/", "http://a.example:8080/x.yaml", "http://a.example:8080"),
            ("v2", "https://a.example", "https://a.example/v2"),
            ("../v2", "https://a.example/b/c/x.yaml", "https://a.example/b/v2"),
            ("//b.example/v2", "https://a.example/x.yaml", "https://b.example/v2"),
            ("https://b.example/", "https://a.example/x.yaml", "https://b.example"),
            ("/v2", "x.yaml", "/v2"),
            ("v2", "x.yaml", "/v2"),
            ("//b.example/v2", "x.yaml", "https://b.example/v2"),
        ] {
            let (servers, problems) = servers(source, &json!([{"url": url}]));
            let relative = usize::from(expected.starts_with('/'));
            assert_eq!((servers[0].url.as_str(), problems), (expected, relative), "{url} {source}");
        }
    }

    #[test]
    fn what_is_no_server_is_left_out() {
        for url in [
            json!("file:///etc/passwd"),
            json!("ws://a.example"),
            json!("https://user:secret@a.example"),
            json!("https://a.example/x?y=1"),
            json!("https://a.example/a b"),
            json!("https://"),
            json!(3),
            json!("x".repeat(5_000)),
        ] {
            let (servers, problems) = servers("x.yaml", &json!([{"url": url}, 3, {}]));
            assert_eq!((servers.len(), problems), (0, 3), "{url}");
        }
    }

    #[test]
    fn variables_have_defaults_and_values() {
        let (servers, problems) = servers(
            "x.yaml",
            &json!([{"url": "https://{region}.a.example:{port}/{base}", "name": "prod", "variables": {
                "region": {"enum": ["eu", "us"], "default": "us"}, "port": {"default": 8443}, "unused": {"default": "x"}}}]),
        );
        assert_eq!(problems, 0);
        let server = &servers[0];
        assert_eq!(server.url, "https://us.a.example:8443/{base}");
        assert_eq!(server.template, "https://{region}.a.example:{port}/{base}");
        assert_eq!(server.variables.keys().collect::<Vec<_>>(), ["region", "port", "base"]);
        assert_eq!(server.variables["region"].allowed, ["eu", "us"]);
        assert_eq!(Origin::of("https://{host}/v1"), None, "nothing goes to a host that is not known yet");
    }

    #[test]
    fn variables_do_not_grow_without_an_end() {
        let template = "{a}".repeat(1_000);
        let long = "x".repeat(1_000);
        let (servers, problems) =
            servers("x.yaml", &json!([{"url": template, "variables": {"a": {"default": long}}}]));
        assert_eq!((servers.len(), problems), (0, 1));
    }
}
