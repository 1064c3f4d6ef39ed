//! The new folder of a plugin while it is filled: what was generated, merged with what the user has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::linked::Linked;
use super::pristine::Pristine;
use super::take_over::{copy, human_files, is_same_file, put, replace};
use super::write_error::WriteError;
use super::written::Written;
use super::{layout, manifest};
use crate::files::{self, Problem, Target};
use crate::generator::typed;
use crate::model::{GeneratedPlugin, PluginFile};
use crate::parallel;
use crate::script;

/// A folder next to the plugin's, to be exchanged with it.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    /// The plugin's folder, before and after the exchange.
    dir: &'a Path,
    /// The new folder until the exchange, the old one after it.
    stage: &'a Path,
    /// There is an old plugin to merge with.
    exists: bool,
    base: Pristine,
    /// The user's files as they were read, to find out later whether one was saved in the meantime.
    seen: BTreeMap<PathBuf, Seen>,
    /// The targets of scripts that are links, and what to write there once the plugin is in place.
    linked: Vec<Linked>,
    pub(super) written: Written,
}

/// A file as it was carried over.
#[derive(Debug)]
struct Seen {
    /// Taken before reading, so that a save in between is noticed.
    stamp: Option<Stamp>,
    /// `None` if it was not read.
    content: Option<Vec<u8>>,
}

/// A file of the user's that is merged with.
struct Ours {
    content: Vec<u8>,
    /// What it is, if it is a link.
    target: Option<Target>,
}

/// Length and modification time.
type Stamp = (u64, SystemTime);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

impl<'a> Stage<'a> {
    pub(super) fn new(dir: &'a Path, stage: &'a Path, exists: bool) -> Self {
        let base = if exists { Pristine::load(dir) } else { Pristine::default() };
        let (seen, linked, written) = (BTreeMap::new(), Vec::new(), Written::default());
        Self { dir, stage, exists, base, seen, linked, written }
    }

