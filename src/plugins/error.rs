use std::path::{Path, PathBuf};

use crate::diagnostic::{Failure, Kind, Snippet};
use crate::generator::facts::FORMAT;
use crate::{engine, files};

/// Why a plugin cannot be used.
#[derive(Debug)]
pub enum Error {
    /// No plugin of that name is installed.
    Missing {
        /// The name.
        name: String,
        /// Installed plugins with a similar name.
        similar: Vec<String>,
    },
    /// Its manifest cannot be read.
    Manifest {
        /// The parser's message.
        reason: String,
        /// Where.
        at: Snippet,
    },
    /// Its facts cannot be read.
    Facts {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        reason: String,
    },
    /// Its facts have an older format, and there is no document to update them from.
    Older {
        /// The file.
        path: PathBuf,
    },
    /// Its facts have a newer format than this program knows.
    Newer {
        /// The file.
        path: PathBuf,
        /// The format's number.
        found: u64,
    },
    /// A file in its folder cannot be used: a link, a pipe, too large.
    File(files::Error),
    /// A script cannot be compiled.
    Script(engine::Error),
    /// A file or folder cannot be read, written or watched.
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's message.
        reason: String,
    },
}

impl Error {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>, reason: &dyn std::fmt::Display) -> Self {
        Self::Io { action, path: path.into(), reason: reason.to_string() }
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::File(error)
    }
}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        Self::Script(error)
    }
}

/// The name of the plugin that a machine-owned file belongs to.
fn owner(path: &Path) -> String {
    let folder = path.parent().and_then(Path::parent).and_then(Path::file_name);
    folder.map_or_else(|| "NAME".to_owned(), |name| name.to_string_lossy().into_owned())
}

impl Error {
    /// What a person is told.
    pub(crate) fn told(&self) -> Failure {
        match self {
            Self::Missing { name, similar } => {
                let failure = Failure::new(Kind::Usage, format!("there is no command or plugin `{name}`"));
                match similar.first() {
                    Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
                    None => failure
                        .hint("`apicli plugins list` shows the plugins; `apicli gen <document>` makes one"),
                }
            }
            Self::Manifest { reason, at } => {
                Failure::new(Kind::Other, reason).at(at.clone()).hint("correct the manifest")
            }
            Self::Facts { path, reason } => Failure::new(
                Kind::Other,
                format!("the facts in `{}` cannot be read: {reason}", path.display()),
            )
            .hint("generate the plugin again; your scripts stay as they are"),
            Self::Older { path } => Failure::new(
                Kind::Other,
                format!("`{}` was written by an older apicli", path.display()),
            )
            .hint(format!(
                "`apicli gen <document> --name {}` brings it up to date; your scripts stay as they are",
                owner(path)
            )),
            Self::Newer { path, found } => Failure::new(
                Kind::Other,
                format!(
                    "`{}` was written by a newer apicli (format {found}; this one reads up to {FORMAT})",
                    path.display()
                ),
            )
            .hint("update apicli"),
            Self::File(error) => error.told(),
            Self::Script(error) => error.told(),
            Self::Io { action, path, reason } => {
                Failure::new(Kind::Other, format!("cannot {action} `{}`: {reason}", path.display()))
                    .hint("check that it exists, and its permissions")
            }
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

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            Self::Script(error) => Some(error),
            _ => None,
        }
    }
}
