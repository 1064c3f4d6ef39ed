//! The network as a [`Transport`].

use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::Uri;
use http::uri::PathAndQuery;
use ureq::tls::{ClientCert, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, SendBody};

use super::certificate;
use super::connect::{Connections, NameResolver, Whereabouts};
use super::digest::{Challenges, Person};
use super::failure::Context;
use super::hop::Hop;
use super::payload::Payload;
use super::place::is_inner_by_name;
use super::proxy::Proxies;
use super::{Error, Request, Response, Time, Transport, redirect};
use crate::secret::Secret;

/// The default limit on answers: 64 MiB, after decompression.
pub const DEFAULT_MAX_RESPONSE_BYTES: u64 = 64 * 1024 * 1024;

/// How many redirects are followed.
const MAX_REDIRECTS: u32 = 10;

/// ureq zeroes its buffers for each connection; its own 128 KiB are more than any header section needs.
const BUFFER_BYTES: usize = 64 * 1024;

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// For one connection, including TLS; the name look-up has the same. A request with a shorter limit on silence has
    /// that.
    pub connect_timeout: Duration,
    /// The largest answer that is read, in bytes after decompression; [`DEFAULT_MAX_RESPONSE_BYTES`].
    pub max_response_bytes: u64,
    /// The `user-agent` header.
    pub user_agent: String,
}

/// Which redirects a [`Client`] follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirects {
    /// All that are safe to follow; to another origin a request is stripped of its headers and credentials, see
    /// [`Response::foreign`].
    #[default]
    Follow,
    /// Those within the origin; any other is an error.
    SameOrigin,
}

/// Sends requests over the network, from any number of threads at once. Connections are kept for the next request; each
/// request comes with its own time limit.
///
/// Creating one is cheap: certificates are read and TLS is set up at the first `https` connection.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    /// Whom `https` trusts: the system's authorities, except in tests.
    roots: RootCerts,
    agent: Agent,
    /// The agent that shows a client certificate, and the certificate; made when the first request needs it.
    certified: Mutex<Option<(Secret<String>, Agent)>>,
    /// The agent that only connects to addresses outside of this machine and network; made when a redirect needs it.
    outside: OnceLock<Agent>,
    whereabouts: Whereabouts,
    challenges: Challenges,
    proxies: Proxies,
    redirects: Redirects,
}

impl Client {
    /// A client with the environment's proxies.
    pub fn new(options: ClientOptions) -> Self {
        Self::with_proxies(options, Proxies::from_environment())
    }

    pub(super) fn with_proxies(options: ClientOptions, proxies: Proxies) -> Self {
        let roots = RootCerts::PlatformVerifier;
        let whereabouts = Whereabouts::default();
        let agent = agent(&options, roots.clone(), None, NameResolver::new(&whereabouts));
        Self {
            options,
            roots,
            agent,
            certified: Mutex::default(),
            outside: OnceLock::new(),
            whereabouts,
            challenges: Challenges::default(),
            proxies,
            redirects: Redirects::default(),
        }
    }

    /// The same client with a different rule for which addresses are inside.
    #[cfg(test)]
    pub(super) fn judging(self, is_inner: fn(std::net::IpAddr) -> bool) -> Self {
        let whereabouts = Whereabouts::judged_by(is_inner);
        let agent = agent(&self.options, self.roots.clone(), None, NameResolver::new(&whereabouts));
        Self { agent, whereabouts, ..self }
    }

    /// The same client, trusting only one authority.
    #[cfg(test)]
    pub(super) fn with_root(self, root: &[u8]) -> Self {
        let roots = RootCerts::new_with_certs(&[ureq::tls::Certificate::from_der(root).to_owned()]);
        let agent = agent(&self.options, roots.clone(), None, NameResolver::new(&self.whereabouts));
        Self { roots, agent, ..self }
    }

    /// The same client with a different rule for redirects.
    #[must_use]
    pub fn with_redirects(self, redirects: Redirects) -> Self {
        Self { redirects, ..self }
    }

    /// The agent for a hop: a certificate is shown only to the request's own origin, and what comes from outside stays
    /// there.
    fn agent_for(&self, hop: &Hop, request: &Request) -> Result<Agent, Error> {
        if hop.from_outside && !hop.with_credentials {
            return self.agent_outside(hop);
        }
        let Some(pem) = certificate::of(&request.credentials).filter(|_| hop.with_credentials) else {
            return Ok(self.agent.clone());
        };
        let mut certified = self.certified.lock().unwrap_or_else(PoisonError::into_inner);
        match &*certified {
            Some((known, agent)) if known.expose() == pem.expose() => Ok(agent.clone()),
            _ => {
                let certificate = Some(certificate::read(pem)?);
                let agent = agent(
                    &self.options,
                    self.roots.clone(),
                    certificate,
                    NameResolver::new(&self.whereabouts),
                );
                *certified = Some((pem.clone(), agent.clone()));
                Ok(agent)
            }
        }
    }

