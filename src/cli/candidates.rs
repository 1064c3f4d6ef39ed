//! Answers for the completion scripts of shells.

use std::ffi::OsString;
use std::fmt::Write as _;

use super::context::Context;
use super::registry::CommandRegistry;
use crate::diagnostic::Failure;
use crate::output;
use crate::text::{is_visible, printable};

/// `apicli __complete <words before the cursor>... <word at the cursor>` prints one candidate per line, a tab, and its help.
/// Words and candidates are unquoted, as the program would get them: quoting is up to the scripts, each of which knows its
/// shell.
pub(crate) fn complete(arguments: &[OsString], context: &Context) -> Result<(), Failure> {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let Some((at_cursor, before)) = words.split_last() else { return Ok(()) };
    let mut text = String::new();
    for (name, about) in candidates(before, at_cursor, context)? {
        // What is invisible cannot be typed either.
        if !name.is_empty() && name.starts_with(at_cursor.as_str()) && is_visible(&name) {
            let _ = writeln!(text, "{name}\t{}", printable(&about));
        }
    }
    output::text(&text)
}

/// What may be at the cursor, after the words before it, each with its help. All of it comes from documents and scripts.
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
