//! The facts of single commands, found by bisection in `.generated/facts.jsonl`: only a few pieces
//! of it are read, however large the file is.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use super::{layout, renew};
use crate::files;
use crate::generator::facts;
use crate::model::{Argument, CommandDefinition, CommandName};

/// How many bytes a probe reads first; most lines are shorter.
const PROBE: usize = 8 * 1024;

/// A file of at most this many bytes is read whole.
const SMALL: u64 = 64 * 1024;

/// The longest line, in bytes. Real documents have lines of at most a few hundred thousand; without a limit, one line could
/// be the whole file.
const LONGEST: u64 = 16 << 20;

/// The most bytes that the facts of one group have.
const MOST_OF_A_GROUP: usize = 64 << 20;

/// The facts of one plugin.
#[derive(Debug)]
pub(super) struct Facts {
    path: PathBuf,
    lines: Lines,
}

#[derive(Debug)]
enum Lines {
    Whole(io::Cursor<Vec<u8>>),
    File(File, u64),
}

impl Facts {
    /// Opens the facts of the plugin in `dir`; `None` if it has none. Facts in an older format are first updated from the
    /// document that is kept next to them.
    ///
    /// # Errors
    ///
    /// [`Error::Older`] if that is impossible, [`Error::Newer`] for a format that this program does not know.
    pub(super) fn open(dir: &Path) -> Result<Option<Self>, Error> {
        let Some(mut facts) = Self::open_any(dir)? else {
            let old = dir.join(layout::OLD_FACTS);
            return if old.is_dir() { Err(Error::Older { path: old }) } else { Ok(None) };
        };
        match facts.format()? {
            facts::FORMAT => Ok(Some(facts)),
            found if found > facts::FORMAT => Err(Error::Newer { path: facts.path, found }),
            _ => {
                let names = facts.names();
                let bytes = renew::facts(dir, names).ok_or(Error::Older { path: facts.path.clone() })?;
                Ok(Some(Self { path: facts.path, lines: Lines::Whole(io::Cursor::new(bytes)) }))
            }
        }
    }

    /// The format number of the plugin in `dir`; `None` if it has no facts.
    pub(super) fn format_in(dir: &Path) -> Result<Option<u64>, Error> {
        Self::open_any(dir)?.map(|mut facts| facts.format()).transpose()
    }

    /// The format number: 1 if the file has none.
    fn format(&mut self) -> Result<u64, Error> {
        let mut first = Vec::new();
        let read = match &mut self.lines {
            Lines::Whole(cursor) => first_line(cursor, &mut first),
            Lines::File(file, _) => first_line(file, &mut first),
        };
        read.map_err(|error| Error::io("read", &self.path, &error))?;
        match facts::format_of(&first) {
            Ok(found) => Ok(found.unwrap_or(1)),
            Err(error) => Err(Error::Facts { path: self.path.clone(), reason: error.to_string() }),
        }
    }

    /// Opens facts of any format.
    fn open_any(dir: &Path) -> Result<Option<Self>, Error> {
        let path = dir.join(layout::FACTS);
        let Some(mut opened) = files::open(dir, Path::new(layout::FACTS))? else { return Ok(None) };
        let lines = match opened.length {
            length if length <= SMALL => Lines::Whole(io::Cursor::new(opened.read(SMALL)?)),
            length if length <= layout::FACTS_BYTES => Lines::File(opened.file, length),
            _ => {
                let problem = files::Problem::TooLarge { limit: layout::FACTS_BYTES };
                return Err(files::Error { path, problem }.into());
            }
        };
        Ok(Some(Self { path, lines }))
    }

    /// What is known about one function.
    pub(super) fn command(
        &mut self,
        group: &[String],
        function: &str,
    ) -> Result<Option<CommandDefinition>, Error> {
        let Some(line) = self.line(&facts::key(group, function))? else { return Ok(None) };
        self.parse(&line).map(Some)
    }

    /// What is known about all functions of a group, by name.
    pub(super) fn group(&mut self, group: &[String]) -> Result<Vec<CommandDefinition>, Error> {
        let start = facts::line_start(&facts::prefix(group));
        let (mut lines, mut bytes) = (Vec::new(), 0);
        self.from(start.as_bytes(), |line| {
            bytes += line.len();
            let inside = line.starts_with(start.as_bytes()) && bytes <= MOST_OF_A_GROUP;
            if inside {
                lines.push(line.to_vec());
            }
            inside
        })?;
        if bytes > MOST_OF_A_GROUP {
            let reason = format!("those of one group are more than {} MiB", MOST_OF_A_GROUP >> 20);
            return Err(Error::Facts { path: self.path.clone(), reason });
        }
        lines.iter().map(|line| self.parse(line)).collect()
    }

