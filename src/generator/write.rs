//! A plugin in memory to a folder on disk, all of it or nothing, keeping what a person wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::Error;
use super::{layout, manifest, merge, naming};
use crate::model::GeneratedPlugin;

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Every file of the plugin's that this generation wrote, absolute.
    pub files: Vec<PathBuf>,
    /// What became of a person's edits.
    pub merge: MergeReport,
}

/// What became of a person's edits. An entry is a command (`customers delete`) or a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MergeReport {
    /// Edits that stay; nothing new was to be had for them.
    pub kept: Vec<String>,
    /// Commands that are new, changed or gone, in a plugin that was there before.
    pub updated: Vec<String>,
    /// Changed on both sides: the person's stays, the new one is under `.generated/pristine`.
    pub conflicts: Vec<String>,
}

/// Writes `plugin` to `dir`.
///
/// A new folder is made beside the old one and exchanged with it in one step, so that a run that fails or is killed
/// leaves the old plugin whole, and so that no command ever meets half of a plugin. Two runs at once follow one after
/// the other.
pub(super) fn create(plugin: &GeneratedPlugin, dir: &Path) -> Result<Written, Error> {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|reason| Error::Io {
        action: "create",
        path: parent.into(),
        reason,
    })?;
    // A plugin's folder may be a link into somebody's own repository: what it links to is replaced, not the link.
    let dir = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let parent = dir.parent().unwrap_or(Path::new(".")).to_owned();
    // Before anything is looked at: another run may be about to make the plugin.
    let _lock = lock(&parent, &plugin.name)?;
    sweep(&parent, &plugin.name);
    let exists = dir.exists();
    if exists
        && !dir.join(layout::MANIFEST).is_file()
        && fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(Error::NotAPlugin(dir));
    }
    let stage = tempfile::Builder::new()
        .prefix(&format!(".{}.", plugin.name))
        .suffix(".tmp")
        .tempdir_in(&parent)
        .map_err(|reason| Error::Io { action: "create", path: parent.clone(), reason })?;
    let mut written = Written::default();
    let seen = fill(plugin, &dir, stage.path(), exists, &mut written)?;
    exchange(stage.path(), &dir, exists)?;
    if exists {
        rescue(stage.path(), &dir, &seen)?;
    }
    written.files = written.files.iter().map(|file| dir.join(file)).collect();
    Ok(written)
}

