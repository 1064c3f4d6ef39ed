//! Hides secrets in a stream.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::extent::Extent;
use super::mark::MARK;
use super::needles::{Needles, merged};

/// How many bytes are read at once.
const CHUNK: usize = 64 << 10;

/// A reader that hides secrets: its output is what [`super::masked`] makes of the whole text, however that arrives and
/// is read. It holds back only the unfinished stretch without white space, and never more than 5 MiB.
pub struct Hiding<R> {
    inner: R,
    /// `None` if there is nothing to hide.
    needles: Option<Arc<Needles>>,
    /// The end of what was read.
    held: Vec<u8>,
    /// How many bytes of the text were before that.
    before: usize,
    /// How far it was searched; positions are in `held`.
    looked: usize,
    /// From there to here it cannot be cut.
    uncut: usize,
    /// How far it was returned, or is covered by a mark.
    written: usize,
    /// The end of a mark that was already returned, and may turn out to be longer.
    open: Option<usize>,
    /// Secrets that were found but not yet marked.
    places: Vec<Range<usize>>,
    ended: bool,
    hidden: bool,
    out: Vec<u8>,
    given: usize,
}

impl<R: Read> Hiding<R> {
    pub(super) fn new(inner: R, needles: Option<Arc<Needles>>) -> Self {
        Self {
            inner,
            needles,
            held: Vec::new(),
            before: 0,
            looked: 0,
            uncut: 0,
            written: 0,
            open: None,
            places: Vec::new(),
            ended: false,
            hidden: false,
            out: Vec::new(),
            given: 0,
        }
    }

    /// Whether anything was hidden so far.
    pub fn has_hidden(&self) -> bool {
        self.hidden
    }

    /// Reads on until there is something to return or nothing more to read.
    fn fill(&mut self, needles: &Needles) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        while self.out.is_empty() && !self.ended {
            let length = self.held.len();
            self.held.resize(length + CHUNK, 0);
            let count = self.inner.read(self.held.get_mut(length..).unwrap_or_default());
            self.held.truncate(length + count.as_ref().copied().unwrap_or_default());
            self.ended = count? == 0;
            self.look(needles);
        }
        Ok(())
    }

    /// Searches what is now settled, and returns it.
    fn look(&mut self, needles: &Needles) {
        loop {
            let rest = self.held.get(self.looked..).unwrap_or_default();
            // Many small pieces of a long stretch: each is searched for a cut once.
            let new = self.held.get(self.uncut.max(self.looked)..).unwrap_or_default();
            if !self.ended && !needles.may_cut(rest.len(), new) {
                break;
            }
            let Some(cut) = needles.cut(rest, self.before + self.looked, self.ended) else { break };
            let piece = rest.get(..cut.end).unwrap_or_default();
            let found = needles.piece(piece, self.before + self.looked, Extent::Whole);
            let mut places = std::mem::take(&mut self.places);
            places.extend(found.into_iter().map(|place| place.start + self.looked..place.end + self.looked));
            self.looked += cut.next;
            self.release(merged(places));
        }
        self.uncut = self.held.len();
        if self.ended {
            self.release(Vec::new());
        }
    }

    /// Returns what was searched, with marks; `places` are all that were found.
    fn release(&mut self, places: Vec<Range<usize>>) {
        // At the end of the text everything is settled.
        let last = self.ended && self.looked == self.held.len();
        let limit = floor(&self.held, self.looked);
        for place in places {
            if let Some(end) = self.open.filter(|end| place.start <= *end) {
                self.open = Some(end.max(place.end));
                continue;
            }
            let start = floor(&self.held, place.start);
            // A later find may be between it and what precedes it.
            if start >= limit && !last {
                self.places.push(place);
                continue;
            }
            self.close();
            self.write(start);
            self.out.extend_from_slice(MARK.as_bytes());
            self.hidden = true;
            self.open = Some(place.end);
        }
        match self.open {
            // The next one may touch it.
            Some(end) if end >= self.looked && !last => self.written = self.written.max(self.looked),
            _ => {
                self.close();
                self.write(if last { self.held.len() } else { limit });
            }
        }
        let gone = self.written.min(self.looked);
        self.held.drain(..gone);
        self.before += gone;
        self.looked -= gone;
        self.uncut = self.uncut.saturating_sub(gone);
        self.written -= gone;
        self.open = self.open.map(|end| end.saturating_sub(gone));
        for place in &mut self.places {
            *place = place.start - gone..place.end - gone;
        }
    }

    /// Ends the open mark.
    fn close(&mut self) {
        if let Some(end) = self.open.take() {
            self.written = ceil(&self.held, end).max(self.written);
        }
    }

    /// Returns the text up to `end`.
    fn write(&mut self, end: usize) {
        self.out.extend_from_slice(self.held.get(self.written..end).unwrap_or_default());
        self.written = self.written.max(end);
    }
}

impl<R: Read> Read for Hiding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(needles) = self.needles.clone() else { return self.inner.read(buffer) };
        if self.given == self.out.len() && !buffer.is_empty() {
            self.fill(&needles)?;
        }
        let mut ready = self.out.get(self.given..).unwrap_or_default();
        let count = ready.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

/// Where the character containing `at` begins (UTF-8).
fn floor(text: &[u8], at: usize) -> usize {
    let inner = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (0..4).filter_map(|n| at.checked_sub(n)).find(|at| !inner(*at)).unwrap_or(at)
}

