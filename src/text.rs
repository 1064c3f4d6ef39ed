//! Untrusted text made safe for a terminal.

use std::borrow::Cow;

/// True for characters that steer a terminal or reorder what it shows: C0 and C1 controls, DEL, and the
/// Unicode bidirectional controls. Line feed and tab count as well; see [`printable_block`] to keep them.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// One line of untrusted text: every unprintable character becomes its `\u{..}` escape.
pub fn printable(text: &str) -> Cow<'_, str> {
    escape(text, is_unprintable)
}

/// Several lines of untrusted text: as [`printable`], but line feeds and tabs stay.
pub fn printable_block(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_unprintable(c) && c != '\n' && c != '\t')
}

fn escape(text: &str, bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if bad(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_escaped_and_the_rest_is_kept() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\u{a}");
        assert_eq!(printable_block("a\n\tb\r"), "a\n\tb\\u{d}");
        assert!(matches!(printable("naïve €"), Cow::Borrowed(_)));
    }
}
