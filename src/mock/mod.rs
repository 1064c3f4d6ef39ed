//! A stateful server made from a document.
//!
//! [`Mock`] answers one request at a time without a network; [`serve`] puts it on a socket, and as a
//! [`Transport`](crate::http::Transport) it answers in the same process. A request is matched to a path
//! (`routes`), its operation is read (`operation`), credentials (`security`), parameters (`parameters`) and body
//! (`body`) are checked against it, and then it is answered (`crud`) from stored objects (`state`) and from
//! schemas (`sample`). Schemas are read only when a request needs them, so starting costs next to nothing.

mod body;
mod brackets;
mod check;
mod coerce;
mod crud;
mod error;
mod id;
mod list;
mod message;
mod multipart;
mod operation;
mod overlay;
mod parameters;
mod resource;
mod routes;
mod sample;
mod schema;
mod security;
mod server;
mod service;
mod state;
mod stop;
mod style;
mod wire;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use message::{Answer, Incoming, Problem};
pub use server::{Log, LogLine, serve};
pub use service::Mock;
pub use stop::Stop;
