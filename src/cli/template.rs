//! `--body-template`: a body to fill in.
//!
//! It is JSON with comments, which `--body @file` reads as it is. What is required stands there with a sample value; what
//! is not is commented out.

use std::fmt::Write as _;

use serde_json::Value;

use super::context::note;
use super::describe::bounds;
use super::flags::Signature;
use super::usage;
use crate::diagnostic::{Failure, Kind};
use crate::model::{CommandDefinition, MediaChoice};
use crate::openapi::{Choice, Document, Operation, Property, Scalar, Schema, Shape, plain, sentence};
use crate::output;
use crate::plugins::{Found, Plugin};

/// Objects and arrays nested deeper than this are left for a person to write.
const MAX_DEPTH: usize = 6;

/// The most lines of a template; fields beyond are named in one comment.
const MAX_LINES: usize = 2_000;

/// Schemas and properties that are looked at for one template.
const MAX_LOOKS: usize = 40_000;

/// The most values of an enum in a comment.
const MAX_VALUES: usize = 20;

/// The template of the command's body in that media type; `None` for a body without fields, whose form is not known.
fn template(
    plugin: &Plugin,
    facts: &CommandDefinition,
    media: &MediaChoice,
) -> Result<Option<String>, Failure> {
    if !media.encoding.has_fields() {
        return Ok(None);
    }
    let document = plugin.document()?;
    let schema = Schema::new(&document, schema(&document, facts, &media.content_type)?);
    let title = format!("{} {}: {}", facts.method, facts.path, media.content_type);
    Ok(Some(write(schema, &title)))
}

/// Prints the template of the command's body in the media type `chosen`, else the usual one; or says why there is none.
pub(super) fn print(
    plugin: &Plugin,
    found: &Found,
    signature: &Signature,
    chosen: Option<MediaChoice>,
    command: &str,
) -> Result<(), Failure> {
    let (Some(facts), Some(body)) = (found.facts.as_ref(), signature.body.as_ref()) else {
        return Err(usage(format!("`{command}` takes no body"))
            .hint(format!("`{command} --help` shows what it takes")));
    };
    let usual = || MediaChoice { content_type: body.content_type.clone(), encoding: body.encoding };
    let media = chosen.unwrap_or_else(usual);
    match template(plugin, facts, &media)? {
        Some(text) => output::text(&text),
        None => {
            note(&format!(
                "the body is {}: give it as it is, with `--body @file` or `--body -`",
                media.content_type
            ));
            Ok(())
        }
    }
}

/// The template of a value of this schema.
fn write(schema: Schema<'_>, title: &str) -> String {
    let mut writer = Writer { lines: 0, looks: MAX_LOOKS, parents: Vec::new() };
    let property = Property::one(schema);
    let shape = schema.family_within(&mut writer.looks);
    let mut out = format!("// {}\n", crate::text::printable(title));
    out.push_str("// What is required is there. Take the // off what you want besides; `--body @file` reads the rest.\n");
    if let Some(names) = list(shape.choices.iter().map(|choice| choice.name.clone())) {
        let _ = writeln!(out, "// One of: {}", crate::text::printable(&names));
    }
    out.push_str(&writer.value(&property, &shape, Place::TOP).join("\n"));
    out.push('\n');
    out
}

/// The schema of the body in that media type.
fn schema<'a>(
    document: &'a Document,
    facts: &CommandDefinition,
    content_type: &str,
) -> Result<&'a Value, Failure> {
    let gone = |reason: &str| {
        Failure::new(
            Kind::Other,
            format!("the document of this plugin does not have `{}`: {reason}", facts.pointer),
        )
        .hint("generate the plugin again with `apicli gen`")
    };
    let operations = document.operations();
    let at =
        operations.iter().find(|at| at.pointer == facts.pointer).ok_or_else(|| gone("no such operation"))?;
    let operation = Operation::read(document, at).map_err(|problem| gone(&problem.message))?;
    let content = operation.body.map(|body| body.content).unwrap_or_default();
    // What is sent may be more concrete than what the document says (`*/*`).
    let media = content.iter().find(|media| media.sent == content_type).or_else(|| content.first());
    media.map(|media| media.schema).ok_or_else(|| gone("it has no body"))
}

struct Writer<'a> {
    lines: usize,
    looks: usize,
    /// Schemas that the value at hand stands in.
    parents: Vec<&'a Value>,
}

/// Where a line stands: how deep in the body, and how often it is commented out.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    off: usize,
}

impl Place {
    const TOP: Self = Self { depth: 0, off: 0 };

    fn lead(self) -> String {
        format!("{}{}", "// ".repeat(self.off), "  ".repeat(self.depth))
    }

