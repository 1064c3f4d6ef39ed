//! Parses bytes, YAML or JSON, to a JSON value, within limits.

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;
use serde_json::Value;

use super::loaded::{Budget, Loaded, Node, parse_json};
use super::split;
use crate::diagnostic::{Failure, Kind, Snippet};

/// The largest document that is read. The largest public one known is below 50 MB.
pub const MAX_DOCUMENT_BYTES: usize = 96 * 1024 * 1024;

const ONLY_PARTS: &str = "it has only parts for other documents to refer to, and no `paths`";

/// Why bytes are not a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// Only white space and comments.
    Empty {
        /// Where it came from.
        source: String,
    },
    /// More than [`MAX_DOCUMENT_BYTES`].
    TooLarge {
        /// Where it came from.
        source: String,
        /// Its length in bytes, or the limit if reading stopped there.
        bytes: u64,
    },
    /// Not UTF-8.
    Encoding {
        /// Where it came from.
        source: String,
        /// Offset of the first invalid byte.
        offset: usize,
    },
    /// Neither YAML nor JSON, or nested too deep, or expanded too far by aliases.
    Syntax {
        /// Where the error is, if the parser says.
        snippet: Option<Snippet>,
        /// Where it came from.
        source: String,
        /// The parser's message.
        reason: String,
    },
    /// A part of an OpenAPI document: neither `paths` nor `webhooks`, only what others refer to.
    NoPaths {
        /// Where it came from.
        source: String,
    },
    /// Not an OpenAPI document at all.
    NotOpenApi {
        /// Where it came from.
        source: String,
        /// What was found instead.
        reason: String,
    },
}

impl LoadError {
    /// What a person is told.
    fn told(&self) -> Failure {
        match self {
            Self::Empty { source } => Failure::new(Kind::Other, format!("`{source}` is empty"))
                .hint("give an OpenAPI document in YAML or JSON"),
            Self::TooLarge { source, bytes } => {
                let megabytes = bytes.div_ceil(1024 * 1024);
                let limit = MAX_DOCUMENT_BYTES / (1024 * 1024);
                Failure::new(
                    Kind::Other,
                    format!("`{source}` is {megabytes} MiB or more; the limit is {limit} MiB"),
                )
                .hint("cut the document down to the paths you need")
            }
            Self::Encoding { source, offset } => {
                Failure::new(Kind::Other, format!("`{source}` is not UTF-8 text (byte {offset})"))
                    .hint("save it as UTF-8; a compressed document must be unpacked first")
            }
            Self::Syntax { snippet, source, reason } => {
                let failure = Failure::new(Kind::Other, format!("`{source}` cannot be read: {reason}"))
                    .hint("correct the document there, or fetch it again if it was cut off");
                match snippet {
                    Some(snippet) => failure.at(snippet.clone()),
                    None => failure,
                }
            }
            Self::NotOpenApi { source, reason } => {
                Failure::new(Kind::Other, format!("`{source}` is not an OpenAPI document: {reason}"))
                    .hint("it must say `swagger: \"2.0\"` or `openapi: 3.x`, and have `info` and `paths`")
            }
            Self::NoPaths { source } => Failure::new(
                Kind::Other,
                format!("`{source}` has no operations: {ONLY_PARTS}"),
            )
            .hint(
                "generate from the document that refers to it; commands are made from what is under `paths`",
            ),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        error.told().caused_by(error)
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().message)
    }
}

impl std::error::Error for LoadError {}

impl LoadError {
    /// The reason in a few words, without the document's name and text.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Empty { .. } => "it is empty".to_owned(),
            Self::TooLarge { .. } => "it is too large".to_owned(),
            Self::Encoding { .. } => "it is not UTF-8 text".to_owned(),
            Self::Syntax { reason, snippet, .. } => match snippet {
                Some(at) => format!("it cannot be read: {reason} (line {})", at.line),
                None => format!("it cannot be read: {reason}"),
            },
            Self::NotOpenApi { reason, .. } => reason.clone(),
            Self::NoPaths { .. } => ONLY_PARTS.to_owned(),
        }
    }
}

/// Parses `bytes` as JSON if they look like it, otherwise as YAML.
pub(super) fn parse(bytes: &[u8], source: &str) -> Result<Loaded, LoadError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(LoadError::TooLarge { source: source.to_owned(), bytes: bytes.len() as u64 });
    }
    let text = decode(bytes).map_err(|offset| LoadError::Encoding { source: source.to_owned(), offset })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let start = text.trim_start();
    if start.is_empty() {
        return Err(LoadError::Empty { source: source.to_owned() });
    }
    if start.starts_with('<') {
        let reason = "it is an HTML or XML page".to_owned();
        return Err(LoadError::NotOpenApi { source: source.to_owned(), reason });
    }
    if start.starts_with('{') {
        if let Some(loaded) = split::parse(start) {
            return Ok(loaded);
        }
        // A YAML flow mapping begins with a brace too; if it is neither, the error shown is JSON's.
        let budget = Budget::new(text.len());
        return match parse_json(text, &budget) {
            Ok(value) => Ok(Loaded { json: true, ..budget.loaded(value) }),
            Err(error) => parse_yaml(text, source).map_err(|_| json_error(&error, text, source)),
        };
    }
    parse_yaml(text, source)
}

/// The text of a document: UTF-8, or UTF-16 with its mark, as PowerShell's `>` writes it (YAML 1.2, section 5.2). The
/// error is the offset of the first invalid byte.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
    let unit = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| error.valid_up_to()),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for (n, unit) in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).enumerate() {
        text.push(unit.map_err(|_| 2 * n)?);
    }
    if rest.is_empty() { Ok(Cow::Owned(text)) } else { Err(bytes.len() - 1) }
}

