//! The functions that exist, by name, for checks and suggestions.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::host::Host;
use super::limits::Limits;
use super::script::Script;
use super::stdlib::Modules;
use crate::suggest::closest;

/// Words that look like calls but are not, and functions that the engine knows without registration.
const BUILT_IN: &[&str] = &[
    "Fn",
    "call",
    "type_of",
    "is_shared",
    "is_def_fn",
    "is_def_var",
    "print",
    "debug",
    "if",
    "while",
    "for",
    "in",
    "switch",
    "return",
    "throw",
    "catch",
    "until",
    "fn",
    "loop",
    "do",
    "else",
    "let",
    "const",
    "try",
    "this",
    "private",
    "break",
    "continue",
];

/// Every function that scripts can call, apart from their own.
pub(super) struct KnownFunctions {
    /// Functions without a namespace, methods included.
    global: BTreeSet<String>,
    /// Functions of namespaces, with the numbers of parameters they take.
    spaces: BTreeMap<String, BTreeMap<String, BTreeSet<usize>>>,
}

impl KnownFunctions {
    /// Asks the engine. Costs some milliseconds: only for checks and for messages.
    pub(super) fn known() -> Result<Self, Error> {
        let engine = Host::engine(&Limits::default(), Modules::all())?;
        let mut names = Self {
            global: BUILT_IN.iter().map(|name| (*name).to_owned()).collect(),
            spaces: BTreeMap::new(),
        };
        for signature in engine.gen_fn_signatures(true) {
            let Some((name, arity)) = parse(&signature) else { continue };
            match name.split_once("::") {
                // The stand-ins for methods are not for scripts.
                Some(("request", _)) => {}
                Some((space, name)) => {
                    let functions = names.spaces.entry(space.to_owned()).or_default();
                    functions.entry(name.to_owned()).or_default().insert(arity);
                }
                None => {
                    names.global.insert(name.to_owned());
                }
            }
        }
        Ok(names)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.global.contains(name)
    }

    pub(super) fn globals(&self) -> impl Iterator<Item = &str> {
        self.global.iter().map(String::as_str).filter(|name| !BUILT_IN.contains(name))
    }

    pub(super) fn space(&self, name: &str) -> Option<&BTreeMap<String, BTreeSet<usize>>> {
        self.spaces.get(name)
    }

    pub(super) fn spaces(&self) -> impl Iterator<Item = &str> {
        self.spaces.keys().map(String::as_str)
    }
}

/// Name and number of parameters of a signature such as `http::get(_: &str) -> Request`.
fn parse(signature: &str) -> Option<(&str, usize)> {
    let (name, rest) = signature.split_once('(')?;
    let name = name.trim().rsplit(' ').next()?;
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let mut depth = 1usize;
    let mut arity = 0;
    let mut empty = true;
    for c in rest.chars() {
        match c {
            '(' | '<' | '[' => depth += 1,
            ')' | '>' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => arity += 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        empty &= c.is_whitespace();
    }
    Some((name, if empty { 0 } else { arity + 1 }))
}

/// Message and hint for a call that the engine found no function for: `name (type, type)`.
pub(super) fn unknown_function(signature: &str, script: &Script) -> (String, Option<String>) {
    let (name, types) = signature.split_once(" (").unwrap_or((signature, ""));
    let name = name.trim();
    let types = plain_types(types.trim_end_matches(')'));
    let Ok(names) = KnownFunctions::known() else { return (format!("there is no function `{name}`"), None) };
    let own: Vec<String> = script.commands().map(|function| function.name.to_owned()).collect();
    let (exists, near) = match name.rsplit_once("::") {
        Some((space, function)) => match names.space(space.trim_end_matches("::")) {
            Some(functions) => (
                functions.contains_key(function),
                closest(function, functions.keys().map(String::as_str))
                    .map(|near| format!("{space}::{near}")),
            ),
            None => (false, None),
        },
        None => (
            names.has(name) || own.iter().any(|function| function == name),
            closest(name, names.globals().chain(own.iter().map(String::as_str))).map(str::to_owned),
        ),
    };
    let message = match (exists, types.is_empty()) {
        (true, false) => format!("`{name}` cannot be called with ({types})"),
        (true, true) => format!("`{name}` cannot be called without values"),
        (false, _) => format!("there is no function `{name}`"),
    };
    let hint = match (exists, near) {
        (true, _) => Some("check the number and the types of its values".to_owned()),
        (false, Some(near)) => Some(format!("did you mean `{near}`?")),
        (false, None) => None,
    };
    (message, hint)
}

/// Lists the namespaces.
pub(super) fn namespaces_hint() -> String {
    let spaces = KnownFunctions::known().map(|names| names.spaces().map(str::to_owned).collect::<Vec<_>>());
    format!("the namespaces are `{}`", spaces.unwrap_or_default().join("`, `"))
}

/// The engine's type names in plain words.
pub(super) fn plain_types(text: &str) -> String {
    text.replace("&str | ImmutableString | String", "text")
        .replace("ImmutableString", "text")
        .replace("i64", "integer")
        .replace("f64", "number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read() {
        for (signature, expected) in [
            ("http::get(_: &str) -> Request", Some(("http::get", 1))),
            ("range(from: T, to: Range<a, b>)", Some(("range", 2))),
            ("f()", Some(("f", 0))),
            ("+(a: i64, b: i64) -> i64", None),
            ("get$len(x: &mut Array)", None),
        ] {
            assert_eq!(parse(signature), expected, "{signature}");
        }
    }

    #[test]
    fn the_natives_are_known() {
        let names = KnownFunctions::known().unwrap();
        let http = names.space("http").unwrap();
        assert!(
            http.get("get").unwrap().contains(&1) && http.get("request").unwrap().contains(&2),
            "{http:?}"
        );
        for space in ["credentials", "json", "url", "pages", "retry", "wait"] {
            assert!(names.space(space).is_some(), "{space}");
        }
        for name in ["send", "try_send", "query", "push", "len", "sleep", "parse_json", "to_upper"] {
            assert!(names.has(name), "{name}");
        }
        assert!(!names.has("eval_file"));
    }
}
