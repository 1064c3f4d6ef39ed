//! The flags of a command for clap. Names are resolved before: clap sees each flag under a single name.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use super::names::FlagNames;
use crate::input::{Signature, is_switch};
use crate::model::own_flag::{Definition, OWN_FLAGS, Takes};

/// A command's flags.
pub(super) fn command(signature: &Signature, names: &FlagNames<'_>) -> Command {
    let mut command = Command::new("command")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .allow_negative_numbers(true)
        .args(OWN_FLAGS.iter().map(|own| {
            let arg = argument(own).long(names.shown(own));
            match names.letter(own) {
                Some(short) => arg.short(short),
                None => arg,
            }
        }));
    for (n, argument) in signature.positionals.iter().enumerate() {
        command = command.arg(Arg::new(format!("p{n}")).value_name(argument.name.clone()));
    }
    for (n, name) in signature.names.iter().enumerate() {
        let Some(long) = &name.long else { continue };
        let arg = Arg::new(format!("n{n}")).long(long.clone()).value_name("VALUE");
        command = command.arg(match name.short {
            Some(short) => arg.short(short),
            None => arg,
        });
    }
    for (n, argument) in signature.flags.iter().enumerate() {
        // Facts are not trusted: a name that only apicli may have is ignored.
        let is_own = OWN_FLAGS.iter().any(|own| names.shown(own) == argument.name);
        let long = if is_own { format!("f{n}.{}", argument.name) } else { argument.name.clone() };
        let mut arg = Arg::new(format!("f{n}")).long(long).value_name(argument.value_type.name());
        if is_switch(argument) {
            arg = arg.num_args(0..=1).require_equals(true).default_missing_value("true");
        }
        let many = argument.is_list() || argument.is_map();
        command = command.arg(if many { arg.action(ArgAction::Append) } else { arg.action(ArgAction::Set) });
    }
    command
}

/// A flag of apicli, under its long name.
fn argument(own: &'static Definition) -> Arg {
    let arg = Arg::new(own.long);
    match own.takes {
        Takes::Nothing => arg.action(ArgAction::SetTrue),
        Takes::Text(value) => arg.value_name(value),
        Takes::Texts(value) => arg.value_name(value).action(ArgAction::Append),
        Takes::Perhaps(value) => {
            arg.value_name(value).num_args(0..=1).require_equals(true).default_missing_value("")
        }
        Takes::Path(value) => arg.value_name(value).value_parser(clap::value_parser!(OsString)),
        Takes::OneOf(value, values) => arg.value_name(value).value_parser(values.to_vec()),
        Takes::Seconds(_) => arg.value_name("SECONDS").value_parser(clap::value_parser!(f64)),
    }
}
