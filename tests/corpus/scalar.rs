//! Numbers and texts that a schema allows.

use serde_json::{Map, Number, Value};

use crate::pattern;
use crate::sample::pick;
use crate::shape::Shape;
use crate::valid;

/// A number that is no whole one, if there is room for it.
pub(crate) fn halved(merged: &Map<String, Value>, value: Value) -> Value {
    let half = value.as_f64().and_then(|number| Number::from_f64(number + 0.5)).map(Value::Number);
    half.filter(|half| half.as_f64().is_some_and(|half| valid::number_fits(merged, half))).unwrap_or(value)
}

/// A number between its bounds.
pub(crate) fn number(merged: &Map<String, Value>, n: u64, whole: bool) -> Option<Value> {
    let get = |key: &str| merged.get(key).and_then(Value::as_f64);
    let is = |key: &str| merged.get(key) == Some(&Value::Bool(true));
    let step = get("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let mut low = get("minimum");
    let mut high = get("maximum");
    // A flag in OpenAPI 3.0, a number in 3.1.
    if let Some(bound) = get("exclusiveMinimum") {
        low = Some(low.unwrap_or(bound).max(bound + step));
    } else if is("exclusiveMinimum") {
        low = low.map(|low| {
            low + if whole || high.is_none_or(|high| high - low > step) {
                step
            } else {
                (high.unwrap_or(low) - low) / 2.0
            }
        });
    }
    if let Some(bound) = get("exclusiveMaximum") {
        high = Some(high.unwrap_or(bound).min(bound - step));
    } else if is("exclusiveMaximum") {
        high = high.map(|high| if whole { high - step } else { high - step / 1024.0 });
    }
    #[allow(clippy::cast_precision_loss)] // a small number
    let n = n as f64;
    let start = match (low, high) {
        (Some(low), _) if low > 0.0 => low,
        (_, Some(high)) if high < 1.0 => low.unwrap_or(high),
        _ => 1.0,
    };
    let mut value = (start / step).ceil() * step + n * step;
    if high.is_some_and(|high| value > high) {
        value = (start / step).ceil() * step;
    }
    if high.is_some_and(|high| value > high) {
        value = start;
    }
    if whole || (value.fract() == 0.0 && value.abs() < 1e15) {
        #[allow(clippy::cast_possible_truncation)]
        // saturates, and so large a bound is beyond all numbers that are sent
        let value = value.round() as i64;
        return Some(value.into());
    }
    Number::from_f64(value).map(Value::Number)
}

/// A text that keeps pattern, length and format, or one of those that the flag for it takes.
pub(crate) fn string(merged: &Map<String, Value>, shape: Option<Shape<'_>>, n: u64) -> Option<Value> {
    // A discriminator's values are known to the flag, though the text itself has no enum.
    if let Some(allowed) = shape.and_then(|shape| shape.allowed)
        && let Some(value) = pick(allowed, merged, n)
    {
        return Some(value);
    }
    let bound = |key: &str| {
        merged.get(key).and_then(Value::as_u64).map(|bound| usize::try_from(bound).unwrap_or(usize::MAX))
    };
    let least = bound("minLength").unwrap_or_default();
    let most = bound("maxLength").unwrap_or(usize::MAX);
    let fits = |text: &str| (least..=most).contains(&text.chars().count());
    let text = formatted(merged, least, most, n);
    let Some(pattern) = merged.get("pattern").and_then(Value::as_str) else { return Some(text.into()) };
    // What the format asks for, if it matches; else what somebody who knows has written down; else what can be made up.
    let known = ["example", "default"].iter().filter_map(|key| merged.get(*key)?.as_str()).map(str::to_owned);
    let is_it =
        |text: &String| fits(text) && !text.is_empty() && pattern::matches(pattern, text) != Some(false);
    let made = pattern::matching(pattern, least, most, n);
    let formatted = Some(text.clone()).filter(|text| text != "text");
    // Conditions that cannot be checked here are best left to him.
    let first = match pattern::matches(pattern, "") {
        Some(_) => formatted.into_iter().chain(made.clone()).chain(known).find(is_it),
        None => known.chain(made.clone()).find(is_it),
    };
    Some(first.or(made).unwrap_or(text).into())
}

/// A text of the format, as long as it must be.
fn formatted(merged: &Map<String, Value>, least: usize, most: usize, n: u64) -> String {
    let more = if n == 0 { String::new() } else { n.to_string() };
    let format = merged.get("format").and_then(Value::as_str).unwrap_or_default();
    let mut text = match format {
        "date" => format!("2026-01-{:02}", n % 28 + 1),
        "date-time" => format!("2026-01-{:02}T12:00:00Z", n % 28 + 1),
        "time" => "12:00:00Z".to_owned(),
        "duration" => "P1D".to_owned(),
        "email" | "idn-email" => format!("person{more}@example.com"),
        "uuid" | "guid" => format!("00000000-0000-4000-8000-{n:012}"),
        "uri" | "url" | "iri" => format!("https://example.com/{more}"),
        "uri-reference" | "iri-reference" => format!("/a{more}"),
        "hostname" | "idn-hostname" => format!("host{more}.example.com"),
        "ip" | "ipv4" => format!("192.0.2.{}", n % 200 + 1),
        "ipv6" => format!("2001:db8::{}", n % 200 + 1),
        "cidr" => "192.0.2.0/24".to_owned(),
        "byte" => "aGVsbG8=".to_owned(),
        "mac" => "00:00:5e:00:53:01".to_owned(),
        // Numbers that are texts because they are larger than what JavaScript holds.
        "int64" | "uint64" | "int32" | "decimal" | "double" | "float" => (n + 1).to_string(),
        _ => format!("text{more}"),
    };
    if format == "date-time" && text.chars().count() < least {
        // Fractions of a second are the only part that may be longer.
        text = format!(
            "{}.{}Z",
            text.trim_end_matches('Z'),
            "0".repeat(least.saturating_sub(text.len() + 1).clamp(1, 9))
        );
    }
    while text.chars().count() < least.min(100_000) && !matches!(format, "date" | "date-time") {
        text.push('x');
    }
    if text.chars().count() > most && !matches!(format, "date" | "date-time" | "uuid") {
        text = text.chars().rev().take(most).collect::<Vec<_>>().into_iter().rev().collect();
    }
    text
}
