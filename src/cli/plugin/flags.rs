//! The words after a plugin command's own: what they give for its arguments, and the flags of apicli among them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};

use crate::cli::{global, parse};
use crate::diagnostic::{Failure, usage};
use crate::engine::{Limits, Silence};
use crate::input::fields::{self, Given, Target};
use crate::input::positionals::ByName;
use crate::input::{Entered, GivenValue, Signature, is_switch};
use crate::model::Argument;
use crate::output::Format;
use crate::session::Destination;

/// The longest time that can be given to a whole command: a week.
const MOST_TIME: f64 = 604_800.0;

/// What the flags of apicli come to.
#[derive(Debug)]
pub(crate) struct Options {
    /// What is to be done.
    pub(crate) task: Task,
    /// Where the request goes, and as whom.
    pub(crate) to: Destination,
    /// The document answers.
    pub(crate) mock: bool,
    /// Requests and answers are told on standard error.
    pub(crate) verbose: bool,
    /// The clocks that were set.
    pub(crate) limits: Limits,
    /// How an answer is printed.
    pub(crate) output: Format,
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The call.
    Run,
    /// Its request.
    Show(Shown),
    /// Help; of every flag with `all`.
    Help { all: bool },
    /// A body to fill in, of this alternative.
    Template(Option<String>),
}

/// How a request is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As JSON.
    Json,
    /// As a curl command.
    Curl,
}

/// The names of flags that were typed, without dashes and values.
pub(crate) fn names(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    let words = arguments.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
    words.filter_map(|word| word.strip_prefix("--")).map(|word| word.split('=').next().unwrap_or(word))
}

/// Parses what was typed after the command's words.
pub(crate) fn parse(
    signature: &Signature,
    arguments: &[OsString],
    command: &str,
) -> Result<(Entered, Options), Failure> {
    let (arguments, mut flags) = prepare(signature, arguments)?;
    let matches =
        clap(signature).try_get_matches_from(arguments).map_err(|error| parse::failure(&error, command))?;
    let options = options(&matches)?;
    for n in 0..signature.flags.len() {
        let texts = matches.get_many::<String>(&format!("f{n}")).into_iter().flatten();
        flags.extend(texts.map(|text| Given {
            target: Target::Argument(n),
            inside: Vec::new(),
            value: GivenValue::Typed(text.clone()),
        }));
    }
    let placed = (0..signature.positionals.len()).map(|n| format!("p{n}"));
    let named = signature.names.iter().enumerate();
    let entered = Entered {
        placed: placed.filter_map(|id| matches.get_one::<String>(&id)).cloned().collect(),
        named: named
            .map(|(n, name)| {
                let text = name.long.as_ref().and_then(|_| matches.get_one::<String>(&format!("n{n}")));
                text.cloned().map(GivenValue::Typed)
            })
            .collect(),
        flags,
        bodies: matches
            .get_many::<String>("body")
            .into_iter()
            .flatten()
            .cloned()
            .map(GivenValue::Typed)
            .collect(),
        content_type: matches.get_one::<String>("content-type").cloned(),
    };
    Ok((entered, options))
}

fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let task = if matches.get_flag("help") || matches.get_flag("help-all") {
        Task::Help { all: matches.get_flag("help-all") }
    } else if matches.contains_id("body-template") {
        Task::Template(text("body-template").filter(|name| !name.is_empty()))
    } else if matches.get_flag("curl") {
        Task::Show(Shown::Curl)
    } else if matches.get_flag("dry-run") {
        Task::Show(Shown::Json)
    } else {
        Task::Run
    };
    Ok(Options {
        task,
        to: Destination {
            profile: text("profile"),
            server: text("server"),
            variables: matches.get_many::<String>("server-var").into_iter().flatten().cloned().collect(),
        },
        mock: matches.get_flag("mock"),
        verbose: matches.get_flag("verbose"),
        limits: limits(matches)?,
        output: match text("output").as_deref() {
            Some("raw") => Format::Raw,
            _ => Format::Json,
        },
    })
}

