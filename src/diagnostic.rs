//! What went wrong, where, and what to do next. No I/O.
//!
//! Every layer has its own error enum; each turns into a [`Failure`] before it reaches a person, and the exit
//! code follows from the failure's [`Kind`].

use std::fmt;
use std::sync::Arc;

use crate::text::printable;

/// What kind of failure this is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that has no kind of its own: a file that cannot be read, a document that is broken.
    Other,
    /// The command line itself is wrong.
    Usage,
    /// Credentials are missing, or the server refused them (401, 403).
    Credentials,
    /// The server answered with another 4xx status.
    Client,
    /// The server answered with a 5xx status.
    Server,
    /// The server could not be reached, was too slow, or broke the protocol.
    Network,
    /// A script failed or broke a limit.
    Script,
    /// A person interrupted the program.
    Interrupted,
}

impl Kind {
    /// The process exit code of this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Usage => 2,
            Self::Credentials => 3,
            Self::Client => 4,
            Self::Server => 5,
            Self::Network => 6,
            Self::Script => 7,
            Self::Interrupted => 130,
        }
    }

    /// The name used in `--error-format json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Usage => "usage",
            Self::Credentials => "credentials",
            Self::Client => "client",
            Self::Server => "server",
            Self::Network => "network",
            Self::Script => "script",
            Self::Interrupted => "interrupted",
        }
    }

    /// The kind of an HTTP status that is not 2xx.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Credentials,
            400..=499 => Self::Client,
            500..=599 => Self::Server,
            _ => Self::Other,
        }
    }
}

/// A place in a text: the line is shown with a caret under the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The file's path, or `standard input`, or a URL.
    pub source: String,
    /// One-based line.
    pub line: usize,
    /// One-based column in characters; 0 when only the line is known.
    pub column: usize,
    /// The text of that line; empty when it is not at hand.
    pub text: String,
}

impl Snippet {
    /// A snippet at `line` and `column` of `text`, which came from `source`.
    pub fn locate(source: impl Into<String>, text: &str, line: usize, column: usize) -> Self {
        let line_text = line.checked_sub(1).and_then(|n| text.lines().nth(n)).unwrap_or_default();
        Self { source: source.into(), line, column, text: line_text.to_owned() }
    }
}

/// One call in the chain that led to a script error, innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The function that was called.
    pub function: String,
    /// The file that calls it.
    pub source: String,
    /// One-based line of the call; 0 when unknown.
    pub line: usize,
}

/// The most causes of one failure that are looked at.
const MAX_CAUSES: usize = 16;

/// A failure, ready to be shown.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// Lower case, names the thing in backticks, no full stop.
    pub message: String,
    /// What to do next, the likeliest first.
    pub hints: Vec<String>,
    /// Where it happened.
    pub snippet: Option<Box<Snippet>>,
    /// How a script got there, innermost first.
    pub chain: Vec<Frame>,
    /// The HTTP status, when a server answered.
    pub status: Option<u16>,
    /// The body of that answer, as text.
    pub body: Option<String>,
    /// The error that it was made of, which has its own [`std::error::Error::source`].
    pub cause: Option<Arc<Cause>>,
}

/// An error of any layer.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Failures are compared by what a person is told; causes have no equality.
impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        let told = |failure: &Self| {
            let Self { kind, message, hints, snippet, chain, status, body, cause: _ } = failure.clone();
            (kind, message, hints, snippet, chain, status, body)
        };
        told(self) == told(other)
    }
}

impl Eq for Failure {}

impl Failure {
    /// A failure with a message and nothing else.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
            snippet: None,
            chain: Vec::new(),
            status: None,
            body: None,
            cause: None,
        }
    }

    /// The same with this next step, in the place of any other.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints = vec![hint.into()];
        self
    }

    /// The same with one more next step.
    #[must_use]
    pub fn and_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The likeliest next step.
    pub fn first_hint(&self) -> Option<&str> {
        self.hints.first().map(String::as_str)
    }

    /// The same with the error that it was made of.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(Box::new(cause)));
        self
    }

    /// What the causes say, outermost first: without those whose words a person has been told already.
    pub fn causes(&self) -> Vec<String> {
        let first = self.cause.as_deref().map(|cause| cause.as_ref() as &dyn std::error::Error);
        let chain = std::iter::successors(first, |cause| cause.source()).take(MAX_CAUSES);
        let mut said = vec![self.message.clone()];
        let mut causes = Vec::new();
        for cause in chain.map(ToString::to_string) {
            if !said.iter().any(|known| known.contains(&cause)) {
                causes.push(cause.clone());
                said.push(cause);
            }
        }
        causes
    }

    /// The same with every text of it changed: what is shown of a script, and by a script, a server or a person.
    #[must_use]
    pub fn map(mut self, change: impl Fn(&str) -> String) -> Self {
        let mut changed = self.causes().iter().any(|cause| change(cause) != *cause);
        let mut apply = |text: &mut String| {
            let new = change(text);
            changed |= new != *text;
            *text = new;
        };
        apply(&mut self.message);
        self.hints.iter_mut().for_each(&mut apply);
        self.body.iter_mut().for_each(&mut apply);
        if let Some(snippet) = &mut self.snippet {
            apply(&mut snippet.text);
        }
        // A cause has the same words, and nobody can change those any more.
        if changed {
            self.cause = None;
        }
        self
    }

    /// The same with a place.
    #[must_use]
    pub fn at(mut self, snippet: Snippet) -> Self {
        self.snippet = Some(Box::new(snippet));
        self
    }
}

