//! Converts the host's own values into a script's, into copies and into text, counting along the way.

use std::io::{Error as IoError, Write};

use rhai::{Array, Dynamic, Map as RhaiMap};
use serde_json::{Map, Value};

use super::budget::{self, Budget};
use super::data::number;
use super::limits::Limit;

/// A value of the host's own as a script's.
pub(super) fn to_script(value: &Value, budget: &mut Budget) -> Result<Dynamic, Limit> {
    Ok(match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(b) => (*b).into(),
        Value::Number(n) => number(n),
        Value::String(text) => {
            budget.text(text.len())?;
            text.as_str().into()
        }
        Value::Array(items) => script_array(items, budget)?.into(),
        Value::Object(fields) => {
            let mut map = RhaiMap::new();
            for (key, item) in fields {
                budget.entry()?;
                map.insert(key.as_str().into(), to_script(item, budget)?);
            }
            map.into()
        }
    })
}

/// Items of the host's own as a script's array.
pub(super) fn script_array(items: &[Value], budget: &mut Budget) -> Result<Array, Limit> {
    let mut array = Array::new();
    for item in items {
        budget.element()?;
        array.push(to_script(item, budget)?);
    }
    Ok(array)
}

/// A copy of a value of the host's own.
pub(super) fn copied(value: &Value, budget: &mut Budget) -> Result<Value, Limit> {
    budget.host_value(value.as_str().map_or(0, str::len))?;
    Ok(match value {
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| copied(item, budget)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let mut map = Map::new();
            for (key, item) in fields {
                budget.host_value(key.len())?;
                map.insert(key.clone(), copied(item, budget)?);
            }
            Value::Object(map)
        }
        scalar => scalar.clone(),
    })
}

/// Estimated bytes of a value.
pub(super) fn weight(value: &Value) -> u64 {
    budget::weight(match value {
        Value::String(text) => text.len(),
        _ => 0,
    }) + match value {
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(key, item)| budget::weight(key.len()) + weight(item)).sum()
        }
        _ => 0,
    }
}

/// A value as text of at most `most` bytes.
pub(super) fn text(value: &Value, most: usize) -> Result<String, Limit> {
    let mut out = Limited { bytes: Vec::new(), most };
    serde_json::to_writer(&mut out, value).map_err(|_| Limit::StringSize)?;
    String::from_utf8(out.bytes).map_err(|_| Limit::StringSize)
}

struct Limited {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Limited {
    fn write(&mut self, more: &[u8]) -> Result<usize, IoError> {
        if self.bytes.len().saturating_add(more.len()) > self.most {
            return Err(IoError::other("too long"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> Result<(), IoError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_has_a_limit() {
        assert_eq!(text(&json!(["abc"]), 6), Err(Limit::StringSize));
        assert_eq!(text(&json!(["abc"]), 7), Ok("[\"abc\"]".to_owned()));
    }

    #[test]
    fn what_is_made_is_counted() {
        let value = json!({"a": [1, {"b": "text"}], "c": null});
        let mut budget = Budget::of_call();
        assert_eq!(copied(&value, &mut budget), Ok(value.clone()));
        assert_eq!(Budget::of_call().bytes_left() - budget.bytes_left(), weight(&value));
        assert_eq!(copied(&value, &mut Budget::of_call().with_bytes(100)), Err(Limit::Memory));
        let many = Value::Array(vec![json!([]); 1_000_001]);
        assert!(matches!(to_script(&many, &mut Budget::of_call()), Err(Limit::ArraySize)));
    }
}
