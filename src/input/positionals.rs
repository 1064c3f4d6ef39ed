//! Arguments that are given by their place, or by name.

use std::collections::HashSet;

use serde_json::Value;

use super::signature::Signature;
use super::{fields, values};
use crate::diagnostic::{Failure, usage};
use crate::model::own_flag::{KEPT_LETTERS, is_kept_name, is_own_name};
use crate::model::{Argument, ValueType};

/// How a positional is given by name: `--namespace`, and `-n` if it is of the document's scope. Absent is what a flag of
/// the command has already. What apicli keeps for itself has its place before it: `--path-server`.
#[derive(Debug, Default)]
pub(crate) struct ByName {
    /// Without its dashes.
    pub(crate) long: Option<String>,
    /// One lower-case letter.
    pub(crate) short: Option<char>,
    /// Other spellings of it: `owner_id`, `ownerId`.
    pub(crate) aliases: Vec<String>,
}

/// The names of positionals. `scope` has the wire names of those that are of the document's scope.
pub(crate) fn names(positionals: &[Argument], flags: &[Argument], scope: &[String]) -> Vec<ByName> {
    if positionals.is_empty() {
        return Vec::new();
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut shorts = HashSet::from(KEPT_LETTERS);
    // Of two flags with one spelling, the one that is a flag has it: the whole of an object (`--owner`) too.
    let mut free = |name: &str| {
        let sound =
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        sound
            && !name.starts_with('-')
            && fields::find(flags, &[name]).is_none()
            && taken.insert(name.to_owned())
    };
    let mut names: Vec<ByName> = positionals
        .iter()
        .map(|argument| ByName {
            long: Some(match is_kept_name(&argument.name) {
                true => format!("path-{}", argument.name),
                false => argument.name.clone(),
            })
            .filter(|name| free(name)),
            ..ByName::default()
        })
        .collect();
    for (argument, name) in positionals.iter().zip(&mut names).filter(|(_, name)| name.long.is_some()) {
        let spellings = [argument.name.replace('-', "_"), argument.wire_name().into_owned()];
        let prefixed = is_own_name(&argument.name).then(|| format!("path-{}", argument.name));
        name.aliases = spellings.into_iter().chain(prefixed).filter(|spelling| free(spelling)).collect();
        if scope.iter().any(|wire| *wire == argument.wire_name()) {
            let first = argument.name.chars().next().filter(char::is_ascii_lowercase);
            name.short = first.filter(|short| shorts.insert(*short));
        }
    }
    names
}

impl ByName {
    /// `-n`, `--namespace`, each between `mark`s.
    pub(crate) fn shown(&self, mark: &str) -> Option<String> {
        let long = self.long.as_ref()?;
        let short = self.short.map(|short| format!("{mark}-{short}{mark}, ")).unwrap_or_default();
        Some(format!("{short}{mark}--{long}{mark}"))
    }

    /// Whether a typed word, up to its `=`, is this name. `-nx` is one with its value.
    pub(crate) fn is(&self, word: &str) -> bool {
        match word.strip_prefix("--") {
            Some(name) => {
                self.long.as_deref() == Some(name) || self.aliases.iter().any(|alias| alias == name)
            }
            None => {
                word.strip_prefix('-').is_some_and(|rest| self.short.is_some_and(|c| rest.starts_with(c)))
            }
        }
    }
}

impl Signature {
    /// The values of positionals: by name, else by place among those that are not named. One that can have only one value
    /// need not be typed.
    pub(crate) fn positional_values(
        &self,
        placed: &[String],
        named: &[Option<String>],
        command: &str,
    ) -> Result<Vec<String>, Failure> {
        let all = placed.len() == self.positionals.len();
        let by_place = named.iter().all(Option::is_none);
        let mut placed = placed.iter();
        let mut values = Vec::with_capacity(self.positionals.len());
        let mut last: Option<(&Argument, &String)> = None;
        for ((argument, by_name), named) in self.positionals.iter().zip(&self.names).zip(named) {
            let named = named.as_ref();
            let name = match (named, &by_name.long) {
                (Some(_), Some(long)) => format!("--{long}"),
                _ => format!("<{}>", argument.name),
            };
            if let (None, Some(value)) = (named, argument.constant()) {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                // Beside named ones, only its own value is meant for it.
                let is_meant = placed.as_slice().first().is_some_and(|text| **text == value);
                if !all && (by_place || !is_meant) {
                    values.push(value);
                    continue;
                }
            }
            let Some(text) = named.or_else(|| placed.next()) else {
                let also = by_name.shown("`").map(|names| format!(" ({names})")).unwrap_or_default();
                let see = format!("`{command} --help` shows what it takes");
                return Err(usage(format!("`{name}`{also} is missing")).hint(match last {
                    // Who left out the first of two has given the second in its place.
                    Some((taken, text)) => {
                        format!("`{}` was taken as `<{}>`; {see}", values::shown(text), taken.name)
                    }
                    None => see,
                }));
            };
            if named.is_none() {
                last = Some((argument, text));
            }
            check(argument, text, &name)?;
            values.push(text.clone());
        }
        match placed.next() {
            None => Ok(values),
            Some(word) => Err(usage(format!("`{word}` is one argument too many"))
                .hint(format!("`{command} --help` shows what it takes"))),
        }
    }
}

fn check(argument: &Argument, text: &str, name: &str) -> Result<(), Failure> {
    let is_json = text.trim_start().starts_with(['[', '{', '"']);
    if argument.is_list() && text.trim_start().starts_with('[') {
        if !matches!(serde_json::from_str(text), Ok(Value::Array(_))) {
            return Err(
                usage(format!("`{text}` for `{name}` is no JSON array")).hint("write it as `a,b` or as JSON")
            );
        }
    } else if argument.is_list() {
        for part in text.split(',') {
            values::scalar(argument, part, name)?;
        }
    } else if argument.value_type != ValueType::Json || is_json || !text.contains('=') {
        // An object in a path may be typed as `k=v,l=w` too.
        values::scalar(argument, text, name)?;
    }
    Ok(())
}
