//! Words that dash, bash, zsh and fish read the same way, byte for byte, even when typed or pasted.
//!
//! What the shells agree on is little. Single quotes keep everything except `'` and, in fish, a `\` before `\` or `'`;
//! so both go outside of them, after a backslash. Neither dash nor fish has `$'...'`. What should not reach a
//! terminal is printed by `printf` with octal escapes, in a `$(...)` between double quotes: nothing is split there (fish
//! since 3.4), but line feeds at the end are lost, and an interactive bash looks for `!` and for closing quotes without
//! knowing of the inner ones.

use crate::text::{is_visible, marked};

/// One shell word for exactly `text`, in visible characters.
pub(crate) fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// One shell word for exactly `bytes`, without NUL: no argument can contain it.
pub(super) fn quote_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_bare(text) => text.to_owned(),
        Ok(text) if can_be_typed(text) => quote_visible(text),
        _ => quote_printed(bytes),
    }
}

/// Whether a terminal and its reader get these characters unchanged. fish uses private characters and non-characters
/// internally.
pub(super) fn can_be_typed(text: &str) -> bool {
    is_visible(text) && !text.chars().any(is_private)
}

fn is_private(c: char) -> bool {
    let number = u32::from(c);
    matches!(number, 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xf_0000..) || number & 0xfffe == 0xfffe
}

/// Whether no shell interprets these characters: `=ls` and `a==ls` are paths to zsh, `%self` is a number to fish.
fn is_bare(text: &str) -> bool {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    !text.is_empty() && text.chars().all(bare) && !text.starts_with(['=', '%']) && !text.contains("==")
}

fn quote_visible(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    let mut within = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // Before anything else a backslash is literal everywhere, and JSON is full of them.
        let outside = match c {
            '\'' => true,
            '\\' => matches!(chars.peek(), None | Some('\'' | '\\')),
            _ => false,
        };
        if outside == within {
            out.push('\'');
            within = !within;
        }
        if outside {
            out.push('\\');
        }
        out.push(c);
    }
    if within {
        out.push('\'');
    }
    out
}

/// `"$(printf '...')"`; line feeds at the end go between quotes after it.
fn quote_printed(bytes: &[u8]) -> String {
    let kept = bytes.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
    let (head, tail) = bytes.split_at_checked(kept).unwrap_or((bytes, &[]));
    let mut out = String::new();
    if !head.is_empty() {
        let plain = |c: char| c.is_ascii_alphanumeric() || " _./:@+=,;-".contains(c) || !c.is_ascii();
        out = format!("\"$(printf {})\"", format_of(head, plain));
    }
    if !tail.is_empty() {
        out.extend(["'", &"\n".repeat(tail.len()), "'"]);
    }
    out
}

/// The operand of `printf` that prints exactly `bytes`, as a word outside of other quotes.
pub(super) fn printf_format(bytes: &[u8]) -> String {
    format_of(bytes, |c| !matches!(c, '\'' | '\\'))
}

/// A format between single quotes; visible characters that are `plain` are kept as they are. Octal
/// escapes have three digits, so that a following digit is not part of them.
fn format_of(bytes: &[u8], plain: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    out.push('\'');
    let octal = |out: &mut String, bytes: &[u8]| {
        bytes.iter().for_each(|byte| out.push_str(&format!("\\{byte:03o}")));
    };
    for chunk in bytes.utf8_chunks() {
        for (c, hidden) in marked(chunk.valid()) {
            match c {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '%' => out.push_str("%%"),
                // At the beginning it would be read as an option.
                '-' if out.len() == 1 => octal(&mut out, b"-"),
                c if !hidden && plain(c) && !is_private(c) => out.push(c),
                c => octal(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        octal(&mut out, chunk.invalid());
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_well() {
        for (text, word) in [
            ("", "''"),
            ("https://a.example/b?", "'https://a.example/b?'"),
            ("email=a%40b.c", "email=a%40b.c"),
            ("=ls", "'=ls'"),
            ("a==ls", "'a==ls'"),
            ("%self", "'%self'"),
            ("it's", r"'it'\''s'"),
            (r"a\'b", r"'a'\\\''b'"),
            ("\\", "\\\\"),
            (r#"{"a":"\"b\\"}"#, r#"'{"a":"\"b'\\'\"}'"#),
            ("a\tb\n!", r#""$(printf 'a\tb\n\041')""#),
            ("\u{202e}';x\"%", r#""$(printf '\342\200\256\047;x\042%%')""#),
            ("-\u{200b}é", r#""$(printf '\055\342\200\213é')""#),
            ("\u{f8ff}", r#""$(printf '\357\243\277')""#),
            ("a\n\n", "\"$(printf 'a')\"'\n\n'"),
            ("\n", "'\n'"),
            ("می\u{200c}خواهم", "'می\u{200c}خواهم'"),
        ] {
            assert_eq!(quote(text), word);
        }
        assert_eq!(quote_bytes(b"a\xff7"), r#""$(printf 'a\3777')""#);
        assert_eq!(printf_format(b"-\x00%d\\n'!\xff7\n"), r"'\055\000%%d\134n\047!\3777\n'");
    }
}
