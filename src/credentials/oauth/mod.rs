//! Access tokens, requested and renewed (RFC 6749, RFC 8252, RFC 8628, OpenID Connect Discovery 1.0).
//!
//! The oauth2 crate implements the protocol. This module adds what a command line needs: where the addresses come from, a
//! browser or another device for the user's approval, and what is kept afterwards.

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
