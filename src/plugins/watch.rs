//! Saves, as they happen.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use notify::{Config, Event, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::error::Error;
use crate::generator::layout;

/// An editor writes a file in several steps; they count as one change when they are this close together.
const DEBOUNCE: Duration = Duration::from_millis(40);

/// How often a polled folder is looked at.
const POLL: Duration = Duration::from_millis(500);

/// Tells when scripts, manifest or facts of one plugin have other content than before.
///
/// Folders are watched rather than files, because editors replace files by renaming, and the plugin's own folder may
/// be exchanged for a new one by a generation.
pub struct Watcher {
    dir: PathBuf,
    events: Receiver<notify::Result<Event>>,
    watcher: Box<dyn notify::Watcher>,
    known: HashMap<PathBuf, Known>,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("dir", &self.dir).finish_non_exhaustive()
    }
}

struct Known {
    stamp: (u64, Option<SystemTime>),
    hash: u64,
}

impl Watcher {
    /// Watches the plugin `name` in `home`. `poll` is for network file systems that tell nobody of changes.
    pub(super) fn new(home: &Path, name: &str, poll: bool) -> Result<Self, Error> {
        let (sender, events) = channel();
        let handler = move |event| {
            let _ = sender.send(event); // the receiver is gone only when nobody waits any more
        };
        let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
        let failed = |error: notify::Error| Error::io("watch", home, &error);
        let watcher: Box<dyn notify::Watcher> = if poll {
            Box::new(PollWatcher::new(handler, config).map_err(failed)?)
        } else {
            Box::new(RecommendedWatcher::new(handler, config).map_err(failed)?)
        };
        let dir = fs::canonicalize(home.join(name)).unwrap_or_else(|_| home.join(name));
        let mut this = Self { dir, events, watcher, known: HashMap::new() };
        if let Some(parent) = this.dir.parent() {
            let parent = parent.to_owned();
            this.watcher.watch(&parent, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        this.watch_dir()?;
        this.changes();
        Ok(this)
    }

    fn watch_dir(&mut self) -> Result<(), Error> {
        // Once the folder has been exchanged, the watch is on the one that is gone.
        let _ = self.watcher.unwatch(&self.dir);
        self.watcher
            .watch(&self.dir, RecursiveMode::Recursive)
            .map_err(|error| Error::io("watch", &self.dir, &error))
    }

    /// Waits until the content of at least one file is other than before, and returns those files, relative to the
    /// plugin's folder.
    pub fn wait(&mut self) -> Result<Vec<PathBuf>, Error> {
        loop {
            let Ok(first) = self.events.recv() else {
                return Err(Error::io("watch", &self.dir, &"the system stopped telling of changes"));
            };
            let mut events = vec![first];
            while let Ok(event) = self.events.recv_timeout(DEBOUNCE) {
                events.push(event);
            }
            let exchanged = events.iter().flatten().any(|event| event.paths.contains(&self.dir));
            if exchanged && self.dir.is_dir() {
                self.watch_dir()?;
            }
            let changed = self.changes();
            if !changed.is_empty() {
                return Ok(changed);
            }
        }
    }

    /// Files whose content changed since the last look, those that are new or gone among them.
    fn changes(&mut self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.dir, Path::new(""), &mut files);
        let mut changed = Vec::new();
        let mut known = HashMap::with_capacity(files.len());
        for (path, stamp) in files {
            let old = self.known.remove(&path);
            let entry = match old {
                Some(old) if old.stamp == stamp => old,
                old => {
                    let hash = hash(&self.dir.join(&path));
                    if old.is_none_or(|old| old.hash != hash) {
                        changed.push(path.clone());
                    }
                    Known { stamp, hash }
                }
            };
            known.insert(path, entry);
        }
        changed.extend(std::mem::replace(&mut self.known, known).into_keys());
        changed.sort();
        changed
    }
}

fn collect(dir: &Path, relative: &Path, files: &mut Vec<(PathBuf, (u64, Option<SystemTime>))>) {
    let Ok(entries) = fs::read_dir(dir.join(relative)) else { return };
    for entry in entries.flatten() {
        let path = relative.join(entry.file_name());
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        if metadata.is_dir() {
            let skipped = [layout::GENERATED, ".git"].iter().any(|name| path == Path::new(name));
            if !skipped && path.components().count() < 32 {
                collect(dir, &path, files);
            } else if path == Path::new(layout::GENERATED) {
                let facts = Path::new(layout::FACTS);
                if let Ok(metadata) = fs::metadata(dir.join(facts)) {
                    files.push((facts.to_owned(), (metadata.len(), metadata.modified().ok())));
                }
            }
        } else if path.extension().is_some_and(|ending| ending == layout::SCRIPT)
            || path == Path::new(layout::MANIFEST)
        {
            files.push((path, (metadata.len(), metadata.modified().ok())));
        }
    }
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    fs::read(path).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}