/// The failure as a person reads it, on several lines, without a trailing line feed. Everything in it that may
/// come from a document, a server or a script is escaped for the terminal.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", crate::text::printable_block(&self.message))?;
        if let Some(snippet) = &self.snippet {
            write!(f, "\n{snippet}")?;
        }
        for frame in &self.chain {
            write!(f, "\n  in `{}`, called from {}", printable(&frame.function), printable(&frame.source))?;
            if frame.line > 0 {
                write!(f, ":{}", frame.line)?;
            }
        }
        for cause in self.causes() {
            write!(f, "\ncause: {}", crate::text::printable_block(&cause))?;
        }
        for hint in &self.hints {
            write!(f, "\nhint: {}", crate::text::printable_block(hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        write!(f, "{gutter}--> {}:{}", printable(&self.source), self.line)?;
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        if self.text.is_empty() {
            return Ok(());
        }
        let (shown, caret) = window(&self.text, self.column);
        write!(f, "\n{gutter} |\n{number} | {shown}")?;
        if self.column > 0 {
            write!(f, "\n{gutter} | {}^", " ".repeat(caret))?;
        }
        Ok(())
    }
}

/// At most 100 characters of a line around `column`, escaped, and how many characters stand before the caret.
fn window(text: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 100;
    let at = column.saturating_sub(1);
    let start = if at >= WIDTH { at - WIDTH / 2 } else { 0 };
    let mut shown = String::new();
    let mut caret = None;
    for (n, c) in text.chars().enumerate().skip(start).take(WIDTH) {
        if n == at {
            caret = Some(shown.chars().count());
        }
        match c {
            '\t' => shown.push(' '),
            c => shown.push_str(&printable(c.encode_utf8(&mut [0; 4]))),
        }
    }
    let caret = caret.unwrap_or_else(|| shown.chars().count());
    (shown, caret)
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause.as_ref() as &(dyn std::error::Error + 'static))
    }
}

/// A usage failure.
pub(crate) fn usage(message: impl Into<String>) -> Failure {
    Failure::new(Kind::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_place_caret_chain_and_hint() {
        let mut failure = Failure::new(Kind::Script, "variable `x` not found")
            .at(Snippet::locate("a.rhai", "fn f() {\n    x + 1\n}", 2, 5))
            .hint("declare it with `let`");
        failure.chain.push(Frame { function: "f".into(), source: "a.rhai".into(), line: 7 });
        assert_eq!(
            failure.to_string(),
            "error: variable `x` not found\n --> a.rhai:2:5\n  |\n2 |     x + 1\n  |     ^\n  in `f`, called from a.rhai:7\nhint: declare it with `let`"
        );
        assert_eq!(failure.kind.exit_code(), 7);
    }

    #[test]
    fn a_failure_keeps_its_cause_and_every_hint() {
        let system = std::io::Error::other("the disk is gone");
        let failure =
            Failure::new(Kind::Other, "cannot read `a`").hint("look").and_hint("or leave").caused_by(system);
        assert_eq!(
            failure.to_string(),
            "error: cannot read `a`\ncause: the disk is gone\nhint: look\nhint: or leave"
        );
        let source = std::error::Error::source(&failure).unwrap();
        assert!(source.downcast_ref::<std::io::Error>().is_some());
        // What the message says already is not said again, and a secret in a cause goes with it.
        let system = std::io::Error::other("the disk is gone");
        let said = Failure::new(Kind::Other, "cannot read `a`: the disk is gone").caused_by(system);
        assert_eq!(said.causes(), [""; 0]);
        let hidden = failure.map(|text| text.replace("disk", "***"));
        assert!(hidden.cause.is_none() && !hidden.to_string().contains("disk"));
    }

    #[test]
    fn long_lines_are_cut_around_the_caret_and_controls_escaped() {
        let text = format!("{}\u{1b}x", "a".repeat(500));
        let shown = Snippet::locate("f", &text, 1, 501).to_string();
        assert!(shown.lines().all(|line| line.len() < 140), "{shown}");
        assert!(shown.contains("\\u{1b}") && !shown.contains('\u{1b}'));
    }
}
