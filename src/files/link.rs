//! Links that scripts may be.
//!
//! Whoever made the folder made its links too. A link is followed only if that cannot expose or change anything but a
//! script: to a regular file whose name ends in `.rhai`, that belongs to the user who runs the program, and that is not
//! a generated one. On systems that do not tell who owns a file, no link is followed.

use std::path::Path;

use super::error::{Error, MACHINES, Problem};
use super::opened::{Opened, Target};
use super::regular::regular;

/// Opens the target of the link at `path`, if that is allowed.
pub(super) fn follow(path: &Path) -> Result<Opened, Error> {
    let fail = |problem| Error { path: path.to_owned(), problem };
    if cfg!(not(unix)) {
        return Err(fail(Problem::Link));
    }
    let target = std::fs::canonicalize(path).map_err(|_| fail(Problem::Nowhere))?;
    let is_script = target.extension().is_some_and(|ending| ending == "rhai");
    let is_machines = target.iter().any(|part| part.eq_ignore_ascii_case(MACHINES));
    if !is_script || is_machines {
        return Err(fail(Problem::Foreign));
    }
    // Nothing about its target is revealed, not even what it is.
    let mut opened = regular(&target).ok().flatten().ok_or_else(|| fail(Problem::Foreign))?;
    if !is_own(&opened.file) {
        return Err(fail(Problem::Foreign));
    }
    path.clone_into(&mut opened.path);
    opened.target = Some(Target { path: target });
    Ok(opened)
}

/// Whether the file belongs to the user who runs this program.
#[cfg(unix)]
fn is_own(file: &std::fs::File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|about| about.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_own(_file: &std::fs::File) -> bool {
    false
}
