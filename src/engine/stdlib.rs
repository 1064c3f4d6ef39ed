//! The readable half of the runtime: modules written in Rhai, embedded in the program.

use super::stand_ins::METHODS;
use crate::script::{Definition, Lexeme, Token};

/// The source name of the stand-ins for methods.
///
/// A function of a script is found before a native one of that name, even in `request.send()`: a group with a
/// command `send` would call itself. A function for a type is found before both, so these put the natives back.
pub(super) const GUARD: &str = "stdlib/guard.rhai";

/// A part of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Guard,
    Pages,
    Retry,
    Wait,
}

/// All parts, in the order of their bits in [`Modules`].
const PARTS: [Part; 4] = [Part::Guard, Part::Pages, Part::Retry, Part::Wait];

impl Part {
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

/// The text of a part by its source name.
pub(super) fn text(source: &str) -> Option<&'static str> {
    PARTS.iter().find(|part| part.source() == source).map(|part| part.text())
}

/// A set of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modules {
    parts: [bool; PARTS.len()],
    /// A value with hidden places may come into a script's hands; see [`super::hidden`].
    places: bool,
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
        Self { parts, places: parts.contains(&true) || takes_places(lexemes) }
    }

    /// Everything.
    pub(super) fn all() -> Self {
        Self { parts: [true; PARTS.len()], places: true }
    }

    pub(super) fn with(self, other: Self) -> Self {
        let mut parts = self.parts;
        parts.iter_mut().zip(other.parts).for_each(|(a, b)| *a |= b);
        Self { parts, places: self.places || other.places }
    }

    pub(super) fn parts(self) -> impl Iterator<Item = Part> {
        PARTS.into_iter().zip(self.parts).filter(|(_, wanted)| *wanted).map(|(part, _)| part)
    }

    pub(super) fn places(self) -> bool {
        self.places
    }
}

/// Whether a script takes data of an answer, or errors. Most generated ones return the answer as it is, and their start is
/// the quicker for what they do not need.
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
    use crate::script::tokens;

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
    fn the_guard_stands_in_for_every_method() {
        for (name, arity) in METHODS {
            let parameters = ["a", "b"].get(..*arity).unwrap().join(", ");
            let line = format!("fn \"Request\".{name}({parameters})");
            assert!(Part::Guard.text().contains(&line), "{line}");
        }
    }
}
