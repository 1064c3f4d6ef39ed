//! Finds the forms of secrets in a text, in one pass for each layer of escapes.
//!
//! Forms that are the same everywhere (as is, reversed, hex, base64 at its three offsets) are written out. All their
//! words of eight bytes go into a table, and every few bytes of the text one word is looked up: anything long enough to
//! count cannot fall between two look-ups. Forms with variants (percent, JSON, HTML escapes) are undone instead, layer
//! by layer. Time and memory are linear in the text.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use zeroize::Zeroizing;

use super::cuts::{Cut, Cuts};
use super::decode::{self, View};
use super::extent::Extent;

/// Bytes of a secret that must not be read, even if the rest is cut off.
const WINDOW: usize = 12;
/// Bytes in a word that is looked up.
const WORD: usize = 8;
/// Layers of escapes that are undone.
const LAYERS: usize = 3;
/// How many positions of one word are tried for a part of a secret ...
const CANDIDATES: usize = 64;
/// ... and for a whole one. No secret contains one word as often.
const CANDIDATES_OF_WHOLES: usize = 1_000;
/// The shortest run of base64 that is undone.
const RUN: usize = 20;

/// One form of one secret.
struct Pattern {
    bytes: Zeroizing<Vec<u8>>,
    /// How much of it counts for a script.
    part: usize,
    /// Base64: the neighbouring characters contain a few bits of the secret too.
    base64: bool,
}

impl Pattern {
    /// What is hidden if the pattern is at `place` in a text.
    fn shown(&self, text: &[u8], place: Range<usize>) -> Range<usize> {
        let is_beside = |n: usize| self.base64 && text.get(n).is_some_and(|byte| is_base64(*byte));
        let before = usize::from(place.start.checked_sub(1).is_some_and(is_beside));
        place.start - before..place.end + usize::from(is_beside(place.end))
    }
}

/// The forms of all secrets of a run.
pub(super) struct Needles {
    patterns: Vec<Pattern>,
    /// Every word of every pattern, with the pattern and its position in it; sorted.
    words: Vec<(u64, u32, u32)>,
    /// One bit for each hash of a word in the table.
    filter: Vec<u64>,
    /// Bytes between two look-ups.
    stride: usize,
    cuts: Cuts,
}

impl Needles {
    pub(super) fn new(strong: &[Zeroizing<String>], carried: &[Zeroizing<String>]) -> Self {
        let mut patterns = Vec::new();
        for secret in strong {
            forms(secret, &mut patterns);
        }
        for text in carried {
            push(&mut patterns, text.as_bytes().to_vec(), text.len(), false);
        }
        let mut words = Vec::new();
        for (n, pattern) in patterns.iter().enumerate() {
            for (at, bytes) in pattern.bytes.windows(WORD).enumerate() {
                words.push((
                    word(bytes),
                    u32::try_from(n).unwrap_or(u32::MAX),
                    u32::try_from(at).unwrap_or(u32::MAX),
                ));
            }
        }
        words.sort_unstable();
        let mut filter = vec![0_u64; 1 << 10];
        for (word, ..) in &words {
            let (index, bit) = slot(*word);
            if let Some(bits) = filter.get_mut(index) {
                *bits |= bit;
            }
        }
        let shortest = patterns.iter().map(|pattern| pattern.part).min().unwrap_or(WORD);
        let cuts = Cuts::between(patterns.iter().flat_map(|pattern| pattern.bytes.iter().copied()));
        Self { patterns, words, filter, stride: shortest.saturating_sub(WORD - 1).max(1), cuts }
    }

