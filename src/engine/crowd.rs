//! Refuses scripts that the engine would take too long to compile.
//!
//! Its parser compares each name with all names declared before it, each key of a map literal with all others, and
//! each closure with all others: a script of 1 MiB of either took minutes. With a bound on the sum of
//! these comparisons, any script compiles in seconds.

use crate::script::{Definition, Lexeme, Token};

/// Comparisons for one script. A thousand functions of ten names and a hundred words have a million.
const MOST: usize = 50_000_000;

/// A function that makes a script too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crowd {
    /// What there is too much of.
    pub(super) what: &'static str,
    /// How many there are.
    pub(super) count: usize,
    /// How many are allowed.
    pub(super) most: usize,
    /// The byte at which it begins.
    pub(super) at: usize,
}

/// The function at which a script has too much to compare. What is outside of functions counts for the next one.
pub(super) fn crowd(lexemes: &[Lexeme<'_>], definitions: &[Definition<'_>]) -> Option<Crowd> {
    let functions = definitions.iter().map(|definition| (definition.to, definition.arity));
    let mut rest = lexemes;
    let mut left = MOST;
    // Closures become functions of the whole script.
    let mut closures = 0;
    functions.chain([(usize::MAX, 0)]).find_map(|(to, parameters)| {
        let (own, behind) = rest.split_at_checked(rest.partition_point(|lexeme| lexeme.at < to))?;
        rest = behind;
        let counts = Counts::of(own, parameters);
        closures += counts.bars / 2;
        let first = own.first()?;
        counts.kinds(closures).into_iter().find_map(|(what, count, each)| {
            let most = left.checked_div(each).unwrap_or(usize::MAX);
            left = left.saturating_sub(count.saturating_mul(each));
            (count > most).then_some(Crowd { what, count, most, at: first.at })
        })
    })
}

/// What a function has that is compared.
#[derive(Default)]
struct Counts {
    /// Identifiers and keywords.
    words: usize,
    /// Parameters, including those of closures, and variables. Arguments that are only a name count too: the lexer cannot
    /// tell the two apart.
    names: usize,
    /// Entries of maps.
    entries: usize,
    /// Bars of closures, and of operators.
    bars: usize,
}

impl Counts {
    fn of(lexemes: &[Lexeme<'_>], parameters: usize) -> Self {
        let mut counts = Self { names: parameters, ..Self::default() };
        let mut before = None;
        for lexeme in lexemes {
            match lexeme.token {
                Token::Word(word) => {
                    counts.words += 1;
                    counts.names += usize::from(matches!(word, "let" | "const" | "for" | "catch"));
                }
                Token::Symbol(',') if matches!(before, Some(Token::Word(_))) => counts.names += 1,
                Token::Symbol(':') => counts.entries += 1,
                Token::Symbol('|') => counts.bars += 1,
                _ => {}
            }
            before = Some(lexeme.token);
        }
        counts
    }

    /// The count of each kind, and how many things one of it is compared with. `closures` is the number so far.
    fn kinds(&self, closures: usize) -> [(&'static str, usize, usize); 3] {
        [
            ("variables", self.names, self.words),
            ("entries in maps", self.entries, self.entries),
            ("closures", self.bars / 2, self.words + closures),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Places, outline, tokens};

    fn found(text: &str) -> Option<(&'static str, usize)> {
        let lexemes: Vec<_> = tokens(text).collect();
        let crowd = crowd(&lexemes, &outline(text).definitions)?;
        Some((crowd.what, Places::new(text).of(crowd.at).line))
    }

    #[test]
    fn what_is_compared_has_a_bound() {
        let body = |piece: &str, count: usize| format!("fn f() {{ {} }}\n", piece.repeat(count));
        for (piece, fits, what) in [
            ("let a = x;", 3_000, "variables"),
            ("for i in x { }", 3_000, "variables"),
            ("try { } catch (e) { }", 3_000, "variables"),
            ("||x;", 2_000, "closures"),
            ("#{a: 1};", 5_000, "entries in maps"),
        ] {
            assert_eq!(found(&body(piece, fits)), None, "{piece}");
            assert_eq!(found(&body(piece, fits * 5)), Some((what, 1)), "{piece}");
            // Many small functions are fine, except for closures, which count for the whole script.
            let many = body(piece, 20).repeat(fits / 20 * 2);
            assert_eq!(found(&many), None, "{piece}");
            // Several large ones are.
            assert_eq!(found(&body(piece, fits).repeat(9)).map(|(what, _)| what), Some(what), "{piece}");
            assert_eq!(
                found(&format!("fn g() {{ }}\n{}", piece.repeat(fits * 5))),
                Some((what, 2)),
                "{piece}"
            );
        }
        let names = (0..9_000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(", ");
        assert_eq!(found(&format!("fn f({names}) {{ }}")), Some(("variables", 1)));
        assert_eq!(found(&format!("fn f() {{ |{names}| 1 }}")), Some(("variables", 1)));
        // Texts and comments count for nothing, and the cases of a `switch` are not compared.
        assert_eq!(found(&body("\"let :|\"; // let : |\n", 50_000)), None);
        let cases: String = (0..50_000).map(|n| format!("{n} => {n},")).collect();
        assert_eq!(found(&format!("fn f(x) {{ switch x {{ {cases} }} }}")), None);
    }
}
