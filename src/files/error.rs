use std::fmt;
use std::path::PathBuf;

use crate::diagnostic::{Failure, Kind};

/// A file that cannot be read, and why.
#[derive(Debug)]
pub struct Error {
    /// The file's path below the folder: never the target of a link.
    pub path: PathBuf,
    /// Why.
    pub problem: Problem,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Problem {
    /// It is not a regular file, but this: `a pipe`, `a socket`, `a device`, `a folder`.
    Special(&'static str),
    /// It is larger than this many bytes.
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// It is not UTF-8 text.
    NotText,
    /// It is a link, where links are not allowed.
    Link,
    /// A folder on the way to it is a link.
    LinkedFolder,
    /// It is a link to something that is not the person's own `.rhai` file.
    Foreign,
    /// It is a link that cannot be resolved.
    Nowhere,
    /// The folder contains more than this many entries, or nested folders.
    TooMany {
        /// The limit.
        limit: usize,
        /// What there are too many of: `files and folders`, `folders in one another`.
        what: &'static str,
    },
    /// The system's message.
    Io(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Special(what) => write!(f, "`{path}` is {what}, not a file"),
            Problem::TooLarge { limit } => write!(f, "`{path}` is too large: at most {}", bytes(*limit)),
            Problem::NotText => write!(f, "`{path}` is not UTF-8 text"),
            Problem::Link => write!(f, "`{path}` is a link, which is not followed"),
            Problem::LinkedFolder => write!(f, "`{path}` is a link to a folder, which is not followed"),
            Problem::Foreign => write!(f, "`{path}` is a link to something that is not one of your scripts"),
            Problem::Nowhere => write!(f, "`{path}` is a link that cannot be resolved"),
            Problem::TooMany { limit, what } => write!(f, "`{path}` contains more than {limit} {what}"),
            Problem::Io(reason) => write!(f, "cannot read `{path}`: {reason}"),
        }
    }
}

/// `96 MiB`.
fn bytes(count: u64) -> String {
    const MIB: u64 = 1 << 20;
    if count >= MIB && count.is_multiple_of(MIB) {
        format!("{} MiB", count / MIB)
    } else {
        format!("{count} bytes")
    }
}

impl Error {
    /// What a person is told.
    pub(crate) fn told(&self) -> Failure {
        Failure::new(Kind::Other, self.to_string()).hint(self.hint())
    }

    fn hint(&self) -> &'static str {
        // Below the plugin's folder, this is the generated part.
        if self.path.iter().any(|part| part == MACHINES) && !matches!(self.problem, Problem::Io(_)) {
            return "generate the plugin again, which rewrites the generated files; your scripts stay as they are";
        }
        self.problem.hint()
    }
}

impl Problem {
    fn hint(&self) -> &'static str {
        match self {
            Self::Special(_) | Self::TooLarge { .. } => "move it away, or put another file in its place",
            Self::NotText => "save it as UTF-8",
            Self::Link => {
                "put the file itself there; only a script may be a link, to a `.rhai` file that is yours"
            }
            Self::LinkedFolder => {
                "put the folder itself there; the plugin's own folder as a whole may be a link"
            }
            Self::Foreign | Self::Nowhere => {
                "put the script itself there, or link to a `.rhai` file that belongs to you"
            }
            Self::TooMany { .. } => "move whatever does not belong to the plugin elsewhere",
            Self::Io(_) => "check that it exists and that you may read it",
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.told().caused_by(error)
    }
}

/// The folder of a plugin for generated files.
pub(super) const MACHINES: &str = ".generated";
