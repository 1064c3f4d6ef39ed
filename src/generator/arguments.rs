//! Arguments of a command: positionals and typed flags, from parameters and the request body.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::media::{encoding, preferred};
use super::naming;
use crate::model::{Argument, Body, Constraints, Encoding, Kind, Location, Style, ValueType};
use crate::openapi::{Document, MediaType, Operation, Parameter, Scalar, Schema, Shape, plain};

/// Body fields nested deeper than this are given as JSON: `--a.b.c.d.e '{...}'`.
const MAX_DEPTH: usize = 5;

/// The flags of a command. An object whose fields would go beyond is given as JSON; top-level fields beyond are left
/// to `--body`.
const MAX_FLAGS: usize = 1_200;

/// Schemas and properties that are looked at for one command (see [`Schema::shape_within`]); a field beyond is given
/// as JSON. Flags alone are no bound: a field may give none (`readOnly`), and any number of parts one.
const MAX_LOOKS: usize = 40_000;

/// The longest help text of an argument, in characters. One text may be referred to from every operation.
const MAX_DESCRIPTION: usize = 2_000;

/// Flags that the host keeps for itself; an API's own flag of that name is prefixed with its location.
pub const HOST_FLAGS: [&str; 13] = [
    "body",
    "curl",
    "dry-run",
    "error-format",
    "help",
    "help-all",
    "mock",
    "output",
    "plugins-dir",
    "quiet",
    "server",
    "timeout",
    "verbose",
];

/// The arguments of `operation`, positionals first, and the body that its flags make.
pub(super) fn read<'a>(document: &'a Document, operation: &Operation<'a>) -> (Vec<Argument>, Option<Body>) {
    let mut flags = Flags::new(document);
    for variable in operation.path.parameters() {
        if let Some(parameter) =
            operation.parameters.iter().find(|p| p.location == Location::Path && variable.is(p.name))
        {
            flags.positional(parameter);
        }
    }
    let positionals = flags.arguments.len();
    let mut parameters = Vec::new();
    for location in [Location::Query, Location::Header, Location::Cookie] {
        parameters.extend(operation.parameters.iter().filter(|p| p.location == location && !is_ignored(p)));
    }
    let body = operation.body.as_ref().and_then(|body| {
        let media = preferred(&body.content)?;
        let properties =
            Schema::new(document, media.schema).value().get("properties").and_then(Value::as_object);
        // Stripe declares a form without any field for every GET.
        let none = encoding(media.name) == Encoding::Form
            && !body.required
            && properties.is_some_and(serde_json::Map::is_empty);
        (!none).then(|| (body, media, encoding(media.name)))
    });
    let mut shape = match body {
        Some((_, media, encoding)) if encoding != Encoding::Raw => {
            Schema::new(document, media.schema).shape_within(&mut flags.looks)
        }
        _ => Shape::default(),
    };
    shape.properties.retain(|_, property| !property.flag("readOnly"));
    flags.reserve(parameters.iter().map(|parameter| parameter.name).chain(shape.properties.keys().copied()));
    for parameter in parameters {
        flags.parameter(parameter);
    }
    let body = body.map(|(body, media, encoding)| {
        flags.fields(media, &shape, encoding, body.required);
        Body {
            content_type: media.name.to_owned(),
            encoding,
            required: body.required,
            other_types: Vec::new(),
            alternatives: Vec::new(),
        }
    });
    let mut arguments = flags.arguments;
    if let Some(flags) = arguments.get_mut(positionals..) {
        flags.sort_by_key(|argument| !argument.required);
    }
    (arguments, body)
}

/// OpenAPI 3.0, section 4.7.12.1: these three headers are not parameters, whatever the document says.
fn is_ignored(parameter: &Parameter<'_>) -> bool {
    let name = parameter.name.to_ascii_lowercase();
    parameter.location == Location::Header
        && matches!(name.as_str(), "accept" | "content-type" | "authorization")
}

/// A text of the document as help: plain, and cut at a word where it is longer than help may be.
fn help(text: &str) -> String {
    // White space and tags are dropped, so more is read than is kept; but not a book for each of its references.
    let (end, whole) = match text.char_indices().nth(4 * MAX_DESCRIPTION) {
        Some((end, _)) => (end, false),
        None => (text.len(), true),
    };
    let mut text = plain(text.get(..end).unwrap_or_default());
    let cut = text.char_indices().nth(MAX_DESCRIPTION).map(|(cut, _)| cut);
    if whole && cut.is_none() {
        return text;
    }
    if let Some(longest) = text.char_indices().nth(MAX_DESCRIPTION - 1).map(|(at, _)| at) {
        text.truncate(longest);
    }
    let word = text.rfind(char::is_whitespace).filter(|word| *word > 0).unwrap_or(text.len());
    text.truncate(word);
    text.truncate(text.trim_end().len());
    text.push('…');
    text
}

