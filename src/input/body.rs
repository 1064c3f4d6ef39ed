//! `--body`: converts what was typed to what the engine sends.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::given::{GivenValue, plain};
use super::{files, jsonc};
use crate::diagnostic::{Failure, Kind, Snippet, usage};
use crate::engine::{FileAt, InputBody};
use crate::http::{Spool, Spooled};
use crate::model::{Argument, Encoding, Location};

/// The largest body that is read into memory for parsing.
const MAX_BODY: u64 = 512 * 1024 * 1024;

/// The body that was given as a whole, in addition to the values of flags, for a command with these flags and a body in
/// `encoding`.
pub(crate) fn read(
    given: &[GivenValue],
    typed: &Map<String, Value>,
    flags: &[Argument],
    encoding: Option<Encoding>,
    command: &str,
) -> Result<Option<InputBody>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    if let (Some(Encoding::Raw), [GivenValue::Json(value)]) = (encoding, given) {
        return Ok(Some(InputBody::Bytes(plain(value).into_bytes())));
    }
    // Read as JSON, so that no text in it is taken for `@file`.
    let given: Vec<Cow<'_, str>> = given
        .iter()
        .map(|given| match given {
            GivenValue::Typed(text) => Ok(Cow::Borrowed(text.as_str())),
            GivenValue::Json(value) => {
                if encoding == Some(Encoding::Multipart) {
                    refuse_file("`--body`", value, flags)?;
                }
                Ok(Cow::Owned(value.to_string()))
            }
        })
        .collect::<Result<_, Failure>>()?;
    let given: Vec<&str> = given.iter().map(AsRef::as_ref).collect();
    match encoding {
        None => Err(usage(format!("`{command}` takes no body"))
            .hint(format!("`{command} --help` shows what it takes"))),
        Some(Encoding::Raw) => match given.as_slice() {
            [text] => raw(text).map(Some),
            _ => Err(usage("`--body` can be given once here").hint("only JSON objects can be merged")),
        },
        Some(Encoding::Lines) => lines(&given).map(Some),
        Some(encoding) => {
            // Flags outside of the body can be combined with any body.
            let in_body =
                |flag: &Argument| flag.location == Location::Body && typed.contains_key(flag.top_key());
            json(given, flags, flags.iter().any(in_body), encoding, command)
        }
    }
}

/// Unchanged bytes: a text, a file or standard input; the latter two are read while they are sent.
fn raw(text: &str) -> Result<InputBody, Failure> {
    if text == "-" {
        return stdin();
    }
    let Some(path) = text.strip_prefix('@') else { return Ok(InputBody::Bytes(text.as_bytes().to_vec())) };
    let path = PathBuf::from(path);
    let unusable =
        |why: String| usage(format!("`{}` for `--body` {why}", path.display())).hint("check the path");
    let about = std::fs::metadata(&path).map_err(|_| unusable("is not a file".to_owned()))?;
    if about.is_file() {
        return Ok(InputBody::File(path));
    }
    if about.is_dir() {
        return Err(unusable("is a folder".to_owned()));
    }
    // A pipe, as from `@<(command)`: its length is only known at its end.
    let spooled = File::open(&path).and_then(Spool::read);
    spooled.map(input).map_err(|error| unusable(format!("cannot be read: {error}")))
}

/// Standard input. A file (`< file`) is sent directly; a pipe is first copied to a temporary file, since many
/// servers need a body's length, and a redirect or a retry sends it again.
fn stdin() -> Result<InputBody, Failure> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let own = std::io::stdin().as_fd().try_clone_to_owned();
        if let Some(spool) = own.ok().and_then(|own| Spool::of(File::from(own))) {
            return Ok(InputBody::Spool(spool));
        }
    }
    Spool::read(std::io::stdin().lock()).map(input).map_err(|error| no_stdin(&error))
}