    /// The agent that stays outside. A proxy looks up names itself, so there they are judged by their spelling.
    fn agent_outside(&self, hop: &Hop) -> Result<Agent, Error> {
        if let Some(host) = self.proxied(hop)? {
            if is_inner_by_name(&host) {
                return Err(Error::RefusedRedirect { to: hop.origin.to_string(), why: redirect::INWARD });
            }
            return Ok(self.agent.clone());
        }
        let agent = self.outside.get_or_init(|| {
            agent(&self.options, self.roots.clone(), None, NameResolver::outside(&self.whereabouts))
        });
        Ok(agent.clone())
    }

    /// The host of a hop that goes through a proxy.
    fn proxied(&self, hop: &Hop) -> Result<Option<String>, Error> {
        let Ok(uri) = hop.url.parse::<Uri>() else { return Ok(None) };
        let proxy = self.proxies.select(&uri)?;
        Ok(proxy.map(|_| uri.host().unwrap_or_default().to_owned()))
    }

    /// Whether the server that has answered a hop is outside of this machine and network, if that is known.
    fn is_outside(&self, hop: &Hop) -> bool {
        match self.proxied(hop) {
            Ok(Some(host)) => !is_inner_by_name(&host),
            _ => hop
                .url
                .parse::<Uri>()
                .is_ok_and(|uri| self.whereabouts.is_outside(uri.host().unwrap_or_default())),
        }
    }

    /// One hop, to the end of the answer's headers; a digest challenge is answered on the way.
    fn hop(
        &self,
        hop: &Hop,
        request: &Request,
        payload: Option<&Payload<'_>>,
        left: &dyn Fn() -> Result<Duration, Error>,
        context: &mut Context,
    ) -> Result<http::Response<ureq::Body>, Error> {
        let agent = self.agent_for(hop, request)?;
        let head = |payload: Option<&Payload<'_>>| {
            hop.head(&request.credentials, payload.map(|payload| payload.content_type.as_str()))
        };
        let Some(person) = Person::of(&request.credentials).filter(|_| hop.with_credentials) else {
            return self.exchange(&agent, head(payload)?, payload, left()?, context);
        };
        let target = head(None)?.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
        self.challenges.satisfy(hop, person, &target, payload.is_some(), |answer, with_body| {
            let payload = payload.filter(|_| with_body);
            let mut head = head(payload)?;
            if let Some(answer) = answer {
                head.headers_mut().insert(http::header::AUTHORIZATION, answer);
            }
            self.exchange(&agent, head, payload, left()?, context)
        })
    }

    /// One exchange, to the end of the answer's headers.
    fn exchange(
        &self,
        agent: &Agent,
        head: http::Request<()>,
        payload: Option<&Payload<'_>>,
        left: Duration,
        context: &mut Context,
    ) -> Result<http::Response<ureq::Body>, Error> {
        let proxy = self.proxies.select(head.uri())?;
        context.proxy = proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        let (silence, connect) = (context.silence, context.connect);
        let needs_length = matches!(head.method().as_str(), "POST" | "PUT" | "PATCH");
        macro_rules! run {
            ($body:expr) => {{
                let request = agent
                    .configure_request(head.map(|()| $body))
                    .timeout_global(Some(left))
                    .timeout_connect(Some(connect))
                    .timeout_resolve(Some(connect))
                    .timeout_per_read(Some(silence))
                    .timeout_per_write(Some(silence))
                    .proxy(proxy)
                    .build();
                agent.run(request)
            }};
        }
        match payload {
            None if needs_length => run!([].as_slice()),
            None => run!(()),
            Some(payload) => match payload.bytes() {
                Some(bytes) => run!(bytes),
                None => {
                    let mut reader = payload.reader();
                    let mut head = head;
                    head.headers_mut().insert(http::header::CONTENT_LENGTH, payload.length.into());
                    let answer = {
                        let request = agent
                            .configure_request(head.map(|()| SendBody::from_reader(&mut reader)))
                            .timeout_global(Some(left))
                            .timeout_connect(Some(connect))
                            .timeout_resolve(Some(connect))
                            .timeout_per_read(Some(silence))
                            .timeout_per_write(Some(silence))
                            .proxy(proxy)
                            .build();
                        agent.run(request)
                    };
                    if let Some(failure) = reader.failure {
                        return Err(failure);
                    }
                    answer
                }
            },
        }
        .map_err(|error| context.error(error))
    }

    /// The whole answer; never more in memory than the limit.
    fn read(&self, answer: http::Response<ureq::Body>, context: &Context) -> Result<Response, Error> {
        let limit = self.options.max_response_bytes;
        let (head, body) = answer.into_parts();
        let announced = body.content_length().unwrap_or(0);
        if announced > limit {
            return Err(Error::TooLarge { limit });
        }
        let mut reader = body.into_reader();
        let mut chunk = vec![0; 16 * 1024];
        let mut bytes: Vec<u8> = Vec::with_capacity(usize::try_from(announced.min(1 << 20)).unwrap_or(0));
        loop {
            let count = match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(context.error(ureq::Error::from(error))),
            };
            if (bytes.len() + count) as u64 > limit {
                return Err(Error::TooLarge { limit });
            }
            if bytes.capacity() - bytes.len() < count {
                // Doubling, as `Vec` does, but not past the limit.
                let room = usize::try_from(limit).unwrap_or(usize::MAX) - bytes.len();
                bytes.reserve_exact(bytes.capacity().clamp(64 * 1024, 1 << 26).min(room).max(count));
            }
            bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
        }
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Ok(Response { status: head.status.as_u16(), headers, body: bytes.into(), foreign: None })
    }
}

