//! A server's answer, or a script's value, on standard output.

use std::io::{self, IsTerminal, Write};

use crate::diagnostic::{Failure, Kind, Snippet};
use crate::http::{Response, Secrets, masked};

use super::{hide, json};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON is laid out for reading; anything else is printed as it is.
    #[default]
    Json,
    /// The bytes of the answer, whatever they are.
    Raw,
}

/// Prints the body of an answer; true if a secret was hidden in it. That is done with text alone: what is printed raw, and
/// what is no text or says that it is none, is what the server sent, byte for byte.
///
/// # Errors
///
/// A body that calls itself JSON and is not; binary data on a terminal; a standard output that cannot be written to.
pub fn answer(response: &Response, format: Format, secrets: &Secrets) -> Result<bool, Failure> {
    let body = response.body.as_slice();
    if body.is_empty() {
        return Ok(false);
    }
    let terminal = io::stdout().is_terminal();
    let is_json =
        response.header("content-type").is_none_or(|name| name.to_ascii_lowercase().contains("json"));
    let body_text = std::str::from_utf8(body);
    if format == Format::Raw {
        return write(body, !terminal).map(|()| false);
    }
    match body_text {
        Ok(text) if is_json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => {
                let hidden = hide::json(text, secrets);
                write(json::pretty(hidden.as_deref().unwrap_or(text), terminal).as_bytes(), false)?;
                Ok(hidden.is_some())
            }
            // Without a content type it was only a guess.
            Err(_) if response.header("content-type").is_none() => plain(text, terminal, secrets),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
                Err(Failure::new(Kind::Network, format!("the server's answer is not valid JSON: {reason}"))
                    .at(Snippet::locate("answer", text, error.line(), error.column()))
                    .hint("`--output raw` prints it as it is"))
            }
        },
        Ok(text) if terminal || is_text(response.header("content-type").unwrap_or_default()) => {
            plain(text, terminal, secrets)
        }
        Err(_) if terminal => {
            let message = format!("the answer is {} bytes of binary data", body.len());
            Err(Failure::new(Kind::Other, message).hint("send it to a file: `... > file`"))
        }
        _ => write(body, true).map(|()| false),
    }
}

/// Whether a media type is one of text that people read; of others each byte may count.
fn is_text(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let words = ["json", "xml", "yaml", "javascript", "graphql", "csv", "form-urlencoded", "html"];
    essence.is_empty() || essence.starts_with("text/") || words.iter().any(|word| essence.contains(word))
}

fn plain(text: &str, terminal: bool, secrets: &Secrets) -> Result<bool, Failure> {
    let places = secrets.in_data(text.as_bytes());
    let hidden = (!places.is_empty()).then(|| masked(text, &places));
    let text = hidden.as_deref().unwrap_or(text);
    if terminal {
        write(crate::text::printable_block(text).as_bytes(), false)?;
    } else {
        write(text.as_bytes(), true)?;
    }
    Ok(hidden.is_some())
}

/// Prints text, with a line feed if it has none at its end.
pub fn text(text: &str) -> Result<(), Failure> {
    write(text.as_bytes(), text.is_empty() || text.ends_with('\n'))
}

/// Prints one line.
pub fn line(text: &str) -> Result<(), Failure> {
    write(text.as_bytes(), false)
}

fn write(bytes: &[u8], as_is: bool) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let result = out
        .write_all(bytes)
        .and_then(|()| if as_is { Ok(()) } else { out.write_all(b"\n") })
        .and_then(|()| out.flush());
    match result {
        // Whoever reads has seen enough: `apicli ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(Kind::Other, format!("cannot write to standard output: {error}"))
            .hint("check where it leads, and whether there is room")),
        Ok(()) => Ok(()),
    }
}
