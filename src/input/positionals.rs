//! Arguments that are given by position or by name.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::given::{GivenValue, plain};
use super::{fields, judge, values};
use crate::diagnostic::{Failure, usage};
use crate::model::media::is_json;
use crate::model::own_flag::{KEPT_LETTERS, is_kept_name, is_own_name};
use crate::model::{Argument, ValueType};
use crate::text::{commas, shown};

/// How a positional is given by name: `--namespace`, and `-n` if it belongs to the document's scope. Names that a flag of the
/// command already has are absent. Names that apicli reserves get their location as a prefix: `--path-server`.
#[derive(Debug, Default)]
pub(crate) struct ByName {
    /// Without its dashes.
    pub(crate) long: Option<String>,
    /// One lower-case letter.
    pub(crate) short: Option<char>,
    /// Other spellings of it: `owner_id`, `ownerId`.
    pub(crate) aliases: Vec<String>,
}

/// The names of positionals. `scope` has the wire names of those that belong to the document's scope.
pub(crate) fn names(positionals: &[Argument], flags: &[Argument], scope: &[String]) -> Vec<ByName> {
    if positionals.is_empty() {
        return Vec::new();
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut shorts = HashSet::from(KEPT_LETTERS);
    // If a flag has the same spelling, the flag wins, including that for a whole object (`--owner`).
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

    /// Whether a typed word, up to its `=`, is this name. `-nx` is one with a value.
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

/// The values of positionals: by name, else by position among those that are not named. A constant need not be
/// typed.
pub(crate) fn values(
    positionals: &[Argument],
    names: &[ByName],
    placed: &[String],
    named: &[Option<GivenValue>],
    command: &str,
) -> Result<Vec<Value>, Failure> {
    let all = placed.len() == positionals.len();
    let by_place = named.iter().all(Option::is_none);
    let mut placed = placed.iter();
    let mut values = Vec::with_capacity(positionals.len());
    let mut last: Option<(&Argument, &String)> = None;
    for ((argument, by_name), named) in positionals.iter().zip(names).zip(named) {
        let named = named.as_ref();
        let name = match (named, &by_name.long) {
            (Some(_), Some(long)) => format!("--{long}"),
            _ => format!("<{}>", argument.name),
        };
        if let (None, Some(value)) = (named, argument.constant()) {
            let value = plain(value);
            // With named ones present, it only accepts its own value.
            let is_meant = placed.as_slice().first().is_some_and(|text| **text == value);
            if !all && (by_place || !is_meant) {
                values.push(Value::String(value));
                continue;
            }
        }
        if let Some(GivenValue::Json(given)) = named {
            values.push(of_data(argument, given, &name)?);
            continue;
        }
        let word = match named {
            Some(GivenValue::Typed(text)) => Some(text),
            _ => placed.next(),
        };
        let Some(text) = word else {
            let also = by_name.shown("`").map(|names| format!(" ({names})")).unwrap_or_default();
            let see = format!("`{command} --help` shows what it takes");
            return Err(usage(format!("`{name}`{also} is missing")).hint(match last {
                // If the first of two was left out, the second was taken for it.
                Some((taken, text)) => {
                    format!("`{}` was taken as `<{}>`; {see}", shown(text), taken.name)
                }
                None => see,
            }));
        };
        if named.is_none() {
            last = Some((argument, text));
        }
        values.push(of_word(argument, text, &name)?);
    }
    match placed.next() {
        None => Ok(values),
        Some(word) => Err(usage(format!("`{word}` is one argument too many"))
            .hint(format!("`{command} --help` shows what it takes"))),
    }
}
/// The value of a word: a list by the grammar of flags (`a,b`, `\,`, JSON), an object as JSON or as `k=v,l=w`. A single value
/// stays a text, as scripts expect: `007` is unchanged, in a list too.
fn of_word(argument: &Argument, text: &str, name: &str) -> Result<Value, Failure> {
    let start = text.trim_start();
    if argument.is_list() {
        let value = fields::value(argument, vec![(Vec::new(), text.into())], name)?;
        return Ok(match value {
            Value::Array(items) if sends_json(argument) => Value::Array(items),
            Value::Array(items) if start.starts_with('[') => Value::Array(as_texts(items)),
            Value::Array(_) => Value::Array(commas(text).into_iter().map(Value::String).collect()),
            other => other,
        });
    }
    if argument.value_type == ValueType::Json && start.starts_with('{') {
        return judge::value(argument, values::json(text, name)?, name);
    }
    if argument.value_type == ValueType::Json
        && !start.starts_with(['[', '"'])
        && text.contains('=')
        && argument.serialization.content_type.is_none()
    {
        return pairs(text, name);
    }
    let value = values::scalar(argument, text, name)?;
    Ok(if value.is_array() { value } else { Value::String(text.to_owned()) })
}

/// The value of data; the same as for the words that mean it.
fn of_data(argument: &Argument, given: &Value, name: &str) -> Result<Value, Failure> {
    let judged = match given {
        Value::String(text) if !argument.is_list() && argument.value_type != ValueType::Json => {
            values::scalar(argument, text, name)?;
            given.clone()
        }
        Value::Null => return Err(usage(format!("`{name}` is null")).hint("give it a value")),
        given => judge::value(argument, given.clone(), name)?,
    };
    Ok(match judged {
        Value::Array(items) if !sends_json(argument) => Value::Array(as_texts(items)),
        Value::Array(_) | Value::Object(_) => judged,
        // JSON, so that a text is read as a text.
        other if argument.value_type == ValueType::Json => Value::String(other.to_string()),
        other => Value::String(plain(&other)),
    })
}

fn as_texts(items: Vec<Value>) -> Vec<Value> {
    let text = |item: Value| match item {
        Value::Number(_) | Value::Bool(_) => Value::String(item.to_string()),
        other => other,
    };
    items.into_iter().map(text).collect()
}

/// Whether it is serialized as JSON, where `1` is not `"1"`.
fn sends_json(argument: &Argument) -> bool {
    argument.serialization.content_type.as_deref().is_some_and(is_json)
}

/// `k=v,l=w`
fn pairs(text: &str, name: &str) -> Result<Value, Failure> {
    let mut members = Map::new();
    for pair in commas(text) {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(usage(format!("`{}` in `{name}` is not `field=value`", shown(&pair)))
                .hint("write a comma inside a value as `\\,`"));
        };
        if members.insert(key.to_owned(), value.into()).is_some() {
            return Err(
                usage(format!("`{}` in `{name}` is given more than once", shown(key))).hint("give it once")
            );
        }
    }
    Ok(Value::Object(members))
}