/// An agent that shows the certificate, if there is one.
fn agent(
    options: &ClientOptions,
    roots: RootCerts,
    certificate: Option<ClientCert>,
    names: NameResolver,
) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(roots)
        .client_cert(certificate)
        .build();
    // ureq panics on a user agent that is not a valid header value.
    let printable = |c: &char| c.is_ascii_graphic() || *c == ' ';
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .allow_non_standard_methods(true)
        .user_agent(options.user_agent.chars().filter(printable).collect::<String>())
        .input_buffer_size(BUFFER_BYTES)
        .output_buffer_size(BUFFER_BYTES)
        .max_response_header_size(BUFFER_BYTES / 2)
        .build();
    Agent::with_parts(config, Connections::new(), names)
}

impl Transport for Client {
    fn send_within(&self, request: &Request, time: Time) -> Result<Response, Error> {
        let limit = time.whole;
        let connect = self.options.connect_timeout.min(time.silence);
        let started = Instant::now();
        let mut hop = Hop::first(request)?;
        let payload = Payload::of(&request.body)?;
        for _ in 0..=MAX_REDIRECTS {
            let mut context = Context {
                origin: hop.origin.clone(),
                limit,
                silence: time.silence,
                connect,
                proxy: None,
                credentials: &request.credentials,
            };
            let left = || {
                let left = limit.saturating_sub(started.elapsed());
                if left.is_zero() {
                    Err(Error::Timeout { origin: hop.origin.clone(), limit })
                } else {
                    Ok(left)
                }
            };
            let payload = payload.as_ref().filter(|_| hop.with_body);
            let own = hop.with_credentials;
            // A script must not even learn whether another origin exists.
            let foreign = |error| if own { error } else { Error::Foreign(Box::new(error)) };
            let answer = self.hop(&hop, request, payload, &left, &mut context).map_err(foreign)?;
            let location = answer.headers().get(http::header::LOCATION).map(http::HeaderValue::as_bytes);
            let status = answer.status().as_u16();
            let next = redirect::follow(&hop, status, location, &request.credentials, payload.is_some());
            match next.map_err(foreign)? {
                Some(next) if self.redirects == Redirects::SameOrigin && next.origin != hop.origin => {
                    let why = "it leads to another host";
                    return Err(Error::RefusedRedirect { to: next.origin.to_string(), why });
                }
                Some(next) => {
                    let from_outside = hop.from_outside || self.is_outside(&hop);
                    hop = Hop { from_outside, ..next };
                }
                None => {
                    let foreign_origin = (!own).then(|| hop.origin.clone());
                    let response = self.read(answer, &context).map_err(foreign)?;
                    return Ok(Response { foreign: foreign_origin, ..response });
                }
            }
        }
        let error = Error::TooManyRedirects { limit: MAX_REDIRECTS };
        Err(if hop.with_credentials { error } else { Error::Foreign(Box::new(error)) })
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod redirect_tests;
