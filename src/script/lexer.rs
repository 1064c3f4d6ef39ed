//! Just enough of Rhai's lexical rules to see which functions a script defines and calls, and where.
//!
//! The engine's own syntax tree is only reachable with its `internals` feature, whose items change without
//! notice. This reads tokens; it never decides whether a script is right, the engine does that.

/// A token; comments and white space are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// An identifier or keyword.
    Word(&'a str),
    /// The inside of a string, or of a piece of an interpolated one, as written.
    Text(&'a str),
    /// A number, as far as it matters here.
    Number,
    /// `::`
    Separator,
    /// Any other character; the braces of `${...}` count as braces.
    Symbol(char),
}

/// A token and where it begins: byte offset, and one-based line and column, in characters.
#[derive(Clone, Copy, Debug)]
pub struct Lexeme<'a> {
    pub token: Token<'a>,
    /// Its first byte.
    pub at: usize,
    /// One-based line of it.
    pub line: usize,
    /// One-based column of it, in characters.
    pub column: usize,
}

/// The tokens of a script. Broken text gives odd tokens, never a panic.
pub fn tokens(text: &str) -> Vec<Lexeme<'_>> {
    let mut lexer = Lexer { text, at: 0, line: 1, column: 1, open: Vec::new(), out: Vec::new() };
    if text.starts_with("#!") {
        lexer.skip_line();
    }
    while lexer.step() {}
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
    /// For each `${` that is open, how many braces are open inside it.
    open: Vec<usize>,
    out: Vec<Lexeme<'a>>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn bump_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&keep) {
            self.bump();
        }
    }

    /// To the line feed, which sets the column anew.
    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Reads one token or stretch of space; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return false };
        let (start, line, column) = (self.at, self.line, self.column);
        let token = match c {
            c if c.is_whitespace() => {
                self.bump();
                return true;
            }
            '/' if rest.starts_with("//") => {
                self.skip_line();
                return true;
            }
            '/' if rest.starts_with("/*") => {
                self.block_comment();
                return true;
            }
            '"' | '\'' => {
                self.quoted(c);
                Token::Text(self.inside(start, 1))
            }
            '`' => {
                self.bump();
                self.interpolated(start, line, column);
                return true;
            }
            '#' => match raw_hashes(rest) {
                Some(hashes) => {
                    self.raw(hashes);
                    Token::Text(self.inside(start, hashes + 1))
                }
                None => {
                    self.bump();
                    Token::Symbol('#')
                }
            },
            c if c.is_ascii_digit() => {
                self.number();
                Token::Number
            }
            c if c.is_alphabetic() || c == '_' => {
                self.bump_while(|c| c.is_alphanumeric() || c == '_');
                Token::Word(self.text.get(start..self.at).unwrap_or_default())
            }
            ':' if rest.starts_with("::") => {
                self.bump();
                self.bump();
                Token::Separator
            }
            '{' => {
                self.bump();
                if let Some(depth) = self.open.last_mut() {
                    *depth += 1;
                }
                Token::Symbol('{')
            }
            '}' => {
                self.bump();
                match self.open.last_mut() {
                    Some(0) => {
                        self.open.pop();
                        self.out.push(Lexeme { token: Token::Symbol('}'), at: start, line, column });
                        let (at, line, column) = (self.at, self.line, self.column);
                        self.interpolated(at, line, column);
                        return true;
                    }
                    Some(depth) => *depth -= 1,
                    None => {}
                }
                Token::Symbol('}')
            }
            c => {
                self.bump();
                Token::Symbol(c)
            }
        };
        self.out.push(Lexeme { token, at: start, line, column });
        true
    }

    /// The text from `start` to here without `quote` bytes at either end.
    fn inside(&self, start: usize, quote: usize) -> &'a str {
        let (from, to) = (start + quote, self.at.saturating_sub(quote));
        if from <= to { self.text.get(from..to).unwrap_or_default() } else { "" }
    }

    fn block_comment(&mut self) {
        let mut depth = 0usize;
        while let Some(c) = self.peek() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.bump();
            } else if c == '*' && self.rest().starts_with("*/") {
                depth = depth.saturating_sub(1);
                self.bump();
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    fn quoted(&mut self, quote: char) {
        self.bump();
        while let Some(c) = self.bump() {
            if c == '\\' {
                self.bump();
            } else if c == quote {
                return;
            }
        }
    }

    /// `#"..."#`, with any number of hashes.
    fn raw(&mut self, hashes: usize) {
        for _ in 0..=hashes {
            self.bump();
        }
        while let Some(c) = self.bump() {
            if c == '"' && self.rest().bytes().take(hashes).filter(|byte| *byte == b'#').count() == hashes {
                for _ in 0..hashes {
                    self.bump();
                }
                return;
            }
        }
    }

    /// A piece of a back-quoted string: up to its end, or to a `${`.
    fn interpolated(&mut self, at: usize, line: usize, column: usize) {
        let start = self.at;
        loop {
            let end = self.at;
            if self.rest().starts_with("${") {
                let text = self.text.get(start..end).unwrap_or_default();
                self.out.push(Lexeme { token: Token::Text(text), at, line, column });
                self.bump();
                let (at, line, column) = (self.at, self.line, self.column);
                self.bump();
                self.open.push(0);
                self.out.push(Lexeme { token: Token::Symbol('{'), at, line, column });
                return;
            }
            match self.bump() {
                None | Some('`') => {
                    let text = self.text.get(start..end).unwrap_or_default();
                    self.out.push(Lexeme { token: Token::Text(text), at, line, column });
                    return;
                }
                Some('\\') => {
                    self.bump();
                }
                Some(_) => {}
            }
        }
    }

    fn number(&mut self) {
        self.bump_while(|c| c.is_alphanumeric() || c == '_');
        let mut next = self.rest().chars();
        if next.next() == Some('.') && next.next().is_some_and(|c| c.is_ascii_digit()) {
            self.bump();
            self.bump_while(|c| c.is_alphanumeric() || c == '_');
        }
    }
}

