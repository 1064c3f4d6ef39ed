//! Regular files, judged by what was opened.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::error::{Error, Problem};
use super::opened::Opened;

/// Opens the regular file at `path` itself, whatever folders lead there; a link at its end does not count. `None` if
/// there is nothing. Never waits: a pipe without a writer is detected at once.
pub(crate) fn regular(path: &Path) -> Result<Option<Opened>, Error> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(flags().bits().cast_signed());
    }
    #[cfg(not(unix))]
    if fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink()) {
        return Err(Error { path: path.to_owned(), problem: Problem::Link });
    }
    judge(path, options.open(path))
}
/// Checks what was opened by its handle, so that nobody can replace it in the meantime.
pub(super) fn judge(path: &Path, opened: io::Result<File>) -> Result<Option<Opened>, Error> {
    let fail = |problem| Error { path: path.to_owned(), problem };
    let file = match opened {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => {
            // Whatever the system's error: a link that is not followed, a socket that cannot be opened.
            let special = fs::symlink_metadata(path).ok().and_then(|about| special(about.file_type()));
            return Err(fail(special.unwrap_or(Problem::Io(error))));
        }
    };
    let about = file.metadata().map_err(|error| fail(Problem::Io(error)))?;
    match special(about.file_type()) {
        Some(problem) => Err(fail(problem)),
        None => Ok(Some(Opened { file, length: about.len(), path: path.to_owned(), target: None })),
    }
}

/// What is wrong with something that is not a regular file.
pub(super) fn special(kind: FileType) -> Option<Problem> {
    if kind.is_file() {
        return None;
    }
    if kind.is_symlink() {
        return Some(Problem::Link);
    }
    if kind.is_dir() {
        return Some(Problem::Special("a folder"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some(Problem::Special("a pipe"));
        }
        if kind.is_socket() {
            return Some(Problem::Special("a socket"));
        }
    }
    Some(Problem::Special("a device"))
}

/// Without following links, and without waiting for the other end of a pipe.
#[cfg(unix)]
pub(super) fn flags() -> rustix::fs::OFlags {
    use rustix::fs::OFlags;
    OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}
