//! Texts that match a pattern, plain ones where there is a choice.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// How much longer than it must be a part that may repeat is tried.
const LONGEST: u32 = 1_200;

/// Characters of a class that are tried first, each for another `n`.
const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:@ ";

/// A text that matches `pattern` (ECMA-262, unanchored) as far as this can tell, of a length between the bounds.
/// Different `n` give different texts where there are several. `None` for what is no such pattern, or holds conditions
/// on what stands around it.
pub(crate) fn matching(pattern: &str, least: usize, most: usize, n: u64) -> Option<String> {
    let hir = ParserBuilder::new().build().parse(&plain(pattern)?).ok()?;
    let mut found = None;
    // Once where it may be left out, then not at all; then as often as makes the text long enough.
    let short = [(0, n, 1), (0, n, 0), (0, n + 1, 1), (0, n + 2, 1)];
    let long = (1..=80).chain((100..=LONGEST).step_by(20)).map(|more| (more, n, 1));
    for (more, n, optional) in short.into_iter().chain(long) {
        let mut text = String::new();
        write(&hir, more, n, optional, &mut text)?;
        let length = text.chars().count();
        if (least..=most).contains(&length) && !text.is_empty() {
            return Some(text);
        }
        found = found.or(Some(text));
    }
    found
}

/// The same pattern without assertions about what follows, which the parser does not know. Whether the text satisfies
/// them is left to chance: it is a plain one, and they mostly forbid odd ones.
fn plain(pattern: &str) -> Option<String> {
    let mut text = pattern.to_owned();
    while let Some(at) = ["(?!", "(?=", "(?<!", "(?<="].iter().find_map(|open| text.find(open)) {
        let mut depth = 0_usize;
        let mut escaped = false;
        let length = text.get(at..)?.find(|c| {
            let counts = !escaped;
            escaped = counts && c == '\\';
            match c {
                '(' if counts => depth += 1,
                ')' if counts => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        text.replace_range(at..=at + length, "");
    }
    Some(text)
}

fn write(hir: &Hir, more: u32, n: u64, optional: u32, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(one_of(class, n)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            // An empty text says little. What may stand once at most is longer only if it is longer itself.
            let once = most == 1;
            let first =
                if once { u32::from(more > 0 || repetition.min > 0) } else { repetition.min.max(optional) };
            let more_inside = if once { more } else { 0 };
            let count = if once { first } else { first.saturating_add(more) };
            for _ in 0..count.min(most).min(4 * LONGEST) {
                write(&repetition.sub, more_inside, n, optional, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, more, n, optional, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, more, n, optional, text)?;
            }
        }
        HirKind::Alternation(parts) => {
            let at = usize::try_from(n).ok()? % parts.len().max(1);
            write(parts.get(at)?, more, n, optional, text)?;
        }
    }
    Some(())
}

fn one_of(class: &Class, n: u64) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let has = |c: char| class.iter().any(|range| (range.start()..=range.end()).contains(&c));
    let plain: Vec<char> = PLAIN.chars().filter(|c| has(*c)).collect();
    match usize::try_from(n).ok()?.checked_rem(plain.len()) {
        Some(at) => plain.get(at).copied(),
        None => ('!'..='~').find(|c| has(*c)).or_else(|| class.iter().next().map(ClassUnicodeRange::start)),
    }
}