    /// Writes everything in the new folder.
    pub(super) fn fill(&mut self, plugin: &GeneratedPlugin) -> Result<(), WriteError> {
        let stage = self.stage;
        let (machine, human): (Vec<&PluginFile>, Vec<&PluginFile>) =
            plugin.files.iter().partition(|file| file.path.starts_with(layout::GENERATED));
        let manifest = human.iter().find(|file| file.path == Path::new(layout::MANIFEST));
        manifest.map_or(Ok(()), |file| has_room(&file.content))?;
        self.written.files.extend(plugin.files.iter().map(|file| file.path.clone()));
        let write = |file: &&PluginFile| put(stage, &file.path, &file.content);
        // What is merged with nothing is written in parallel. The machine-owned files are few and large: each gets a thread.
        let machine = || {
            let pristine = || put(stage, Path::new(layout::PRISTINE), &pristine(&human)?);
            let (written, pristine) = parallel::both(|| parallel::map_large(&machine, write), pristine);
            written.into_iter().collect::<Result<(), WriteError>>().and(pristine)
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

    /// Merges the scripts and the manifest with those of the existing plugin, and carries over the rest.
    fn merge_scripts(&mut self, human: &[&PluginFile]) -> Result<(), WriteError> {
        for file in human {
            self.merge_file(&file.path, Some(text_of(file)?))?;
        }
        let done: BTreeSet<&Path> = human.iter().map(|file| file.path.as_path()).collect();
        for path in human_files(self.dir)? {
            if done.contains(path.as_path()) {
                continue;
            }
            // A script of a group that is no longer in the document.
            if self.base.get(&path).is_some()
                && path.extension().is_some_and(|ending| ending == layout::SCRIPT)
            {
                self.merge_file(&path, None)?;
            } else {
                self.take_over(&path)?;
            }
        }
        Ok(())
    }

    /// Carries a file over unchanged, whatever it is, without reading it.
    fn take_over(&mut self, path: &Path) -> Result<(), WriteError> {
        let here = self.dir.join(path);
        self.seen.insert(path.to_owned(), Seen { stamp: stamp(&here), content: None });
        copy(&here, &self.stage.join(path))
    }

    /// What the user has at `path`.
    fn read(&self, path: &Path) -> Result<Option<Ours>, files::Error> {
        let is_manifest = path == Path::new(layout::MANIFEST);
        let opened =
            if is_manifest { files::open(self.dir, path)? } else { files::open_script(self.dir, path)? };
        let Some(mut opened) = opened else { return Ok(None) };
        let limit = if is_manifest { layout::MANIFEST_BYTES } else { layout::MERGED_BYTES };
        Ok(Some(Ours { content: opened.read(limit)?, target: opened.target }))
    }

    /// Writes the result of one file's merge to the new folder.
    fn merge_file(&mut self, path: &Path, theirs: Option<&str>) -> Result<(), WriteError> {
        let here = self.dir.join(path);
        let stamp = stamp(&here);
        let ours = match self.read(path) {
            Ok(ours) => ours,
            // There is nothing to merge it with, so it need not be read.
            Err(_) if theirs.is_none() => return self.take_over(path),
            // Larger than anything that can run: it is not changed.
            Err(files::Error { problem: Problem::TooLarge { .. }, .. })
                if path != Path::new(layout::MANIFEST) =>
            {
                self.keep_whole(path, theirs)?;
                return self.take_over(path);
            }
            // Replacing it with a file would lose something, and leaving it there would lose a command.
            Err(error) => return Err(error.into()),
        };
        let Some(Ours { content: ours, target }) = ours else {
            let merged = self.merged(path, None, theirs, None)?;
            return merged.map_or(Ok(()), |merged| put(self.stage, path, &merged));
        };
        let merged = self.merged(path, Some(&ours), theirs, target.as_ref())?;
        self.seen.insert(path.to_owned(), Seen { stamp, content: Some(ours.clone()) });
        let Some(merged) = merged else { return Ok(()) };
        if ours == merged {
            // A hard link to the existing file: nothing is written, and a save in the meantime reaches both.
            return copy(&here, &self.stage.join(path));
        }
        if let Some(target) = target {
            // The link stays a link; its target is changed once everything else has worked.
            self.linked.push(Linked { name: path.to_owned(), target, before: ours, after: merged });
            return copy(&here, &self.stage.join(path));
        }
        put(self.stage, path, &merged)
    }

    /// Leaves a file of the user's unchanged, with the new version next to it.
    fn keep_whole(&mut self, path: &Path, theirs: Option<&str>) -> Result<(), WriteError> {
        self.written.merge.conflicts.push(path.display().to_string());
        theirs.map_or(Ok(()), |theirs| put(self.stage, &layout::conflict(path), theirs.as_bytes()))
    }

    /// The content of one user-owned file after the merge; `None` if it should not exist.
    fn merged(
        &mut self,
        path: &Path,
        ours: Option<&[u8]>,
        theirs: Option<&str>,
        target: Option<&Target>,
    ) -> Result<Option<Vec<u8>>, WriteError> {
        let theirs_bytes = || theirs.map(|text| text.as_bytes().to_vec());
        let base = self.base.get(path);
        let ours_text = match ours.map(std::str::from_utf8).transpose() {
            Ok(text) => text,
            Err(_) if path == Path::new(layout::MANIFEST) => {
                return Err(WriteError::Manifest {
                    path: self.dir.join(path),
                    reason: "it is not UTF-8 text".to_owned(),
                });
            }
            // Nothing can be merged into what is not text; it is not changed.
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
                return Err(WriteError::Manifest { path: self.dir.join(path), reason });
            };
            if !conflicts.is_empty() {
                put(self.stage, &layout::conflict(path), theirs.as_bytes())?;
            }
            let named = conflicts.into_iter().map(|key| format!("{} {key}", layout::MANIFEST));
            self.written.merge.conflicts.extend(named);
            has_room(text.as_bytes())?;
            return Ok(Some(text.into_bytes()));
        }
        let merged = match (target, ours_text) {
            (Some(target), Some(ours)) => {
                let mut merged = script::add(base, ours, theirs);
                if !target.is_writable() && !merged.updated.is_empty() {
                    merged.conflicts.append(&mut merged.updated);
                    merged.text = Some(ours.to_owned());
                }
                merged
            }
            _ => script::merge(base, ours_text, theirs),
        };
        // After a conflict, the new version stays available for as long as the script is the user's own.
        let conflict = layout::conflict(path);
        let open = !merged.kept.is_empty() && self.dir.join(&conflict).is_file();
        if (open || !merged.conflicts.is_empty())
            && let Some(theirs) = theirs
        {
            put(self.stage, &conflict, theirs.as_bytes())?;
        }
        let group = path.with_extension("");
        let words: Vec<String> = group.iter().map(|word| typed(&word.to_string_lossy())).collect();
        let command = |function: &String| format!("{} {}", words.join(" "), typed(function));
        let report = &mut self.written.merge;
        report.kept.extend(merged.kept.iter().map(command));
        report.updated.extend(merged.updated.iter().map(command));
        report.conflicts.extend(merged.conflicts.iter().map(command));
        Ok(merged.text.map(String::into_bytes))
    }

    /// Carries over what the user saved between the reading and the exchange: it is in the old folder now. Such a file was
    /// read with other content, or not at all; it is carried over unchanged, because the user's version wins.
    pub(super) fn rescue(&self) -> Result<(), WriteError> {
        for path in human_files(self.stage)? {
            let (old, target) = (self.stage.join(&path), self.dir.join(&path));
            let seen = self.seen.get(&path);
            let stamp = stamp(&old);
            if seen.is_some_and(|seen| stamp.is_some() && seen.stamp == stamp) || is_same_file(&old, &target)
            {
                continue;
            }
            let late = match seen {
                // A link is unchanged, and its target is not lost.
                Some(_)
                    if fs::read_link(&old)
                        .is_ok_and(|link| fs::read_link(&target).is_ok_and(|new| new == link)) =>
                {
                    false
                }
                Some(Seen { content: Some(then), .. }) => {
                    let now = files::read(self.stage, &path, layout::MERGED_BYTES);
                    !matches!(now, Ok(Some(now)) if now == *then)
                }
                Some(Seen { content: None, .. }) => true,
                None => self.base.get(&path).is_none(),
            };
            if late {
                replace(&old, &target)?;
            }
        }
        Ok(())
    }

    /// Writes to the targets of scripts that are links. The plugin is in place by now: what cannot be written is left with
    /// the other conflicts for the user to decide.
    pub(super) fn write_linked(&mut self) {
        for linked in self.linked.iter().filter(|linked| !linked.write()) {
            self.written.merge.conflicts.push(linked.name.display().to_string());
            // It may exist already, from another conflict.
            let _ = put(self.dir, &layout::conflict(&linked.name), &linked.after);
        }
    }
}

/// An error for a manifest that is too large to be read again.
fn has_room(manifest: &[u8]) -> Result<(), WriteError> {
    if manifest.len() as u64 > layout::MANIFEST_BYTES { Err(WriteError::LargeManifest) } else { Ok(()) }
}

/// The merge bases of the next generation.
fn pristine(human: &[&PluginFile]) -> Result<Vec<u8>, WriteError> {
    let texts: Vec<&str> = human.iter().map(|file| text_of(file)).collect::<Result<_, WriteError>>()?;
    Pristine::write(human.iter().map(|file| file.path.as_path()).zip(texts))
        .map_err(|error| WriteError::Internal(error.to_string()))
}

/// A generated script or manifest.
fn text_of(file: &PluginFile) -> Result<&str, WriteError> {
    std::str::from_utf8(&file.content).map_err(|error| WriteError::Internal(error.to_string()))
}
