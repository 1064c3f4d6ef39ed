//! A plugin command's own arguments: which there are, and what was typed for them.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value};

use super::{parse, usage, values};
use crate::diagnostic::Failure;
use crate::engine::DeclaredFlag;
use crate::model::{Argument, Encoding, Kind, Location, ValueType};
use crate::plugins::Found;

/// What a command takes: its facts, as far as its function still takes them, and what a person declared.
#[derive(Debug)]
pub(super) struct Signature {
    /// One for each parameter of the function but `flags`.
    pub(super) positionals: Vec<Argument>,
    /// Empty if the function takes no `flags`.
    pub(super) flags: Vec<Argument>,
    /// The body that flags and `--body` make.
    pub(super) encoding: Option<Encoding>,
}

/// What was typed.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) positionals: Vec<String>,
    pub(super) flags: Map<String, Value>,
    pub(super) host: ArgMatches,
}

impl Signature {
    pub(super) fn of(found: &Found) -> Self {
        let facts = found.facts.as_ref();
        let known =
            |kind: Kind| facts.into_iter().flat_map(|facts| &facts.arguments).filter(move |a| a.kind == kind);
        let mut unused: Vec<&Argument> = known(Kind::Positional).collect();
        let parameters = found.function.positionals();
        let same_number = unused.len() == parameters.len();
        let positionals = parameters
            .iter()
            .map(|parameter| {
                let plain = parameter.trim_end_matches('_').replace('_', "-");
                let by_name = unused.iter().position(|argument| argument.name == plain);
                // As many as the facts have: a renamed parameter keeps its place.
                match by_name.or((same_number && !unused.is_empty()).then_some(0)) {
                    Some(at) => unused.remove(at).clone(),
                    None => Argument {
                        wire_name: parameter.clone(),
                        ..bare(&plain, Kind::Positional, ValueType::String)
                    },
                }
            })
            .collect();
        let mut flags = Vec::new();
        if found.function.takes_flags() {
            flags.extend(known(Kind::Flag).cloned());
            for declared in &found.function.flags {
                let flag = declared_flag(declared);
                flags.retain(|known: &Argument| known.name != flag.name && known.key != flag.key);
                flags.push(flag);
            }
        }
        let takes_body = found.function.takes_flags();
        let encoding =
            facts.and_then(|facts| facts.body.as_ref()).map(|body| body.encoding).filter(|_| takes_body);
        Self { positionals, flags, encoding }
    }

    /// Parses what was typed after the command's words.
    pub(super) fn parse(&self, arguments: &[OsString], command: &str) -> Result<Typed, Failure> {
        let arguments = self.prepare(arguments);
        let host =
            self.clap().try_get_matches_from(arguments).map_err(|error| parse::failure(&error, command))?;
        if host.get_flag("help") || host.get_flag("help-all") {
            return Ok(Typed { positionals: Vec::new(), flags: Map::new(), host });
        }
        self.require(&host, command)?;
        let mut positionals = Vec::new();
        for (n, argument) in self.positionals.iter().enumerate() {
            let Some(text) = host.get_one::<String>(&format!("p{n}")) else { continue };
            if argument.repeated {
                for part in text.split(',') {
                    values::scalar(argument, part)?;
                }
            } else {
                values::scalar(argument, text)?;
            }
            positionals.push(text.clone());
        }
        let mut flags = Map::new();
        for (n, argument) in self.flags.iter().enumerate() {
            let texts: Vec<&String> =
                host.get_many::<String>(&format!("f{n}")).into_iter().flatten().collect();
            if texts.is_empty() {
                continue;
            }
            if argument.map {
                for text in texts {
                    values::map_entry(argument, text, &mut flags)?;
                }
            } else {
                let value = values::value(argument, &texts)?;
                if !values::insert(&mut flags, &argument.key, value) {
                    let whole = argument.name.split('.').next().unwrap_or_default();
                    return Err(usage(format!("`--{whole}` and `--{}` cannot both be given", argument.name))
                        .hint("give the whole or its fields"));
                }
            }
        }
        Ok(Typed { positionals, flags, host })
    }

    /// Required flags that are missing. A field of the body may come with `--body` instead.
    fn require(&self, host: &ArgMatches, command: &str) -> Result<(), Failure> {
        let missing: Vec<String> =
            self.flags
                .iter()
                .enumerate()
                .filter(|(n, argument)| {
                    let in_body = argument.location == Location::Body && host.contains_id("body");
                    // A required map or object is there as soon as anything in it is.
                    let inside = format!("{}.", argument.name);
                    let below = self.flags.iter().enumerate().any(|(n, other)| {
                        other.name.starts_with(&inside) && host.contains_id(&format!("f{n}"))
                    });
                    argument.required && !in_body && !below && !host.contains_id(&format!("f{n}"))
                })
                .map(|(_, argument)| format!("`--{}`", argument.name))
                .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let verb = if missing.len() == 1 { "is" } else { "are" };
        Err(usage(format!("{} {verb} missing", missing.join(", ")))
            .hint(format!("`{command} --help` shows what it takes")))
    }

