//! Formats JSON for reading without parsing it: key order and the notation of numbers stay as the server sent them.

use crate::text::{is_hidden, marked, push_json_escape};

/// Levels that are indented; deeper ones get the same indent. Otherwise a hundred kilobytes of brackets would become
/// gigabytes of spaces.
const MAX_INDENT: usize = 100;

/// `text`, which must be valid JSON, with two spaces of indent per level. With `for_terminal`, terminal control
/// characters are written as `\u` escapes, which mean the same value.
pub fn pretty(text: &str, for_terminal: bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    let mut depth = 0_usize;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push('"');
                string(&mut chars, &mut out, for_terminal);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!((c, next), ('{', '}') | ('[', ']'))) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// A value on one line, safe for a terminal.
pub fn one_line(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len());
    for (c, hidden) in marked(&text) {
        // serde_json escapes what JSON requires; anything else that is left is inside a string.
        if hidden {
            push_json_escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

fn string(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String, for_terminal: bool) {
    let mut before = None;
    while let Some(c) = chars.next() {
        let hidden = for_terminal && is_hidden(before, c, chars.peek().copied());
        before = (!hidden).then_some(c);
        match c {
            '\\' => {
                out.push('\\');
                out.extend(chars.next());
            }
            '"' => {
                out.push('"');
                return;
            }
            c if hidden => push_json_escape(out, c),
            c => out.push(c),
        }
    }
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth.min(MAX_INDENT) {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbers_stay() {
        let text = r#" {"z":1.0,"a":[1e5,-0,18446744073709551616],"e":{},"f":[ ],"s":"a:{\"b\",\\"} "#;
        let expected = "{\n  \"z\": 1.0,\n  \"a\": [\n    1e5,\n    -0,\n    18446744073709551616\n  ],\n  \"e\": {},\n  \"f\": [],\n  \"s\": \"a:{\\\"b\\\",\\\\\"\n}";
        assert_eq!(pretty(text, false), expected);
    }

    #[test]
    fn nesting_does_not_blow_the_text_up() {
        let text = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(pretty(&text, false).len() < text.len() * 210);
    }

    #[test]
    fn a_terminal_gets_no_raw_controls() {
        let text = "\"a\u{9b}31m\u{202e}b\u{7f}\"";
        assert_eq!(pretty(text, true), r#""a\u009b31m\u202eb\u007f""#);
        assert_eq!(pretty(text, false), text);
        let text = "\"e\u{200b}mail\u{e0041} 👨\u{200d}👩\"";
        assert_eq!(pretty(text, true), "\"e\\u200bmail\\udb40\\udc41 👨\u{200d}👩\"");
        assert_eq!(one_line(&serde_json::from_str(text).unwrap()), pretty(text, true));
    }

    proptest::proptest! {
        #[test]
        fn the_value_never_changes(numbers in proptest::collection::vec(proptest::num::f64::NORMAL, 0..5), key in ".*", nested in 0..4_usize) {
            let mut value = serde_json::json!({ &key: numbers, "t": key });
            for _ in 0..nested {
                value = serde_json::json!([value, {}, []]);
            }
            let text = value.to_string();
            for terminal in [false, true] {
                let again: serde_json::Value = serde_json::from_str(&pretty(&text, terminal)).unwrap();
                proptest::prop_assert_eq!(&again, &serde_json::from_str::<serde_json::Value>(&text).unwrap());
            }
        }
    }
}
