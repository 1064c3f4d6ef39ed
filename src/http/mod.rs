//! Sends requests. The only layer that uses ureq.
//!
//! [`Request`] is a request that is complete except for its credentials; a [`Transport`] sends it. The network is
//! one transport ([`Client`]), the mock another. [`encoding`], [`style`] and [`form`] put values into the forms that
//! OpenAPI defines; [`dry_run`] and [`curl`] show a request without sending it.

mod answer_body;
mod attachment;
mod certificate;
mod client;
mod connect;
mod digest;
pub mod encoding;
mod error;
mod failure;
pub mod form;
mod forms;
mod forms_of_curl;
mod given;
mod hop;
mod multipart;
mod payload;
mod piece;
mod place;
mod preview;
mod proxy;
mod redirect;
mod request;
mod secrets;
mod shell;
mod spool;
pub mod style;
mod words;

pub use answer_body::AnswerBody;
pub use attachment::Attachment;
pub(crate) use certificate::check as check_certificate;
pub use client::{Client, ClientOptions, DEFAULT_MAX_RESPONSE_BYTES, Redirects};
pub use error::Error;
pub use multipart::content_type_of;
pub use payload::wire_body;
pub use piece::MAX_BODY_BYTES;
pub use preview::dry_run;
pub use request::{Body, File, Part, PartContent, Request, Response, Source, Time, Transport};
pub use secrets::{Hiding, Secrets, masked};
pub use shell::curl;
pub(crate) use words::quote;

pub use spool::{Spool, Spooled};