fn input(spooled: Spooled) -> InputBody {
    match spooled {
        Spooled::Bytes(bytes) => InputBody::Bytes(bytes),
        Spooled::File(spool) => InputBody::Spool(spool),
    }
}

/// JSON texts, one per line. An array becomes one line per item; a file or standard input that already consists of lines is
/// sent unchanged.
fn lines(given: &[&str]) -> Result<InputBody, Failure> {
    if let [text] = given
        && (*text == "-" || text.starts_with('@'))
    {
        match raw(text)? {
            InputBody::Bytes(bytes) if bytes.trim_ascii_start().starts_with(b"[") => {
                return to_lines(&[(source_of(text), bytes)]);
            }
            InputBody::File(path) if begins_with_bracket(&path) => {}
            other => return Ok(other),
        }
    }
    let mut texts = Vec::with_capacity(given.len());
    for text in given {
        texts.push((source_of(text), bytes(text)?));
    }
    to_lines(&texts)
}

fn begins_with_bracket(path: &Path) -> bool {
    let mut first = [0; 64];
    let count = File::open(path).and_then(|mut file| file.read(&mut first)).unwrap_or_default();
    first.get(..count).unwrap_or_default().trim_ascii_start().starts_with(b"[")
}

fn to_lines(texts: &[(String, Vec<u8>)]) -> Result<InputBody, Failure> {
    let mut lines = Vec::new();
    for (source, bytes) in texts {
        for value in serde_json::Deserializer::from_slice(bytes).into_iter::<&serde_json::value::RawValue>() {
            let value = value.map_err(|error| no_json(source, bytes, &error))?;
            let items: Vec<&serde_json::value::RawValue> = if value.get().starts_with('[') {
                serde_json::from_str(value.get()).map_err(|error| no_json(source, bytes, &error))?
            } else {
                vec![value]
            };
            for item in items {
                // Digits stay as they were typed; a line feed between tokens is whitespace.
                lines.extend(item.get().bytes().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { b }));
                lines.push(b'\n');
            }
        }
    }
    Ok(InputBody::Bytes(lines))
}

/// JSON: text takes precedence over files, and files over standard input; objects are merged. `with_flags`: fields of the body were given as flags too.
fn json(
    mut given: Vec<&str>,
    flags: &[Argument],
    with_flags: bool,
    encoding: Encoding,
    command: &str,
) -> Result<Option<InputBody>, Failure> {
    // Lowest precedence first: later ones win.
    given.sort_by_key(|text| match *text {
        "-" => 0,
        text if text.starts_with('@') => 1,
        _ => 2,
    });
    let mut whole: Option<Value> = None;
    let mut texts = Vec::with_capacity(given.len());
    let mut files: Vec<FileAt> = Vec::new();
    for typed in given {
        let source = source_of(typed);
        let text = typed;
        let given = String::from_utf8_lossy(&bytes(text)?).into_owned();
        // What is not JSON may be JSON with comments, as a template is.
        let (text, mut value) = match serde_json::from_str::<Value>(&given) {
            Ok(value) => (given, value),
            Err(_) => {
                let plain = jsonc::plain(&given);
                let value = serde_json::from_str(&plain)
                    .map_err(|error| no_json(&source, given.as_bytes(), &error))?;
                (jsonc::squeezed(&plain), value)
            }
        };
        texts.push(text);
        if encoding == Encoding::Multipart {
            if typed != "-" && !typed.starts_with('@') {
                files.extend(files::take_typed(&mut value, flags)?);
            } else {
                refuse_file(&source, &value, flags)?;
            }
        }
        match (&mut whole, value) {
            (Some(Value::Object(whole)), Value::Object(value)) => merge(whole, value),
            (whole, value) => *whole = Some(value),
        }
    }
    let form = matches!(encoding, Encoding::Form | Encoding::Multipart);
    if form && whole.as_ref().is_some_and(|whole| !whole.is_object()) {
        return Err(usage(format!("`{command}` sends a form, and the body is not a JSON object"))
            .hint("give an object: its members become the form's fields"));
    }
    if with_flags && whole.as_ref().is_some_and(|whole| !whole.is_object()) {
        return Err(usage("flags and a `--body` that is not a JSON object cannot be combined")
            .hint("give one of them"));
    }
    let Some(value) = whole else { return Ok(None) };
    if encoding == Encoding::Json
        && let [text] = texts.as_slice()
    {
        // Without flags it is sent as it was typed; with flags, no digit may be lost silently.
        if with_flags {
            refuse_lossy(texts.iter())?;
        }
        return Ok(Some(InputBody::JsonText(text.clone(), value)));
    }
    refuse_lossy(texts.iter())?;
    Ok(Some(if files.is_empty() { InputBody::Json(value) } else { InputBody::WithFiles(value, files) }))
}

