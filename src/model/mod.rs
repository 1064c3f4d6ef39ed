//! The project's words as plain data: plugin, command, argument, body, auth scheme, server.
//!
//! These types are what the generator makes, what the facts on disk hold and what every later layer reads.
//! They do no I/O and depend on no other layer.

mod argument;
mod auth;
mod command;
pub mod layout;
pub mod media;
pub mod own_flag;
mod path;
mod plugin;
mod server;
mod variable;

pub use argument::{Argument, Constraints, Kind, Location, Multiplicity, Serialization, Style, ValueType};
pub use auth::{ApiKeyLocation, AuthScheme, AuthType, Flow, FlowKind, LoginSettings, SecurityAlternative};
pub use command::{Alternative, Body, CommandDefinition, CommandName, Encoding, MediaChoice};
pub use path::{Pair, PathError, PathTemplate, Segment};
pub use plugin::{DocumentSource, GeneratedPlugin, Manifest, PluginFile, Profile, Skipped, Warning};
pub use server::{Origin, Server, ServerVariable};
pub use variable::Variable;
