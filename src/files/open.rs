use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::{Error, Opened, Problem, link};

/// Opens the regular file at `path` itself, whatever folders lead there; a link at its end is none. `None` if there is
/// nothing. Never waits: a pipe without a writer is told at once.
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

/// Opens the file at `path` for a lock, and makes it if there is none. What is in it stays.
pub(crate) fn lock_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(flags().bits().cast_signed());
    }
    let fail = |problem| Error { path: path.to_owned(), problem };
    let opened = judge(path, options.open(path))?;
    opened.map(|opened| opened.file).ok_or_else(|| fail(Problem::Io(ErrorKind::NotFound.into())))
}

/// Opens the file at `path` below the folder `root`. No folder in between may be a link; the file may be one if it is a
/// script and what it leads to is one.
pub(super) fn below(root: &Path, path: &Path, is_script: bool) -> Result<Option<Opened>, Error> {
    let whole = root.join(path);
    match judge(&whole, walk(root, path)?) {
        Err(Error { problem: Problem::Link, .. }) if is_script => link::follow(&whole).map(Some),
        other => other,
    }
}

/// Checks what was opened by its handle, so that nobody can put another thing in its place meanwhile.
fn judge(path: &Path, opened: io::Result<File>) -> Result<Option<Opened>, Error> {
    let fail = |problem| Error { path: path.to_owned(), problem };
    let file = match opened {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => {
            // Whatever the system calls it: a link where none is followed, a socket that cannot be opened.
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

/// What is wrong with a thing that is no regular file.
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

/// Not through a link, and without waiting for anybody at the other end of a pipe.
#[cfg(unix)]
fn flags() -> rustix::fs::OFlags {
    use rustix::fs::OFlags;
    OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

/// Opens each folder from the one before, so that no link can come in between. The outer error is for a folder that is a
/// link, the inner one the system's.
#[cfg(unix)]
fn walk(root: &Path, path: &Path) -> Result<io::Result<File>, Error> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // Only to look up names in it.
    #[cfg(target_os = "linux")]
    let folder = folder | OFlags::PATH;
    let mut here = match openat(CWD, root, folder, Mode::empty()) {
        Ok(here) => here,
        Err(error) => return Ok(Err(error.into())),
    };
    let parts: Vec<_> = path.components().collect();
    let Some((Component::Normal(name), folders)) = parts.split_last() else {
        return Ok(Err(ErrorKind::NotFound.into()));
    };
    let mut at = PathBuf::new();
    for part in folders {
        let Component::Normal(part) = part else { return Ok(Err(ErrorKind::NotFound.into())) };
        at.push(part);
        here = match openat(&here, *part, folder | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(next) => next,
            Err(error) => return is_link(root, &at).map(|()| Err(error.into())),
        };
    }
    Ok(openat(&here, *name, flags() | OFlags::RDONLY, Mode::empty()).map(File::from).map_err(io::Error::from))
}

#[cfg(not(unix))]
fn walk(root: &Path, path: &Path) -> Result<io::Result<File>, Error> {
    let mut at = PathBuf::new();
    for part in path.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(part) = part else { return Ok(Err(ErrorKind::NotFound.into())) };
        at.push(part);
        is_link(root, &at)?;
    }
    let whole = root.join(path);
    // Opening it would follow it; this error has the file looked at without.
    if fs::symlink_metadata(&whole).is_ok_and(|about| !about.is_file()) {
        return Ok(Err(ErrorKind::InvalidInput.into()));
    }
    Ok(File::open(whole))
}

/// An error if the folder `path` below `root` is a link.
pub(super) fn is_link(root: &Path, path: &Path) -> Result<(), Error> {
    let whole = root.join(path);
    if fs::symlink_metadata(&whole).is_ok_and(|about| about.is_symlink()) {
        return Err(Error { path: whole, problem: Problem::LinkedFolder });
    }
    Ok(())
}