fn variants_of<'s, 'a>(shape: &'s Shape<'a>, name: &str) -> &'s [Schema<'a>] {
    shape.variants.get(name).map_or(&[], Vec::as_slice)
}

struct Flags<'a> {
    document: &'a Document,
    arguments: Vec<Argument>,
    /// Names of flags in use.
    taken: HashSet<String>,
    /// First keys of flags in use.
    keys: HashSet<String>,
    /// Wire names of the operation, and the names of flags that they ask for. Nothing that gives way to a clash takes
    /// one of these, so that its name does not depend on which stands first.
    reserved_keys: HashSet<&'a str>,
    reserved_names: HashSet<String>,
    /// The number to try next, for each name or key that had to be numbered.
    numbers: HashMap<String, usize>,
    /// Fields that are known and still to come; each wants a flag.
    pending: usize,
    /// What is left of [`MAX_LOOKS`].
    looks: usize,
    /// Schemas that the field at hand stands in, outermost first, to see a cycle.
    parents: Vec<&'a Value>,
}

/// Where a field stands, while its schema is walked.
#[derive(Clone)]
struct Field {
    location: Location,
    /// Wire names from the outermost object.
    wire: Vec<String>,
    /// The first key in the script's map, where it differs from the wire name.
    first_key: Option<String>,
    /// The flag's name.
    name: String,
    required: bool,
    style: Option<Style>,
    explode: bool,
    multipart: bool,
}

impl<'a> Flags<'a> {
    fn new(document: &'a Document) -> Self {
        Self {
            document,
            arguments: Vec::new(),
            taken: HashSet::new(),
            keys: HashSet::new(),
            reserved_keys: HashSet::new(),
            reserved_names: HashSet::new(),
            numbers: HashMap::new(),
            pending: 0,
            looks: MAX_LOOKS,
            parents: Vec::new(),
        }
    }

