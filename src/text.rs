//! Untrusted text made safe for a terminal, and for its reader.

use std::borrow::Cow;

/// True for characters that control a terminal, reorder what it shows, or are invisible: C0 and C1 controls, DEL, the
/// Unicode bidirectional controls, every `Default_Ignorable_Code_Point` (Unicode's `DerivedCoreProperties.txt`,
/// including unassigned ones), annotation marks, and the blanks that are not white space. Line feed and tab count as
/// well; see [`printable_block`] to keep them.
///
/// Some of them belong in a text where they join letters or emoji; [`marked`] knows where.
pub fn is_unprintable(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' // Hangul's fillers, Khmer's inherent vowels
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' // Braille without a dot
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}' // how hieroglyphs are arranged
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The characters of a text, each with `true` if it has to be removed or escaped: one that [`is_unprintable`] and does
/// not join its neighbours.
pub fn marked(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before = None;
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || {
        let c = chars.next()?;
        let hidden = is_hidden(before, c, chars.peek().copied());
        // What is removed joins nothing: two joiners in a row do not count.
        before = (!hidden).then_some(c);
        Some((c, hidden))
    })
}

/// True if `c` is unprintable between `before`, which is shown, and `after`.
///
/// Words of Persian and of Indian scripts need joiners (RFC 5892, appendix A, but more lenient in cursive scripts), and
/// emoji are made of several characters (UTS #51). There they change what is shown; anywhere else they would be
/// invisible.
pub fn is_hidden(before: Option<char>, c: char, after: Option<char>) -> bool {
    is_unprintable(c) && !before.is_some_and(|before| joins(before, c, after))
}

fn joins(before: char, c: char, after: Option<char>) -> bool {
    let then = |fits: fn(char) -> bool| after.is_some_and(fits);
    match c {
        '\u{200c}' | '\u{200d}' if is_virama(before) || (is_cursive(before) && then(is_cursive)) => true,
        '\u{200c}' | '\u{200d}' if then(is_virama) => !before.is_ascii() && before.is_alphabetic(),
        '\u{200d}' => (is_pictograph(before) || is_presentation(before)) && then(is_pictograph),
        c if is_presentation(c) => {
            let key = matches!(before, '0'..='9' | '#' | '*') && after == Some('\u{20e3}');
            key || is_pictograph(before)
        }
        // Variants of a Mongolian letter.
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// The choice between text and emoji presentation.
fn is_presentation(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

/// Unicode's `Extended_Pictographic`, by its blocks.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}'
        | '\u{231a}'..='\u{23ff}' | '\u{24c2}' | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}' | '\u{2934}'
        | '\u{2935}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}')
}

/// A letter of a script in which neighbours determine a letter's form.
fn is_cursive(c: char) -> bool {
    c.is_alphabetic()
        && matches!(c, '\u{600}'..='\u{77f}' | '\u{7c0}'..='\u{7ff}' | '\u{840}'..='\u{8ff}' | '\u{1820}'..='\u{18aa}'
            | '\u{a840}'..='\u{a877}' | '\u{10ac0}'..='\u{10aff}' | '\u{1e900}'..='\u{1e95f}')
}

/// The sign that removes a consonant's vowel in the scripts of India and its neighbours.
fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{a4d}'
            | '\u{acd}'
            | '\u{b4d}'
            | '\u{bcd}'
            | '\u{c4d}'
            | '\u{ccd}'
            | '\u{d3b}'
            | '\u{d3c}'
            | '\u{d4d}'
            | '\u{dca}'
            | '\u{1039}'
            | '\u{103a}'
            | '\u{17d2}'
            | '\u{1b44}'
            | '\u{1bab}'
            | '\u{a8c4}'
            | '\u{a953}'
            | '\u{a9c0}'
            | '\u{aaf6}'
            | '\u{abed}'
            | '\u{11046}'
            | '\u{110b9}'
            | '\u{11133}'
            | '\u{111c0}'
    )
}

