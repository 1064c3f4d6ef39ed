//! The forms of secrets, found in a text in one pass for each layer of escapes.
//!
//! Forms that are the same wherever they stand (as is, reversed, hex, base64 at its three offsets) are written out. All their
//! words of eight bytes go into a table, and every few bytes of the text one word is looked up: what is long enough to count
//! cannot lie between two looks. Forms that a sender is free in (percent, JSON, HTML escapes) are undone instead, layer by
//! layer. Time and memory are linear in the text.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use zeroize::Zeroizing;

use super::decode::{self, View};
use super::extent::Extent;

/// Bytes of a secret that must not be read, even where the rest is cut off.
const WINDOW: usize = 12;
/// Bytes of a word that is looked up.
const WORD: usize = 8;
/// Layers of escapes that are undone.
const LAYERS: usize = 3;
/// A text is looked at in pieces of this size, so that its layers never stand in memory as a whole ...
const PIECE: usize = 4 << 20;
/// ... which overlap by what an escaped secret may take.
const OVERLAP: usize = 256 << 10;
/// Up to here base64 in a text is also taken apart, for escapes inside of it.
const TAKEN_APART: usize = 1 << 20;
/// Places of one word that are tried.
const CANDIDATES: usize = 64;
/// The shortest run of base64 that is.
const RUN: usize = 20;

/// One form of one secret.
struct Pattern {
    bytes: Zeroizing<Vec<u8>>,
    /// How much of it counts for a script.
    part: usize,
    /// Base64: the characters around hold a few bits of the secret too.
    base64: bool,
}

/// The forms of all secrets of a run.
pub(super) struct Needles {
    patterns: Vec<Pattern>,
    /// Every word of every pattern, with the pattern and its place there; sorted.
    words: Vec<(u64, u32, u32)>,
    /// One bit for each hash of a word that is there.
    filter: Vec<u64>,
    /// Bytes between two looks.
    stride: usize,
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
        Self { patterns, words, filter, stride: shortest.saturating_sub(WORD - 1).max(1) }
    }

    /// Where a secret stands in a text, in order, without overlaps.
    pub(super) fn find(&self, text: &[u8], extent: Extent) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        loop {
            let end = text.len().min(start + PIECE);
            let piece = text.get(start..end).unwrap_or_default();
            let mut places = Vec::new();
            self.layers(piece, extent, &mut places);
            found.extend(places.into_iter().map(|place| place.start + start..place.end + start));
            if end == text.len() {
                break;
            }
            start = end - OVERLAP;
        }
        merged(found)
    }

    /// Looks at a piece as it is, and with its escapes undone, as often as it has any.
    fn layers(&self, piece: &[u8], extent: Extent, found: &mut Vec<Range<usize>>) {
        let mut views: Vec<View> = Vec::new();
        loop {
            let layer = views.last().map_or(piece, |view| &view.bytes);
            let mut places = Vec::new();
            self.look(layer, extent, &mut places);
            if piece.len() <= TAKEN_APART {
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

    /// Looks at bytes as they are.
    fn look(&self, text: &[u8], extent: Extent, found: &mut Vec<Range<usize>>) {
        let mut at = 0;
        while let Some(bytes) = text.get(at..at + WORD) {
            let word = word(bytes);
            let (index, bit) = slot(word);
            let mut next = at + self.stride;
            if self.filter.get(index).is_some_and(|bits| bits & bit != 0)
                && let Some(place) = self.match_at(text, at, word, extent)
            {
                next = next.max(place.end.saturating_sub(WORD - 1));
                found.push(place);
            }
            at = next;
        }
    }

    /// The longest match around a word of the text that is long enough to count.
    fn match_at(&self, text: &[u8], at: usize, word: u64, extent: Extent) -> Option<Range<usize>> {
        let first = self.words.partition_point(|(known, ..)| *known < word);
        // A secret that repeats itself has one word many times.
        let candidates =
            self.words.get(first..)?.iter().take_while(|(known, ..)| *known == word).take(CANDIDATES);
        let places = candidates.filter_map(|(_, pattern, offset)| {
            let pattern = self.patterns.get(usize::try_from(*pattern).ok()?)?;
            let offset = usize::try_from(*offset).ok()?;
            let before = common_suffix(text.get(..at)?, pattern.bytes.get(..offset)?);
            let after = common_prefix(text.get(at..)?, pattern.bytes.get(offset..)?);
            let wanted = if extent == Extent::Part { pattern.part } else { pattern.bytes.len() };
            if before + after < wanted {
                return None;
            }
            let beside = |n: Option<usize>| {
                usize::from(
                    pattern.base64 && n.and_then(|n| text.get(n)).is_some_and(|byte| is_base64(*byte)),
                )
            };
            let (start, end) = (at - before, at + after);
            Some(start - beside(start.checked_sub(1))..end + beside(Some(end)))
        });
        places.max_by_key(ExactSizeIterator::len)
    }

    /// Looks into runs of base64, from each of four characters on: one of them is where a group begins.
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
        // As forms have it.
        texts.push(Zeroizing::new(secret.replace(' ', "+").into_bytes()));
    }
    // A secret that looks escaped itself is changed where escapes around it are undone.
    while texts.len() < 2 + LAYERS
        && let Some(view) = texts.last().and_then(|text| decode::unescape(text))
    {
        texts.push(Zeroizing::new(view.bytes));
    }
    // What any token of the kind begins with is no secret: the head of a JSON Web Token says which algorithm signs it.
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

/// The encodings of a text, of which `window` bytes in a row count.
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
            // Those characters that the text alone decides.
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

/// Marks those of `values` that hold the one or the other of two pieces that make up `secret`. A piece of twelve bytes and
/// more is found by itself, so that it is the shorter ones that are looked for.
pub(super) fn halves(secret: &[u8], values: &[&str], hidden: &mut [bool]) {
    /// A shorter piece stands in a header by chance.
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

/// Ranges in order, those that touch as one.
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
