use crate::diagnostic::{Failure, Kind};

/// Why the server cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The listener cannot be used.
    Listener {
        /// The address it is bound to, if known.
        address: String,
        /// The system's message.
        reason: String,
    },
    /// The server's runtime does not start.
    Runtime {
        /// The system's message.
        reason: String,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Listener { address, reason } => {
                Failure::new(Kind::Other, format!("the mock cannot listen on `{address}`: {reason}"))
                    .hint("choose another port, or let the system choose one with port 0")
            }
            Error::Runtime { reason } => {
                Failure::new(Kind::Other, format!("the mock cannot start: {reason}")).hint(
                    "the system may be out of file handles or memory; close other programs and try again",
                )
            }
        }
    }
}
