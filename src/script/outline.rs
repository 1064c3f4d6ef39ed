//! What is at the top level of a script: functions, and nothing else in a valid one.

use super::lexer::{Lexer, Token, tokens};

/// A function as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many parameters.
    pub arity: usize,
    /// `fn Type.name()`: a method of a type, never a command.
    pub method: bool,
    /// The byte at which it begins, with the word `fn` or `private`; its comment comes before that.
    pub from: usize,
    /// The byte after its closing brace.
    pub to: usize,
}

/// The top level of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline<'a> {
    /// The functions, in source order.
    pub definitions: Vec<Definition<'a>>,
    /// Where the first thing that is not a function begins.
    pub stray: Option<usize>,
    /// A function's head is malformed, or its body has no end: what follows may be anything.
    pub broken: bool,
}

/// Reads a script's outline. The bodies of its functions are skipped by their braces.
pub fn outline(text: &str) -> Outline<'_> {
    let mut outline = Outline::default();
    let mut lexer = tokens(text);
    while let Some(first) = lexer.next() {
        let is_function = match first.token {
            Token::Symbol(';') => continue,
            Token::Word("fn") => true,
            Token::Word("private") => next_is(&mut lexer, Token::Word("fn")),
            _ => false,
        };
        if !is_function {
            outline.stray.get_or_insert(first.at);
            if first.token == Token::Symbol('{') && !lexer.skip_block() {
                outline.broken = true;
            }
        } else if let Some(definition) = definition(&mut lexer, first.at) {
            outline.definitions.push(definition);
        } else {
            outline.stray.get_or_insert(first.at);
            outline.broken = true;
        }
    }
    outline.broken |= lexer.is_unclosed();
    outline
}

/// Reads one token if it is `wanted`.
fn next_is(lexer: &mut Lexer<'_>, wanted: Token<'_>) -> bool {
    let mut ahead = lexer.clone();
    let is_it = ahead.next().is_some_and(|next| next.token == wanted);
    if is_it {
        *lexer = ahead;
    }
    is_it
}

/// Reads from after `fn` to the end of the body. `from` is where the function begins.
fn definition<'a>(lexer: &mut Lexer<'a>, from: usize) -> Option<Definition<'a>> {
    let mut name = lexer.next()?;
    let method = next_is(lexer, Token::Symbol('.'));
    if method {
        name = lexer.next()?;
    }
    let Token::Word(name) = name.token else { return None };
    if !next_is(lexer, Token::Symbol('(')) {
        return None;
    }
    let mut arity = 0;
    loop {
        match lexer.next()?.token {
            Token::Symbol(')') => break,
            Token::Word(_) => arity += 1,
            _ => {}
        }
    }
    if !next_is(lexer, Token::Symbol('{')) || !lexer.skip_block() {
        return None;
    }
    Some(Definition { name, arity, method, from, to: lexer.at() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_in_order() {
        let text = "//! doc\n/// b\nfn b(x, flags) { if x { `${#{a: 1}}` } }\nprivate fn a() {}\nfn \"Request\".m() {};";
        let outline = outline(text);
        assert_eq!((outline.stray, outline.broken), (None, false));
        let found: Vec<_> = outline.definitions.iter().map(|d| (d.name, d.arity, d.method)).collect();
        assert_eq!(found, [("b", 2, false), ("a", 0, false), ("m", 0, true)]);
        let written: Vec<_> = outline.definitions.iter().map(|d| &text[d.from..d.to]).collect();
        assert_eq!(written[1..], ["private fn a() {}", "fn \"Request\".m() {}"]);
    }

    #[test]
    fn statements_are_strays_and_hide_no_function() {
        for text in [
            "fn a() {}\n let x = 1;",
            "fn a() {}\n 42",
            "fn a() {}\n { fn no() {} }",
            "fn a() {}\n const X = 1;",
        ] {
            let more = format!("{text}\nfn b() {{}}");
            let outline = outline(&more);
            assert_eq!(outline.stray, Some(11), "{text}");
            assert!(outline.definitions.iter().map(|d| d.name).eq(["a", "b"]), "{text}");
            assert!(!outline.broken, "{text}");
        }
    }

    #[test]
    fn what_has_no_end_is_broken() {
        for text in
            ["fn a() {", "fn a", "fn a() { \"x }", "fn 1() {}", "fn a(x) 2", "{", "/* ", "fn a() {} \"x"]
        {
            assert!(outline(text).broken, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_an_outline(text in "(fn |private |[a-z(){}\\[\\]\"'`$#/*\\\\é. :;,\n]){0,60}") {
            let outline = outline(&text);
            assert!(outline.definitions.len() <= text.len());
            for definition in &outline.definitions {
                let written = text.get(definition.from..definition.to).unwrap();
                assert!(written.starts_with("fn") || written.starts_with("private"), "{written}");
                assert!(written.ends_with('}'), "{written}");
            }
        }
    }
}
