//! ureq's errors in the project's words.

use std::io::ErrorKind;
use std::time::Duration;

use super::connect::{Inward, Unreachable, is_tls};
use super::error::plain;
use super::{Attachment, Error, Secrets};
use crate::model::Origin;

/// What is known about the failed exchange.
pub(super) struct Context<'a> {
    pub(super) origin: Origin,
    /// The time limit of the whole call.
    pub(super) limit: Duration,
    /// The longest time without a byte sent or received.
    pub(super) silence: Duration,
    /// The time limit for connecting.
    pub(super) connect: Duration,
    /// Host and port.
    pub(super) proxy: Option<String>,
    pub(super) credentials: &'a [Attachment],
}

impl Context<'_> {
    /// Translates `error` into ours.
    pub(super) fn error(&self, error: ureq::Error) -> Error {
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                self.timeout(self.connect.min(self.limit))
            }
            ureq::Error::Timeout(ureq::Timeout::PerRead | ureq::Timeout::PerWrite) => {
                Error::Silence { origin: self.origin.clone(), limit: self.silence }
            }
            ureq::Error::Timeout(_) => self.timeout(self.limit),
            ureq::Error::Io(error) => self.io(&error),
            ureq::Error::Decompress(_, error) if error.kind() == ErrorKind::UnexpectedEof => self.closed(),
            ureq::Error::Decompress(..) => self.protocol("its gzip data is broken"),
            ureq::Error::Rustls(error) => self.tls(&error.to_string()),
            ureq::Error::Tls(reason) => self.tls(reason),
            ureq::Error::HostNotFound => self.connect("the host name is not known"),
            ureq::Error::ConnectionFailed => self.connect("connection failed"),
            ureq::Error::ConnectProxyFailed(reason) => self.connect(&format!("the proxy refuses: {reason}")),
            ureq::Error::Other(error) => match error.downcast::<Unreachable>() {
                Ok(unreachable) => self.connect(&unreachable.0),
                Err(other) if other.is::<Inward>() => {
                    Error::RefusedRedirect { to: self.origin.to_string(), why: super::redirect::INWARD }
                }
                Err(other) => self.protocol(&other.to_string()),
            },
            // This one quotes the URI, including credentials.
            ureq::Error::BadUri(_) => self.protocol("the address is not usable"),
            ureq::Error::LargeResponseHeader(..) => self.protocol("its headers are too large"),
            ureq::Error::Protocol(error) => self.protocol(&error.to_string()),
            other => self.protocol(&other.to_string()),
        }
    }

    fn io(&self, error: &std::io::Error) -> Error {
        if is_tls(error) {
            return self.tls(&error.to_string());
        }
        match error.kind() {
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected => self.closed(),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => self.timeout(self.limit),
            _ => self.protocol(&plain(error)),
        }
    }

    fn timeout(&self, limit: Duration) -> Error {
        Error::Timeout { origin: self.origin.clone(), limit }
    }

    fn closed(&self) -> Error {
        Error::Closed { origin: self.origin.clone() }
    }

    fn connect(&self, reason: &str) -> Error {
        Error::Connect { origin: self.origin.clone(), reason: self.redact(reason), proxy: self.proxy.clone() }
    }

    fn tls(&self, reason: &str) -> Error {
        Error::Tls { origin: self.origin.clone(), reason: self.redact(reason) }
    }

    fn protocol(&self, reason: &str) -> Error {
        Error::Protocol { origin: self.origin.clone(), reason: self.redact(reason) }
    }

    /// No message of ureq's is known to quote a header or a URL; this is the safety net in case one does.
    fn redact(&self, reason: &str) -> String {
        Secrets::of(self.credentials).message(reason).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn no_message_repeats_a_credential() {
        let credentials = [Attachment::Query { name: "key".into(), value: Secret::from("sk_1".to_owned()) }];
        let context = Context {
            origin: Origin::of("http://a").unwrap(),
            limit: Duration::from_secs(2),
            silence: Duration::from_secs(2),
            connect: Duration::from_secs(1),
            proxy: None,
            credentials: &credentials,
        };
        for error in [
            ureq::Error::BadUri("http://a?key=sk_1".into()),
            ureq::Error::Io(std::io::Error::other("on http://a?key=sk_1")),
            ureq::Error::ConnectProxyFailed("sk_1".into()),
            ureq::Error::Other("sk_1".into()),
        ] {
            let error = context.error(error);
            assert!(!format!("{error:?}").contains("sk_1"), "{error:?}");
        }
        assert_eq!(
            context.error(ureq::Error::Timeout(ureq::Timeout::Connect)),
            Error::Timeout { origin: context.origin.clone(), limit: Duration::from_secs(1) }
        );
    }
}
