//! The flags that every command shares.

use std::ffi::OsString;

use clap::{Arg, ArgMatches};

use crate::diagnostic::{Failure, usage};
use crate::model::own_flag::{Definition, OwnFlag, Takes};

/// How a failure is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ErrorFormat {
    /// For people.
    #[default]
    Human,
    /// `{"error": {...}}` on one line.
    Json,
}

impl ErrorFormat {
    /// The format of this name.
    pub(crate) fn of(name: &str) -> Self {
        if name == "json" { Self::Json } else { Self::Human }
    }
}

/// The flags that are allowed both before and after the command's name.
const GLOBAL: [OwnFlag; 2] = [OwnFlag::PluginsDir, OwnFlag::ErrorFormat];

/// What comes before the command's name.
#[derive(Debug)]
pub(crate) struct Global {
    /// How failures are shown.
    pub(crate) error_format: Option<ErrorFormat>,
    /// The version is requested.
    pub(crate) version: bool,
    /// The command, and the words after it.
    pub(crate) command: Option<(String, Vec<OsString>)>,
}

impl Global {
    /// Reads the `matches` of [`super::top`].
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let format = matches.get_one::<String>(OwnFlag::ErrorFormat.definition().long);
        let words = |matches: &ArgMatches| {
            matches.get_many::<OsString>("").into_iter().flatten().cloned().collect::<Vec<_>>()
        };
        Self {
            error_format: format.map(|name| ErrorFormat::of(name)),
            version: matches.get_flag("version"),
            command: matches.subcommand().map(|(name, rest)| (name.to_owned(), words(rest))),
        }
    }
}

/// Arguments that are allowed both before and after the command's name.
pub(crate) fn global() -> impl Iterator<Item = Arg> {
    GLOBAL.iter().map(|flag| {
        let own = flag.definition();
        let arg = Arg::new(own.long).long(own.name).alias(own.long).help(own.help);
        match own.takes {
            Takes::OneOf(value, values) => arg.value_name(value).value_parser(values.to_vec()),
            Takes::Path(value) => arg.value_name(value).value_parser(clap::value_parser!(OsString)),
            _ => arg,
        }
    })
}

/// How a failure is shown until the command is known, since the command may have its own flag of that name.
pub(crate) fn error_format(arguments: &[OsString]) -> ErrorFormat {
    match values(arguments, OwnFlag::ErrorFormat.definition()).first().and_then(|value| value.to_str()) {
        Some(name) => ErrorFormat::of(name),
        None => ErrorFormat::Human,
    }
}

/// The same if the API has a flag of that name: only what is clearly apicli's.
pub(crate) fn own_error_format(arguments: &[OsString]) -> Option<ErrorFormat> {
    let own = OwnFlag::ErrorFormat.definition();
    let values = values_of(arguments, &[own.long]);
    values.first().and_then(|value| value.to_str()).map(ErrorFormat::of)
}

/// The folder of plugins, wherever it is on the line: it decides which commands exist, and so how the rest is read.
pub(crate) fn plugins_dir(arguments: &[OsString]) -> Result<Option<OsString>, Failure> {
    let own = OwnFlag::PluginsDir.definition();
    let mut values = values(arguments, own);
    match values.as_slice() {
        [] | [_] => Ok(values.pop()),
        _ => Err(usage(format!("`--{}` is given more than once", own.name)).hint("give it once")),
    }
}

fn values(arguments: &[OsString], own: &Definition) -> Vec<OsString> {
    values_of(arguments, &[own.name, own.long])
}

/// The values of a flag by its names, anywhere on the line.
fn values_of(arguments: &[OsString], names: &[&str]) -> Vec<OsString> {
    let mut found = Vec::new();
    let mut words = arguments.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let Some(rest) = word.as_encoded_bytes().strip_prefix(b"--") else { continue };
        for name in names {
            match rest.strip_prefix(name.as_bytes()) {
                Some([]) => found.extend(words.next().cloned()),
                Some([b'=', value @ ..]) => found.push(os_string(value)),
                _ => {}
            }
        }
    }
    found
}

/// Part of an argument, which need not be text.
pub(crate) fn os_string(bytes: &[u8]) -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec());
    #[cfg(not(unix))]
    String::from_utf8_lossy(bytes).into_owned().into()
}
