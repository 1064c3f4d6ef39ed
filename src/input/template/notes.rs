//! The notes of a template next to a field, and sample values.

use serde_json::Value;

use crate::input::describe::bounds;
use crate::openapi::{Property, Scalar, Shape, plain, sentence};

/// The most values of an enum in a comment.
const MAX_VALUES: usize = 20;

/// A field's comment: the first sentence of its description, and notes in brackets.
pub(crate) fn comment(description: &str, notes: &[String]) -> String {
    let text = sentence(&plain(description)).replace('\n', " ");
    let notes = format!("[{}]", notes.join(", "));
    let text = if text.is_empty() { notes } else { format!("{text} {notes}") };
    crate::text::printable(&text).into_owned()
}

/// Its type, whether it is required, and constraints on its values.
pub(crate) fn notes(property: &Property<'_>, shape: &Shape<'_>, required: bool) -> Vec<String> {
    let mut notes = vec![type_name(shape)];
    if required {
        notes.push("required".to_owned());
    }
    if let Some(scalar) = &shape.scalar {
        let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values = scalar.allowed.iter().flatten().map(plain);
        notes.extend(list(values).map(|values| format!("one of {values}")));
        notes.extend(bounds(&scalar.constraints(), true));
    }
    if shape.items.is_some() {
        notes.extend(bounds(&shape.size.constraints(), true));
    }
    if shape.nullable {
        notes.push("or null".to_owned());
    }
    notes.extend(property.default().map(|value| format!("default {value}")));
    if property.flag("deprecated") {
        notes.push("deprecated".to_owned());
    }
    notes
}

fn type_name(shape: &Shape<'_>) -> String {
    let mut names = Vec::new();
    if let Some(items) = shape.items {
        let inner = items.outline_within(&mut 100);
        let name = if inner.items.is_some() { "arrays".to_owned() } else { type_name(&inner) };
        names.push(format!("array of {name}"));
    }
    if let Some(scalar) = &shape.scalar {
        let name = if scalar.name == "json" { "any" } else { scalar.name };
        names.push(
            scalar.format.as_ref().map_or_else(|| name.to_owned(), |format| format!("{name} ({format})")),
        );
    }
    if shape.object {
        names.push("object".to_owned());
    }
    if names.is_empty() { "any".to_owned() } else { names.join(" or ") }
}

/// The alternatives of a body and which one is filled in, without the final full stop; `None` for a body without
/// alternatives.
pub(crate) fn one_of(shape: &Shape<'_>, chosen: usize) -> Option<String> {
    let names = list(shape.choices.iter().map(|choice| choice.name.clone()))?;
    let main = shape.choices.get(chosen).map(|choice| choice.name.as_str()).unwrap_or_default();
    Some(format!("One of: {names}. This is {main}"))
}

/// Values separated by bars, shortened if there are many; `None` if there are none.
pub(crate) fn list(values: impl Iterator<Item = String>) -> Option<String> {
    let mut values: Vec<String> = values.take(MAX_VALUES + 1).collect();
    if values.len() > MAX_VALUES {
        values.truncate(MAX_VALUES);
        values.push("...".to_owned());
    }
    (!values.is_empty()).then(|| values.join(" | "))
}

/// A sample value of the right type, within the bounds where that is easy.
pub(crate) fn sample(scalar: &Scalar, property: &Property<'_>) -> Value {
    if let Some(first) = scalar.allowed.as_ref().and_then(|values| values.first()) {
        return first.clone();
    }
    let example = property.schemas().find_map(|schema| schema.value().get("example"));
    let fits = |value: &&Value| match scalar.name {
        "string" => value.as_str().is_some_and(|text| text.len() <= 200),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    };
    if let Some(value) = example.filter(fits).or_else(|| property.default().filter(fits)) {
        return value.clone();
    }
    match scalar.name {
        "integer" | "number" => number(scalar),
        "boolean" => Value::Bool(false),
        "string" => match scalar.format.as_deref() {
            Some("date") => "2026-01-31".into(),
            Some("date-time") => "2026-01-31T12:00:00Z".into(),
            Some("uuid") => "00000000-0000-0000-0000-000000000000".into(),
            Some("email") => "name@example.com".into(),
            Some("uri" | "url") => "https://example.com".into(),
            Some("binary") => "path/of/a/file".into(),
            _ => {
                let length = usize::try_from(scalar.min_length.unwrap_or_default()).unwrap_or_default();
                "x".repeat(length.min(200)).into()
            }
        },
        _ => Value::Null,
    }
}

fn number(scalar: &Scalar) -> Value {
    let step = scalar.multiple_of.unwrap_or(1.0);
    let least = scalar.minimum.map(|bound| if bound.exclusive { bound.value + step } else { bound.value });
    let most = scalar.maximum.map(|bound| if bound.exclusive { bound.value - step } else { bound.value });
    let mut value = match (least, most) {
        (Some(least), _) if least > 0.0 => (least / step).ceil() * step,
        (_, Some(most)) if most < 0.0 => (most / step).floor() * step,
        _ => 0.0,
    };
    if scalar.minimum.is_some_and(|bound| bound.exclusive && bound.value.abs() == 0.0) {
        value = step;
    }
    #[allow(clippy::cast_possible_truncation)] // a sample only; the server decides
    match serde_json::Number::from_f64(value) {
        Some(_) if value.fract().abs() == 0.0 && value.abs() < 9e15 => Value::from(value as i64),
        Some(number) => Value::Number(number),
        None => Value::from(0),
    }
}
