use std::path::PathBuf;

use super::layout;
use crate::diagnostic::{Failure, Kind};
use crate::files;

/// Why a document became no plugin, or a plugin no files.
#[derive(Debug)]
pub enum Error {
    /// No name was given, and neither the document's file nor its title has one in it.
    NoName,
    /// The name is that of a built-in command.
    ReservedName(String),
    /// The name given is no name: `[a-z0-9][a-z0-9_-]*`, at most 40 characters.
    BadName(String),
    /// There are operations, and not a single one could be used.
    NoOperations {
        /// Where the document came from.
        source: String,
        /// Why the first could not.
        reason: String,
        /// Where that is.
        pointer: String,
    },
    /// The plugin has commands, and the document that it is to be brought up to date from has none.
    NothingLeft {
        /// The plugin.
        name: String,
        /// How many commands it has of the document before.
        had: usize,
        /// Why there are none.
        reason: String,
    },
    /// The folder exists and is not a plugin's.
    NotAPlugin(PathBuf),
    /// A person's `plugin.toml` cannot be read.
    Manifest {
        /// The file.
        path: PathBuf,
        /// The parser's words.
        reason: String,
    },
    /// The document's servers and schemes make a manifest that is larger than is read.
    LargeManifest,
    /// A file in the plugin's folder is none that is read: a link, a pipe, too large.
    File(files::Error),
    /// A file or folder could not be read or written.
    Io {
        /// What was being done: `write`, `read`, `create`, `replace`.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's words.
        reason: std::io::Error,
    },
    /// The plugin was replaced, but a file that a person saved meanwhile could not be taken over.
    NotRescued {
        /// The old folder, which has it.
        kept: PathBuf,
        /// Why.
        reason: Box<Error>,
    },
    /// A template or serialiser failed; a defect of this program.
    Internal(String),
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::File(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NoName => Failure::new(Kind::Usage, "the document gives no name for the plugin").hint("name it with `--name`"),
            Error::ReservedName(name) => {
                Failure::new(Kind::Usage, format!("`{name}` is a command of apicli and cannot be a plugin's name"))
                    .hint("give the plugin another name with `--name`")
            }
            Error::BadName(name) => Failure::new(Kind::Usage, format!("`{name}` cannot be a plugin's name"))
                .hint("use lower-case letters, digits, `-` and `_`, at most 40, beginning with a letter or digit"),
            Error::NoOperations { source, reason, pointer } => {
                Failure::new(Kind::Other, format!("no operation of `{source}` can be used; the first: {reason} ({pointer})"))
                    .hint("correct the document; `apicli validate` lists every problem")
            }
            Error::NothingLeft { name, had, reason } => {
                let commands = if had == 1 { "its command" } else { "all of its commands" };
                Failure::new(Kind::Other, format!("`{name}` would lose {commands}: {reason}"))
                    .hint(format!("check that it is the right document; `apicli plugins remove {name}` comes first where it is meant"))
            }
            Error::NotAPlugin(path) => {
                Failure::new(Kind::Other, format!("`{}` exists and is not a plugin", path.display()))
                    .hint("move it away, or choose another name with `--name`")
            }
            Error::Manifest { path, reason } => {
                Failure::new(Kind::Other, format!("`{}` cannot be read: {reason}", path.display()))
                    .hint("correct the file; it is yours, so it is not written over")
            }
            Error::LargeManifest => Failure::new(
                Kind::Other,
                format!("the document's servers and schemes are more than a manifest holds ({} MiB)", layout::MANIFEST_BYTES >> 20),
            )
            .hint("take out of the document what you do not use"),
            Error::File(error) => error.into(),
            Error::Io { action, path, reason } => {
                let hint = match reason.kind() {
                    std::io::ErrorKind::StorageFull => "free some room; the plugin is as it was before",
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                        "check its permissions, or choose another place with `--plugins-dir`"
                    }
                    _ => "the plugin is as it was before",
                };
                Failure::new(Kind::Other, format!("cannot {action} `{}`: {reason}", path.display())).hint(hint)
            }
            Error::NotRescued { kept, reason } => {
                let reason = Failure::from(*reason).message;
                Failure::new(Kind::Other, format!("a file saved during the generation was not taken over: {reason}"))
                    .hint(format!("the plugin as you had it is in `{}`", kept.display()))
            }
            Error::Internal(reason) => Failure::new(Kind::Other, format!("the plugin could not be made: {reason}"))
                .hint("this is a defect of apicli; please report it with the document"),
        }
    }
}
