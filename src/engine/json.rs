//! Reads JSON text into values, counting along the way: a few bytes of text can become a hundred in memory.

use rhai::{Array, Dynamic, ImmutableString, Map as RhaiMap};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

use super::budget::Budget;
use super::limits::Limit;

/// Why a text could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is larger than a script may have.
    Limit(Limit),
    /// It is not JSON.
    Json(serde_json::Error),
}

/// A text as a script's value.
pub(super) fn script_value(text: &[u8], budget: &mut Budget) -> Result<Dynamic, Unread> {
    read(text, budget, |budget, from| InScript { budget, depth: 0 }.deserialize(from))
}

/// A text as the host's own value.
pub(super) fn host_value(text: &[u8], budget: &mut Budget) -> Result<Value, Unread> {
    read(text, budget, |budget, from| InHost { budget, depth: 0 }.deserialize(from))
}

/// One field of an object, `None` if it is not there or the text is not an object; nothing else is kept.
pub(super) fn host_field(text: &[u8], field: &str, budget: &mut Budget) -> Result<Option<Value>, Unread> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        // Text that is not JSON at all is still refused.
        return read(text, budget, |_, from| serde::Deserialize::deserialize(from)).map(|_: IgnoredAny| None);
    }
    read(text, budget, |budget, from| from.deserialize_map(OneField { budget, field }))
}

type Text<'a> = serde_json::Deserializer<serde_json::de::SliceRead<'a>>;

fn read<'a, T>(
    text: &'a [u8],
    budget: &mut Budget,
    value: impl FnOnce(&mut Budget, &mut Text<'a>) -> Result<T, serde_json::Error>,
) -> Result<T, Unread> {
    let mut from = serde_json::Deserializer::from_slice(text);
    let value = value(budget, &mut from).and_then(|value| from.end().map(|()| value));
    value.map_err(|error| budget.broken.map_or(Unread::Json(error), Unread::Limit))
}

/// Carries a limit through the reader; [`Budget::broken`] says which.
fn stop<E: serde::de::Error>(_: Limit) -> E {
    E::custom("a limit")
}

/// One level deeper.
fn deeper<E: serde::de::Error>(budget: &mut Budget, depth: usize) -> Result<usize, E> {
    if depth >= budget.nesting { budget.breaks(Limit::Nesting).map_err(stop) } else { Ok(depth + 1) }
}

struct InScript<'b> {
    budget: &'b mut Budget,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for InScript<'_> {
    type Value = Dynamic;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Dynamic, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for InScript<'_> {
    type Value = Dynamic;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Dynamic, E> {
        Ok(Dynamic::UNIT)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    #[allow(clippy::cast_precision_loss)] // the engine has no other type for it
    fn visit_u64<E>(self, value: u64) -> Result<Dynamic, E> {
        Ok(i64::try_from(value).map_or_else(|_| (value as f64).into(), Dynamic::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Dynamic, E> {
        self.budget.text(text.len()).map_err(stop)?;
        Ok(ImmutableString::from(text).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Dynamic, A::Error> {
        let depth = deeper(self.budget, self.depth)?;
        let mut array = Array::new();
        while let Some(item) = items.next_element_seed(InScript { budget: self.budget, depth })? {
            self.budget.element().map_err(stop)?;
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Dynamic, A::Error> {
        let depth = deeper(self.budget, self.depth)?;
        let mut map = RhaiMap::new();
        while let Some(key) = fields.next_key::<String>()? {
            self.budget.entry().map_err(stop)?;
            let value = fields.next_value_seed(InScript { budget: self.budget, depth })?;
            map.insert(key.into(), value);
        }
        Ok(map.into())
    }
}

struct InHost<'b> {
    budget: &'b mut Budget,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for InHost<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for InHost<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.budget.host_value(0).map_err(stop)?;
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.budget.host_value(0).map_err(stop)?;
        Ok(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.budget.host_value(0).map_err(stop)?;
        Ok(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.budget.host_value(0).map_err(stop)?;
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.budget.host_value(0).map_err(stop)?;
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.budget.host_value(text.len()).map_err(stop)?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = deeper(self.budget, self.depth)?;
        self.budget.host_value(0).map_err(stop)?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(InHost { budget: self.budget, depth })? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let depth = deeper(self.budget, self.depth)?;
        self.budget.host_value(0).map_err(stop)?;
        let mut map = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            self.budget.host_value(key.len()).map_err(stop)?;
            let value = fields.next_value_seed(InHost { budget: self.budget, depth })?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

struct OneField<'b> {
    budget: &'b mut Budget,
    field: &'b str,
}

impl<'de> Visitor<'de> for OneField<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = fields.next_key::<String>()? {
            self.budget.tick().map_err(stop)?;
            if key == self.field {
                // The last of several counts, as everywhere.
                found = Some(fields.next_value_seed(InHost { budget: self.budget, depth: 1 })?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_read_is_what_serde_reads() {
        for text in [
            "null",
            " [1, -2, 2.5, \"x\\u00e9\", true, null, {\"a\": {\"b\": []}, \"c\": \"d\"}] ",
            "18446744073709551615",
            "9223372036854775808",
            "1e400",
            "{\"a\":1,\"a\":2}",
            "[",
            "[1,]",
            "{} x",
            "",
            "nul",
        ] {
            let expected: Result<Value, _> = serde_json::from_str(text);
            let host = host_value(text.as_bytes(), &mut Budget::of_call());
            assert_eq!(host.ok(), expected.as_ref().ok().cloned(), "{text}");
            let script = script_value(text.as_bytes(), &mut Budget::of_call());
            let plain: Result<Dynamic, _> = serde_json::from_str(text);
            assert_eq!(script.ok().map(|v| v.to_string()), plain.ok().map(|v| v.to_string()), "{text}");
        }
    }

    #[test]
    fn only_the_field_is_kept() {
        let field = |text: &str| host_field(text.as_bytes(), "items", &mut Budget::of_call()).map_err(|_| ());
        assert_eq!(field(r#"{"a": [[1]], "items": [1], "items": [2], "b": 0}"#), Ok(Some(json!([2]))));
        assert_eq!(field(r#"{"a": 1}"#), Ok(None));
        assert_eq!(field("[1]"), Ok(None));
        assert_eq!(field("{\"items\": [1]"), Err(()));
        assert_eq!(field("[1"), Err(()));
    }

    #[test]
    fn sizes_are_counted_while_reading() {
        let reads = |text: String| match script_value(text.as_bytes(), &mut Budget::of_call()) {
            Err(Unread::Limit(limit)) => Some(limit),
            other => panic!("{other:?}"),
        };
        assert_eq!(reads(format!("[{}0]", "0,".repeat(1_000_000))), Some(Limit::ArraySize));
        assert_eq!(reads(format!("[{}0]", "[[]],".repeat(500_001))), Some(Limit::ArraySize));
        assert_eq!(reads(format!("[{}0]", "{\"a\":0},".repeat(100_001))), Some(Limit::MapSize));
        assert_eq!(reads(format!("[\"{}\", \"\u{e9}\"]", "x".repeat(16 << 20))), Some(Limit::StringSize));
        assert_eq!(reads(format!("{}{}", "[".repeat(110), "]".repeat(110))), Some(Limit::Nesting));
        let mut small = Budget::of_call().with_bytes(8_000);
        let text = format!("[{}0]", "{},".repeat(100));
        assert!(matches!(host_value(text.as_bytes(), &mut small), Err(Unread::Limit(Limit::Memory))));
    }
}
