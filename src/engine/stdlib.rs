//! The readable half of the runtime: modules written in Rhai, embedded in the program.

use std::collections::HashSet;

use super::stand_ins::METHODS;
use crate::script::{Definition, Lexeme, Token};

/// The source name of the stand-ins for methods.
///
/// A function of a script is found before a native one of that name, even in `request.send()`: a group with a
/// command `send` would call itself. A function for a type is found before both, so these put the natives back.
pub(super) const GUARD: &str = "stdlib/guard.rhai";

/// A module of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LibraryModule {
    Guard,
    Pages,
    Retry,
    Wait,
}

/// All modules, in the order of their bits in [`Modules`].
const PARTS: [LibraryModule; 4] =
    [LibraryModule::Guard, LibraryModule::Pages, LibraryModule::Retry, LibraryModule::Wait];

impl LibraryModule {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Pages => "pages",
            Self::Retry => "retry",
            Self::Wait => "wait",
        }
    }

    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Guard => GUARD,
            Self::Pages => "stdlib/pages.rhai",
            Self::Retry => "stdlib/retry.rhai",
            Self::Wait => "stdlib/wait.rhai",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Guard => include_str!("../../stdlib/guard.rhai"),
            Self::Pages => include_str!("../../stdlib/pages.rhai"),
            Self::Retry => include_str!("../../stdlib/retry.rhai"),
            Self::Wait => include_str!("../../stdlib/wait.rhai"),
        }
    }

    pub(super) fn is_guard(self) -> bool {
        self == Self::Guard
    }
}

/// The text of a module by its source name.
pub(super) fn text(source: &str) -> Option<&'static str> {
    PARTS.iter().find(|part| part.source() == source).map(|part| part.text())
}

/// A set of modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modules {
    parts: [bool; PARTS.len()],
    /// The script may get a value with hidden places; see [`super::hidden`].
    places: bool,
    /// The script does more than make and send requests.
    more: bool,
}

impl Modules {
    /// What a script needs: the modules it names, and the guard if one of its functions has the name and the
    /// shape of a request's method.
    pub(super) fn needed(lexemes: &[Lexeme<'_>], definitions: &[Definition<'_>]) -> Self {
        let named = |name: &str| {
            lexemes.windows(2).any(
                |pair| matches!(pair, [a, b] if a.token == Token::Word(name) && b.token == Token::Separator),
            )
        };
        let hides = definitions.iter().any(|function| METHODS.contains(&(function.name, function.arity)));
        let parts = PARTS.map(|part| if part.is_guard() { hides } else { named(part.name()) });
        let places = parts.contains(&true) || takes_places(lexemes);
        Self { parts, places, more: places || !is_plain(lexemes, definitions) }
    }

    /// Everything.
    pub(super) fn all() -> Self {
        Self { parts: [true; PARTS.len()], places: true, more: true }
    }

    pub(super) fn with(self, other: Self) -> Self {
        let mut parts = self.parts;
        parts.iter_mut().zip(other.parts).for_each(|(a, b)| *a |= b);
        Self { parts, places: self.places || other.places, more: self.more || other.more }
    }

    pub(super) fn parts(self) -> impl Iterator<Item = LibraryModule> {
        PARTS.into_iter().zip(self.parts).filter(|(_, wanted)| *wanted).map(|(part, _)| part)
    }

    pub(super) fn places(self) -> bool {
        self.places
    }

    /// Whether the script does no more than most generated ones, calling only functions that make and send a request. Its
    /// engine has no others, not even the language's own, and starts faster.
    pub(super) fn is_plain(self) -> bool {
        !self.more
    }
}

