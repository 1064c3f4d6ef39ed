use std::fmt;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// The body of an answer: the bytes that the server sent, decompressed, whatever stands in them.
///
/// Cheap to clone. Today a transport has read all of it before there is an answer; whoever needs no more than a reader asks for
/// one, and does not care.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AnswerBody(Arc<Vec<u8>>);

impl AnswerBody {
    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// All of it, to be kept.
    pub fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.0)
    }

    /// A reader from its beginning.
    pub fn into_reader(self) -> impl Read {
        Cursor::new(Shared(self.0))
    }
}

impl From<Vec<u8>> for AnswerBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
