//! One argument in help: its label, and a short description.

use std::fmt::Write as _;

use super::given::plain;
use crate::model::{Argument, Constraints, Location, ValueType};
use crate::openapi::sentence;
use crate::text::shown;

/// The most values of an enum, and fields of an item, that are listed.
const MAX_LISTED: usize = 12;

/// The longest pattern that is shown among other notes, in characters.
const MAX_PATTERN: usize = 30;

/// A length limit from this size is shown only with everything else.
const LONG: u64 = 256;

/// The parameter that contains this field.
fn outermost(argument: &Argument) -> &str {
    argument.wire_path.first().map(String::as_str).unwrap_or_default()
}

/// `--metadata.<key> <text>`
pub(crate) fn label(flag: &Argument) -> String {
    let key = if flag.is_map() { ".<key>" } else { "" };
    match placeholder(flag).as_str() {
        "" => format!("--{}{key}", flag.name),
        value => format!("--{}{key} {value}", flag.name),
    }
}

/// `<integer>...`; empty for a switch.
pub(crate) fn placeholder(flag: &Argument) -> String {
    let value = match (flag.value_type, flag.format.as_deref()) {
        (ValueType::Boolean, _) if !flag.is_map() && !flag.is_list() => return String::new(),
        (ValueType::String, Some("date")) => "<date>",
        (ValueType::String, Some("date-time")) => "<date-time>",
        (ValueType::Integer, Some("unix-time")) => "<unix-time>",
        (ValueType::String, _) => "<text>",
        (ValueType::Integer, _) => "<integer>",
        (ValueType::Number, _) => "<number>",
        (ValueType::Boolean, _) => "<boolean>",
        (ValueType::File, _) => "<file>",
        (ValueType::Json, _) if !flag.fields.is_empty() => "<fields>",
        (ValueType::Json, _) => "<json>",
    };
    if flag.is_list() { format!("{value}...") } else { value.to_owned() }
}

/// The first sentence of its description, followed by notes in brackets.
pub(crate) fn describe(argument: &Argument) -> String {
    let mut text = sentence(&argument.description);
    let mut add = |note: &str| {
        if !text.is_empty() {
            text.push(' ');
        }
        let _ = write!(text, "[{note}]");
    };
    if argument.deprecated {
        add("deprecated");
    }
    if let Some(allowed) = argument.allowed.as_ref().filter(|allowed| !allowed.is_empty()) {
        let null = if argument.nullable { ", null" } else { "" };
        add(&format!("{}{null}", listed(allowed.len(), allowed.iter().map(plain))));
    } else if argument.nullable {
        add("or null");
    }
    if let Some(default) = &argument.default {
        add(&format!("default: {}", shown(&plain(default))));
    }
    if (argument.required || argument.needed.is_some()) && argument.constant().is_some() {
        add("sent automatically");
    } else if let Some(depth) = argument.needed {
        // The body, or the object that the flags belong to.
        match argument.name.split('.').take(depth).collect::<Vec<_>>().join(".") {
            object if object.is_empty() && !argument.needed_in.is_empty() => {
                add(&format!("required in {}", argument.needed_in.join(", ")));
            }
            object if object.is_empty() => add("required in a body"),
            object => add(&format!("required in {object}")),
        }
    }
    for note in bounds(&argument.constraints, false) {
        add(&note);
    }
    if !argument.fields.is_empty() {
        let names = argument.fields.iter().map(|field| {
            let mark = if field.needed == Some(0) && field.constant().is_none() { "*" } else { "" };
            format!("{}{mark}", field.name)
        });
        let or = if argument.value_type == ValueType::Json { "" } else { "or " };
        add(&format!("{or}fields: {}", listed(argument.fields.len(), names)));
    }
    if !argument.alternatives.is_empty() {
        add(&format!("for {}", argument.alternatives.join(", ")));
    }
    if !argument.media_types.is_empty() {
        add(&format!("in {}", argument.media_types.join(", ")));
    }
    match argument.location {
        Location::Header => add(&format!("header `{}`", outermost(argument))),
        Location::Cookie => add(&format!("cookie `{}`", outermost(argument))),
        _ => {}
    }
    text
}

