//! A page of help.

use std::fmt::Write as _;
use std::io::IsTerminal;

use crate::text::{printable, printable_block, wrap};

/// A page of help, laid out for the width of the terminal.
pub(crate) struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    pub(crate) fn new() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
        // The width of any of the three streams, so that a page in a pager fits too.
        let columns =
            columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
        Self {
            out: String::new(),
            width: columns.unwrap_or(100).clamp(40, 120),
            colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// Paragraphs, wrapped.
    pub(crate) fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.gap();
        for line in wrap(&printable_block(text.trim()), self.width) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    pub(crate) fn usage(&mut self, first: &str, second: &str) {
        self.gap();
        let head = self.heading("Usage:");
        let indent = 4;
        for (n, usage) in [first, second].iter().filter(|usage| !usage.is_empty()).enumerate() {
            let lines = wrap(&printable(usage), self.width.saturating_sub(7 + indent).max(20));
            for (m, line) in lines.iter().enumerate() {
                let lead = if n == 0 && m == 0 { head.clone() } else { "      ".to_owned() };
                let inner = if m == 0 { "" } else { "    " };
                let _ = writeln!(self.out, "{lead} {inner}{line}");
            }
        }
    }

    /// A titled list in two columns; the second goes below the first if that is wide.
    pub(crate) fn rows(&mut self, title: &str, rows: Vec<(String, String)>) {
        if rows.is_empty() {
            return;
        }
        self.gap();
        let heading = self.heading(&format!("{title}:"));
        let _ = writeln!(self.out, "{heading}");
        let widest = (self.width / 3).clamp(16, 36);
        let column = rows
            .iter()
            .map(|(name, _)| name.chars().count())
            .filter(|length| *length <= widest)
            .max()
            .unwrap_or(widest);
        for (name, text) in rows {
            let name = printable(&name).into_owned();
            let length = name.chars().count();
            let lines = wrap(
                &printable_block(&text).replace('\n', " "),
                self.width.saturating_sub(column + 4).max(20),
            );
            let shown = self.strong(&name);
            let _ = write!(self.out, "  {shown}");
            let mut at = length;
            if length > column && !lines.is_empty() {
                self.out.push('\n');
                self.out.push_str("  ");
                at = 0;
            }
            for (n, line) in lines.iter().enumerate() {
                if n > 0 {
                    self.out.push_str("\n  ");
                    at = 0;
                }
                let _ = write!(self.out, "{}  {line}", " ".repeat(column.saturating_sub(at)));
            }
            self.out.push('\n');
        }
    }

    pub(crate) fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    pub(crate) fn heading(&self, text: &str) -> String {
        let style = anstyle::Style::new().bold().underline();
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn strong(&self, text: &str) -> String {
        let style = anstyle::Style::new().bold();
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}