    fn clap(&self) -> clap::Command {
        let mut command = clap::Command::new("command")
            .no_binary_name(true)
            .disable_help_flag(true)
            .disable_version_flag(true)
            .allow_negative_numbers(true)
            .args(super::global())
            .args(host_flags());
        for (n, argument) in self.positionals.iter().enumerate() {
            command = command.arg(
                Arg::new(format!("p{n}"))
                    .value_name(argument.name.clone())
                    .required_unless_present_any(["help", "help-all"]),
            );
        }
        for (n, argument) in self.flags.iter().enumerate() {
            let mut arg =
                Arg::new(format!("f{n}")).long(argument.name.clone()).value_name(argument.value_type.name());
            let snake = argument.name.replace('-', "_");
            if snake != argument.name {
                arg = arg.alias(snake);
            }
            arg = match argument.value_type {
                ValueType::Boolean if !argument.repeated && !argument.map => {
                    arg.num_args(0..=1).require_equals(true).default_missing_value("true")
                }
                _ => arg,
            };
            let many = argument.repeated || argument.map;
            command =
                command.arg(if many { arg.action(ArgAction::Append) } else { arg.action(ArgAction::Set) });
        }
        command
    }

    /// Rewrites what clap has no words for: `--metadata.plan pro` becomes `--metadata=plan=pro`, and `--active false`
    /// becomes `--active=false`.
    fn prepare(&self, arguments: &[OsString]) -> Vec<OsString> {
        let by_name: HashMap<&str, &Argument> =
            self.flags.iter().map(|argument| (argument.name.as_str(), argument)).collect();
        let mut prepared: Vec<OsString> = Vec::with_capacity(arguments.len());
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
            let flag = |name: &str| {
                by_name.get(name).or_else(|| by_name.get(name.replace('_', "-").as_str())).copied()
            };
            match flag(name) {
                Some(known)
                    if known.value_type == ValueType::Boolean
                        && !known.repeated
                        && !known.map
                        && value.is_none() =>
                {
                    match rest.next_if(|next| *next == "true" || *next == "false") {
                        Some(value) => {
                            let mut joined = argument.clone();
                            joined.push("=");
                            joined.push(value);
                            prepared.push(joined);
                        }
                        None => prepared.push(argument.clone()),
                    }
                }
                Some(_) => prepared.push(argument.clone()),
                None => {
                    let dots = name.match_indices('.').map(|(at, _)| at);
                    let map = dots.rev().find_map(|at| {
                        let key = &name[at + 1..];
                        flag(&name[..at])
                            .filter(|known| known.map && !key.is_empty())
                            .map(|known| (known, key))
                    });
                    match map {
                        Some((known, key)) => {
                            // A word that looks like a flag is one: it is no value that somebody forgot.
                            let is_value = |next: &&OsString| !next.as_encoded_bytes().starts_with(b"--");
                            match value.map(OsString::from).or_else(|| rest.next_if(is_value).cloned()) {
                                Some(value) => {
                                    let mut joined = OsString::from(format!("--{}={key}=", known.name));
                                    joined.push(value);
                                    prepared.push(joined);
                                }
                                None => {
                                    // Without any value clap says what is missing, whatever follows.
                                    prepared.push(format!("--{}", known.name).into());
                                    prepared.extend(rest.next().cloned());
                                }
                            }
                        }
                        None => prepared.push(argument.clone()),
                    }
                }
            }
        }
        prepared
    }
}

fn declared_flag(declared: &DeclaredFlag) -> Argument {
    // As for an API's own flags: kebab-case, and apicli's come first. The script's key is what was declared.
    let kebab = declared.name.replace('_', "-").to_ascii_lowercase();
    let taken = crate::generator::HOST_FLAGS.contains(&kebab.as_str());
    let name = if taken { format!("body-{kebab}") } else { kebab };
    let mut flag = bare(&name, Kind::Flag, declared.value_type);
    (flag.key, flag.wire_path) = (vec![declared.name.clone()], vec![declared.name.clone()]);
    flag.required = declared.required;
    flag.description.clone_from(&declared.description);
    flag
}

/// An argument that only a script knows.
fn bare(name: &str, kind: Kind, value_type: ValueType) -> Argument {
    let location = if kind == Kind::Positional { Location::Path } else { Location::Body };
    let required = kind == Kind::Positional;
    Argument { value_type, required, ..Argument::new(name, kind, location, name) }
}

/// Flags of the host, on every command of every plugin. [`crate::generator::HOST_FLAGS`] keeps their names free.
pub(super) fn host_flags() -> Vec<Arg> {
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
        Arg::new("server").long("server").value_name("URL").help("Send the request there instead"),
        set("mock", "Answer from the plugin's document, without any network"),
        set("dry-run", "Print the request as JSON and send nothing"),
        set("curl", "Print the request as a curl command and send nothing"),
        Arg::new("timeout")
            .long("timeout")
            .value_name("SECONDS")
            .value_parser(clap::value_parser!(f64))
            .help("Give up after this time (60)"),
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
        for arg in host_flags().iter().chain(&super::super::global()) {
            let name = arg.get_long().unwrap_or_default();
            assert!(crate::generator::HOST_FLAGS.contains(&name), "{name}");
        }
    }
}