fn listed(count: usize, names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.take(MAX_LISTED).collect();
    let more =
        if count > names.len() { format!(", and {} more", count - names.len()) } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// Bounds in words, one note each. Long patterns and limits that nobody reaches are only included with `all`.
pub(crate) fn bounds(bounds: &Constraints, all: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let least = bounds.minimum.map(|least| (least, bounds.exclusive_minimum));
    let most = bounds.maximum.map(|most| (most, bounds.exclusive_maximum));
    let lower = |(least, open): (f64, bool)| format!("{} {least}", if open { "above" } else { "at least" });
    let upper = |(most, open): (f64, bool)| format!("{} {most}", if open { "below" } else { "at most" });
    match (least, most) {
        (Some((least, false)), Some((most, false))) => notes.push(format!("{least} to {most}")),
        (Some(least), Some(most)) => notes.push(format!("{}, {}", lower(least), upper(most))),
        (Some(least), None) => notes.push(lower(least)),
        (None, Some(most)) => notes.push(upper(most)),
        (None, None) => {}
    }
    notes.extend(bounds.multiple_of.map(|step| format!("multiple of {step}")));
    // A limit that nobody reaches is not worth a note.
    let most = bounds.max_length.filter(|most| all || *most < LONG);
    notes.extend(count(bounds.min_length, most, "character"));
    notes.extend(count(bounds.min_items, bounds.max_items, "item"));
    if bounds.unique_items {
        notes.push("no duplicates".to_owned());
    }
    let pattern = bounds.pattern.iter().filter(|pattern| all || pattern.chars().count() <= MAX_PATTERN);
    notes.extend(pattern.map(|pattern| format!("matches {pattern}")));
    notes
}

fn count(least: Option<u64>, most: Option<u64>, what: &str) -> Option<String> {
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    match (least.filter(|least| *least > 0), most) {
        (Some(least), Some(most)) if least == most => Some(format!("{most} {what}{}", plural(most))),
        (Some(least), Some(most)) => Some(format!("{least} to {most} {what}{}", plural(most))),
        (Some(least), None) => Some(format!("at least {least} {what}{}", plural(least))),
        (None, Some(most)) => Some(format!("at most {most} {what}{}", plural(most))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Multiplicity};

    #[test]
    fn bounds_in_words() {
        let none = Constraints::default;
        for (given, words) in [
            (Constraints { minimum: Some(1.0), maximum: Some(10.0), ..none() }, "1 to 10"),
            (
                Constraints { minimum: Some(0.0), exclusive_minimum: true, maximum: Some(1.5), ..none() },
                "above 0, at most 1.5",
            ),
            (
                Constraints { minimum: Some(0.0), multiple_of: Some(0.5), ..none() },
                "at least 0|multiple of 0.5",
            ),
            (Constraints { min_length: Some(2), max_length: Some(2), ..none() }, "2 characters"),
            (Constraints { min_length: Some(0), max_length: Some(1), ..none() }, "at most 1 character"),
            (
                Constraints { min_items: Some(1), unique_items: true, ..none() },
                "at least 1 item|no duplicates",
            ),
            (Constraints { pattern: Some("^a".to_owned()), ..none() }, "matches ^a"),
            (Constraints { pattern: Some("a".repeat(31)), ..none() }, ""),
        ] {
            assert_eq!(bounds(&given, false).join("|"), words);
        }
    }

    #[test]
    fn an_argument_in_few_words() {
        let mut flag = Argument::new("kind", Kind::Flag, Location::Body, "kind");
        flag.description = "What it is. More of it.".to_owned();
        flag.allowed = Some(vec!["a".into(), 2.into()]);
        (flag.nullable, flag.default) = (true, Some("a".into()));
        flag.alternatives = vec!["card".to_owned()];
        assert_eq!(describe(&flag), "What it is [a, 2, null] [default: a] [for card]");
        let mut items =
            Argument { value_type: ValueType::Json, multiplicity: Multiplicity::List, ..flag.clone() };
        (items.allowed, items.default, items.nullable) = (None, None, false);
        items.fields =
            vec![Argument { needed: Some(0), ..flag.clone() }, Argument { name: "b".to_owned(), ..flag }];
        assert_eq!(label(&items), "--kind <fields>...");
        assert_eq!(describe(&items), "What it is [fields: kind*, b] [for card]");
    }
}
