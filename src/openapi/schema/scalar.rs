//! Scalar types and the bounds on their values.

use std::io;

use serde_json::{Map, Value};

use crate::model::Constraints;

/// The most values of an `enum` that are copied and checked; with more, the server judges.
pub(super) const MAX_ENUM_VALUES: usize = 1_000;

/// Their maximum total size, in bytes of JSON.
pub(super) const MAX_ENUM_BYTES: usize = 20_000;

/// The longest `format` that is copied, in bytes.
const MAX_FORMAT: usize = 100;

/// The longest `pattern` that is copied and checked, in bytes.
const MAX_PATTERN: usize = 500;

/// A scalar type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scalar {
    /// `string`, `integer`, `number` or `boolean`; if alternatives differ, `string` if one of them is, else `json`.
    pub name: &'static str,
    /// `format`.
    pub format: Option<String>,
    /// `enum`, without the empty string and null; also `None` if it is too long to be copied.
    pub allowed: Option<Vec<Value>>,
    /// `minimum`.
    pub minimum: Option<Bound>,
    /// `maximum`.
    pub maximum: Option<Bound>,
    /// `multipleOf`, if it is above zero.
    pub multiple_of: Option<f64>,
    /// `minLength`.
    pub min_length: Option<u64>,
    /// `maxLength`.
    pub max_length: Option<u64>,
    /// `pattern`; if several must match, the first.
    pub pattern: Option<String>,
}

/// An end of a range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The number.
    pub value: f64,
    /// It is excluded from the range (OpenAPI 3.0: `exclusiveMinimum: true`).
    pub exclusive: bool,
}

impl Bound {
    fn read(members: &Map<String, Value>, key: &str, exclusive: &str) -> Option<Self> {
        let value = members.get(key).and_then(Value::as_f64)?;
        Some(Self { value, exclusive: members.get(exclusive).and_then(Value::as_bool).unwrap_or_default() })
    }

    /// Of two lower bounds, the one that allows more (`wide`) or less; for upper bounds with `sign` -1.
    fn choose(self, other: Self, wide: bool, sign: f64) -> Self {
        let (a, b) = (self.value * sign, other.value * sign);
        if (a - b).abs() == 0.0 {
            let exclusive =
                if wide { self.exclusive && other.exclusive } else { self.exclusive || other.exclusive };
            return Self { value: self.value, exclusive };
        }
        if (a < b) == wide { self } else { other }
    }
}

impl Scalar {
    pub(super) fn read(name: &str, members: &Map<String, Value>) -> Self {
        let count = |key: &str| members.get(key).and_then(Value::as_u64);
        let values = members.get("enum").and_then(Value::as_array).filter(|values| can_be_repeated(values));
        let allowed = values.map(|values| {
            values.iter().filter(|value| !value.is_null() && value.as_str() != Some("")).cloned().collect()
        });
        let text = |key: &str, most: usize| {
            members.get(key).and_then(Value::as_str).filter(|text| text.len() <= most)
        };
        Self {
            name: match name {
                "integer" => "integer",
                "number" => "number",
                "boolean" => "boolean",
                _ => "string",
            },
            format: text("format", MAX_FORMAT).map(crate::openapi::text::plain),
            allowed,
            minimum: Bound::read(members, "minimum", "exclusiveMinimum"),
            maximum: Bound::read(members, "maximum", "exclusiveMaximum"),
            multiple_of: members.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            pattern: text("pattern", MAX_PATTERN).map(str::to_owned),
        }
    }

    /// A scalar that accepts what either accepts.
    pub fn or(self, other: Self) -> Self {
        let name = match (self.name, other.name) {
            (a, b) if a == b => a,
            ("integer", "number") | ("number", "integer") => "number",
            (a, b) if a == "string" || b == "string" => "string",
            _ => "json",
        };
        let allowed = match (self.allowed, other.allowed) {
            (Some(mut a), Some(b)) => {
                for value in b {
                    if a.len() > MAX_ENUM_VALUES || !a.contains(&value) {
                        a.push(value);
                    }
                }
                can_be_repeated(&a).then_some(a)
            }
            _ => None,
        };
        let lower = |a: Bound, b: Bound| a.choose(b, true, 1.0);
        let upper = |a: Bound, b: Bound| a.choose(b, true, -1.0);
        Self {
            name,
            allowed,
            format: if self.format == other.format { self.format } else { None },
            minimum: self.minimum.zip(other.minimum).map(|(a, b)| lower(a, b)),
            maximum: self.maximum.zip(other.maximum).map(|(a, b)| upper(a, b)),
            multiple_of: if self.multiple_of == other.multiple_of { self.multiple_of } else { None },
            min_length: self.min_length.zip(other.min_length).map(|(a, b)| a.min(b)),
            max_length: self.max_length.zip(other.max_length).map(|(a, b)| a.max(b)),
            pattern: if self.pattern == other.pattern { self.pattern } else { None },
        }
    }

