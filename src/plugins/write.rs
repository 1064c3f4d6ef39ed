//! Writes a plugin from memory to a folder on disk, all of it or nothing, keeping what the user wrote.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::facts::Facts;
use super::layout;
use super::stage::Stage;
use super::write_error::WriteError;
use super::written::Written;
use crate::files;
use crate::generator::PluginGenerator;
use crate::generator::facts::FORMAT;
use crate::model::GeneratedPlugin;

impl PluginGenerator {
    /// Writes a plugin to its folder `dir`, merged with what the user changed there. Either all of it is written or nothing.
    ///
    /// # Errors
    ///
    /// A folder that is not a plugin's, files in it that cannot be merged, and errors of the system.
    pub fn create_plugin_files(&self, plugin: &GeneratedPlugin, dir: &Path) -> Result<Written, WriteError> {
        create(plugin, dir)
    }
}

/// Writes `plugin` to `dir`.
///
/// A new folder is created next to the old one and exchanged with it in one step, so that a failed or killed run leaves the
/// old plugin intact, and no command ever sees half of a plugin. Of two runs at once, one waits for the other.
fn create(plugin: &GeneratedPlugin, dir: &Path) -> Result<Written, WriteError> {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|reason| WriteError::Io {
        action: "create",
        path: parent.into(),
        reason,
    })?;
    // A plugin's folder may be a link into the user's own repository: its target is replaced, not the link.
    let dir = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let parent = dir.parent().unwrap_or(Path::new(".")).to_owned();
    // Before anything is read: another run may be about to write the plugin.
    let _lock = lock(&parent, &plugin.name)?;
    sweep(&parent, &plugin.name, &dir);
    let exists = dir.exists();
    if exists
        && fs::symlink_metadata(dir.join(layout::MANIFEST)).is_err()
        && !fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_none())
    {
        return Err(WriteError::NotAPlugin(dir));
    }
    if let Ok(Some(found)) = Facts::format_in(&dir)
        && found > FORMAT
    {
        return Err(WriteError::Newer(Error::Newer { path: dir.join(layout::FACTS), found }));
    }
    let stage = tempfile::Builder::new()
        .prefix(&format!(".{}.", plugin.name))
        .suffix(".tmp")
        .tempdir_in(&parent)
        .map_err(|reason| WriteError::Io { action: "create", path: parent.clone(), reason })?;
    let mut filled = Stage::new(&dir, stage.path(), exists);
    filled.fill(plugin)?;
    exchange(stage.path(), &dir, exists)?;
    if exists && let Err(error) = filled.rescue() {
        // What could not be carried over is in the old folder, which must not be removed then.
        // It gets a name that no later run removes.
        let kept = set_aside(stage.keep(), &parent, &plugin.name);
        return Err(WriteError::NotRescued { kept, reason: Box::new(error) });
    }
    filled.write_linked();
    let Stage { mut written, .. } = filled;
    written.files = written.files.iter().map(|file| dir.join(file)).collect();
    Ok(written)
}

/// Gives `kept`, which has what the user saved, an unused name that no later run removes.
fn set_aside(kept: PathBuf, parent: &Path, name: &str) -> PathBuf {
    let names = (1..100).map(|n| if n == 1 { String::new() } else { format!("-{n}") });
    let mut places = names.map(|number| parent.join(format!(".{name}-unsaved{number}")));
    let place = places.find(|place| fs::symlink_metadata(place).is_err());
    match place {
        Some(place) if fs::rename(&kept, &place).is_ok() => place,
        _ => kept,
    }
}

/// Removes what killed runs left next to the plugin. The holder of the lock is alone, so none of it is in use; what cannot
/// be removed does no harm.
fn sweep(parent: &Path, name: &str, dir: &Path) {
    let prefix = format!(".{name}.");
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let file_name = entry.file_name();
        let Some(left) = file_name.to_str().filter(|left| left.starts_with(&prefix)) else { continue };
        // If folders cannot be exchanged, a run may be killed while the plugin is set aside.
        if left.ends_with(".tmp.old") && fs::rename(entry.path(), dir).is_ok() {
            continue;
        }
        if left.ends_with(".tmp") || left.ends_with(".tmp.old") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Held while a plugin is written; the file itself stays, empty.
fn lock(parent: &Path, name: &str) -> Result<File, WriteError> {
    let path = parent.join(format!(".{name}.lock"));
    let file = files::lock_file(&path)?;
    file.lock().map_err(|reason| WriteError::Io { action: "lock", path, reason })?;
    Ok(file)
}

/// Exchanges the stage with the plugin. What was there before, if anything, is at the stage's path afterwards.
fn exchange(stage: &Path, dir: &Path, exists: bool) -> Result<(), WriteError> {
    let io = |reason: std::io::Error| WriteError::Io { action: "replace", path: dir.to_owned(), reason };
    if !exists {
        fs::rename(stage, dir).map_err(io)?;
        // The guard that removes the stage needs something to remove.
        return fs::create_dir(stage).map_err(io);
    }
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, stage, CWD, dir, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            // File systems without an exchange take the two steps below.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {}
            Err(error) => return Err(io(error.into())),
        }
    }
    let mut aside = stage.as_os_str().to_owned();
    aside.push(".old");
    let aside = PathBuf::from(aside);
    fs::rename(dir, &aside).map_err(io)?;
    if let Err(reason) = fs::rename(stage, dir) {
        fs::rename(&aside, dir).map_err(io)?;
        return Err(io(reason));
    }
    fs::rename(&aside, stage).map_err(io)
}
