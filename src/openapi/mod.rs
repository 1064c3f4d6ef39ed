//! Documents in: bytes become a [`Document`], whose operations are read one by one.
//!
//! A document is untrusted. Parsing is bounded in size, depth and alias expansion; a broken operation costs that
//! operation, never the document.

mod document;
mod fetch;
mod header;
mod load;
mod lookup;
mod operation;
mod pointer;
mod schema;
mod text;
mod upgrade;
mod uri;
mod validate;

pub(crate) use document::type_name;
pub use document::{Document, OperationRef, Problem, ReferenceError};
pub use fetch::Fetch;
pub use header::Header;
pub use load::{LoadError, MAX_DOCUMENT_BYTES};
pub use operation::{MediaType, Operation, Parameter, RequestBody};
pub use pointer::{child, escape, unescape};
pub use schema::{Bound, Choice, Property, Scalar, Schema, Shape, Size};
pub use text::{plain, sentence};
pub use validate::{ValidationResult, validate};