    /// Where a text contains a secret, in order, without overlaps.
    pub(super) fn find(&self, text: &[u8], extent: Extent) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        while let Some(cut) = text.get(start..).and_then(|rest| self.cut(rest, start, true)) {
            let piece = text.get(start..start + cut.end).unwrap_or_default();
            let places = self.piece(piece, start, extent);
            found.extend(places.into_iter().map(|place| place.start + start..place.end + start));
            start += cut.next;
        }
        merged(found)
    }

    /// The part of `rest`, whose first byte is the `at`th of the text, that can be searched on its own; `None` before
    /// more of the text is available, and at its end.
    pub(super) fn cut(&self, rest: &[u8], at: usize, ended: bool) -> Option<Cut> {
        self.cuts.next(rest, at, ended)
    }

    /// Whether [`Needles::cut`] may find a cut in `length` bytes in which it found none before the last `new` were
    /// added.
    pub(super) fn may_cut(&self, length: usize, new: &[u8]) -> bool {
        self.cuts.may_cut(length, new)
    }

    /// The same with other sizes of pieces.
    #[cfg(test)]
    pub(super) fn sized(self, piece: usize, overlap: usize, apart: usize) -> Self {
        Self { cuts: self.cuts.sized(piece, overlap, apart), ..self }
    }

    /// Where a piece that begins `at` bytes into the text contains a secret. Ranges are within the piece.
    pub(super) fn piece(&self, piece: &[u8], at: usize, extent: Extent) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        self.layers(piece, self.cuts.takes_apart(at), extent, &mut places);
        places
    }

    /// Searches a piece as it is, and with its escapes undone, layer by layer.
    fn layers(&self, piece: &[u8], apart: bool, extent: Extent, found: &mut Vec<Range<usize>>) {
        let mut views: Vec<View> = Vec::new();
        loop {
            let layer = views.last().map_or(piece, |view| &view.bytes);
            let mut places = Vec::new();
            self.look(layer, extent, &mut places);
            if apart {
                self.inside_base64(layer, extent, &mut places);
            }
            let origin =
                |place: Range<usize>| views.iter().rev().fold(place, |place, view| view.origin(place));
            found.extend(places.into_iter().map(origin));
            if views.len() == LAYERS {
                return;
            }
            match decode::unescape(layer) {
                Some(view) => views.push(view),
                None => return,
            }
        }
    }

    /// Searches bytes as they are.
    fn look(&self, text: &[u8], extent: Extent, found: &mut Vec<Range<usize>>) {
        let mut at = 0;
        while let Some(bytes) = text.get(at..at + WORD) {
            let word = word(bytes);
            let (index, bit) = slot(word);
            let mut next = at + self.stride;
            if self.filter.get(index).is_some_and(|bits| bits & bit != 0) {
                let end = match extent {
                    Extent::Part => self.longest_at(text, at, word, found),
                    Extent::Whole => self.wholes_at(text, at, word, found),
                };
                next = next.max(end.unwrap_or_default().saturating_sub(WORD - 1));
            }
            at = next;
        }
    }

    /// The positions in patterns of a word of the text.
    fn candidates(&self, word: u64) -> impl Iterator<Item = (&Pattern, usize)> {
        let first = self.words.partition_point(|(known, ..)| *known < word);
        let same = self.words.get(first..).unwrap_or_default().iter();
        same.take_while(move |(known, ..)| *known == word).filter_map(|(_, pattern, offset)| {
            Some((self.patterns.get(usize::try_from(*pattern).ok()?)?, usize::try_from(*offset).ok()?))
        })
    }

    /// Adds the longest match around a word of the text that is long enough to count; returns where it ends.
    fn longest_at(&self, text: &[u8], at: usize, word: u64, found: &mut Vec<Range<usize>>) -> Option<usize> {
        // A repetitive secret contains one word many times.
        let places = self.candidates(word).take(CANDIDATES).filter_map(|(pattern, offset)| {
            let before = common_suffix(text.get(..at)?, pattern.bytes.get(..offset)?);
            let after = common_prefix(text.get(at..)?, pattern.bytes.get(offset..)?);
            (before + after >= pattern.part).then(|| pattern.shown(text, at - before..at + after))
        });
        let place = places.max_by_key(ExactSizeIterator::len)?;
        let end = place.end;
        found.push(place);
        Some(end)
    }

    /// Adds every secret that is complete around a word of the text, so that the result does not depend on where the
    /// look-ups fall; returns where the last of them ends.
    fn wholes_at(&self, text: &[u8], at: usize, word: u64, found: &mut Vec<Range<usize>>) -> Option<usize> {
        let mut last = None;
        for (pattern, offset) in self.candidates(word).take(CANDIDATES_OF_WHOLES) {
            let Some(start) = at.checked_sub(offset) else { continue };
            let end = start + pattern.bytes.len();
            if text.get(start..end).is_some_and(|bytes| bytes == pattern.bytes.as_slice()) {
                found.push(pattern.shown(text, start..end));
                last = last.max(Some(end));
            }
        }
        last
    }

    /// Decodes runs of base64, starting at each of four characters: one of them is where a group begins.
    fn inside_base64(&self, text: &[u8], extent: Extent, found: &mut Vec<Range<usize>>) {
        let mut from = 0;
        while let Some(start) = text.iter().skip(from).position(|b| is_base64(*b)).map(|n| from + n) {
            let length = text.iter().skip(start).take_while(|b| is_base64(**b)).count();
            from = start + length;
            if length < RUN {
                continue;
            }
            for shift in start..start + 4 {
                let Some(run) = text.get(shift..from) else { break };
                let decoded = decode::base64(run);
                let mut places = Vec::new();
                self.look(&decoded, extent, &mut places);
                if let Some(view) = decode::unescape(&decoded) {
                    let mut inner = Vec::new();
                    self.look(&view.bytes, extent, &mut inner);
                    places.extend(inner.into_iter().map(|place| view.origin(place)));
                }
                found.extend(places.into_iter().map(|place| {
                    let end = shift + (place.end * 4).div_ceil(3);
                    shift + place.start * 4 / 3..end.min(from)
                }));
            }
        }
    }
}

