//! JSON with comments and trailing commas, as `--body-template` prints it and people write it.

/// The text with spaces in place of comments and trailing commas, so that positions stay the same. What is not JSON stays
/// invalid.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    // Where the last comma is, if only whitespace and comments followed.
    let mut comma: Option<usize> = None;
    // A comma after nothing is not a trailing comma.
    let mut value = false;
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                (comma, value) = (None, true);
                out.push(c);
                let mut escaped = false;
                for c in rest.by_ref() {
                    out.push(c);
                    if c == '"' && !escaped {
                        break;
                    }
                    escaped = c == '\\' && !escaped;
                }
            }
            '/' if rest.peek() == Some(&'/') => {
                out.push(' ');
                while let Some(c) = rest.next_if(|c| *c != '\n') {
                    blank(&mut out, c);
                }
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                out.push_str("  ");
                let mut star = false;
                for c in rest.by_ref() {
                    blank(&mut out, c);
                    if c == '/' && star {
                        break;
                    }
                    star = c == '*';
                }
            }
            '}' | ']' => {
                if let Some(at) = comma.take() {
                    out.replace_range(at..=at, " ");
                }
                value = true;
                out.push(c);
            }
            ',' => {
                comma = value.then_some(out.len());
                value = false;
                out.push(c);
            }
            c => {
                if !c.is_whitespace() {
                    (comma, value) = (None, !matches!(c, '{' | '['));
                }
                out.push(c);
            }
        }
    }
    out
}

/// Valid JSON from [`plain`], without the space where comments were. A string cannot contain a line end.
pub(crate) fn squeezed(json: &str) -> String {
    let lines = json.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// A space for each byte, so that offsets stay; line ends stay too.
fn blank(out: &mut String, c: char) {
    if c == '\n' || c == '\r' {
        out.push(c);
    } else {
        out.extend(std::iter::repeat_n(' ', c.len_utf8()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_spaces() {
        for (text, expected) in [
            (
                r#"{"a": 1, // one
 "b": [2, /* two, */ ], }"#,
                r#"{"a":1,"b":[2]}"#,
            ),
            (r#"{"a": "// no , ] /* comment \" //",}"#, r#"{"a":"// no , ] /* comment \" //"}"#),
            ("// é\n[1,// x\n]", "[1]"),
            ("[12345678901234567890123, 1.50,]", "[12345678901234567890123, 1.50]"),
        ] {
            let stripped = plain(text);
            assert_eq!(stripped.len(), text.len(), "{stripped}");
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(read(&stripped), read(expected), "{stripped}");
            assert_eq!(read(&squeezed(&stripped)), read(expected), "{stripped}");
        }
        assert_eq!(
            squeezed(&plain("// one\n{ // two\n  // \"b\": 1,\n  \"a\": 1,\n}\n")),
            "{\n  \"a\": 1\n}"
        );
        for text in ["[,]", "{,}", "[1,,]", "/", "/* open", "\"open", "[1 2]", "[\"\\", "// only"] {
            assert!(serde_json::from_str::<serde_json::Value>(&plain(text)).is_err(), "{text}");
        }
    }
}
