//! Descriptions of a document as help.

use crate::openapi::plain;

/// The longest help text of an argument, in characters. One text may be referred to from every operation.
const MAX_DESCRIPTION: usize = 2_000;

/// A text of the document as help: plain, and cut at a word where it is longer than help may be.
pub(super) fn help(text: &str) -> String {
    // White space and tags are dropped, so more is read than is kept; but not a book for each of its references.
    let (end, whole) = match text.char_indices().nth(4 * MAX_DESCRIPTION) {
        Some((end, _)) => (end, false),
        None => (text.len(), true),
    };
    let mut text = without_links(plain(text.get(..end).unwrap_or_default()));
    let cut = text.char_indices().nth(MAX_DESCRIPTION).map(|(cut, _)| cut);
    if whole && cut.is_none() {
        return text;
    }
    if let Some(longest) = text.char_indices().nth(MAX_DESCRIPTION - 1).map(|(at, _)| at) {
        text.truncate(longest);
    }
    let word = text.rfind(char::is_whitespace).filter(|word| *word > 0).unwrap_or(text.len());
    text.truncate(word);
    text.truncate(text.trim_end().len());
    text.push('…');
    text
}

/// Markdown's `[text](url)` as its text: a flag's help has no room for addresses.
fn without_links(text: String) -> String {
    if !text.contains("](") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("](") {
        let end = after.find([')', ' ', '(']).filter(|end| after[*end..].starts_with(')'));
        match (before.rfind('['), end) {
            (Some(start), Some(end)) => {
                out.push_str(&before[..start]);
                out.push_str(&before[start + 1..]);
                rest = &after[end + 1..];
            }
            _ => {
                out.push_str(before);
                out.push_str("](");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_word() {
        assert_eq!(help("A <b>short</b> one."), "A short one.");
        let whole = "word ".repeat(400);
        assert_eq!(help(&whole), whole.trim_end());
        for long in ["naïve wörds ".repeat(100_000), "x".repeat(100_000), "a <b>".repeat(2_000)] {
            let text = help(&long);
            assert!(text.chars().count() <= MAX_DESCRIPTION && text.ends_with('…'), "{text}");
            assert!(!text.ends_with(" …"), "{text}");
        }
    }

    #[test]
    fn links_are_their_text() {
        for (text, shown) in [
            ("See [the docs](https://a.example/b) and [more](x).", "See the docs and more."),
            ("An array[0](x) of [a](b c) and [c", "An array0 of [a](b c) and [c"),
            ("](x)", "](x)"),
            ("[a](b(c)) [é](ü)", "[a](b(c)) é"),
        ] {
            assert_eq!(help(text), shown);
        }
    }
}
