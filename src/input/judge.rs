//! Validates values against the document, however they were given. This is the only place for these checks.
//!
//! Only what is certain from the facts is refused. They use the type "string" if a text is one of several things that a field
//! accepts, or if a document has no type at all, so a number in such a place is left to the server, and so are members that
//! the facts do not know.

use serde_json::{Map, Value};

use super::checks;
use super::given::plain;
use crate::diagnostic::{Failure, usage};
use crate::model::{Argument, ValueType};

/// `value` as the whole value of an argument, with constants filled in. `name` is the argument's name in messages: `--lines`,
/// or `--lines.0.parts`.
pub(crate) fn value(argument: &Argument, value: Value, name: &str) -> Result<Value, Failure> {
    if !argument.is_map() {
        return one(argument, value, name);
    }
    match value {
        Value::Object(members) => members_of_map(argument, members, name, |_| false).map(Value::Object),
        // Null omits or empties a map.
        Value::Null => Ok(Value::Null),
        Value::String(text) if argument.allow_empty && text.is_empty() => Ok(Value::String(text)),
        other => Err(checks::bad(argument, &plain(&other), name, "is not an object")
            .hint(format!("give an object, or write `{name}.<key> <value>`"))),
    }
}

/// The members of a map. Those that are `declared` are checked by their own arguments instead.
fn members_of_map(
    argument: &Argument,
    members: Map<String, Value>,
    name: &str,
    declared: impl Fn(&str) -> bool,
) -> Result<Map<String, Value>, Failure> {
    let judged = members.into_iter().map(|(key, member)| {
        if declared(&key) {
            return Ok((key, member));
        }
        let member = one(argument, member, &format!("{name}.{key}"))?;
        Ok((key, member))
    });
    judged.collect()
}

/// The value of an argument that is not a map, or one value of a map.
pub(crate) fn one(argument: &Argument, value: Value, name: &str) -> Result<Value, Failure> {
    if value.is_null() && argument.nullable {
        return Ok(value);
    }
    if !argument.is_list() {
        return item(argument, value, name);
    }
    match value {
        Value::Array(items) => list(argument, items, name).map(Value::Array),
        Value::String(text) if argument.allow_empty && text.is_empty() => Ok(Value::String(text)),
        other if argument.multiplicity.takes_one() => item(argument, other, name),
        other => Err(checks::bad(argument, &plain(&other), name, "is not a list")
            .hint("give an array, or the items one by one")),
    }
}

fn list(argument: &Argument, items: Vec<Value>, name: &str) -> Result<Vec<Value>, Failure> {
    let items: Vec<Value> = items
        .into_iter()
        .enumerate()
        .map(|(n, value)| list_item(argument, value, name, n))
        .collect::<Result<_, _>>()?;
    checks::items(argument, &items, name)?;
    Ok(items)
}

/// The item of that number. An item that is not an object is reported by the name of its list, like a typed one.
pub(crate) fn list_item(
    argument: &Argument,
    value: Value,
    name: &str,
    number: usize,
) -> Result<Value, Failure> {
    match value {
        // Facts only say whether the list may be null, not its items.
        Value::Null => Ok(value),
        Value::Object(_) => item(argument, value, &format!("{name}.{number}")),
        other => item(argument, other, name),
    }
}

/// One item, or one value that is not a list.
pub(crate) fn item(argument: &Argument, value: Value, name: &str) -> Result<Value, Failure> {
    match value {
        Value::Object(mut members) if !argument.fields.is_empty() => {
            object(&argument.fields, &mut members, name)?;
            Ok(Value::Object(members))
        }
        // In addition to one value, a document may allow lists of anything; and a map without a type accepts anything.
        Value::Object(_) | Value::Array(_)
            if argument.multiplicity.takes_one()
                || argument.is_map() && argument.value_type == ValueType::String =>
        {
            Ok(value)
        }
        other => scalar(argument, other, name),
    }
}

