//! One function of a large script: its text without the functions that it does not need.
//!
//! The engine takes about 20 microseconds to compile a function, and a group may have a thousand of them while only
//! one is called. What is left out becomes empty lines, so that line numbers match the file.

use std::collections::{HashMap, HashSet};

use super::lexer::{Token, tokens};
use super::outline::Definition;

/// A smaller script, in bytes, is compiled whole: that takes hardly any time, and shows every error in it. One of 16 KiB
/// would take a fifth of a command's work.
pub const LARGE: usize = 2 * 1024;

/// `text` with `wanted` and all functions that it may call, in any way; `None` if there is no such function, or
/// if it cannot be separated from its neighbours. `definitions` are those of the text's outline.
pub fn excerpt(text: &str, definitions: &[Definition<'_>], wanted: &str) -> Option<String> {
    let mut by_name: HashMap<&str, Vec<&Definition<'_>>> = HashMap::new();
    for definition in definitions {
        by_name.entry(definition.name).or_default().push(definition);
    }
    let mut kept: HashSet<usize> = HashSet::new();
    let mut open: Vec<&Definition<'_>> = by_name.get(wanted)?.clone();
    // A method may be called without its name appearing nearby: all of them stay.
    open.extend(definitions.iter().filter(|definition| definition.method));
    while let Some(definition) = open.pop() {
        if !kept.insert(definition.from) {
            continue;
        }
        for lexeme in tokens(text.get(definition.from..definition.to)?) {
            // A function named in a string may be called too: `Fn("name")`.
            let (Token::Word(name) | Token::Text(name)) = lexeme.token else { continue };
            open.extend(by_name.get(name).into_iter().flatten());
        }
    }
    let mut out = String::with_capacity(LARGE);
    let mut at = 0;
    for definition in definitions {
        let between = text.get(at..definition.from)?;
        let body = text.get(definition.from..definition.to)?;
        if kept.contains(&definition.from) {
            out.push_str(between);
            out.push_str(body);
        } else {
            let lines = between.bytes().chain(body.bytes()).filter(|byte| *byte == b'\n').count();
            out.extend(std::iter::repeat_n('\n', lines));
            // What follows it on its last line keeps its column.
            let last = body.rsplit('\n').next().unwrap_or_default();
            let before =
                if body.contains('\n') { "" } else { between.rsplit('\n').next().unwrap_or_default() };
            out.extend(std::iter::repeat_n(' ', before.chars().count() + last.chars().count()));
        }
        at = definition.to;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::outline;

    fn cut(text: &str, wanted: &str) -> Option<String> {
        excerpt(text, &outline(text).definitions, wanted)
    }

    #[test]
    fn what_is_called_stays_and_keeps_its_place() {
        let text = "//! Head.\n/// A.\nfn a() {\n  b(1);\n}\n/// B.\nprivate fn b(x) { Fn(\"c\") }\n\
                    fn no() { \"}\" } fn c() { `${d()}` }\nfn d() {}\nfn never() { a() }\n";
        let cut = cut(text, "a").unwrap();
        for kept in ["/// A.", "fn a()", "private fn b", "fn c()", "fn d()"] {
            let place = |text: &str| {
                let at = text.find(kept).unwrap();
                let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
                (text[..at].matches('\n').count(), at - line_start)
            };
            assert_eq!(place(&cut), place(text), "{kept}\n{cut}");
        }
        assert!(!cut.contains("no()") && !cut.contains("never"), "{cut}");
        assert_eq!(cut.lines().count(), text.lines().count());
    }

    #[test]
    fn a_function_that_is_not_there_has_no_excerpt() {
        assert_eq!(cut("fn a() {}", "b"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_cut(text in "(fn |private |[a-c(){}\"'`$#/*\\\\é. :;,\n]){0,60}") {
            for wanted in ["a", "b"] {
                if let Some(cut) = cut(&text, wanted) {
                    assert_eq!(cut.matches('\n').count(), text.matches('\n').count());
                }
            }
        }
    }
}
