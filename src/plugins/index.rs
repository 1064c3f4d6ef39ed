//! The groups of a plugin and their help, from a cache if it is up to date.
//!
//! The cache holds one line per script: its group, size, modification time and first line of help. If a line does not match
//! the script, the script is read again; a missing or damaged cache counts as empty.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::error::Error;
use super::layout;
use crate::files::{self, Entry};
use crate::parallel;

/// The most lines of a cache: they take many times as much memory as they take in the file.
const MOST_LINES: usize = 100_000;

const HEADER: &str = "apicli index 1";

/// A group, as its parent's help shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSummary {
    /// The last word of its path, an identifier.
    pub name: String,
    /// First line of its script's `//!` comment; empty without a script or a comment.
    pub about: String,
    /// It has a script of its own, so it may have commands.
    pub has_script: bool,
    /// It has groups below it.
    pub has_groups: bool,
}

/// The groups right below `group`, sorted by name.
pub(super) fn groups(dir: &Path, group: &[String]) -> Result<Vec<GroupSummary>, Error> {
    let mut groups: BTreeMap<String, GroupSummary> = BTreeMap::new();
    let mut cache = Cache::load(dir);
    for entry in files::list(dir, &group.iter().collect::<PathBuf>())? {
        let Some((name, is_script)) = group_name(&entry, group.is_empty()) else { continue };
        let summary = groups.entry(name.clone()).or_insert_with(|| GroupSummary {
            name: name.clone(),
            about: String::new(),
            has_script: false,
            has_groups: false,
        });
        if is_script {
            summary.has_script = true;
            let key = key(group, &name);
            let script: Vec<String> = group.iter().cloned().chain([name]).collect();
            summary.about = cache.about(&key, dir, &layout::script(&script));
        } else {
            summary.has_groups = true;
        }
    }
    cache.save(dir);
    Ok(groups.into_values().collect())
}

/// The names of the groups right below `group`, sorted.
pub(super) fn names(dir: &Path, group: &[String]) -> Result<Vec<String>, Error> {
    let entries = files::list(dir, &group.iter().collect::<PathBuf>())?;
    let names = entries.iter().filter_map(|entry| group_name(entry, group.is_empty()));
    let mut names: Vec<String> = names.map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// The groups in a plugin's folder.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Every group with a script, sorted by path.
    pub(super) groups: Vec<Vec<String>>,
    /// Links to folders, which are not followed: whoever made the folder chose where they lead.
    pub(super) linked: Vec<PathBuf>,
}

/// Every group with a script, sorted by path.
pub(super) fn all_groups(dir: &Path) -> Result<Vec<Vec<String>>, Error> {
    walk(dir).map(|found| found.groups)
}

/// Scans all folders of groups.
pub(super) fn walk(dir: &Path) -> Result<Walked, Error> {
    let mut found = Walked::default();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0_usize;
    while let Some(group) = open.pop() {
        let folder: PathBuf = group.iter().collect();
        for entry in files::list(dir, &folder)? {
            seen += 1;
            if seen > files::MOST_IN_ALL {
                let problem =
                    files::Problem::TooMany { limit: files::MOST_IN_ALL, what: "files and folders" };
                return Err(files::Error { path: dir.to_owned(), problem }.into());
            }
            let Some((name, is_script)) = group_name(&entry, group.is_empty()) else {
                let path = folder.join(&entry.name);
                if entry.kind.is_symlink() && dir.join(&path).is_dir() {
                    found.linked.push(path);
                }
                continue;
            };
            let inner: Vec<String> = group.iter().cloned().chain([name]).collect();
            if is_script {
                found.groups.push(inner);
            } else if inner.len() < 32 {
                open.push(inner);
            }
        }
    }
    found.groups.sort();
    found.linked.sort();
    Ok(found)
}

/// Reads every script's help into the cache, so that the first `--help` is as fast as the next.
pub(super) fn build(dir: &Path) -> Result<(), Error> {
    let groups = all_groups(dir)?;
    let lines = parallel::map(&groups, |group| Line::read(dir, &layout::script(group)));
    let keys = groups.iter().map(|group| group.join("/"));
    Cache { lines: keys.zip(lines).collect(), changed: true }.save(dir);
    Ok(())
}

