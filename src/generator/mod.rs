//! Turns documents into plugins: names, arguments, scripts, facts and the manifest, as contents of files.
//!
//! The output depends only on the document, byte for byte. Nothing here reads or writes files: [`crate::plugins`] does.

mod arguments;
mod command_path;
mod crud;
mod error;
mod escape;
pub(crate) mod facts;
pub(crate) mod manifest;
mod media;
mod naming;
mod operation_id;
mod placing;
mod plugin;
mod route;
mod script;
mod settle;
mod survey;
#[cfg(test)]
mod trees_tests;

pub(crate) use arguments::opened_arguments;
pub use error::Error;
pub use naming::{ROOT, is_plugin_name, typed};
pub(crate) use naming::{identifier, same_noun};
pub use plugin::{Options, PluginGenerator};
