use crate::diagnostic::{Failure, Kind};

/// Why no plugin could be generated.
#[derive(Debug)]
pub enum Error {
    /// No name was given, and neither the document's file nor its title contains one.
    NoName,
    /// The name is that of a built-in command.
    ReservedName(String),
    /// The given name is invalid; it must match `[a-z0-9][a-z0-9_-]*`, at most 40 characters.
    BadName(String),
    /// There are operations, but none of them could be used.
    NoOperations {
        /// Where the document came from.
        source: String,
        /// Why the first could not.
        reason: String,
        /// Where that is.
        pointer: String,
    },
    /// The plugin has commands, but the document it is to be updated from has none.
    NothingLeft {
        /// The plugin.
        name: String,
        /// How many commands it has from the previous document.
        had: usize,
        /// Why there are none.
        reason: String,
    },
    /// A template or serialiser failed; a bug in this program.
    Internal(String),
}

impl Error {
    /// What a person is told.
    fn told(&self) -> Failure {
        match self {
            Self::NoName => Failure::new(Kind::Usage, "the document gives no name for the plugin").hint("name it with `--name`"),
            Self::ReservedName(name) => {
                Failure::new(Kind::Usage, format!("`{name}` is a command of apicli and cannot be a plugin's name"))
                    .hint("give the plugin another name with `--name`")
            }
            Self::BadName(name) => Failure::new(Kind::Usage, format!("`{name}` cannot be a plugin's name"))
                .hint("use lower-case letters, digits, `-` and `_`, at most 40, beginning with a letter or digit"),
            Self::NoOperations { source, reason, pointer } => {
                Failure::new(Kind::Other, format!("no operation of `{source}` can be used; the first: {reason} ({pointer})"))
                    .hint("correct the document; `apicli validate` lists every problem")
            }
            Self::NothingLeft { name, had, reason } => {
                let commands = if *had == 1 { "its command" } else { "all of its commands" };
                Failure::new(Kind::Other, format!("`{name}` would lose {commands}: {reason}"))
                    .hint(format!("check that this is the right document; if it is, run `apicli plugins remove {name}` first"))
            }
            Self::Internal(reason) => Failure::new(Kind::Other, format!("the plugin could not be generated: {reason}"))
                .hint("this is a bug in apicli; please report it with the document"),
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
