//! Name look-up and connections: as ureq does it, with four differences, each explained at its function.

use std::collections::HashMap;
use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport};

use super::error::plain;
use super::place::is_inner;

/// A failure to connect, distinct from a failure on an open connection.
#[derive(Debug)]
pub(super) struct Unreachable(pub(super) String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

fn unreachable(reason: String) -> ureq::Error {
    ureq::Error::Other(Box::new(Unreachable(reason)))
}

/// A look-up that gave an address which this request must not reach.
#[derive(Debug)]
pub(super) struct Inward;

impl fmt::Display for Inward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is on this machine or network")
    }
}

impl std::error::Error for Inward {}

/// For how many hosts it is remembered where they are.
const MAX_HOSTS: usize = 1_000;

/// Which hosts were found to be outside of this machine and network.
#[derive(Clone, Debug)]
pub(super) struct Whereabouts {
    outside: Arc<Mutex<HashMap<String, bool>>>,
    /// [`is_inner`], except in tests, which have only one machine.
    is_inner: fn(IpAddr) -> bool,
}

impl Default for Whereabouts {
    fn default() -> Self {
        Self { outside: Arc::default(), is_inner }
    }
}

impl Whereabouts {
    #[cfg(test)]
    pub(super) fn judged_by(is_inner: fn(IpAddr) -> bool) -> Self {
        Self { is_inner, ..Self::default() }
    }

    /// Whether a host that was connected to has an address outside; an unknown one counts as outside.
    pub(super) fn is_outside(&self, host: &str) -> bool {
        let known = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(host).copied().unwrap_or(true)
    }
}

/// ureq's resolver starts a thread for every look-up that has a time limit, even if there is nothing to look
/// up. Here an address needs none, and `localhost` is looked up directly, as it never leaves the machine
/// (RFC 6761, section 6.3).
///
/// Fourth: the addresses found are checked, and the connection is made to exactly those addresses. So a name that looked
/// as if it were outside cannot lead inside.
#[derive(Debug, Default)]
pub(super) struct NameResolver {
    ureq: Ureq,
    whereabouts: Whereabouts,
    /// Addresses of this machine and network are rejected.
    outside_only: bool,
}

/// ureq's own resolver.
#[derive(Default)]
struct Ureq(DefaultResolver);

impl fmt::Debug for Ureq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DefaultResolver")
    }
}

impl Resolver for NameResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.look_up(uri, config, timeout)?;
        let is_inner = |address: &SocketAddr| (self.whereabouts.is_inner)(address.ip());
        // One inside is enough to reject: it is not known in advance which one answers.
        if self.outside_only && found.iter().any(is_inner) {
            return Err(ureq::Error::Other(Box::new(Inward)));
        }
        let outside = found.iter().any(|address| !is_inner(address));
        let host = uri.host().unwrap_or_default().to_owned();
        let mut known = self.whereabouts.outside.lock().unwrap_or_else(PoisonError::into_inner);
        // A client may live long, and redirects may take it to any number of hosts.
        if known.len() >= MAX_HOSTS {
            known.clear();
        }
        known.insert(host, outside);
        Ok(found)
    }
}

impl NameResolver {
    pub(super) fn new(whereabouts: &Whereabouts) -> Self {
        Self { whereabouts: whereabouts.clone(), ..Self::default() }
    }

    /// Those that are all outside.
    pub(super) fn outside(whereabouts: &Whereabouts) -> Self {
        Self { outside_only: true, ..Self::new(whereabouts) }
    }

    fn look_up(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            let mut found = self.empty();
            found.push(SocketAddr::new(address, port));
            return Ok(found);
        }
        if host.eq_ignore_ascii_case("localhost") {
            let mut found = self.empty();
            let addresses = (host, port).to_socket_addrs().map_err(|error| unreachable(plain(&error)))?;
            // As many as this machine can have; the list holds 16.
            addresses.take(8).for_each(|address| found.push(address));
            if !found.is_empty() {
                return Ok(found);
            }
        }
        self.ureq.0.resolve(uri, config, timeout).map_err(|error| match error {
            ureq::Error::Io(error) => unreachable(plain(&error)),
            ureq::Error::HostNotFound => unreachable("the host name is not known".to_owned()),
            other => other,
        })
    }
}

/// ureq builds the TLS configuration (which reads the system's certificates) at the first https connection of an
/// agent, but again for each connection of a request that has settings of its own, such as a time limit. All
/// requests here have one and share one TLS configuration, so they are passed as the agent's own settings.
#[derive(Debug)]
pub(super) struct Connections(DefaultConnector);

impl Connections {
    pub(super) fn new() -> Self {
        Self(DefaultConnector::new())
    }
}

impl Connector<()> for Connections {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            resolver: details.resolver,
            config: details.config,
            request_level: false,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.0.connect(&details, chained).map_err(|error| match error {
            // Third: handshake failures are I/O errors too, but not network failures.
            ureq::Error::Io(error) if is_tls(&error) || is_timeout(&error) => ureq::Error::Io(error),
            ureq::Error::Io(error) => unreachable(plain(&error)),
            other => other,
        })
    }
}

/// True for an error of the TLS layer.
pub(super) fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
        || error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<ureq::Error>)
}
