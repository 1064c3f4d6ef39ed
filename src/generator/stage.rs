//! The new folder of a plugin while it is filled: what was generated, merged with what a person has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::Error;
use super::pristine::Pristine;
use super::write::Written;
use super::{layout, manifest, merge, naming};
use crate::model::{GeneratedPlugin, PluginFile};
use crate::parallel;

/// A folder beside the plugin's, to be exchanged with it.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    /// The plugin's folder, before and after the exchange.
    dir: &'a Path,
    /// The new folder until the exchange, the old one after it.
    stage: &'a Path,
    /// There is an old plugin to merge with.
    exists: bool,
    base: Pristine,
    /// A person's files as they were read, to find out afterwards whether one was saved in the meantime.
    seen: BTreeMap<PathBuf, Seen>,
    /// What links lead to, and what it is to hold, once the plugin is in place.
    linked: Vec<(PathBuf, Vec<u8>)>,
    pub(super) written: Written,
}

/// A file as it was read.
#[derive(Debug)]
struct Seen {
    /// Taken before the reading, so that a save in between shows.
    stamp: Option<Stamp>,
    content: Vec<u8>,
}

/// Length and time of the last change.
type Stamp = (u64, SystemTime);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

impl<'a> Stage<'a> {
    pub(super) fn new(dir: &'a Path, stage: &'a Path, exists: bool) -> Self {
        let base = if exists { Pristine::load(dir) } else { Pristine::default() };
        let (seen, linked, written) = (BTreeMap::new(), Vec::new(), Written::default());
        Self { dir, stage, exists, base, seen, linked, written }
    }

    /// Writes everything that the new folder has.
    pub(super) fn fill(&mut self, plugin: &GeneratedPlugin) -> Result<(), Error> {
        let stage = self.stage;
        let (machine, human): (Vec<&PluginFile>, Vec<&PluginFile>) =
            plugin.files.iter().partition(|file| file.path.starts_with(layout::GENERATED));
        self.written.files.extend(plugin.files.iter().map(|file| file.path.clone()));
        let write = |file: &&PluginFile| put(stage, &file.path, &file.content);
        // What is merged with nothing is written beside the rest. The machine's files are few and large: each is a thread's.
        let machine = || {
            let pristine = || put(stage, Path::new(layout::PRISTINE), &pristine(&human)?);
            let (written, pristine) = parallel::both(|| parallel::map_large(&machine, write), pristine);
            written.into_iter().collect::<Result<(), Error>>().and(pristine)
        };
        let (scripts, machine) = parallel::both(
            || {
                if self.exists {
                    self.merge_scripts(&human)
                } else {
                    parallel::map(&human, write).into_iter().collect()
                }
            },
            machine,
        );
        scripts.and(machine)
    }

    /// Merges the scripts and the manifest with those of the plugin that is there, and takes over what else it has.
    fn merge_scripts(&mut self, human: &[&PluginFile]) -> Result<(), Error> {
        for file in human {
            self.merge_file(&file.path, Some(text_of(file)?))?;
        }
        let done: BTreeSet<&Path> = human.iter().map(|file| file.path.as_path()).collect();
        for path in human_files(self.dir)? {
            if done.contains(path.as_path()) {
                continue;
            }
            // A script of a group that the document has no more.
            if self.base.get(&path).is_some()
                && path.extension().is_some_and(|ending| ending == layout::SCRIPT)
            {
                self.merge_file(&path, None)?;
            } else {
                copy(&self.dir.join(&path), &self.stage.join(&path))?;
            }
        }
        Ok(())
    }

    /// Puts the outcome of one file's merge into the new folder.
    fn merge_file(&mut self, path: &Path, theirs: Option<&str>) -> Result<(), Error> {
        let here = self.dir.join(path);
        let stamp = stamp(&here);
        let ours = read(&here)?;
        if let Some(ours) = &ours {
            self.seen.insert(path.to_owned(), Seen { stamp, content: ours.clone() });
        }
        let Some(merged) = self.merged(path, ours.as_deref(), theirs)? else { return Ok(()) };
        let link = fs::symlink_metadata(&here).is_ok_and(|metadata| metadata.is_symlink());
        if link {
            // The link stays one; what it leads to is changed when everything else has worked.
            if ours.as_ref() != Some(&merged)
                && let Ok(target) = fs::canonicalize(&here)
            {
                self.linked.push((target, merged));
            }
            return copy(&here, &self.stage.join(path));
        }
        if ours.as_ref() == Some(&merged) {
            // A second name of the file that is there: nothing is written, and a save in the meantime reaches both.
            return copy(&here, &self.stage.join(path));
        }
        put(self.stage, path, &merged)
    }