    /// Notes the parameters and top-level fields that are to come, by their wire names.
    fn reserve(&mut self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            self.pending += 1;
            self.reserved_keys.insert(name);
            self.reserved_names.insert(naming::flag(name));
        }
    }

    fn positional(&mut self, parameter: &Parameter<'a>) {
        let shape = Schema::new(self.document, parameter.schema).outline_within(&mut self.looks);
        let items = shape.items.and_then(|items| items.outline_within(&mut self.looks).scalar);
        let description = self.describe(parameter);
        let mut argument =
            Argument::new(&naming::flag(parameter.name), Kind::Positional, Location::Path, parameter.name);
        apply_scalar(&mut argument, shape.scalar.or(items).unwrap_or_default());
        argument.repeated = shape.items.is_some();
        argument.required = true;
        argument.description = description;
        argument.deprecated = parameter.deprecated;
        argument.style =
            (parameter.style != Style::Simple || shape.items.is_some()).then_some(parameter.style);
        argument.explode = parameter.explode;
        let wanted = argument.name.clone();
        let twice = |name: &str| self.arguments.iter().any(|argument| argument.name == name);
        argument.name = std::iter::once(wanted.clone())
            .chain((2..).map(|n| format!("{wanted}-{n}")))
            .find(|name| !twice(name))
            .unwrap_or(wanted);
        self.arguments.push(argument);
    }

    fn describe(&self, parameter: &Parameter<'a>) -> String {
        let own = parameter.description.unwrap_or_default();
        let text =
            if own.is_empty() { Schema::new(self.document, parameter.schema).description() } else { own };
        help(text)
    }

    fn parameter(&mut self, parameter: &Parameter<'a>) {
        self.pending = self.pending.saturating_sub(1);
        let (name, first_key) = self.free_name(parameter.name, parameter.location);
        let field = Field {
            location: parameter.location,
            wire: vec![parameter.name.to_owned()],
            first_key,
            name,
            required: parameter.required,
            style: Some(parameter.style),
            explode: parameter.explode,
            multipart: false,
        };
        let description = self.describe(parameter);
        if parameter.content_type.is_some_and(|name| encoding(name) == Encoding::Json) {
            let mut argument = field.argument(ValueType::Json);
            argument.style = Some(Style::Json);
            (argument.description, argument.deprecated) = (description, parameter.deprecated);
            self.arguments.push(argument);
            return;
        }
        let before = self.arguments.len();
        let schema = Schema::new(self.document, parameter.schema);
        self.field(&field, schema, &[]);
        let any = schema.outline_within(&mut self.looks).any;
        // The parameter's own text goes to what it is, not to what stands in it.
        for argument in
            self.arguments.iter_mut().skip(before).filter(|argument| argument.wire_path.len() == 1)
        {
            argument.deprecated |= parameter.deprecated;
            if !description.is_empty() {
                argument.description.clone_from(&description);
            }
            if argument.value_type == ValueType::Json && any {
                argument.value_type = ValueType::String;
            }
        }
    }

    /// Flags for the top-level fields of a body of this shape.
    fn fields(&mut self, media: &MediaType<'a>, shape: &Shape<'a>, encoding: Encoding, required: bool) {
        self.parents.push(Schema::new(self.document, media.schema).value());
        for (&wire, property) in &shape.properties {
            self.pending = self.pending.saturating_sub(1);
            if self.arguments.len() >= MAX_FLAGS {
                break;
            }
            let (name, first_key) = self.free_name(wire, Location::Body);
            let style = media.style_of(wire);
            let field = Field {
                location: Location::Body,
                wire: vec![wire.to_owned()],
                first_key,
                name,
                required: required && shape.required.contains(&wire),
                style: style.map(|(style, _)| style),
                explode: style.is_some_and(|(_, explode)| explode),
                multipart: encoding == Encoding::Multipart,
            };
            self.field(&field, *property, variants_of(shape, wire));
        }
        self.parents.pop();
    }

    /// A flag for `schema`, or several where it takes an object.
    ///
    /// `variants` are what further alternatives say of the same field.
    fn field(&mut self, field: &Field, schema: Schema<'a>, variants: &[Schema<'a>]) {
        let closed = field.wire.len() >= MAX_DEPTH
            || self.arguments.len() + self.pending >= MAX_FLAGS
            || self.parents.iter().any(|parent| std::ptr::eq(*parent, schema.value()));
        let mut shape = if closed {
            schema.outline_within(&mut self.looks)
        } else {
            schema.shape_within(&mut self.looks)
        };
        variants.iter().for_each(|variant| shape.widen(*variant, &mut self.looks));
        let mut made = Vec::new();
        let nested = !shape.properties.is_empty() || shape.values.is_some();
        if field.location == Location::Body {
            shape.properties.retain(|_, property| !property.flag("readOnly"));
        }
        // An object has flags for all of its fields or for none: a parameter has no `--body` for the others.
        let cut = closed || self.arguments.len() + self.pending + shape.properties.len() > MAX_FLAGS;
        if let Some(items) = shape.items {
            let item = items.outline_within(&mut self.looks);
            let mut argument = field.argument(ValueType::Json);
            match item.scalar {
                Some(scalar) if !item.object && item.items.is_none() => {
                    apply_scalar(&mut argument, scalar);
                    file_type(&mut argument, field);
                }
                _ => {}
            }
            argument.repeated = true;
            made.push(argument);
        } else if let Some(scalar) = shape.scalar.clone() {
            let mut argument = field.argument(ValueType::String);
            apply_scalar(&mut argument, scalar);
            file_type(&mut argument, field);
            made.push(argument);
        } else if !shape.object || !nested || cut {
            made.push(field.argument(ValueType::Json));
        }
        if shape.object
            && !cut
            && let Some(values) = shape.values
        {
            let mut argument = field.argument(ValueType::Json);
            match values.outline_within(&mut self.looks) {
                Shape { scalar: Some(scalar), object: false, items: None, .. } => {
                    apply_scalar(&mut argument, scalar);
                }
                Shape { any: true, .. } => argument.value_type = ValueType::String,
                _ => {}
            }
            argument.map = true;
            argument.required = field.required && shape.properties.is_empty();
            // One flag has one meaning: whatever else the field takes is left to `--body`.
            made.clear();
            made.push(argument);
        }
        let description = help(schema.description());
        for mut argument in made {
            argument.description.clone_from(&description);
            argument.default = schema.default().cloned();
            argument.deprecated = schema.flag("deprecated");
            argument.allow_empty = shape.allow_empty;
            self.arguments.push(argument);
        }
        if shape.object && !cut {
            self.parents.push(schema.value());
            self.pending += shape.properties.len();
            for (&wire, property) in &shape.properties {
                self.pending = self.pending.saturating_sub(1);
                let name = self.free(&format!("{}.{}", field.name, naming::flag(wire)));
                let mut inner = Field { name, ..field.clone() };
                inner.wire.push(wire.to_owned());
                inner.required = field.required && shape.scalar.is_none() && shape.required.contains(&wire);
                self.field(&inner, *property, variants_of(&shape, wire));
            }
            self.parents.pop();
        }
    }

    /// A name that is free for the parameter or top-level field `wire`, and its key if that cannot be `wire`.
    fn free_name(&mut self, wire: &str, location: Location) -> (String, Option<String>) {
        let name = naming::flag(wire);
        let key_taken = self.keys.contains(wire);
        let prefix = match location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
            Location::Body => "body",
        };
        let wanted = if HOST_FLAGS.contains(&name.as_str()) || (key_taken && self.taken.contains(&name)) {
            format!("{prefix}-{name}")
        } else {
            name.clone()
        };
        let free_name = if wanted == name && !self.taken.contains(&name) {
            name
        } else {
            number(&wanted, '-', &mut self.numbers, |name| {
                !self.taken.contains(name) && !self.reserved_names.contains(name)
            })
        };
        let key = key_taken.then(|| {
            number(&format!("{prefix}_{wire}"), '_', &mut self.numbers, |key| {
                !self.keys.contains(key) && !self.reserved_keys.contains(key)
            })
        });
        self.taken.insert(free_name.clone());
        self.keys.insert(key.clone().unwrap_or_else(|| wire.to_owned()));
        (free_name, key)
    }

    /// A name that is free for a nested field. It has a dot, which no name of a top-level field has.
    fn free(&mut self, wanted: &str) -> String {
        let name = if self.taken.contains(wanted) {
            number(wanted, '-', &mut self.numbers, |name| !self.taken.contains(name))
        } else {
            wanted.to_owned()
        };
        self.taken.insert(name.clone());
        name
    }
}

