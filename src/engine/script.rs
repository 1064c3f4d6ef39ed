use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use rhai::{AST, FnAccess, ScriptFnMetadata};

use super::declared::{self, DeclaredFlag};
use super::guarded;
use super::stdlib::Modules;
use crate::script::{Places, outline};

/// A script's text and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file; shown in errors.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// The path as it is shown to a person.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The name that the engine knows and scripts can see in errors; it does not reveal where the user keeps plugins.
    pub(super) fn label(&self) -> String {
        let parts: Vec<_> = self.path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
        parts.into_iter().rev().collect::<Vec<_>>().join("/")
    }
}

/// A compiled script. Immutable and cheap to clone: a running call keeps the version it started with.
#[derive(Clone, Debug)]
pub struct Script(pub(super) Rc<Compiled>);

#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) source: Source,
    pub(super) ast: AST,
    pub(super) modules: Modules,
    /// Where guards were inserted; `None` if the script needs some and cannot have them. See [`guarded`].
    pub(super) guards: Option<Vec<(usize, usize, usize)>>,
}

/// A public function of a script: a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// All parameters, in order.
    pub parameters: Vec<String>,
    /// The `///` comment without its markers and without `@flag` lines.
    pub doc: String,
    /// The flags that the `@flag` lines declare.
    pub flags: Vec<DeclaredFlag>,
    /// One-based line of its `fn`.
    pub line: usize,
}

impl Function {
    /// True if the last parameter is `flags` (or `_flags`): it takes the map of the flags given.
    pub fn takes_flags(&self) -> bool {
        takes_flags(self.parameters.last().map(String::as_str))
    }

    /// The parameters before `flags`.
    pub fn positionals(&self) -> &[String] {
        match self.parameters.split_last() {
            Some((_, rest)) if self.takes_flags() => rest,
            _ => &self.parameters,
        }
    }
}

