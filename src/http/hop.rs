//! One request of a chain of redirects, checked before it reaches a socket.

use http::{HeaderName, HeaderValue, Method, Uri};
use zeroize::Zeroizing;

use super::encoding::{encode_name, encode_value};
use super::{Attachment, Error, Request};
use crate::model::Origin;

/// Where one request goes and what it carries apart from the body and the credentials themselves.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) method: String,
    /// Absolute, without credentials and without a fragment.
    pub(super) url: String,
    pub(super) origin: Origin,
    /// Names in lower case; never a credential of [`Request::credentials`].
    pub(super) headers: Vec<(String, String)>,
    /// The request's body still goes along.
    pub(super) with_body: bool,
    /// Still at the origin that the credentials are for, without ever having left it.
    pub(super) with_credentials: bool,
    /// The method that the person or the script asked for, before any redirect.
    pub(super) asked: String,
    /// A public server has redirected on the way here.
    pub(super) from_outside: bool,
}

/// Headers that frame the message or steer the connection (RFC 9110, section 7.6.1): ureq writes them, and a
/// second one could make a proxy and a server read two different requests.
const OWN: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

impl Hop {
    /// The first hop of `request`.
    pub(super) fn first(request: &Request) -> Result<Self, Error> {
        let url = request.url();
        let invalid = |why| Error::InvalidUrl { url: without_userinfo(&url), why };
        let origin = request.origin().ok_or_else(|| invalid("it is not an http or https URL"))?;
        // Otherwise `base` and `path` could combine into the name of another host.
        if !request.path.is_empty() && !request.path.starts_with('/') {
            return Err(invalid("its path does not begin with `/`"));
        }
        let uri: Uri =
            url.parse().map_err(|_| invalid("it contains characters that are not allowed in a URL"))?;
        if Origin::of(&url).as_ref() != Some(&origin) {
            return Err(invalid("its path changes the host"));
        }
        if has_userinfo(&uri) {
            return Err(invalid("it must not contain a user name or password; use `apicli auth login`"));
        }
        if url.contains('#') {
            return Err(invalid("it has a fragment"));
        }
        Ok(Self {
            method: request.method.clone(),
            url,
            origin,
            headers: request.headers.clone(),
            with_body: true,
            with_credentials: true,
            asked: request.method.clone(),
            from_outside: false,
        })
    }

    /// Removes everything that the request got from anyone: another origin only gets what this program itself sends.
    pub(super) fn strip(&mut self) {
        self.headers = vec![("accept".to_owned(), "*/*".to_owned())];
        self.with_body = false;
        self.with_credentials = false;
    }

    /// The request head, credentials in place. `content_type` is the body's.
    pub(super) fn head(
        &self,
        credentials: &[Attachment],
        content_type: Option<&str>,
    ) -> Result<http::Request<()>, Error> {
        let credentials = if self.with_credentials { credentials } else { &[] };
        let method = Method::from_bytes(self.method.as_bytes())
            .map_err(|_| Error::BadHeader { name: "method".to_owned(), why: "it is not an HTTP method" })?;
        let mut head = http::Request::new(());
        *head.method_mut() = method;
        *head.uri_mut() = self.uri(credentials)?;
        for (name, value) in &self.headers {
            if OWN.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(Error::BadHeader { name: name.clone(), why: "apicli sets it itself" });
            }
            head.headers_mut().append(header_name(name)?, header_value(name, value)?);
        }
        if let Some(content_type) = content_type {
            head.headers_mut()
                .insert(http::header::CONTENT_TYPE, header_value("content-type", content_type)?);
        }
        let mut cookies = Zeroizing::new(String::new());
        for credential in credentials {
            match credential {
                Attachment::Header { name, prefix, value } => {
                    let text = Zeroizing::new(format!("{prefix}{}", value.expose()));
                    let mut value = header_value(name, &text)?;
                    value.set_sensitive(true);
                    head.headers_mut().insert(header_name(name)?, value);
                }
                Attachment::Cookie { name, value } => {
                    if !cookies.is_empty() {
                        cookies.push_str("; ");
                    }
                    if name.is_empty()
                        || !name.chars().all(is_token)
                        || !value.expose().chars().all(is_cookie)
                    {
                        let why = "a cookie's name or value contains a character that is not allowed";
                        return Err(Error::BadHeader { name: "cookie".to_owned(), why });
                    }
                    cookies.push_str(name);
                    cookies.push('=');
                    cookies.push_str(value.expose());
                }
                Attachment::Query { .. } | Attachment::Digest { .. } | Attachment::Certificate { .. } => {}
            }
        }
        join_cookies(head.headers_mut(), &cookies)?;
        Ok(head)
    }

    /// The URL with the query credentials; a pair with a credential's name is replaced by it.
    fn uri(&self, credentials: &[Attachment]) -> Result<Uri, Error> {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let mut pairs: Vec<Zeroizing<String>> = Vec::new();
        let mut names = Vec::new();
        for credential in credentials {
            if let Attachment::Query { name, value } = credential {
                pairs.push(Zeroizing::new(format!("{}={}", encode_name(name), encode_value(value.expose()))));
                names.push(encode_name(name));
            }
        }
        let mut url = Zeroizing::new(path.to_owned());
        let kept = query.split('&').filter(|pair| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            !pair.is_empty() && !names.iter().any(|taken| taken == name)
        });
        for (n, pair) in kept.chain(pairs.iter().map(|pair| pair.as_str())).enumerate() {
            url.push(if n == 0 { '?' } else { '&' });
            url.push_str(pair);
        }
        url.parse().map_err(|_| Error::InvalidUrl {
            url: self.url.clone(),
            why: "it is too long or contains characters that are not allowed in a URL",
        })
    }
}

