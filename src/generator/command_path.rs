//! What a command is called.

/// How a command is called: the words of its group and the name of its function, all identifiers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CommandPath {
    pub(crate) group: Vec<String>,
    pub(crate) function: String,
}
