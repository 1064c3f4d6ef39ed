use std::io::{self, Write as _};
use std::path::PathBuf;

use super::layout;
use crate::files::{self, Target};

/// A script that is a link, and what is to be written to where it leads.
#[derive(Debug)]
pub(super) struct Linked {
    /// Its name in the plugin's folder, relative.
    pub(super) name: PathBuf,
    pub(super) target: Target,
    /// What was merged with.
    pub(super) before: Vec<u8>,
    /// What came of it.
    pub(super) after: Vec<u8>,
}

impl Linked {
    /// Writes it all at once; `false` if it cannot be, or a person saved it in the meantime: then nothing is written.
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
