//! Turns input from any source into values for the wire. No clap, no terminal.

pub(crate) mod body;
mod by_name;
mod checks;
mod deeper;
pub(crate) mod describe;
mod entered;
pub(crate) mod fields;
mod files;
mod given;
mod jsonc;
mod judge;
pub(crate) mod listing;
mod media;
pub(crate) mod positionals;
pub(crate) mod schema;
mod signature;
pub(crate) mod template;
mod values;

pub(crate) use entered::Entered;
pub(crate) use given::GivenValue;
pub(crate) use signature::{Signature, is_switch};