/// The group that a folder's entry stands for, and whether it is the script rather than the folder. Anything with a
/// script's name counts as one; a pipe is reported when it is read.
fn group_name(entry: &Entry, top: bool) -> Option<(String, bool)> {
    let name = entry.name.to_str()?;
    let is_identifier =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if entry.kind.is_dir() {
        return is_identifier(name).then(|| (name.to_owned(), false));
    }
    let stem = name.strip_suffix(".rhai").filter(|stem| is_identifier(stem))?;
    (!(top && name == layout::HOOKS)).then(|| (stem.to_owned(), true))
}

fn key(parent: &[String], name: &str) -> String {
    let mut key = parent.join("/");
    if !key.is_empty() {
        key.push('/');
    }
    key.push_str(name);
    key
}

#[derive(Default)]
struct Cache {
    lines: HashMap<String, Line>,
    changed: bool,
}

struct Line {
    stamp: (u64, u128),
    about: String,
}

impl Line {
    /// The current facts about a script.
    fn read(dir: &Path, script: &Path) -> Self {
        Self { stamp: stamp_of(&dir.join(script)), about: first_comment(dir, script) }
    }
}

impl Cache {
    fn load(dir: &Path) -> Self {
        let text = files::text(dir, Path::new(layout::INDEX), layout::INDEX_BYTES).ok().flatten();
        let text = text.unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Self::default();
        }
        let parse = |line: &str| {
            let mut parts = line.splitn(4, '\t');
            let key = parts.next()?.to_owned();
            let stamp = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            let about = crate::text::printable(parts.next()?).into_owned();
            Some((key, Line { stamp, about }))
        };
        Self { lines: lines.take(MOST_LINES).filter_map(parse).collect(), changed: false }
    }

    fn about(&mut self, key: &str, dir: &Path, script: &Path) -> String {
        let stamp = stamp_of(&dir.join(script));
        if let Some(line) = self.lines.get(key).filter(|line| line.stamp == stamp) {
            return line.about.clone();
        }
        let about = first_comment(dir, script);
        self.lines.insert(key.to_owned(), Line { stamp, about: about.clone() });
        self.changed = true;
        about
    }

    /// Best effort: a read-only plugin works without a cache.
    fn save(&self, dir: &Path) {
        if !self.changed {
            return;
        }
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|(key, _)| *key);
        let mut text = format!("{HEADER}\n");
        for (key, line) in lines {
            let _ = writeln!(text, "{key}\t{}\t{}\t{}", line.stamp.0, line.stamp.1, line.about);
        }
        let folder = dir.join(layout::GENERATED);
        if !fs::symlink_metadata(&folder).is_ok_and(|about| about.is_dir()) {
            return; // a link leads outside of the plugin
        }
        // One left behind by a killed process is removed by the next generation.
        if let Ok(mut file) = tempfile::Builder::new().prefix("index.").tempfile_in(folder)
            && file.write_all(text.as_bytes()).is_ok()
        {
            let _ = file.persist(dir.join(layout::INDEX));
        }
    }
}

fn stamp_of(script: &Path) -> (u64, u128) {
    let Ok(metadata) = fs::metadata(script) else { return <(u64, u128)>::default() };
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (metadata.len(), modified.map_or(0, |time| time.as_nanos()))
}

/// The first line of a script's `//!` comment, without reading more than its beginning.
fn first_comment(dir: &Path, script: &Path) -> String {
    let Ok(Some(opened)) = files::open_script(dir, script) else { return String::new() };
    let mut reader = BufReader::new(opened.file.take(4096));
    let mut line = String::new();
    for _ in 0..16 {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            break;
        }
        let text = line.trim();
        if let Some(comment) = text.strip_prefix("//!") {
            return crate::text::printable(comment.trim()).into_owned();
        }
        if !text.is_empty() {
            break;
        }
    }
    String::new()
}