    /// The names of all commands.
    pub(super) fn names(&mut self) -> Vec<CommandName> {
        let mut names: Vec<CommandName> = Vec::new();
        // The list ends at what cannot be read.
        let _ = self.from(b"", |line| {
            names.extend(facts::names(line));
            true
        });
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert((name.group.clone(), name.function.clone())));
        names
    }

    fn parse(&mut self, line: &[u8]) -> Result<CommandDefinition, Error> {
        let bad = |path: &Path, error: &serde_json::Error| Error::Facts {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let path = self.path.clone();
        let parsed = facts::parse(line, |key| {
            let line = self.line(key).map_err(ReadFailure::Io)?.unwrap_or_default();
            Ok::<Vec<Arc<Argument>>, ReadFailure>(facts::parse_fields(&line)?)
        });
        parsed.map_err(|problem| match problem {
            ReadFailure::Json(error) => bad(&path, &error),
            ReadFailure::Io(error) => error,
        })
    }

    /// The line with exactly this key.
    fn line(&mut self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let start = format!("{}\"", facts::line_start(key));
        let mut found = None;
        self.from(start.as_bytes(), |line| {
            if line.starts_with(start.as_bytes()) {
                found = Some(line.to_vec());
            }
            false
        })?;
        Ok(found)
    }

    /// Passes lines to `take`, from the first one that does not sort before `start`, until it has enough.
    fn from(&mut self, start: &[u8], take: impl FnMut(&[u8]) -> bool) -> Result<(), Error> {
        let result = match &mut self.lines {
            Lines::Whole(cursor) => {
                let length = cursor.get_ref().len() as u64;
                bisect(cursor, length, start, take)
            }
            Lines::File(file, length) => {
                let length = *length;
                bisect(file, length, start, take)
            }
        };
        result.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => Error::Facts { path: self.path.clone(), reason: error.to_string() },
            _ => Error::io("read", &self.path, &error),
        })
    }
}

/// The beginning of a file up to its first line feed. The line with the format is short; a longer one does not count.
fn first_line<R: Read + Seek>(file: &mut R, line: &mut Vec<u8>) -> io::Result<()> {
    let mut beginning = [0; 64];
    file.seek(SeekFrom::Start(0))?;
    let length = file.read(&mut beginning)?;
    let read = beginning.get(..length).unwrap_or_default();
    line.extend_from_slice(read.split(|byte| *byte == b'\n').next().unwrap_or_default());
    Ok(())
}

/// Why a command's facts cannot be read.
enum ReadFailure {
    Json(serde_json::Error),
    Io(Error),
}

