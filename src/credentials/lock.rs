//! One process at a time.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Held until it is dropped, or the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code)] File);

impl Lock {
    /// Waits for the lock of that name in `folder`, which is created if necessary, accessible to its owner alone.
    pub(super) fn take(folder: &Path, name: &str) -> io::Result<Self> {
        make_private(folder)?;
        let safe: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        let path = folder.join(format!(".{safe}.lock"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(Self(file))
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
