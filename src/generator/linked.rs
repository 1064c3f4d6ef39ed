use std::io::Write as _;
use std::path::PathBuf;

use super::error::Error;
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
    /// Writes it all at once; `false` if a person saved it in the meantime, and nothing is written.
    pub(super) fn write(&self) -> Result<bool, Error> {
        let path = &self.target.path;
        let io = |reason| Error::Io { action: "write", path: path.clone(), reason };
        let Some(mut now) = files::regular(path)? else { return Ok(false) };
        if now.read(layout::MERGED_BYTES)? != self.before {
            return Ok(false);
        }
        let permissions = now.file.metadata().map_err(io)?.permissions();
        let folder = path.parent().unwrap_or(path);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        file.write_all(&self.after).map_err(io)?;
        file.as_file().set_permissions(permissions).map_err(io)?;
        file.persist(path).map_err(|error| io(error.error))?;
        Ok(true)
    }
}
