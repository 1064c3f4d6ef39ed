//! Standard input as a body: kept in a file, so that its length is known, it can be sent again after a redirect or
//! in a retry, and it takes no memory however long it is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// How much of a stream is kept in memory before it goes to a file.
const IN_MEMORY: u64 = 1024 * 1024;

/// An open file, read from an offset on.
#[derive(Clone, Debug)]
pub struct Spool {
    file: Arc<File>,
    start: u64,
    length: u64,
}

/// A stream read to its end.
#[derive(Debug)]
pub enum Spooled {
    /// It was short.
    Bytes(Vec<u8>),
    /// It was long, or already a file.
    File(Spool),
}

impl PartialEq for Spool {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && self.start == other.start
    }
}

impl Spool {
    /// What is left of a regular file, from its current position on; `None` for anything else.
    pub fn of(mut file: File) -> Option<Self> {
        let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let start = file.stream_position().ok()?;
        Some(Self { file: Arc::new(file), start, length: about.len().saturating_sub(start) })
    }

    /// Reads `stream` to its end, into memory or, if it is longer than 1 MiB, into a file that is deleted when the
    /// program ends.
    pub fn read(mut stream: impl Read) -> io::Result<Spooled> {
        let mut bytes = Vec::new();
        stream.by_ref().take(IN_MEMORY).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < IN_MEMORY {
            return Ok(Spooled::Bytes(bytes));
        }
        let mut file = tempfile::tempfile()?;
        let mut length = io::copy(&mut bytes.as_slice(), &mut file)?;
        drop(bytes);
        length += io::copy(&mut stream, &mut file)?;
        Ok(Spooled::File(Self { file: Arc::new(file), start: 0, length }))
    }

    /// Reads `stream` to its end into a file that is deleted when the program ends, however short it is.
    pub fn keep(mut stream: impl Read) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        let length = io::copy(&mut stream, &mut file)?;
        Ok(Self { file: Arc::new(file), start: 0, length })
    }

    /// Bytes in it.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// A reader from the beginning. Only one at a time: they share a position.
    pub(super) fn reader(&self) -> io::Result<impl Read + use<>> {
        let file = Arc::clone(&self.file);
        (&*file).seek(SeekFrom::Start(self.start))?;
        Ok(Shared(file))
    }
}

struct Shared(Arc<File>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_streams_stay_in_memory_and_long_ones_can_be_read_twice() {
        match Spool::read(&b"short"[..]).unwrap() {
            Spooled::Bytes(bytes) => assert_eq!(bytes, b"short"),
            other => panic!("{other:?}"),
        }
        let long = IN_MEMORY + 3;
        let Spooled::File(spool) = Spool::read(io::repeat(b'x').take(long)).unwrap() else { panic!() };
        assert_eq!(spool.length(), long);
        for _ in 0..2 {
            let mut read = Vec::new();
            spool.reader().unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read.len() as u64, long);
        }
    }

    #[test]
    fn a_file_is_read_from_where_it_stands() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"head body").unwrap();
        file.seek(SeekFrom::Start(5)).unwrap();
        let spool = Spool::of(file).unwrap();
        assert_eq!(spool.length(), 4);
        let mut text = String::new();
        spool.reader().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "body");
    }
}
