//! The built-in commands, each in a file of its own.

pub(crate) mod auth;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod documents;
pub(crate) mod r#gen;
pub(crate) mod list;
pub(crate) mod mock;
pub(crate) mod path;
pub(crate) mod plugins;
pub(crate) mod schema;
pub(crate) mod validate;
pub(crate) mod watch;
