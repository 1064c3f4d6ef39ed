use std::path::PathBuf;
use std::time::Duration;

use crate::diagnostic::{Failure, Kind};
use crate::model::Origin;

/// Why a request could not be built, sent or answered. No variant ever contains a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The address is not a usable http(s) URL.
    InvalidUrl {
        /// The URL as it may be shown.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No connection: the name is unknown, nothing listens, there is no route, the proxy refuses.
    Connect {
        /// The origin of the request.
        origin: Origin,
        /// The system's message.
        reason: String,
        /// Host and port of the proxy in use.
        proxy: Option<String>,
    },
    /// The time limit for the connection or for the whole answer was reached.
    Timeout {
        /// The origin of the request.
        origin: Origin,
        /// How long was waited.
        limit: Duration,
    },
    /// Nothing was sent or received for too long.
    Silence {
        /// The origin of the request.
        origin: Origin,
        /// For how long.
        limit: Duration,
    },
    /// The time limit of the whole command was reached before the answer was complete.
    Deadline {
        /// The origin of the request.
        origin: Origin,
        /// The limit of the whole command.
        limit: Duration,
    },
    /// The certificate is not trusted, or the other end does not speak TLS.
    Tls {
        /// The origin of the request.
        origin: Origin,
        /// The handshake's error.
        reason: String,
    },
    /// The answer is larger than allowed; it was not read to its end.
    TooLarge {
        /// Bytes, after decompression.
        limit: u64,
    },
    /// The server closed the connection before its answer was complete.
    Closed {
        /// The origin of the request.
        origin: Origin,
    },
    /// The answer is not HTTP, or is broken.
    Protocol {
        /// The origin of the request.
        origin: Origin,
        /// What is broken.
        reason: String,
    },
    /// The server sends from one address to the next.
    TooManyRedirects {
        /// How many were followed.
        limit: u32,
    },
    /// A redirect that would disclose something, or reach what it should not.
    RefusedRedirect {
        /// Scheme, host and port of the target.
        to: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// A failure at another origin, reached by redirects: a script must not learn anything about it.
    Foreign(Box<Error>),
    /// A file that a body is made of.
    ReadFile {
        /// The file.
        path: PathBuf,
        /// The system's message.
        reason: String,
    },
    /// A body that has to be built in memory is too large.
    BodyTooLarge {
        /// Bytes.
        limit: u64,
    },
    /// A header, cookie or method that cannot be sent.
    BadHeader {
        /// The header's name; empty if it is not known.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A client certificate that cannot be used.
    BadCertificate {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A path value that would change which resource is meant, or one that is missing.
    BadPathValue {
        /// The parameter's name in the path template.
        parameter: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A proxy variable that cannot be used.
    BadProxy {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The system's message without the error number, which means nothing to a person.
pub(super) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((plain, _)) => plain.to_lowercase(),
        None => text,
    }
}

/// What the alert in a handshake's error (RFC 8446, section 6.2) says about the client's certificate.
enum Wanted {
    /// None was sent, but one is required.
    One,
    /// The one that was sent is not accepted, for this reason.
    Another(&'static str),
    /// One may be required: OpenSSL does not say more before TLS 1.3.
    Perhaps,
}

impl Wanted {
    fn of(reason: &str) -> Option<Self> {
        let (_, alert) = reason.split_once("received fatal alert: ")?;
        Some(match alert {
            "CertificateRequired" => Self::One,
            "HandshakeFailure" => Self::Perhaps,
            "UnknownCA" => Self::Another("its authority is not known there"),
            "CertificateExpired" => Self::Another("it has expired"),
            "CertificateRevoked" => Self::Another("it is revoked"),
            "BadCertificate"
            | "UnsupportedCertificate"
            | "CertificateUnknown"
            | "AccessDenied"
            | "DecryptError" => Self::Another("no reason is given"),
            _ => return None,
        })
    }
}

/// `60 s`, `0.3 s`.
fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 {
        format!("{} s", limit.as_secs())
    } else {
        format!("{:.1} s", limit.as_secs_f64())
    }
}

/// `64 MiB`, or bytes when that is not a whole number.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes >= MIB && bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{bytes} bytes")
    }
}

impl Error {
    /// What a person is told.
    pub(crate) fn told(&self) -> Failure {
        let network = |message: String| Failure::new(Kind::Network, message);
        let usage = |message: String| Failure::new(Kind::Usage, message);
        match self {
            Self::InvalidUrl { url, why } => usage(format!("`{url}` is not a usable address: {why}"))
                .hint("give a full URL, such as `https://api.example.com`, with `--server` or in `plugin.toml`"),
            Self::Connect { origin, reason, proxy: None } => {
                network(format!("cannot connect to `{origin}`: {reason}"))
                    .hint("is the server running? check the address with `--server`")
            }
            Self::Connect { origin, reason, proxy: Some(proxy) } => {
                network(format!("cannot connect to `{origin}` through the proxy `{proxy}`: {reason}"))
                    .hint("check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or list the host in NO_PROXY")
            }
            Self::Timeout { origin, limit } => {
                network(format!("no complete answer from `{origin}` within {}", seconds(*limit)))
                    .hint("try again; is the address right, and its server up?")
            }
            Self::Silence { origin, limit } => {
                network(format!("nothing was sent to or received from `{origin}` for {}", seconds(*limit)))
                    .hint("try again, or allow a longer silence with `--timeout`")
            }
            Self::Deadline { origin, limit } => {
                network(format!("the time limit for the whole command, {}, passed before `{origin}` answered", seconds(*limit)))
                    .hint("allow more with `--max-time`, or do less in one call")
            }
            Self::Tls { origin, reason } => match Wanted::of(reason) {
                Some(Wanted::One) => {
                    Failure::new(Kind::Credentials, format!("`{origin}` requires a client certificate"))
                        .hint("`apicli auth login <plugin>` stores one, if the plugin has a scheme of type `mutualTLS`")
                }
                Some(Wanted::Another(why)) => Failure::new(
                    Kind::Credentials,
                    format!("`{origin}` does not accept the client certificate: {why}"),
                )
                .hint("`apicli auth status <plugin>` says which is sent; `apicli auth login` stores another"),
                Some(Wanted::Perhaps) => network(format!("no secure connection to `{origin}`: {reason}"))
                    .hint("the server may require a client certificate, which `apicli auth login <plugin>` stores"),
                None => network(format!("no secure connection to `{origin}`: {reason}"))
                    .hint("certificates are checked against the system's trust store; a private authority must be added there"),
            },
            Self::TooLarge { limit } => network(format!("the answer is larger than {}", size(*limit)))
                .hint("ask for less: a smaller `--limit`, a filter, or one page at a time"),
            Self::Closed { origin } => {
                network(format!("`{origin}` closed the connection before its answer was complete"))
                    .hint("try again; it is not known whether the request took effect")
            }
            Self::Protocol { origin, reason } => {
                network(format!("the answer from `{origin}` is not valid HTTP: {reason}"))
                    .hint("check that the address is an HTTP server's, with `--server`")
            }
            Self::TooManyRedirects { limit } => network(format!("more than {limit} redirects"))
                .hint("the server redirects in a loop; check the address with `--server`"),
            Self::RefusedRedirect { to, why } => {
                network(format!("the server redirects to `{to}`, which was not followed: {why}"))
                    .hint(format!("if you trust that address, name it: `--server {to}`"))
            }
            Self::Foreign(error) => {
                let mut failure = error.told();
                failure.message.push_str("; the server had redirected there");
                failure
            }
            Self::ReadFile { path, reason } => usage(format!("cannot read `{}`: {reason}", path.display()))
                .hint("check the path and that you may read the file"),
            Self::BodyTooLarge { limit } => usage(format!("the body is larger than {}", size(*limit)))
                .hint("send the file as the whole body, which is streamed, if the API accepts that"),
            Self::BadHeader { name, why } if name.is_empty() => {
                usage(format!("a header's value cannot be sent: {why}")).hint("change the value")
            }
            Self::BadHeader { name, why } => {
                usage(format!("the header `{name}` cannot be sent: {why}")).hint("change or remove it")
            }
            Self::BadCertificate { why } => {
                Failure::new(Kind::Credentials, format!("the client certificate cannot be used: {why}"))
                    .hint("store another: `apicli auth login <plugin> --file cert.pem --key key.pem`")
            }
            Self::BadPathValue { parameter, why } => {
                usage(format!("the value of `{parameter}` cannot be used in a path: {why}"))
                    .hint(format!("give `{parameter}` a value that names one thing"))
            }
            Self::BadProxy { variable, why } => usage(format!("the proxy in `{variable}` cannot be used: {why}"))
                .hint("give it as `http://host:port`, or unset the variable"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.told().caused_by(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Foreign(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_thing_and_say_what_to_do() {
        let origin = Origin::of("https://api.stripe.com").unwrap();
        let failure =
            Failure::from(Error::Timeout { origin: origin.clone(), limit: Duration::from_secs(60) });
        assert_eq!(failure.message, "no complete answer from `https://api.stripe.com` within 60 s");
        assert_eq!(failure.kind, Kind::Network);
        let failure = Failure::from(Error::TooLarge { limit: 64 << 20 });
        assert_eq!(failure.message, "the answer is larger than 64 MiB");
        let failure = Failure::from(Error::BadPathValue { parameter: "customer".into(), why: "it is empty" });
        assert_eq!(failure.kind, Kind::Usage);
        assert!(failure.message.contains("`customer`") && failure.first_hint().is_some());
        let failure = Failure::from(Error::Connect { origin, reason: "refused".into(), proxy: None });
        assert!(failure.first_hint().unwrap().contains("--server"));
    }
}
