use std::fmt;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// The body of an answer: the bytes that the server sent, decompressed, whatever they are.
///
/// Cheap to clone. Today a transport reads all of it before it returns the answer; callers that only need a reader ask
/// for one, so that this can change.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AnswerBody(Arc<Vec<u8>>);

impl AnswerBody {
    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// All of it, as an owned value.
    pub fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.0)
    }

    /// A reader from the beginning.
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
