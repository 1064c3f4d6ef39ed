//! Where a text may be cut so that searching its pieces one by one gives the same result as searching the whole.
//!
//! No escape contains white space or a control character, in any layer, and no run of base64 does. So what is on one
//! side of such a byte is independent of the other side, unless a secret contains that byte itself. A text is cut after
//! those that no secret contains; how many of the stretches between them are searched together makes no difference. A
//! stretch that is longer than [`PIECE`] is searched in overlapping windows.

/// The most that is searched at once, so that a text's layers are never in memory as a whole ...
const PIECE: usize = 4 << 20;
/// ... and by how much windows overlap: the longest escaped secret. A longer one across the end of a window is not
/// found.
const OVERLAP: usize = 256 << 10;
/// Stretches that begin before this byte of a text have their base64 decoded, for escapes inside it.
const TAKEN_APART: usize = 1 << 20;

/// The next piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where it ends, from its beginning.
    pub(super) end: usize,
    /// Where the next one begins; before the end only for windows of a long stretch.
    pub(super) next: usize,
}

/// How a text is cut.
pub(super) struct Cuts {
    /// The bytes after which it may be cut.
    bytes: [bool; 256],
    piece: usize,
    overlap: usize,
    apart: usize,
}

impl Cuts {
    /// Between secrets of those bytes.
    pub(super) fn between(secrets: impl Iterator<Item = u8>) -> Self {
        let mut cuts = [false; 256];
        for (byte, cut) in (0_u8..=255).zip(&mut cuts) {
            *cut = byte <= b' ' || byte == 0x7f;
        }
        for byte in secrets {
            if let Some(cut) = cuts.get_mut(usize::from(byte)) {
                *cut = false;
            }
        }
        Self { bytes: cuts, piece: PIECE, overlap: OVERLAP, apart: TAKEN_APART }
    }

    /// With other sizes.
    #[cfg(test)]
    pub(super) fn sized(self, piece: usize, overlap: usize, apart: usize) -> Self {
        Self { piece, overlap, apart, ..self }
    }

    fn is_cut(&self, byte: u8) -> bool {
        self.bytes.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// Whether a text that had no cut may have one now that the last `new` of its `length` bytes were added.
    pub(super) fn may_cut(&self, length: usize, new: &[u8]) -> bool {
        length > self.piece || new.iter().any(|byte| self.is_cut(*byte))
    }

    /// Whether base64 is decoded in a piece that begins there.
    pub(super) fn takes_apart(&self, at: usize) -> bool {
        at < self.apart
    }

    /// The piece at the beginning of `rest`, which is `at` bytes into a text. `None` while it depends on what follows,
    /// and if nothing is left.
    pub(super) fn next(&self, rest: &[u8], at: usize, ended: bool) -> Option<Cut> {
        let mut window = rest.get(..self.piece).unwrap_or(rest);
        // Stretches on either side of the mark are searched separately.
        if let Some(before) = self.apart.checked_sub(at + 1)
            && let Some(n) = window.get(before..).and_then(|tail| tail.iter().position(|b| self.is_cut(*b)))
        {
            window = window.get(..=before + n).unwrap_or(window);
        }
        let all = |end: usize| Some(Cut { end, next: end });
        if ended && window.len() == rest.len() && !rest.is_empty() {
            return all(rest.len());
        }
        if let Some(last) = window.iter().rposition(|byte| self.is_cut(*byte)) {
            return all(last + 1);
        }
        (rest.len() > self.piece).then_some(Cut { end: self.piece, next: self.piece - self.overlap })
    }
}
