//! Typed text to JSON values, checked against what the document says of them.

use serde_json::{Map, Value};

use super::usage;
use crate::diagnostic::Failure;
use crate::model::{Argument, Kind, ValueType};

/// The value of a flag that was given once or, for an array, several times.
pub(super) fn value(argument: &Argument, texts: &[&String]) -> Result<Value, Failure> {
    if !argument.repeated {
        return texts.last().map_or(Ok(Value::Null), |text| scalar(argument, text));
    }
    let mut items = Vec::new();
    for text in texts {
        if argument.allow_empty && text.is_empty() {
            return Ok(Value::String(String::new()));
        }
        let trimmed = text.trim_start();
        if trimmed.starts_with('[') {
            match serde_json::from_str(text) {
                Ok(Value::Array(more)) => items.extend(more),
                _ => return Err(bad(argument, text, "is no JSON array")),
            }
        } else if argument.value_type == ValueType::Json {
            items.push(scalar(argument, text)?);
        } else {
            for part in text.split(',') {
                items.push(scalar(argument, part)?);
            }
        }
    }
    Ok(Value::Array(items))
}

/// One entry of a free map, `key=value`, or a whole JSON object.
pub(super) fn map_entry(
    argument: &Argument,
    text: &str,
    flags: &mut Map<String, Value>,
) -> Result<(), Failure> {
    if argument.allow_empty && text.is_empty() {
        return put(argument, flags, &argument.key, Value::String(String::new()));
    }
    if text.trim_start().starts_with('{') {
        let Ok(Value::Object(entries)) = serde_json::from_str(text) else {
            return Err(bad(argument, text, "is no JSON object"));
        };
        for (key, value) in entries {
            let path: Vec<String> = argument.key.iter().cloned().chain([key]).collect();
            put(argument, flags, &path, value)?;
        }
        return Ok(());
    }
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Err(usage(format!("`{}` is no entry for `--{}`", shown(text), argument.name))
            .hint(format!("write `--{}.<key> <value>`", argument.name)));
    };
    let path: Vec<String> = argument.key.iter().cloned().chain([key.to_owned()]).collect();
    put(argument, flags, &path, scalar(argument, value)?)
}

fn put(
    argument: &Argument,
    flags: &mut Map<String, Value>,
    path: &[String],
    value: Value,
) -> Result<(), Failure> {
    if insert(flags, path, value) {
        return Ok(());
    }
    let name = &argument.name;
    Err(usage(format!("`--{name}` is given both as a whole and by entries"))
        .hint(format!("use `--{name}.<key> <value>` alone")))
}

/// Puts a value where `path` leads, making the objects on the way. False if something else stands there: a whole and
/// one of its parts cannot both be meant.
pub(super) fn insert(map: &mut Map<String, Value>, path: &[String], value: Value) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    if rest.is_empty() {
        return !map.get(first).is_some_and(Value::is_object) && {
            map.insert(first.clone(), value);
            true
        };
    }
    match map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => insert(inner, rest, value),
        _ => false,
    }
}

/// One value.
pub(super) fn scalar(argument: &Argument, text: &str) -> Result<Value, Failure> {
    if argument.allow_empty && text.is_empty() {
        return Ok(Value::String(String::new()));
    }
    let value = match argument.value_type {
        ValueType::String => {
            check_format(argument, text)?;
            Value::String(text.to_owned())
        }
        ValueType::File => {
            if !std::path::Path::new(text).is_file() {
                return Err(bad(argument, text, "is no file"));
            }
            Value::String(text.to_owned())
        }
        ValueType::Integer => match text.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) if text.parse::<i128>().is_ok() => {
                return Err(bad(argument, text, "is too large a number"));
            }
            Err(_) => return Err(bad(argument, text, "is no whole number")),
        },
        ValueType::Number => {
            let number = serde_json::from_str::<serde_json::Number>(text).ok();
            match number.or_else(|| text.parse::<f64>().ok().and_then(serde_json::Number::from_f64)) {
                Some(number) => Value::Number(number),
                None => return Err(bad(argument, text, "is no number")),
            }
        }
        ValueType::Boolean => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(bad(argument, text, "is neither `true` nor `false`")),
        },
        ValueType::Json => serde_json::from_str(text).map_err(|_| {
            let quoted = Value::String(text.to_owned()).to_string();
            bad(argument, text, "is no JSON")
                .hint(format!("a text needs quotes of its own: `'{}'`", shown(&quoted)))
        })?,
    };
    check_allowed(argument, text, &value)?;
    check_bounds(argument, text, &value)?;
    Ok(value)
}