/// One `Cookie` header (RFC 6265, section 5.4): the cookies of the request and those of the credentials.
fn join_cookies(headers: &mut http::HeaderMap, cookies: &str) -> Result<(), Error> {
    let mut all = Zeroizing::new(Vec::new());
    for value in headers.get_all(http::header::COOKIE) {
        if !all.is_empty() {
            all.extend_from_slice(b"; ");
        }
        all.extend_from_slice(value.as_bytes());
    }
    if !cookies.is_empty() {
        if !all.is_empty() {
            all.extend_from_slice(b"; ");
        }
        all.extend_from_slice(cookies.as_bytes());
    }
    if !all.is_empty() {
        let mut value = HeaderValue::from_bytes(&all).map_err(|_| bad_value("cookie"))?;
        value.set_sensitive(true);
        headers.insert(http::header::COOKIE, value);
    }
    Ok(())
}

fn header_name(name: &str) -> Result<HeaderName, Error> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::BadHeader { name: name.to_owned(), why: "that is not a header name" })
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad_value(name))
}

fn bad_value(name: &str) -> Error {
    Error::BadHeader { name: name.to_owned(), why: "its value contains a control character" }
}

/// RFC 9110's `token`, the syntax of a cookie's name.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// RFC 6265's `cookie-octet`, optionally in double quotes.
fn is_cookie(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, ',' | ';' | '\\')
}

/// True for `https://user:password@host`.
pub(super) fn has_userinfo(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

/// The URL without anything that may be a password.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{tail}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Body;
    use crate::secret::Secret;

    fn request(base: &str, path: &str) -> Request {
        Request {
            method: "GET".into(),
            base: base.into(),
            path: path.into(),
            query: vec![],
            headers: vec![],
            body: Body::Empty,
            credentials: vec![],
        }
    }

    #[test]
    fn base_and_path_cannot_run_together_into_another_host() {
        for (base, path) in [
            ("https://api.stripe.com", ".evil.com/"),
            ("https://api.stripe.com", "@evil.com/"),
            ("https://api.stripe.com", ":99/"),
            ("https://user:pw@api.stripe.com", "/"),
            ("https://a", "/x#y"),
            ("https://a", "/x y"),
            ("ftp://a", "/"),
            ("/v1", "/"),
        ] {
            match Hop::first(&request(base, path)) {
                Err(Error::InvalidUrl { url, .. }) => assert!(!url.contains("pw"), "{url}"),
                other => panic!("{base} {path}: {other:?}"),
            }
        }
        assert_eq!(Hop::first(&request("https://a/v1", "/b")).unwrap().url, "https://a/v1/b");
    }

    #[test]
    fn credentials_go_to_their_places_and_nowhere_twice() {
        let mut request = request("http://a", "/x");
        request.query = vec![("limit".into(), "3".into()), ("key".into(), "typed".into())];
        request.headers = vec![("authorization".into(), "typed".into()), ("cookie".into(), "a=1".into())];
        let secret = |text: &str| Secret::from(text.to_owned());
        let credentials = [
            Attachment::Header {
                name: "authorization".into(),
                prefix: "Bearer ".into(),
                value: secret("s1"),
            },
            Attachment::Query { name: "key".into(), value: secret("s 2&") },
            Attachment::Cookie { name: "session".into(), value: secret("s3") },
        ];
        let hop = Hop::first(&request).unwrap();
        let head = hop.head(&credentials, None).unwrap();
        assert_eq!(head.uri(), "http://a/x?limit=3&key=s%202%26");
        assert_eq!(head.headers().get_all("authorization").iter().collect::<Vec<_>>(), ["Bearer s1"]);
        assert_eq!(head.headers()["cookie"], "a=1; session=s3");
        assert!(!format!("{head:?}").contains("s1") && !format!("{hop:?}").contains("s1"));
    }

    #[test]
    fn headers_cannot_be_split_or_reframed() {
        for (name, value) in
            [("x", "a\r\nb: c"), ("x", "a\0"), ("x y", "a"), ("Content-Length", "5"), ("host", "b")]
        {
            let mut request = request("http://a", "/");
            request.headers = vec![(name.into(), value.into())];
            match Hop::first(&request).unwrap().head(&[], None) {
                Err(Error::BadHeader { name: named, .. }) => assert_eq!(named, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_broken_credential_is_refused_without_being_shown() {
        let hop = Hop::first(&request("http://a", "/")).unwrap();
        let secret = Secret::from("sk_1\nx: y".to_owned());
        for credential in [
            Attachment::Header { name: "authorization".into(), prefix: String::new(), value: secret.clone() },
            Attachment::Cookie { name: "c".into(), value: secret.clone() },
            Attachment::Cookie { name: "c".into(), value: Secret::from("sk_1; a=b".to_owned()) },
        ] {
            let error = hop.head(&[credential], None).unwrap_err();
            assert!(!format!("{error:?}").contains("sk_1"), "{error:?}");
        }
    }
}