/// `wanted`, or with the first number behind it that is free. `numbers` remembers where to go on counting.
fn number(
    wanted: &str,
    before: char,
    numbers: &mut HashMap<String, usize>,
    free: impl Fn(&str) -> bool,
) -> String {
    if free(wanted) {
        return wanted.to_owned();
    }
    let stem = format!("{wanted}{before}");
    let next = numbers.entry(stem.clone()).or_insert(2);
    loop {
        let name = format!("{stem}{next}");
        *next += 1;
        if free(&name) {
            return name;
        }
    }
}

impl Field {
    fn argument(&self, value_type: ValueType) -> Argument {
        let mut argument = Argument::new(&self.name, Kind::Flag, self.location, &self.wire.join("."));
        argument.value_type = value_type;
        argument.required = self.required;
        argument.wire_path.clone_from(&self.wire);
        argument.key.clone_from(&self.wire);
        if let (Some(key), Some(first)) = (&self.first_key, argument.key.first_mut()) {
            first.clone_from(key);
        }
        argument.style = self.style;
        argument.explode = self.explode;
        argument
    }
}

fn apply_scalar(argument: &mut Argument, scalar: Scalar) {
    argument.value_type = match scalar.name {
        "integer" => ValueType::Integer,
        "number" => ValueType::Number,
        "boolean" => ValueType::Boolean,
        _ => ValueType::String,
    };
    argument.format = scalar.format;
    argument.allowed = scalar.allowed;
    argument.constraints = Constraints {
        minimum: scalar.minimum,
        maximum: scalar.maximum,
        min_length: scalar.min_length,
        max_length: scalar.max_length,
        ..Constraints::default()
    };
}

