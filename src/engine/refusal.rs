use super::api_message;
use super::current::Running;
use super::error::Error;
use crate::http::Response;

/// The failure that an answer represents.
pub(super) fn refusal(running: &Running, response: &Response) -> Error {
    Error::Http {
        plugin: running.plugin.clone(),
        status: response.status,
        message: api_message::message(response),
        body: String::from_utf8_lossy(response.body.bytes()).into_owned(),
    }
}
