//! The root of a Swagger 2.0 document as one of OpenAPI 3.0.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::swagger::is_body;
use crate::openapi::pointer;
use crate::openapi::problem::Problem;

/// What the shared objects of the root are called in `components`.
const CONTAINERS: [(&str, &str); 3] =
    [("definitions", "schemas"), ("responses", "responses"), ("parameters", "parameters")];

/// Where `pointer` points after [`upgrade`]. `bodies` are the shared parameters that stay where they are, since 3.0
/// has nothing like them.
pub(super) fn moved(pointer: &str, bodies: &HashSet<String>) -> String {
    let mut tokens = pointer.splitn(4, '/').skip(1);
    let (Some(first), Some(second)) = (tokens.next(), tokens.next()) else { return pointer.to_owned() };
    let Some((_, name)) = CONTAINERS.iter().find(|(old, _)| *old == first) else { return pointer.to_owned() };
    if first == "parameters" && bodies.contains(pointer::unescape(second).as_ref()) {
        return pointer.to_owned();
    }
    let rest = pointer.get(first.len() + 1..).unwrap_or_default();
    format!("/components/{name}{rest}")
}

/// The reverse of [`moved`], for messages: where the author wrote it.
pub(in crate::openapi) fn authored(pointer: &str) -> String {
    for (old, new) in CONTAINERS {
        if let Some(rest) = pointer.strip_prefix("#/components/").and_then(|rest| rest.strip_prefix(new))
            && rest.starts_with('/')
        {
            return format!("#/{old}{rest}");
        }
    }
    if let Some(rest) = pointer.strip_prefix("#/components/securitySchemes/") {
        return format!("#/securityDefinitions/{rest}");
    }
    // The body is a parameter there.
    match pointer.find("/requestBody") {
        Some(at) if pointer.starts_with("#/paths/") => {
            format!("{}/parameters", pointer.get(..at).unwrap_or_default())
        }
        _ => pointer.to_owned(),
    }
}

/// Moves shared objects into `components`, and turns the address into servers. Operations still have their own media
/// types afterwards, and the root has those for all.
pub(super) fn upgrade(root: &mut Value, problems: &mut Vec<Problem>) {
    let servers = servers(&address(root), &schemes(root.get("schemes")));
    let Some(members) = root.as_object_mut() else { return };
    let mut components = match members.shift_remove("components") {
        Some(Value::Object(components)) => components,
        _ => Map::new(),
    };
    let mut add = |name: &str, objects: Map<String, Value>| {
        if let Value::Object(known) = components.entry(name).or_insert(json!({})) {
            objects.into_iter().for_each(|(name, value)| {
                known.entry(name).or_insert(value);
            });
        }
    };
    for (old, new) in CONTAINERS {
        let Some(Value::Object(objects)) = members.shift_remove(old) else { continue };
        let (stay, go): (Map<_, _>, Map<_, _>) =
            objects.into_iter().partition(|(_, value)| old == "parameters" && is_body(value));
        add(new, go);
        if !stay.is_empty() {
            members.insert(old.to_owned(), Value::Object(stay));
        }
    }
    if let Some(Value::Object(definitions)) = members.shift_remove("securityDefinitions") {
        let mut schemes = Map::new();
        for (name, definition) in definitions {
            if !definition.is_object() {
                let pointer = pointer::child("#/securityDefinitions", &name);
                problems
                    .push(Problem { pointer, message: "the security scheme is not an object".to_owned() });
                continue;
            }
            schemes.insert(name, security_scheme(definition));
        }
        add("securitySchemes", schemes);
    }
    if !components.is_empty() {
        members.insert("components".to_owned(), Value::Object(components));
    }
    if !members.contains_key("servers") {
        members.insert("servers".to_owned(), servers);
    }
    members.insert("openapi".to_owned(), "3.0.3".into());
}

/// `host` and `basePath`.
pub(super) fn address(root: &Value) -> (Option<String>, String) {
    let text = |key: &str| root.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let host = text("host").trim_end_matches('/');
    let path = text("basePath").trim_end_matches('/');
    let path = if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    ((!host.is_empty()).then(|| host.to_owned()), path)
}

/// The usable `schemes`, https first.
pub(super) fn schemes(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut schemes: Vec<String> =
        list.map(str::to_ascii_lowercase).filter(|s| s == "http" || s == "https").collect();
    schemes.sort_by_key(|scheme| scheme != "https");
    schemes.dedup();
    schemes
}

/// The Server Objects of an address. Without a host, they are where the document is (Swagger 2.0, `host`); without
/// schemes, they are as secure as the document's address, or if that is unknown, as secure as possible.
pub(super) fn servers((host, path): &(Option<String>, String), schemes: &[String]) -> Value {
    let urls = match host {
        None => vec![if path.is_empty() { "/".to_owned() } else { path.clone() }],
        // Some documents have the whole address there.
        Some(host) if host.contains("://") => vec![format!("{host}{path}")],
        Some(host) if schemes.is_empty() => vec![format!("https://{host}{path}")],
        Some(host) => schemes.iter().map(|scheme| format!("{scheme}://{host}{path}")).collect(),
    };
    urls.into_iter().map(|url| json!({ "url": url })).collect()
}

/// A Security Scheme Object (OpenAPI 3.0, section 4.7.27) from 2.0's, which had a type for each kind of authorisation.
fn security_scheme(mut definition: Value) -> Value {
    let Some(members) = definition.as_object_mut() else { return definition };
    match members.get("type").and_then(Value::as_str) {
        Some("basic") => {
            members.insert("type".to_owned(), "http".into());
            members.insert("scheme".to_owned(), "basic".into());
        }
        Some("oauth2") if !members.contains_key("flows") => {
            let flow = match members.shift_remove("flow").as_ref().and_then(Value::as_str) {
                Some("password") => "password",
                Some("application") => "clientCredentials",
                Some("accessCode") => "authorizationCode",
                _ => "implicit",
            };
            let mut own = Map::new();
            for key in ["authorizationUrl", "tokenUrl", "scopes"] {
                if let Some(value) = members.shift_remove(key) {
                    own.insert(key.to_owned(), value);
                }
            }
            own.entry("scopes").or_insert(json!({}));
            members.insert("flows".to_owned(), json!({ flow: own }));
        }
        _ => {}
    }
    definition
}
