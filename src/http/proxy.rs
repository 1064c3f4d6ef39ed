use super::Error;

/// The proxies that the environment names, as curl and most tools read it: the variable of the URL's scheme,
/// else ALL_PROXY, unless NO_PROXY lists the host. Lower-case names win over upper-case ones.
///
/// ureq itself uses the first variable that is set, whatever the scheme, so HTTPS_PROXY would
/// apply to plain calls to loopback, and it silently ignores a SOCKS proxy.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    http: Option<Setting>,
    https: Option<Setting>,
    all: Option<Setting>,
    no_proxy: Vec<String>,
}

#[derive(Debug)]
struct Setting {
    variable: &'static str,
    url: String,
}

impl Proxies {
    /// Reads the settings of this process.
    pub(super) fn from_environment() -> Self {
        Self::read(&|name| std::env::var(name).ok())
    }

    pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let setting = |names: [&'static str; 2]| {
            names.into_iter().find_map(|variable| {
                let url = lookup(variable).filter(|url| !url.trim().is_empty())?;
                Some(Setting { variable, url: url.trim().to_owned() })
            })
        };
        let listed = lookup("no_proxy").or_else(|| lookup("NO_PROXY")).unwrap_or_default();
        Self {
            http: setting(["http_proxy", "HTTP_PROXY"]),
            https: setting(["https_proxy", "HTTPS_PROXY"]),
            all: setting(["all_proxy", "ALL_PROXY"]),
            no_proxy: listed
                .split([',', ' '])
                .filter(|entry| !entry.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
        }
    }

    /// The proxy for `uri`, if there is one.
    pub(super) fn select(&self, uri: &http::Uri) -> Result<Option<ureq::Proxy>, Error> {
        let (own, default_port) =
            if uri.scheme_str() == Some("https") { (&self.https, 443) } else { (&self.http, 80) };
        let Some(setting) = own.as_ref().or(self.all.as_ref()) else { return Ok(None) };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(default_port);
        if self.no_proxy.iter().any(|entry| matches(entry, &host, port)) {
            return Ok(None);
        }
        let bad = |why| Error::BadProxy { variable: setting.variable, why };
        let proxy = ureq::Proxy::new(&setting.url).map_err(|_| bad("it is not a proxy URL"))?;
        match proxy.protocol() {
            ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https => Ok(Some(proxy)),
            _ => Err(bad("only HTTP proxies are supported")),
        }
    }
}

/// `*`, `example.com` and `.example.com` (both including subdomains), `*.example.com`, each with an optional port.
fn matches(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let (name, wanted) = match entry.rsplit_once(':') {
        // Several colons make an IPv6 address, which has a port only after brackets.
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => match digits.parse() {
            Ok(wanted) => (name, Some(wanted)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    };
    let name = name.trim_start_matches('*').trim_start_matches('.').trim_matches(['[', ']']);
    wanted.is_none_or(|wanted: u16| wanted == port)
        && !name.is_empty()
        && (host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, Error> {
        let lookup =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let proxy = Proxies::read(&lookup).select(&url.parse().unwrap())?;
        Ok(proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn the_scheme_decides() {
        let both = [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "h:2")];
        assert_eq!(chosen(&both, "https://a/").unwrap().as_deref(), Some("s:1"));
        assert_eq!(chosen(&both, "http://a/").unwrap().as_deref(), Some("h:2"));
        assert_eq!(chosen(&[("HTTPS_PROXY", "http://s:1")], "http://127.0.0.1:8/").unwrap(), None);
        assert_eq!(chosen(&[("ALL_PROXY", "http://x:1")], "http://a/").unwrap().as_deref(), Some("x:1"));
        assert_eq!(chosen(&[("HTTP_PROXY", " ")], "http://a/").unwrap(), None);
    }

    #[test]
    fn no_proxy_lists_hosts_domains_and_ports() {
        for (list, url, direct) in [
            ("localhost, 127.0.0.1", "http://127.0.0.1:9/", true),
            ("*", "http://a/", true),
            ("example.com", "http://api.Example.com/", true),
            (".example.com", "http://example.com/", true),
            ("*.example.com", "http://a.example.com/", true),
            ("example.com", "http://badexample.com/", false),
            ("a:81", "http://a:81/", true),
            ("a:81", "http://a/", false),
            ("::1", "http://[::1]:8/", true),
            ("[::1]:8", "http://[::1]:8/", true),
            ("", "http://a/", false),
        ] {
            let chosen = chosen(&[("HTTP_PROXY", "http://p:1"), ("NO_PROXY", list)], url).unwrap();
            assert_eq!(chosen.is_none(), direct, "{list} {url}");
        }
    }

    #[test]
    fn a_socks_proxy_is_refused_not_passed_by() {
        assert!(matches!(
            chosen(&[("ALL_PROXY", "socks5://s:1")], "http://a/"),
            Err(Error::BadProxy { variable: "ALL_PROXY", .. })
        ));
    }
}
