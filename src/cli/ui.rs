//! The terminal: what a person is told, asked and shown.

use std::io::{self, IsTerminal, Write};

use crate::credentials::Question;
use crate::diagnostic::Failure;
use crate::session::Person;

/// How a failure is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ErrorFormat {
    /// For people.
    #[default]
    Human,
    /// `{"error": {...}}` on one line.
    Json,
}

/// The person at the terminal.
pub(crate) struct Terminal;

impl Person for Terminal {
    fn note(&self, text: &str) {
        note(text);
    }

    fn agrees(&self, question: &Question) -> bool {
        agrees(question)
    }
}

/// Puts a question about trust to a person; no where there is nobody.
pub(crate) fn agrees(question: &Question) -> bool {
    is_interactive() && confirm(&question.to_string())
}

/// A note for the person at the terminal. Standard error may be closed; that is no reason to fail.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", crate::text::printable_block(text));
}

/// A warning, likewise.
pub(crate) fn warn(text: &str) {
    note(&format!("warning: {text}"));
}

/// A person is there to answer a question: standard input and standard error are both terminals.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a yes-or-no question on standard error; anything but `y` or `yes` is no.
pub(crate) fn confirm(question: &str) -> bool {
    let _ = write!(io::stderr().lock(), "{} [y/N] ", crate::text::printable_block(question));
    let mut line = String::new();
    crate::person::asked(|| io::stdin().read_line(&mut line)).is_ok()
        && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Shows a failure on standard error.
pub(crate) fn show(failure: &Failure, format: ErrorFormat) {
    let mut err = io::stderr().lock();
    let _ = match format {
        ErrorFormat::Human => writeln!(err, "{failure}"),
        ErrorFormat::Json => {
            // The server's own JSON stays JSON; anything else is a string.
            let body = failure.body.as_deref().map(|body| {
                serde_json::from_str(body).unwrap_or_else(|_| serde_json::Value::String(body.to_owned()))
            });
            let place = failure
                .snippet
                .as_ref()
                .map(|at| serde_json::json!({ "source": at.source, "line": at.line, "column": at.column }));
            let mut error = serde_json::json!({
                "kind": failure.kind.name(), "message": failure.message, "hint": failure.hint,
                "status": failure.status, "body": body,
            });
            if let (Some(place), Some(members)) = (place, error.as_object_mut()) {
                members.insert("place".to_owned(), place);
            }
            writeln!(err, "{}", crate::output::one_line(&serde_json::json!({ "error": error })))
        }
    };
}
