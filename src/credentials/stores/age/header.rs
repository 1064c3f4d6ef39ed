//! The header: the recipients of a file, in lines of text, and a MAC over all of them.

use super::failed::Failed;
use super::keys::{FileKey, base64, from_base64};

const VERSION: &[u8] = b"age-encryption.org/v1\n";

/// The mark that the last line begins with; the MAC covers the header up to and including it.
const MAC: &[u8] = b"---";

/// Characters of a full line of a stanza's body.
const COLUMNS: usize = 64;

/// How one recipient gets the file key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stanza {
    /// Its type and arguments: at least one word of visible ASCII.
    pub(super) arguments: Vec<String>,
    /// What only that recipient reads.
    pub(super) body: Vec<u8>,
}

/// A header as it was read.
#[derive(Debug)]
pub(super) struct Header<'a> {
    /// At least one.
    pub(super) stanzas: Vec<Stanza>,
    /// What the MAC covers: from the first line to the mark of the last.
    covered: &'a [u8],
    mac: Vec<u8>,
}

impl<'a> Header<'a> {
    /// The header at the start of `file`, and what follows it.
    ///
    /// # Errors
    ///
    /// [`Failed::Header`] if anything does not follow the format's grammar.
    pub(super) fn parse(file: &'a [u8]) -> Result<(Self, &'a [u8]), Failed> {
        let mut rest = file.strip_prefix(VERSION).ok_or(Failed::Header)?;
        let mut stanzas = Vec::new();
        while !rest.starts_with(MAC) {
            stanzas.push(stanza(&mut rest)?);
        }
        let covered = &file[..file.len() - rest.len() + MAC.len()];
        let end = line(&mut rest)?;
        let mac = end.strip_prefix(b"--- ").and_then(from_base64).ok_or(Failed::Header)?;
        if stanzas.is_empty() || mac.len() != 32 {
            return Err(Failed::Header);
        }
        Ok((Self { stanzas, covered, mac }, rest))
    }

    /// Whether the writer of the header had the file key, checked in constant time.
    ///
    /// # Errors
    ///
    /// [`Failed::Mac`].
    pub(super) fn verify(&self, file_key: &FileKey) -> Result<(), Failed> {
        ring::hmac::verify(&file_key.of_header()?, self.covered, &self.mac).map_err(|_| Failed::Mac)
    }
}

/// The header of a file for one recipient.
///
/// # Errors
///
/// [`Failed::System`].
pub(super) fn written(stanza: &Stanza, file_key: &FileKey) -> Result<Vec<u8>, Failed> {
    let mut header = VERSION.to_vec();
    header.extend_from_slice(b"-> ");
    header.extend_from_slice(stanza.arguments.join(" ").as_bytes());
    header.push(b'\n');
    let body = base64(&stanza.body);
    let mut rest = body.as_bytes();
    // A body of only full lines ends with an empty one.
    loop {
        let (full, after) = rest.split_at(rest.len().min(COLUMNS));
        header.extend_from_slice(full);
        header.push(b'\n');
        rest = after;
        if full.len() < COLUMNS {
            break;
        }
    }
    header.extend_from_slice(MAC);
    let mac = ring::hmac::sign(&file_key.of_header()?, &header);
    header.push(b' ');
    header.extend_from_slice(base64(mac.as_ref()).as_bytes());
    header.push(b'\n');
    Ok(header)
}

/// The stanza at the start of `rest`.
fn stanza(rest: &mut &[u8]) -> Result<Stanza, Failed> {
    let arguments = line(rest)?.strip_prefix(b"-> ").ok_or(Failed::Header)?;
    let arguments: Option<Vec<String>> = arguments.split(|byte| *byte == b' ').map(argument).collect();
    let arguments = arguments.ok_or(Failed::Header)?;
    let mut body = Vec::new();
    loop {
        let line = line(rest)?;
        if line.len() > COLUMNS {
            return Err(Failed::Header);
        }
        body.extend(from_base64(line).ok_or(Failed::Header)?);
        if line.len() < COLUMNS {
            return Ok(Stanza { arguments, body });
        }
    }
}

/// One or more visible characters of ASCII.
fn argument(word: &[u8]) -> Option<String> {
    let visible = !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    visible.then(|| String::from_utf8_lossy(word).into_owned())
}

/// The line at the start of `rest`, without its end.
fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Failed> {
    let end = memchr::memchr(b'\n', rest).ok_or(Failed::Header)?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    Ok(line)
}
