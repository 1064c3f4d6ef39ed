//! Turns descriptions in a document into help.

use crate::openapi::prose;

/// The longest help text of an argument, in characters. Every operation may refer to the same text.
const MAX_DESCRIPTION: usize = 2_000;

/// A text of the document as help: plain, and cut at a word if it is too long.
pub(super) fn help(text: &str) -> String {
    // White space and tags are dropped, so more is read than is kept; but not a whole book for each reference to it.
    let (end, whole) = match text.char_indices().nth(4 * MAX_DESCRIPTION) {
        Some((end, _)) => (end, false),
        None => (text.len(), true),
    };
    let mut text = prose(text.get(..end).unwrap_or_default());
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
}
