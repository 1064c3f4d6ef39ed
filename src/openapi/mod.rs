//! Documents in: bytes become a [`Document`], whose operations are read one by one.
//!
//! A document is untrusted. Parsing is bounded in size, depth and alias expansion; a broken operation costs that
//! operation, never the document.

mod document;
mod load;
mod pointer;

pub use document::{Document, OperationRef, Problem, ReferenceError};
pub use load::{LoadError, MAX_DOCUMENT_BYTES};
pub use pointer::{child, escape, unescape};