/// An object with these fields: each is validated, constants are filled in, and required fields must be present.
pub(crate) fn object(
    arguments: &[Argument],
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<(), Failure> {
    below(arguments, &[], members, &format!("{name}."))?;
    required(arguments, members, name)
}

/// The same after its fields have been validated.
pub(crate) fn required(
    arguments: &[Argument],
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<(), Failure> {
    match complete(arguments, members, true, |_| true).first() {
        None => Ok(()),
        Some(missing) => Err(usage(format!("`{name}.{missing}` is missing"))
            .hint("it is required once its object has any field")),
    }
}

/// Validates the values in `members` for the arguments with keys below `key`; with an empty key, for all of them. `prefix`
/// precedes their names.
pub(crate) fn below(
    arguments: &[Argument],
    key: &[String],
    members: &mut Map<String, Value>,
    prefix: &str,
) -> Result<(), Failure> {
    for argument in arguments {
        let path = argument.key();
        if !path.starts_with(key) || path.len() == key.len() {
            continue;
        }
        let Some(slot) = at_mut(members, &path) else { continue };
        let name = format!("{prefix}{}", argument.name);
        let given = std::mem::take(slot);
        *slot = match given {
            Value::Object(inner) if argument.is_map() => {
                let declared = |key: &str| {
                    arguments.iter().any(|other| {
                        let other = other.key();
                        other.len() > path.len()
                            && other.starts_with(&path)
                            && other.get(path.len()).is_some_and(|next| next == key)
                    })
                };
                Value::Object(members_of_map(argument, inner, &name, declared)?)
            }
            // A text or an object; the object's fields are arguments of their own.
            Value::Object(inner) if opens(arguments, argument) => Value::Object(inner),
            other => value(argument, other, &name)?,
        };
    }
    Ok(())
}

/// Whether there are arguments for the fields of the object that this one also accepts.
pub(crate) fn opens(arguments: &[Argument], argument: &Argument) -> bool {
    let path = argument.key();
    arguments.iter().any(|other| other.key().len() > path.len() && other.key().starts_with(&path))
}

/// A value that is neither a list nor an object, or has no known structure.
fn scalar(argument: &Argument, value: Value, name: &str) -> Result<Value, Failure> {
    if argument.allow_empty && value.as_str() == Some("") {
        return Ok(value);
    }
    let text = plain(&value);
    let listed = argument.allowed.as_ref().is_some_and(|allowed| allowed.contains(&value));
    if !listed && let Some(why) = other_type(argument, &value) {
        return Err(checks::bad(argument, &text, name, why));
    }
    checks::value(argument, &text, name, value)
}

/// Why the value cannot be of the argument's type.
fn other_type(argument: &Argument, value: &Value) -> Option<&'static str> {
    let whole = |number: &serde_json::Number| {
        // JSON Schema, 4.2.3 of "Validation": 1.0 is an integer.
        !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
    };
    match (argument.value_type, value) {
        (ValueType::Integer, Value::Number(number)) if whole(number) => None,
        (ValueType::Integer, _) => Some("is not a whole number"),
        (ValueType::Number, Value::Number(_)) | (ValueType::Boolean, Value::Bool(_)) => None,
        (ValueType::Number, _) => Some("is not a number"),
        (ValueType::Boolean, _) => Some("is neither `true` nor `false`"),
        (ValueType::File, Value::String(_)) => None,
        (ValueType::File, _) => Some("is not a file"),
        (ValueType::String, Value::Object(_) | Value::Array(_) | Value::Null) => Some("is not a text"),
        // Items of a list with fields are always objects.
        (ValueType::Json, Value::String(_) | Value::Number(_) | Value::Bool(_))
            if argument.is_list()
                && !argument.is_map()
                && !argument.multiplicity.takes_one()
                && !argument.fields.is_empty() =>
        {
            Some("is not an object")
        }
        (ValueType::String | ValueType::Json, _) => None,
    }
}

/// Fills in constants, and returns the names of what is missing. `rooted` means that the object exists whatever is given in
/// it; `asked` decides whether an argument counts: what comes from `--body` instead does not.
pub(crate) fn complete(
    arguments: &[Argument],
    object: &mut Map<String, Value>,
    rooted: bool,
    asked: impl Fn(&Argument) -> bool,
) -> Vec<String> {
    // Constants alone do not create an object.
    let wanted = |argument: &&Argument| {
        let needed = argument.needed.is_some_and(|anchor| match argument.key().get(..anchor) {
            Some([]) => rooted,
            Some(key) => at(object, key).is_some_and(Value::is_object),
            None => false,
        });
        (argument.required || needed) && !has(object, &argument.key()) && asked(argument)
    };
    let wanted: Vec<&Argument> = arguments.iter().filter(wanted).collect();
    let mut missing = Vec::new();
    for argument in wanted {
        match argument.constant() {
            Some(value) => {
                insert(object, &argument.key(), value.clone());
            }
            None => missing.push(argument.name.clone()),
        }
    }
    missing
}

/// Something is given at this key, or an enclosing object is given as something other than an object.
fn has(object: &Map<String, Value>, key: &[String]) -> bool {
    let Some((first, rest)) = key.split_first() else { return true };
    match object.get(first) {
        None => false,
        Some(Value::Object(inner)) => has(inner, rest),
        Some(_) => true,
    }
}

fn at<'v>(object: &'v Map<String, Value>, key: &[String]) -> Option<&'v Value> {
    let (first, rest) = key.split_first()?;
    let value = object.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_object()?, rest) }
}

fn at_mut<'v>(object: &'v mut Map<String, Value>, key: &[String]) -> Option<&'v mut Value> {
    let (first, rest) = key.split_first()?;
    let value = object.get_mut(first)?;
    if rest.is_empty() { Some(value) } else { at_mut(value.as_object_mut()?, rest) }
}

/// Puts a value at `path`, creating objects on the way. False if there is something else: a whole and one of its parts cannot
/// both be given.
pub(crate) fn insert(map: &mut Map<String, Value>, path: &[String], value: Value) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    if rest.is_empty() {
        return !map.contains_key(first) && {
            map.insert(first.clone(), value);
            true
        };
    }
    match map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => insert(inner, rest, value),
        _ => false,
    }
}
