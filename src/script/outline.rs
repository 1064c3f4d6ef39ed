//! What stands at the top level of a script: functions, and nothing else.

use std::iter::{Enumerate, Peekable};
use std::ops::Range;
use std::slice::Iter;

use super::lexer::{Lexeme, Token};

/// A function as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many parameters.
    pub arity: usize,
    /// `fn Type.name()`: a method of a type, never a command.
    pub method: bool,
    /// One-based line of the word `fn` (or `private`).
    pub line: usize,
    /// The byte at which it begins, without its comment.
    pub from: usize,
    /// The byte behind its closing brace.
    pub to: usize,
    /// Its tokens' indexes.
    pub lexemes: Range<usize>,
}

/// Something at the top level that is no function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    /// One-based line.
    pub line: usize,
    /// One-based column, in characters.
    pub column: usize,
}

/// The functions of a script that compiles, in source order, and the first stray statement.
pub fn outline<'a>(lexemes: &[Lexeme<'a>]) -> (Vec<Definition<'a>>, Option<Stray>) {
    let mut definitions = Vec::new();
    let mut rest = lexemes.iter().enumerate().peekable();
    while let Some((index, first)) = rest.next() {
        let is_function = match first.token {
            Token::Symbol(';') => continue,
            Token::Word("fn") => true,
            Token::Word("private") => rest.next_if(|(_, next)| next.token == Token::Word("fn")).is_some(),
            _ => false,
        };
        let definition = if is_function { definition(&mut rest, index, first) } else { None };
        match definition {
            Some(definition) => definitions.push(definition),
            None => return (definitions, Some(Stray { line: first.line, column: first.column })),
        }
    }
    (definitions, None)
}

/// Reads from behind `fn` to the end of the body. `first` is where the function begins.
fn definition<'a>(
    rest: &mut Peekable<Enumerate<Iter<'_, Lexeme<'a>>>>,
    index: usize,
    first: &Lexeme<'a>,
) -> Option<Definition<'a>> {
    let mut name = rest.next()?.1;
    let method = rest.next_if(|(_, next)| next.token == Token::Symbol('.')).is_some();
    if method {
        name = rest.next()?.1;
    }
    let Token::Word(name) = name.token else { return None };
    rest.next_if(|(_, next)| next.token == Token::Symbol('('))?;
    let mut arity = 0;
    loop {
        match rest.next()?.1.token {
            Token::Symbol(')') => break,
            Token::Word(_) => arity += 1,
            _ => {}
        }
    }
    rest.next_if(|(_, next)| next.token == Token::Symbol('{'))?;
    let mut depth = 1usize;
    loop {
        let (last, lexeme) = rest.next()?;
        match lexeme.token {
            Token::Symbol('{') => depth += 1,
            Token::Symbol('}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (line, from, to) = (first.line, first.at, lexeme.at + 1);
            return Some(Definition { name, arity, method, line, from, to, lexemes: index..last + 1 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::lexer::tokens;

    #[test]
    fn functions_are_found_in_order() {
        let text = "//! doc\n/// b\nfn b(x, flags) { if x { `${#{a: 1}}` } }\nprivate fn a() {}\nfn \"Request\".m() {};";
        let (definitions, stray) = outline(&tokens(text));
        assert_eq!(stray, None);
        let found: Vec<_> = definitions.iter().map(|d| (d.name, d.arity, d.method, d.line)).collect();
        assert!(found.starts_with(&[("b", 2, false, 3), ("a", 0, false, 4)]), "{found:?}");
    }

    #[test]
    fn statements_are_strays() {
        for text in
            ["fn a() {}\n let x = 1;", "fn a() {}\n 42", "fn a() {}\n { }", "fn a() {}\n const X = 1;"]
        {
            let lexemes = tokens(text);
            assert_eq!(outline(&lexemes).1, Some(Stray { line: 2, column: 2 }), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_an_outline(text in "(fn |private |[a-z(){}\\[\\]\"'`$#/*\\\\é. :;,\n]){0,60}") {
            let lexemes = tokens(&text);
            let (definitions, stray) = outline(&lexemes);
            assert!(definitions.len() <= text.len());
            assert!(stray.is_none_or(|stray| stray.line >= 1 && stray.column >= 1));
        }
    }
}