/// Refuses a body from `source` that would name a file if it were typed.
fn refuse_file(source: &str, value: &Value, flags: &[Argument]) -> Result<(), Failure> {
    match files::first(value, flags) {
        None => Ok(()),
        Some(flag) => Err(usage(format!("the body in {source} cannot name the file for `{}`", flag.name))
            .hint(format!("only typed words name files: `--{} PATH`", flag.name))),
    }
}

/// Where a text comes from.
const TYPED: &str = "--body";

/// How a message names the source of a text.
fn source_of(text: &str) -> String {
    match text.strip_prefix('@') {
        Some(path) => path.to_owned(),
        None if text == "-" => "standard input".to_owned(),
        None => TYPED.to_owned(),
    }
}

/// A text, file or standard input, without a byte order mark.
fn bytes(text: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = match (text, text.strip_prefix('@')) {
        ("-", _) => read_limited(std::io::stdin().lock()).map_err(|error| no_stdin(&error))?,
        (_, Some(path)) => File::open(path).and_then(read_limited).map_err(|error| {
            usage(format!("cannot read `{path}` for `--body`: {error}")).hint("check the path")
        })?,
        (text, None) => text.as_bytes().to_vec(),
    };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(usage(format!("the body in {} is UTF-16", source_of(text)))
            .hint("JSON is UTF-8 (RFC 8259, section 8.1): save it as that"));
    }
    Ok(bytes)
}

fn no_json(source: &str, bytes: &[u8], error: &serde_json::Error) -> Failure {
    // What was typed is visible on the screen anyway. A file may be anything, and its first line may be a key.
    let shown = if source == TYPED { String::from_utf8_lossy(bytes) } else { Cow::Borrowed("") };
    let reason = error.to_string();
    usage(format!("the body is not valid JSON: {}", reason.split(" at line ").next().unwrap_or_default()))
        .at(Snippet::locate(source.to_owned(), &shown, error.line(), error.column()))
        .hint("give JSON, `@file` or `-`")
}

fn no_stdin(error: &std::io::Error) -> Failure {
    Failure::new(Kind::Other, format!("cannot read standard input: {error}"))
        .hint("give the body as text or @file")
}

/// A whole number beyond 64 bits would be rounded when bodies and flags are merged.
fn refuse_lossy<'a>(texts: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    for text in texts {
        let mut in_string = false;
        let mut escaped = false;
        let mut number = String::new();
        for c in text.chars().chain([' ']) {
            if in_string {
                (in_string, escaped) = (escaped || c != '"', !escaped && c == '\\');
                continue;
            }
            in_string = c == '"';
            if c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E') {
                number.push(c);
                continue;
            }
            let whole = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            if whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
                return Err(usage(format!(
                    "the number `{number}` in the body is too large to be changed along with flags"
                ))
                .hint("give the whole body as JSON, without flags; it is sent as it is then"));
            }
            number.clear();
        }
    }
    Ok(())
}

fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(into)), Value::Object(value)) => merge(into, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn read_limited(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BODY + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(std::io::Error::other("it has more than 512 MiB"));
    }
    Ok(bytes)
}
