//! A template in XML (OpenAPI 3.0, section 4.7.26, XML Object; XML 1.0).
//!
//! Optional elements are in comments. Since comments do not nest, a commented element shows all of its content without
//! notes.

use std::fmt::Write as _;

use serde_json::Value;

use super::notes::{comment, notes, one_of, sample};
use super::sections::{Field, sections};
use super::stack::{MAX_LINES, MAX_LOOKS, Stack};
use crate::openapi::{Property, Schema, Shape};

/// The template of a value of this schema; the alternative of that number is filled in.
pub(crate) fn write(schema: Schema<'_>, title: &str, chosen: usize) -> String {
    let mut writer = Writer { lines: 0, looks: MAX_LOOKS, stack: Stack::default(), chosen };
    let shape = schema.family_within(&mut writer.looks);
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(out, "<!-- {} -->", in_comment(title));
    out.push_str("<!-- Required fields are filled in. Uncomment the others that you want. -->\n");
    if let Some(line) = one_of(&shape, chosen) {
        let _ = writeln!(out, "<!-- {}. -->", in_comment(&line));
    }
    let property = Property::one(schema);
    let name =
        schema.name().or_else(|| schema.value().get("title").and_then(Value::as_str)).unwrap_or("root");
    let element = Element { name, as_item: None, note: String::new(), told: None };
    // There has to be one root element: an unwrapped list gets one too.
    for line in
        writer.element(&element, &property, &shape, Nesting { depth: 0, commented: false, is_root: true })
    {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

struct Writer<'a> {
    lines: usize,
    looks: usize,
    stack: Stack<'a>,
    /// The alternative of the outermost object that is filled in; for objects inside, it is the first.
    chosen: usize,
}

/// What is known about an element in addition to its schema.
struct Element<'e> {
    /// The property's name, which `xml.name` replaces.
    name: &'e str,
    /// For an item of a list: its name if its schema has none.
    as_item: Option<String>,
    /// The comment after it.
    note: String,
    /// Its text, if that is fixed.
    told: Option<&'e str>,
}

#[derive(Clone, Copy)]
struct Nesting {
    depth: usize,
    /// It is inside a comment.
    commented: bool,
    is_root: bool,
}

impl Nesting {
    fn lead(self) -> String {
        "  ".repeat(self.depth)
    }

    fn inside(self) -> Self {
        Self { depth: self.depth + 1, is_root: false, ..self }
    }
}

/// The start of an element, and its name for the end.
struct Tag {
    start: String,
    name: String,
}

impl Tag {
    fn new(name: &str, property: &Property<'_>) -> Self {
        let text = |key: &str| xml(property, key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let local = xml_name(text("name").unwrap_or(name));
        let prefix = text("prefix").map(xml_name);
        let name = prefix.as_ref().map_or_else(|| local.clone(), |prefix| format!("{prefix}:{local}"));
        let mut start = name.clone();
        if let Some(namespace) = text("namespace") {
            let prefix = prefix.map(|prefix| format!(":{prefix}")).unwrap_or_default();
            let _ = write!(start, " xmlns{prefix}=\"{}\"", escaped(namespace));
        }
        Self { start, name }
    }
}

impl<'a> Writer<'a> {
    /// The lines of an element, or of each item of an unwrapped list.
    fn element(
        &mut self,
        element: &Element<'_>,
        property: &Property<'a>,
        shape: &Shape<'a>,
        at: Nesting,
    ) -> Vec<String> {
        self.lines += 1;
        if let Some(items) = shape.items {
            return self.list(element, property, items, at);
        }
        let tag = Tag::new(element.as_item.as_deref().unwrap_or(element.name), property);
        let lead = at.lead();
        let note = if element.note.is_empty() || at.commented {
            String::new()
        } else {
            format!(" <!-- {} -->", element.note)
        };
        if let Some(scalar) = &shape.scalar {
            let text = element.told.map_or_else(|| text(&sample(scalar, property)), str::to_owned);
            return vec![format!("{lead}<{}>{}</{}>{note}", tag.start, escaped(&text), tag.name)];
        }
        let cut = self.stack.is_cut(property, at.depth) || at.depth > 0 && self.lines >= MAX_LINES;
        if shape.any || cut {
            return vec![format!("{lead}<{}></{}>{note}", tag.start, tag.name)];
        }
        let depth = self.stack.enter(property);
        let lines = self.object(&tag, shape, &note, at);
        self.stack.leave(depth);
        lines
    }

    fn list(
        &mut self,
        element: &Element<'_>,
        list: &Property<'a>,
        items: Schema<'a>,
        at: Nesting,
    ) -> Vec<String> {
        let property = Property::one(items);
        let wrapped = at.is_root || xml(list, "wrapped").and_then(Value::as_bool).unwrap_or_default();
        let own = xml(list, "name").and_then(Value::as_str).filter(|_| wrapped).unwrap_or(element.name);
        // At the root there is no property to name the items after, but there may be a schema.
        let name = if at.is_root { items.name().unwrap_or("item") } else { own };
        let inner = if wrapped { at.inside() } else { at };
        let note = if wrapped { String::new() } else { element.note.clone() };
        let item = Element { name, as_item: Some(name.to_owned()), note, told: None };
        let mut lines = Vec::new();
        if !self.stack.is_cut(&property, at.depth + 1) {
            let shape = property.shape_within(&mut self.looks);
            let depth = self.stack.enter(list);
            lines = self.element(&item, &property, &shape, inner);
            self.stack.leave(depth);
        }
        if !wrapped {
            return lines;
        }
        let tag = Tag::new(element.name, list);
        let note = if element.note.is_empty() || at.commented {
            String::new()
        } else {
            format!(" <!-- {} -->", element.note)
        };
        let mut all = vec![format!("{}<{}>{note}", at.lead(), tag.start)];
        all.append(&mut lines);
        all.push(format!("{}</{}>", at.lead(), tag.name));
        all
    }

