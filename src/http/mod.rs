//! Requests out. The only layer that names ureq.
//!
//! [`Request`] is a request that is complete but for its credentials; a [`Transport`] sends it. The network is
//! one transport, the mock another.

mod encoding;
mod request;

pub use encoding::{encode_path, form_body, form_pairs, header_value, query_pairs};
pub use request::{Attachment, Body, File, Part, PartContent, Request, Response, Transport};

use crate::diagnostic::{Failure, Kind};

/// Why a request was not sent or not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The server could not be reached.
    Connect {
        /// Scheme, host and port.
        origin: String,
        /// The system's words.
        reason: String,
    },
    /// A path value is empty, `.` or `..`.
    BadPathValue {
        /// The parameter's name.
        parameter: String,
    },
    /// A parameter of the path was given no value.
    MissingPathValue {
        /// The parameter's name.
        parameter: String,
    },
    /// A header value with a control character, or one that is no plain value.
    BadHeader,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Connect { origin, reason } => {
                Self::new(Kind::Network, format!("cannot reach `{origin}`: {reason}"))
                    .hint("is the server running? check `--server`")
            }
            Error::BadPathValue { parameter } => {
                Self::new(Kind::Usage, format!("the value of `{parameter}` cannot stand in a path"))
                    .hint("give a value that is not empty, `.` or `..`")
            }
            Error::MissingPathValue { parameter } => {
                Self::new(Kind::Usage, format!("the path parameter `{parameter}` has no value"))
                    .hint(format!("set it with `request.path(\"{parameter}\", ...)`"))
            }
            Error::BadHeader => Self::new(Kind::Usage, "a header value has a control character")
                .hint("remove line feeds and other control characters"),
        }
    }
}