/// Removes what killed runs left beside the plugin. Whoever holds the lock is alone, so none of it is in use; what
/// cannot be removed is in nobody's way.
fn sweep(parent: &Path, name: &str) {
    let prefix = format!(".{name}.");
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_stage = |name: &str| name.starts_with(&prefix) && name.ends_with(".tmp");
        if entry.file_name().to_str().is_some_and(is_stage) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Held while a plugin is written; the file itself stays, empty.
fn lock(parent: &Path, name: &str) -> Result<File, Error> {
    let path = parent.join(format!(".{name}.lock"));
    let io = |reason| Error::Io { action: "lock", path: path.clone(), reason };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
    file.lock().map_err(io)?;
    Ok(file)
}

/// A person's files as they were read, to find out afterwards whether one was saved in the meantime.
type Seen = BTreeMap<PathBuf, Vec<u8>>;

fn fill(
    plugin: &GeneratedPlugin,
    old: &Path,
    stage: &Path,
    exists: bool,
    written: &mut Written,
) -> Result<Seen, Error> {
    let mut seen = Seen::new();
    let mut done: BTreeSet<PathBuf> = BTreeSet::new();
    for file in &plugin.files {
        let theirs = String::from_utf8_lossy(&file.content);
        if file.path.starts_with(layout::GENERATED) {
            put(stage, &file.path, &file.content)?;
        } else {
            put(stage, &layout::pristine(&file.path), &file.content)?;
            let text = merged(old, exists, &file.path, Some(&theirs), &mut seen, written)?;
            if let Some(text) = text {
                put(stage, &file.path, text.as_bytes())?;
            }
        }
        done.insert(file.path.clone());
        written.files.push(file.path.clone());
    }
    if exists {
        for path in human_files(old)? {
            if done.contains(&path) {
                continue;
            }
            let generated_before = old.join(layout::pristine(&path)).is_file();
            if generated_before && path.extension().is_some_and(|ending| ending == layout::SCRIPT) {
                if let Some(text) = merged(old, exists, &path, None, &mut seen, written)? {
                    put(stage, &path, text.as_bytes())?;
                }
            } else {
                copy(&old.join(&path), &stage.join(&path))?;
            }
        }
    }
    Ok(seen)
}

/// The text of one human-owned file after the merge; `None` if it should not exist.
fn merged(
    old: &Path,
    exists: bool,
    path: &Path,
    theirs: Option<&str>,
    seen: &mut Seen,
    written: &mut Written,
) -> Result<Option<String>, Error> {
    if !exists {
        return Ok(theirs.map(str::to_owned));
    }
    let base =
        read(&old.join(layout::pristine(path)))?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let ours = read(&old.join(path))?;
    if let Some(ours) = &ours {
        seen.insert(path.to_owned(), ours.clone());
    }
    let ours = ours.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if path == Path::new(layout::MANIFEST) {
        let (Some(ours), Some(theirs)) = (&ours, theirs) else { return Ok(theirs.map(str::to_owned)) };
        let Some((text, conflicts)) = manifest::merge(base.as_deref(), ours, theirs) else {
            let reason = ours
                .parse::<toml_edit::DocumentMut>()
                .err()
                .map_or_else(String::new, |error| error.to_string());
            return Err(Error::Manifest { path: old.join(path), reason });
        };
        written
            .merge
            .conflicts
            .extend(conflicts.into_iter().map(|key| format!("{} {key}", layout::MANIFEST)));
        return Ok(Some(text));
    }
    let merged = merge::merge(base.as_deref(), ours.as_deref(), theirs);
    let group = path.with_extension("");
    let words: Vec<String> = group.iter().map(|word| naming::typed(&word.to_string_lossy())).collect();
    let command = |function: &String| format!("{} {}", words.join(" "), naming::typed(function));
    written.merge.kept.extend(merged.kept.iter().map(command));
    written.merge.updated.extend(merged.updated.iter().map(command));
    written.merge.conflicts.extend(merged.conflicts.iter().map(command));
    Ok(merged.text)
}

/// Puts the stage in the place of the plugin. What was there, if anything, is in the stage's place afterwards.
fn exchange(stage: &Path, dir: &Path, exists: bool) -> Result<(), Error> {
    let io = |reason: std::io::Error| Error::Io { action: "replace", path: dir.to_owned(), reason };
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

/// Takes over what a person saved between the reading and the exchange: it is in the old folder now. Such a file was
/// read as something else, or not at all; it goes over as it is, because the person's word is the last one.
fn rescue(old: &Path, dir: &Path, seen: &Seen) -> Result<(), Error> {
    for path in human_files(old)? {
        let now = read(&old.join(&path))?;
        let late = match seen.get(&path) {
            Some(then) => now.as_ref() != Some(then),
            None => !dir.join(&path).exists() || now != read(&dir.join(&path))?,
        };
        if late && (seen.contains_key(&path) || !old.join(layout::pristine(&path)).is_file()) {
            let target = dir.join(&path);
            let _ = fs::remove_file(&target);
            copy(&old.join(&path), &target)?;
        }
    }
    Ok(())
}

/// Every file that is not the machine's, relative to the plugin's folder. Links are not followed.
fn human_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(relative) = open.pop() {
        let folder = dir.join(&relative);
        let io = |reason| Error::Io { action: "read", path: folder.clone(), reason };
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let path = relative.join(entry.file_name());
            if path == Path::new(layout::GENERATED) {
                continue;
            }
            if entry.file_type().map_err(io)?.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(reason) => Err(Error::Io { action: "read", path: path.to_owned(), reason }),
    }
}

fn put(stage: &Path, path: &Path, content: &[u8]) -> Result<(), Error> {
    let path = stage.join(path);
    match fs::write(&path, content) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make_parent(&path)?;
            fs::write(&path, content).map_err(|reason| Error::Io { action: "write", path, reason })
        }
        Err(reason) => Err(Error::Io { action: "write", path, reason }),
    }
}

fn make_parent(path: &Path) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|reason| Error::Io {
        action: "create",
        path: parent.to_owned(),
        reason,
    })
}

/// A link stays a link; a file becomes a second name of the same file, or where that cannot be, a copy.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    make_parent(to)?;
    let io = |reason| Error::Io { action: "write", path: to.to_owned(), reason };
    #[cfg(unix)]
    if fs::symlink_metadata(from).is_ok_and(|metadata| metadata.is_symlink()) {
        return fs::read_link(from).and_then(|target| std::os::unix::fs::symlink(target, to)).map_err(io);
    }
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)).map_err(io)
}
