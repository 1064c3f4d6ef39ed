//! The words of plugins, groups and commands as they are typed.

use crate::diagnostic::{Failure, usage};
use crate::generator::{ROOT, typed};

/// `apicli stripe customers`.
pub(crate) fn line(plugin: &str, group: &[String]) -> String {
    let words = typed_group(group).iter().map(|word| typed(word));
    ["apicli".to_owned(), plugin.to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

/// A word that was not found.
pub(crate) fn unknown(plugin: &str, group: &[String], word: &str, similar: &[String]) -> Failure {
    let command = line(plugin, group);
    let failure = usage(format!("`{command}` has no command `{word}`"));
    match similar.first() {
        Some(similar) => failure.hint(format!("did you mean `{command} {similar}`?")),
        None => failure.hint(format!("`{command} --help` shows its commands")),
    }
}

/// The words of a group that have to be typed: all but [`ROOT`].
pub(crate) fn typed_group(group: &[String]) -> &[String] {
    match group {
        [first, rest @ ..] if first == ROOT => rest,
        _ => group,
    }
}