    /// The content of one human-owned file after the merge; `None` if it should not exist.
    fn merged(
        &mut self,
        path: &Path,
        ours: Option<&[u8]>,
        theirs: Option<&str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let theirs_bytes = || theirs.map(|text| text.as_bytes().to_vec());
        let base = self.base.get(path);
        let ours_text = match ours.map(std::str::from_utf8).transpose() {
            Ok(text) => text,
            Err(_) if path == Path::new(layout::MANIFEST) => {
                return Err(Error::Manifest {
                    path: self.dir.join(path),
                    reason: "it is not UTF-8 text".to_owned(),
                });
            }
            // Nothing can be merged into what is no text; not a byte of it is changed.
            Err(_) => {
                self.written.merge.conflicts.push(path.display().to_string());
                return Ok(ours.map(<[u8]>::to_vec));
            }
        };
        if path == Path::new(layout::MANIFEST) {
            let (Some(ours), Some(theirs)) = (ours_text, theirs) else { return Ok(theirs_bytes()) };
            let Some((text, conflicts)) = manifest::merge(base, ours, theirs) else {
                let error = ours.parse::<toml_edit::DocumentMut>().err();
                let reason = error.map_or_else(String::new, |error| error.to_string());
                return Err(Error::Manifest { path: self.dir.join(path), reason });
            };
            if !conflicts.is_empty() {
                put(self.stage, &layout::conflict(path), theirs.as_bytes())?;
            }
            let named = conflicts.into_iter().map(|key| format!("{} {key}", layout::MANIFEST));
            self.written.merge.conflicts.extend(named);
            return Ok(Some(text.into_bytes()));
        }
        let merged = merge::merge(base, ours_text, theirs);
        // Once there was a conflict, the new version stays at hand for as long as the script is the person's own.
        let conflict = layout::conflict(path);
        let open = !merged.kept.is_empty() && self.dir.join(&conflict).is_file();
        if (open || !merged.conflicts.is_empty())
            && let Some(theirs) = theirs
        {
            put(self.stage, &conflict, theirs.as_bytes())?;
        }
        let group = path.with_extension("");
        let words: Vec<String> = group.iter().map(|word| naming::typed(&word.to_string_lossy())).collect();
        let command = |function: &String| format!("{} {}", words.join(" "), naming::typed(function));
        let report = &mut self.written.merge;
        report.kept.extend(merged.kept.iter().map(command));
        report.updated.extend(merged.updated.iter().map(command));
        report.conflicts.extend(merged.conflicts.iter().map(command));
        Ok(merged.text.map(String::into_bytes))
    }

    /// Takes over what a person saved between the reading and the exchange: it is in the old folder now. Such a file
    /// was read as something else, or not at all; it goes over as it is, because the person's word is the last one.
    pub(super) fn rescue(&self) -> Result<(), Error> {
        for path in human_files(self.stage)? {
            let old = self.stage.join(&path);
            let seen = self.seen.get(&path);
            if seen.is_some_and(|seen| seen.stamp.is_some() && seen.stamp == stamp(&old)) {
                continue;
            }
            let now = read(&old)?;
            let late = match seen {
                Some(then) => now.as_ref() != Some(&then.content),
                None => self.base.get(&path).is_none() && now != read(&self.dir.join(&path))?,
            };
            let target = self.dir.join(&path);
            if late && !is_same_file(&old, &target) {
                let mut beside = target.clone().into_os_string();
                beside.push(".rescued");
                copy(&old, Path::new(&beside))?;
                fs::rename(&beside, &target).map_err(|reason| Error::Io {
                    action: "write",
                    path: target,
                    reason,
                })?;
            }
        }
        Ok(())
    }

    /// Writes what links in the plugin lead to.
    pub(super) fn follow_links(&self) -> Result<(), Error> {
        for (target, content) in &self.linked {
            let io = |reason| Error::Io { action: "write", path: target.clone(), reason };
            let folder = target.parent().unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
            file.write_all(content).map_err(io)?;
            file.persist(target).map_err(|error| io(error.error))?;
        }
        Ok(())
    }
}

/// The merge bases of the next generation.
fn pristine(human: &[&PluginFile]) -> Result<Vec<u8>, Error> {
    let texts: Vec<&str> = human.iter().map(|file| text_of(file)).collect::<Result<_, Error>>()?;
    Pristine::write(human.iter().map(|file| file.path.as_path()).zip(texts))
        .map_err(|error| Error::Internal(error.to_string()))
}

/// A generated script or manifest.
fn text_of(file: &PluginFile) -> Result<&str, Error> {
    std::str::from_utf8(&file.content).map_err(|error| Error::Internal(error.to_string()))
}

/// Two names of one file: what is saved under one of them is there under the other.
fn is_same_file(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |path: &Path| fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()));
        id(a).is_some() && id(a) == id(b)
    }
    #[cfg(not(unix))]
    {
        let _ = (a, b);
        false
    }
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
        if to.is_dir() {
            let reason =
                std::io::Error::other("it is a link to a folder; make it a folder of the plugin's own");
            return Err(Error::Io { action: "replace", path: from.to_owned(), reason });
        }
        return fs::read_link(from).and_then(|target| std::os::unix::fs::symlink(target, to)).map_err(io);
    }
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)).map_err(io)
}
