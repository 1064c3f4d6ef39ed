//! The text of a document (CommonMark, often HTML) as plain text.

/// Plain text: HTML tags dropped, the common entities decoded, control characters gone, white space folded,
/// paragraphs separated by one blank line.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut breaks = 0; // line feeds seen since the last word
    let mut space = false;
    while let Some(c) = rest.chars().next() {
        // Most of a text is plain words: those are copied unchanged.
        let word = rest.bytes().take_while(|byte| is_plain(*byte)).count();
        if word > 0 && breaks == 0 {
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            let (text, after) = rest.split_at(word);
            out.push_str(text);
            rest = after;
            continue;
        }
        let (shown, used) = match c {
            '<' => match tag(rest) {
                Some((used, block)) => {
                    if block {
                        breaks = 2;
                    }
                    rest = &rest[used..];
                    continue;
                }
                None => ('<', 1),
            },
            '&' => entity(rest).unwrap_or(('&', 1)),
            c => (c, c.len_utf8()),
        };
        rest = &rest[used..];
        if shown == '\n' {
            breaks += 1;
        } else if shown.is_whitespace() {
            space = true;
        } else if !crate::text::is_hidden(
            out.chars().next_back().filter(|_| breaks == 0 && !space),
            shown,
            rest.chars().next(),
        ) {
            if !out.is_empty() {
                if breaks >= 2 {
                    out.push_str("\n\n");
                } else if breaks == 1 && begins_item(shown, rest) {
                    out.push('\n');
                } else if breaks == 1 || space {
                    out.push(' ');
                }
            }
            (breaks, space) = (0, false);
            out.push(shown);
        }
    }
    out
}

/// [`plain`], with links as their text: help is read in a terminal, where an address in the middle of a sentence
/// gets in the way.
pub fn prose(text: &str) -> String {
    let text = plain(text);
    if !text.contains("](") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("](") {
        match (before.rfind('['), address(after)) {
            (Some(start), Some(length)) => {
                let ahead = &before[..start];
                out.push_str(ahead.strip_suffix('!').unwrap_or(ahead)); // of an image
                out.push_str(&before[start + 1..]);
                rest = &after[length..];
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

/// The length of a link's address, its title and the bracket after it (CommonMark, "Inline links"), without brackets
/// inside the address.
fn address(text: &str) -> Option<usize> {
    let end = text.find([')', ' ', '('])?;
    let after = &text[end..];
    if after.starts_with(')') {
        return Some(end + 1);
    }
    let title = after.strip_prefix(" \"")?;
    let length = title.find('"')?;
    title[length..].starts_with("\")").then_some(end + 2 + length + 2)
}

/// A byte without special meaning anywhere.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && byte != b'<' && byte != b'&'
}

/// A list item keeps its line.
fn begins_item(first: char, rest: &str) -> bool {
    matches!(first, '-' | '*' | '+') && rest.starts_with(' ')
}

/// The length of the HTML tag that `text` begins with, and whether it separates paragraphs.
fn tag(text: &str) -> Option<(usize, bool)> {
    let inner = text.strip_prefix('<')?;
    let name_at = inner.strip_prefix('/').unwrap_or(inner);
    let name: String = name_at.chars().take_while(char::is_ascii_alphanumeric).take(12).collect();
    let name = name.to_ascii_lowercase();
    const INLINE: [&str; 16] = [
        "a", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "u", "tt", "img", "kbd", "var",
        "font",
    ];
    const BLOCK: [&str; 21] = [
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "td",
        "tr",
        "ul",
    ];
    let block = BLOCK.contains(&name.as_str());
    if !block && !INLINE.contains(&name.as_str()) {
        return None;
    }
    // Anything longer is not a tag but text with a stray `<`.
    let end = inner.bytes().take(400).position(|byte| byte == b'>')?;
    Some((end + 2, block))
}

fn entity(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 8] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&apos;", '\''),
        ("&nbsp;", ' '),
        ("&mdash;", '—'),
    ];
    NAMED.iter().find(|(name, _)| text.starts_with(name)).map(|(name, c)| (*c, name.len()))
}

/// The first sentence of a plain text, without its full stop, at most 120 characters.
pub fn sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let mut end = paragraph.len();
    for (at, _) in paragraph.match_indices(['.', '\n', ':']) {
        let after = &paragraph[at + 1..];
        let before = &paragraph[..at];
        let stop = paragraph[at..].starts_with('\n')
            || ((after.is_empty() || after.starts_with([' ', '\n']))
                && !before.ends_with("e.g")
                && !before.ends_with("i.e"));
        if stop {
            end = at;
            break;
        }
    }
    let first = paragraph[..end].trim();
    if first.chars().count() <= 120 {
        return first.to_owned();
    }
    let cut: String = first.chars().take(119).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_markdown_become_plain_text() {
        assert_eq!(
            plain("<p>Retrieves an <a href=\"x\">account</a>.</p>\n\n<p>Second&nbsp;one &lt;b&gt;.</p>"),
            "Retrieves an account.\n\nSecond one <b>."
        );
        assert_eq!(plain("one\ntwo\n\n\n three"), "one two\n\nthree");
        assert_eq!(plain("list:\n- a\n- b"), "list:\n- a\n- b");
        assert_eq!(plain("a < b and c > d <T>"), "a < b and c > d <T>");
    }

    #[test]
    fn links_are_their_text() {
        for (text, shown) in [
            ("See [the docs](https://a.example/b) and [more](x).", "See the docs and more."),
            ("[two\nwords](https://a.example/b)", "two words"),
            ("[a](b \"its title\") b", "a b"),
            ("![a picture](b.png)", "a picture"),
            ("An array[0](x) of [a](b c) and [c", "An array0 of [a](b c) and [c"),
            ("](x)", "](x)"),
            ("[a](b(c)) [é](ü) [a](b \"c", "[a](b(c)) é [a](b \"c"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }

    #[test]
    fn control_characters_are_gone() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\u{7}\u{0}"), "a[31mbc");
        assert_eq!(
            plain("e\u{200b}ma\u{ad}i\u{e0041}l \u{200d}👨\u{200d}👩 می\u{200c}خواهم"),
            "email 👨\u{200d}👩 می\u{200c}خواهم"
        );
    }

    #[test]
    fn the_first_sentence_is_found() {
        assert_eq!(sentence("Deletes it. Then more."), "Deletes it");
        assert_eq!(sentence("Uses e.g. this one. More"), "Uses e.g. this one");
        assert_eq!(sentence("Version 1.2 of it"), "Version 1.2 of it");
        assert!(sentence(&"word ".repeat(100)).chars().count() <= 120);
    }
}
