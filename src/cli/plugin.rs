//! A plugin as a command: its words lead to help or to one of its functions.

use std::ffi::OsString;
use std::rc::Rc;

use super::context::Context;
use super::flags::Signature;
use super::registry::Command;
use super::{complete, guess, help, invoke, usage};
use crate::diagnostic::Failure;
use crate::generator::typed;
use crate::plugins::{Lookup, Plugin, typed_group};

pub(super) struct PluginCommand {
    name: String,
    plugin: Rc<Plugin>,
}

impl PluginCommand {
    pub(super) fn new(plugin: Rc<Plugin>) -> Self {
        Self { name: plugin.name(), plugin }
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
                match rest.iter().find(|word| !matches!(word.to_str(), Some("--help" | "-h" | "--help-all")))
                {
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
            _ => words_below(&self.plugin, words),
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

/// Groups and commands that may come after `words`; nothing after a command.
pub(super) fn words_below(plugin: &Plugin, words: &[String]) -> Vec<(String, String)> {
    let mut candidates = Vec::new();
    if let Ok(Lookup::Group { group, .. }) = plugin.lookup(words) {
        for below in plugin.groups_at(&group).unwrap_or_default() {
            candidates.push((typed(&below.name), below.about));
        }
        if let Ok(Some(script)) = plugin.script_at(&group) {
            for function in script.functions() {
                candidates.push((typed(&function.name), help::first_line(&function.doc)));
            }
        }
    }
    candidates
}

/// `apicli stripe customers`.
pub(super) fn line(plugin: &str, group: &[String]) -> String {
    let words = typed_group(group).iter().map(|word| typed(word));
    ["apicli".to_owned(), plugin.to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

/// A word that leads nowhere.
pub(super) fn unknown(plugin: &str, group: &[String], word: &str, similar: &[String]) -> Failure {
    let command = line(plugin, group);
    let failure = usage(format!("`{command}` has no command `{word}`"));
    match similar.first() {
        Some(similar) => failure.hint(format!("did you mean `{command} {similar}`?")),
        None => failure.hint(format!("`{command} --help` shows its commands")),
    }
}
