//! The part of Rhai's lexical rules that tells code from strings and comments: where words, strings and symbols are.
//!
//! The engine's own tokenizer is only reachable with its `internals` feature, whose items change without notice, so
//! the program has its own. `tests/tokenizer` compares the two. What the engine rejects, such as a string cut off by the
//! end of a line, gives odd tokens here but never a panic: the engine decides what is valid.

use memchr::{memchr, memchr2};

/// A token; comments and white space are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// An identifier or keyword.
    Word(&'a str),
    /// The inside of a string or character, or of a piece of an interpolated one, as written.
    Text(&'a str),
    /// A number without its sign.
    Number,
    /// `::`
    Separator,
    /// Any other character; the braces of `${...}` count as braces.
    Symbol(char),
}

/// A token and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme<'a> {
    /// What it is.
    pub token: Token<'a>,
    /// Its first byte.
    pub at: usize,
}

/// The tokens of a script, one at a time.
pub fn tokens(text: &str) -> Lexer<'_> {
    Lexer { text, at: 0, interpolations: Vec::new(), in_text: false, unclosed: false }
}

/// Reads a script from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// For each `${` that is open, how many braces are open inside it.
    interpolations: Vec<usize>,
    /// The next token is a piece of a back-quoted string, not code.
    in_text: bool,
    /// A string or comment did not end.
    unclosed: bool,
}

/// Bytes that matter when looking for braces: braces, and whatever starts a string or a comment.
const BRACES: [bool; 256] = {
    let mut table = [false; 256];
    let mut n = 0;
    while n < b"{}\"'`#/".len() {
        table[b"{}\"'`#/"[n] as usize] = true;
        n += 1;
    }
    table
};

impl<'a> Iterator for Lexer<'a> {
    type Item = Lexeme<'a>;

    fn next(&mut self) -> Option<Lexeme<'a>> {
        if self.in_text {
            let at = self.at;
            return Some(Lexeme { token: self.back_quoted(), at });
        }
        self.skip_space();
        let at = self.at;
        let token = match self.peek(0)? {
            b'"' => self.quoted(b'"'),
            b'\'' => self.quoted(b'\''),
            b'`' => {
                self.at += 1;
                self.back_quoted()
            }
            b'#' => self.raw().unwrap_or_else(|| self.symbol('#')),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                Token::Word(self.slice(at, self.at))
            }
            b':' if self.peek(1) == Some(b':') => {
                self.at += 2;
                Token::Separator
            }
            b'{' => {
                if let Some(depth) = self.interpolations.last_mut() {
                    *depth += 1;
                }
                self.symbol('{')
            }
            b'}' => {
                if let Some(depth) = self.interpolations.last_mut() {
                    *depth -= 1;
                    if *depth == 0 {
                        self.interpolations.pop();
                        self.in_text = true;
                    }
                }
                self.symbol('}')
            }
            _ => self.symbol(self.rest().chars().next()?),
        };
        Some(Lexeme { token, at })
    }
}

impl<'a> Lexer<'a> {
    /// True if a string, a comment or an interpolation was unterminated. The end of a line ends a string that is not
    /// in back quotes.
    pub fn is_unclosed(&self) -> bool {
        self.unclosed || self.in_text || !self.interpolations.is_empty()
    }

    /// How many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Skips past the brace that closes the one just read; false if there is none. Faster than looking at each
    /// token.
    pub fn skip_block(&mut self) -> bool {
        let mut depth = 1_usize;
        loop {
            if !self.in_text {
                self.skip_while(|byte| !BRACES.get(usize::from(byte)).is_some_and(|matters| *matters));
            }
            match self.next() {
                Some(Lexeme { token: Token::Symbol('{'), .. }) => depth += 1,
                Some(Lexeme { token: Token::Symbol('}'), .. }) => depth -= 1,
                Some(_) => {}
                None => return false,
            }
            if depth == 0 {
                return true;
            }
        }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let bytes = self.bytes();
        self.at += bytes.iter().position(|byte| !keep(*byte)).unwrap_or(bytes.len());
    }