    /// A scalar that accepts what both accept.
    pub(super) fn and(self, other: Self) -> Self {
        fn both<T>(a: Option<T>, b: Option<T>, choose: impl Fn(T, T) -> T) -> Option<T> {
            match (a, b) {
                (Some(a), Some(b)) => Some(choose(a, b)),
                (a, b) => a.or(b),
            }
        }
        let name = match (self.name, other.name) {
            ("number", "integer") => "integer",
            ("json", name) => name,
            (name, _) => name,
        };
        let allowed = both(self.allowed, other.allowed, |a, b| {
            let common: Vec<Value> = a.iter().filter(|value| b.contains(value)).cloned().collect();
            // Nothing in common is a contradiction in the document; the server may know better.
            if common.is_empty() { a } else { common }
        });
        Self {
            name,
            allowed,
            format: self.format.or(other.format),
            minimum: both(self.minimum, other.minimum, |a, b| a.choose(b, false, 1.0)),
            maximum: both(self.maximum, other.maximum, |a, b| a.choose(b, false, -1.0)),
            multiple_of: self.multiple_of.or(other.multiple_of),
            min_length: both(self.min_length, other.min_length, u64::max),
            max_length: both(self.max_length, other.max_length, u64::min),
            pattern: self.pattern.or(other.pattern),
        }
    }

    /// Its bounds, as an argument has them.
    pub fn constraints(&self) -> Constraints {
        let value = |bound: Option<Bound>| bound.map(|bound| bound.value);
        let exclusive = |bound: Option<Bound>| bound.is_some_and(|bound| bound.exclusive);
        Constraints {
            minimum: value(self.minimum),
            maximum: value(self.maximum),
            exclusive_minimum: exclusive(self.minimum),
            exclusive_maximum: exclusive(self.maximum),
            multiple_of: self.multiple_of,
            min_length: self.min_length,
            max_length: self.max_length,
            pattern: self.pattern.clone(),
            ..Constraints::default()
        }
    }

    /// The same type without any other constraints.
    pub(super) fn unbounded(self) -> Self {
        Self { name: self.name, ..Self::default() }
    }
}

/// False for an enum that is too long for help and facts. It is then not checked: a part of an enum would refuse
/// what the API accepts.
fn can_be_repeated(values: &[Value]) -> bool {
    values.len() <= MAX_ENUM_VALUES
        && values
            .iter()
            .try_fold(MAX_ENUM_BYTES, |left, value| json_length(value, left).map(|length| left - length))
            .is_some()
}

/// The size of `value` as JSON, in bytes; `None` if it is more than `max`, which is found without writing all of it.
pub(super) fn json_length(value: &Value, max: usize) -> Option<usize> {
    struct Count {
        left: usize,
    }
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.left = self.left.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    if let Value::String(text) = value
        && text.len() > max
    {
        return None; // Its escaped pieces would be counted one by one.
    }
    let mut count = Count { left: max };
    serde_json::to_writer(&mut count, value).ok().map(|()| max - count.left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(schema: &Value) -> Scalar {
        Scalar::read(schema["type"].as_str().unwrap_or("string"), schema.as_object().unwrap())
    }

    #[test]
    fn both_and_either() {
        let a = scalar(
            &serde_json::json!({"type": "number", "minimum": 1, "maximum": 9, "exclusiveMaximum": true}),
        );
        let b = scalar(&serde_json::json!({"type": "integer", "minimum": 0, "maximum": 9, "multipleOf": 3}));
        let both = a.clone().and(b.clone());
        assert_eq!((both.name, both.minimum.unwrap().value, both.multiple_of), ("integer", 1.0, Some(3.0)));
        assert!(both.maximum.unwrap().exclusive);
        let either = a.or(b);
        assert_eq!((either.name, either.minimum.unwrap().value, either.multiple_of), ("number", 0.0, None));
        assert!(!either.maximum.unwrap().exclusive);
    }

    #[test]
    fn enums_are_joined_and_cut() {
        let a = scalar(&serde_json::json!({"enum": ["a", "b"]}));
        let b = scalar(&serde_json::json!({"enum": ["b", "c"]}));
        assert_eq!(a.clone().and(b.clone()).allowed.unwrap(), ["b"]);
        assert_eq!(a.clone().or(b).allowed.unwrap(), ["a", "b", "c"]);
        let other = scalar(&serde_json::json!({"enum": ["x"]}));
        assert_eq!(a.and(other).allowed.unwrap(), ["a", "b"], "a contradiction is the server's to judge");
    }

    #[test]
    fn types_without_text_among_them_are_typed_as_json() {
        let integer = scalar(&serde_json::json!({"type": "integer"}));
        let boolean = scalar(&serde_json::json!({"type": "boolean"}));
        let string = scalar(&serde_json::json!({"type": "string"}));
        assert_eq!(integer.clone().or(boolean.clone()).name, "json");
        assert_eq!(integer.or(boolean).or(string).name, "string");
    }
}
