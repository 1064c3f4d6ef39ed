//! Undoes escapes, keeping track of where each byte came from.

use std::ops::Range;

use memchr::memchr3;

use super::entities;
use super::unescaped::{Unescaped, hex};

/// A text without its escapes.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// Where the offsets change, in order.
    jumps: Vec<Jump>,
}

/// From `at` in the view on, bytes come from `origin` onwards; or all of them together are the escape that begins there.
#[derive(Clone, Copy)]
struct Jump {
    at: u32,
    origin: u32,
    escape: bool,
}

impl View {
    /// Where a range of the view came from; an escape as a whole.
    pub(super) fn origin(&self, place: Range<usize>) -> Range<usize> {
        let start = match self.jump(place.start) {
            (Some(jump), _) if jump.escape => wide(jump.origin),
            (Some(jump), _) => wide(jump.origin) + place.start - wide(jump.at),
            (None, _) => place.start,
        };
        let last = place.end.saturating_sub(1);
        let end = match self.jump(last) {
            (Some(jump), Some(next)) if jump.escape => wide(next.origin),
            (Some(jump), _) => wide(jump.origin) + last - wide(jump.at) + 1,
            (None, _) => place.end,
        };
        start..end.max(start)
    }

    /// The jump that a byte belongs to, and the next one.
    fn jump(&self, at: usize) -> (Option<Jump>, Option<Jump>) {
        let behind = self.jumps.partition_point(|jump| wide(jump.at) <= at);
        (behind.checked_sub(1).and_then(|n| self.jumps.get(n)).copied(), self.jumps.get(behind).copied())
    }
}

fn wide(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// `text` with one layer of percent, JSON and HTML escapes undone; `None` if it has none. Broken ones stay as they are.
pub(super) fn unescape(text: &[u8]) -> Option<View> {
    let mut view = View { bytes: Vec::new(), jumps: Vec::new() };
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr3(b'%', b'\\', b'&', rest)) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        let escape = match rest.first() {
            Some(b'%') => percent(rest),
            Some(b'\\') => backslash(rest),
            _ => entities::entity(rest),
        };
        let Some((c, length)) = escape else {
            at += 1;
            continue;
        };
        view.bytes.extend_from_slice(text.get(copied..at).unwrap_or_default());
        view.jumps.push(Jump { at: narrow(view.bytes.len()), origin: narrow(at), escape: true });
        match c {
            Unescaped::Byte(byte) => view.bytes.push(byte),
            Unescaped::Char(c) => view.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        at += length;
        copied = at;
        view.jumps.push(Jump { at: narrow(view.bytes.len()), origin: narrow(at), escape: false });
    }
    if view.jumps.is_empty() {
        return None;
    }
    view.bytes.extend_from_slice(text.get(copied..).unwrap_or_default());
    Some(view)
}

/// `%2f` (RFC 3986, section 2.1).
fn percent(text: &[u8]) -> Option<(Unescaped, usize)> {
    Some((Unescaped::Byte(u8::try_from(hex(text.get(1..3)?)?).ok()?), 3))
}

/// `\u002f`, `\ud83d\udd11`, `\/` (RFC 8259, section 7); also `\x2f` and `\u{2f}`, from scripting languages.
fn backslash(text: &[u8]) -> Option<(Unescaped, usize)> {
    let simple = |c| Some((Unescaped::Char(c), 2));
    match text.get(1)? {
        b'u' if text.get(2) == Some(&b'{') => {
            let length = text.iter().skip(3).take(7).position(|b| *b == b'}')?;
            Some((Unescaped::Char(char::from_u32(hex(text.get(3..3 + length)?)?)?), length + 4))
        }
        b'u' => {
            let unit = hex(text.get(2..6)?)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((Unescaped::Char(c), 6));
            }
            let (b"\\u", low) = (text.get(6..8)?, hex(text.get(8..12)?)?) else { return None };
            let c = char::decode_utf16([u16::try_from(unit).ok()?, u16::try_from(low).ok()?]).next()?.ok()?;
            Some((Unescaped::Char(c), 12))
        }
        b'x' => Some((Unescaped::Byte(u8::try_from(hex(text.get(2..4)?)?).ok()?), 4)),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        c @ (b'/' | b'"' | b'\'' | b'\\' | b'`' | b'$') => simple(char::from(*c)),
        _ => None,
    }
}

/// A run of base64 in either alphabet (RFC 4648, sections 4 and 5), up to the last whole byte.
pub(super) fn base64(run: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(run.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in run {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    bytes
}
