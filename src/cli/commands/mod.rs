//! The built-in commands, each in a file of its own. A new one has its line here, its name in [`NAMES`], and its place in
//! [`super::registry::CommandRegistry`].

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

/// What they are called: no plugin may have one of these names.
pub(crate) const NAMES: [&str; 12] = [
    "auth",
    "check",
    "commands",
    "completions",
    "gen",
    "help",
    "mock",
    "path",
    "plugins",
    "schema",
    "validate",
    "watch",
];