/// One line of untrusted text: every unprintable character becomes its `\u{..}` escape.
pub fn printable(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// Several lines of untrusted text: like [`printable`], but line feeds and tabs stay.
pub fn printable_block(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

/// Untrusted text without its unprintable characters.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(marked(text).filter(|(_, hidden)| !hidden).map(|(c, _)| c).collect())
}

/// True for a word that can be typed and seen as it is.
pub fn is_visible(text: &str) -> bool {
    !text.chars().any(is_unprintable) || marked(text).all(|(_, hidden)| !hidden)
}

/// Writes `c` as an escape of a JSON string: `\u200b`, or two of them beyond the basic
/// plane (RFC 8259, section 7).
pub fn push_json_escape(out: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

fn escape(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unprintable(c) && !kept(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (c, hidden) in marked(text) {
        if hidden && !kept(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Wraps plain text to lines of at most `width` characters if its words allow; paragraphs stay separate.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut length = 0;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let word_length = word.chars().count();
            if length > 0 && length + 1 + word_length > width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += word_length;
        }
        lines.push(line);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The first paragraph of a function's comment on one line, without its full stop.
pub(crate) fn first_paragraph(doc: &str) -> String {
    let first: Vec<&str> = doc.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    printable(first.join(" ").trim_end_matches('.')).into_owned()
}

/// `1 script`, `2 scripts`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A value, shortened for a message.
pub(crate) fn shown(text: &str) -> String {
    if text.chars().count() <= 60 {
        text.to_owned()
    } else {
        text.chars().take(57).chain("...".chars()).collect()
    }
}

/// Splits a list at its commas; `\,` is a comma within a value.
pub(crate) fn commas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ',' => parts.push(String::new()),
            '\\' if rest.peek() == Some(&',') => {
                rest.next();
                parts.last_mut().into_iter().for_each(|part| part.push(','));
            }
            c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_of_values() {
        for (text, parts) in [
            ("", vec![""]),
            ("a,b", vec!["a", "b"]),
            ("a\\,b,c", vec!["a,b", "c"]),
            ("a\\b,\\\\", vec!["a\\b", "\\\\"]),
            (",", vec!["", ""]),
        ] {
            assert_eq!(commas(text), parts, "{text}");
        }
    }

    #[test]
    fn controls_are_escaped_and_the_rest_is_kept() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\u{a}");
        assert_eq!(printable_block("a\n\tb\r"), "a\n\tb\\u{d}");
        assert!(matches!(printable("naïve €"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_nobody_sees_is_unprintable() {
        let hidden = "\u{0}\u{7f}\u{85}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{200b}\u{200c}\u{200d}\
                      \u{200e}\u{200f}\u{2028}\u{202a}\u{202e}\u{2060}\u{2064}\u{2065}\u{2066}\u{206f}\u{2800}\u{3164}\
                      \u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\u{1d173}\u{e0001}\u{e0041}\u{e007f}\u{e0101}";
        for c in hidden.chars() {
            let text = format!("e{c}mail");
            assert_eq!(printable(&text), format!("e{}mail", c.escape_unicode()), "{c:?}");
            assert_eq!((visible(&text).as_ref(), is_visible(&text)), ("email", false), "{c:?}");
        }
        // They hide neither behind each other nor at an end.
        for text in [
            "\u{200d}",
            "🔥\u{200d}",
            "\u{fe0f}🔥",
            "a\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}",
            "م\u{200c}\u{200c}ن",
            "م\u{200c}a",
        ] {
            assert!(!is_visible(text), "{text:?}");
        }
        assert_eq!(visible("🔥\u{fe0f}\u{fe0f}\u{e0041}"), "🔥\u{fe0f}");
        assert_eq!(visible("م\u{200c}\u{200c}ن"), "من", "two joiners are none");
    }

    #[test]
    fn what_joins_letters_and_emoji_stays() {
        for text in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "ന\u{d4d}\u{200d} ",
            "র\u{200d}\u{9cd}য",
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "🏳\u{fe0f}\u{200d}🌈",
            "🤷🏽\u{200d}♀\u{fe0f}",
            "ᠠ\u{180b}",
            "© ™ ½ 名前 한국어 e\u{301} ⠁ a\u{a0}b",
        ] {
            assert!(is_visible(text), "{text:?}");
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn json_escapes_reach_every_plane() {
        let mut out = String::new();
        for c in ['\u{200b}', '\u{e0041}'] {
            push_json_escape(&mut out, c);
        }
        assert_eq!(out, "\\u200b\\udb40\\udc41");
    }
}
