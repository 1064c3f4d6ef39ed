//! Values across the border: JSON on the host's side, the engine's on the script's.

use rhai::{Array, Dynamic, ImmutableString, Map as RhaiMap};
use serde_json::{Map, Number, Value};

use super::budget::Budget;
use super::convert::copied;
use super::data::plain_type;
use super::hidden::Hidden;
use super::limits::Limit;
use super::list::List;

/// The deepest nesting that is converted; JSON parsers of servers stop at about this depth.
const DEPTH: usize = 100;

/// A script's value as JSON.
///
/// # Errors
///
/// The reason in words, for what JSON cannot hold: functions, requests, ranges, numbers that are not finite,
/// values nested too deep. A hidden place ends the script: any use of the value would read it.
pub(super) fn to_json(value: &Dynamic) -> Result<Value, String> {
    counted(value, false)
}

/// The same for showing to the user: hidden places as they are shown.
pub(super) fn to_shown(value: &Dynamic) -> Result<Value, String> {
    counted(value, true)
}

fn counted(value: &Dynamic, shown: bool) -> Result<Value, String> {
    let mut budget = Budget::of_call();
    let converted = convert(value, DEPTH, shown, &mut budget);
    // A limit ends the call, whatever happens to the reason.
    budget.end();
    converted
}

/// Carries a limit; [`Budget::broken`] says which.
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
        return Number::from_f64(x).map(Value::Number).ok_or_else(|| format!("`{x}` is not a JSON number"));
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
    Err(format!("a value of type `{}` is not data", plain_type(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::data::{from_json, restored};

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
