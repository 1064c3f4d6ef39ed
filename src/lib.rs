//! apicli turns an OpenAPI document into a folder of scripts, one function for each command, and runs them.
//!
//! All of it can be used as a library. Here a document is read, a plugin is generated and written, and a command is
//! looked up and called, with the document's mock to answer.
//!
//! ```
//! use apicli::generator::{Options, PluginGenerator};
//! use apicli::openapi::Document;
//! use apicli::plugins::{Lookup, PluginManager};
//! use apicli::session::{Outcome, Session, Way};
//!
//! fn main() -> Result<(), apicli::diagnostic::Failure> {
//!     let text = r#"
//! openapi: 3.0.3
//! info: {title: Notes, version: "1"}
//! servers: [{url: "https://notes.example"}]
//! paths:
//!   /notes/{note}:
//!     get:
//!       parameters: [{name: note, in: path, required: true, schema: {type: string}}]
//!       responses:
//!         "200":
//!           description: A note
//!           content: {application/json: {example: {id: n_1, text: "Buy milk"}}}
//! "#;
//!     let document = Document::parse(text.as_bytes(), "notes.yaml")?;
//!
//!     let generator = PluginGenerator::new(Options::default());
//!     let generated = generator.generate_from_openapi(&document)?;
//!     assert_eq!(generated.name, "notes");
//!     let home = tempfile::tempdir().expect("a folder of its own");
//!     generator.create_plugin_files(&generated, &home.path().join(&generated.name))?;
//!     assert!(home.path().join("notes/notes.rhai").is_file());
//!
//!     let plugin = PluginManager::new(home.path().to_owned()).get("notes")?;
//!     let words = ["notes", "get", "n_1"].map(str::to_owned);
//!     let Lookup::Command(found) = plugin.lookup(&words)? else { panic!("it is a command") };
//!     let arguments = words[found.used..].iter().map(Into::into).collect::<Vec<_>>();
//!     let request = apicli::cli::preview(&plugin, &found, &arguments)?;
//!     assert_eq!(request.url(), "https://notes.example/notes/n_1");
//!
//!     let session = Session::in_memory();
//!     let (values, to) = apicli::cli::values(&plugin, &found, &arguments)?;
//!     let done = session.call(&plugin, &found, values, &to, Way::mock())?;
//!     let Outcome::Response(answer) = done.outcome else { panic!("it is an answer") };
//!     assert_eq!(answer.status(), 200);
//!     let note: serde_json::Value = serde_json::from_reader(answer.hiding()).expect("JSON");
//!     assert_eq!(note["text"], "Buy milk");
//!     Ok(())
//! }
//! ```
//!
//! The layers, each importing only from those above it: [`model`], [`secret`], [`text`], [`diagnostic`] and
//! [`files`]; [`openapi`] reads documents; [`script`] reads Rhai text without running it; [`generator`] turns documents
//! into plugins; [`http`] sends requests; [`credentials`] keeps secrets; [`engine`] hosts the scripts; [`plugins`] is
//! the folder on disk; [`mock`] answers without a network; `input` turns what was given into values and [`session`]
//! makes the call; [`output`] prints; [`cli`] is the command line. `docs/architecture.md` shows how they work together,
//! `docs/stability.md` what of this may change.

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
pub mod script;
pub mod secret;
pub mod session;
mod suggest;
pub mod text;

pub use cli::run;
