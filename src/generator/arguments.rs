//! Arguments of a command: positionals and typed flags, from parameters and the request body.

use std::collections::HashSet;

use serde_json::Value;

use super::naming;
use crate::model::{Argument, Body, Constraints, Encoding, Kind, Location, Style, ValueType};
use crate::openapi::{Document, MediaType, Operation, Parameter, Scalar, Schema, Shape, plain};

/// Body fields nested deeper than this are given as JSON: `--a.b.c.d.e '{...}'`.
const MAX_DEPTH: usize = 5;

/// Once a command has this many flags, further objects are given as JSON.
const MAX_FLAGS: usize = 1_200;

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
    let mut flags = Flags { document, arguments: Vec::new(), taken: HashSet::new(), parents: Vec::new() };
    for name in operation.path.parameters() {
        if let Some(parameter) =
            operation.parameters.iter().find(|p| p.location == Location::Path && p.name == name)
        {
            flags.positional(parameter);
        }
    }
    let positionals = flags.arguments.len();
    for location in [Location::Query, Location::Header, Location::Cookie] {
        for parameter in operation.parameters.iter().filter(|p| p.location == location) {
            // OpenAPI 3.0, section 4.7.12.1: these three are not parameters, whatever the document says.
            let ignored = ["accept", "content-type", "authorization"];
            if location == Location::Header && ignored.contains(&parameter.name.to_ascii_lowercase().as_str())
            {
                continue;
            }
            flags.parameter(parameter);
        }
    }
    let body = operation.body.as_ref().and_then(|body| {
        let media = preferred(&body.content)?;
        let encoding = encoding(media.name);
        let properties =
            Schema::new(document, media.schema).value().get("properties").and_then(Value::as_object);
        if !body.required && properties.is_some_and(serde_json::Map::is_empty) {
            return None; // Stripe declares a body without any field for every GET.
        }
        if encoding != Encoding::Raw {
            flags.fields(media, encoding, body.required);
        }
        Some(Body { content_type: media.name.to_owned(), encoding, required: body.required })
    });
    let mut arguments = flags.arguments;
    if let Some(flags) = arguments.get_mut(positionals..) {
        flags.sort_by_key(|argument| !argument.required);
    }
    (arguments, body)
}

fn variants_of<'s, 'a>(shape: &'s Shape<'a>, name: &str) -> &'s [Schema<'a>] {
    shape.variants.get(name).map_or(&[], Vec::as_slice)
}

/// JSON first, because nothing is lost in it; then forms; then whatever there is.
fn preferred<'m, 'a>(content: &'m [MediaType<'a>]) -> Option<&'m MediaType<'a>> {
    let rank = |media: &MediaType<'_>| match (encoding(media.name), essence(media.name).as_str()) {
        (Encoding::Json, "application/json") => 0,
        (Encoding::Json, _) => 1,
        (Encoding::Form, _) => 2,
        (Encoding::Multipart, _) => 3,
        (Encoding::Raw, _) => 4,
    };
    content.iter().min_by_key(|media| rank(media))
}

/// A media type without its parameters, lower case (RFC 9110, section 8.3.1).
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn encoding(media_type: &str) -> Encoding {
    match essence(media_type).as_str() {
        "application/x-www-form-urlencoded" => Encoding::Form,
        "multipart/form-data" => Encoding::Multipart,
        "application/json" | "*/*" | "text/json" => Encoding::Json,
        other if other.ends_with("+json") => Encoding::Json,
        _ => Encoding::Raw,
    }
}

