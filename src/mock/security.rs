use serde_json::Value;

use super::brackets::decode_pairs;
use super::message::{Incoming, shown};
use super::operation::Operation;
use crate::openapi::Document;

/// Names of the query parameters that carry an API key, by any scheme of the document.
pub(super) fn query_keys(document: &Document) -> Vec<String> {
    let schemes = document.root().pointer("/components/securitySchemes").and_then(Value::as_object);
    let schemes = schemes.into_iter().flatten().filter_map(|(_, scheme)| document.resolve(scheme).ok());
    let text = |scheme: &Value, key: &str| scheme.get(key).and_then(Value::as_str).map(str::to_owned);
    schemes
        .filter(|scheme| text(scheme, "type").as_deref() == Some("apiKey"))
        .filter(|scheme| text(scheme, "in").as_deref() == Some("query"))
        .filter_map(|scheme| text(scheme, "name"))
        .collect()
}

/// The target with the value of every key in `keys` shown as `***`.
pub(super) fn redacted(target: &str, keys: &[String]) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let pairs = query.split('&').map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let secret = decode_pairs(name.as_bytes()).first().is_some_and(|(name, _)| keys.contains(name));
        if secret && pair.len() > name.len() { format!("{name}=***") } else { pair.to_owned() }
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// The message for a request without any of the credentials that the operation requires; `None` if it has them.
/// Any non-empty value will do.
pub(super) fn missing(operation: &Operation<'_>, request: &Incoming) -> Option<String> {
    let alternatives = operation.security();
    let satisfied = |names: &Vec<&str>| names.iter().all(|name| present(operation.document, name, request));
    if alternatives.is_empty() || alternatives.iter().any(satisfied) {
        return None;
    }
    let ways = alternatives.iter().take(8).map(|names| {
        let names: Vec<String> = names.iter().map(|name| describe(operation.document, name)).collect();
        names.join(" and ")
    });
    Some(format!("credentials are missing: send {}", ways.collect::<Vec<_>>().join(", or ")))
}

/// The challenges. A digest is only sent in answer to one; any answer will do, so its nonce is always the same.
pub(super) fn challenges(operation: &Operation<'_>) -> Vec<&'static str> {
    let is_digest = |name: &&str| {
        let scheme = scheme(operation.document, name).and_then(|(scheme, _)| scheme.get("scheme")?.as_str());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest"))
    };
    let digest = r#"Digest realm="mock", nonce="mock", qop="auth", algorithm=SHA-256"#;
    let mut all = vec![r#"Bearer realm="mock""#];
    if operation.security().iter().flatten().any(is_digest) {
        all.push(digest);
    }
    all
}

fn scheme<'a>(document: &'a Document, name: &str) -> Option<(&'a Value, &'a str)> {
    let scheme = document.root().pointer("/components/securitySchemes")?.get(name)?;
    let scheme = document.resolve(scheme).ok()?;
    Some((scheme, scheme.get("type")?.as_str()?))
}

fn present(document: &Document, name: &str, request: &Incoming) -> bool {
    // A scheme that the document does not declare requires nothing that could be checked.
    let Some((scheme, kind)) = scheme(document, name) else { return true };
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    let authorization = |wanted: &str| {
        let (kind, value) = request.header("authorization")?.trim().split_once(' ')?;
        Some(kind.eq_ignore_ascii_case(wanted) && !value.trim().is_empty())
    };
    match kind {
        "http" => authorization(text("scheme")).unwrap_or(false),
        "oauth2" | "openIdConnect" => authorization("bearer").unwrap_or(false),
        "apiKey" => {
            let key = text("name");
            match text("in") {
                "header" => request.header(key).is_some_and(|value| !value.trim().is_empty()),
                "cookie" => request.cookies().any(|(name, value)| name == key && !value.is_empty()),
                _ => {
                    let pairs = decode_pairs(request.query().as_bytes());
                    pairs.iter().any(|(name, value)| name == key && !value.is_empty())
                }
            }
        }
        // A client certificate cannot be seen from here.
        _ => true,
    }
}

fn describe(document: &Document, name: &str) -> String {
    let Some((scheme, kind)) = scheme(document, name) else { return format!("`{}`", shown(name)) };
    let text = |key: &str| shown(scheme.get(key).and_then(Value::as_str).unwrap_or_default());
    let how = match kind {
        "http" => format!("`authorization: {} ...`", text("scheme")),
        "oauth2" | "openIdConnect" => "`authorization: bearer ...`".to_owned(),
        "apiKey" => match text("in").as_str() {
            place @ ("header" | "cookie") => format!("the {place} `{}`", text("name")),
            _ => format!("the query parameter `{}`", text("name")),
        },
        other => shown(other),
    };
    format!("`{}` ({how})", shown(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn alternatives_need_all_their_schemes_and_keys_are_hidden() {
        let root = json!({"openapi": "3.0.3", "components": {"securitySchemes": {
                "bearer": {"type": "http", "scheme": "Bearer"}, "key": {"type": "apiKey", "in": "query", "name": "api key"},
                "head": {"type": "apiKey", "in": "header", "name": "X-Key"}, "jar": {"type": "apiKey", "in": "cookie", "name": "sid"}}},
            "paths": {"/a": {"get": {"security": [{"bearer": []}, {"key": [], "head": []}, {"jar": []}]}}}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let operation = Operation::find(&document, "/a", "get").unwrap();
        let ask = |target: &str, headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let request = Incoming { method: "GET".into(), target: target.into(), headers, body: Vec::new() };
            missing(&operation, &request)
        };
        assert_eq!(
            ask("/a", &[]).unwrap(),
            "credentials are missing: send `bearer` (`authorization: Bearer ...`), or `key` (the query parameter \
             `api key`) and `head` (the header `X-Key`), or `jar` (the cookie `sid`)"
        );
        assert!(ask("/a", &[("Authorization", "bearer x")]).is_none());
        assert!(ask("/a", &[("Authorization", "Bearer ")]).is_some());
        assert!(ask("/a?api%20key=1", &[]).is_some());
        assert!(ask("/a?api%20key=1", &[("x-key", "1")]).is_none());
        assert!(ask("/a", &[("cookie", "a=b; sid=1")]).is_none());
        assert_eq!(challenges(&operation), [r#"Bearer realm="mock""#]);
        let keys = query_keys(&document);
        assert_eq!(
            redacted("/a?x=1&api+key=s3cret&api%20key=s3cret&y", &keys),
            "/a?x=1&api+key=***&api%20key=***&y"
        );
    }

    #[test]
    fn a_digest_is_asked_for() {
        let root = json!({"openapi": "3.0.3",
            "components": {"securitySchemes": {"d": {"type": "http", "scheme": "Digest"}, "m": {"type": "mutualTLS"}}},
            "paths": {"/a": {"get": {"security": [{"d": [], "m": []}]}}}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let operation = Operation::find(&document, "/a", "get").unwrap();
        assert!(challenges(&operation)[1].starts_with("Digest realm=\"mock\", nonce="));
        let headers = vec![("authorization".into(), "Digest ***".into())];
        let request = Incoming { method: "GET".into(), target: "/a".into(), headers, body: Vec::new() };
        assert!(missing(&operation, &request).is_none());
        assert!(missing(&operation, &Incoming { headers: Vec::new(), ..request }).is_some());
    }
}