impl From<serde_json::Error> for ReadFailure {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Bisection by byte offsets: an offset refers to the first line that begins at or after it.
fn bisect<R: Read + Seek>(
    file: &mut R,
    length: u64,
    start: &[u8],
    mut take: impl FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    let (mut low, mut high) = (0, length);
    let mut line = Vec::new();
    while high - low > PROBE as u64 {
        let middle = low + (high - low) / 2;
        let reader = &mut at_line(file, middle)?;
        line.clear();
        // The beginning of a line decides its order; the rest of a long one need not be read.
        reader.take(start.len() as u64).read_until(b'\n', &mut line)?;
        if !line.is_empty() && line.as_slice() < start {
            low = middle;
        } else {
            high = middle;
        }
    }
    let mut reader = at_line(file, low)?;
    loop {
        line.clear();
        if (&mut reader).take(LONGEST + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.len() as u64 > LONGEST {
            return Err(too_long());
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if text.get(..start.len()).unwrap_or(text) >= start && !take(text) {
            return Ok(());
        }
    }
}

/// A reader at the first line that begins at or after `offset`.
fn at_line<R: Read + Seek>(file: &mut R, offset: u64) -> io::Result<BufReader<&mut R>> {
    // From the byte before, so that a line that begins right there is not skipped.
    file.seek(SeekFrom::Start(offset.saturating_sub(1)))?;
    let mut reader = BufReader::with_capacity(PROBE, file);
    if offset > 0 && (&mut reader).take(LONGEST + 1).skip_until(b'\n')? as u64 > LONGEST {
        return Err(too_long());
    }
    Ok(reader)
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a line of it is longer than {} MiB", LONGEST >> 20))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A plugin's folder with these facts, and optionally the document that they were made from.
    fn folder(facts: &str, document: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(layout::GENERATED)).unwrap();
        std::fs::write(folder.path().join(layout::FACTS), facts).unwrap();
        if document {
            let text =
                r#"{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/things":{"get":{}}}}"#;
            std::fs::write(folder.path().join(layout::DOCUMENT), text).unwrap();
        }
        folder
    }

    #[test]
    fn facts_without_a_number_are_brought_up_to_date_from_the_document() {
        for old in [
            "[\"things mine\",{\"method\":\"GET\",\"path\":\"/things\"}]\n",
            "[\"\",{\"format\":1}]\n",
            "\u{0}x",
            "",
        ] {
            let folder = folder(old, true);
            let mut facts = Facts::open(folder.path()).unwrap().unwrap();
            let name = if old.contains("mine") { "mine" } else { "list" };
            let things = ["things".to_owned()];
            assert!(facts.command(&things, name).unwrap().is_some(), "{old:?}");
            // They are updated on disk too, and read from there the next time.
            assert_eq!(Facts::format_in(folder.path()).unwrap(), Some(facts::FORMAT));
            std::fs::remove_file(folder.path().join(layout::DOCUMENT)).unwrap();
            let mut again = Facts::open(folder.path()).unwrap().unwrap();
            assert!(again.command(&things, name).unwrap().is_some(), "{old:?}");
        }
    }

    #[test]
    fn older_facts_without_their_document_and_newer_ones_are_refused() {
        let refused = |facts: &str, document| Facts::open(folder(facts, document).path()).unwrap_err();
        assert!(matches!(refused("[\"things list\",{}]\n", false), Error::Older { .. }));
        assert!(matches!(refused("[\"\",{\"format\":3}]\n", true), Error::Newer { found: 3, .. }));
        assert!(matches!(refused("[\"\",{\"format\":\"x\"}]\n", true), Error::Facts { .. }));
        assert!(Facts::open(tempfile::tempdir().unwrap().path()).unwrap().is_none());
    }

    /// Every line of every such file is found, and nothing else is.
    #[test]
    fn lines_of_any_length_are_found() {
        for (count, filler) in [(0, 0), (1, 10), (7, 30_000), (500, 100), (3_000, 37)] {
            let mut keys: Vec<String> = (0..count).map(|n| format!("g{}/x f{n}", n % 13)).collect();
            keys.sort();
            let line =
                |n: usize, key: &str| format!("[\"{key}\",{{\"x\":\"{}\"}}]\n", "y".repeat(filler * (n % 5)));
            let text: String = keys.iter().enumerate().map(|(n, key)| line(n, key)).collect();
            let mut file = io::Cursor::new(text.clone().into_bytes());
            let mut find = |key: &str| {
                let start = format!("[\"{key}\"");
                let mut found = None;
                bisect(&mut file, text.len() as u64, start.as_bytes(), |line| {
                    found = line.starts_with(start.as_bytes()).then(|| line.to_vec());
                    false
                })
                .unwrap();
                found
            };
            for (n, key) in keys.iter().enumerate() {
                let expected = line(n, key);
                assert_eq!(find(key).as_deref(), Some(expected.trim_end().as_bytes()), "{key}");
            }
            for missing in ["", "a b", "g1/x f", "zzz", "g5/x f999999"] {
                assert_eq!(find(missing), None, "{missing}");
            }
        }
    }

    #[test]
    fn a_group_has_its_own_lines_and_no_others() {
        let keys = ["a get", "a list", "a/b get", "a_b get", "b get"];
        let text: String = keys.iter().map(|key| format!("[\"{key}\",{{}}]\n")).collect();
        let mut file = io::Cursor::new(text.clone().into_bytes());
        let start = b"[\"a ";
        let mut found = 0;
        bisect(&mut file, text.len() as u64, start, |line| {
            found += usize::from(line.starts_with(start));
            line.starts_with(start)
        })
        .unwrap();
        assert_eq!(found, 2);
    }

    /// A file of hundreds of megabytes may be one line, which is not read into memory.
    #[test]
    fn a_line_without_an_end_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(layout::FACTS);
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        let file = File::create(&path).unwrap();
        (&file).write_all(b"[\"\",{\"format\":2}]\n").unwrap();
        for length in [LONGEST + 30, 2 * LONGEST, layout::FACTS_BYTES] {
            file.set_len(length).unwrap();
            let mut facts = Facts::open(folder.path()).unwrap().unwrap();
            let group = ["a".to_owned()];
            for result in [facts.command(&group, "b").map(drop), facts.group(&group).map(drop)] {
                assert!(matches!(result, Err(Error::Facts { .. })), "{length}: {result:?}");
            }
            assert!(facts.names().is_empty());
        }
        file.set_len(layout::FACTS_BYTES + 1).unwrap();
        assert!(matches!(Facts::open(folder.path()), Err(Error::File(_))));
    }

    #[test]
    fn facts_of_a_group_have_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(layout::FACTS);
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        let filler = "y".repeat(8 << 20);
        let lines: String = (0..9).map(|n| format!("[\"a f{n}\",{{\"x\":\"{filler}\"}}]\n")).collect();
        std::fs::write(&path, format!("[\"\",{{\"format\":2}}]\n{lines}")).unwrap();
        let mut facts = Facts::open(folder.path()).unwrap().unwrap();
        assert!(matches!(facts.group(&["a".to_owned()]), Err(Error::Facts { .. })));
    }
}
