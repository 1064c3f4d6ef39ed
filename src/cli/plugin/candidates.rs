//! Completion of a plugin's words.

use crate::generator::typed;
use crate::plugins::{Lookup, Plugin};
use crate::text::first_paragraph;

/// Groups and commands that may come after `words`; nothing after a command.
pub(crate) fn words_below(plugin: &Plugin, words: &[String]) -> Vec<(String, String)> {
    let mut candidates = Vec::new();
    if let Ok(Lookup::Group { group, .. }) = plugin.lookup(words) {
        for below in plugin.groups_at(&group).unwrap_or_default() {
            candidates.push((typed(&below.name), below.about));
        }
        if let Ok(Some(script)) = plugin.script_at(&group) {
            for function in script.functions() {
                candidates.push((typed(&function.name), first_paragraph(&function.doc)));
            }
        }
    }
    candidates
}
