//! Bodies as they are sent: pieces, of which files are read only while they are being sent.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::PathBuf;

use super::error::plain;
use super::piece::{MAX_BODY_BYTES, Piece, Reader};
use super::{Body, Error, multipart};

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

/// A body with its length, prepared before the first connection so that a broken one costs nothing.
#[derive(Debug)]
pub(super) struct Payload<'a> {
    pub(super) content_type: String,
    pub(super) length: u64,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Payload<'a> {
    /// `None` for no body.
    pub(super) fn of(body: &'a Body) -> Result<Option<Self>, Error> {
        Self::within(body, MAX_BODY_BYTES)
    }

    /// What has to be read into memory now, because its length is unknown, is at most `limit` bytes.
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

    /// The bytes, if there are only bytes.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [piece] => piece.bytes(),
            _ => None,
        }
    }

    /// The pieces, in the order in which they are sent.
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
        // Only a file can fail, and its failure is kept.
        read.map_err(|error| Error::ReadFile { path: PathBuf::new(), reason: plain(&error) })?;
        Ok(bytes)
    }

    /// Reads the pieces one after the other; exactly [`Payload::length`] bytes, or an error.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Source;

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
