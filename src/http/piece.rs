//! What a body consists of, and how it is read while being sent.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use super::error::plain;
use super::{Error, Source};

/// The limit on a body in memory, in bytes: one that is shown, given to the mock, or read from a device.
pub const MAX_BODY_BYTES: u64 = 512 * 1024 * 1024;

/// Bytes, or a file of a known length.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Bytes(Cow<'a, [u8]>),
    File { source: Cow<'a, Source>, length: u64 },
}

impl<'a> Piece<'a> {
    /// A file, or the bytes of a source of unknown length.
    pub(super) fn file(source: Cow<'a, Source>, limit: u64) -> Result<Self, Error> {
        let path = match source.as_ref() {
            Source::Open(spool) => {
                let length = spool.length();
                return Ok(Self::File { source, length });
            }
            Source::Path(path) => path,
        };
        let failed = |error| Error::ReadFile { path: path.clone(), reason: plain(&error) };
        let about = std::fs::metadata(path).map_err(failed)?;
        if about.is_file() {
            // A file that cannot be opened is reported before anything is sent.
            std::fs::File::open(path).map_err(failed)?;
            let length = about.len();
            return Ok(Self::File { source, length });
        }
        // A pipe or a device has no known length.
        Ok(Self::Bytes(read(path, limit)?.into()))
    }

    /// The bytes; `None` for a file.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::File { .. } => None,
        }
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }
}

/// A whole file of at most `limit` bytes. Its stated length is not trusted: devices and pipes have none.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let failed = |error: io::Error| Error::ReadFile { path: path.to_owned(), reason: plain(&error) };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::BodyTooLarge { limit });
    }
    Ok(bytes)
}

/// See [`Payload::reader`].
pub(super) struct Reader<'p> {
    pieces: std::slice::Iter<'p, Piece<'p>>,
    current: Option<Current<'p>>,
    /// What went wrong with a file; the reader itself gets a generic error.
    pub(super) failure: Option<Error>,
}

enum Current<'p> {
    Bytes(&'p [u8]),
    File { from: Box<dyn Read>, left: u64, source: &'p Source },
}

impl<'p> Reader<'p> {
    /// Reads the pieces, one after the other; exactly as many bytes as announced, or an error.
    pub(super) fn new(pieces: &'p [Piece<'p>]) -> Self {
        Self { pieces: pieces.iter(), current: None, failure: None }
    }

    fn next(&mut self) -> io::Result<bool> {
        self.current = match self.pieces.next() {
            None => return Ok(false),
            Some(Piece::Bytes(bytes)) => Some(Current::Bytes(bytes)),
            Some(Piece::File { source, length }) => {
                let from: Box<dyn Read> = match source.as_ref() {
                    Source::Path(path) => {
                        Box::new(std::fs::File::open(path).map_err(|error| self.fail(path, error))?)
                    }
                    Source::Open(spool) => {
                        Box::new(spool.reader().map_err(|error| self.fail(Path::new("-"), error))?)
                    }
                };
                Some(Current::File { from, left: *length, source: source.as_ref() })
            }
        };
        Ok(true)
    }

    fn fail(&mut self, path: &Path, error: io::Error) -> io::Error {
        self.failure = Some(Error::ReadFile { path: path.to_owned(), reason: plain(&error) });
        error
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let (result, path) = match &mut self.current {
                None => (Ok(0), None),
                Some(Current::Bytes(bytes)) => (bytes.read(buffer), None),
                Some(Current::File { left: 0, .. }) => (Ok(0), None),
                Some(Current::File { from, left, source }) => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                    let part = buffer.get_mut(..most).unwrap_or_default();
                    let path = match source {
                        Source::Path(path) => path.as_path(),
                        Source::Open(_) => Path::new("-"),
                    };
                    // A file that became shorter has to fail here: ureq would ask for the rest forever. Anything added
                    // since is left out.
                    match from.read(part) {
                        Ok(0) => (Err(io::Error::other("it became shorter while being sent")), Some(path)),
                        Ok(count) => {
                            *left = left.saturating_sub(count as u64);
                            (Ok(count), None)
                        }
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => (Err(error), None),
                        Err(error) => (Err(error), Some(path)),
                    }
                }
            };
            match (result, path) {
                (Ok(0), _) => {
                    if !self.next()? {
                        return Ok(0);
                    }
                }
                (Err(error), Some(path)) => {
                    let path = path.to_owned();
                    return Err(self.fail(&path, error));
                }
                (result, _) => return result,
            }
        }
    }
}