    fn symbol(&mut self, c: char) -> Token<'a> {
        self.at += c.len_utf8();
        Token::Symbol(c)
    }

    fn skip_space(&mut self) {
        loop {
            self.skip_while(|byte| byte.is_ascii_whitespace());
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'/')) => {
                    // A carriage return ends it too, whatever follows.
                    let bytes = self.bytes();
                    self.at += memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
                }
                (Some(b'/'), Some(b'*')) => self.block_comment(),
                _ => return,
            }
        }
    }

    fn block_comment(&mut self) {
        // The second star of a doc comment ends nothing: `/**/` is still open.
        self.at += if self.peek(2) == Some(b'*') { 3 } else { 2 };
        let mut depth = 1_usize;
        while let Some(ahead) = memchr2(b'/', b'*', self.bytes()) {
            self.at += ahead;
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => depth += 1,
                (Some(b'*'), Some(b'/')) => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
        self.at = self.text.len();
        self.unclosed = true;
    }

    /// `"..."` or `'...'`, in which a backslash escapes the next character and two quotes mean one.
    fn quoted(&mut self, quote: u8) -> Token<'a> {
        self.at += 1;
        let start = self.at;
        // A character literal is never empty, whatever follows.
        if quote == b'\'' && self.peek(0) == Some(quote) {
            self.at += 1;
            return Token::Text("");
        }
        loop {
            self.skip_while(|byte| byte != quote && byte != b'\\' && byte != b'\n');
            let end = self.at;
            match self.peek(0) {
                Some(b'\\') => {
                    self.at += 1;
                    // A line that continues on the next one.
                    self.at += usize::from(self.peek(0) == Some(b'\r') && self.peek(1) == Some(b'\n'));
                    if self.peek(0) != Some(b'\n') || quote == b'"' {
                        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
                    }
                }
                Some(byte) if byte == quote => {
                    self.at += 1;
                    if self.peek(0) != Some(quote) {
                        return Token::Text(self.slice(start, end));
                    }
                    self.at += 1;
                }
                _ => {
                    self.unclosed = true;
                    return Token::Text(self.slice(start, end));
                }
            }
        }
    }

    /// `#"..."#`, with any number of hashes; `None` if this hash starts something else.
    fn raw(&mut self) -> Option<Token<'a>> {
        let hashes = self.bytes().iter().take_while(|byte| **byte == b'#').count();
        if self.peek(hashes) != Some(b'"') {
            return None;
        }
        self.at += hashes + 1;
        let start = self.at;
        while let Some(ahead) = memchr(b'"', self.bytes()) {
            let end = self.at + ahead;
            self.at = end + 1;
            if self.bytes().iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes {
                self.at += hashes;
                return Some(Token::Text(self.slice(start, end)));
            }
        }
        self.at = self.text.len();
        self.unclosed = true;
        Some(Token::Text(self.slice(start, self.at)))
    }

    /// A piece of a back-quoted string: up to its end, or to a `${`. A backslash has no meaning except before `${`, and
    /// two back quotes mean one.
    fn back_quoted(&mut self) -> Token<'a> {
        self.in_text = false;
        let start = self.at;
        while let Some(ahead) = memchr2(b'`', b'$', self.bytes()) {
            let end = self.at + ahead;
            self.at = end + 1;
            let next = self.peek(0);
            if self.text.as_bytes().get(end) == Some(&b'$') {
                let escaped = end > start && self.text.as_bytes().get(end - 1) == Some(&b'\\');
                if next == Some(b'{') && !escaped {
                    self.interpolations.push(0);
                    return Token::Text(self.slice(start, end));
                }
            } else if next == Some(b'`') {
                self.at += 1;
            } else {
                return Token::Text(self.slice(start, end));
            }
        }
        self.at = self.text.len();
        self.unclosed = true;
        Token::Text(self.slice(start, self.at))
    }

    /// `1_000`, `0xff`, `1.5e-3`; not the range in `1..2` or the method in `1.abs()`.
    fn number(&mut self) -> Token<'a> {
        let zero = self.peek(0) == Some(b'0');
        self.at += 1;
        let mut digits = 1_usize;
        let (mut radix, mut has_period, mut has_exponent) = (None, false, false);
        while let Some(byte) = self.peek(0) {
            let is_digit = match radix {
                None => byte.is_ascii_digit(),
                Some(b'x' | b'X') => byte.is_ascii_hexdigit(),
                Some(b'o' | b'O') => (b'0'..=b'7').contains(&byte),
                Some(_) => matches!(byte, b'0' | b'1'),
            };
            match byte {
                b'_' => {}
                _ if is_digit => digits += 1,
                b'.' if !has_period && radix.is_none() => {
                    match self.peek(1) {
                        None | Some(b'_' | b'.' | b'a'..=b'z' | b'A'..=b'Z') => break,
                        Some(_) => has_period = true,
                    }
                    digits += 1;
                }
                b'e' | b'E' if !has_exponent && radix.is_none() => {
                    match self.peek(1) {
                        Some(b'0'..=b'9') => {}
                        Some(b'+' | b'-') => self.at += 1,
                        _ => break,
                    }
                    (has_period, has_exponent) = (true, true);
                    digits += 1;
                }
                b'x' | b'o' | b'b' | b'X' | b'O' | b'B' if zero && digits == 1 => {
                    radix = Some(byte);
                    digits += 1;
                }
                _ => break,
            }
            self.at += 1;
        }
        Token::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let shown = tokens(text).map(|lexeme| match lexeme.token {
            Token::Word(word) => word.to_owned(),
            Token::Text(text) => format!("<{text}>"),
            Token::Number => "9".to_owned(),
            Token::Separator => "::".to_owned(),
            Token::Symbol(c) => c.to_string(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_strings_hide_what_is_in_them() {
        assert_eq!(
            shown("a // b(\n/* c( /* d */ e */ f(\"g(\\\"\", 'h', `i(`)"),
            "a f ( <g(\\\"> , <h> , <i(> )"
        );
        assert_eq!(shown("#\"a\"b\"# #{ x: 1.5..2 }"), "<a\"b> # { x : 9 . . 9 }");
        assert_eq!(shown("##\"a\"#b\"## c"), "<a\"#b> c");
        assert_eq!(shown("a // b\rc"), "a c");
        assert_eq!(shown("a /**/ b */ c /***/ d"), "a c d");
    }

    #[test]
    fn two_quotes_in_a_string_are_one() {
        assert_eq!(shown(r#""a""b" `c``d` """" x"#), r#"<a""b> <c``d> <""> x"#);
        assert_eq!(shown("'''' '\\'' x"), "<> <> <\\'> x");
    }

    #[test]
    fn a_backslash_in_back_quotes_is_a_backslash() {
        assert_eq!(shown(r"`C:\` + `\${x}` + `\\${y`"), r"<C:\> + <\${x}> + <\\${y>");
    }

    #[test]
    fn a_line_ends_a_string_unless_it_goes_on() {
        assert_eq!(shown("\"a\\\n  b\" \"c\\\r\n  d\" x"), "<a\\\n  b> <c\\\r\n  d> x");
        for (text, unclosed) in [("\"a\nb", true), ("'a\\\n", true), ("\"a\\\nb\"", false)] {
            let mut lexer = tokens(text);
            lexer.by_ref().for_each(drop);
            assert_eq!(lexer.is_unclosed(), unclosed, "{text}");
        }
    }

    #[test]
    fn interpolated_code_is_code() {
        assert_eq!(
            shown("`a${ f(#{x: 1}, `b${g()}`) }c`"),
            "<a> { f ( # { x : 9 } , <b> { g ( ) } <> ) } <c>"
        );
    }

    #[test]
    fn numbers_end_where_a_range_or_a_method_begins() {
        assert_eq!(
            shown("1..2 1.abs() 1._ 0xfFg 0b12 1e5 1e+5 1.5.5 1e 1_0."),
            "9 . . 9 9 . abs ( ) 9 . _ 9 g 9 9 9 9 9 . 9 9 e 9 ."
        );
    }

    #[test]
    fn a_block_is_passed_over_at_once() {
        let text = "{ a(\"}\", '}', `}${ #{b: `}`} }}`, #\"}\"#) /* } */ { 1 / 2 } // }\n} c";
        let mut lexer = tokens(text);
        assert_eq!(lexer.next().map(|lexeme| lexeme.token), Some(Token::Symbol('{')));
        assert!(lexer.skip_block());
        assert_eq!(lexer.next(), Some(Lexeme { token: Token::Word("c"), at: text.len() - 1 }));
        assert!(!tokens("{ { }").skip_block());
    }

    #[test]
    fn broken_text_ends() {
        for text in ["\"", "`${", "`${`${", "/*", "#\"", "'", "`a${\"", "`a${1}", "/**/"] {
            let mut lexer = tokens(text);
            assert!(lexer.by_ref().count() <= text.len());
            assert!(lexer.is_unclosed(), "{text}");
        }
        for text in ["}}}", "\\", "#", "\u{0}", "\u{feff}a", "é", ""] {
            let mut lexer = tokens(text);
            assert!(lexer.by_ref().count() <= text.len());
            assert!(!lexer.is_unclosed(), "{text}");
        }
    }
}
