//! References against a base (RFC 3986, section 5).

/// The pieces of a URI reference, without its fragment.
struct Pieces<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

/// `reference` resolved against `base`, without dot segments and fragment; `None` if it is relative and there is no
/// base.
pub(crate) fn resolve(base: Option<&str>, reference: &str) -> Option<String> {
    let reference = pieces(reference);
    if let Some(scheme) = reference.scheme {
        return Some(written(scheme, reference.authority, &without_dots(reference.path), reference.query));
    }
    let base = pieces(base?);
    let scheme = base.scheme?;
    if reference.authority.is_some() {
        return Some(written(scheme, reference.authority, &without_dots(reference.path), reference.query));
    }
    let path = if reference.path.is_empty() {
        return Some(written(scheme, base.authority, base.path, reference.query.or(base.query)));
    } else if reference.path.starts_with('/') {
        without_dots(reference.path)
    } else {
        // Section 5.2.3: everything before the last slash, if there is one.
        let folder = base.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        without_dots(&format!("{folder}/{}", reference.path))
    };
    Some(written(scheme, base.authority, &path, reference.query))
}

fn written(scheme: &str, authority: Option<&str>, path: &str, query: Option<&str>) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let authority = authority.map(|authority| format!("//{authority}")).unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}:{authority}{path}{query}")
}

fn pieces(text: &str) -> Pieces<'_> {
    let text = text.split('#').next().unwrap_or_default();
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, text),
    };
    let (hierarchy, query) = match rest.split_once('?') {
        Some((hierarchy, query)) => (hierarchy, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, hierarchy),
    };
    Pieces { scheme, authority, path, query }
}

/// Section 3.1. A single letter is not a scheme here, but a Windows drive.
fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Section 5.2.4, for a path from the root.
fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut folder = false;
    for segment in path.split('/').skip(usize::from(path.starts_with('/'))) {
        folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    if path.is_empty() {
        return String::new();
    }
    format!("/{}{}", segments.join("/"), if folder && !segments.is_empty() { "/" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986, sections 5.4.1 and 5.4.2, fragments left out.
    #[test]
    fn references_resolve_as_the_rfc_has_it() {
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g..", "http://a/b/c/g.."),
            ("./../g", "http://a/b/g"),
            ("HTTPS://x/y", "https://x/y"),
            ("file:///etc/passwd", "file:///etc/passwd"),
        ] {
            assert_eq!(
                resolve(Some("http://a/b/c/d;p?q"), reference).as_deref(),
                Some(expected),
                "{reference}"
            );
        }
        assert_eq!(resolve(Some("https://a.example"), "v2").as_deref(), Some("https://a.example/v2"));
        assert_eq!(resolve(Some("file:///C:/x/a.yaml"), "b.yaml").as_deref(), Some("file:///C:/x/b.yaml"));
        assert_eq!(resolve(None, "b.yaml"), None);
        assert_eq!(resolve(None, "https://a/b").as_deref(), Some("https://a/b"));
    }
}