struct Flags<'a> {
    document: &'a Document,
    arguments: Vec<Argument>,
    /// Names of flags in use.
    taken: HashSet<String>,
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
    fn positional(&mut self, parameter: &Parameter<'a>) {
        let shape = Schema::new(self.document, parameter.schema).shape();
        let description = self.describe(parameter);
        let mut argument =
            argument(&naming::flag(parameter.name), Kind::Positional, Location::Path, parameter.name);
        apply_scalar(
            &mut argument,
            shape.scalar.or(shape.items.and_then(|items| items.shape().scalar)).unwrap_or_default(),
        );
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
        plain(text)
    }

    fn parameter(&mut self, parameter: &Parameter<'a>) {
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
        // The parameter's own text goes to what it is, not to what stands in it.
        for argument in
            self.arguments.iter_mut().skip(before).filter(|argument| argument.wire_path.len() == 1)
        {
            argument.deprecated |= parameter.deprecated;
            if !description.is_empty() {
                argument.description.clone_from(&description);
            }
            if argument.value_type == ValueType::Json && schema.shape().any {
                argument.value_type = ValueType::String;
            }
        }
    }

    fn fields(&mut self, media: &MediaType<'a>, encoding: Encoding, required: bool) {
        let schema = Schema::new(self.document, media.schema);
        let shape = schema.shape();
        self.parents.push(schema.value());
        for (&wire, property) in &shape.properties {
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
            self.field(&field, *property, variants_of(&shape, wire));
        }
        self.parents.pop();
    }

    /// A flag for `schema`, or several where it takes an object.
    ///
    /// `variants` are what further alternatives say of the same field.
    fn field(&mut self, field: &Field, schema: Schema<'a>, variants: &[Schema<'a>]) {
        if schema.flag("readOnly") && field.location == Location::Body {
            return;
        }
        let mut shape = schema.shape();
        variants.iter().for_each(|variant| shape.widen(*variant));
        let mut made = Vec::new();
        let nested = !shape.properties.is_empty() || shape.values.is_some();
        let cut = field.wire.len() >= MAX_DEPTH
            || self.arguments.len() >= MAX_FLAGS
            || self.parents.iter().any(|parent| std::ptr::eq(*parent, schema.value()));
        if let Some(items) = shape.items {
            let item = items.shape();
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
            match values.shape() {
                Shape { scalar: Some(scalar), object: false, items: None, .. } => {
                    apply_scalar(&mut argument, scalar);
                }
                Shape { any: true, .. } => argument.value_type = ValueType::String,
                _ => {}
            }
            argument.map = true;
            argument.required = field.required && shape.properties.is_empty();
            // Whatever else it takes stays beside it, but "any JSON" is what the map already is.
            made.retain(|argument: &Argument| argument.value_type != ValueType::Json || argument.repeated);
            made.push(argument);
        }
        let description = plain(schema.description());
        for mut argument in made {
            argument.description.clone_from(&description);
            argument.default = schema.default().cloned();
            argument.deprecated = schema.flag("deprecated");
            argument.allow_empty = shape.allow_empty;
            self.arguments.push(argument);
        }
        if shape.object && !cut {
            self.parents.push(schema.value());
            for (&wire, property) in &shape.properties {
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
        let key_taken = self.arguments.iter().any(|argument| {
            argument.kind == Kind::Flag && argument.key.first().is_some_and(|key| key == wire)
        });
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
            name
        };
        let key = key_taken.then(|| format!("{prefix}_{wire}"));
        (self.free(&wanted), key)
    }

    fn free(&mut self, wanted: &str) -> String {
        let mut names = std::iter::once(wanted.to_owned()).chain((2..).map(|n| format!("{wanted}-{n}")));
        let name = names.find(|name| !self.taken.contains(name)).unwrap_or_else(|| wanted.to_owned());
        self.taken.insert(name.clone());
        name
    }
}

impl Field {
    fn argument(&self, value_type: ValueType) -> Argument {
        let mut argument = argument(&self.name, Kind::Flag, self.location, &self.wire.join("."));
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

fn argument(name: &str, kind: Kind, location: Location, wire_name: &str) -> Argument {
    Argument {
        name: name.to_owned(),
        kind,
        location,
        wire_name: wire_name.to_owned(),
        key: vec![wire_name.to_owned()],
        wire_path: vec![wire_name.to_owned()],
        value_type: ValueType::String,
        required: false,
        repeated: false,
        map: false,
        allowed: None,
        default: None,
        description: String::new(),
        format: None,
        style: None,
        explode: false,
        deprecated: false,
        allow_empty: false,
        constraints: Constraints::default(),
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
    };
}

/// `format: binary` in a multipart body is a file (OpenAPI 3.0, section 4.7.14.2).
fn file_type(argument: &mut Argument, field: &Field) {
    if field.multipart && argument.format.as_deref() == Some("binary") && field.wire.len() == 1 {
        argument.value_type = ValueType::File;
    }
}
