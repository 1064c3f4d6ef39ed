//! apicli turns an OpenAPI document into a folder of scripts, one function for each command, and runs them.
//!
//! The layers, each importing only from those above it: [`model`], [`secret`], [`text`], [`diagnostic`] and
//! [`files`]; [`openapi`] reads documents; [`generator`] turns them into the texts of plugins; [`http`] sends requests; [`credentials`]
//! keeps secrets; [`engine`] hosts the scripts; [`plugins`] is the folder on disk, read and written; [`output`] prints; [`mock`]
//! answers without a network; [`cli`] is the command line.

pub mod cli;
pub mod credentials;
pub mod diagnostic;
pub mod engine;
pub mod files;
pub mod generator;
pub mod http;
mod input;
pub mod mock;
pub mod model;
pub mod openapi;
pub mod output;
mod parallel;
mod person;
pub mod plugins;
pub mod secret;
mod session;
mod suggest;
pub mod text;

pub use cli::run;