/// Whether a script consists only of `let`, its own variables, literals, and calls of [`METHODS`] and in `http`. No operators
/// or properties, which could be functions, and no calls of what a value names.
fn is_plain(lexemes: &[Lexeme<'_>], definitions: &[Definition<'_>]) -> bool {
    let at = |n: usize| lexemes.get(n).map(|lexeme| lexeme.token);
    let mut own: HashSet<&str> = HashSet::new();
    for (n, lexeme) in lexemes.iter().enumerate() {
        let before = n.checked_sub(1).and_then(at);
        let next = at(n + 1);
        let fits = match lexeme.token {
            Token::Word("fn" | "private" | "let") => true,
            Token::Word("http") => next == Some(Token::Separator),
            // A function's parameters: its name is known by now, and words in its parentheses are new.
            Token::Word(name) if before == Some(Token::Word("fn")) => {
                let parameters = lexemes.get(n + 2..).unwrap_or_default();
                let parameters = parameters.iter().take_while(|lexeme| lexeme.token != Token::Symbol(')'));
                own.extend(parameters.filter_map(|lexeme| match lexeme.token {
                    Token::Word(name) => Some(name),
                    _ => None,
                }));
                definitions.iter().any(|definition| definition.name == name && !definition.method)
            }
            Token::Word(name) if before == Some(Token::Word("let")) => {
                own.insert(name);
                true
            }
            Token::Word(name) if next == Some(Token::Symbol('(')) => match before {
                Some(Token::Separator) => true,
                Some(Token::Symbol('.')) => METHODS.iter().any(|(method, _)| *method == name),
                _ => false,
            },
            Token::Word(name) => before != Some(Token::Symbol('.')) && own.contains(name),
            // A text with `${...}` in it continues with a brace.
            Token::Text(_) => next != Some(Token::Symbol('{')),
            Token::Number => true,
            Token::Separator => before == Some(Token::Word("http")),
            Token::Symbol('.') => matches!(next, Some(Token::Word(_))),
            Token::Symbol('=') => next != Some(Token::Symbol('=')),
            Token::Symbol(symbol) => matches!(symbol, '(' | ')' | '{' | '}' | '[' | ']' | ',' | ';'),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// Whether a script uses data of an answer, or errors. Most generated ones return the answer unchanged, and start faster
/// without what they do not need.
fn takes_places(lexemes: &[Lexeme<'_>]) -> bool {
    lexemes.iter().enumerate().any(|(n, lexeme)| {
        let next = lexemes.get(n + 1).map(|next| next.token);
        match lexeme.token {
            Token::Word("catch" | "gather" | "on_error") => true,
            Token::Word("json" | "headers") => !matches!(next, Some(Token::Symbol('(') | Token::Separator)),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{outline, tokens};

    #[test]
    fn a_script_that_looks_into_answers_is_known() {
        let places = |text: &str| takes_places(&tokens(text).collect::<Vec<_>>());
        for text in [
            "r.json.a",
            "r?.json",
            "r.headers[\"a\"]",
            "try { } catch { }",
            "json::gather(l, r, \"\")",
            "fn on_error(e) { }",
        ] {
            assert!(places(text), "{text}");
        }
        for text in
            ["request.json(flags); request.headers(flags, []); r.send()", "json::parse(x)", "// r.json"]
        {
            assert!(!places(text), "{text}");
        }
    }

    #[test]
    fn what_a_plain_script_takes_is_all_that_it_gets() {
        let plain = |text: &str| {
            let lexemes: Vec<_> = tokens(text).collect();
            Modules::needed(&lexemes, &outline(text).definitions).is_plain()
        };
        for text in [
            "/// Delete one.\nfn delete(id, flags) {\n    let request = http::delete(\"/c/{id}\");\n    \
             request.path(\"id\", id);\n    request.query(flags, [\"a\", \"b\"]);\n    request.send()\n}",
            "fn a(x) { http::request(\"QUERY\", \"/a\").timeout(5).send() } private fn b() { let x = `a`; x }",
        ] {
            assert!(plain(text), "{text}");
        }
        for body in [
            "x + 1",
            "-1",
            "x == 1",
            "x != 1",
            "x.status",
            "x?.status",
            "x.len()",
            "helper(x)",
            "x.call()",
            "Fn(\"a\").call()",
            "\"a\".split()",
            "`${x}`",
            "`a${x}b`",
            "if x { 1 }",
            "for y in x { }",
            "return x",
            "throw x",
            "print(x)",
            "x.map(|y| y)",
            "1..2",
            "#{a: 1}",
            "json::parse(x)",
            "request::send(x)",
            "http::get(\"/a\").send().text",
            "x += 1",
            "x in [1]",
            "y",
        ] {
            let text = format!("fn f(x) {{ {body} }}");
            assert!(!plain(&text), "{text}");
        }
    }

    #[test]
    fn the_guard_stands_in_for_every_method() {
        for (name, arity) in METHODS {
            let parameters = ["a", "b"].get(..*arity).unwrap().join(", ");
            let line = format!("fn \"Request\".{name}({parameters})");
            assert!(LibraryModule::Guard.text().contains(&line), "{line}");
        }
    }
}