/// `format: binary` in a multipart body is a file (OpenAPI 3.0, section 4.7.14.2).
fn file_type(argument: &mut Argument, field: &Field) {
    if field.multipart && argument.format.as_deref() == Some("binary") && field.wire.len() == 1 {
        argument.value_type = ValueType::File;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(operation: &Value, schemas: &Value) -> Vec<Argument> {
        let document = serde_json::json!({
            "openapi": "3.0.0", "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}
        });
        let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
        let operations = document.operations();
        let operation = Operation::read(&document, &operations[0]).unwrap();
        read(&document, &operation).0
    }

    fn body(schema: &Value) -> Value {
        serde_json::json!({"requestBody": {"content": {"application/json": {"schema": schema}}}})
    }

    /// An object of string properties with these names.
    fn object(names: impl IntoIterator<Item = String>, property: &Value) -> Value {
        let properties: serde_json::Map<_, _> =
            names.into_iter().map(|name| (name, property.clone())).collect();
        serde_json::json!({ "properties": properties })
    }

    #[test]
    fn no_two_flags_have_one_key_or_change_places() {
        let read = |names: [&str; 3]| {
            let mut operation = body(&object(names.map(str::to_owned), &serde_json::json!({})));
            operation["parameters"] = serde_json::json!([{"name": "id", "in": "query"}]);
            let mut got: Vec<_> = flags(&operation, &Value::Null)
                .into_iter()
                .map(|flag| (flag.wire_name, flag.location == Location::Body, flag.name, flag.key))
                .collect();
            got.sort();
            got
        };
        let got = read(["body_id", "id", "body_output"]);
        let keys: HashSet<_> = got.iter().map(|(_, _, _, key)| key.clone()).collect();
        assert_eq!(keys.len(), 4, "{got:?}");
        let names: Vec<_> = got.iter().map(|(_, _, name, _)| name.as_str()).collect();
        assert_eq!(names, ["body-id", "body-output", "id", "body-id-2"]);
        assert_eq!(got, read(["id", "body_output", "body_id"]));
    }

    #[test]
    fn a_host_flag_leaves_the_names_of_others_alone() {
        let names = ["output", "body_output"].map(str::to_owned);
        let got = flags(&body(&object(names, &serde_json::json!({}))), &Value::Null);
        let got: Vec<_> = got.iter().map(|flag| (flag.wire_name.as_str(), flag.name.as_str())).collect();
        assert_eq!(got, [("output", "body-output-2"), ("body_output", "body-output")]);
    }

    #[test]
    fn fields_that_give_no_flag_end_too() {
        let reference = |n: usize| serde_json::json!({"$ref": format!("#/components/schemas/L{n}")});
        let level = |n: usize| object((0..60).map(|p| format!("p{p}")), &reference(n + 1));
        let schemas = serde_json::json!({
            "L1": level(1), "L2": level(2), "L3": level(3), "L4": level(4),
            "L5": {"type": "string", "readOnly": true}
        });
        let got = flags(&body(&reference(1)), &schemas);
        assert!(got.len() <= MAX_FLAGS, "{}", got.len());
    }

    #[test]
    fn many_fields_of_one_name_are_flags_up_to_the_limit() {
        let names = (0..20_000).map(|n| format!("{}x{}", "_".repeat(n / 150), "_".repeat(n % 150)));
        let names: Vec<String> = names.chain((0..20_000).map(|n| format!("客户{n}"))).collect();
        let got = flags(&body(&object(names, &serde_json::json!({"type": "string"}))), &Value::Null);
        assert_eq!(got.len(), MAX_FLAGS);
        assert_eq!(got.iter().map(|flag| &flag.name).collect::<HashSet<_>>().len(), MAX_FLAGS);
    }

    #[test]
    fn an_object_has_flags_for_all_fields_or_none_and_top_level_fields_come_first() {
        let string = serde_json::json!({"type": "string"});
        let mut schema = object((0..1_000).map(|n| format!("p{n}")), &string);
        let inner = |count: usize| {
            let mut inner = object((0..count).map(|n| format!("q{n}")), &string);
            inner["type"] = "object".into();
            inner
        };
        let mut properties = serde_json::Map::new();
        properties.insert("large".to_owned(), inner(300));
        properties.insert("small".to_owned(), inner(100));
        properties.append(schema["properties"].as_object_mut().unwrap());
        let got = flags(&body(&serde_json::json!({ "properties": properties })), &Value::Null);
        let count = |prefix: &str| got.iter().filter(|flag| flag.name.starts_with(prefix)).count();
        assert_eq!((count("large"), count("small."), count("p")), (1, 100, 1_000));
        assert_eq!(got.iter().find(|flag| flag.name == "large").unwrap().value_type, ValueType::Json);
    }

    #[test]
    fn a_field_required_beside_all_of_is_required() {
        let schemas = serde_json::json!({"B": object(["name".to_owned(), "size".to_owned()], &Value::Null)});
        let schema = serde_json::json!({"allOf": [{"$ref": "#/components/schemas/B"}], "required": ["name"]});
        let mut operation = body(&schema);
        operation["requestBody"]["required"] = true.into();
        let got = flags(&operation, &schemas);
        let got: Vec<_> = got.iter().map(|flag| (flag.name.as_str(), flag.required)).collect();
        assert_eq!(got, [("name", true), ("size", false)]);
    }

    #[test]
    fn long_texts_are_cut_at_a_word() {
        assert_eq!(help("A <b>short</b> one."), "A short one.");
        let whole = "word ".repeat(400);
        assert_eq!(help(&whole), whole.trim_end());
        for long in ["naïve wörds ".repeat(100_000), "x".repeat(100_000), "a <b>".repeat(2_000)] {
            let text = help(&long);
            assert!(text.chars().count() <= MAX_DESCRIPTION && text.ends_with('…'), "{text}");
            assert!(!text.ends_with(" …"), "{text}");
        }
    }
}
