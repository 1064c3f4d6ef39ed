use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Bytes, Incoming as Arriving};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};

use super::error::Error;
use super::message::{Answer, Incoming, Problem};
use super::service::Mock;
use super::stop::Stop;

/// One request and its outcome. Contains no secrets, and is safe for a terminal.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// HTTP method.
    pub method: String,
    /// Path and query; the values of API keys are `***`.
    pub target: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// The operation that answered: `POST /v1/customers`.
    pub operation: Option<String>,
    /// The problems with the request.
    pub problems: Vec<Problem>,
    /// Time to make the answer, in microseconds, without reading the request.
    pub micros: u64,
}

/// The largest body that is accepted.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The maximum total size of arriving bodies at any one time.
const MAX_ARRIVING_BYTES: usize = 256 * 1024 * 1024;
/// Connections at any one time; more are closed at once.
const MAX_CONNECTIONS: usize = 256;
/// How long a client may take to send its headers, counted from the last answer.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait before accepting connections again when the system has run out of them.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Called with each answered request.
pub type Log = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// What all connections share.
struct Shared {
    mock: Arc<Mock>,
    log: Log,
    connections: AtomicUsize,
    arriving: AtomicUsize,
}

/// Serves `mock` over HTTP/1.1 on `listener`, on this thread, until `stop` says so. Binds nothing itself.
pub fn serve(mock: Arc<Mock>, listener: TcpListener, log: Log, stop: Stop) -> Result<(), Error> {
    let address = listener.local_addr().map_or_else(|_| "?".to_owned(), |address| address.to_string());
    let unusable =
        |error: std::io::Error| Error::Listener { address: address.clone(), reason: error.to_string() };
    listener.set_nonblocking(true).map_err(unusable)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| Error::Runtime { reason: error.to_string() })?;
    let shared = Arc::new(Shared { mock, log, connections: 0.into(), arriving: 0.into() });
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(unusable)?;
        let mut stop = std::pin::pin!(stop);
        let mut accept = std::pin::pin!(accept(&listener, &shared));
        // Whichever is ready first; only `stop` ever finishes.
        std::future::poll_fn(|context| {
            if stop.as_mut().poll(context).is_ready() {
                return std::task::Poll::Ready(());
            }
            accept.as_mut().poll(context).map(|never: Infallible| match never {})
        })
        .await;
        Ok(())
    })
}

async fn accept(listener: &tokio::net::TcpListener, shared: &Arc<Shared>) -> Infallible {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // A client that went away, or no more file descriptors: neither stops the server.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(held) = Held::take(shared, |shared| &shared.connections, 1, MAX_CONNECTIONS) else {
            continue;
        };
        let shared = Arc::clone(shared);
        // Answers are small; without this they may wait for the client's acknowledgement (Nagle's algorithm).
        drop(stream.set_nodelay(true));
        tokio::spawn(async move {
            let service = service_fn(|request| respond(&shared, request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .max_buf_size(256 * 1024)
                .serve_connection(TokioIo::new(stream), service);
            // An error is a client that went away or broke the protocol; hyper has answered it.
            drop(connection.await);
            drop(held);
        });
    }
}

async fn respond(
    shared: &Arc<Shared>,
    request: Request<Arriving>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let mut incoming = Incoming {
        method: head.method.as_str().to_owned(),
        target: target.to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    let read = tokio::time::timeout(BODY_TIMEOUT, collect(shared, body)).await;
    let begun = Instant::now();
    // The share of memory is held until the request is answered.
    let (answer, _held) = match read {
        Ok(Ok((bytes, held))) => {
            incoming.body = bytes;
            (shared.mock.answer(&incoming), Some(held))
        }
        Ok(Err(answer)) => (answer, None),
        Err(_) => (Answer::error(408, "mock", "the body took too long to arrive"), None),
    };
    let line = LogLine {
        method: crate::text::printable(&incoming.method).into_owned(),
        target: crate::text::printable(&shared.mock.shown_target(&incoming.target)).into_owned(),
        status: answer.status,
        operation: answer.operation.as_deref().map(|text| crate::text::printable(text).into_owned()),
        problems: answer.problems.clone(),
        micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
    };
    (shared.log)(&line);
    Ok(outgoing(answer))
}

/// The whole body, or the answer to one that is not accepted.
async fn collect(shared: &Arc<Shared>, mut body: Arriving) -> Result<(Vec<u8>, Held), Answer> {
    let too_large = || {
        let message = format!("the body is larger than {} MiB", MAX_BODY_BYTES / (1024 * 1024));
        Answer::error(413, "mock", &message)
    };
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_large());
    }
    let mut held = Held { shared: Arc::clone(shared), counter: |shared| &shared.arriving, amount: 0 };
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Answer::error(400, "mock", "the body ends before it is complete"));
        };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        if !held.grow(data.len(), MAX_ARRIVING_BYTES) {
            return Err(Answer::error(503, "mock", "too many bodies are arriving at once"));
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, held))
}

fn outgoing(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        // A media type from the document may not be a valid header value.
        let name = ::http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, ::http::HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A share of something limited, given back when dropped.
struct Held {
    shared: Arc<Shared>,
    counter: fn(&Shared) -> &AtomicUsize,
    amount: usize,
}

impl Held {
    fn take(
        shared: &Arc<Shared>,
        counter: fn(&Shared) -> &AtomicUsize,
        amount: usize,
        most: usize,
    ) -> Option<Self> {
        let mut held = Self { shared: Arc::clone(shared), counter, amount: 0 };
        held.grow(amount, most).then_some(held)
    }

    fn grow(&mut self, amount: usize, most: usize) -> bool {
        let counter = (self.counter)(&self.shared);
        if counter.fetch_add(amount, Ordering::Relaxed).saturating_add(amount) > most {
            counter.fetch_sub(amount, Ordering::Relaxed);
            return false;
        }
        self.amount += amount;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        (self.counter)(&self.shared).fetch_sub(self.amount, Ordering::Relaxed);
    }
}
