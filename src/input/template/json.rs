//! A template in JSON with comments.

use std::fmt::Write as _;

use serde_json::Value;

use super::notes::{comment, notes, one_of, sample};
use super::sections::{Field, sections};
use super::stack::{MAX_LINES, MAX_LOOKS, Stack};
use crate::openapi::{Property, Schema, Shape};

/// The template of a value of this schema; the alternative of that number is filled in. `files` are the outermost fields that
/// are files, with their flags: only typed words can name a file, so a template cannot.
pub(crate) fn write(schema: Schema<'_>, title: &str, chosen: usize, files: &[(&str, &str)]) -> String {
    let mut writer = Writer { lines: 0, looks: MAX_LOOKS, stack: Stack::default(), chosen, files };
    let property = Property::one(schema);
    let shape = schema.family_within(&mut writer.looks);
    let mut out = format!("// {}\n", crate::text::printable(title));
    out.push_str("// Required fields are filled in. Uncomment the others that you want; `--body @file` ignores comments.\n");
    if let Some(line) = one_of(&shape, chosen) {
        let line = format!("{line}; `--body-template=NAME` fills in another.");
        let _ = writeln!(out, "// {}", crate::text::printable(&line));
    }
    out.push_str(&writer.value(&property, &shape, Indent::TOP).join("\n"));
    out.push('\n');
    visible(&out)
}

/// Escapes invisible characters in names and values as JSON; comments have none left.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (c, hidden) in crate::text::marked(text) {
        if hidden && c != '\n' {
            crate::text::push_json_escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

struct Writer<'a> {
    lines: usize,
    looks: usize,
    stack: Stack<'a>,
    /// The alternative of the outermost object that is filled in; for objects inside, it is the first.
    chosen: usize,
    /// Fields that are files, and their flags.
    files: &'a [(&'a str, &'a str)],
}

/// The indent of a line: how deep it is in the body, and how often it is commented out.
#[derive(Clone, Copy)]
struct Indent {
    depth: usize,
    off: usize,
}

impl Indent {
    const TOP: Self = Self { depth: 0, off: 0 };

    fn lead(self) -> String {
        format!("{}{}", "// ".repeat(self.off), "  ".repeat(self.depth))
    }

    fn inside(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

impl<'a> Writer<'a> {
    /// The lines of a value. All but the first have the indent; the last has no comma.
    fn value(&mut self, property: &Property<'a>, shape: &Shape<'a>, at: Indent) -> Vec<String> {
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
        let depth = self.stack.enter(property);
        let lines = self.object(shape, at);
        self.stack.leave(depth);
        lines
    }

    fn array(&mut self, items: Schema<'a>, at: Indent) -> Vec<String> {
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

    fn object(&mut self, shape: &Shape<'a>, at: Indent) -> Vec<String> {
        let mut lines = vec!["{".to_owned()];
        let chosen = if at.depth == 0 { self.chosen } else { 0 };
        for section in sections(shape, chosen, &mut self.looks) {
            let mut inner = at.inside();
            if let Some(other) = section.other {
                inner.off += 1;
                let name = crate::text::printable(&other.name);
                lines.push(format!("{}// {name}:", at.inside().lead()));
                self.lines += 1;
            }
            for field in &section.fields {
                if self.lines >= MAX_LINES && (!field.required || section.other.is_some()) {
                    lines.push(format!("{}// ... and more fields", inner.lead()));
                    break;
                }
                let place = Indent { off: inner.off + usize::from(!field.required), ..inner };
                self.field(&mut lines, field, shape, place);
            }
        }
        if let Some(values) = shape.values.filter(|_| shape.properties.is_empty()) {
            let property = Property::one(values);
            let field = property.shape_within(&mut self.looks);
            let inner = Indent { depth: at.depth + 1, off: at.off + 1 };
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

    fn field(&mut self, lines: &mut Vec<String>, field: &Field<'a>, object: &Shape<'a>, at: Indent) {
        let property = &field.property;
        let shape = property.shape_within(&mut self.looks);
        let value = match &field.told {
            Some(value) if shape.scalar.is_some() => vec![Value::from(value.as_str()).to_string()],
            _ => self.value(property, &shape, at),
        };
        let comment = comment(property.description(), &field.notes(object, &shape));
        let key = Value::from(field.name).to_string();
        let file = self.files.iter().find(|(name, _)| at.depth == 1 && *name == field.name);
        if let Some((_, flag)) = file {
            lines.push(format!("{}// {key} is a file: --{flag} PATH; {comment}", at.lead()));
            self.lines += 1;
            return;
        }
        push(lines, &format!("{}{key}: ", at.lead()), value, &comment);
        self.lines += 1;
    }

    fn is_cut(&self, property: &Property<'a>, at: Indent) -> bool {
        self.stack.is_cut(property, at.depth) || at.depth > 0 && self.lines >= MAX_LINES
    }
}

/// Adds the lines of a value after `lead`, with a comma, and a comment on the first.
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

#[cfg(test)]
mod tests;
