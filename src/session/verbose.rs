//! `--verbose`: what is sent and what comes back.

use std::sync::Arc;

use super::person::Person;
use crate::http::{self, Request, Response, Secrets, Time, Transport};

/// Shows the user what is sent and what comes back; never a credential.
pub(super) struct Verbose {
    inner: Arc<dyn Transport>,
    secrets: Secrets,
    person: Arc<dyn Person>,
}

impl Verbose {
    pub(super) fn new(inner: Arc<dyn Transport>, secrets: Secrets, person: Arc<dyn Person>) -> Self {
        Self { inner, secrets, person }
    }
}

impl Transport for Verbose {
    fn send_within(&self, request: &Request, time: Time) -> Result<Response, http::Error> {
        let note = |text: &str| self.person.note(&self.secrets.message(text));
        note(&format!("> {} {}", request.method, request.url()));
        for (name, value) in &request.headers {
            note(&format!("> {name}: {value}"));
        }
        for credential in &request.credentials {
            match credential {
                http::Attachment::Header { name, prefix, .. } => note(&format!("> {name}: {prefix}***")),
                http::Attachment::Query { name, .. } => note(&format!("> (in the query) {name}=***")),
                http::Attachment::Cookie { name, .. } => note(&format!("> cookie: {name}=***")),
                http::Attachment::Digest { .. } => note("> authorization: Digest ***"),
                http::Attachment::Certificate { .. } => note("> (client certificate)"),
            }
        }
        let started = std::time::Instant::now();
        let response = self.inner.send_within(request, time)?;
        let elapsed = started.elapsed().as_millis();
        match &response.foreign {
            Some(origin) => note(&format!("< {} of {origin} in {elapsed} ms", response.status)),
            None => note(&format!("< {} in {elapsed} ms", response.status)),
        }
        for (name, value) in &response.headers {
            let shown = if name == "set-cookie" { "***" } else { value };
            note(&format!("< {name}: {shown}"));
        }
        if !response.is_success() {
            note(&String::from_utf8_lossy(response.body.bytes()));
        }
        Ok(response)
    }
}
