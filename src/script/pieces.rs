//! A script cut into its functions, so that each can be taken from another version.

use std::collections::HashMap;

use super::lexer::{Token, tokens};
use super::outline::outline;

/// A script in pieces; joined again they are the script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pieces {
    /// What belongs to the file: its `//!` lines and blank lines; all of it if it has no function.
    pub(super) head: String,
    /// Each function's name and everything from the end of the previous one to its own, including its comment. The
    /// second function of a name is `name/1`.
    pub(super) functions: Vec<(String, String)>,
    /// What follows the last function.
    pub(super) tail: String,
}

impl Pieces {
    /// The names of the functions, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.functions.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The functions' texts by their names.
    pub(super) fn by_name(&self) -> HashMap<&str, &str> {
        self.functions.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }
}

/// Cuts a script after each top-level function; `None` if its brackets, strings or comments do not close, or if
/// something that starts like a function is not one.
pub(super) fn split(text: &str) -> Option<Pieces> {
    let outline = outline(text);
    if outline.broken || !brackets_close(text) {
        return None;
    }
    let mut pieces = Pieces::default();
    let mut bearers: HashMap<&str, usize> = HashMap::new();
    let mut start = 0;
    for definition in &outline.definitions {
        let rest = text.get(definition.to..)?;
        // The line feed belongs to the function that it ends.
        let line_end = ["\r\n", "\n"].into_iter().find(|end| rest.starts_with(end)).map_or(0, str::len);
        let end = definition.to + line_end;
        let mut piece = text.get(start..end)?;
        if pieces.functions.is_empty() {
            let (head, first) = piece.split_at_checked(head_length(piece))?;
            pieces.head = head.to_owned();
            piece = first;
        }
        let seen = bearers.entry(definition.name).or_insert(0_usize);
        let name = match *seen {
            0 => definition.name.to_owned(),
            n => format!("{}/{n}", definition.name),
        };
        *seen += 1;
        pieces.functions.push((name, piece.to_owned()));
        start = end;
    }
    pieces.tail = text.get(start..)?.to_owned();
    if pieces.functions.is_empty() {
        pieces.head = std::mem::take(&mut pieces.tail);
    }
    Some(pieces)
}

/// Whether as many brackets of any kind close as open, none before it is opened.
fn brackets_close(text: &str) -> bool {
    let mut depth = 0_usize;
    for lexeme in tokens(text) {
        match lexeme.token {
            Token::Symbol('{' | '(' | '[') => depth += 1,
            Token::Symbol('}' | ')' | ']') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0
}

/// How much of the text before the first function belongs to the file: its leading `//!` lines and blank lines.
fn head_length(text: &str) -> usize {
    text.split_inclusive('\n')
        .take_while(|line| line.trim().is_empty() || line.starts_with("//!"))
        .map(str::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_whole() {
        for (script, names) in [
            (
                "//! T\n\n/// Get.\nfn get(id) {\n    \"}\"\n}\n\n/// List.\nfn list(flags) {\n    1 // }\n}\n",
                &["get", "list"][..],
            ),
            ("", &[]),
            ("// only\n", &[]),
            ("fn a() { `x ${ #{a: \"`}\"} } {` }\n/* fn b() {} */ fn c() {}", &["a", "c"]),
            ("private fn p() {}\n\n// tail", &["p"]),
            ("fn a() {}\r\nlet x = 1;\r\nfn a(x) {}\r\nfn \"Request\".m() {}", &["a", "a/1", "m"]),
            ("fn a() { `C:\\` }\nfn b() { #\"a \" b\"# }\nfn c() { \"a\"\"b\" }", &["a", "b", "c"]),
            ("\u{feff}//! T\nfn a() {}", &["a"]),
        ] {
            let pieces = split(script).unwrap();
            let whole = pieces.functions.iter().fold(pieces.head.clone(), |text, (_, f)| text + f.as_str())
                + pieces.tail.as_str();
            assert_eq!(whole, script);
            assert_eq!(pieces.names(), names, "{script}");
        }
    }

    #[test]
    fn what_does_not_close_has_no_pieces() {
        for broken in
            ["fn a() {", "fn a() { \"x }", "/* ", "}", "fn a", "fn a() { (1 }", "fn a() { \"x\n\" }"]
        {
            assert!(split(broken).is_none(), "{broken}");
        }
    }
}
