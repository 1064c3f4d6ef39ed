//! Secrets: where they are kept, who may have them, how they are attached. The only layer that names keyring.
//!
//! A [`CredentialSource`] turns an operation's `security` into [`crate::http::Attachment`]s for one origin;
//! [`Credentials`] takes them from the environment and then from the platform's keyring, [`Placeholder`] makes
//! them up for the mock. [`store`], [`remove`] and [`status`] are behind `apicli auth`.

mod attach;
mod environment;
mod error;
#[cfg(test)]
mod fake;
mod keyring_store;
mod login;
mod placeholder;
mod scheme;

pub use attach::{CredentialSource, Credentials};
pub use environment::{scheme_variable, token_variable};
pub use error::Error;
pub use keyring_store::{Keyring, SERVICE, Unavailable, Vault, user};
pub use login::{LoginReport, SchemeStatus, Source, Stores, remove, status, store};
pub use placeholder::Placeholder;
pub use scheme::preferred_scheme;
