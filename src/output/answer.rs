//! A server's answer, or a script's value, on standard output.

use std::io::{self, IsTerminal, Read, Write};

use crate::diagnostic::{Failure, Kind, Snippet};
use crate::session::Answer;

use super::{hide, json};

/// Bytes that are printed at a time.
const CHUNK: usize = 16 << 10;

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON is formatted for reading; anything else is printed unchanged.
    #[default]
    Json,
    /// The bytes of the answer, unchanged.
    Raw,
}

/// Prints the body of an answer; true if a secret was hidden in it. Secrets are hidden in text only: raw
/// output, and anything that is not text or is not declared as text, is printed byte for byte.
///
/// # Errors
///
/// A body that is declared as JSON but is not; binary data on a terminal; standard output that cannot be written to.
pub fn answer(answer: Answer, format: Format) -> Result<bool, Failure> {
    if answer.bytes().is_empty() {
        return Ok(false);
    }
    let terminal = io::stdout().is_terminal();
    if format == Format::Raw {
        copy(&mut answer.body())?;
        return if terminal { write(b"", false).map(|()| false) } else { Ok(false) };
    }
    let media_type = answer.media_type();
    let is_json = media_type.is_none_or(|name| name.to_ascii_lowercase().contains("json"));
    match std::str::from_utf8(answer.bytes()) {
        Ok(text) if is_json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => {
                let hidden = hide::json(text, answer.secrets());
                write(json::pretty(hidden.as_deref().unwrap_or(text), terminal).as_bytes(), false)?;
                Ok(hidden.is_some())
            }
            // Without a content type JSON was only a guess.
            Err(_) if media_type.is_none() => plain(answer, terminal),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
                Err(Failure::new(Kind::Network, format!("the server's answer is not valid JSON: {reason}"))
                    .at(Snippet::locate("answer", text, error.line(), error.column()))
                    .hint("`--output raw` prints it as it is"))
            }
        },
        Ok(_) if terminal || is_text(media_type.unwrap_or_default()) => plain(answer, terminal),
        Err(_) if terminal => {
            let message = format!("the answer is {} bytes of binary data", answer.bytes().len());
            Err(Failure::new(Kind::Other, message).hint("send it to a file: `... > file`"))
        }
        _ => copy(&mut answer.body()).map(|()| false),
    }
}

/// Whether a media type is text for people; in others every byte may count.
fn is_text(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let words = ["json", "xml", "yaml", "javascript", "graphql", "csv", "form-urlencoded", "html"];
    essence.is_empty() || essence.starts_with("text/") || words.iter().any(|word| essence.contains(word))
}

/// Prints text with marks in place of secrets.
fn plain(answer: Answer, terminal: bool) -> Result<bool, Failure> {
    let mut text = answer.hiding();
    if terminal {
        // A terminal control sequence may span two reads.
        let mut whole = String::new();
        text.read_to_string(&mut whole).map_err(|error| unread(&error))?;
        write(crate::text::printable_block(&whole).as_bytes(), false)?;
    } else {
        copy(&mut text)?;
    }
    Ok(text.has_hidden())
}

/// Prints text, adding a line feed if it does not end with one.
pub fn text(text: &str) -> Result<(), Failure> {
    write(text.as_bytes(), text.is_empty() || text.ends_with('\n'))
}

/// Prints one line.
pub fn line(text: &str) -> Result<(), Failure> {
    write(text.as_bytes(), false)
}

fn write(bytes: &[u8], as_is: bool) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end: &[u8] = if as_is { b"" } else { b"\n" };
    written(out.write_all(bytes).and_then(|()| out.write_all(end)).and_then(|()| out.flush())).map(|_| ())
}

/// Copies a reader to standard output unchanged.
fn copy(data: &mut dyn Read) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match data.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count.map_err(|error| unread(&error))?,
        };
        if count == 0 {
            return written(out.flush()).map(|_| ());
        }
        if !written(out.write_all(chunk.get(..count).unwrap_or_default()))? {
            return Ok(());
        }
    }
}

/// Whether anyone is still reading.
fn written(result: io::Result<()>) -> Result<bool, Failure> {
    match result {
        Ok(()) => Ok(true),
        // The reader has seen enough: `apicli ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(Kind::Other, format!("cannot write to standard output: {error}"))
            .hint("check where it leads, and whether there is room")),
    }
}

fn unread(error: &io::Error) -> Failure {
    Failure::new(Kind::Network, format!("the answer ends early: {error}")).hint("run the command again")
}