/// Every form of a secret that is written out.
fn forms(secret: &str, patterns: &mut Vec<Pattern>) {
    let mut texts = vec![Zeroizing::new(secret.as_bytes().to_vec())];
    if secret.contains(' ') {
        // As in forms.
        texts.push(Zeroizing::new(secret.replace(' ', "+").into_bytes()));
    }
    // A secret that itself looks escaped is changed when escapes around it are undone.
    while texts.len() < 2 + LAYERS
        && let Some(view) = texts.last().and_then(|text| decode::unescape(text))
    {
        texts.push(Zeroizing::new(view.bytes));
    }
    // What every token of a kind begins with is not secret: the header of a JSON Web Token says which algorithm signs
    // it.
    let head = match secret.find('.') {
        Some(dot) if secret.starts_with("eyJ") => dot + 1,
        _ => 0,
    };
    for (n, text) in texts.iter().enumerate() {
        let rest = text.get(head..).filter(|rest| n == 0 && rest.len() >= WINDOW && head > 0);
        match rest {
            Some(rest) => {
                encoded(text, text.len(), patterns);
                encoded(rest, WINDOW, patterns);
            }
            None => encoded(text, WINDOW, patterns),
        }
    }
}

/// The encodings of a text, of which `window` consecutive bytes count.
fn encoded(text: &[u8], window: usize, patterns: &mut Vec<Pattern>) {
    let window = window.min(text.len());
    push(patterns, text.to_vec(), window, false);
    let backwards = match std::str::from_utf8(text) {
        Ok(text) => text.chars().rev().collect::<String>().into_bytes(),
        Err(_) => text.iter().rev().copied().collect(),
    };
    push(patterns, backwards, window, false);
    for digits in [b"0123456789abcdef", b"0123456789ABCDEF"] {
        let hex =
            text.iter().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        push(patterns, hex.collect(), window * 2, false);
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for offset in 0..3 {
            let mut shifted = Zeroizing::new(vec![0; offset]);
            shifted.extend_from_slice(text);
            let encoded = Zeroizing::new(engine.encode(shifted.as_slice()));
            // Only the characters that the text alone determines.
            let (first, last) = ((offset * 8).div_ceil(6), (offset + text.len()) * 8 / 6);
            let sure = encoded.as_bytes().get(first..last).unwrap_or_default();
            let part = if window == text.len() { sure.len() } else { (window * 8 - 4) / 6 };
            push(patterns, sure.to_vec(), part, true);
        }
    }
}

fn push(patterns: &mut Vec<Pattern>, bytes: Vec<u8>, part: usize, base64: bool) {
    let bytes = Zeroizing::new(bytes);
    if bytes.len() >= WORD && !patterns.iter().any(|known| known.bytes == bytes && known.part <= part) {
        patterns.push(Pattern { bytes, part: part.max(WORD), base64 });
    }
}

/// Marks those of `values` that contain one or the other of two pieces that make up `secret`. A piece of twelve bytes or
/// more is found on its own, so only shorter ones are searched for.
pub(super) fn halves(secret: &[u8], values: &[&str], hidden: &mut [bool]) {
    /// A shorter piece occurs in a header by chance.
    const PIECE: usize = 4;
    let Some(last) = secret.len().checked_sub(PIECE) else { return };
    let short = |length: usize| length < WINDOW;
    for cut in (PIECE..=last).filter(|cut| short(*cut) || short(secret.len() - cut)) {
        let (first, second) = secret.split_at(cut);
        let holds = |piece: &[u8]| -> Vec<bool> {
            let finder = memmem::Finder::new(piece);
            values.iter().map(|value| finder.find(value.as_bytes()).is_some()).collect()
        };
        let (first, second) = (holds(first), holds(second));
        if first.contains(&true) && second.contains(&true) {
            hidden.iter_mut().zip(first.iter().zip(&second)).for_each(|(hidden, (a, b))| *hidden |= a | b);
        }
    }
}

fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// The bit of a word in the filter.
fn slot(word: u64) -> (usize, u64) {
    let hash = word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    (usize::try_from(hash >> 6).unwrap_or_default(), 1 << (hash & 63))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// Sorts ranges and joins those that touch.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}
