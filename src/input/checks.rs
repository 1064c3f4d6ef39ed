//! Checks a value against what the document says, before anything is sent.

use std::collections::HashSet;

use regex_lite::RegexBuilder;
use serde_json::Value;

use super::given::plain;
use crate::diagnostic::{Failure, usage};
use crate::model::{Argument, Constraints, ValueType};
use crate::text::shown;

/// The most memory, in bytes, that compiling a document's pattern may take.
const MAX_PATTERN: usize = 1 << 20;

/// The longest text, in bytes, that a pattern is matched against: the time is proportional to both.
const MAX_MATCHED: usize = 64 * 1024;

/// `value`, typed or shown as `text`, if it satisfies the enum, the bounds, the pattern and the format of the argument.
pub(crate) fn value(argument: &Argument, text: &str, name: &str, value: Value) -> Result<Value, Failure> {
    let value = one_of(argument, text, name, value)?;
    numbers(argument, text, name, &value)?;
    if argument.value_type == ValueType::String && value.is_string() {
        texts(argument, text, name)?;
    }
    Ok(value)
}

/// The enum's own value if the typed text means one of another type.
fn one_of(argument: &Argument, text: &str, name: &str, value: Value) -> Result<Value, Failure> {
    let Some(allowed) = argument.allowed.as_ref().filter(|allowed| !allowed.is_empty()) else {
        return Ok(value);
    };
    // 1.0 is 1 (JSON Schema, 4.2.2 "Instance Equality").
    let same = |one: &Value| match (one, &value) {
        (Value::Number(one), Value::Number(value)) if one.is_f64() || value.is_f64() => {
            one.as_f64() == value.as_f64()
        }
        (one, value) => one == value,
    };
    if allowed.iter().any(same) {
        return Ok(value);
    }
    if let Some(meant) = allowed.iter().find(|one| plain(one) == text) {
        // Mixed types are intended; if a text has no value that is a text, YAML converted them.
        let mixed = allowed.iter().any(Value::is_string);
        return Ok(if mixed || argument.value_type != ValueType::String { meant.clone() } else { value });
    }
    let names: Vec<String> = allowed.iter().map(plain).collect();
    let failure = bad(argument, text, name, "is not one of its values");
    Err(match crate::suggest::nearest(text, names.clone()).first() {
        Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
        None => {
            let more = if names.len() > 12 { ", ..." } else { "" };
            let names = names.iter().take(12).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            failure.hint(format!("it takes one of: {names}{more}"))
        }
    })
}

