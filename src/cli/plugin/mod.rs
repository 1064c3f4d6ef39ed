//! A plugin as a command: its words lead to help or to one of its functions.

pub(crate) mod candidates;
mod complete;
pub(crate) mod flags;
mod guess;
mod help;
pub(crate) mod invoke;

use std::ffi::OsString;
use std::rc::Rc;

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

    /// Whether a command line of the plugin reads its body from standard input.
    pub(crate) fn reads_standard_input(&self, arguments: &[OsString]) -> Result<bool, Failure> {
        let words: Vec<String> =
            arguments.iter().map_while(|word| word.to_str().map(str::to_owned)).collect();
        match self.plugin.lookup(&words)? {
            Lookup::Command(found) => {
                let rest = arguments.get(found.used..).unwrap_or_default();
                invoke::reads_standard_input(&self.plugin, &found, rest)
            }
            Lookup::Group { .. } | Lookup::Unknown { .. } => Ok(false),
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
        let words: Vec<String> =
            arguments.iter().map_while(|word| word.to_str().map(str::to_owned)).collect();
        match self.plugin.lookup(&words)? {
            Lookup::Command(found) => {
                let rest = arguments.get(found.used..).unwrap_or_default();
                invoke::run(&self.plugin, &found, rest, context)
            }
            Lookup::Group { group, used } => {
                let rest = arguments.get(used..).unwrap_or_default();
                // `apicli stripe` and `apicli stripe --help` show the same; any other flag belongs to a command.
                match flags::of_group(rest) {
                    None => crate::output::text(&help::group(&self.plugin, &group)?),
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
