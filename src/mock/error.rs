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

impl Error {
    /// What a person is told.
    fn told(&self) -> Failure {
        match self {
            Self::Listener { address, reason } => {
                Failure::new(Kind::Other, format!("the mock cannot listen on `{address}`: {reason}"))
                    .hint("choose another port, or let the system choose one with port 0")
            }
            Self::Runtime { reason } => Failure::new(Kind::Other, format!("the mock cannot start: {reason}"))
                .hint("the system may be out of file handles or memory; close other programs and try again"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.told().caused_by(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().message)
    }
}

impl std::error::Error for Error {}
