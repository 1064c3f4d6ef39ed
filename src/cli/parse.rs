//! clap's answers in this program's own words.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use crate::diagnostic::{Failure, usage};

/// Parses the arguments of a built-in command, its `--help` and global arguments included.
pub(super) fn built_in(command: Command, arguments: &[OsString]) -> Result<Option<ArgMatches>, Failure> {
    let name = command.get_name().to_owned();
    let command = command
        .bin_name(format!("apicli {name}"))
        .no_binary_name(true)
        .disable_version_flag(true)
        .args(super::global::global().map(|arg| arg.global(true).hide_possible_values(true)));
    match command.try_get_matches_from(arguments) {
        Ok(matches) => Ok(Some(matches)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            let terminal = std::io::IsTerminal::is_terminal(&std::io::stdout())
                && std::env::var_os("NO_COLOR").is_none();
            let text = error.render();
            crate::output::text(&if terminal { text.ansi().to_string() } else { text.to_string() })?;
            Ok(None)
        }
        Err(error) => Err(failure(&error, &format!("apicli {name}"))),
    }
}

/// Parses `arguments`, the program's name first.
pub(super) fn matches(command: Command, arguments: Vec<OsString>) -> Result<ArgMatches, Failure> {
    command.try_get_matches_from(arguments).map_err(|error| failure(&error, "apicli"))
}

/// What a person should read in place of clap's own message. `command` is what `--help` can be asked of.
pub(super) fn failure(error: &clap::Error, command: &str) -> Failure {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join("`, `")),
        _ => None,
    };
    let see = format!("`{command} --help` shows what it takes");
    let flag = |text: String| text.split_whitespace().next().unwrap_or_default().to_owned();
    let invalid = text(ContextKind::InvalidArg);
    let similar = text(ContextKind::SuggestedArg).or_else(|| text(ContextKind::SuggestedSubcommand));
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
                    usage(format!("`{value}` is no value for `{flag}`; it takes `{valid}`"))
                }
                None => usage(format!("`{flag}` needs a value")),
            }
        }
        ErrorKind::ValueValidation => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            usage(format!("`{value}` is no value for `{}`", invalid.map(flag).unwrap_or_default()))
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
        Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
        None => failure.hint(see),
    }
}