    fn inside(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

impl<'a> Writer<'a> {
    /// The lines of a value. The first has no lead, the others have; the last has no comma.
    fn value(&mut self, property: &Property<'a>, shape: &Shape<'a>, at: Place) -> Vec<String> {
        if let Some(items) = shape.items {
            return self.array(items, at);
        }
        if let Some(scalar) = &shape.scalar {
            return vec![sample(scalar, property).to_string()];
        }
        if shape.any {
            return vec!["null".to_owned()];
        }
        if self.is_cut(property, at) {
            return vec!["{}".to_owned()];
        }
        self.parents.extend(property.schemas().map(|schema| schema.value()));
        let depth = self.parents.len();
        let lines = self.object(shape, at);
        self.parents.truncate(depth - property.schemas().count());
        lines
    }

    fn array(&mut self, items: Schema<'a>, at: Place) -> Vec<String> {
        let property = Property::one(items);
        if self.is_cut(&property, at) {
            return vec!["[]".to_owned()];
        }
        let shape = property.shape_within(&mut self.looks);
        let inner = at.inside();
        let mut lines = vec!["[".to_owned()];
        let item = self.value(&property, &shape, inner);
        push(&mut lines, &inner.lead(), item, "");
        lines.push(format!("{}]", at.lead()));
        self.lines += 2;
        lines
    }

    fn object(&mut self, shape: &Shape<'a>, at: Place) -> Vec<String> {
        let mut lines = vec!["{".to_owned()];
        // The first alternative is the one that is there; the others are commented out.
        let first = shape.choices.first();
        let chosen = |name: &str| first.is_some_and(|choice| choice.required.contains(name));
        for (&name, property) in &shape.properties {
            if property.flag("readOnly") {
                continue;
            }
            let required = shape.required.contains(name) || chosen(name);
            let inner = Place { depth: at.depth + 1, off: at.off + usize::from(!required) };
            if self.lines >= MAX_LINES && !required {
                lines.push(format!("{}// ... and further fields", inner.lead()));
                break;
            }
            let field = property.shape_within(&mut self.looks);
            let told = shape.discriminator.as_ref().filter(|(known, _)| *known == name);
            let value = match (told, first.and_then(|choice| choice.value.clone())) {
                (Some(_), Some(value)) if field.scalar.is_some() => vec![Value::from(value).to_string()],
                _ => self.value(property, &field, inner),
            };
            let mut notes = notes(property, &field, required);
            if told.is_some() && field.scalar.as_ref().is_some_and(|scalar| scalar.allowed.is_none()) {
                let values = shape.choices.iter().filter_map(|choice| choice.value.clone());
                notes.extend(list(values).map(|values| format!("one of {values}")));
            }
            let with: Vec<&Choice<'_>> =
                shape.choices.iter().filter(|choice| choice.properties.contains(name)).collect();
            if with.len() < shape.choices.len() {
                let names = with.iter().map(|choice| choice.name.clone());
                notes.extend(list(names).map(|names| format!("for {names}")));
            }
            let comment = comment(property.description(), &notes);
            let key = Value::from(name).to_string();
            push(&mut lines, &format!("{}{key}: ", inner.lead()), value, &comment);
            self.lines += 1;
        }
        if let Some(values) = shape.values.filter(|_| shape.properties.is_empty()) {
            let property = Property::one(values);
            let field = property.shape_within(&mut self.looks);
            let inner = Place { depth: at.depth + 1, off: at.off + 1 };
            let value =
                if field.any { vec!["\"\"".to_owned()] } else { self.value(&property, &field, inner) };
            let comment = comment(property.description(), &notes(&property, &field, false));
            push(&mut lines, &format!("{}\"key\": ", inner.lead()), value, &comment);
        }
        self.lines += 1;
        if lines.len() == 1 {
            return vec!["{}".to_owned()];
        }
        lines.push(format!("{}}}", at.lead()));
        lines
    }

    /// A value that stands in itself, or too deep, is left for a person to write.
    fn is_cut(&self, property: &Property<'a>, at: Place) -> bool {
        let again = property.schemas().any(|schema| {
            !schema.value().is_null()
                && self.parents.iter().any(|parent| std::ptr::eq(*parent, schema.value()))
        });
        at.depth > 0 && (again || at.depth >= MAX_DEPTH || self.lines >= MAX_LINES)
    }
}

/// Adds the lines of a value behind `lead`, with a comma, and a comment on the first.
fn push(lines: &mut Vec<String>, lead: &str, value: Vec<String>, comment: &str) {
    let last = value.len().saturating_sub(1);
    let comment = if comment.is_empty() { String::new() } else { format!(" // {comment}") };
    for (n, mut line) in value.into_iter().enumerate() {
        if n == 0 {
            line.insert_str(0, lead);
        }
        if n == last {
            line.push(',');
        }
        if n == 0 {
            line.push_str(&comment);
        }
        lines.push(line);
    }
}

fn comment(description: &str, notes: &[String]) -> String {
    let text = sentence(&plain(description)).replace('\n', " ");
    let notes = format!("[{}]", notes.join(", "));
    let text = if text.is_empty() { notes } else { format!("{text} {notes}") };
    crate::text::printable(&text).into_owned()
}

/// Type, whether it is required, and what is said of its values.
fn notes(property: &Property<'_>, shape: &Shape<'_>, required: bool) -> Vec<String> {
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

fn list(values: impl Iterator<Item = String>) -> Option<String> {
    let mut values: Vec<String> = values.take(MAX_VALUES + 1).collect();
    if values.len() > MAX_VALUES {
        values.truncate(MAX_VALUES);
        values.push("...".to_owned());
    }
    (!values.is_empty()).then(|| values.join(" | "))
}

/// A value that keeps to the type, and to the bounds where that is easy.
fn sample(scalar: &Scalar, property: &Property<'_>) -> Value {
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
    #[allow(clippy::cast_possible_truncation)] // as far as it goes; the server judges
    match serde_json::Number::from_f64(value) {
        Some(_) if value.fract().abs() == 0.0 && value.abs() < 9e15 => Value::from(value as i64),
        Some(number) => Value::Number(number),
        None => Value::from(0),
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
