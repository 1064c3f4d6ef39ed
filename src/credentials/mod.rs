//! Secrets: where they are kept, who may have them, how they are obtained and attached. The only layer that names keyring,
//! scrypt and oauth2.
//!
//! A [`CredentialSource`] turns an operation's `security` into [`crate::http::Attachment`]s for one origin;
//! [`Credentials`] reads them from [`Stores`], [`Placeholder`] makes them up for the mock. [`Login`] stores them,
//! [`oauth`] gets them from a provider.

mod account;
mod attach;
mod clock;
pub mod consent;
mod entry;
mod error;
#[cfg(test)]
mod fake;
mod lock;
mod login;
pub mod oauth;
mod placeholder;
mod scheme;
mod sent;
mod status;
mod stores;

pub use account::Account;
pub use attach::{CredentialSource, Credentials};
pub use consent::{Consent, Question, Records};
pub use entry::About;
pub use error::Error;
pub use login::{Given, Login, LoginReport, listed, log_out};
pub use placeholder::Placeholder;
pub use scheme::{SchemeClass, clean_input, preferred_scheme};
pub use sent::{Sent, SentFrom};
pub use status::{SchemeStatus, Source, Status};
pub use stores::environment::Variables;
pub use stores::{PASSPHRASE, PASSPHRASE_FD, SERVICE, StoreKind, Stores, Unavailable, Vault};
