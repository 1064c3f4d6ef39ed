//! Values across the border: JSON on the host's side, the engine's on the script's.

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map as RhaiMap};
use serde_json::{Map, Number, Value};

use super::budget::Budget;
use super::convert::copied;
use super::hidden::Hidden;
use super::limits::Limit;
use super::list::List;

/// The deepest nesting that is converted; JSON parsers of servers stop at about this.
const DEPTH: usize = 100;

/// A script's value as JSON.
///
/// # Errors
///
/// The reason in words, for what JSON cannot hold: functions, requests, ranges, numbers that are not finite,
/// values nested too deep. A hidden place ends the script: whatever takes the value would look into it.
pub(super) fn to_json(value: &Dynamic) -> Result<Value, String> {
    counted(value, false)
}

/// The same for the person's eyes: hidden places as they are shown.
pub(super) fn to_shown(value: &Dynamic) -> Result<Value, String> {
    counted(value, true)
}

fn counted(value: &Dynamic, shown: bool) -> Result<Value, String> {
    let mut budget = Budget::of_call();
    let converted = convert(value, DEPTH, shown, &mut budget);
    // A limit ends the call, whatever becomes of the reason.
    budget.end();
    converted
}

/// A limit on its way; [`Budget::broken`] says which.
fn stop(_: Limit) -> String {
    "the value is too large".to_owned()
}

fn convert(value: &Dynamic, left: usize, shown: bool, budget: &mut Budget) -> Result<Value, String> {
    if left == 0 {
        return Err("the value is nested too deep".to_owned());
    }
    let text = value.read_lock::<ImmutableString>().map_or(0, |text| text.len());
    budget.host_value(text).map_err(stop)?;
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(b) = value.as_bool() {
        return Ok(Value::Bool(b));
    }
    if let Ok(n) = value.as_int() {
        return Ok(Value::Number(n.into()));
    }
    if let Ok(x) = value.as_float() {
        return Number::from_f64(x).map(Value::Number).ok_or_else(|| format!("`{x}` is no JSON number"));
    }
    if let Ok(c) = value.as_char() {
        return Ok(Value::String(c.to_string()));
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(Value::String(text.to_string()));
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().map(|item| convert(item, left - 1, shown, budget)).collect();
    }
    if let Some(fields) = value.read_lock::<RhaiMap>() {
        let fields = fields.iter().map(|(key, item)| {
            budget.host_value(key.len()).map_err(stop)?;
            Ok((key.to_string(), convert(item, left - 1, shown, budget)?))
        });
        return fields.collect::<Result<Map<String, Value>, String>>().map(Value::Object);
    }
    if let Some(hidden) = value.read_lock::<Hidden>() {
        return if shown { Ok(hidden.shown().clone()) } else { Err(hidden.refuse().to_string()) };
    }
    if let Some(list) = value.read_lock::<List>() {
        if list.is_hidden() && !shown {
            list.open(&Value::Array(list.with(<[Value]>::to_vec)))
                .and_then(|items| super::hidden::open(&items))
                .map_err(|error| error.to_string())?;
        }
        let copy = |items: &[Value]| items.iter().map(|item| copied(item, budget)).collect::<Result<_, _>>();
        return list.with(copy).map(Value::Array).map_err(stop);
    }
    Err(format!("a value of type `{}` is no data", plain_type(value)))
}

/// What a person calls the type of a value.
pub(super) fn plain_type(value: &Dynamic) -> &str {
    if value.is::<FnPtr>() {
        return "function";
    }
    match value.type_name() {
        "string" => "text",
        "i64" => "integer",
        "f64" => "number",
        "array" | "map" | "bool" | "char" | "blob" => value.type_name(),
        "()" => "()",
        // The host's own types are called after what they hold: `RequestHandle` is a request.
        name => name.rsplit("::").next().unwrap_or(name).trim_end_matches("Handle"),
    }
}

/// A number as a script's. One above `i64::MAX` becomes a float: the engine has no other place for it.
pub(super) fn number(n: &Number) -> Dynamic {
    match (n.as_i64(), n.as_f64()) {
        (Some(n), _) => n.into(),
        (None, Some(x)) => x.into(),
        (None, None) => Dynamic::UNIT,
    }
}

/// JSON of a size that is known as a script's value; [`super::convert`] counts.
pub(super) fn from_json(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(b) => (*b).into(),
        Value::Number(n) => number(n),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(from_json).collect::<Array>().into(),
        Value::Object(fields) => fields_to_map(fields).into(),
    }
}

/// The map that a script gets as `flags`.
pub(super) fn fields_to_map(fields: &Map<String, Value>) -> RhaiMap {
    fields.iter().map(|(key, item)| (key.as_str().into(), from_json(item))).collect()
}

/// `value` as the person gave it, if a script only passed it on: the engine sorts the keys of maps and turns
/// large integers into floats, which must not reach the server.
pub(super) fn restored(value: Value, given: Option<&Value>) -> Value {
    match given {
        Some(given) if same(&value, given) => given.clone(),
        _ => value,
    }
}

/// Whether `value` is what became of `given` on its way through the engine.
pub(super) fn same(value: &Value, given: &Value) -> bool {
    match (value, given) {
        (Value::Number(a), Value::Number(b)) => a == b || (b.as_i64().is_none() && a.as_f64() == b.as_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_goes_there_and_back() {
        let value = json!({"a": [1, 2.5, "x", null, true], "b": {"c": "é"}});
        assert_eq!(to_json(&from_json(&value)).unwrap(), value);
    }

    #[test]
    fn what_is_no_data_is_refused() {
        let mut deep = Dynamic::UNIT;
        for _ in 0..200 {
            deep = Dynamic::from_array(vec![deep]);
        }
        assert!(to_json(&deep).unwrap_err().contains("deep"));
        assert!(to_json(&f64::NAN.into()).is_err());
        assert!(to_json(&Dynamic::from(0..3_i64)).is_err());
    }

    #[test]
    fn untouched_values_keep_their_order_and_numbers() {
        let given = json!({"z": 1, "a": 18_446_744_073_709_551_615_u64});
        let passed = to_json(&from_json(&given)).unwrap();
        assert_eq!(restored(passed, Some(&given)).to_string(), given.to_string());
        assert_eq!(restored(json!({"z": 2, "a": 3}), Some(&given)), json!({"z": 2, "a": 3}));
    }
}
