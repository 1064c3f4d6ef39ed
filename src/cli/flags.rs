//! A plugin command's own arguments: which there are, and what was typed for them.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value};

use super::fields::{self, Given, Present, Target};
use super::positionals::{self, ByName};
use super::{files, media, parse, usage, values};
use crate::diagnostic::Failure;
use crate::engine::{DeclaredFlag, FileAt};
use crate::model::{Argument, Body, Kind, Location, MediaChoice, ValueType};
use crate::plugins::Found;

/// What a command takes: its facts, as far as its function still takes them, and what a person declared.
#[derive(Debug)]
pub(super) struct Signature {
    /// One for each parameter of the function but `flags`.
    pub(super) positionals: Vec<Argument>,
    /// How each of them is given by name.
    pub(super) names: Vec<ByName>,
    /// Empty if the function takes no `flags`.
    pub(super) flags: Vec<Argument>,
    /// The body that flags and `--body` make.
    pub(super) body: Option<Body>,
}

/// What was typed.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) positionals: Vec<String>,
    pub(super) flags: Map<String, Value>,
    /// The files among them.
    pub(super) files: Vec<FileAt>,
    /// The media type that was chosen; `None` where the usual one will do.
    pub(super) media: Option<MediaChoice>,
    /// The alternative of the body that `--body-template` is to fill in.
    pub(super) alternative: Option<String>,
    pub(super) host: ArgMatches,
}

impl Typed {
    /// Of a command that is not to run.
    fn only(media: Option<MediaChoice>, alternative: Option<String>, host: ArgMatches) -> Self {
        let (positionals, flags, files) = (Vec::new(), Map::new(), Vec::new());
        Self { positionals, flags, files, media, alternative, host }
    }
}

