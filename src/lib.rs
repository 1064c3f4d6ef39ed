//! apicli turns an OpenAPI document into a folder of scripts, one function for each command, and runs them.
//!
//! The layers, each importing only from those above it: [`model`], [`secret`], [`text`], [`diagnostic`] and
//! [`files`]; [`openapi`] reads documents; [`script`] reads Rhai text without running it; [`generator`] turns them into plugins; [`http`] sends requests; [`credentials`]
//! keeps secrets; [`engine`] hosts the scripts; [`plugins`] is the folder on disk; [`output`] prints; [`mock`]
//! answers without a network; [`cli`] is the command line.

pub mod cli;
pub mod credentials;
pub mod diagnostic;
pub mod engine;
pub mod files;
pub mod generator;
pub mod http;
pub mod mock;
pub mod model;
pub mod openapi;
pub mod output;
mod parallel;
mod person;
pub mod plugins;
pub mod script;
pub mod secret;
pub mod text;

pub use cli::run;
