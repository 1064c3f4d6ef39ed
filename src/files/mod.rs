//! Files in a folder that someone else may have filled: a plugin's, or one that a document refers to.
//!
//! Only regular files are read, and none beyond its limit. Pipes, sockets and devices are detected without waiting for
//! them; the size is checked before anything is read and enforced while reading. Links are not followed, wherever in the
//! path they are, with one exception: a script may be a link to the person's own `.rhai` file; see [`link`]. Any other
//! target is not opened, so that no error shows a line of it.
//!
//! The folder itself may be a link: it is where the person keeps plugins, so it is the person's own.

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

/// Opens the file at `path` below the folder `root`, without following links; `None` if there is none.
pub(crate) fn open(root: &Path, path: &Path) -> Result<Option<Opened>, Error> {
    open::below(root, path, false)
}

/// Opens the script at `path` below the folder `root`, which may be a link to the person's own script; `None` if there
/// is none.
pub(crate) fn open_script(root: &Path, path: &Path) -> Result<Option<Opened>, Error> {
    open::below(root, path, true)
}

/// Reads the file at `path` below the folder `root`, at most `limit` bytes, without following links; `None` if there is
/// none.
pub(crate) fn read(root: &Path, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    open(root, path)?.map(|mut file| file.read(limit)).transpose()
}

/// Like [`read`], for a text.
pub(crate) fn text(root: &Path, path: &Path, limit: u64) -> Result<Option<String>, Error> {
    open(root, path)?.map(|file| into_text(file, limit)).transpose()
}

/// Like [`text`], for a script, which may be a link to the person's own script.
pub(crate) fn script(root: &Path, path: &Path, limit: u64) -> Result<Option<String>, Error> {
    open_script(root, path)?.map(|file| into_text(file, limit)).transpose()
}

fn into_text(mut file: Opened, limit: u64) -> Result<String, Error> {
    let bytes = file.read(limit)?;
    String::from_utf8(bytes).map_err(|_| Error { path: file.path, problem: Problem::NotText })
}

#[cfg(test)]
mod tests;