fn check_allowed(argument: &Argument, text: &str, value: &Value) -> Result<(), Failure> {
    let Some(allowed) = argument.allowed.as_ref().filter(|allowed| !allowed.is_empty()) else {
        return Ok(());
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if allowed.contains(value) || allowed.iter().any(|one| plain(one) == text) {
        return Ok(());
    }
    let names: Vec<String> = allowed.iter().map(plain).collect();
    let failure = bad(argument, text, "is not one of its values");
    Err(match crate::plugins::nearest(text, names.clone()).first() {
        Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
        None => {
            let more = if names.len() > 12 { ", ..." } else { "" };
            failure.hint(format!(
                "it takes one of: {}{more}",
                names.iter().take(12).cloned().collect::<Vec<_>>().join(", ")
            ))
        }
    })
}

fn check_bounds(argument: &Argument, text: &str, value: &Value) -> Result<(), Failure> {
    let bounds = &argument.constraints;
    if let Some(number) = value.as_f64() {
        if let Some(minimum) = bounds.minimum.filter(|minimum| number < *minimum) {
            return Err(bad(argument, text, &format!("is below the minimum of {minimum}")));
        }
        if let Some(maximum) = bounds.maximum.filter(|maximum| number > *maximum) {
            return Err(bad(argument, text, &format!("is above the maximum of {maximum}")));
        }
    }
    if let (Value::String(text), ValueType::String) = (value, argument.value_type) {
        let length = text.chars().count() as u64;
        if let Some(least) = bounds.min_length.filter(|least| length < *least) {
            return Err(bad(argument, text, &format!("is shorter than {least} characters")));
        }
        if let Some(most) = bounds.max_length.filter(|most| length > *most) {
            return Err(bad(argument, text, &format!("is longer than {most} characters")));
        }
    }
    Ok(())
}

/// `date` and `date-time` are RFC 3339's `full-date` and `date-time` (OpenAPI 3.0, section 4.4).
fn check_format(argument: &Argument, text: &str) -> Result<(), Failure> {
    match argument.format.as_deref() {
        Some("date") if !is_date(text) => {
            Err(bad(argument, text, "is no date").hint("write it as 2026-01-31"))
        }
        Some("date-time") if !is_date_time(text) => {
            Err(bad(argument, text, "is no date and time").hint("write it as 2026-01-31T12:00:00Z"))
        }
        _ => Ok(()),
    }
}

fn is_date(text: &str) -> bool {
    let numbers: Option<Vec<u32>> = (text.len() == 10 && text.is_ascii())
        .then(|| [(0, 4), (5, 7), (8, 10)].iter().map(|(from, to)| digits(text.get(*from..*to)?)).collect())
        .flatten();
    let Some([year, month, day]) = numbers.as_deref() else { return false };
    if text.as_bytes().get(4) != Some(&b'-') || text.as_bytes().get(7) != Some(&b'-') {
        return false;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(day)
}

fn is_date_time(text: &str) -> bool {
    let (Some(date), Some(rest)) = (text.get(..10), text.get(10..)) else { return false };
    let Some(time) = rest.strip_prefix(['T', 't', ' ']) else { return false };
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let clock = clock.split('.').next().unwrap_or_default();
    let pair = |text: &str, most: u32| text.len() == 2 && digits(text).is_some_and(|number| number <= most);
    let parts: Vec<&str> = clock.split(':').collect();
    let clock_fits = matches!(parts.as_slice(), [h, m, s] if pair(h, 23) && pair(m, 59) && pair(s, 60));
    let zone_fits = matches!(zone, "Z" | "z")
        || zone
            .get(1..)
            .is_some_and(|zone| matches!(zone.split_once(':'), Some((h, m)) if pair(h, 23) && pair(m, 59)));
    is_date(date) && clock_fits && zone_fits
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn bad(argument: &Argument, text: &str, why: &str) -> Failure {
    let name = match argument.kind {
        Kind::Positional => format!("<{}>", argument.name),
        Kind::Flag => format!("--{}", argument.name),
    };
    let failure = usage(format!("`{}` for `{name}` {why}", shown(text)));
    let bounds = &argument.constraints;
    match (argument.value_type, bounds.minimum, bounds.maximum) {
        (ValueType::Integer | ValueType::Number, Some(least), Some(most)) => {
            failure.hint(format!("give a number from {least} to {most}"))
        }
        (ValueType::Integer, ..) => failure.hint("give a whole number, such as 3"),
        (ValueType::Number, ..) => failure.hint("give a number, such as 1.5"),
        (ValueType::Boolean, ..) => failure.hint("give `true` or `false`"),
        (ValueType::File, ..) => failure.hint("give the path of a file that exists"),
        _ => failure.hint("`--help` shows what it takes"),
    }
}

/// As much of a value as a message should show.
fn shown(text: &str) -> String {
    if text.chars().count() <= 60 {
        text.to_owned()
    } else {
        text.chars().take(57).chain("...".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for good in ["2026-01-31", "2024-02-29", "2000-02-29"] {
            assert!(is_date(good), "{good}");
        }
        for bad in
            ["2026-02-29", "1900-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026/01/01", "2026-00-10", ""]
        {
            assert!(!is_date(bad), "{bad}");
        }
        for good in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00", "2026-01-31t23:59:60z"] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in ["2026-01-31", "2026-01-31T12:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00", "x"] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn nested_values_share_their_objects() {
        let mut map = Map::new();
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        assert!(insert(&mut map, &path("a.b.c"), 1.into()));
        assert!(insert(&mut map, &path("a.b.d"), 2.into()));
        assert!(insert(&mut map, &path("a.e"), 3.into()));
        assert!(!insert(&mut map, &path("a.e.f"), 4.into()) && !insert(&mut map, &path("a"), 5.into()));
        assert_eq!(Value::Object(map), serde_json::json!({"a": {"b": {"c": 1, "d": 2}, "e": 3}}));
    }
}
