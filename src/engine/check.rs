use std::collections::BTreeSet;

use rhai::ParseErrorType;

use super::error::Error;
use super::host::Host;
use super::names::KnownFunctions;
use super::script::{Script, Source};
use super::trace;
use crate::diagnostic::Failure;
use crate::script::{Definition, Lexeme, Places, Token, outline, tokens};
use crate::suggest::closest;

/// Something that is wrong with a script, found without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// One-based line; 0 when it is the script as a whole.
    pub line: usize,
    /// One-based column in characters; 0 when only the line is known.
    pub column: usize,
    /// What is wrong, in lower case, with a suggestion where there is one.
    pub message: String,
}

/// Compiles a script and checks its calls: each must be to a function of the script, the host or the standard library. A
/// method is only reported if nothing of that name exists anywhere, since the type of its receiver is not known. An empty
/// list means that nothing was found.
pub fn check(source: &Source) -> Vec<Problem> {
    let text = source.text.clone();
    if let Err(error) = Script::compile(source.clone()) {
        return vec![problem(error)];
    }
    let undeclared = match Host::strict().map(|engine| engine.compile(&text)) {
        // Unknown namespaces are found below, with a suggestion.
        Ok(Err(error)) if matches!(error.err_type(), ParseErrorType::VariableUndefined(..)) => {
            Some(problem(trace::compile_error(&error, source)))
        }
        _ => None,
    };
    let names = match KnownFunctions::known() {
        Ok(names) => names,
        Err(error) => return vec![problem(error)],
    };
    let lexemes: Vec<_> = tokens(&text).collect();
    let own = outline(&text).definitions;
    let checker = Checker { names: &names, own: &own, mentioned: mentioned(&lexemes) };
    let mut places = Places::new(&text);
    let calls = lexemes.iter().enumerate().filter_map(|(n, lexeme)| {
        let message = checker.call(&lexemes, n)?;
        let place = places.of(lexeme.at);
        Some(Problem { line: place.line, column: place.column, message })
    });
    let mut problems: Vec<Problem> = calls.chain(undeclared).collect();
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems.dedup_by_key(|problem| (problem.line, problem.column));
    problems
}

fn problem(error: Error) -> Problem {
    let failure = Failure::from(error);
    let (line, column) = failure.snippet.map_or((0, 0), |at| (at.line, at.column));
    Problem { line, column, message: failure.message }
}

/// Names that occur without being called: variables, parameters, keys, texts. One of them may hold a function, so a
/// method of that name is not reported.
fn mentioned<'a>(lexemes: &[Lexeme<'a>]) -> BTreeSet<&'a str> {
    let called = |at: usize| lexemes.get(at + 1).is_some_and(|next| next.token == Token::Symbol('('));
    let names = lexemes.iter().enumerate().filter_map(|(at, lexeme)| match lexeme.token {
        Token::Word(name) if !called(at) => Some(name),
        Token::Text(name) => Some(name),
        _ => None,
    });
    names.collect()
}

struct Checker<'a> {
    names: &'a KnownFunctions,
    own: &'a [Definition<'a>],
    mentioned: BTreeSet<&'a str>,
}

impl Checker<'_> {
    /// What is wrong with the call whose name is at `at`, if it is a call.
    fn call(&self, lexemes: &[Lexeme<'_>], at: usize) -> Option<String> {
        let lexeme = lexemes.get(at)?;
        let Token::Word(name) = lexeme.token else { return None };
        let before = |n: usize| at.checked_sub(n).and_then(|at| lexemes.get(at)).map(|lexeme| lexeme.token);
        let open = match lexemes.get(at + 1)?.token {
            Token::Symbol('(') => at + 1,
            // `name!(...)` calls with the caller's variables.
            Token::Symbol('!') if lexemes.get(at + 2)?.token == Token::Symbol('(') => at + 2,
            _ => return None,
        };
        match before(1) {
            Some(Token::Word("fn")) => None,
            Some(Token::Separator) => match before(2) {
                Some(Token::Word(space)) => self.qualified(space, name, arguments(lexemes, open)),
                _ => None,
            },
            Some(Token::Symbol('.')) if before(2) != Some(Token::Symbol('.')) => self.method(name),
            _ => self.plain(name, arguments(lexemes, open)),
        }
    }

    fn qualified(&self, space: &str, name: &str, given: Option<usize>) -> Option<String> {
        let Some(functions) = self.names.space(space) else {
            if space == "global" {
                return None;
            }
            let near = closest(space, self.names.spaces());
            return Some(format!("there is no namespace `{space}`{}", suggestion(near)));
        };
        let Some(arities) = functions.get(name) else {
            let near = closest(name, functions.keys().map(String::as_str));
            return Some(format!("there is no function `{space}::{name}`{}", suggestion(near)));
        };
        wrong_count(&format!("{space}::{name}"), arities, given)
    }

    fn method(&self, name: &str) -> Option<String> {
        let known = self.names.has(name)
            || self.own.iter().any(|function| function.name == name)
            || self.mentioned.contains(name);
        (!known).then(|| {
            let near = closest(name, self.names.globals());
            format!("there is no method `{name}`{}", suggestion(near))
        })
    }

    fn plain(&self, name: &str, given: Option<usize>) -> Option<String> {
        if self.names.has(name) || self.mentioned.contains(name) {
            return None;
        }
        let arities: BTreeSet<usize> =
            self.own.iter().filter(|function| function.name == name).map(|function| function.arity).collect();
        if arities.is_empty() {
            let near =
                closest(name, self.names.globals().chain(self.own.iter().map(|function| function.name)));
            return Some(format!("there is no function `{name}`{}", suggestion(near)));
        }
        wrong_count(name, &arities, given)
    }
}

