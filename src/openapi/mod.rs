//! Reads documents: bytes become a [`Document`], and its operations are read one by one.
//!
//! A document is untrusted. Parsing is bounded in size, depth and alias expansion; a broken operation loses that
//! operation, never the document.

mod document;
mod fetch;
mod header;
mod json_schema;
mod load;
mod loaded;
mod lookup;
mod operation;
mod parameter;
mod pointer;
mod problem;
mod request_body;
mod schema;
mod server;
mod split;
mod text;
mod upgrade;
mod uri;
mod validate;

pub use document::{Document, OperationRef, ReferenceError};
pub use fetch::Fetch;
pub use header::Header;
pub use json_schema::{DIALECT, JsonSchemas};
pub use load::{LoadError, MAX_DOCUMENT_BYTES};
pub use operation::Operation;
pub use parameter::Parameter;
pub(crate) use parameter::has_tabs;
pub use pointer::{child, escape, unescape};
pub use problem::Problem;
pub(crate) use problem::type_name;
pub use request_body::{MediaType, RequestBody};
pub use schema::{Bound, Choice, Property, Scalar, Schema, Shape, Size};
pub(crate) use server::{names as variable_names, replaced as server_url};
pub use text::{plain, prose, sentence};
pub use validate::{ValidationResult, validate};
