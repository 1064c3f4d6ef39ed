//! Parses the words after a plugin's command: values for its arguments, and flags of apicli.

use std::ffi::OsString;

use super::clap::command as clap;
use super::names::{FlagNames, Meaning};
use super::options::{Options, options};
use crate::cli::parse;
use crate::diagnostic::{Failure, usage};
use crate::input::fields::{Given, Target};
use crate::input::{Entered, GivenValue, Signature, is_switch};
use crate::model::own_flag::{OwnFlag, Takes, own};

/// The names of flags that were typed, without dashes and values.
pub(crate) fn typed_names(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    let words = arguments.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
    words.filter_map(|word| word.strip_prefix("--")).map(|word| word.split('=').next().unwrap_or(word))
}

/// Parses what was typed after the command's words.
pub(crate) fn parse(
    signature: &Signature,
    names: &FlagNames<'_>,
    arguments: &[OsString],
    command: &str,
) -> Result<(Entered, Options), Failure> {
    let (arguments, mut flags) = prepare(signature, names, arguments)?;
    let mut known = clap(signature, names);
    let matches = known
        .try_get_matches_from_mut(arguments)
        .map_err(|error| parse::failure(&error, command, &parse::known(&known, &[])))?;
    let options = options(&matches, names)?;
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
        bodies: options.bodies.iter().cloned().map(GivenValue::Typed).collect(),
        content_type: options.content_type.clone(),
    };
    Ok((entered, options))
}

/// Gives each flag the one name that clap knows, takes out what clap cannot express, values inside of a flag
/// (`--metadata.plan pro`, `--items.0.price 3`), and joins what clap would not: `--active false` becomes `--active=false`.
fn prepare(
    signature: &Signature,
    names: &FlagNames<'_>,
    arguments: &[OsString],
) -> Result<(Vec<OsString>, Vec<Given>), Failure> {
    let mut prepared: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut given = Vec::new();
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let bytes = argument.as_encoded_bytes();
        let Some(text) = argument.to_str().and_then(|text| text.strip_prefix("--")) else {
            // A path need not be text, but its flag is.
            prepared.push(match bytes.strip_prefix(b"--").and_then(|bytes| of_path(names, bytes)) {
                Some(long) => joined(&format!("--{long}"), argument),
                None => argument.clone(),
            });
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
        let word = |long: &str| match value {
            None => format!("--{long}").into(),
            Some(value) => format!("--{long}={value}").into(),
        };
        let parts: Vec<&str> = name.split('.').collect();
        let (target, used) = match names.meaning(name)? {
            Meaning::Own(own) => {
                prepared.push(word(names.shown(own)));
                continue;
            }
            Meaning::Positional(n) => {
                let long = signature.names.get(n).and_then(|name| name.long.as_deref()).unwrap_or(name);
                prepared.push(word(long));
                continue;
            }
            Meaning::Unknown => {
                prepared.push(argument.clone());
                continue;
            }
            Meaning::Flag(n) => (Target::Argument(n), None),
            Meaning::Inside(target, used) => (target, Some(used)),
        };
        // One that is named as a whole, which clap knows by that name; also one without a value in the document's spelling.
        let whole = match (&target, used) {
            (Target::Argument(n), None) => signature.flags.get(*n),
            (Target::Argument(n), Some(used)) if used == parts.len() => {
                signature.flags.get(*n).filter(|flag| is_switch(flag))
            }
            _ => None,
        };
        if let Some(flag) = whole {
            prepared.push(word(&flag.name));
            if is_switch(flag)
                && value.is_none()
                && let Some(value) = rest.next_if(|next| {
                    matches!(next.to_str(), Some("true" | "false"))
                        || (flag.nullable && next.to_str() == Some("null"))
                })
                && let Some(joined) = prepared.last_mut()
            {
                joined.push("=");
                joined.push(value);
            }
            continue;
        }
        // A word that looks like a flag is a flag, not the missing value.
        let is_value = |next: &&OsString| !next.as_encoded_bytes().starts_with(b"--");
        let next = || rest.next_if(is_value).map(|value| value.to_str().map(str::to_owned));
        let text = match value.map(|value| Some(value.to_owned())).or_else(next) {
            Some(Some(text)) => text,
            Some(None) => {
                return Err(usage(format!("the value of `--{name}` is not text"))
                    .hint(names.respelt("give it in UTF-8, or in a file with `--body`")));
            }
            None => {
                return Err(
                    usage(format!("`--{name}` needs a value")).hint(format!("write `--{name} <value>`"))
                );
            }
        };
        let used = used.unwrap_or(parts.len());
        let inside = parts.get(used..).unwrap_or_default().iter().map(|part| (*part).to_owned()).collect();
        given.push(Given { target, inside, value: GivenValue::Typed(text) });
    }
    Ok((prepared, given))
}

/// The first word after a group's words that does not belong to a request for help.
pub(crate) fn of_group(arguments: &[OsString]) -> Option<&OsString> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let name = word.to_str().and_then(|word| word.strip_prefix("--")).unwrap_or_default();
        let (name, has_value) = name.split_once('=').map_or((name, false), |(name, _)| (name, true));
        match own(name).map(|own| own.flag) {
            Some(OwnFlag::Help | OwnFlag::HelpAll) if !has_value => {}
            // Already read.
            Some(OwnFlag::PluginsDir | OwnFlag::ErrorFormat) => {
                if !has_value {
                    words.next();
                }
            }
            _ if word == "-h" => {}
            _ => return Some(word),
        }
    }
    None
}

/// The flag before the `=` of a word that is not text, if it is a flag of apicli that takes a path.
fn of_path(names: &FlagNames<'_>, bytes: &[u8]) -> Option<&'static str> {
    let name = bytes.split(|byte| *byte == b'=').next()?;
    match names.meaning(std::str::from_utf8(name).ok()?) {
        Ok(Meaning::Own(own)) if matches!(own.takes, Takes::Path(_)) => Some(names.shown(own)),
        _ => None,
    }
}

/// `flag`, followed by the rest of `word` from its `=` on.
fn joined(flag: &str, word: &OsString) -> OsString {
    let bytes = word.as_encoded_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=').unwrap_or(bytes.len());
    let mut out = OsString::from(flag);
    out.push(crate::cli::global::os_string(bytes.get(at..).unwrap_or_default()));
    out
}
