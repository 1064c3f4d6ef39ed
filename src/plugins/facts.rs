//! The facts of single commands, found by bisection in `.generated/facts.jsonl`: however large the file is, only a
//! few pieces of it are read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use crate::generator::{facts, layout};
use crate::model::{Argument, CommandDefinition, CommandName};

/// How many bytes a probe reads first; most lines are shorter.
const PROBE: usize = 8 * 1024;

/// A file of at most this many bytes is read whole.
const SMALL: u64 = 64 * 1024;

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
    /// Opens the facts of the plugin in `dir`; `None` if it has none.
    pub(super) fn open(dir: &Path) -> Result<Option<Self>, Error> {
        let path = dir.join(layout::FACTS);
        let failed = |error: &io::Error| Error::io("read", &path, error);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                if dir.join(layout::OLD_FACTS).is_dir() {
                    let reason = "they were written by an older apicli; generate the plugin again".to_owned();
                    return Err(Error::Facts { path: dir.join(layout::OLD_FACTS), reason });
                }
                return Ok(None);
            }
            Err(error) => return Err(failed(&error)),
        };
        let length = file.metadata().map_err(|error| failed(&error))?.len();
        let lines = if length <= SMALL {
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
            file.read_to_end(&mut bytes).map_err(|error| failed(&error))?;
            Lines::Whole(io::Cursor::new(bytes))
        } else {
            Lines::File(file, length)
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
        let mut lines = Vec::new();
        self.from(start.as_bytes(), |line| {
            let inside = line.starts_with(start.as_bytes());
            if inside {
                lines.push(line.to_vec());
            }
            inside
        })?;
        lines.iter().map(|line| self.parse(line)).collect()
    }

    /// The names of all commands.
    pub(super) fn names(&mut self) -> Vec<CommandName> {
        let mut bytes = Vec::new();
        let read = match &mut self.lines {
            Lines::Whole(cursor) => return facts::names(cursor.get_ref()),
            Lines::File(file, _) => file.rewind().and_then(|()| file.read_to_end(&mut bytes)),
        };
        if read.is_ok() { facts::names(&bytes) } else { Vec::new() }
    }

    fn parse(&mut self, line: &[u8]) -> Result<CommandDefinition, Error> {
        let bad = |path: &Path, error: &serde_json::Error| Error::Facts {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let path = self.path.clone();
        let parsed = facts::parse(line, |key| {
            let line = self.line(key).map_err(Problem::Io)?.unwrap_or_default();
            Ok::<Vec<Arc<Argument>>, Problem>(facts::parse_fields(&line)?)
        });
        parsed.map_err(|problem| match problem {
            Problem::Json(error) => bad(&path, &error),
            Problem::Io(error) => error,
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

    /// Gives `take` the lines from the first one on that does not stand before `start`, until it has enough.
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
        result.map_err(|error| Error::io("read", &self.path, &error))
    }
}

/// Why a command's facts cannot be had.
enum Problem {
    Json(serde_json::Error),
    Io(Error),
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Bisection by byte offsets: an offset stands for the first line that begins at or behind it.
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
        // The beginning of a line tells where it stands; the rest of a long one need not be read.
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
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if text.get(..start.len()).unwrap_or(text) >= start && !take(text) {
            return Ok(());
        }
    }
}

/// A reader at the first line that begins at or behind `offset`.
fn at_line<R: Read + Seek>(file: &mut R, offset: u64) -> io::Result<BufReader<&mut R>> {
    // From the byte before, so that a line that begins right there is not passed over.
    file.seek(SeekFrom::Start(offset.saturating_sub(1)))?;
    let mut reader = BufReader::with_capacity(PROBE, file);
    if offset > 0 {
        reader.skip_until(b'\n')?;
    }
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
