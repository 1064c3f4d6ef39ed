//! The transports that all calls of a session share.

use std::time::Duration;

use crate::http::{Client, ClientOptions, DEFAULT_MAX_RESPONSE_BYTES, Redirects};

/// The value of `user-agent`.
pub(crate) const USER_AGENT: &str = concat!("apicli/", env!("CARGO_PKG_VERSION"));

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer of a provider, in bytes.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// To the servers of APIs.
pub(super) fn servers() -> Client {
    Client::new(options(DEFAULT_MAX_RESPONSE_BYTES))
}

/// To a provider of access tokens: redirects to other hosts are not followed.
pub(crate) fn provider() -> Client {
    Client::new(options(DEFAULT_MAX_RESPONSE_BYTES.min(MAX_ANSWER))).with_redirects(Redirects::SameOrigin)
}

fn options(max_response_bytes: u64) -> ClientOptions {
    ClientOptions { connect_timeout: CONNECT_TIMEOUT, max_response_bytes, user_agent: USER_AGENT.to_owned() }
}
