//! Access tokens: asked for, and renewed (RFC 6749, RFC 8252, RFC 8628, OpenID Connect Discovery 1.0).
//!
//! The protocol is the oauth2 crate's. Here is what a command line adds: where the addresses come from, a browser or
//! another device for the person's yes, and what is kept afterwards.

mod address;
mod browser;
mod callback;
mod client;
mod discovery;
mod error;
mod flow;
mod parties;
mod token;

pub use browser::has_browser;
pub use discovery::Discovered;
pub use error::Error;
pub use flow::{Request, Told, obtain};
pub use parties::{Parties, UserPassword};
pub use token::Token;
pub(super) use token::renew;
