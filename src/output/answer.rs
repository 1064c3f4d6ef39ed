//! A server's answer, or a script's value, on standard output.

use std::io::{self, IsTerminal, Write};

use crate::diagnostic::{Failure, Kind, Snippet};
use crate::http::Response;

use super::json;

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON is laid out for reading; anything else is printed as it is.
    #[default]
    Json,
    /// The bytes of the answer, whatever they are.
    Raw,
}

/// Prints the body of an answer.
///
/// # Errors
///
/// A body that calls itself JSON and is not; binary data on a terminal; a standard output that cannot be written to.
pub fn answer(response: &Response, format: Format) -> Result<(), Failure> {
    let body = response.body.as_slice();
    if body.is_empty() {
        return Ok(());
    }
    let terminal = io::stdout().is_terminal();
    let is_json =
        response.header("content-type").is_none_or(|name| name.to_ascii_lowercase().contains("json"));
    let body_text = std::str::from_utf8(body);
    if format == Format::Raw {
        return write(body, !terminal);
    }
    match body_text {
        Ok(text) if is_json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => write(json::pretty(text, terminal).as_bytes(), false),
            // Without a content type it was only a guess.
            Err(_) if response.header("content-type").is_none() => plain(text, terminal),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
                Err(Failure::new(Kind::Network, format!("the server's answer is not valid JSON: {reason}"))
                    .at(Snippet::locate("answer", text, error.line(), error.column()))
                    .hint("`--output raw` prints it as it is"))
            }
        },
        Ok(text) => plain(text, terminal),
        Err(_) if terminal => {
            let message = format!("the answer is {} bytes of binary data", body.len());
            Err(Failure::new(Kind::Other, message).hint("send it to a file: `... > file`"))
        }
        Err(_) => write(body, true),
    }
}

fn plain(text: &str, terminal: bool) -> Result<(), Failure> {
    if terminal {
        write(crate::text::printable_block(text).as_bytes(), false)
    } else {
        write(text.as_bytes(), true)
    }
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