fn numbers(argument: &Argument, text: &str, name: &str, value: &Value) -> Result<(), Failure> {
    let Some(number) = value.as_f64() else { return Ok(()) };
    let bounds = &argument.constraints;
    let refuse = |why: String| Err(bad(argument, text, name, &why));
    if let Some(least) = bounds.minimum {
        if number < least {
            return refuse(format!("is below the minimum of {least}"));
        }
        if bounds.exclusive_minimum && number <= least {
            return refuse(format!("is not above {least}"));
        }
    }
    if let Some(most) = bounds.maximum {
        if number > most {
            return refuse(format!("is above the maximum of {most}"));
        }
        if bounds.exclusive_maximum && number >= most {
            return refuse(format!("is not below {most}"));
        }
    }
    if let Some(step) = bounds.multiple_of
        && !is_multiple(number, step)
    {
        return refuse(format!("is not a multiple of {step}"));
    }
    // OpenAPI 3.0, section 4.4: signed 32 and 64 bits. A 64-bit bound is not exact as a float.
    if let (Value::Number(whole), ValueType::Integer) = (value, argument.value_type) {
        // 1.0 is whole as well, and so is 2^63, which fits a float but not 64 bits.
        let bits = |bits: i32| match whole.as_i64() {
            Some(whole) => bits > 32 || i32::try_from(whole).is_ok(),
            None => whole.is_f64() && (-(2_f64.powi(bits - 1))..2_f64.powi(bits - 1)).contains(&number),
        };
        match argument.format.as_deref() {
            Some("int32") if !bits(32) => return refuse("has more than 32 bits".to_owned()),
            Some("int64") if !bits(64) => return refuse("has more than 64 bits".to_owned()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether the quotient is whole, allowing for rounding of decimal fractions: 0.3 is a multiple of 0.1.
fn is_multiple(number: f64, step: f64) -> bool {
    let quotient = number / step;
    let off = (quotient - quotient.round()).abs();
    !quotient.is_finite() || off <= quotient.abs().max(1.0) * 1e-9
}

/// Length in characters and pattern (JSON Schema Validation, 6.3), and formats with a clear definition.
fn texts(argument: &Argument, text: &str, name: &str) -> Result<(), Failure> {
    let bounds = &argument.constraints;
    let length = text.chars().count() as u64;
    let characters =
        |count: u64| if count == 1 { "1 character".to_owned() } else { format!("{count} characters") };
    if let Some(least) = bounds.min_length.filter(|least| length < *least) {
        return Err(bad(argument, text, name, &format!("is shorter than {}", characters(least)))
            .hint(format!("give at least {}", characters(least))));
    }
    if let Some(most) = bounds.max_length.filter(|most| length > *most) {
        return Err(bad(argument, text, name, &format!("is longer than {}", characters(most)))
            .hint(format!("give at most {}", characters(most))));
    }
    format(argument, text, name)?;
    if let Some(pattern) = bounds.pattern.as_deref()
        && text.len() <= MAX_MATCHED
        && matches(pattern, text) == Some(false)
    {
        return Err(bad(argument, text, name, "does not match its pattern")
            .hint(format!("the pattern is `{}`", shown(pattern))));
    }
    Ok(())
}

/// Whether `text` matches an ECMA-262 pattern; `None` for one with unsupported syntax (look-around, back
/// references, Unicode classes): then the server decides.
fn matches(pattern: &str, text: &str) -> Option<bool> {
    // `\/` is an escape of JavaScript's literals, `[^]` and `(?<name>` its own spellings.
    let plain = pattern.replace("\\/", "/");
    let odd = ["\\p{", "\\P{", "\\c", "[^]", "\\u", "\\b"].iter().any(|piece| plain.contains(piece));
    // `$` is the very end in both; `\d`, `\w` and `\s` are ASCII in this engine, as `\d` and `\w` are in ECMA-262.
    if odd || !text.is_ascii() && ["\\s", "\\S", "(?i)"].iter().any(|piece| plain.contains(piece)) {
        return None;
    }
    // A JavaScript literal with its slashes: not what the standard says, and no value would match it.
    let literal = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    if literal.is_some_and(|(_, flags)| flags.bytes().all(|flag| flag.is_ascii_lowercase())) {
        return None;
    }
    let regex = RegexBuilder::new(&plain).size_limit(MAX_PATTERN).build().ok()?;
    Some(regex.is_match(text))
}

/// `date` and `date-time` are RFC 3339's `full-date` and `date-time` (OpenAPI 3.0, section 4.4).
fn format(argument: &Argument, text: &str, name: &str) -> Result<(), Failure> {
    let (fits, what, example) = match argument.format.as_deref() {
        Some("date") => (is_date(text), "is not a date", "2026-01-31"),
        Some("date-time") => (is_date_time(text), "is not a date and time", "2026-01-31T12:00:00Z"),
        Some("uuid") => (is_uuid(text), "is not a UUID", "123e4567-e89b-12d3-a456-426614174000"),
        _ => return Ok(()),
    };
    if fits { Ok(()) } else { Err(bad(argument, text, name, what).hint(format!("write it as {example}"))) }
}

/// Thirty-two hexadecimal digits; hyphens and braces as RFC 9562 and others have them, whatever the version.
fn is_uuid(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let digits = inner.bytes().filter(u8::is_ascii_hexdigit).count();
    digits == 32 && inner.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The number of an array's items, and whether they differ.
pub(crate) fn items(argument: &Argument, items: &[Value], name: &str) -> Result<(), Failure> {
    let bounds = &argument.constraints;
    let count = items.len() as u64;
    let (plural, verb) = if count == 1 { ("item", "is") } else { ("items", "are") };
    let refuse = |why: String, hint: String| Err(usage(format!("`{name}` {why}")).hint(hint));
    if let Some(least) = bounds.min_items.filter(|least| count < *least) {
        return refuse(format!("has {count} {plural}"), format!("give at least {least}"));
    }
    if let Some(most) = bounds.max_items.filter(|most| count > *most) {
        return refuse(
            format!("has {count} {plural}, and {most} {verb} the most"),
            format!("give at most {most}"),
        );
    }
    let mut seen = HashSet::new();
    if bounds.unique_items
        && let Some(twice) = items.iter().map(Value::to_string).find(|item| !seen.insert(item.clone()))
    {
        return refuse(format!("has `{}` twice", shown(&twice)), "give each item once".to_owned());
    }
    Ok(())
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

/// `from 1 to 100`, `above 0`: the range of a number, if the document has one.
fn range(bounds: &Constraints) -> Option<String> {
    let (above, below) = (bounds.exclusive_minimum, bounds.exclusive_maximum);
    match (bounds.minimum, bounds.maximum) {
        (Some(least), Some(most)) if !above && !below => Some(format!("from {least} to {most}")),
        (Some(least), Some(most)) => {
            let least = if above { format!("above {least}") } else { format!("of {least} or more") };
            let most = if below { format!("below {most}") } else { format!("at most {most}") };
            Some(format!("{least} and {most}"))
        }
        (Some(least), None) if above => Some(format!("above {least}")),
        (Some(least), None) => Some(format!("of {least} or more")),
        (None, Some(most)) if below => Some(format!("below {most}")),
        (None, Some(most)) => Some(format!("of {most} or less")),
        (None, None) => None,
    }
}

/// An error for an invalid value, with a hint that depends on its type.
pub(crate) fn bad(argument: &Argument, text: &str, name: &str, why: &str) -> Failure {
    let failure = usage(format!("`{}` for `{name}` {why}", shown(text)));
    let range = range(&argument.constraints);
    match (argument.value_type, range) {
        (ValueType::Integer, Some(range)) => failure.hint(format!("give a whole number {range}")),
        (ValueType::Number, Some(range)) => failure.hint(format!("give a number {range}")),
        (ValueType::Integer, ..) => failure.hint("give a whole number, such as 3"),
        (ValueType::Number, ..) => failure.hint("give a number, such as 1.5"),
        (ValueType::Boolean, ..) => failure.hint("give `true` or `false`"),
        (ValueType::File, ..) => failure.hint("give the path of a file that exists"),
        _ => failure.hint("`--help` shows what it takes"),
    }
}

#[cfg(test)]
mod tests;
