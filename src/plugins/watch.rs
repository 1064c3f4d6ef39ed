//! Reports saves as they happen.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use notify::{Config, Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};

use super::error::Error;
use super::layout;
use crate::engine::Limits;
use crate::files;

/// An editor writes a file in several steps; they count as one change if they are this close together.
const DEBOUNCE: Duration = Duration::from_millis(40);

/// How often a polled folder is checked.
const POLL: Duration = Duration::from_millis(500);

/// Reports when the content of scripts, manifest or facts of one plugin changes.
///
/// Folders are watched rather than files, because editors replace files by renaming, and a generation may exchange the
/// plugin's own folder for a new one.
pub struct Watcher {
    dir: PathBuf,
    events: Receiver<notify::Result<Event>>,
    /// `None` if the folder is polled: then only this code reads it, by its own rules of what is read.
    watcher: Option<RecommendedWatcher>,
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
    /// Watches the plugin `name` in `home`. `poll` is for network file systems that do not report changes.
    pub(super) fn new(home: &Path, name: &str, poll: bool) -> Result<Self, Error> {
        let (sender, events) = channel();
        let handler = move |event| {
            let _ = sender.send(event); // the receiver is gone only when nobody waits any more
        };
        // Links lead wherever the maker of the folder chose.
        let config = Config::default().with_follow_symlinks(false);
        let failed = |error: notify::Error| Error::io("watch", home, &error);
        let watcher =
            if poll { None } else { Some(RecommendedWatcher::new(handler, config).map_err(failed)?) };
        let dir = fs::canonicalize(home.join(name)).unwrap_or_else(|_| home.join(name));
        let mut this = Self { dir, events, watcher, known: HashMap::new() };
        if let (Some(watcher), Some(parent)) = (&mut this.watcher, this.dir.parent()) {
            watcher.watch(parent, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        this.watch_dir()?;
        this.changes();
        Ok(this)
    }

    fn watch_dir(&mut self) -> Result<(), Error> {
        let Some(watcher) = &mut self.watcher else { return Ok(()) };
        // After an exchange, the watch is still on the old folder.
        let _ = watcher.unwatch(&self.dir);
        let watched = watcher.watch(&self.dir, RecursiveMode::Recursive);
        watched.map_err(|error| Error::io("watch", &self.dir, &error))
    }

    /// Waits until the content of at least one file changes, and returns the changed files, relative to the plugin's folder.
    pub fn wait(&mut self) -> Result<Vec<PathBuf>, Error> {
        loop {
            let mut events = Vec::new();
            if self.watcher.is_none() {
                std::thread::sleep(POLL);
            } else {
                let Ok(first) = self.events.recv() else {
                    return Err(Error::io("watch", &self.dir, &"the system stopped reporting changes"));
                };
                events.push(first);
                while let Ok(event) = self.events.recv_timeout(DEBOUNCE) {
                    events.push(event);
                }
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

    /// Files that changed since the last check, including new and removed ones.
    fn changes(&mut self) -> Vec<PathBuf> {
        let files = collect(&self.dir);
        let mut changed = Vec::new();
        let mut known = HashMap::with_capacity(files.len());
        for (path, stamp) in files {
            let old = self.known.remove(&path);
            let entry = match old {
                Some(old) if old.stamp == stamp => old,
                old => {
                    let hash = hash(&self.dir, &path);
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

/// Scripts, manifest and facts, with length and modification time; links to folders are not followed.
fn collect(dir: &Path) -> Vec<(PathBuf, (u64, Option<SystemTime>))> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    let mut seen = 0;
    while let Some(relative) = open.pop() {
        for entry in files::list(dir, &relative).unwrap_or_default() {
            seen += 1;
            if seen > files::MOST_IN_ALL {
                return found;
            }
            let path = relative.join(&entry.name);
            if entry.kind.is_dir() {
                let skipped = [layout::GENERATED, ".git"].iter().any(|name| path == Path::new(name));
                if !skipped && path.components().count() < 32 {
                    open.push(path);
                } else if path == Path::new(layout::GENERATED) {
                    found.extend(stamped(dir, layout::FACTS.into()));
                }
            } else if path.extension().is_some_and(|ending| ending == layout::SCRIPT)
                || path == Path::new(layout::MANIFEST)
            {
                found.extend(stamped(dir, path));
            }
        }
    }
    found
}

/// A file with length and modification time: those of a link's target, because that is what runs.
fn stamped(dir: &Path, path: PathBuf) -> Option<(PathBuf, (u64, Option<SystemTime>))> {
    let about = fs::metadata(dir.join(&path)).ok()?;
    Some((path, (about.len(), about.modified().ok())))
}

/// The content of a file, if it is one that is read.
fn hash(dir: &Path, path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    if path == Path::new(layout::FACTS) {
        // Many megabytes, which need not all be in memory at once.
        let mut opened = files::open(dir, path).ok().flatten();
        if let Some(opened) = opened.as_mut().filter(|opened| opened.length <= layout::FACTS_BYTES) {
            let mut sum = Sha256::new();
            let mut piece = vec![0; 64 * 1024];
            let mut file = (&mut opened.file).take(layout::FACTS_BYTES);
            while let Ok(length @ 1..) = file.read(&mut piece) {
                sum.update(piece.get(..length).unwrap_or_default());
            }
            sum.finalize().hash(&mut hasher);
        }
    } else {
        files::script(dir, path, Limits::SCRIPT_SIZE as u64).ok().hash(&mut hasher);
    }
    hasher.finish()
}
