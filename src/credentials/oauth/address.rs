//! Addresses that may be used for a login.

use super::error::Error;

/// An address of the provider: `https`, or this machine's own.
pub(super) fn usable<'u>(url: &'u str, what: &'static str, flag: &'static str) -> Result<&'u str, Error> {
    let bad = |why: String| Err(Error::Address { what, flag, why });
    if url.is_empty() {
        return bad("is not known".to_owned());
    }
    let host = url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(|host| (url.scheme().to_owned(), host.to_owned())));
    match host {
        Some((scheme, _)) if scheme == "https" => Ok(url),
        Some((scheme, host)) if scheme == "http" && is_loopback(&host) => Ok(url),
        Some((scheme, _)) if scheme == "http" => {
            bad(format!("`{url}` is not https: whoever listens on the way would have the token"))
        }
        _ => bad(format!("`{url}` is no https URL")),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