fn parse_yaml(text: &str, source: &str) -> Result<Loaded, LoadError> {
    if let Some(line) = nested_too_deep(text) {
        return Err(LoadError::Syntax {
            snippet: Some(Snippet::locate(source, text, line, 0)),
            source: source.to_owned(),
            reason: format!("more than {MAX_OPEN_BRACKETS} brackets are open"),
        });
    }
    let budget = Budget::new(text.len());
    match Node(&budget).deserialize(serde_yaml::Deserializer::from_str(text)) {
        Ok(Value::Null) => Err(LoadError::Empty { source: source.to_owned() }),
        Ok(value) => Ok(budget.loaded(value)),
        Err(error) => Err(yaml_error(&error, text, source)),
    }
}

/// Brackets that may be open at once. The YAML scanner looks at every open one at each token, so without a
/// limit a small file of brackets takes minutes before the parser's own limit of 128 levels is reached. Brackets in
/// strings count too, which is why the limit is far above 128.
const MAX_OPEN_BRACKETS: usize = 2_000;

/// The line where more than [`MAX_OPEN_BRACKETS`] are open.
fn nested_too_deep(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut line = 1;
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            b'[' | b'{' => {
                open += 1;
                if open > MAX_OPEN_BRACKETS {
                    return Some(line);
                }
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn json_error(error: &serde_json::Error, text: &str, source: &str) -> LoadError {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
    let snippet = (error.line() > 0).then(|| Snippet::locate(source, text, error.line(), error.column()));
    LoadError::Syntax { snippet, source: source.to_owned(), reason }
}

fn yaml_error(error: &serde_yaml::Error, text: &str, source: &str) -> LoadError {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
    let snippet = error.location().map(|at| Snippet::locate(source, text, at.line(), at.column()));
    LoadError::Syntax { snippet, source: source.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Result<Value, LoadError> {
        parse(text.as_bytes(), "t.yaml").map(|loaded| loaded.value)
    }

    #[test]
    fn yaml_and_json_give_the_same_value() {
        let json = yaml(r#"{"a": {"200": [1, -2, 1.5, true, null, "x"]}}"#).unwrap();
        let same = yaml("a:\n  200: [1, -2, 1.5, true, null, x]\n").unwrap();
        assert_eq!(json, same);
    }

    #[test]
    fn keys_keep_their_order_and_their_text() {
        let value = yaml("z: 1\na: 2\n404: 3\ntrue: 4\nnull: 5\n2020-01-01: 6").unwrap();
        let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["z", "a", "404", "true", "null", "2020-01-01"]);
    }

    #[test]
    fn merge_keys_fill_in_what_is_missing() {
        let value = yaml("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3").unwrap();
        assert_eq!(value["c"], serde_json::json!({"y": 3, "x": 1}));
    }

    #[test]
    fn a_syntax_error_names_its_place() {
        let LoadError::Syntax { snippet: Some(snippet), .. } = yaml("a: 1\nb: [1, 2\nc: 3\n").unwrap_err()
        else {
            panic!("no place")
        };
        assert!(snippet.line >= 2, "{snippet:?}");
        let LoadError::Syntax { snippet: Some(snippet), .. } = yaml("{\n  \"a\": 1,,\n}").unwrap_err() else {
            panic!("no place")
        };
        assert_eq!((snippet.line, snippet.text.as_str()), (2, "  \"a\": 1,,"));
    }

    #[test]
    fn utf_16_is_read_by_its_mark() {
        for encode in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = "\u{feff}a: ü𝄞\n".encode_utf16().flat_map(encode).collect();
            assert_eq!(parse(&bytes, "x").unwrap().value, serde_json::json!({"a": "ü𝄞"}));
        }
    }

    #[test]
    fn keys_that_stand_twice_are_told() {
        for text in ["a: 1\nb: 2\na: 3", r#"{"a": 1, "b": 2, "a": 3}"#] {
            let loaded = parse(text.as_bytes(), "x").unwrap();
            assert_eq!(
                (loaded.duplicates, &loaded.value["a"]),
                (vec!["a".to_owned()], &serde_json::json!(3))
            );
        }
    }

    #[test]
    fn billion_laughs_ends_quickly() {
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for n in 1..12 {
            let row = vec![format!("*a{}", n - 1); 9].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{row}]\n"));
        }
        assert!(matches!(yaml(&text), Err(LoadError::Syntax { .. })));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(matches!(yaml(&"[".repeat(100_000)), Err(LoadError::Syntax { .. })));
        assert!(matches!(yaml(&"{\"a\":".repeat(100_000)), Err(LoadError::Syntax { .. })));
    }

    #[test]
    fn empty_binary_and_large_input_are_told_apart() {
        assert!(matches!(yaml(" \n# only a comment\n"), Err(LoadError::Empty { .. })));
        assert!(matches!(yaml(""), Err(LoadError::Empty { .. })));
        assert!(matches!(yaml("<!DOCTYPE html><html/>"), Err(LoadError::NotOpenApi { .. })));
        assert!(matches!(parse(&[0xff, 0xfe, 0, 0xd8], "x"), Err(LoadError::Encoding { .. })));
        assert!(matches!(parse(&[0x1f, 0x8b, 8], "x"), Err(LoadError::Encoding { offset: 1, .. })));
        assert!(matches!(parse(&vec![b' '; MAX_DOCUMENT_BYTES + 1], "x"), Err(LoadError::TooLarge { .. })));
    }
}
