use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::error::{Error, Problem};
use super::link;
use super::opened::Opened;
use super::regular::{flags, judge};

/// Opens the file at `path` for a lock, and creates it if there is none. Its contents are kept.
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
/// script that links to a script.
pub(super) fn below(root: &Path, path: &Path, is_script: bool) -> Result<Option<Opened>, Error> {
    let whole = root.join(path);
    match judge(&whole, walk(root, path)?) {
        Err(Error { problem: Problem::Link, .. }) if is_script => link::follow(&whole).map(Some),
        other => other,
    }
}

/// Opens each folder from the one before, so that no link can be slipped in between. The outer error is for a folder
/// that is a link, the inner one the system's.
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
    // Opening it would follow it; this error makes the caller check the file without opening it.
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
