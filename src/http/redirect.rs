//! Which redirects are followed and what is sent along (RFC 9110, section 15.4). ureq follows none.
//!
//! Within an origin a redirect is followed as the request was sent. To another origin only GET and HEAD requests are
//! followed, stripped of their headers: a server must not be able to make this machine do anything elsewhere but read.

use std::borrow::Cow;

use http::Uri;

use super::hop::{Hop, has_userinfo};
use super::{Attachment, Error, Secrets};
use crate::model::Origin;

/// Why a redirect from outside to this machine or network is not followed.
pub(super) const INWARD: &str = "it leads from a public address to one on this machine or network";

/// The next hop after an answer of `status` with a `Location`; `None` if that is not a redirect to follow.
pub(super) fn follow(
    hop: &Hop,
    status: u16,
    location: Option<&[u8]>,
    credentials: &[Attachment],
    has_body: bool,
) -> Result<Option<Hop>, Error> {
    let (true, Some(location)) = (matches!(status, 301 | 302 | 303 | 307 | 308), location) else {
        return Ok(None);
    };
    let secrets = Secrets::of(credentials);
    // Only the target's origin is shown: its path and query may be that server's secret.
    let refused = |to: &str, why| Err(Error::RefusedRedirect { to: secrets.message(to).into_owned(), why });
    let Some((url, uri)) = resolve(&hop.url, location) else {
        return refused("an unusable address", "it is not an http or https URL");
    };
    let Some(origin) = Origin::of(&url) else {
        return refused("an unusable address", "it is not an http or https URL");
    };
    if has_userinfo(&uri) {
        return refused(origin.as_str(), "the address contains a user name or password");
    }
    if hop.url.starts_with("https:") && !url.starts_with("https:") {
        return refused(origin.as_str(), "it leads from https to http");
    }
    let mut next = hop.clone();
    // RFC 9110 allows GET after a POST that was answered with 301 or 302, and everyone does it.
    if (status == 303 && hop.method != "HEAD") || (matches!(status, 301 | 302) && hop.method == "POST") {
        next.method = "GET".to_owned();
        next.with_body = false;
        next.headers.retain(|(name, _)| !name.starts_with("content-"));
    }
    if origin != hop.origin {
        if !matches!(hop.asked.as_str(), "GET" | "HEAD") {
            return refused(origin.as_str(), "only GET and HEAD requests are redirected to another host");
        }
        if has_body && next.with_body {
            return refused(origin.as_str(), "the body would go to another host");
        }
        if matches!(secrets.message(&url), Cow::Owned(_)) {
            return refused(origin.as_str(), "the address contains a credential for this host");
        }
        next.strip();
    }
    next.url = url;
    next.origin = origin;
    Ok(Some(next))
}

/// `location` against the current URL (RFC 3986, section 5.2), without its fragment.
fn resolve(current: &str, location: &[u8]) -> Option<(String, Uri)> {
    let location = clean(location)?;
    let (scheme, rest) = current.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path_and_query) = rest.split_at(end);
    let path = path_and_query.split('?').next().unwrap_or_default();
    let url = if has_scheme(&location) {
        location
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.is_empty() {
        current.to_owned()
    } else if location.starts_with('?') {
        format!("{scheme}://{authority}{path}{location}")
    } else {
        let (relative, query) = match location.split_once('?') {
            Some((relative, query)) => (relative, format!("?{query}")),
            None => (location.as_str(), String::new()),
        };
        let directory =
            if relative.starts_with('/') { "" } else { path.rsplit_once('/').map_or("", |(up, _)| up) };
        let separator = if relative.starts_with('/') { "" } else { "/" };
        let path = without_dots(&format!("{directory}{separator}{relative}"));
        format!("{scheme}://{authority}{path}{query}")
    };
    let uri = url.parse().ok()?;
    Some((url, uri))
}

/// The header's bytes as a URL reference: servers send spaces and UTF-8 that they should have encoded.
fn clean(location: &[u8]) -> Option<String> {
    let text = location.trim_ascii();
    let text = text.split(|byte| *byte == b'#').next().unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for &byte in text {
        match byte {
            0..=0x1f | 0x7f => return None,
            b' ' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80.. => {
                out.push_str(&format!("%{byte:02X}"));
            }
            _ => out.push(char::from(byte)),
        }
    }
    Some(out)
}

fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// RFC 3986, section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let last = segments.len().saturating_sub(1);
    for (n, segment) in segments.into_iter().enumerate() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if n == last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn hop(method: &str, url: &str) -> Hop {
        Hop {
            method: method.into(),
            url: url.into(),
            origin: Origin::of(url).unwrap(),
            headers: ["authorization", "cookie", "x-api-key", "stripe-account", "content-language"]
                .map(|name| (name.to_owned(), "v".to_owned()))
                .into(),
            with_body: true,
            with_credentials: true,
            asked: method.into(),
            from_outside: false,
        }
    }

    fn next(hop: &Hop, status: u16, location: &str, has_body: bool) -> Result<Option<Hop>, Error> {
        let secret = Secret::from("sk/1".to_owned());
        let key = Attachment::Query { name: "key".into(), value: secret };
        follow(hop, status, Some(location.as_bytes()), &[key], has_body)
    }

    #[test]
    fn locations_are_resolved() {
        for (location, url) in [
            ("http://b:81/x?y#z", "http://b:81/x?y"),
            ("//b/x", "http://b/x"),
            ("/x", "http://a/x"),
            ("x", "http://a/d/x"),
            ("../x?q=../", "http://a/x?q=../"),
            ("./", "http://a/d/"),
            ("?q", "http://a/d/e?q"),
            ("/a b/\u{e9}", "http://a/a%20b/%C3%A9"),
            ("#f", "http://a/d/e?p"),
        ] {
            let (resolved, _) = resolve("http://a/d/e?p", location.as_bytes()).unwrap();
            assert_eq!(resolved, url, "{location}");
        }
        assert_eq!(resolve("http://a", b"x").unwrap().0, "http://a/x");
        assert_eq!(resolve("http://a/", b"/x\r\ny"), None);
    }

    #[test]
    fn methods_and_bodies() {
        for (method, status, then, body) in [
            ("POST", 303, "GET", false),
            ("PUT", 303, "GET", false),
            ("HEAD", 303, "HEAD", true),
            ("POST", 301, "GET", false),
            ("POST", 302, "GET", false),
            ("PUT", 302, "PUT", true),
            ("POST", 307, "POST", true),
            ("POST", 308, "POST", true),
        ] {
            let next = next(&hop(method, "http://a/"), status, "/x", true).unwrap().unwrap();
            assert_eq!((next.method.as_str(), next.with_body), (then, body), "{method} {status}");
            assert!(next.with_credentials);
            assert_eq!(next.headers.iter().any(|(name, _)| name.starts_with("content-")), body);
        }
        assert!(next(&hop("GET", "http://a/"), 304, "/x", false).unwrap().is_none());
        assert!(follow(&hop("GET", "http://a/"), 302, None, &[], false).unwrap().is_none());
    }

    #[test]
    fn another_origin_gets_nothing() {
        for to in ["http://b/", "http://a:81/", "https://a/"] {
            let next = next(&hop("GET", "http://a/"), 302, to, false).unwrap().unwrap();
            assert!(!next.with_credentials, "{to}");
            assert_eq!(next.headers, [("accept".to_owned(), "*/*".to_owned())], "{to}");
        }
        let back = next(&hop("GET", "http://a/"), 302, "http://b/", false).unwrap().unwrap();
        let back = next(&back, 302, "http://a/", false).unwrap().unwrap();
        assert!(!back.with_credentials && back.headers.len() == 1, "never given back");
    }

    #[test]
    fn only_what_looks_goes_to_another_origin() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "get"] {
            for status in [301, 302, 303, 307, 308] {
                match next(&hop(method, "http://a/"), status, "http://b/x?q=1", false) {
                    Err(Error::RefusedRedirect { to, why }) => {
                        assert_eq!(
                            (to.as_str(), why),
                            ("http://b", "only GET and HEAD requests are redirected to another host")
                        );
                    }
                    other => panic!("{method} {status}: {other:?}"),
                }
            }
            // A detour over its own origin does not turn a POST into a GET.
            let own = next(&hop(method, "http://a/"), 303, "/y", false).unwrap().unwrap();
            assert!(next(&own, 302, "http://b/", false).is_err(), "{method}");
        }
        for method in ["GET", "HEAD"] {
            let there = next(&hop(method, "http://a/"), 303, "http://b/", false).unwrap().unwrap();
            assert_eq!((there.method.as_str(), there.with_body), (method, false));
        }
    }

    #[test]
    fn what_is_refused_names_the_target() {
        for (from, status, to, has_body) in [
            ("https://a/", 302, "http://b/", false),
            ("http://a/", 307, "http://b/", true),
            ("http://a/", 302, "http://u:p@b/", false),
            ("http://a/", 302, "http://b/?key=sk%2F1", false),
            ("http://a/", 302, "http://b/?x=sk/1", false),
            ("http://a/", 302, "http://b/?x=sk%2f1", false),
        ] {
            match next(&hop("POST", from), status, to, has_body) {
                Err(Error::RefusedRedirect { to, .. }) => assert_eq!(to, "http://b"),
                other => panic!("{from} {to}: {other:?}"),
            }
        }
        for to in ["file:///etc/passwd", "http://", "http://b/\u{7f}"] {
            assert!(matches!(
                next(&hop("GET", "http://a/"), 302, to, false),
                Err(Error::RefusedRedirect { .. })
            ));
        }
    }
}