fn suggestion(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

fn wrong_count(name: &str, arities: &BTreeSet<usize>, given: Option<usize>) -> Option<String> {
    let given = given.filter(|given| !arities.contains(given))?;
    let takes: Vec<String> = arities.iter().map(ToString::to_string).collect();
    let unit = if takes.len() == 1 && arities.contains(&1) { "value" } else { "values" };
    Some(format!("`{name}` takes {} {unit}, {given} given", takes.join(" or ")))
}

/// How many arguments are in the parentheses that open at `open`; `None` if they do not close.
fn arguments(lexemes: &[Lexeme<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut commas = 0;
    let mut empty = true;
    // `|a, b| ...` has commas of its own.
    let mut bars = false;
    for (n, lexeme) in lexemes.get(open..)?.iter().enumerate() {
        match lexeme.token {
            Token::Symbol('(' | '[' | '{') => depth += 1,
            Token::Symbol(')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(if empty { 0 } else { commas + 1 });
                }
            }
            Token::Symbol('|') if depth == 1 => bars = !bars,
            // A comma at the end adds nothing.
            Token::Symbol(',') if depth == 1 && !bars => {
                let next = lexemes.get(open + n + 1).map(|next| next.token);
                commas += usize::from(next != Some(Token::Symbol(')')));
            }
            _ => {}
        }
        empty &= n == 0;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize, String)> {
        check(&Source { path: "x.rhai".into(), text: text.to_owned() })
            .into_iter()
            .map(|problem| (problem.line, problem.column, problem.message))
            .collect()
    }

    #[test]
    fn a_good_script_has_no_problems() {
        let text = r#"
            //! Doc with http::nope( in it.
            /// And `helper2(` here.
            fn update(customer, flags) {
                let request = http::post("/v1/customers/{customer}"); // not_there(
                request.path("customer", customer).query(flags, ["expand"]);
                request.form(flags);
                if flags.contains("x") { helper([1, 2].map(|a, b| a + b), `x ${url::encode("y(")}`) }
                for n in range(0, 5) { print(n); }
                let f = |x| x + 1;
                let m = #{ greet: |name| name };
                m.greet("a");
                f.call(1);
                retry::on([429], 2, || request.send())
            }
            private fn helper(list, text) { list.len() + text.len }
        "#;
        assert_eq!(found(text), []);
    }

    #[test]
    fn calls_to_nothing_are_named_with_their_place() {
        let text = "fn a(x) {\n    http::pst(\"/\");\n    htp::get(\"/\");\n    x.sned();\n    helpr(1);\n    `${nothing_here()}`\n}\nfn helper(x) { a(1, 2); http::get(); }";
        assert_eq!(
            found(text),
            [
                (2, 11, "there is no function `http::pst`; did you mean `post`?".to_owned()),
                (3, 10, "there is no namespace `htp`; did you mean `http`?".to_owned()),
                (4, 7, "there is no method `sned`; did you mean `send`?".to_owned()),
                (5, 5, "there is no function `helpr`; did you mean `helper`?".to_owned()),
                (6, 8, "there is no function `nothing_here`".to_owned()),
                (8, 16, "`a` takes 1 value, 2 given".to_owned()),
                (8, 31, "`http::get` takes 1 value, 0 given".to_owned()),
            ]
        );
    }

    #[test]
    fn a_variable_that_nothing_declares_is_found() {
        let problems = found("fn a(customer) {\n    let f = |x| x + customer;\n    f.call(custmer)\n}");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].0, problems[0].1), (3, 12));
        assert!(problems[0].2.contains("custmer"), "{problems:?}");
    }

    #[test]
    fn what_does_not_compile_is_one_problem() {
        let problems = found("fn a( {");
        assert_eq!((problems.len(), problems[0].0), (1, 1));
        assert_eq!(found("let x = 1;")[0].2, "a script may only have functions at its top level");
    }
}
