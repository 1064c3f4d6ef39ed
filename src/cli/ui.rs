//! The terminal: what a person is told, asked and shown.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::global::ErrorFormat;
use crate::credentials::Question;
use crate::diagnostic::{Failure, Kind};
use crate::secret::Secret;
use crate::session::Person;

/// The person who uses the program: what is said to them, and what they answer. Copies are of one person.
#[derive(Clone, Debug)]
pub(crate) struct Ui(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// How the failure that ends the program is shown.
    format: Mutex<ErrorFormat>,
    to: To,
}

#[derive(Debug)]
enum To {
    /// Standard error, and standard input for answers.
    Terminal,
    /// A test.
    #[cfg(test)]
    Record(Mutex<Record>),
}

/// What a test hears, and answers.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// All that was said and asked, in order.
    pub(crate) said: Vec<String>,
    /// The answers to come, the next one last; without any, nobody is there.
    pub(crate) answers: Vec<String>,
}

impl Ui {
    /// The terminal. Failures are shown in this format until another is set.
    pub(crate) fn terminal(format: ErrorFormat) -> Self {
        Self(Arc::new(Inner { format: Mutex::new(format), to: To::Terminal }))
    }

    /// A silent one, for tests: it records, and gives these answers in order.
    #[cfg(test)]
    pub(crate) fn recording(answers: &[&str]) -> Self {
        let answers = answers.iter().rev().map(|answer| (*answer).to_owned()).collect();
        let record = Mutex::new(Record { said: Vec::new(), answers });
        Self(Arc::new(Inner { format: Mutex::default(), to: To::Record(record) }))
    }

    /// What was said to a recording one.
    #[cfg(test)]
    pub(crate) fn said(&self) -> Vec<String> {
        match &self.0.to {
            To::Terminal => Vec::new(),
            To::Record(record) => record.lock().unwrap().said.clone(),
        }
    }

    #[cfg(test)]
    fn record<T>(&self, with: impl FnOnce(&mut Record) -> T) -> Option<T> {
        match &self.0.to {
            To::Terminal => None,
            To::Record(record) => Some(with(&mut record.lock().unwrap_or_else(PoisonError::into_inner))),
        }
    }

    /// A note.
    pub(crate) fn note(&self, text: &str) {
        self.line(&crate::text::printable_block(text));
    }

    /// A warning.
    pub(crate) fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    fn line(&self, text: &str) {
        match &self.0.to {
            To::Terminal => on_stderr(text),
            #[cfg(test)]
            To::Record(_) => {
                self.record(|record| record.said.push(text.to_owned()));
            }
        }
    }

    /// A person is there to answer a question: standard input and standard error are both terminals.
    pub(crate) fn is_interactive(&self) -> bool {
        match &self.0.to {
            To::Terminal => io::stdin().is_terminal() && io::stderr().is_terminal(),
            #[cfg(test)]
            To::Record(_) => self.record(|record| !record.answers.is_empty()).unwrap_or_default(),
        }
    }

