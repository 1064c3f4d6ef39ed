use std::fmt;
use std::path::PathBuf;

use crate::diagnostic::{Failure, Kind};

/// A file that is not read, and why.
#[derive(Debug)]
pub struct Error {
    /// The file, as it is named below the folder: never what a link leads to.
    pub path: PathBuf,
    /// Why.
    pub problem: Problem,
}

/// Why a file is not read.
#[derive(Debug)]
pub enum Problem {
    /// It is no regular file, but this: `a pipe`, `a socket`, `a device`, `a folder`.
    Special(&'static str),
    /// It is larger than this many bytes.
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// It is no text in UTF-8.
    NotText,
    /// It is a link, and such a file may be none.
    Link,
    /// A folder on the way to it is a link.
    LinkedFolder,
    /// It is a link, and what that leads to is no `.rhai` file of the person's own.
    Foreign,
    /// It is a broken link.
    Nowhere,
    /// The folder holds more than this many things, or folders in one another.
    TooMany {
        /// How many may be there.
        limit: usize,
        /// What there are too many of: `files and folders`, `folders in one another`.
        what: &'static str,
    },
    /// The system's words.
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
            Problem::Nowhere => write!(f, "`{path}` is a broken link"),
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
    fn hint(&self) -> &'static str {
        // Below the plugin's folder, that is the machine's part.
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

impl std::error::Error for Error {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(Kind::Other, error.to_string()).hint(error.hint())
    }
}

/// The folder of a plugin in which the machine keeps its own.
pub(super) const MACHINES: &str = ".generated";
