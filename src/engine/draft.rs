use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use indexmap::IndexMap;

use super::field::Fields;
use crate::model::{Origin, PathError, PathTemplate};

/// A request as a script holds it: a handle without getters, so that nothing in it can be read back.
#[derive(Clone)]
pub(super) struct RequestHandle(pub(super) Rc<RefCell<Draft>>);

impl RequestHandle {
    pub(super) fn new(draft: Draft) -> Self {
        Self(Rc::new(RefCell::new(draft)))
    }
}

/// A credential's name as a script holds it; scripts never have the value.
#[derive(Clone)]
pub(super) struct CredentialHandle(pub(super) String);

/// A request that is being put together.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) method: String,
    /// An absolute URL's origin; `None` for the call's server.
    pub(super) origin: Option<Origin>,
    pub(super) path: PathTemplate,
    pub(super) path_values: IndexMap<String, String>,
    pub(super) query: Vec<Query>,
    /// Lower-case names.
    pub(super) headers: IndexMap<String, String>,
    /// Names and values, percent-encoded.
    pub(super) cookies: Vec<(String, String)>,
    /// Keys of flags that were named, and so are not among "the rest".
    pub(super) taken: HashSet<String>,
    pub(super) content: Content,
    pub(super) content_type: Option<String>,
    pub(super) auth: Auth,
    pub(super) timeout: Option<Duration>,
}

/// A piece of the query.
#[derive(Clone)]
pub(super) enum Query {
    /// Percent-encoded pairs under the parameter's name.
    Named(String, Vec<(String, String)>),
    /// The flags in this map that are not named elsewhere.
    Rest(Fields),
}

/// What the body consists of.
#[derive(Clone)]
pub(super) enum Content {
    /// No body.
    None,
    /// Flags, and the content of `--body`.
    Fields(Shape, Fields),
    /// The content of `--body`, unchanged.
    Given,
    /// Text from the script.
    Text(String),
}

/// How fields become a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Form,
    Json,
    Multipart,
}

/// Which credentials go with the request.
#[derive(Clone)]
pub(super) enum Auth {
    /// Those in the facts.
    Command,
    /// None.
    Nothing,
    /// These, all of them.
    Schemes(Vec<String>),
}

/// Why a text cannot be the target of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TargetError {
    Path(PathError),
    Url,
    Method,
}

impl Draft {
    /// A request for a path template below the call's server, or for an absolute URL. A template keeps its own query;
    /// what follows `#` never leaves the client (RFC 9110, 7.1).
    pub(super) fn new(method: &str, target: &str) -> Result<Self, TargetError> {
        // RFC 9110, 9.1: a method is a token, and an unregistered one is sent as it is spelled.
        let is_token =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'!' | b'*' | b'~');
        let letters = method.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        if !letters || method.len() > 64 || !method.bytes().all(is_token) {
            return Err(TargetError::Method);
        }
        let known = ["get", "post", "put", "patch", "delete", "head", "options", "trace", "query"];
        let is_known = known.iter().any(|name| name.eq_ignore_ascii_case(method));
        let (origin, path, query) = if target.starts_with('/') {
            (None, target, None)
        } else {
            let (origin, rest) = absolute(target).ok_or(TargetError::Url)?;
            // What follows `#` never leaves the client (RFC 9110, 7.1).
            let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
            let (path, query) =
                rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
            (Some(origin), if path.is_empty() { "/" } else { path }, query)
        };
        let query = query.map(url_query).transpose()?.unwrap_or_default();
        Ok(Self {
            method: if is_known { method.to_ascii_uppercase() } else { method.to_owned() },
            origin,
            path: PathTemplate::parse(path).map_err(TargetError::Path)?,
            path_values: IndexMap::new(),
            query,
            headers: IndexMap::new(),
            cookies: Vec::new(),
            taken: HashSet::new(),
            content: Content::None,
            content_type: None,
            auth: Auth::Command,
            timeout: None,
        })
    }

    /// Sets one parameter of the query, replacing its previous value.
    pub(super) fn set_query(&mut self, name: &str, pairs: Vec<(String, String)>) {
        self.query.retain(|query| !matches!(query, Query::Named(known, _) if known == name));
        self.query.push(Query::Named(name.to_owned(), pairs));
    }
}

/// The origin of an absolute URL and what follows its authority. User names in it are refused: they are a
/// credential, and a way to make one host look like another.
fn absolute(url: &str) -> Option<(Origin, &str)> {
    let origin = Origin::of(url)?;
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    (!authority.contains(['@', '\\'])).then_some((origin, rest))
}

/// The pairs of a URL's query, as they are encoded there.
fn url_query(query: &str) -> Result<Vec<Query>, TargetError> {
    if query.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(TargetError::Url);
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.to_owned())
    });
    let mut named: IndexMap<String, Vec<(String, String)>> = IndexMap::new();
    for (name, value) in pairs {
        let decoded = percent_encoding::percent_decode_str(&name).decode_utf8_lossy().into_owned();
        named.entry(decoded).or_default().push((name, value));
    }
    Ok(named.into_iter().map(|(name, pairs)| Query::Named(name, pairs)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_paths_or_plain_urls() {
        for target in [
            "/v1/x/{id}",
            "/a?b=1#c",
            "//evil.example/x y",
            "https://api.example.com/v1?a=1#top",
            "http://127.0.0.1:80",
        ] {
            assert!(Draft::new("get", target).is_ok(), "{target}");
        }
        for target in [
            "",
            "v1",
            "/a/../b",
            "ftp://a/b",
            "https://user:pass@a/b",
            "https://a\\@b/",
            "https://",
            "https://a/..",
            "https://a/b?x y",
            "javascript:alert(1)",
        ] {
            assert!(Draft::new("get", target).is_err(), "{target}");
        }
        for method in ["", "GE T", "GET\r\n", "*"] {
            assert_eq!(Draft::new(method, "/").err(), Some(TargetError::Method), "{method}");
        }
    }

    #[test]
    fn the_query_of_a_url_stays_as_it_is() {
        let draft = Draft::new("GET", "https://a.example/list?cursor=a%2Fb&x[]=1&x[]=2").unwrap();
        let named: Vec<_> = draft
            .query
            .iter()
            .map(|query| match query {
                Query::Named(name, pairs) => (name.as_str(), pairs.len()),
                Query::Rest(_) => panic!(),
            })
            .collect();
        assert_eq!(named, [("cursor", 1), ("x[]", 2)]);
    }
}
