//! Values on their way from a script into a request: JSON, and files that the user named.

use indexmap::IndexMap;
use rhai::{Array, Dynamic, Map as RhaiMap};
use serde_json::{Map, Value};

use super::data::{plain_type, restored};
use super::value::to_json;
use crate::http::File;

/// A file as a script holds it: the script can pass it on, and read its name and size. Its content and path stay with the
/// host, and no script can create one, whatever text it has.
#[derive(Clone, Debug)]
pub(super) struct FileHandle(pub(super) File);

/// A value, or something that holds a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    /// Data.
    Json(Value),
    /// A file.
    File(File),
    /// A list with a file somewhere in it.
    List(Vec<Field>),
    /// An object with a file somewhere in it.
    Fields(Fields),
}

/// Fields by their keys, in order.
pub(super) type Fields = IndexMap<String, Field>;

impl Field {
    /// A script's value. `given` is what the user gave for it: an unchanged value is sent as it was given.
    ///
    /// # Errors
    ///
    /// The reason in words, for what is not data.
    pub(super) fn of(value: &Dynamic, given: Option<&Value>) -> Result<Self, String> {
        match with_files(value, MOST_NESTED, given)? {
            Some(field) => Ok(field),
            None => Ok(Self::Json(restored(to_json(value)?, given))),
        }
    }

    /// The data; `None` if there is a file in it.
    pub(super) fn json(self) -> Option<Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::File(_) => None,
            Self::List(items) => items.into_iter().map(Self::json).collect::<Option<_>>().map(Value::Array),
            Self::Fields(fields) => to_map(fields).ok().map(Value::Object),
        }
    }
}

/// How deep files are searched for; the conversion of values ends there as well.
const MOST_NESTED: usize = 100;

/// `None` for a value without a file in it.
fn with_files(value: &Dynamic, left: usize, given: Option<&Value>) -> Result<Option<Field>, String> {
    let Some(left) = left.checked_sub(1) else { return Err("the value is nested too deep".to_owned()) };
    if let Some(file) = value.read_lock::<FileHandle>() {
        return Ok(Some(Field::File(file.0.clone())));
    }
    if let Some(items) = value.read_lock::<Array>() {
        let given_at = |n: usize| given.and_then(|given| given.get(n));
        let found = items.iter().enumerate().map(|(n, item)| with_files(item, left, given_at(n)));
        let found = found.collect::<Result<Vec<_>, String>>()?;
        if found.iter().all(Option::is_none) {
            return Ok(None);
        }
        let all = items.iter().zip(found).enumerate().map(|(n, (item, found))| match found {
            Some(found) => Ok(found),
            None => Ok(Field::Json(restored(to_json(item)?, given_at(n)))),
        });
        return all.collect::<Result<_, String>>().map(Field::List).map(Some);
    }
    if let Some(map) = value.read_lock::<RhaiMap>() {
        let given_at = |key: &str| given.and_then(|given| given.get(key));
        let found = map.iter().map(|(key, item)| with_files(item, left, given_at(key)));
        let found = found.collect::<Result<Vec<_>, String>>()?;
        if found.iter().all(Option::is_none) {
            return Ok(None);
        }
        let all = map.iter().zip(found).map(|((key, item), found)| {
            let field = match found {
                Some(found) => found,
                None => Field::Json(restored(to_json(item)?, given_at(key))),
            };
            Ok((key.to_string(), field))
        });
        return all.collect::<Result<_, String>>().map(Field::Fields).map(Some);
    }
    Ok(None)
}

/// JSON as fields.
pub(super) fn fields_of(map: Map<String, Value>) -> Fields {
    map.into_iter().map(|(key, value)| (key, Field::Json(value))).collect()
}

/// Fields as JSON.
///
/// # Errors
///
/// The name of the first that is a file or holds one.
pub(super) fn to_map(fields: Fields) -> Result<Map<String, Value>, String> {
    fields.into_iter().map(|(key, field)| field.json().map(|value| (key.clone(), value)).ok_or(key)).collect()
}

