//! Turns commands into script text, using the templates.

use askama::Template;

use super::escape::filters;
use super::naming;
use crate::model::{CommandDefinition, Encoding, Kind, Location, Pair};

/// Width of a comment's text.
const WIDTH: usize = 96;

#[derive(Template)]
#[template(path = "function.rhai")]
struct FunctionTemplate<'a> {
    doc: Vec<String>,
    function: &'a str,
    signature: String,
    /// The function in `http::`, and the method to pass to it.
    call: &'static str,
    method: Option<&'a str>,
    path: String,
    steps: Vec<Step>,
}

/// One line of a function's body.
enum Step {
    Path { wire_name: String, variable: String },
    Take { call: &'static str, names: Vec<String> },
    Body,
}

#[derive(Template)]
#[template(path = "group.rhai")]
struct GroupTemplate<'a> {
    title: &'a str,
    functions: &'a [&'a str],
}

/// One function, ending in a line feed.
pub(super) fn function(command: &CommandDefinition) -> Result<String, askama::Error> {
    let mut steps = Vec::new();
    let mut variables: Vec<String> = Vec::new();
    for argument in command.arguments.iter().filter(|argument| argument.kind == Kind::Positional) {
        let wire_name = argument.wire_name();
        let variable = variable(&wire_name, &variables);
        steps.push(Step::Path { wire_name: wire_name.into_owned(), variable: variable.clone() });
        variables.push(variable);
    }
    steps.extend(flag_steps(command));
    let takes_flags =
        command.body.is_some() || command.arguments.iter().any(|argument| argument.kind == Kind::Flag);
    if takes_flags {
        variables.push("flags".to_owned());
    }
    let template = FunctionTemplate {
        doc: doc(command),
        function: &command.function,
        signature: variables.join(", "),
        call: shorthand(&command.method).unwrap_or("request"),
        method: shorthand(&command.method).is_none().then_some(command.method.as_str()),
        path: command.path.target(&|pair| is_flag(command, pair)),
        steps,
    };
    template.render()
}

/// A pair of the path's own query whose value is a flag: `limit={limit}`.
fn is_flag(command: &CommandDefinition, pair: &Pair) -> bool {
    let mut positionals = command.arguments.iter().filter(|argument| argument.kind == Kind::Positional);
    pair.variable().is_some_and(|variable| !positionals.any(|argument| variable.is(&argument.wire_name())))
}

/// The method's own function in `http::`, if it has one.
fn shorthand(method: &str) -> Option<&'static str> {
    ["get", "post", "put", "patch", "delete", "head", "options", "trace"]
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(method))
}

/// A whole script: its module comment and its functions.
pub(super) fn group(title: &str, functions: &[&str]) -> Result<String, askama::Error> {
    GroupTemplate { title, functions }.render()
}

/// Where each group of flags goes. The last call takes the rest, so that only a mixed command lists names.
fn flag_steps(command: &CommandDefinition) -> Vec<Step> {
    let keys = |location: Location| {
        let mut keys: Vec<String> = Vec::new();
        for argument in &command.arguments {
            if argument.kind == Kind::Flag
                && argument.location == location
                && let key = argument.top_key()
                && !keys.iter().any(|known| known == key)
            {
                keys.push(key.to_owned());
            }
        }
        keys
    };
    let mut steps = Vec::new();
    for (location, call) in
        [(Location::Header, "headers"), (Location::Cookie, "cookies"), (Location::Query, "query")]
    {
        let names = keys(location);
        if !names.is_empty() {
            steps.push(Step::Take { call, names });
        }
    }
    let body = command.body.as_ref().map(|body| match body.encoding {
        Encoding::Json => Step::Take { call: "json", names: Vec::new() },
        Encoding::Form => Step::Take { call: "form", names: Vec::new() },
        Encoding::Multipart => Step::Take { call: "multipart", names: Vec::new() },
        Encoding::Lines | Encoding::Raw => Step::Body,
    });
    match body {
        Some(body) => steps.push(body),
        None => {
            if let Some(Step::Take { call: "query", names }) = steps.last_mut() {
                names.clear();
            }
        }
    }
    steps
}

fn variable(wire_name: &str, taken: &[String]) -> String {
    let name = naming::identifier(wire_name);
    let mut names = std::iter::once(name.clone()).chain((2..).map(|n| naming::numbered(&name, n)));
    names.find(|name| !taken.contains(name)).unwrap_or(name)
}

fn doc(command: &CommandDefinition) -> Vec<String> {
    let mut lines = crate::text::wrap(&command.summary, WIDTH);
    if let Some(last) = lines.last_mut().filter(|line| !line.ends_with(['.', '!', '?', '…', ':'])) {
        last.push('.');
    }
    if !command.description.is_empty() {
        lines.push(String::new());
        lines.extend(crate::text::wrap(&command.description, WIDTH));
    }
    // A line that looks like a declaration of a flag would become one; only a person declares flags.
    lines.into_iter().map(|line| if line.starts_with("@flag") { format!("\\{line}") } else { line }).collect()
}