    fn object(&mut self, tag: &Tag, shape: &Shape<'a>, note: &str, at: Nesting) -> Vec<String> {
        let mut start = tag.start.clone();
        let mut inside = Vec::new();
        let chosen = if at.is_root { self.chosen } else { 0 };
        let inner = at.inside();
        for section in sections(shape, chosen, &mut self.looks) {
            // In a comment, only one alternative can be shown.
            if section.other.is_some() && at.commented {
                break;
            }
            if let Some(other) = section.other {
                inside.push(format!("{}<!-- {}: -->", inner.lead(), in_comment(&other.name)));
            }
            for field in &section.fields {
                let there = field.required && section.other.is_none();
                if self.lines >= MAX_LINES && !there {
                    if !at.commented {
                        inside.push(format!("{}<!-- ... and more fields -->", inner.lead()));
                    }
                    break;
                }
                let own = field.property.shape_within(&mut self.looks);
                let notes = in_comment(&comment(field.property.description(), &field.notes(shape, &own)));
                if is_attribute(&field.property) && section.other.is_none() {
                    let name = Tag::new(field.name, &field.property).name;
                    let value = own.scalar.as_ref().map(|scalar| text(&sample(scalar, &field.property)));
                    let value = field.told.clone().or(value).unwrap_or_default();
                    let attribute = format!(" {name}=\"{}\"", escaped(&value));
                    if field.required || at.commented {
                        start.push_str(&attribute);
                    }
                    if !at.commented {
                        let shown = if field.required { format!(" {name}") } else { attribute };
                        inside.push(format!("{}<!-- attribute{shown}: {notes} -->", inner.lead()));
                    }
                    continue;
                }
                self.field(&mut inside, field, &own, &notes, there, inner);
            }
        }
        if let Some(values) = shape.values.filter(|_| shape.properties.is_empty() && !at.commented) {
            let property = Property::one(values);
            let field = Field { name: "key", property, required: false, told: None };
            let own = field.property.shape_within(&mut self.looks);
            let notes =
                in_comment(&comment(field.property.description(), &notes(&field.property, &own, false)));
            self.field(&mut inside, &field, &own, &notes, false, inner);
        }
        let lead = at.lead();
        if inside.is_empty() {
            return vec![format!("{lead}<{start}></{}>{note}", tag.name)];
        }
        let mut lines = vec![format!("{lead}<{start}>{note}")];
        lines.append(&mut inside);
        lines.push(format!("{lead}</{}>", tag.name));
        lines
    }

    /// An element in an object, in a comment unless it is `there`.
    fn field(
        &mut self,
        lines: &mut Vec<String>,
        field: &Field<'a>,
        shape: &Shape<'a>,
        note: &str,
        there: bool,
        at: Nesting,
    ) {
        let place = Nesting { commented: at.commented || !there, ..at };
        let element =
            Element { name: field.name, as_item: None, note: note.to_owned(), told: field.told.as_deref() };
        let inner = self.element(&element, &field.property, shape, place);
        if there || at.commented {
            lines.extend(inner);
            return;
        }
        let lead = at.lead();
        match inner.as_slice() {
            // A recursive list, or a name that is not allowed in a comment.
            lines_of if lines_of.is_empty() || lines_of.iter().any(|line| line.contains("--")) => {
                lines.push(format!("{lead}<!-- {}: {note} -->", in_comment(field.name)));
            }
            [line] => lines.push(format!("{lead}<!-- {} --> <!-- {note} -->", line.trim_start())),
            _ => {
                lines.push(format!("{lead}<!-- {note} -->"));
                lines.push(format!("{lead}<!--"));
                lines.extend(inner);
                lines.push(format!("{lead}-->"));
            }
        }
    }
}

/// A member of the XML Object of a property.
fn xml<'a>(property: &Property<'a>, key: &str) -> Option<&'a Value> {
    property.schemas().find_map(|schema| schema.xml(key))
}

/// `nodeType` is OpenAPI 3.2's word for it.
fn is_attribute(property: &Property<'_>) -> bool {
    xml(property, "attribute").and_then(Value::as_bool).unwrap_or_default()
        || xml(property, "nodeType").is_some_and(|kind| kind == "attribute")
}

/// A scalar in XML.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A name that an element may have (XML 1.0, section 2.3, without its colon): `_` replaces other characters.
fn xml_name(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        let fits = c.is_alphanumeric() || c == '_' || (!text.is_empty() && matches!(c, '-' | '.'));
        if text.is_empty() && c.is_numeric() {
            text.push('_');
        }
        text.push(if fits { c } else { '_' });
    }
    if text.is_empty() { "_".to_owned() } else { text }
}

/// Text between tags or quotes, possibly inside a comment, so without `--`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            // The others cannot be written in XML (1.0, section 2.2), or are invisible.
            c if crate::text::is_unprintable(c) => out.push('\u{fffd}'),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '-' if out.ends_with('-') => out.push_str("&#45;"),
            c => out.push(c),
        }
    }
    out
}

/// Text in a comment, without `--` and without a `-` at the end (XML 1.0, section 2.5).
fn in_comment(text: &str) -> String {
    let mut text = crate::text::printable(text).into_owned();
    while text.contains("--") {
        text = text.replace("--", "- -");
    }
    text
}

#[cfg(test)]
mod tests;
