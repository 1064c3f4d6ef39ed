use std::path::PathBuf;

use super::error::Error;
use super::layout;
use crate::diagnostic::{Failure, Kind};
use crate::files;

/// Why a plugin was not written to its folder.
#[derive(Debug)]
pub enum WriteError {
    /// The folder exists and is not a plugin's.
    NotAPlugin(PathBuf),
    /// The user's `plugin.toml` cannot be read.
    Manifest {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        reason: String,
    },
    /// The document's servers and schemes make a manifest that is too large to be read again.
    LargeManifest,
    /// A file in the plugin's folder cannot be used: a link, a pipe, too large.
    File(files::Error),
    /// A file or folder could not be read or written.
    Io {
        /// What was being done: `write`, `read`, `create`, `replace`.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's message.
        reason: std::io::Error,
    },
    /// The plugin was replaced, but a file that the user saved in the meantime could not be carried over.
    NotRescued {
        /// The old folder, which contains it.
        kept: PathBuf,
        /// Why.
        reason: Box<WriteError>,
    },
    /// The existing plugin was written by a newer program; this one cannot read its names and merge bases.
    Newer(Error),
    /// A serialiser failed, which is a bug in this program.
    Internal(String),
}

impl From<files::Error> for WriteError {
    fn from(error: files::Error) -> Self {
        Self::File(error)
    }
}

impl WriteError {
    /// What a person is told.
    pub(crate) fn told(&self) -> Failure {
        match self {
            Self::NotAPlugin(path) => {
                Failure::new(Kind::Other, format!("`{}` exists and is not a plugin", path.display()))
                    .hint("move it away, or choose another name with `--name`")
            }
            Self::Manifest { path, reason } => {
                Failure::new(Kind::Other, format!("`{}` cannot be read: {reason}", path.display()))
                    .hint("correct the file; it is yours, so it is not overwritten")
            }
            Self::LargeManifest => Failure::new(
                Kind::Other,
                format!(
                    "the document's servers and schemes do not fit in a manifest ({} MiB)",
                    layout::MANIFEST_BYTES >> 20
                ),
            )
            .hint("remove what you do not use from the document"),
            Self::File(error) => error.told(),
            Self::Io { action, path, reason } => {
                let hint = match reason.kind() {
                    std::io::ErrorKind::StorageFull => "free some disk space; the plugin is unchanged",
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                        "check its permissions, or choose another place with `--plugins-dir`"
                    }
                    _ => "the plugin is unchanged",
                };
                Failure::new(Kind::Other, format!("cannot {action} `{}`: {reason}", path.display()))
                    .hint(hint)
            }
            Self::NotRescued { kept, reason } => {
                let reason = reason.told().message;
                Failure::new(
                    Kind::Other,
                    format!("a file saved during the generation was not carried over: {reason}"),
                )
                .hint(format!("the plugin as you had it is in `{}`", kept.display()))
            }
            Self::Newer(error) => error.told(),
            Self::Internal(reason) => {
                Failure::new(Kind::Other, format!("the plugin could not be written: {reason}"))
                    .hint("this is a bug in apicli; please report it with the document")
            }
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        error.told().caused_by(error)
    }
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().message)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            Self::Io { reason, .. } => Some(reason),
            Self::NotRescued { reason, .. } => Some(reason.as_ref()),
            Self::Newer(error) => Some(error),
            _ => None,
        }
    }
}
