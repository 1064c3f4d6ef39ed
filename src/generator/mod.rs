//! Documents to plugins: names, arguments, scripts, facts and the manifest, and the files they become.
//!
//! The output depends on the document alone, to the byte.

mod arguments;
mod crud;
mod error;
mod escape;
pub(crate) mod facts;
pub mod layout;
mod linked;
mod manifest;
mod media;
mod merge;
mod naming;
mod operation_id;
mod place;
mod placing;
mod plugin;
mod pristine;
mod route;
mod script;
mod settle;
mod stage;
mod survey;
mod take_over;
#[cfg(test)]
#[path = "trees_tests.rs"]
mod trees_tests;
mod write;

pub(crate) use arguments::opened_arguments;
pub use error::Error;
pub use naming::{ROOT, is_plugin_name, typed};
pub(crate) use naming::{identifier, same_noun};
pub use plugin::{Options, PluginGenerator};
pub use pristine::Pristine;
pub use write::{MergeReport, Written};
