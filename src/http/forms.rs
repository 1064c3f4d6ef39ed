//! The forms in which a server may return a text: as it is, percent-encoded, in JSON, in base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// Languages differ in what they do not encode: the unreserved characters (RFC 3986) ...
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// ... those and the slash (Python) ...
const PYTHON: &AsciiSet = &UNRESERVED.remove(b'/');
/// ... what forms leave (the URL standard) ...
const FORM: &AsciiSet = &UNRESERVED.add(b'~').remove(b'*');
/// ... and JavaScript's `encodeURIComponent` and `encodeURI`.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
const ADDRESS: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');

/// The forms of a text, possibly with duplicates. Nothing shorter than `shortest` has a form in base64.
pub(super) fn of(text: &str, shortest: usize) -> Vec<Zeroizing<String>> {
    let mut forms = vec![text.to_owned()];
    if text.len() >= shortest {
        // With padding and without: none of it may be left over.
        forms
            .extend([STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(text)));
    }
    // Most tokens have no other form.
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')) {
        for kept in [UNRESERVED, PYTHON, FORM, COMPONENT, ADDRESS] {
            let upper = utf8_percent_encode(text, kept).to_string();
            let lower = lower_hex(&upper);
            forms.extend([upper.replace("%20", "+"), lower.replace("%20", "+"), upper, lower]);
        }
        // Some escape the slash, some what HTML would interpret, some everything that is not ASCII.
        for escaped in ["", "/", "<>&", "<>&'", "/<>&'"] {
            forms.push(json(text, escaped, false));
            let ascii = json(text, escaped, true);
            forms.extend([upper_hex(&ascii), ascii]);
        }
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

/// `%2F` as `%2f`.
fn lower_hex(percent: &str) -> String {
    let mut digits = 0;
    percent
        .chars()
        .map(|c| {
            digits = if c == '%' { 2 } else { i32::max(digits - 1, -1) };
            if digits >= 0 { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

/// `\u00e9` as `\u00E9`.
fn upper_hex(json: &str) -> String {
    let mut pieces = json.split("\\u");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (hex, rest) = piece.split_at_checked(4).unwrap_or((piece, ""));
        text.push_str("\\u");
        text.push_str(&hex.to_ascii_uppercase());
        text.push_str(rest);
    }
    text
}

/// The text as it appears in a JSON string.
fn json(text: &str, escaped: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '/' if escaped.contains('/') => out.push_str("\\/"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || escaped.contains(c) || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_is_there_and_a_plain_token_has_two_at_most() {
        let text = "k /\"\u{e9}y+<~'=\u{1f511}";
        let forms = of(text, 6);
        for form in [
            text,
            "k%20%2F%22%C3%A9y%2B%3C~%27%3D%F0%9F%94%91",
            "k%20%2f%22%c3%a9y%2b%3c~%27%3d%f0%9f%94%91",
            "k+%2F%22%C3%A9y%2B%3C~%27%3D%F0%9F%94%91",
            "k+%2f%22%c3%a9y%2b%3c%7e%27%3d%f0%9f%94%91",
            "k%20/%22%C3%A9y%2B%3C~%27%3D%F0%9F%94%91",
            "k%20%2F%22%C3%A9y%2B%3C~'%3D%F0%9F%94%91",
            "k%20/%22%C3%A9y+%3C~'=%F0%9F%94%91",
            "k /\\\"\u{e9}y+<~'=\u{1f511}",
            "k \\/\\\"\u{e9}y+<~'=\u{1f511}",
            "k /\\\"\\u00e9y+<~'=\\ud83d\\udd11",
            "k \\/\\\"\\u00E9y+\\u003C~\\u0027=\\uD83D\\uDD11",
            "k /\\\"\u{e9}y+\\u003c~'=\u{1f511}",
            "ayAvIsOpeSs8fic98J+UkQ==",
            "ayAvIsOpeSs8fic98J+UkQ",
            "ayAvIsOpeSs8fic98J-UkQ==",
            "ayAvIsOpeSs8fic98J-UkQ",
        ] {
            assert!(forms.iter().any(|known| known.as_str() == form), "{form} in {forms:?}");
        }
        let mut plain: Vec<String> = of("sk_test_1a.b", 6).iter().map(|form| form.to_string()).collect();
        plain.sort();
        plain.dedup();
        assert_eq!(plain, ["c2tfdGVzdF8xYS5i", "sk_test_1a.b"]);
        assert_eq!(of("short", 6).len(), 1);
    }
}
