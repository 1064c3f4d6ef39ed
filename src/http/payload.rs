//! Bodies as they are sent: pieces, the files among which are read only while they go out.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::plain;
use super::{Body, Error, Source, multipart};

/// The most that a body in memory may hold, in bytes: one that is shown, given to the mock, or read from a device.
pub const MAX_BODY_BYTES: u64 = 512 * 1024 * 1024;

/// The content type and the bytes that are sent for `body`; `None` for no body. Files are read here.
pub fn wire_body(body: &Body) -> Result<Option<(String, Vec<u8>)>, Error> {
    wire_body_within(body, MAX_BODY_BYTES)
}

pub(super) fn wire_body_within(body: &Body, limit: u64) -> Result<Option<(String, Vec<u8>)>, Error> {
    let Some(payload) = Payload::within(body, limit)? else { return Ok(None) };
    if payload.length > limit {
        return Err(Error::BodyTooLarge { limit });
    }
    let bytes = payload.beginning(limit)?;
    Ok(Some((payload.content_type, bytes)))
}

/// A body with its length, ready before the first connection so that a broken one costs nothing.
#[derive(Debug)]
pub(super) struct Payload<'a> {
    pub(super) content_type: String,
    pub(super) length: u64,
    pieces: Vec<Piece<'a>>,
}

/// Bytes, or a file of a known length.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Bytes(Cow<'a, [u8]>),
    File { source: Cow<'a, Source>, length: u64 },
}

impl<'a> Payload<'a> {
    /// `None` for no body.
    pub(super) fn of(body: &'a Body) -> Result<Option<Self>, Error> {
        Self::within(body, MAX_BODY_BYTES)
    }

    /// What has to be read into memory now, because it has no length to announce, holds at most `limit` bytes.
    fn within(body: &'a Body, limit: u64) -> Result<Option<Self>, Error> {
        let (content_type, pieces) = match body {
            Body::Empty => return Ok(None),
            Body::Bytes { content_type, bytes } => {
                (content_type.clone(), vec![Piece::Bytes(bytes.as_slice().into())])
            }
            Body::Streamed { content_type, source } => {
                (content_type.clone(), vec![Piece::file(Cow::Borrowed(source), limit)?])
            }
            Body::Multipart { content_type, parts } => multipart::pieces(content_type, parts, limit)?,
        };
        let length = pieces.iter().map(Piece::length).fold(0, u64::saturating_add);
        Ok(Some(Self { content_type, length, pieces }))
    }

    /// The bytes, if there is nothing but bytes.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [piece] => piece.bytes(),
            _ => None,
        }
    }

    /// What is sent one after the other.
    pub(super) fn pieces(&self) -> &[Piece<'a>] {
        &self.pieces
    }

    /// At most `limit` bytes from its beginning.
    pub(super) fn beginning(&self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut reader = self.reader();
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(limit).read_to_end(&mut bytes);
        if let Some(error) = reader.failure.take() {
            return Err(error);
        }
        // Nothing but a file can fail, and its failure is kept.
        read.map_err(|error| Error::ReadFile { path: PathBuf::new(), reason: plain(&error) })?;
        Ok(bytes)
    }

    /// Reads the pieces one after the other; exactly [`Payload::length`] bytes, or an error.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { pieces: self.pieces.iter(), current: None, failure: None }
    }
}

impl<'a> Piece<'a> {
    /// A file, or the bytes of what has no length.
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
            // What cannot be opened is told before anything is sent.
            std::fs::File::open(path).map_err(failed)?;
            let length = about.len();
            return Ok(Self::File { source, length });
        }
        // A pipe or a device has no length to announce.
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

/// A whole file of at most `limit` bytes. What it claims to hold is not trusted: devices and pipes claim nothing.
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
    /// What went wrong with a file; whoever reads sees an error of its own.
    pub(super) failure: Option<Error>,
}

enum Current<'p> {
    Bytes(&'p [u8]),
    File { from: Box<dyn Read>, left: u64, source: &'p Source },
}

impl Reader<'_> {
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
                    // A file that became shorter has to fail here: ureq would ask for the rest for ever. What was added
                    // since is left out.
                    match from.read(part) {
                        Ok(0) => (Err(io::Error::other("it became shorter while it was sent")), Some(path)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sent_with_the_length_that_was_announced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, [b'x'; 200]).unwrap();
        let body = Body::Streamed { content_type: "a/b".into(), source: Source::Path(path.clone()) };
        assert_eq!(wire_body_within(&body, 199), Err(Error::BodyTooLarge { limit: 199 }));
        assert_eq!(wire_body_within(&body, 200).unwrap().unwrap().1.len(), 200);
        let payload = Payload::of(&body).unwrap().unwrap();
        std::fs::write(&path, [b'x'; 300]).unwrap();
        let mut bytes = Vec::new();
        payload.reader().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 200);
        std::fs::write(&path, [b'x'; 100]).unwrap();
        let mut reader = payload.reader();
        assert!(reader.read_to_end(&mut bytes).is_err());
        assert!(
            matches!(reader.failure, Some(Error::ReadFile { path: failed, reason }) if failed == path && reason.contains("shorter"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_endless_device_ends_at_the_limit() {
        let body = Body::Streamed { content_type: "a/b".into(), source: Source::Path("/dev/zero".into()) };
        assert_eq!(wire_body_within(&body, 4096), Err(Error::BodyTooLarge { limit: 4096 }));
    }
}