/// Merges `over` onto `base`: objects field by field, anything else replaces what was there.
pub(super) fn merge(base: &mut Fields, over: Fields) {
    for (key, field) in over {
        match (base.get_mut(&key).and_then(opened), field) {
            (Some(inner), Field::Json(Value::Object(over))) => merge(inner, fields_of(over)),
            (Some(inner), Field::Fields(over)) => merge(inner, over),
            (_, field) => {
                base.insert(key, field);
            }
        }
    }
}

/// The fields of an object, one by one; `None` for anything else.
fn opened(field: &mut Field) -> Option<&mut Fields> {
    if let Field::Json(Value::Object(map)) = field {
        *field = Field::Fields(fields_of(std::mem::take(map)));
    }
    match field {
        Field::Fields(fields) => Some(fields),
        _ => None,
    }
}

/// Puts a file where `place` leads. What does not exist, or is neither an object nor a list, is left alone.
pub(super) fn put(fields: &mut Fields, place: &[String], file: &File) {
    let Some((first, rest)) = place.split_first() else { return };
    let Some(field) = fields.get_mut(first) else { return };
    put_into(field, rest, file);
}

fn put_into(field: &mut Field, place: &[String], file: &File) {
    let Some((first, rest)) = place.split_first() else {
        *field = Field::File(file.clone());
        return;
    };
    if let Field::Json(Value::Array(items)) = field {
        *field = Field::List(std::mem::take(items).into_iter().map(Field::Json).collect());
    }
    if let Field::List(items) = field {
        if let Some(item) = first.parse::<usize>().ok().and_then(|n| items.get_mut(n)) {
            put_into(item, rest, file);
        }
    } else if let Some(item) = opened(field).and_then(|fields| fields.get_mut(first)) {
        put_into(item, rest, file);
    }
}

/// The same in a value that a script gets.
pub(super) fn hand_over(value: &mut Dynamic, place: &[String], file: &File) {
    let Some((first, rest)) = place.split_first() else {
        *value = Dynamic::from(FileHandle(file.clone()));
        return;
    };
    if let Some(mut items) = value.write_lock::<Array>() {
        if let Some(item) = first.parse::<usize>().ok().and_then(|n| items.get_mut(n)) {
            hand_over(item, rest, file);
        }
    } else if let Some(mut map) = value.write_lock::<RhaiMap>()
        && let Some(item) = map.get_mut(first.as_str())
    {
        hand_over(item, rest, file);
    }
}

/// What is wrong with a value where a text is needed; `what` names the place.
pub(super) fn no_text(what: &str, value: &Dynamic) -> String {
    if value.is::<FileHandle>() {
        format!("{what} is a file, which only a body can hold")
    } else {
        format!("{what} needs a text, not a value of type `{}`", plain_type(value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        let Value::Object(map) = value else { panic!() };
        fields_of(map)
    }

    #[test]
    fn merging_goes_deep_and_flags_win() {
        let mut base = fields(json!({"a": {"x": 1, "y": 2}, "b": [1, 2]}));
        merge(&mut base, fields(json!({"a": {"y": 3}, "b": [9], "c": 1})));
        let merged = to_map(base).unwrap();
        assert_eq!(Value::Object(merged), json!({"a": {"x": 1, "y": 3}, "b": [9], "c": 1}));
    }

    #[test]
    fn a_file_stays_one_and_is_no_data() {
        let file = File::named("dir/a.png".into()).unwrap();
        let mut base = fields(json!({"a": {"x": 1, "f": null}, "all": [0, null]}));
        for place in [&["a", "f"][..], &["all", "1"], &["all", "7"], &["nowhere"], &["a", "x", "y"]] {
            let place: Vec<String> = place.iter().map(|key| (*key).to_owned()).collect();
            put(&mut base, &place, &file);
        }
        assert!(matches!(&base["all"], Field::List(items) if items[1] == Field::File(file.clone())));
        merge(&mut base, fields(json!({"a": {"x": 2}})));
        let Field::Fields(inner) = &base["a"] else { panic!() };
        assert_eq!((&inner["x"], &inner["f"]), (&Field::Json(json!(2)), &Field::File(file)));
        assert_eq!(to_map(base), Err("a".to_owned()));
    }
}
