//! Stores and login flows. The only layer that names keyring.

use crate::diagnostic::{Failure, Kind};
use crate::http::Attachment;
use crate::model::{Origin, SecurityAlternative};

/// Why no credential could be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// None of the alternatives has a value at hand.
    Missing {
        /// The plugin's name.
        plugin: String,
        /// The schemes that would do.
        schemes: Vec<String>,
        /// The environment variable that would do.
        variable: String,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing { plugin, schemes, variable } => {
                Self::new(Kind::Credentials, format!("no credential for `{}`", schemes.join("`, `")))
                    .hint(format!("run `apicli auth login {plugin}`, or set `{variable}`"))
            }
        }
    }
}

/// Something that has credentials: the stores of this machine, or placeholders for the mock.
pub trait CredentialSource {
    /// The credentials of the first of `alternatives` that is complete, for a request to `origin`.
    fn attach(&self, alternatives: &[SecurityAlternative], origin: &Origin)
    -> Result<Vec<Attachment>, Error>;
}
