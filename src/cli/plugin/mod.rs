//! A plugin as a command: its words lead to help or to one of its functions.

pub(crate) mod candidates;
mod complete;
pub(crate) mod flags;
mod guess;
mod help;
pub(crate) mod invoke;

use std::ffi::OsString;
use std::rc::Rc;

use self::invoke::Typed;
use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::diagnostic::{Failure, usage};
use crate::input::Signature;
use crate::plugins::{Lookup, Plugin, line, unknown};

pub(crate) struct PluginCommand {
    name: String,
    plugin: Rc<Plugin>,
}

impl PluginCommand {
    pub(crate) fn new(plugin: Rc<Plugin>) -> Self {
        Self { name: plugin.name(), plugin }
    }

    /// The command that the arguments call, with its values; `None` if they ask for the help of a group, which is then
    /// shown.
    pub(crate) fn typed(&self, arguments: &[OsString], context: &Context) -> Result<Option<Typed>, Failure> {
        let words: Vec<String> =
            arguments.iter().map_while(|word| word.to_str().map(str::to_owned)).collect();
        match self.plugin.lookup(&words)? {
            Lookup::Command(found) => {
                let rest = arguments.get(found.used..).unwrap_or_default();
                Typed::parse(&self.plugin, *found, rest, context).map(Some)
            }
            Lookup::Group { group, used } => {
                let rest = arguments.get(used..).unwrap_or_default();
                // `apicli stripe` and `apicli stripe --help` show the same; any other flag belongs to a command.
                match flags::of_group(rest) {
                    None => crate::output::text(&help::group(&self.plugin, &group)?).map(|()| None),
                    Some(word) => {
                        let command = line(&self.name, &group);
                        Err(usage(format!("`{}` needs a command after `{command}`", word.to_string_lossy()))
                            .hint(format!("`{command} --help` shows its commands")))
                    }
                }
            }
            Lookup::Unknown { group, word, similar } => {
                let failure = unknown(&self.name, &group, &word, &similar);
                Err(match guess::meant(&self.plugin, arguments) {
                    Some(meant) => failure.hint(format!("try: {meant}")),
                    None => failure,
                })
            }
        }
    }
}

impl Command for PluginCommand {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> String {
        let manifest = self.plugin.manifest();
        crate::text::printable(&manifest.title).into_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        match self.typed(arguments, context)? {
            Some(typed) => typed.run(&self.plugin, context),
            None => Ok(()),
        }
    }

    fn complete(&self, words: &[String], _context: &Context) -> Vec<(String, String)> {
        match self.plugin.lookup(words) {
            Ok(Lookup::Command(found)) => {
                let rest = words.get(found.used..).unwrap_or_default();
                complete::arguments(&Signature::of(&found), rest)
            }
            _ => candidates::words_below(&self.plugin, words),
        }
    }

    fn complete_value(&self, words: &[String], flag: &str, _context: &Context) -> Vec<(String, String)> {
        match self.plugin.lookup(words) {
            Ok(Lookup::Command(found)) => {
                complete::values_of(&Signature::of(&found), flag).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}
