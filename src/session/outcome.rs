//! The outcome of a call.

use std::io::Read;
use std::rc::Rc;

use serde_json::Value;

use crate::credentials::Sent;
use crate::diagnostic::Failure;
use crate::engine;
use crate::http::{AnswerBody, Hiding, Request, Response, Secrets};
use crate::model::Origin;

/// The outcome of a call, and what to know about it.
#[derive(Debug)]
pub struct Done {
    /// What the command's function returned, or the request that is shown.
    pub outcome: Outcome,
    /// The credentials that were sent.
    pub sent: Vec<Sent>,
    /// The secrets that the run used: they are hidden in whatever is shown of the outcome.
    pub secrets: Secrets,
}

/// What the command's function returned.
#[derive(Debug)]
pub enum Outcome {
    /// An answer of the server.
    Response(Answer),
    /// Data from the script.
    Value(Value),
    /// Nothing.
    Nothing,
    /// The first request of a preview, with the credentials that were available.
    Preview(Box<Request>),
}

/// An answer of the server: its head, and a body to be read.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    foreign: Option<Origin>,
    body: AnswerBody,
    secrets: Secrets,
}

impl Outcome {
    pub(super) fn of(outcome: engine::Outcome, secrets: &Secrets) -> Self {
        match outcome {
            engine::Outcome::Response(response) => {
                let response = Rc::unwrap_or_clone(response);
                Self::Response(Answer::new(response, secrets.clone()))
            }
            engine::Outcome::Value(value) => Self::Value(value),
            engine::Outcome::Nothing => Self::Nothing,
            engine::Outcome::Preview(request) => Self::Preview(request),
        }
    }
}

impl Answer {
    /// An answer that may contain `secrets`.
    pub fn new(response: Response, secrets: Secrets) -> Self {
        let Response { status, headers, body, foreign } = response;
        Self { status, headers, foreign, body, secrets }
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Headers in the order of arrival; names in lower case. They may contain secrets.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The first header of that name (any case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The `content-type` header, parameters and all; `None` if the server does not say.
    pub fn media_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    /// The other origin that this answer came from, if redirects led to one.
    pub fn foreign(&self) -> Option<&Origin> {
        self.foreign.as_ref()
    }

    /// The body as the server sent it, byte for byte, including secrets. It can be read once.
    pub fn body(self) -> impl Read {
        self.body.into_reader()
    }

    /// The body with `***` in place of secrets, even one that spans two reads. It can be read once.
    pub fn hiding(self) -> Hiding<impl Read> {
        self.secrets.hiding(self.body.into_reader())
    }

    /// The whole body, no longer than a transport's limit.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.body.bytes()
    }

    /// What is hidden in it.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

/// The failure without secrets.
pub(crate) fn hiding(failure: Failure, secrets: &Secrets) -> Failure {
    failure.map(|text| secrets.message(text).into_owned())
}
