//! The way to a provider of access tokens.

use std::rc::Rc;
use std::time::Duration;

use super::USER_AGENT;
use crate::http::{Client, ClientOptions, DEFAULT_MAX_RESPONSE_BYTES, Redirects, Transport};

/// The most that a provider's answer may have, in bytes.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// Requests to a provider: redirects to other hosts are not followed.
pub(crate) fn transport() -> Rc<dyn Transport> {
    let options = ClientOptions {
        timeout: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(10),
        max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES.min(MAX_ANSWER),
        user_agent: USER_AGENT.to_owned(),
    };
    Rc::new(Client::new(options).with_redirects(Redirects::SameOrigin))
}