impl Signature {
    pub(super) fn of(found: &Found) -> Self {
        let facts = found.facts.as_ref();
        let known = |kind: Kind| {
            facts
                .into_iter()
                .flat_map(|facts| &facts.arguments)
                .map(AsRef::as_ref)
                .filter(move |a: &&Argument| a.kind == kind)
        };
        let mut unused: Vec<&Argument> = known(Kind::Positional).collect();
        let parameters = found.function.positionals();
        let same_number = unused.len() == parameters.len();
        let positionals: Vec<Argument> = parameters
            .iter()
            .map(|parameter| {
                let plain = parameter.trim_end_matches('_').replace('_', "-");
                let by_name = unused.iter().position(|argument| argument.name == plain);
                // As many as the facts have: a renamed parameter keeps its place.
                match by_name.or((same_number && !unused.is_empty()).then_some(0)) {
                    Some(at) => unused.remove(at).clone(),
                    None => Argument {
                        wire_path: vec![parameter.clone()],
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
                flags.retain(|known: &Argument| known.name != flag.name && known.key() != flag.key());
                flags.push(flag);
            }
        }
        let takes_body = found.function.takes_flags();
        let body = facts.and_then(|facts| facts.body.clone()).filter(|_| takes_body);
        let scope = facts.map_or(&[][..], |facts| &facts.scope);
        let names = positionals::names(&positionals, &flags, scope);
        Self { positionals, names, flags, body }
    }

    /// Parses what was typed after the command's words.
    pub(super) fn parse(&self, arguments: &[OsString], command: &str) -> Result<Typed, Failure> {
        let (arguments, mut given) = self.prepare(arguments)?;
        let host =
            self.clap().try_get_matches_from(arguments).map_err(|error| parse::failure(&error, command))?;
        if host.get_flag("help") || host.get_flag("help-all") {
            return Ok(Typed::only(None, None, host));
        }
        for n in 0..self.flags.len() {
            let texts = host.get_many::<String>(&format!("f{n}")).into_iter().flatten();
            given.extend(texts.map(|text| Given {
                target: Target::Argument(n),
                inside: Vec::new(),
                text: text.clone(),
            }));
        }
        let typed_flags = given.iter().filter_map(|given| match &given.target {
            Target::Argument(n) => self.flags.get(*n),
            Target::Object(_) => None,
        });
        let media = media::choose(&host, typed_flags, self.body.as_ref(), command)?;
        if host.contains_id("body-template") {
            let named = host.get_one::<String>("body-template").filter(|name| !name.is_empty()).cloned();
            let alternative = named.or_else(|| self.told(&given));
            return Ok(Typed::only(media, alternative, host));
        }
        let present = Present::of(&self.flags, &given);
        let in_body = |given: &Given| match &given.target {
            Target::Argument(n) => self.flags.get(*n).is_some_and(|flag| flag.location == Location::Body),
            Target::Object(_) => true,
        };
        let body_by_flags = given.iter().any(in_body);
        let mut flags = fields::object(&self.flags, given, "--")?;
        let files = files::take(&mut flags, &self.flags)?;
        // What `--body` gives counts as given: it is the server's to judge.
        let whole_body = host.contains_id("body");
        // A field that only other media types have or require is no matter either.
        let sent = media.as_ref().map(|media| &media.content_type);
        let sent = sent.or(self.body.as_ref().map(|body| &body.content_type));
        let asked = |argument: &Argument| {
            argument.location != Location::Body || !whole_body && argument.counts_in(sent.map(String::as_str))
        };
        let mut missing = fields::complete(&self.flags, &present, &mut flags, body_by_flags, asked);
        if !whole_body {
            missing.extend(self.missing_of_alternative(&flags, &present, &missing));
        }
        self.refuse(&missing, command)?;
        let positionals = self.values(&host, command)?;
        Ok(Typed { positionals, flags, files, media, alternative: None, host })
    }

    /// The value that was typed for the body's discriminator.
    fn told(&self, given: &[Given]) -> Option<String> {
        let alternatives = self.body.iter().flat_map(|body| &body.alternatives);
        let mut properties = alternatives.filter_map(|one| one.discriminator.as_ref().map(|(name, _)| name));
        let property = properties.next()?;
        let tells = |flag: &Argument| {
            flag.location == Location::Body && matches!(flag.wire_path.as_slice(), [wire] if wire == property)
        };
        let typed = given.iter().find(|given| match given.target {
            Target::Argument(n) => self.flags.get(n).is_some_and(tells),
            Target::Object(_) => false,
        });
        typed.map(|given| given.text.clone())
    }

    /// What the alternative that the discriminator names requires besides.
    fn missing_of_alternative(
        &self,
        flags: &Map<String, Value>,
        present: &Present,
        known: &[String],
    ) -> Vec<String> {
        let top = |wire: &str| {
            let mut fields = self.flags.iter().filter(|flag| flag.location == Location::Body);
            fields.find(|flag| flag.wire_path.first().is_some_and(|first| first == wire))
        };
        let meant = self.body.iter().flat_map(|body| &body.alternatives).find(|alternative| {
            alternative.discriminator.as_ref().is_some_and(|(property, value)| {
                let key = top(property).map(Argument::top_key);
                key.and_then(|key| flags.get(key)).is_some_and(|given| given == value.as_str())
            })
        });
        let required = meant.into_iter().flat_map(|meant| &meant.required);
        let missing = required.filter_map(|wire| top(wire)).filter(|flag| {
            let key = flag.top_key();
            !present.has(&[key.to_owned()]) && !flags.contains_key(key)
        });
        missing.map(|flag| flag.name.clone()).filter(|name| !known.contains(name)).collect()
    }

    fn refuse(&self, missing: &[String], command: &str) -> Result<(), Failure> {
        let names: Vec<String> = missing.iter().map(|name| format!("`--{name}`")).collect();
        let failure = match missing {
            [] => return Ok(()),
            [_] => usage(format!("{} is missing", names.join(", "))),
            _ => usage(format!("{} are missing", names.join(", "))),
        };
        let values = |name: &String| self.flags.iter().find(|flag| flag.name == *name)?.allowed.as_ref();
        Err(match missing.iter().find_map(|name| Some((name, values(name)?))) {
            Some((name, values)) if values.len() <= 12 => {
                let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let values: Vec<String> = values.iter().map(|value| values::shown(&plain(value))).collect();
                failure.hint(format!("`--{name}` takes one of: {}", values.join(", ")))
            }
            _ => failure.hint(format!("`{command} --help` shows what it takes")),
        })
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
            command = command.arg(Arg::new(format!("p{n}")).value_name(argument.name.clone()));
        }
        command = command.args(self.names.iter().enumerate().filter_map(|(n, name)| name.arg(n)));
        for (n, argument) in self.flags.iter().enumerate() {
            let mut arg =
                Arg::new(format!("f{n}")).long(argument.name.clone()).value_name(argument.value_type.name());
            let snake = argument.name.replace('-', "_");
            if snake != argument.name {
                arg = arg.alias(snake);
            }
            if is_switch(argument) {
                arg = arg.num_args(0..=1).require_equals(true).default_missing_value("true");
            }
            let many = argument.repeated || argument.map;
            command =
                command.arg(if many { arg.action(ArgAction::Append) } else { arg.action(ArgAction::Set) });
        }
        command
    }

    /// Takes out what clap has no words for, values inside of a flag (`--metadata.plan pro`, `--items.0.price 3`), and
    /// joins what it would not: `--active false` becomes `--active=false`.
    fn prepare(&self, arguments: &[OsString]) -> Result<(Vec<OsString>, Vec<Given>), Failure> {
        let by_name: HashMap<&str, &Argument> =
            self.flags.iter().map(|argument| (argument.name.as_str(), argument)).collect();
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
                fields::find(&self.flags, &parts)
            };
            // One that needs no value, spelt as the document has it.
            let spelt = match &found {
                Some((Target::Argument(n), used)) if *used == parts.len() => {
                    self.flags.get(*n).filter(|flag| is_switch(flag))
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
            let inside =
                parts.get(used..).unwrap_or_default().iter().map(|part| (*part).to_owned()).collect();
            given.push(Given { target, inside, text });
        }
        Ok((prepared, given))
    }
}

/// A flag that needs no value.
pub(super) fn is_switch(argument: &Argument) -> bool {
    argument.value_type == ValueType::Boolean && !argument.repeated && !argument.map
}

fn host_flag(name: &str) -> bool {
    crate::generator::HOST_FLAGS.contains(&name)
}

fn declared_flag(declared: &DeclaredFlag) -> Argument {
    // As for an API's own flags: kebab-case, and apicli's come first. The script's key is what was declared.
    let kebab = declared.name.replace('_', "-").to_ascii_lowercase();
    let taken = crate::generator::HOST_FLAGS.contains(&kebab.as_str());
    let name = if taken { format!("body-{kebab}") } else { kebab };
    let mut flag = bare(&name, Kind::Flag, declared.value_type);
    flag.wire_path = vec![declared.name.clone()];
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
        for arg in host_flags().iter().chain(&super::super::global()) {
            let name = arg.get_long().unwrap_or_default();
            assert!(crate::generator::HOST_FLAGS.contains(&name), "{name}");
        }
    }
}
