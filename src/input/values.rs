//! Converts typed text to JSON values.

use serde_json::{Number, Value};

use super::{checks, files};
use crate::diagnostic::{Failure, usage};
use crate::model::{Argument, ValueType};
use crate::text::shown;

/// The value of an argument that is given once; `null` is null if the document allows that. `name` is the argument's
/// name in messages: `--items.0.price`, `<customer>`.
pub(crate) fn value(argument: &Argument, text: &str, name: &str) -> Result<Value, Failure> {
    if argument.nullable {
        match text {
            "null" => return Ok(Value::Null),
            // So that the text can be given too.
            "\"null\"" if argument.value_type == ValueType::String => return Ok("null".into()),
            _ => {}
        }
    }
    scalar(argument, text, name)
}

/// One value of the argument's type, checked against the document.
pub(crate) fn scalar(argument: &Argument, text: &str, name: &str) -> Result<Value, Failure> {
    if argument.allow_empty && text.is_empty() {
        return Ok(Value::String(String::new()));
    }
    let bad = |why: &str| checks::bad(argument, text, name, why);
    let value = match argument.value_type {
        ValueType::String => Value::String(text.to_owned()),
        ValueType::File => {
            if !files::exists(text) {
                return Err(bad("is not a file"));
            }
            Value::String(text.to_owned())
        }
        ValueType::Integer => {
            let whole =
                text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
            match whole {
                Ok(number) => Value::Number(number),
                Err(_) if is_whole(text) => {
                    return Err(bad("is too large a number")
                        .hint("give the whole body as JSON with `--body`, which is sent as it is"));
                }
                Err(_) => return Err(bad("is not a whole number")),
            }
        }
        ValueType::Number => {
            let number = serde_json::from_str::<Number>(text).ok();
            match number.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64)) {
                // 1.50 is 1.5, but no digit is lost silently.
                Some(number) if is_exact(text, &number) => Value::Number(number),
                Some(_) => {
                    return Err(bad("has more digits than a number can hold here")
                        .hint("give the whole body as JSON with `--body`, which is sent as it is"));
                }
                None => return Err(bad("is not a number")),
            }
        }
        ValueType::Boolean => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(bad("is neither `true` nor `false`")),
        },
        ValueType::Json => json(text, name)?,
    };
    checks::value(argument, text, name, value)
}

/// Text that is JSON, without losing digits.
pub(crate) fn json(text: &str, name: &str) -> Result<Value, Failure> {
    let value: Value = serde_json::from_str(text).map_err(|_| {
        let quoted = Value::String(text.to_owned()).to_string();
        usage(format!("`{}` for `{name}` is not JSON", shown(text)))
            .hint(format!("a text needs quotes of its own: `'{}'`", shown(&quoted)))
    })?;
    exact(text, name)?;
    Ok(value)
}

/// Text that is a JSON array, without losing digits.
pub(crate) fn json_array(text: &str, name: &str) -> Result<Vec<Value>, Failure> {
    let Ok(Value::Array(items)) = serde_json::from_str(text) else {
        return Err(usage(format!("`{}` for `{name}` is not a JSON array", shown(text)))
            .hint("give a JSON array, or the items one by one"));
    };
    exact(text, name)?;
    Ok(items)
}

/// Refuses JSON with a number that would be rounded.
fn exact(text: &str, name: &str) -> Result<(), Failure> {
    let (mut in_string, mut escaped, mut start) = (false, false, None);
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        if in_string {
            (in_string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        in_string = byte == b'"';
        if byte.is_ascii_digit()
            || matches!(byte, b'-' | b'+' | b'.')
            || start.is_some() && matches!(byte, b'e' | b'E')
        {
            start.get_or_insert(at);
            continue;
        }
        let number = start.take().and_then(|start| text.get(start..at));
        if let Some(number) = number
            && !serde_json::from_str::<Number>(number).is_ok_and(|read| is_exact(number, &read))
        {
            return Err(usage(format!(
                "`{}` in `{name}` has more digits than a number can hold here",
                shown(number)
            ))
            .hint("give the whole body as JSON with `--body`, which is sent as it is"));
        }
    }
    Ok(())
}

/// Whether `number` equals `text` to the last digit.
fn is_exact(text: &str, number: &Number) -> bool {
    decimal(text) == decimal(&number.to_string())
}

/// A decimal number as its sign, its digits without zeros at either end, and the power of ten of the last digit.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let trimmed = digits.trim_end_matches('0');
    let significant = trimmed.trim_start_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(digits.len() - trimmed.len()).ok()?;
    let after = i64::try_from(fraction.len()).ok()?;
    Some((negative, significant.to_owned(), exponent.checked_sub(after)?.checked_add(zeros)?))
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Location};

    #[test]
    fn null_and_the_text_null() {
        let mut argument = Argument::new("a", Kind::Flag, Location::Body, "a");
        assert_eq!(value(&argument, "null", "--a").unwrap(), "null");
        assert_eq!(value(&argument, "\"null\"", "--a").unwrap(), "\"null\"");
        argument.nullable = true;
        assert_eq!(value(&argument, "null", "--a").unwrap(), Value::Null);
        assert_eq!(value(&argument, "\"null\"", "--a").unwrap(), "null");
        argument.value_type = ValueType::Integer;
        assert_eq!(value(&argument, "null", "--a").unwrap(), Value::Null);
        assert!(value(&argument, "\"null\"", "--a").is_err());
    }

    #[test]
    fn decimals_lose_no_digit() {
        let argument =
            Argument { value_type: ValueType::Number, ..Argument::new("a", Kind::Flag, Location::Body, "a") };
        let value = |text: &str| value(&argument, text, "--a").map(|value| value.to_string());
        for (text, sent) in [
            ("1.50", "1.5"),
            ("-0.1", "-0.1"),
            ("1e3", "1000.0"),
            ("100", "100"),
            (".5", "0.5"),
            ("0.0", "0.0"),
            ("+2.0", "2.0"),
        ] {
            assert_eq!(value(text).unwrap(), sent, "{text}");
        }
        for text in
            ["0.12345678901234567890", "123456789012345678901234567890.5", "1e400", "NaN", "inf", "1.2.3", ""]
        {
            assert!(value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers() {
        let argument = Argument {
            value_type: ValueType::Integer,
            ..Argument::new("a", Kind::Flag, Location::Body, "a")
        };
        let value = |text: &str| value(&argument, text, "--a").map(|value| value.to_string());
        assert_eq!(value("18446744073709551615").unwrap(), "18446744073709551615");
        assert_eq!(value("-9223372036854775808").unwrap(), "-9223372036854775808");
        assert!(value("18446744073709551616").unwrap_err().message.contains("too large"));
        assert!(value("1.0").is_err() && value("").is_err() && value("-").is_err());
    }
}
