//! Texts that match a pattern, plain ones where there is a choice; and whether a text matches.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_lite::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// How much longer than it must be a part that may repeat is tried.
const LONGEST: u32 = 1_200;

/// Characters of a class that are tried first, each for another `n`.
const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:@ ";

/// Characters that conditions ask for besides, as those of passwords do.
const OTHER: &str = "!#$%&*+?^~,;=";

/// A text with characters of every kind.
const PASSWORD: &str = "Passw0rd-1";

/// How many texts are tried for a pattern with conditions.
const TRIES: u64 = 2_000;

/// How texts are written for a pattern.
struct Writer {
    /// How often a part is repeated beyond what it must be.
    more: u32,
    /// Which alternative and which character are taken.
    n: u64,
    /// How often what may be left out is there at least.
    optional: u32,
    /// Where every choice is another one: what the next depends on.
    random: Option<u64>,
    text: String,
}

/// A text that matches `pattern` (ECMA-262, unanchored) as far as this can tell, of a length between the bounds.
/// Different `n` give different texts where there are several. `None` for what is no such pattern. Conditions on what
/// stands around (`(?=...)`) are kept where [`matches`] understands them.
pub(crate) fn matching(pattern: &str, least: usize, most: usize, n: u64) -> Option<String> {
    let bare = plain(pattern)?;
    let hir = ParserBuilder::new().build().parse(&bare).ok()?;
    let fits = |text: &str| {
        (least..=most).contains(&text.chars().count())
            && !text.is_empty()
            && matches(pattern, text) != Some(false)
    };
    let write = |more, n, optional, random| {
        let mut writer = Writer { more, n, optional, random, text: String::new() };
        writer.write(&hir)?;
        Some(writer.text)
    };
    let mut found = None;
    // Conditions that are not understood here are mostly those of passwords.
    if matches(pattern, "").is_none()
        && pattern.contains("(?=")
        && (least..=most).contains(&PASSWORD.len())
        && matches(&bare, PASSWORD) == Some(true)
    {
        return Some(PASSWORD.to_owned());
    }
    // Once where it may be left out, then not at all; then as often as makes the text long enough.
    let short = [(0, n, 1), (0, n, 0), (0, n + 1, 1), (0, n + 2, 1)];
    let long = (1..=80).chain((100..=LONGEST).step_by(20)).map(|more| (more, n, 1));
    for (more, n, optional) in short.into_iter().chain(long) {
        let text = write(more, n, optional, None)?;
        if fits(&text) {
            return Some(text);
        }
        found = found.or(Some(text));
    }
    // Several kinds of characters are asked for, or some words are not wanted.
    for seed in 1..=TRIES {
        let random = Some((seed + 1_000 * n).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let text = write(u32::try_from(seed % 40).ok()?, n, u32::try_from(seed % 2).ok()?, random)?;
        if fits(&text) {
            return Some(text);
        }
    }
    found
}

thread_local! {
    /// What is known of patterns: the parts of each, and whether a text must match or must not.
    static KNOWN: RefCell<HashMap<String, Option<Rc<Conditions>>>> = RefCell::default();
}

type Conditions = Vec<(Regex, bool)>;

/// Whether `text` matches an ECMA-262 pattern; `None` where that cannot be told here.
pub(crate) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let known = KNOWN.with_borrow_mut(|known| {
        known.entry(pattern.to_owned()).or_insert_with(|| conditions(pattern).map(Rc::new)).clone()
    });
    Some(known?.iter().all(|(regex, must)| regex.is_match(text) == *must))
}

/// A pattern as several that have none of the conditions that this engine does not know: those at the beginning (after
/// `^`) are held against the beginning, those at the end (before `$`) against the end. `None` if there are others.
fn conditions(pattern: &str) -> Option<Conditions> {
    let mut rest = pattern.replace("\\/", "/");
    let mut all = Vec::new();
    let compiled = |pattern: &str| Regex::new(pattern).ok();
    // A condition may hold the `^` that the whole begins with.
    let anchored = rest.strip_prefix('^').or_else(|| rest.starts_with("(?=^").then_some(rest.as_str()));
    if let Some(mut after) = anchored {
        while let Some(must) =
            [("(?=", true), ("(?!", false)].iter().find(|(open, _)| after.starts_with(open))
        {
            let length = closing(after)?;
            all.push((compiled(&format!("^(?:{})", after.get(3..length)?))?, must.1));
            after = after.get(length + 1..)?;
        }
        rest = format!("^{after}");
    }
    while let Some(at) = rest.find("(?<!").or_else(|| rest.find("(?<=")) {
        let part = rest.get(at..)?;
        let length = closing(part)?;
        if part.get(length + 1..)? != "$" {
            return None;
        }
        all.push((compiled(&format!("(?:{})$", part.get(4..length)?))?, part.starts_with("(?<=")));
        rest.replace_range(at..=at + length, "");
    }
    all.push((compiled(&rest)?, true));
    Some(all)
}

/// Where the group ends that `text` begins with.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut escaped, mut class) = (0_usize, false, false);
    text.find(|c| {
        let counts = !escaped;
        escaped = counts && c == '\\';
        match c {
            '[' if counts => class = true,
            ']' if counts => class = false,
            '(' if counts && !class => depth += 1,
            ')' if counts && !class => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The same pattern without assertions about what follows, which the parser does not know.
fn plain(pattern: &str) -> Option<String> {
    let mut text = pattern.to_owned();
    while let Some(at) = ["(?!", "(?=", "(?<!", "(?<="].iter().find_map(|open| text.find(open)) {
        let length = closing(text.get(at..)?)?;
        text.replace_range(at..=at + length, "");
    }
    Some(text)
}

impl Writer {
    fn write(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.text.push_str(std::str::from_utf8(&literal.0).ok()?),
            HirKind::Class(class) => {
                let c = self.one_of(class)?;
                self.text.push(c);
            }
            HirKind::Repetition(repetition) => {
                let most = repetition.max.unwrap_or(u32::MAX);
                // An empty text says little. What may stand once at most is longer only if it is longer itself.
                let once = most == 1;
                let first = if once {
                    u32::from(self.more > 0 || repetition.min > 0)
                } else {
                    repetition.min.max(self.optional)
                };
                let more = self.more;
                let count = if once { first } else { first.saturating_add(more) };
                self.more = if once { more } else { 0 };
                for _ in 0..count.min(most).min(4 * LONGEST) {
                    self.write(&repetition.sub)?;
                }
                self.more = more;
            }
            HirKind::Capture(capture) => self.write(&capture.sub)?,
            HirKind::Concat(parts) => {
                for part in parts {
                    self.write(part)?;
                }
            }
            HirKind::Alternation(parts) => {
                let at = usize::try_from(self.next()).ok()? % parts.len().max(1);
                self.write(parts.get(at)?)?;
            }
        }
        Some(())
    }

    fn next(&mut self) -> u64 {
        let Some(state) = &mut self.random else { return self.n };
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state >> 8
    }

    fn one_of(&mut self, class: &Class) -> Option<char> {
        let Class::Unicode(class) = class else { return None };
        let has = |c: char| class.iter().any(|range| (range.start()..=range.end()).contains(&c));
        let other = if self.random.is_some() { OTHER } else { "" };
        let plain: Vec<char> = PLAIN.chars().chain(other.chars()).filter(|c| has(*c)).collect();
        match usize::try_from(self.next()).ok()?.checked_rem(plain.len()) {
            Some(at) => plain.get(at).copied(),
            None => {
                ('!'..='~').find(|c| has(*c)).or_else(|| class.iter().next().map(ClassUnicodeRange::start))
            }
        }
    }
}
