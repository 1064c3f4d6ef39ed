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
            bad(format!("`{url}` is not https: anyone listening on the way could read the token"))
        }
        _ => bad(format!("`{url}` is not an https URL")),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the tables of internationalised names decide, whichever crate has them.
    #[test]
    fn a_provider_may_have_an_international_name() {
        for url in [
            "https://bücher.example/token",
            "https://ΒΌΛΟΣ.example/",
            "https://例え.テスト/token",
            "https://xn--bcher-kva.example/",
        ] {
            assert_eq!(usable(url, "token URL", "--token-url").ok(), Some(url));
        }
        for url in ["https://a\u{3002}\u{202e}b/", "https://xn--a/", "https://ex ample/"] {
            assert!(usable(url, "token URL", "--token-url").is_err(), "{url}");
        }
        let host = |url| url::Url::parse(url).unwrap().host_str().map(str::to_owned);
        assert_eq!(host("https://Bücher.example/").as_deref(), Some("xn--bcher-kva.example"));
    }
}