/// What the call may use: the two clocks that a person sets, and the rest as it always is.
fn limits(matches: &ArgMatches) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    if let Some(typed) = seconds(matches, "timeout", 86_400.0)? {
        limits.silence = Silence::Typed(typed);
    }
    if let Some(typed) = seconds(matches, "max-time", MOST_TIME)? {
        limits.whole_time = typed;
    }
    Ok(limits)
}

/// The time that a flag gives.
fn seconds(matches: &ArgMatches, flag: &str, most: f64) -> Result<Option<Duration>, Failure> {
    let Some(seconds) = matches.get_one::<f64>(flag) else { return Ok(None) };
    let time = Duration::try_from_secs_f64(*seconds).ok();
    match time.filter(|time| !time.is_zero() && *seconds <= most) {
        Some(time) => Ok(Some(time)),
        None => Err(usage(format!("`{seconds}` for `--{flag}` is not between 0 and {most}"))
            .hint("give seconds, such as 30")),
    }
}

fn clap(signature: &Signature) -> clap::Command {
    let mut command = clap::Command::new("command")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .allow_negative_numbers(true)
        .args(global::global())
        .args(host_flags());
    for (n, argument) in signature.positionals.iter().enumerate() {
        command = command.arg(Arg::new(format!("p{n}")).value_name(argument.name.clone()));
    }
    command = command.args(signature.names.iter().enumerate().filter_map(|(n, name)| by_name(name, n)));
    for (n, argument) in signature.flags.iter().enumerate() {
        let mut arg =
            Arg::new(format!("f{n}")).long(argument.name.clone()).value_name(argument.value_type.name());
        let snake = argument.name.replace('-', "_");
        if snake != argument.name {
            arg = arg.alias(snake);
        }
        if is_switch(argument) {
            arg = arg.num_args(0..=1).require_equals(true).default_missing_value("true");
        }
        let many = argument.is_list() || argument.is_map();
        command = command.arg(if many { arg.action(ArgAction::Append) } else { arg.action(ArgAction::Set) });
    }
    command
}

/// Takes out what clap has no words for, values inside of a flag (`--metadata.plan pro`, `--items.0.price 3`), and
/// joins what it would not: `--active false` becomes `--active=false`.
fn prepare(signature: &Signature, arguments: &[OsString]) -> Result<(Vec<OsString>, Vec<Given>), Failure> {
    let by_name: HashMap<&str, &Argument> =
        signature.flags.iter().map(|argument| (argument.name.as_str(), argument)).collect();
    let mut prepared: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut given = Vec::new();
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let Some(text) = argument.to_str().and_then(|text| text.strip_prefix("--")) else {
            prepared.push(argument.clone());
            continue;
        };
        if text.is_empty() {
            prepared.push(argument.clone());
            prepared.extend(rest.cloned());
            break;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let parts: Vec<&str> = name.split('.').collect();
        let known = by_name.get(name).or_else(|| by_name.get(name.replace('_', "-").as_str())).copied();
        let found = if known.is_some() || parts.iter().any(|part| part.is_empty()) || host_flag(name) {
            None
        } else {
            fields::find(&signature.flags, &parts)
        };
        // One that needs no value, spelt as the document has it.
        let spelt = match &found {
            Some((Target::Argument(n), used)) if *used == parts.len() => {
                signature.flags.get(*n).filter(|flag| is_switch(flag))
            }
            _ => None,
        };
        if let Some(known) = known.or(spelt) {
            prepared.push(match (spelt, value) {
                (None, _) => argument.clone(),
                (Some(flag), None) => format!("--{}", flag.name).into(),
                (Some(flag), Some(value)) => format!("--{}={value}", flag.name).into(),
            });
            if is_switch(known)
                && value.is_none()
                && let Some(value) = rest.next_if(|next| {
                    matches!(next.to_str(), Some("true" | "false"))
                        || (known.nullable && next.to_str() == Some("null"))
                })
                && let Some(joined) = prepared.last_mut()
            {
                joined.push("=");
                joined.push(value);
            }
            continue;
        }
        let Some((target, used)) = found else {
            prepared.push(argument.clone());
            continue;
        };
        // A word that looks like a flag is one: it is no value that somebody forgot.
        let is_value = |next: &&OsString| !next.as_encoded_bytes().starts_with(b"--");
        let next = || rest.next_if(is_value).map(|value| value.to_str().map(str::to_owned));
        let text = match value.map(|value| Some(value.to_owned())).or_else(next) {
            Some(Some(text)) => text,
            Some(None) => {
                return Err(usage(format!("the value of `--{name}` is no text"))
                    .hint("give it in UTF-8, or in a file with `--body`"));
            }
            None => {
                return Err(
                    usage(format!("`--{name}` needs a value")).hint(format!("write `--{name} <value>`"))
                );
            }
        };
        let inside = parts.get(used..).unwrap_or_default().iter().map(|part| (*part).to_owned()).collect();
        given.push(Given { target, inside, value: GivenValue::Typed(text) });
    }
    Ok((prepared, given))
}

