//! Scripts with guards where the language itself would tell a hidden place from a string.
//!
//! The engine's errors about a value that is not a string can be caught, and a `switch` looks at values without an operator.
//! So each `catch` begins with a call that ends the script if the error may be about a hidden place, and each `switch` checks
//! the value that it compares. A script that cannot be guarded this way is never given a hidden place.

use crate::script::{Lexeme, Places, Token};

/// The text with guards, and where they were inserted: line, column in the text without them, characters.
pub(super) struct Guarded {
    pub(super) text: String,
    pub(super) inserts: Vec<(usize, usize, usize)>,
}

/// Words after which a brace is not the body of a `switch`.
const OPENING: [&str; 8] = ["if", "switch", "loop", "while", "for", "do", "try", "fn"];

/// Whether a script has anything that needs guards.
pub(super) fn wants(text: &str) -> bool {
    text.contains("catch") || text.contains("switch")
}

/// The text with its guards; `None` if it cannot be guarded. `lexemes` are all of its tokens.
pub(super) fn guarded(text: &str, lexemes: &[Lexeme<'_>]) -> Option<Guarded> {
    let mut inserts: Vec<(Lexeme<'_>, usize, String)> = Vec::new();
    for (n, lexeme) in lexemes.iter().enumerate() {
        match lexeme.token {
            Token::Word("catch") => {
                let token = |ahead: usize| lexemes.get(n + ahead).map(|lexeme| lexeme.token);
                match (token(1)?, token(2), token(3), token(4)) {
                    (Token::Symbol('{'), ..) => {
                        let brace = *lexemes.get(n + 1)?;
                        inserts.push((brace, 0, "(caught_error) ".to_owned()));
                        inserts.push((brace, 1, " request::caught(caught_error);".to_owned()));
                    }
                    (
                        Token::Symbol('('),
                        Some(Token::Word(name)),
                        Some(Token::Symbol(')')),
                        Some(Token::Symbol('{')),
                    ) => inserts.push((*lexemes.get(n + 4)?, 1, format!(" request::caught({name});"))),
                    _ => return None,
                }
            }
            Token::Word("switch") => {
                inserts.push((*lexeme, "switch".len(), " request::opened(".to_owned()));
                inserts.push((*body_of_switch(lexemes.get(n + 1..)?)?, 0, ") ".to_owned()));
            }
            _ => {}
        }
    }
    inserts.sort_by_key(|(lexeme, after, _)| lexeme.at + after);
    let mut out = String::with_capacity(text.len() + inserts.len() * 32);
    let mut from = 0;
    let mut where_is = Places::new(text);
    let mut places = Vec::with_capacity(inserts.len());
    for (lexeme, after, insert) in inserts {
        let at = lexeme.at + after;
        out.push_str(text.get(from..at)?);
        out.push_str(&insert);
        let place = where_is.of(lexeme.at);
        places.push((place.line, place.column + after, insert.chars().count()));
        from = at;
    }
    out.push_str(text.get(from..)?);
    Some(Guarded { text: out, inserts: places })
}

/// The brace that opens the cases.
fn body_of_switch<'a>(lexemes: &'a [Lexeme<'a>]) -> Option<&'a Lexeme<'a>> {
    let mut depth = 0_usize;
    let mut before = None;
    for lexeme in lexemes {
        match lexeme.token {
            Token::Symbol('{') if depth == 0 && before != Some(Token::Symbol('#')) => return Some(lexeme),
            Token::Symbol('(' | '[' | '{') => depth += 1,
            Token::Symbol(')' | ']' | '}') => depth = depth.checked_sub(1)?,
            Token::Symbol('|') if depth == 0 => return None,
            Token::Word(word) if depth == 0 && OPENING.contains(&word) => return None,
            _ => {}
        }
        before = Some(lexeme.token);
    }
    None
}

/// The column in a script's own text for a position in its guarded one.
pub(super) fn column(inserts: &[(usize, usize, usize)], line: usize, column: usize) -> usize {
    let mut shift = 0;
    for (_, at, length) in inserts.iter().filter(|(known, ..)| *known == line) {
        let begins = at + shift;
        if column < begins {
            break;
        }
        shift += (*length).min(column - begins);
    }
    column.saturating_sub(shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::tokens;

    fn guard(text: &str) -> Option<Guarded> {
        guarded(text, &tokens(text).collect::<Vec<_>>())
    }

    #[test]
    fn guards_stand_where_they_must_and_columns_stay() {
        let text = "fn f(x) {\n    try { x.a() } catch { 1 }\n    try { x } catch (e) { throw e }\n    switch x.b[#{a: 1}.a] { 1 => 2, _ => 3 }\n}";
        let guarded = guard(text).unwrap();
        assert_eq!(
            guarded.text,
            "fn f(x) {\n    try { x.a() } catch (caught_error) { request::caught(caught_error); 1 }\n    try { x } catch (e) { request::caught(e); throw e }\n    switch request::opened( x.b[#{a: 1}.a] ) { 1 => 2, _ => 3 }\n}"
        );
        for (line, (own, changed)) in text.lines().zip(guarded.text.lines()).enumerate() {
            for word in ["x.a", "1 }", "throw", "x.b", "1 =>", "_ =>"] {
                let (Some(a), Some(b)) = (own.find(word), changed.find(word)) else { continue };
                assert_eq!(column(&guarded.inserts, line + 1, b + 1), a + 1, "{word}");
            }
        }
    }

    #[test]
    fn what_cannot_be_guarded_is_not() {
        for text in ["switch if x { 1 } else { 2 } { _ => 3 }", "switch |x| { 1 }", "catch", "catch (a, b) {"]
        {
            assert!(guard(text).is_none(), "{text}");
        }
        assert!(!wants("fn f() { 1 }"));
    }
}
