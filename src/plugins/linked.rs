use std::io::{self, Write as _};
use std::path::PathBuf;

use super::layout;
use crate::files::{self, Target};

/// A script that is a link, and what to write to its target.
#[derive(Debug)]
pub(super) struct Linked {
    /// Its name in the plugin's folder, relative.
    pub(super) name: PathBuf,
    pub(super) target: Target,
    /// The text that was merged with.
    pub(super) before: Vec<u8>,
    /// The result.
    pub(super) after: Vec<u8>,
}

impl Linked {
    /// Writes it atomically; `false` if that fails or the user saved the file in the meantime: then nothing is written.
    pub(super) fn write(&self) -> bool {
        let path = &self.target.path;
        let Ok(Some(mut now)) = files::regular(path) else { return false };
        if now.read(layout::MERGED_BYTES).ok().as_ref() != Some(&self.before) {
            return false;
        }
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
            file.write_all(&self.after)?;
            file.as_file().set_permissions(now.file.metadata()?.permissions())?;
            file.persist(path)?;
            Ok(())
        };
        write().is_ok()
    }
}