/// What clap is to know of the name of a positional; `None` where it has none.
fn by_name(name: &ByName, n: usize) -> Option<Arg> {
    let long = name.long.as_ref()?;
    let arg = Arg::new(format!("n{n}")).long(long.clone()).aliases(name.aliases.clone()).value_name("VALUE");
    Some(match name.short {
        Some(short) => arg.short(short),
        None => arg,
    })
}

fn host_flag(name: &str) -> bool {
    crate::generator::HOST_FLAGS.contains(&name)
}

/// Flags of the host, on every command of every plugin. [`crate::generator::HOST_FLAGS`] keeps their names free.
pub(crate) fn host_flags() -> Vec<Arg> {
    let set = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    vec![
        Arg::new("output")
            .long("output")
            .short('o')
            .value_name("FORMAT")
            .value_parser(["json", "raw"])
            .help("json (laid out) or raw (the bytes of the answer)"),
        Arg::new("body")
            .long("body")
            .value_name("BODY")
            .action(ArgAction::Append)
            .help("The request body: text, @file, or - for standard input; flags win over it"),
        Arg::new("body-template")
            .long("body-template")
            .value_name("NAME")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("")
            .help("Print a body to fill in, with comments, that --body reads"),
        Arg::new("content-type")
            .long("content-type")
            .value_name("TYPE")
            .help("The media type of the body, where there are several: whole, or a part such as xml"),
        Arg::new("server")
            .long("server")
            .value_name("SERVER")
            .help("Send the request there instead: a URL, or a server's number or name"),
        Arg::new("server-var")
            .long("server-var")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .help("A value for a variable in the server's URL"),
        Arg::new("profile")
            .long("profile")
            .value_name("NAME")
            .help("Which of your accounts of this API; `apicli auth use` chooses the usual one"),
        set("mock", "Answer from the plugin's document, without any network"),
        set("dry-run", "Print the request as JSON and send nothing"),
        set("curl", "Print the request as a curl command and send nothing"),
        Arg::new("timeout")
            .long("timeout")
            .value_name("SECONDS")
            .value_parser(clap::value_parser!(f64))
            .help("Give up when nothing is sent or received for this time (60)"),
        Arg::new("max-time")
            .long("max-time")
            .value_name("SECONDS")
            .value_parser(clap::value_parser!(f64))
            .help("Give up when the whole command has taken this time (3600)"),
        set("verbose", "Show requests and answers on standard error").short('v'),
        set("help", "Show this help").short('h'),
        set("help-all", "Show every flag, nested ones too"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_flag_is_kept_free() {
        for arg in host_flags().iter().chain(&global::global()) {
            let name = arg.get_long().unwrap_or_default();
            assert!(crate::generator::HOST_FLAGS.contains(&name), "{name}");
        }
    }

    #[test]
    fn the_letters_of_the_host_are_kept_free() {
        let mut letters: Vec<char> = host_flags().iter().filter_map(Arg::get_short).collect();
        letters.sort_unstable();
        assert_eq!(letters, crate::input::positionals::HOST_SHORTS);
    }
}
