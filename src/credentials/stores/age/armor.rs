//! Armor: RFC 7468's strict encoding with a label of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::failed::Failed;

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";

/// Characters of a full line, and the bytes that they encode.
const COLUMNS: usize = 64;

/// Whitespace that may stand before or after the armor.
const MAX_OUTSIDE: usize = 1024;

/// `file` in lines of 64 characters.
pub(super) fn encode(file: &[u8]) -> String {
    let mut text = format!("{BEGIN}\n");
    for line in file.chunks(COLUMNS / 4 * 3) {
        STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// The bytes of an armored file. Lines end in LF or CRLF; each but the last is full, and base64 is canonical: a file has
/// exactly one armor, apart from line endings and surrounding whitespace.
///
/// # Errors
///
/// [`Failed::Armor`].
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Failed> {
    let inner = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.len() - inner.len() > MAX_OUTSIDE {
        return Err(Failed::Armor);
    }
    // Whitespace before the first line has to be whole lines, or it would be an indent.
    let before = &text[..text.find(BEGIN).ok_or(Failed::Armor)?];
    if !before.is_empty() && !before.ends_with('\n') {
        return Err(Failed::Armor);
    }
    let mut lines = inner.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    if lines.next() != Some(BEGIN) {
        return Err(Failed::Armor);
    }
    let mut file = Vec::with_capacity(inner.len() / 4 * 3);
    let mut full = true;
    for line in lines.by_ref() {
        if line == END {
            return if lines.next().is_none() { Ok(file) } else { Err(Failed::Armor) };
        }
        if !full || line.is_empty() || line.len() > COLUMNS {
            return Err(Failed::Armor);
        }
        full = line.len() == COLUMNS && !line.ends_with('=');
        STANDARD.decode_vec(line, &mut file).map_err(|_| Failed::Armor)?;
    }
    Err(Failed::Armor)
}
