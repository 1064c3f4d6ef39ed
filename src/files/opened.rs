use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use super::error::{Error, Problem};

/// A regular file, open for reading.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: File,
    /// Its length in bytes when it was opened.
    pub(crate) length: u64,
    /// Where it was found, for messages.
    pub(super) path: PathBuf,
    /// What it is, if its name is a link.
    pub(crate) target: Option<Target>,
}

impl Opened {
    /// All of it, if that is at most `limit` bytes.
    pub(crate) fn read(&mut self, limit: u64) -> Result<Vec<u8>, Error> {
        let fail = |problem| Error { path: self.path.clone(), problem };
        if self.length > limit {
            return Err(fail(Problem::TooLarge { limit }));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or_default() + 1);
        // It may grow, and what the system makes up on reading has no length.
        let read = (&mut self.file).take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| fail(Problem::Io(error)))?;
        if bytes.len() as u64 > limit { Err(fail(Problem::TooLarge { limit })) } else { Ok(bytes) }
    }
}

/// Marks the folder of a plugin.
const MANIFEST: &str = "plugin.toml";

/// The script that a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Where it is, without a link on the way.
    pub(crate) path: PathBuf,
}

impl Target {
    /// Whether it may be written to for the sake of the plugin that has the link: not if it is a script of a plugin, which
    /// has a generation of its own, and not if it is made read-only.
    pub(crate) fn is_writable(&self) -> bool {
        let is_open = self.path.metadata().is_ok_and(|about| !about.permissions().readonly());
        is_open
            && !self.path.ancestors().skip(1).any(|folder| folder.join(MANIFEST).symlink_metadata().is_ok())
    }
}
