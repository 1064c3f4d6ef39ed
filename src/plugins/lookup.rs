//! Resolves typed words to a group or a command.

use std::rc::Rc;

use super::error::Error;
use super::index::GroupSummary;
use super::plugin::Plugin;
use super::words::{self, typed_group};
use crate::engine::{Function, Script};
use crate::generator::{ROOT, typed};
use crate::model::CommandDefinition;
use crate::suggest::nearest;

/// What the words resolve to.
#[derive(Debug)]
pub enum Lookup {
    /// A command.
    Command(Box<Found>),
    /// A group, with no word after it.
    Group {
        /// Its path; empty for the plugin itself.
        group: Vec<String>,
        /// How many of the words were used.
        used: usize,
    },
    /// Nothing.
    Unknown {
        /// The last group that the words resolved to.
        group: Vec<String>,
        /// The word that was not found.
        word: String,
        /// Similar names in that group, as typed.
        similar: Vec<String>,
    },
}

/// A command that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its group's path.
    pub group: Vec<String>,
    /// Its group's script.
    pub script: Rc<Script>,
    /// The function.
    pub function: Function,
    /// What the generator knows about it; `None` for one that the user added.
    pub facts: Option<CommandDefinition>,
    /// How many of the words were used.
    pub used: usize,
}

impl Found {
    /// The whole line that calls it, without arguments: `apicli stripe customers delete`.
    pub fn line(&self, plugin: &str) -> String {
        format!("{} {}", words::line(plugin, &self.group), typed(&self.function.name))
    }

    /// The command's words as typed: `["customers", "delete"]`.
    pub fn words(&self) -> Vec<String> {
        let words = typed_group(&self.group).iter().chain([&self.function.name]);
        words.map(|word| typed(word)).collect()
    }
}

/// Other words for `get`.
const GET_ALIASES: [&str; 3] = ["retrieve", "read", "show"];

impl Plugin {
    /// Every command of a plugin, by group.
    pub fn commands(&self) -> Result<Vec<Found>, Error> {
        let mut commands = Vec::new();
        for group in self.all_groups()? {
            let Some(script) = self.script(&group)? else { continue };
            let mut facts = self.all_facts(&group)?;
            for function in script.functions() {
                let at = facts.iter().position(|facts| facts.function == function.name);
                let facts = at.map(|at| facts.swap_remove(at));
                commands.push(Found {
                    group: group.clone(),
                    script: script.clone(),
                    function,
                    facts,
                    used: 0,
                });
            }
        }
        Ok(commands)
    }

    /// Follows `words` as far as possible, up to the first that begins with a dash.
    pub fn lookup(&self, words: &[String]) -> Result<Lookup, Error> {
        let mut group: Vec<String> = Vec::new();
        let root = [ROOT.to_owned()];
        let mut used = 0;
        for (n, word) in words.iter().enumerate() {
            if word.starts_with('-') {
                break;
            }
            if let Some(name) = self.group_below(&group, word) {
                group.push(name);
                used = n + 1;
                continue;
            }
            let own = if group.is_empty() { &root[..] } else { &group };
            if let Some(script) = self.script_for(own, |names| chosen(names, word))?
                && let Some(function) = function(&script, word)
            {
                let group = own.to_vec();
                let facts = self.facts(&group, &function.name)?;
                return Ok(Lookup::Command(Box::new(Found { group, script, function, facts, used: n + 1 })));
            }
            let similar = self.similar(&group, word)?;
            return Ok(Lookup::Unknown { group, word: word.clone(), similar });
        }
        Ok(Lookup::Group { group, used })
    }

    /// The name of the group that `word` means, right below `group`.
    fn group_below(&self, group: &[String], word: &str) -> Option<String> {
        let name = identifier(word)?;
        let folder = self.dir().join(group.iter().collect::<std::path::PathBuf>());
        // Most groups contain no others: one lookup instead of four.
        if !group.is_empty() && !folder.is_dir() {
            return None;
        }
        [name.clone(), format!("{name}_")].into_iter().find(|name| {
            let is_hooks = group.is_empty() && name == "hooks";
            // Whatever it is: what is not a script or a folder is reported when it is read.
            let is_script = || folder.join(format!("{name}.rhai")).symlink_metadata().is_ok();
            !is_hooks && (is_script() || folder.join(name).is_dir())
        })
    }

    /// The script whose functions are the commands of a group as typed: of the plugin itself, those of [`ROOT`].
    pub fn script_at(&self, group: &[String]) -> Result<Option<std::rc::Rc<Script>>, Error> {
        if group.is_empty() { self.script(&[ROOT.to_owned()]) } else { self.script(group) }
    }

    /// The groups below a group as typed: those of the plugin itself have no [`ROOT`] among them.
    pub fn groups_at(&self, group: &[String]) -> Result<Vec<GroupSummary>, Error> {
        let mut groups = self.groups(group)?;
        // What the user put below it can still be reached by its full name.
        groups.retain(|summary| !group.is_empty() || summary.name != ROOT);
        Ok(groups)
    }

    /// Names in a group that are similar to `word`, closest first.
    fn similar(&self, group: &[String], word: &str) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = self.groups_at(group)?.iter().map(|group| typed(&group.name)).collect();
        if let Some(script) = self.script_at(group)? {
            names.extend(script.functions().iter().map(|function| typed(&function.name)));
        }
        Ok(nearest(word, names))
    }
}

fn function(script: &Script, word: &str) -> Option<Function> {
    let functions = script.functions();
    let names: Vec<String> = functions.iter().map(|function| function.name.clone()).collect();
    let name = chosen(&names, word)?;
    functions.into_iter().find(|function| function.name == name)
}

/// The one of these functions that `word` means.
fn chosen(names: &[String], word: &str) -> Option<String> {
    let name = identifier(word)?;
    let by_name = |wanted: &str| {
        let named = names.iter().find(|name| *name == wanted);
        named.or_else(|| names.iter().find(|name| name.strip_suffix('_') == Some(wanted))).cloned()
    };
    by_name(&name).or_else(|| if GET_ALIASES.contains(&name.as_str()) { by_name("get") } else { None })
}

/// A typed word as an identifier; `None` if it cannot be one. A name in a non-Latin script is typed as the document has it.
fn identifier(word: &str) -> Option<String> {
    if !word.is_ascii() {
        return Some(crate::generator::identifier(word));
    }
    let fits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    fits.then(|| word.replace('-', "_"))
}
