//! Replaces the server and the account where there are none.

use crate::credentials::{self, CredentialSource};
use crate::http::{self, Attachment, Request, Response, Time, Transport};
use crate::model::{Origin, SecurityAlternative};

/// Attaches nothing.
pub(super) struct NoCredentials;

impl CredentialSource for NoCredentials {
    fn attach(&self, _: &[SecurityAlternative], _: &Origin) -> Result<Vec<Attachment>, credentials::Error> {
        Ok(Vec::new())
    }
}

/// Sends nothing: a preview ends before it would.
pub(super) struct NoTransport;

impl Transport for NoTransport {
    fn send_within(&self, request: &Request, _: Time) -> Result<Response, http::Error> {
        Err(http::Error::InvalidUrl { url: request.url(), why: "nothing is sent without an account" })
    }
}