    /// Asks a yes-or-no question; anything but `y` or `yes` is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        let question = format!("{} [y/N] ", crate::text::printable_block(question));
        self.answer(&question)
            .is_ok_and(|line| matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for something that may be seen; empty if nothing was typed.
    pub(crate) fn ask(&self, question: &str) -> Result<String, Failure> {
        let line = self
            .answer(&crate::text::printable(question))
            .map_err(|error| Failure::new(Kind::Other, format!("cannot read the answer: {error}")))?;
        Ok(line.trim().to_owned())
    }

    /// Asks for a secret, which is not shown.
    pub(crate) fn ask_secret(&self, question: &str) -> Result<Secret<String>, Failure> {
        let question = crate::text::printable(question);
        let typed = match &self.0.to {
            To::Terminal => crate::person::asked(|| rpassword::prompt_password(question)),
            #[cfg(test)]
            To::Record(_) => self.answer(&question),
        };
        typed.map(Secret::new).map_err(|error| {
            Failure::new(Kind::Other, format!("cannot read the credential: {error}"))
                .hint("pipe it in with `--stdin`")
        })
    }

    /// A line that is typed after a question.
    fn answer(&self, question: &str) -> io::Result<String> {
        match &self.0.to {
            To::Terminal => {
                let mut err = io::stderr().lock();
                let _ = write!(err, "{question}").and_then(|()| err.flush());
                let mut line = String::new();
                crate::person::asked(|| io::stdin().read_line(&mut line)).map(|_| line)
            }
            #[cfg(test)]
            To::Record(_) => {
                let answered = self.record(|record| {
                    record.said.push(question.to_owned());
                    record.answers.pop()
                });
                answered.flatten().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }

    /// Puts a question about trust; no where there is nobody.
    pub(crate) fn agrees(&self, question: &Question) -> bool {
        self.is_interactive() && self.confirm(&question.to_string())
    }

    /// Sets how the failure that ends the program is shown.
    pub(crate) fn set_error_format(&self, format: ErrorFormat) {
        *self.0.format.lock().unwrap_or_else(PoisonError::into_inner) = format;
    }

    /// Shows the failure that ends the program.
    pub(crate) fn end(&self, failure: &Failure) {
        let format = *self.0.format.lock().unwrap_or_else(PoisonError::into_inner);
        self.line(&shown(failure, format));
    }

    /// Shows a failure that ends nothing.
    pub(crate) fn show(&self, failure: &Failure) {
        self.line(&shown(failure, ErrorFormat::Human));
    }
}

impl Person for Ui {
    fn note(&self, text: &str) {
        Self::note(self, text);
    }

    fn agrees(&self, question: &Question) -> bool {
        Self::agrees(self, question)
    }
}

/// A line on standard error, which may be closed; that is no reason to fail.
pub(crate) fn on_stderr(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn shown(failure: &Failure, format: ErrorFormat) -> String {
    if format == ErrorFormat::Human {
        return failure.to_string();
    }
    // The server's own JSON stays JSON; anything else is a string.
    let body = failure.body.as_deref().map(|body| {
        serde_json::from_str(body).unwrap_or_else(|_| serde_json::Value::String(body.to_owned()))
    });
    let place = failure
        .snippet
        .as_ref()
        .map(|at| serde_json::json!({ "source": at.source, "line": at.line, "column": at.column }));
    let causes = failure.causes();
    let mut error = serde_json::json!({
        "kind": failure.kind.name(), "message": failure.message, "hint": failure.first_hint(), "hints": failure.hints,
        "causes": causes, "status": failure.status, "body": body,
    });
    if let (Some(place), Some(members)) = (place, error.as_object_mut()) {
        members.insert("place".to_owned(), place);
    }
    crate::output::one_line(&serde_json::json!({ "error": error })).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::usage;

    #[test]
    fn a_recording_one_tells_what_was_said_and_answers() {
        let ui = Ui::recording(&["yes", "n", "Ann "]);
        assert!(ui.is_interactive() && ui.confirm("go on?") && !ui.confirm("and on?"));
        assert_eq!(ui.ask("name: ").unwrap(), "Ann");
        assert!(!ui.is_interactive() && !ui.confirm("still there?"));
        ui.warn("mind\u{1b}");
        assert_eq!(
            ui.said(),
            ["go on? [y/N] ", "and on? [y/N] ", "name: ", "still there? [y/N] ", "warning: mind\\u{1b}"]
        );
    }

    #[test]
    fn the_failure_that_ends_is_shown_as_was_asked_and_others_for_people() {
        let ui = Ui::recording(&[]);
        ui.set_error_format(ErrorFormat::Json);
        ui.show(&usage("no"));
        ui.end(&usage("no"));
        let said = ui.said();
        assert_eq!(said[0], "error: no");
        let json: serde_json::Value = serde_json::from_str(&said[1]).unwrap();
        assert_eq!(json["error"]["message"], "no");
    }
}
