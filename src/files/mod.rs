//! Files of a folder that somebody else may have filled: a plugin's, or one that a document refers to.
//!
//! Only regular files are read, and none beyond its limit. Pipes, sockets and devices are told without waiting for
//! them; the size is checked before anything is read and kept while it is read. A link is not followed, wherever in
//! the path it stands, but for one: a script may be a link to a `.rhai` file of the person's own; see [`link`]. What
//! such a link leads to otherwise is not opened, so that no error shows a line of it.
//!
//! The folder itself may be a link: it stands where the person keeps plugins, and so is the person's.

mod error;
mod link;
mod list;
mod open;
mod opened;
mod regular;
mod remove;

use std::path::Path;

pub use error::{Error, Problem};
pub(crate) use list::{Entry, MOST_IN_ALL, list};
pub(crate) use open::lock_file;
pub(crate) use opened::{Opened, Target};
pub(crate) use regular::regular;
pub(crate) use remove::remove_tree;

/// Opens the file at `path` below the folder `root`, through no link; `None` if there is none.
pub(crate) fn open(root: &Path, path: &Path) -> Result<Option<Opened>, Error> {
    open::below(root, path, false)
}

/// Opens the script at `path` below the folder `root`, which may be a link to one of the person's own; `None` if there is
/// none.
pub(crate) fn open_script(root: &Path, path: &Path) -> Result<Option<Opened>, Error> {
    open::below(root, path, true)
}

/// Reads the file at `path` below the folder `root`, at most `limit` bytes and through no link; `None` if there is none.
pub(crate) fn read(root: &Path, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    open(root, path)?.map(|mut file| file.read(limit)).transpose()
}

/// As [`read`], for a text.
pub(crate) fn text(root: &Path, path: &Path, limit: u64) -> Result<Option<String>, Error> {
    open(root, path)?.map(|file| into_text(file, limit)).transpose()
}

/// As [`text`], for a script, which may be a link to one of the person's own.
pub(crate) fn script(root: &Path, path: &Path, limit: u64) -> Result<Option<String>, Error> {
    open_script(root, path)?.map(|file| into_text(file, limit)).transpose()
}

fn into_text(mut file: Opened, limit: u64) -> Result<String, Error> {
    let bytes = file.read(limit)?;
    String::from_utf8(bytes).map_err(|_| Error { path: file.path, problem: Problem::NotText })
}

#[cfg(test)]
mod tests;
