//! clap's answers in this program's own words.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use crate::diagnostic::{Failure, usage};
use crate::suggest::nearest;

/// Parses the arguments of a built-in command, its `--help` and global arguments included.
pub(super) fn built_in(command: Command, arguments: &[OsString]) -> Result<Option<ArgMatches>, Failure> {
    let name = command.get_name().to_owned();
    let mut command = command
        .bin_name(format!("apicli {name}"))
        .no_binary_name(true)
        .disable_version_flag(true)
        .args(super::global::global().map(|arg| arg.global(true).hide_possible_values(true)));
    match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => Ok(Some(matches)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            let terminal = std::io::IsTerminal::is_terminal(&std::io::stdout())
                && std::env::var_os("NO_COLOR").is_none();
            let text = error.render();
            crate::output::text(&if terminal { text.ansi().to_string() } else { text.to_string() })?;
            Ok(None)
        }
        Err(error) => Err(failure(&error, &format!("apicli {name}"), &known(&command, arguments))),
    }
}

/// Parses `arguments`, the program's name first.
pub(super) fn matches(mut command: Command, arguments: Vec<OsString>) -> Result<ArgMatches, Failure> {
    let matches = command.try_get_matches_from_mut(arguments);
    matches.map_err(|error| failure(&error, "apicli", &known(&command, &[])))
}

/// What may be typed after `arguments`, as far as they name commands in one another: flags with their dashes, and commands.
pub(super) fn known(command: &Command, arguments: &[OsString]) -> Vec<String> {
    let mut command = command;
    for word in arguments {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let flags = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long);
    let below = command.get_subcommands().map(|below| below.get_name().to_owned());
    flags.map(|long| format!("--{long}")).chain(below).collect()
}

/// What a person should read in place of clap's own message. `command` is what `--help` can be asked of, `known` what could
/// have been meant.
pub(super) fn failure(error: &clap::Error, command: &str, known: &[String]) -> Failure {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join("`, `")),
        _ => None,
    };
    let see = format!("`{command} --help` shows what it takes");
    let flag = |text: String| text.split_whitespace().next().unwrap_or_default().to_owned();
    let invalid = text(ContextKind::InvalidArg);
    let unknown = match error.kind() {
        ErrorKind::UnknownArgument => {
            invalid.as_deref().filter(|name| name.starts_with('-')).map(str::to_owned)
        }
        ErrorKind::InvalidSubcommand => text(ContextKind::InvalidSubcommand),
        _ => None,
    };
    let similar = unknown.and_then(|word| {
        let word = word.split('=').next().unwrap_or_default().to_owned();
        nearest(&word, known.to_vec()).into_iter().next()
    });
    let failure = match error.kind() {
        ErrorKind::UnknownArgument => match invalid {
            Some(name) if name.starts_with('-') => usage(format!("`{command}` has no flag `{name}`")),
            Some(word) => usage(format!("`{word}` is one argument too many")),
            None => usage("there is an argument too many"),
        },
        ErrorKind::MissingRequiredArgument => usage(format!("`{}` is missing", invalid.unwrap_or_default())),
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            usage(format!("`{}` needs a value", invalid.map(flag).unwrap_or_default()))
        }
        ErrorKind::InvalidValue => {
            let flag = invalid.map(flag).unwrap_or_default();
            match text(ContextKind::InvalidValue).filter(|value| !value.is_empty()) {
                Some(value) => {
                    let valid = text(ContextKind::ValidValue).unwrap_or_default();
                    usage(format!("`{value}` is not valid for `{flag}`; it takes `{valid}`"))
                }
                None => usage(format!("`{flag}` needs a value")),
            }
        }
        ErrorKind::ValueValidation => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            usage(format!("`{value}` is not valid for `{}`", invalid.map(flag).unwrap_or_default()))
        }
        ErrorKind::ArgumentConflict => {
            let other = match error.get(ContextKind::PriorArg) {
                Some(ContextValue::String(other)) => flag(other.clone()),
                _ => String::new(),
            };
            let name = invalid.map(flag).unwrap_or_default();
            if other == name || other.is_empty() {
                usage(format!("`{name}` is given more than once"))
            } else {
                usage(format!("`{name}` and `{other}` cannot both be given"))
            }
        }
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            usage(format!("`{command}` has no command `{word}`"))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            usage(format!("`{command}` needs one of its commands"))
        }
        _ => {
            let text = error.to_string();
            usage(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
        }
    };
    match similar {
        Some(similar) => failure.hint(format!("did you mean `{similar}`?")).and_hint(see),
        None => failure.hint(see),
    }
}
