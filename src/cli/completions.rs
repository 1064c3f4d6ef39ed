use std::ffi::OsString;
use std::fmt::Write as _;

use clap::Arg;

use super::context::Context;
use super::parse;
use super::registry::{Command, CommandRegistry};
use crate::diagnostic::Failure;
use crate::output;
use crate::text::{is_visible, printable};

/// `apicli completions <shell>`: a script that asks the program itself, so that new plugins and functions are
/// completed at once.
pub(super) struct Completions;

impl Command for Completions {
    fn name(&self) -> &str {
        "completions"
    }

    fn about(&self) -> String {
        "Print the completion script of a shell".to_owned()
    }

    fn run(&self, arguments: &[OsString], _context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("completions")
            .about("Print the completion script of a shell.\n\n  bash:  source <(apicli completions bash)\n  zsh:   source <(apicli completions zsh)\n  fish:  apicli completions fish | source")
            .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(["bash", "zsh", "fish"]).hide_possible_values(true).help("bash, zsh or fish"));
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let script = match matches.get_one::<String>("shell").map(String::as_str) {
            Some("zsh") => include_str!("completions/apicli.zsh"),
            Some("fish") => include_str!("completions/apicli.fish"),
            _ => include_str!("completions/apicli.bash"),
        };
        output::text(script)
    }

    fn complete(&self, words: &[String], _context: &Context) -> Vec<(String, String)> {
        let shells = if words.is_empty() { ["bash", "zsh", "fish"].as_slice() } else { &[] };
        shells.iter().map(|shell| ((*shell).to_owned(), String::new())).collect()
    }
}

/// What the scripts ask: `apicli __complete <words before the cursor>... <word at the cursor>` prints one candidate a
/// line, a tab, and its help. The words are as the program would get them, and so are the candidates: to quote them is for
/// the scripts, each of which knows its shell.
pub(super) struct Complete;

impl Command for Complete {
    fn name(&self) -> &str {
        "__complete"
    }

    fn about(&self) -> String {
        "Candidates for completion".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let Some((at_cursor, before)) = words.split_last() else { return Ok(()) };
        let mut text = String::new();
        for (name, about) in candidates(before, at_cursor, context)? {
            // What cannot be seen, cannot be typed either.
            if !name.is_empty() && name.starts_with(at_cursor.as_str()) && is_visible(&name) {
                let _ = writeln!(text, "{name}\t{}", printable(&about));
            }
        }
        output::text(&text)
    }
}

/// What may stand at the cursor, after the words before it; each with its help. All of it comes from documents and scripts.
fn candidates(
    before: &[String],
    at_cursor: &str,
    context: &Context,
) -> Result<Vec<(String, String)>, Failure> {
    let registry = CommandRegistry::new(context);
    let Some((first, rest)) = before.split_first() else {
        let built_in = registry.built_in().map(|command| (command.name().to_owned(), command.about()));
        let plugins = context.manager.list()?.into_iter().filter_map(|installed| {
            let plugin = installed.plugin.ok()?;
            Some((installed.name, plugin.manifest().title.clone()))
        });
        return Ok(built_in.chain(plugins).collect());
    };
    let Ok(command) = registry.find(first) else { return Ok(Vec::new()) };
    let flag = at_cursor.split_once('=').map(|(flag, _)| flag).filter(|flag| flag.starts_with("--"));
    Ok(match flag {
        Some(flag) => {
            let values = command.complete_value(rest, flag, context).into_iter();
            values.map(|(value, about)| (format!("{flag}={value}"), about)).collect()
        }
        None => command.complete(rest, context),
    })
}

/// Names of plugins, where the first word is one.
pub(super) fn plugin_names(words: &[String], context: &Context) -> Vec<(String, String)> {
    if !words.is_empty() {
        return Vec::new();
    }
    let names = context.manager.names().unwrap_or_default();
    names.into_iter().map(|name| (name, String::new())).collect()
}
