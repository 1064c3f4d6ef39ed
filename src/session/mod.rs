//! One way to make a call, for every caller: the server, the account, what was agreed to, the transport, a preview, an
//! explanation. No clap, no terminal.
//!
//! A [`Session`] makes any number of calls, from any number of threads. It keeps what calls have in common: connections, TLS
//! settings and the stores. It keeps no credential and no agreement from one call to the next, so that the next call
//! sees changes of the environment, the stores or the records. Scripts are compiled once by the
//! [`Plugin`](crate::plugins::Plugin), and again when their text changes.

mod account;
mod call;
mod client;
mod explain;
mod nobody;
mod outcome;
mod parties;
mod person;
pub(crate) mod server;
mod verbose;
mod way;

pub(crate) use account::account;
pub use call::Session;
pub(crate) use client::{USER_AGENT, provider};
pub(crate) use outcome::hiding;
pub use outcome::{Answer, Done, Outcome};
pub use person::{Person, Silent};
pub use way::{Destination, Way, With};

#[cfg(test)]
mod tests;
