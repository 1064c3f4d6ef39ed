//! Requests out. The only layer that names ureq.
//!
//! [`Request`] is a request that is complete but for its credentials; a [`Transport`] sends it. The network is
//! one transport, the mock another.

mod request;

pub use request::{Attachment, Body, File, Part, PartContent, Request, Response, Transport};

/// placeholder
#[derive(Debug)]
pub struct Error;