/// How many hashes stand before the quote, if this is the beginning of a raw string.
fn raw_hashes(rest: &str) -> Option<usize> {
    let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
    (rest.as_bytes().get(hashes) == Some(&b'"')).then_some(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        tokens(text)
            .iter()
            .map(|lexeme| match lexeme.token {
                Token::Word(word) => word.to_owned(),
                Token::Text(text) => format!("<{text}>"),
                Token::Number => "9".to_owned(),
                Token::Separator => "::".to_owned(),
                Token::Symbol(c) => c.to_string(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn comments_and_strings_hide_what_is_in_them() {
        assert_eq!(
            shown("a // b(\n/* c( /* d */ e */ f(\"g(\\\"\", 'h', `i(`)"),
            "a f ( <g(\\\"> , <h> , <i(> )"
        );
        assert_eq!(shown("#\"a\"b\"# #{ x: 1.5..2 }"), "<a\"b> # { x : 9 . . 9 }");
    }

    #[test]
    fn interpolated_code_is_code() {
        assert_eq!(
            shown("`a${ f(#{x: 1}, `b${g()}`) }c`"),
            "<a> { f ( # { x : 9 } , <b> { g ( ) } <> ) } <c>"
        );
    }

    #[test]
    fn places_are_counted_in_characters() {
        let lexemes = tokens("é x\n  y::z");
        let places: Vec<_> = lexemes.iter().map(|lexeme| (lexeme.line, lexeme.column)).collect();
        assert_eq!(places, [(1, 1), (1, 3), (2, 3), (2, 4), (2, 6)]);
    }

    #[test]
    fn broken_text_ends() {
        for text in ["\"", "`${", "`${`${", "/*", "#\"", "'", "}}}", "\\", "#", "`a${\"", "\u{0}"] {
            tokens(text);
        }
    }
}
