//! A Schema Object (OpenAPI 3.0, section 4.7.24) reduced to what a command line can offer for it.

mod choice;
mod look;
mod scalar;
mod types;
mod walk;

pub use scalar::{Bound, Scalar};
pub use types::{Choice, Property, Schema, Shape, Size};

#[cfg(test)]
mod tests;