impl Script {
    /// The names of the functions that `text` defines, without compiling it, including those that are not commands.
    pub fn names(text: &str) -> Vec<String> {
        outline(text).definitions.iter().map(|definition| definition.name.to_owned()).collect()
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// The public functions, in source order. Two with the same name differ in their parameters.
    pub fn functions(&self) -> Vec<Function> {
        let text = &self.0.source.text;
        let mut places = Places::new(text);
        let compiled: HashMap<(&str, usize), ScriptFnMetadata<'_>> =
            self.commands().map(|function| ((function.name, function.params.len()), function)).collect();
        outline(text)
            .definitions
            .iter()
            .filter(|definition| !definition.method)
            .filter_map(|definition| {
                let function = compiled.get(&(definition.name, definition.arity))?;
                let (doc, flags) = declared::read(&uncomment(&function.comments));
                Some(Function {
                    name: function.name.to_owned(),
                    parameters: function.params.iter().map(|name| (*name).to_owned()).collect(),
                    doc,
                    flags,
                    line: places.of(definition.from).line,
                })
            })
            .collect()
    }

    /// The module's own comment: its `//!` lines, without the markers.
    pub fn doc(&self) -> String {
        let lines: Vec<&str> =
            self.0.ast.doc().lines().map(|line| strip_marker(line.trim_start(), "//!")).collect();
        lines.join("\n").trim().to_owned()
    }

    /// The public functions in no particular order, without what only the text has.
    pub(super) fn commands(&self) -> impl Iterator<Item = ScriptFnMetadata<'_>> {
        self.0.ast.iter_functions().filter(|function| {
            function.access == FnAccess::Public
                && function.this_type.is_none()
                // Closures are functions too, with names that no script can spell.
                && function.name.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
    }

    /// Whether it has a public function of that name and number of parameters.
    pub(super) fn has(&self, name: &str, arity: usize) -> bool {
        self.commands().any(|function| function.name == name && function.params.len() == arity)
    }

    /// Whether the script can hold hidden places without reading them.
    pub(super) fn is_guarded(&self) -> bool {
        self.0.guards.is_some()
    }

    /// The column in the script's text for a position that the engine reports.
    pub(super) fn column(&self, line: usize, column: usize) -> usize {
        guarded::column(self.0.guards.as_deref().unwrap_or_default(), line, column)
    }

    pub(super) fn ast(&self) -> &AST {
        &self.0.ast
    }

    pub(super) fn modules(&self) -> Modules {
        self.0.modules
    }
}

/// See [`Function::takes_flags`].
pub(super) fn takes_flags(last: Option<&str>) -> bool {
    matches!(last, Some("flags" | "_flags"))
}

/// The text of doc comments without `///`, `/**` and `*/`.
fn uncomment(comments: &[&str]) -> String {
    let mut lines = Vec::new();
    for comment in comments {
        match comment.strip_prefix("/**") {
            Some(block) => lines.extend(
                block
                    .trim_end_matches("*/")
                    .lines()
                    .map(|line| line.trim_start().trim_start_matches('*').trim_start()),
            ),
            None => lines.extend(comment.lines().map(|line| strip_marker(line.trim_start(), "///"))),
        }
    }
    lines.join("\n").trim().to_owned()
}

fn strip_marker<'a>(line: &'a str, marker: &str) -> &'a str {
    let text = line.strip_prefix(marker).unwrap_or(line);
    text.strip_prefix(' ').unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Error, Limits};
    use crate::model::ValueType;

    fn compile(text: &str) -> Result<Script, Error> {
        Script::compile(Source { path: "customers.rhai".into(), text: text.to_owned() })
    }

    #[test]
    fn functions_come_in_source_order_with_their_help() {
        let script = compile(
            "//! Customers.\n//!\n//! All of them.\n\n/// Delete one.\n///\n///   Really.\nfn zap(customer) { helper() }\n\
             private fn helper() { [1].map(|x| x) }\n\
             /// Greet.\n/// @flag loud: boolean  Shout.\n/// @flag times: integer!\nfn alpha(name, flags) { }\n",
        )
        .unwrap();
        assert_eq!(script.doc(), "Customers.\n\nAll of them.");
        let functions = script.functions();
        let names: Vec<_> = functions.iter().map(|f| (f.name.as_str(), f.line)).collect();
        assert_eq!(names, [("zap", 8), ("alpha", 13)]);
        assert_eq!(functions[0].doc, "Delete one.\n\n  Really.");
        assert_eq!(functions[1].doc, "Greet.");
        assert_eq!(functions[1].positionals(), ["name"]);
        let flags: Vec<_> =
            functions[1].flags.iter().map(|f| (f.name.as_str(), f.value_type, f.required)).collect();
        assert_eq!(flags, [("loud", ValueType::Boolean, false), ("times", ValueType::Integer, true)]);
    }

    #[test]
    fn top_level_statements_are_refused_with_their_place() {
        let Err(Error::TopLevel { at }) = compile("fn a() { }\nlet x = 1;\n") else { panic!() };
        assert_eq!((at.line, at.column, at.text.as_str()), (2, 1, "let x = 1;"));
        // Even where the optimiser would drop the statement.
        assert!(matches!(compile("42;"), Err(Error::TopLevel { .. })));
        assert!(matches!(compile("const X = 1; fn a() { }"), Err(Error::TopLevel { .. })));
    }

    #[test]
    fn of_a_large_script_only_what_is_wanted_is_compiled() {
        let mut text = "fn broken() { let = ; }\n/// It works.\nfn works(x) { helper(x) }\n".to_owned();
        for n in 0..1_000 {
            text.push_str(&format!("/// Number {n}.\nfn f{n}() {{ {n} }}\n"));
        }
        text.push_str("private fn helper(x) { x.nothing_like_it() }\n");
        let source = Source { path: "large.rhai".into(), text };
        let script = Script::compile_for(source.clone(), Some("works")).unwrap();
        let functions = script.functions();
        assert_eq!(functions.len(), 1);
        assert_eq!(
            (functions[0].name.as_str(), functions[0].line, functions[0].doc.as_str()),
            ("works", 3, "It works.")
        );
        for whole in [Script::compile(source.clone()), Script::compile_for(source, Some("broken"))] {
            let Err(Error::Compile { at, .. }) = whole else { panic!("it compiles") };
            assert_eq!((at.line, at.text.as_str()), (1, "fn broken() { let = ; }"));
        }
    }

    #[test]
    fn compile_errors_have_a_place() {
        let Err(Error::Compile { at, message }) = compile("fn a() {\n    let = 1;\n}") else { panic!() };
        assert_eq!((at.line, at.text.as_str()), (2, "    let = 1;"));
        assert!(message.chars().next().is_some_and(char::is_lowercase), "{message}");
    }

    #[test]
    fn hostile_texts_are_refused_in_time() {
        let deep = |open: &str, close: &str| {
            format!("fn f() {{ {}1{} }}", open.repeat(10_000), close.repeat(10_000))
        };
        let numbered = |count: usize, piece: fn(usize) -> String| (0..count).map(piece).collect::<String>();
        let started = std::time::Instant::now();
        for text in [
            deep("(", ")"),
            deep("[", "]"),
            deep("{", "}"),
            deep("#{a:", "}"),
            deep("`${", "}`"),
            deep("-", ""),
            deep("!", ""),
            deep("if true {", "}"),
            deep("|| ", ""),
            deep("f(", ")"),
            deep("1+(", ")"),
            format!("fn f() {{ x{} }}", ".a".repeat(100_000)),
            format!("fn f() {{ x{} }}", "[0]".repeat(100_000)),
            format!("fn f() {{ 1{} }}", "+1".repeat(100_000)),
            format!("fn f() {{ if x {{}} {} }}", "else if x {} ".repeat(50_000)),
            format!("fn f() {{ \"{}\" }}", "a".repeat(Limits::SCRIPT_SIZE)),
            format!("fn f(x) {{ switch x {{ {} _ => 0 }} }}", numbered(50_000, |n| format!("{n} => {n},"))),
            format!(
                "fn f(x) {{ switch x {{ {} _ => 0 }} }}",
                numbered(50_000, |n| format!("{n}..9 if x => {n},"))
            ),
            format!("fn f(x) {{ {} x }}", numbered(70_000, |n| format!("let a{n}=x;"))),
            format!("fn f(x) {{ #{{ {} }} }}", numbered(80_000, |n| format!("a{n}:x,"))),
            format!("fn f(x) {{ {} }}", "||x;".repeat(200_000)),
            format!("fn f() {{ |{}| 1 }}", numbered(100_000, |n| format!("a{n},"))),
            format!("fn f({}) {{ 1 }}", numbered(100_000, |n| format!("a{n},"))),
            format!("fn f(x) {{ {} }}", "x;".repeat(400_000)),
            format!("fn f(x) {{ {} }}", "if true { x }".repeat(70_000)),
        ] {
            let _ = compile(&text);
        }
        // All of them together; one alone took minutes.
        assert!(started.elapsed() < std::time::Duration::from_secs(90), "{:?}", started.elapsed());
        let cases = numbered(50_000, |n| format!("{n} => {n},"));
        assert!(compile(&format!("fn f(x) {{ switch x {{ {cases} _ => 0 }} }}")).is_ok());
        let lets = numbered(70_000, |n| format!("let a{n}=x;"));
        let Err(Error::Crowded { what, at, .. }) = compile(&format!("\nfn f(x) {{ {lets} }}")) else {
            panic!()
        };
        assert_eq!((what, at.line), ("variables", 2));
        assert!(matches!(compile(&" ".repeat(Limits::SCRIPT_SIZE + 1)), Err(Error::TooLong { .. })));
        assert!(compile(&deep("(", ")")).is_err());
        for text in ["fn f() { import \"x\" as y; }", "fn f() { eval(\"1\") }", "import \"x\" as y;"] {
            assert!(matches!(compile(text), Err(Error::Compile { .. })), "{text}");
        }
    }
}
