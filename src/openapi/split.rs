//! Splits a large JSON text into the members of its outer objects, so that all processors parse it.
//!
//! Splitting looks only at strings and brackets, and each piece is parsed on its own. If anything is odd, the whole text
//! is left to the ordinary parser, whose errors have positions.

use serde_json::{Map, Value};

use super::loaded::{self, Budget, Loaded};
use crate::parallel;

/// The size in bytes from which an object is split.
const LARGE: usize = 256 * 1024;

/// How many levels of nested objects are split.
const MAX_DEPTH: usize = 4;

/// A value: one piece of the text, or an object split into its members.
enum Chunk {
    Piece(usize),
    Object(Vec<(String, Chunk)>),
}

/// Parses a text that begins with a brace; `None` for one that is small or cannot be split.
pub(super) fn parse(text: &str) -> Option<Loaded> {
    if text.len() < LARGE {
        return None;
    }
    let mut pieces = Vec::new();
    let root = cut(text, 0, &mut pieces)?;
    let parsed = parallel::map(&pieces, |piece| loaded::parse_piece(piece));
    let budget = Budget::new(0);
    let mut values = Vec::with_capacity(parsed.len());
    for loaded in parsed {
        let Loaded { value, marks, duplicates, .. } = loaded?;
        budget.join(marks, &duplicates);
        values.push(value);
    }
    let value = assemble(root, &mut values, &budget);
    Some(Loaded { json: true, ..budget.loaded(value) })
}

/// Splits one value.
fn cut<'t>(text: &'t str, depth: usize, pieces: &mut Vec<&'t str>) -> Option<Chunk> {
    if depth >= MAX_DEPTH || text.len() < LARGE || !text.starts_with('{') {
        pieces.push(text);
        return Some(Chunk::Piece(pieces.len() - 1));
    }
    let mut members = Vec::new();
    for (key, value) in self::members(text)? {
        members.push((key, cut(value, depth + 1, pieces)?));
    }
    Some(Chunk::Object(members))
}

/// The members of the object that is all of `text` except for trailing white space: each key, and the text of its
/// value. `None` if it does not look like such an object, or has a key with a meaning in YAML.
fn members(text: &str) -> Option<Vec<(String, &str)>> {
    let bytes = text.as_bytes();
    let mut members = Vec::new();
    let mut at = space(bytes, 1);
    if bytes.get(at) == Some(&b'}') {
        return (space(bytes, at + 1) == bytes.len()).then_some(members);
    }
    loop {
        let end = string(bytes, at)?;
        let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
        if key == loaded::MERGE_KEY {
            return None;
        }
        at = space(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = space(bytes, at + 1);
        let end = value(bytes, at)?;
        members.push((key, text.get(at..end)?));
        at = space(bytes, end);
        match bytes.get(at)? {
            b',' => at = space(bytes, at + 1),
            b'}' if space(bytes, at + 1) == bytes.len() => return Some(members),
            _ => return None,
        }
    }
}

/// The first byte from `at` on that is not white space (RFC 8259, section 2).
fn space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// The end of the string that begins at `at`.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut end = at + 1;
    loop {
        end += memchr::memchr2(b'"', b'\\', bytes.get(end..)?)?;
        if bytes.get(end) == Some(&b'"') {
            return Some(end + 1);
        }
        end += 2; // a backslash, and what it escapes
    }
}

/// The end of the value that begins at `at`.
fn value(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut end = at;
    loop {
        match bytes.get(end)? {
            b'"' => {
                end = string(bytes, end)?;
                if depth == 0 {
                    return Some(end);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => return Some(end + 1),
            b'}' | b']' | b',' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => {
                return (end > at).then_some(end);
            }
            _ => {}
        }
        end += 1;
    }
}

fn assemble(part: Chunk, values: &mut [Value], budget: &Budget) -> Value {
    match part {
        Chunk::Piece(n) => values.get_mut(n).map(Value::take).unwrap_or_default(),
        Chunk::Object(members) => {
            let mut map = Map::with_capacity(members.len());
            for (key, part) in members {
                let value = assemble(part, values, budget);
                budget.insert(&mut map, key, value);
            }
            Value::Object(map)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text long enough to be split, whose first members are `beginning`.
    fn long(beginning: &str) -> String {
        let members: Vec<String> =
            (0..12_000).map(|n| format!(r#""/p{n}": {{"get": [{n}, "}}\"{{"]}}"#)).collect();
        format!("{{ {beginning} \"paths\" : {{{}}}\n}}\n", members.join(" ,"))
    }

    #[test]
    fn a_cut_text_is_what_it_is_uncut() {
        for beginning in [
            "",
            r#""openapi": "3.0.0", "a\"\\": "\\", "n": 1.50, "t": [true, null], "e": {}, "#,
            r#""$ref": "x.yaml", "type": ["a"], "a": 1, "a": {"b": 1, "b": 2}, "#,
        ] {
            let text = long(beginning);
            let cut = parse(&text).unwrap();
            let mut pieces = Vec::new();
            self::cut(&text, 0, &mut pieces).unwrap();
            assert!(pieces.len() >= 12_000);
            assert_eq!(cut.value.to_string(), serde_json::from_str::<Value>(&text).unwrap().to_string());
            let uncut = loaded::parse_piece(&text).unwrap();
            assert_eq!(cut.value.to_string(), uncut.value.to_string());
            assert_eq!(format!("{:?}", cut.marks), format!("{:?}", uncut.marks));
            let sorted = |mut keys: Vec<String>| {
                keys.sort();
                keys
            };
            assert_eq!(sorted(cut.duplicates), sorted(uncut.duplicates));
        }
    }

    #[test]
    fn what_is_odd_is_left_to_the_parser() {
        let text = long("");
        let end = text.trim_end().len() - 1;
        for broken in [
            text.replace("\"/p7\":", "\"/p7\""),
            text.replace("\"/p7\":", "/p7:"),
            text.replace("\"/p7\"", "\"<<\""),
            text.replace("[7,", "[7,,"),
            text.replace("[7,", "{7,"),
            text.replace("\"paths\" :", "\"paths\" : ,"),
            text[..end].to_owned(),
            format!("{text}}}"),
            format!("{}\"a\":}}", &text[..end]),
            format!("{},}}", &text[..end]),
            format!("{}\"", &text[..end]),
            format!("{}\"\\", &text[..end]),
        ] {
            assert!(parse(&broken).is_none(), "{}", &broken[broken.len() - 40..]);
        }
        assert!(parse(&text).is_some() && parse("{}").is_none());
    }
}
