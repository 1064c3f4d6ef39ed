//! Carries the user's files from the old folder of a plugin to the new one without reading them.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::layout;
use super::write_error::WriteError;
use crate::files::{self, Problem};

/// The largest file, in bytes, that is copied where hard links are impossible.
const MOST_COPIED: u64 = 256 << 20;

/// The deepest nesting of folders.
const DEEPEST: usize = 128;

/// Hard links: what is saved under one name is visible under the other.
pub(super) fn is_same_file(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |path: &Path| fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()));
        id(a).is_some() && id(a) == id(b)
    }
    #[cfg(not(unix))]
    {
        let _ = (a, b);
        false
    }
}

/// Everything that is neither a folder nor machine-owned, relative to the plugin's folder. Links are not followed.
pub(super) fn human_files(dir: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    let mut seen = 0;
    while let Some(relative) = open.pop() {
        let entries = files::list(dir, &relative)?;
        seen += entries.len();
        let too_many =
            |limit, what| files::Error { path: dir.to_owned(), problem: Problem::TooMany { limit, what } };
        if seen > files::MOST_IN_ALL {
            return Err(too_many(files::MOST_IN_ALL, "files and folders").into());
        }
        for entry in entries {
            // Some file systems ignore case in names.
            if relative.as_os_str().is_empty() && entry.name.eq_ignore_ascii_case(layout::GENERATED) {
                continue;
            }
            let path = relative.join(entry.name);
            if !entry.kind.is_dir() {
                found.push(path);
            } else if path.components().count() > DEEPEST {
                return Err(too_many(DEEPEST, "folders in one another").into());
            } else {
                open.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a new file to the stage; never to an existing one.
pub(super) fn put(stage: &Path, path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let path = stage.join(path);
    let write = || File::create_new(&path).and_then(|mut file| file.write_all(content));
    let written = match write() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_parent(&path)?;
            write()
        }
        written => written,
    };
    written.map_err(|reason| WriteError::Io { action: "write", path, reason })
}

fn make_parent(path: &Path) -> Result<(), WriteError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|reason| WriteError::Io {
        action: "create",
        path: parent.to_owned(),
        reason,
    })
}

/// Replaces `to` with `from` atomically; a link at `to` is replaced, not followed.
pub(super) fn replace(from: &Path, to: &Path) -> Result<(), WriteError> {
    make_parent(to)?;
    let io = |reason| WriteError::Io { action: "write", path: to.to_owned(), reason };
    let beside = tempfile::tempdir_in(to.parent().unwrap_or(Path::new("."))).map_err(io)?;
    let new = beside.path().join("new");
    copy(from, &new)?;
    fs::rename(&new, to).map_err(io)
}

/// A link stays a link; anything else gets a hard link, or if that is impossible, is copied if it is a file that is small
/// enough. `to` is new: nothing existing is written to.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), WriteError> {
    make_parent(to)?;
    let io = |reason| WriteError::Io { action: "write", path: to.to_owned(), reason };
    #[cfg(unix)]
    if fs::symlink_metadata(from).is_ok_and(|about| about.is_symlink()) {
        if fs::symlink_metadata(to).is_ok_and(|about| about.is_dir()) {
            return Err(files::Error { path: from.to_owned(), problem: Problem::LinkedFolder }.into());
        }
        return fs::read_link(from).and_then(|target| std::os::unix::fs::symlink(target, to)).map_err(io);
    }
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let Some(mut opened) = files::regular(from)? else { return Err(io(io::ErrorKind::NotFound.into())) };
    let too_large =
        || files::Error { path: from.to_owned(), problem: Problem::TooLarge { limit: MOST_COPIED } };
    if opened.length > MOST_COPIED {
        return Err(too_large().into());
    }
    let mut copy = File::create_new(to).map_err(io)?;
    let copied = io::copy(&mut (&mut opened.file).take(MOST_COPIED + 1), &mut copy).map_err(io)?;
    if copied > MOST_COPIED {
        return Err(too_large().into());
    }
    let permissions = opened.file.metadata().map_err(io)?.permissions();
    copy.set_permissions(permissions).map_err(io)
}