/// Where the character containing `at` ends.
fn ceil(text: &[u8], at: usize) -> usize {
    let inner = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (at..at + 4).find(|at| !inner(*at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::super::masked;
    use super::*;

    /// Gives a text in chunks of those sizes, repeatedly.
    struct Chunks<'t> {
        text: &'t [u8],
        sizes: &'t [usize],
        turn: usize,
    }

    impl Read for Chunks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes[self.turn % self.sizes.len()].min(buffer.len());
            self.turn += 1;
            (&mut self.text).take(size as u64).read(buffer)
        }
    }

    fn needles(secrets: &[&str]) -> Needles {
        let secrets: Vec<_> = secrets.iter().map(|text| Zeroizing::new((*text).to_owned())).collect();
        Needles::new(&secrets, &[])
    }

    fn whole(needles: &Needles, text: &str) -> String {
        masked(text, &needles.find(text.as_bytes(), Extent::Whole))
    }

    fn in_chunks(needles: Needles, text: &str, sizes: &[usize]) -> (String, bool) {
        let mut reader =
            Hiding::new(Chunks { text: text.as_bytes(), sizes, turn: 0 }, Some(Arc::new(needles)));
        let mut shown = String::new();
        reader.read_to_string(&mut shown).unwrap();
        (shown, reader.has_hidden())
    }

    const PLAIN: &str = "sk_live_Zb7q9x=1w";
    const ODD: &str = "p\u{e9} w\"/\u{f6}rd+<x>";
    const AGAIN: &str = "abcabcabcabc";
    const LINES: &str = "-----BEGIN\nMIIEvgIBADAN\n-----END";

    #[test]
    fn a_secret_across_chunks_is_hidden() {
        for size in 1..40 {
            let text = format!("a {PLAIN} b{PLAIN}{PLAIN}, {}", STANDARD.encode(PLAIN));
            let (shown, hidden) = in_chunks(needles(&[PLAIN]), &text, &[size]);
            assert_eq!(shown, whole(&needles(&[PLAIN]), &text), "{size}");
            assert!(hidden && shown.starts_with("a *** b***, ") && !shown.contains("Zb7"), "{shown}");
        }
    }

    #[test]
    fn what_is_clear_is_not_held_back_and_little_is_held() {
        struct Endless(usize);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                buffer.fill(b'x');
                buffer[0] = b'\n';
                Ok(buffer.len().min(100))
            }
        }
        let mut reader = Hiding::new(Endless(0), Some(Arc::new(needles(&[PLAIN]))));
        let mut buffer = [0; 1000];
        assert_eq!(reader.read(&mut buffer).unwrap(), 1);
        assert_eq!(reader.read(&mut buffer).unwrap(), 100);
        assert_eq!(reader.inner.0, 2);
        // An endless row of secrets: one mark, and none of it is kept.
        let text = PLAIN.repeat(20_000);
        let mut reader = Hiding::new(text.as_bytes(), Some(Arc::new(needles(&[PLAIN]).sized(900, 100, 0))));
        let mut most = 0;
        let mut shown = Vec::new();
        loop {
            let count = reader.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            shown.extend_from_slice(&buffer[..count]);
            most = most.max(reader.held.len());
        }
        assert_eq!(shown, b"***");
        assert!(most <= CHUNK + 900, "{most}");
    }

    #[test]
    fn nothing_to_hide_is_read_as_it_is() {
        let mut bytes = Vec::new();
        Hiding::new([0, 255, 128].as_slice(), None).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [0, 255, 128]);
        let secret = Some(Arc::new(needles(&[PLAIN])));
        let binary = [[255, 0, 128].as_slice(), PLAIN.as_bytes(), &[200, 129]].concat();
        bytes.clear();
        Hiding::new(binary.as_slice(), secret).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [[255, 0, 128].as_slice(), b"***", &[200, 129]].concat());
    }

    fn forms(secret: &str) -> Vec<String> {
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        vec![
            secret.to_owned(),
            STANDARD.encode(secret),
            STANDARD.encode(format!("x{secret}y")),
            STANDARD.encode(format!("user:{percent}")),
            secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            secret.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
            serde_json::to_string(&percent).unwrap(),
            percent.replace('%', "%25"),
            percent,
            secret.chars().rev().collect(),
            secret.chars().skip(1).collect(),
            secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
        ]
    }

    fn token() -> impl Strategy<Value = String> {
        let secrets = prop::sample::select(vec![PLAIN, ODD, AGAIN, LINES]);
        prop_oneof![
            4 => (secrets, 0..12_usize).prop_map(|(secret, n)| forms(secret).swap_remove(n)),
            1 => "[a-c]{0,30}",
            1 => "[A-Za-z0-9+/]{0,60}",
            1 => "[%\\\\&u0-9a-f;#x]{0,20}",
            1 => "[ \n\t]",
            1 => "\\PC{0,5}",
        ]
    }

    proptest! {
        #[test]
        fn any_chunks_give_what_the_whole_gives(
            tokens in prop::collection::vec(token(), 0..30),
            known in prop::sample::subsequence(vec![PLAIN, ODD, AGAIN, LINES], 1..=4),
            sizes in prop::collection::vec(1..70_usize, 1..8),
            piece in 300..900_usize,
            apart in 0..1_000_usize,
        ) {
            let text = tokens.concat();
            let make = || needles(&known).sized(piece, 200, apart);
            let expected = whole(&make(), &text);
            let (shown, hidden) = in_chunks(make(), &text, &sizes);
            prop_assert_eq!(hidden, expected != text);
            prop_assert_eq!(shown, expected);
            // Cutting loses nothing: everything that a search of the whole finds is found.
            let at_once = whole(&needles(&known), &text);
            let (all, _) = in_chunks(needles(&known), &text, &sizes);
            prop_assert_eq!(all, at_once);
        }
    }
}
