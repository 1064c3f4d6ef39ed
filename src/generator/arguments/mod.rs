//! Arguments of a command: positionals and typed flags, from parameters and the request body.

mod choices;
mod field;
mod known;
mod limits;
mod names;
mod opened;
mod text;
mod tree;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::media::{self, encoding, preferred};
use super::naming;
use crate::model::{Argument, Body, Encoding, Kind, Location, Multiplicity, Serialization, Style, ValueType};
use crate::openapi::{Document, MediaType, Operation, Parameter, Property, Schema, Shape};
use choices::{choices, choices_of, is_required};
use field::{Field, apply_scalar};
pub(super) use known::{Fields, Known};
use limits::{MAX_FLAGS, MAX_LOOKS, MAX_NESTED};
use names::FlagNames;
use opened::Opened;
use tree::Tree;

/// What an operation accepts.
pub(super) struct Input {
    /// Positionals first, then flags, required ones first, parameters before fields of the body.
    pub(super) arguments: Vec<Arc<Argument>>,
    /// The body that the flags make.
    pub(super) body: Option<Body>,
    /// The fields of the body, if other commands may share them.
    pub(super) fields: Option<Arc<Fields>>,
}

/// What `operation` accepts. `known` is the cache from the document's other operations.
pub(super) fn read<'a>(document: &'a Document, operation: &Operation<'a>, known: &Known) -> Input {
    made(document, operation, known, &Opened::default())
}

/// The arguments of `operation`, including what `names` lead to, however deep it is and however many flags there are.
/// Each name is split at its dots.
pub(crate) fn opened_arguments<'a>(
    document: &'a Document,
    operation: &Operation<'a>,
    names: &[Vec<String>],
) -> Vec<Arc<Argument>> {
    made(document, operation, &Known::default(), &Opened::new(names)).arguments
}

fn made<'a>(document: &'a Document, operation: &Operation<'a>, known: &Known, opened: &Opened) -> Input {
    let new = || Reader::new(document, opened);
    let mut positionals = Vec::new();
    let mut reader = new();
    for variable in operation.path.parameters() {
        if let Some(parameter) =
            operation.parameters.iter().find(|p| p.location == Location::Path && variable.is(p.name))
        {
            reader.positional(parameter, &mut positionals);
        }
    }
    let mut parameters = Vec::new();
    for location in [Location::Query, Location::Header, Location::Cookie] {
        parameters.extend(operation.parameters.iter().filter(|p| p.location == location && !is_ignored(p)));
    }
    let body = operation.body.as_ref().and_then(|body| {
        let media = preferred(document, &body.content)?;
        let properties = Schema::new(document, media.schema)
            .value()
            .get("properties")
            .and_then(serde_json::Value::as_object);
        // Stripe declares a form without fields for every GET.
        let none = encoding(media) == Encoding::Form
            && !body.required
            && properties.is_some_and(serde_json::Map::is_empty);
        (!none).then_some((body, media))
    });
    // Cached flags do not include these names.
    let made_before = if opened.is_empty() { alone(document, &parameters, known) } else { None };
    let mut flags = match made_before {
        Some(flags) => flags,
        None => {
            reader.names.reserve(parameters.iter().map(|parameter| parameter.name));
            for parameter in &parameters {
                reader.parameter(parameter);
            }
            shared_all(reader.tree.finish(&mut reader.names))
        }
    };
    let mut fields = None;
    let mut alternatives = Vec::new();
    if let Some((body, media)) = body {
        let shared = known.body(document, body, || {
            let mut reader = new();
            let shapes = reader.shapes(media, &body.content);
            reader.names.reserve(wire_names(&shapes).into_iter());
            reader.fields(&shapes, body.required);
            let arguments = shared_all(reader.tree.finish(&mut reader.names));
            Fields {
                arguments,
                alternatives: shapes.first().map(|(_, shape)| choices(shape)).unwrap_or_default(),
                names: reader.names.names().map(str::to_owned).collect(),
                keys: reader.names.keys().map(str::to_owned).collect(),
                stored: OnceLock::new(),
            }
        });
        alternatives.clone_from(&shared.alternatives);
        let names = flags.iter().map(|flag| flag.name.split('.').next().unwrap_or_default());
        let keys = flags.iter().map(|flag| flag.top_key());
        if shared.are_apart_from(names.chain(reader.names.names()), keys.chain(reader.names.keys())) {
            flags.extend(shared.arguments.iter().cloned());
            fields = Some(shared);
        } else {
            // A parameter and a field share a name: all of them are named together.
            let mut reader = new();
            let shapes = reader.shapes(media, &body.content);
            reader
                .names
                .reserve(parameters.iter().map(|parameter| parameter.name).chain(wire_names(&shapes)));
            for parameter in parameters {
                reader.parameter(parameter);
            }
            reader.fields(&shapes, body.required);
            flags = shared_all(reader.tree.finish(&mut reader.names));
        }
    }
    let body = body.map(|(body, media)| Body { alternatives, ..media::body(body, media) });
    flags.sort_by_key(|argument| !argument.required);
    let mut arguments = shared_all(positionals);
    arguments.extend(flags);
    Input { arguments, body, fields }
}

/// The parameters' flags, if each has exactly one with its own name, and names and keys are unique. This does not depend
/// on a parameter's neighbours, so a parameter shared by many operations is read once.
fn alone<'a>(
    document: &'a Document,
    parameters: &[&Parameter<'a>],
    known: &Known,
) -> Option<Vec<Arc<Argument>>> {
    if parameters.len() >= MAX_NESTED {
        return None; // Their number alone decides what becomes a flag.
    }
    let mut flags: Vec<Arc<Argument>> = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let flag = known.parameter(parameter, || {
            let mut reader = Reader::new(document, &Opened::default());
            reader.parameter(parameter);
            let mut flags = reader.tree.finish(&mut reader.names);
            let flag = flags.pop().filter(|_| flags.is_empty())?;
            (flag.name == naming::flag(parameter.name) && *flag.key() == [parameter.name]).then_some(flag)
        })?;
        if flags.iter().any(|other| other.name == flag.name || other.key() == flag.key()) {
            return None;
        }
        flags.push(flag);
    }
    Some(flags)
}

fn shared_all(arguments: Vec<Argument>) -> Vec<Arc<Argument>> {
    arguments.into_iter().map(Arc::new).collect()
}

/// The names of the top-level fields of a body.
fn wire_names<'a>(shapes: &[(&MediaType<'a>, Shape<'a>)]) -> HashSet<&'a str> {
    shapes.iter().flat_map(|(_, shape)| shape.properties.keys().copied()).collect()
}

/// OpenAPI 3.0, section 4.7.12.1: these three headers are never parameters, whatever the document says.
fn is_ignored(parameter: &Parameter<'_>) -> bool {
    let name = parameter.name.to_ascii_lowercase();
    parameter.location == Location::Header
        && matches!(name.as_str(), "accept" | "content-type" | "authorization")
}

/// How a parameter is written.
fn serialization(parameter: &Parameter<'_>) -> Serialization {
    Serialization {
        style: Some(parameter.style),
        explode: parameter.explode,
        allow_reserved: parameter.allow_reserved,
        content_type: parameter.content_type.map(str::to_owned),
    }
}

struct Reader<'a> {
    document: &'a Document,
    tree: Tree<'a>,
    names: FlagNames<'a>,
}

impl<'a> Reader<'a> {
    fn new(document: &'a Document, opened: &Opened) -> Self {
        Self { document, tree: Tree::new(MAX_LOOKS, opened.clone()), names: FlagNames::default() }
    }

    /// What those media types of the body accept that flags can build, `preferred` first.
    fn shapes<'m>(
        &mut self,
        preferred: &'m MediaType<'a>,
        content: &'m [MediaType<'a>],
    ) -> Vec<(&'m MediaType<'a>, Shape<'a>)> {
        let others = content.iter().filter(|media| !std::ptr::eq(*media, preferred));
        let types = std::iter::once(preferred).chain(others);
        let mut shapes: Vec<(&MediaType<'a>, Shape<'a>)> = Vec::new();
        for media in types.filter(|media| encoding(media).has_fields()) {
            let schema = Schema::new(self.document, media.schema);
            let known = shapes.iter().find(|(known, _)| {
                std::ptr::eq(Schema::new(self.document, known.schema).value(), schema.value())
            });
            let shape = match known {
                Some((_, shape)) => shape.clone(),
                None => {
                    let mut shape = schema.family_within(&mut self.tree.looks);
                    shape.properties.retain(|_, property| !property.flag("readOnly"));
                    shape
                }
            };
            shapes.push((media, shape));
        }
        // If the preferred type has no flags, it is typed as a whole, and so are the others.
        if encoding(preferred).has_fields() { shapes } else { Vec::new() }
    }

    fn positional(&mut self, parameter: &Parameter<'a>, positionals: &mut Vec<Argument>) {
        let shape = Schema::new(self.document, parameter.schema).outline_within(&mut self.tree.looks);
        let items = shape.items.and_then(|items| items.outline_within(&mut self.tree.looks).scalar);
        let mut argument =
            Argument::new(&naming::flag(parameter.name), Kind::Positional, Location::Path, parameter.name);
        let is_object = shape.object && shape.scalar.is_none() && shape.items.is_none();
        apply_scalar(&mut argument, shape.scalar.or(items).unwrap_or_default());
        if is_object {
            argument.value_type = ValueType::Json;
        }
        if shape.items.is_some() {
            argument.multiplicity = Multiplicity::List;
        }
        argument.required = true;
        argument.description = self.describe(parameter);
        argument.deprecated = parameter.deprecated;
        let structured = is_object || argument.is_list();
        argument.serialization = Serialization {
            style: (parameter.style != Style::Simple || structured).then_some(parameter.style),
            ..serialization(parameter)
        };
        let wanted = argument.name.clone();
        let twice = |name: &str| positionals.iter().any(|argument| argument.name == name);
        argument.name = std::iter::once(wanted.clone())
            .chain((2..).map(|n| format!("{wanted}-{n}")))
            .find(|name| !twice(name))
            .unwrap_or(wanted);
        positionals.push(argument);
    }

    fn describe(&self, parameter: &Parameter<'a>) -> String {
        let own = parameter.description.unwrap_or_default();
        let text =
            if own.is_empty() { Schema::new(self.document, parameter.schema).description() } else { own };
        text::help(text)
    }

    fn parameter(&mut self, parameter: &Parameter<'a>) {
        let (name, first_key) = self.names.top(parameter.name, parameter.location);
        let field = Field {
            required: parameter.required,
            serialization: serialization(parameter),
            allow_empty: parameter.allow_empty,
            description: self.describe(parameter),
            deprecated: parameter.deprecated,
            ..Field::new(parameter.location, parameter.name, name, first_key)
        };
        if matches!(parameter.style, Style::Json | Style::Whole) {
            // One text: a scalar is typed directly, anything else as JSON.
            let mut argument = field.argument(ValueType::Json);
            let shape = Schema::new(self.document, parameter.schema).outline_within(&mut self.tree.looks);
            if let (Some(scalar), false, None) = (shape.scalar, shape.object, shape.items) {
                apply_scalar(&mut argument, scalar);
            }
            self.tree.whole(argument);
            return;
        }
        self.tree.add(field, Property::one(Schema::new(self.document, parameter.schema)));
    }

    /// Flags for the top-level fields of a body; those that only another media type than the preferred one has come
    /// last.
    fn fields(&mut self, shapes: &[(&MediaType<'a>, Shape<'a>)], required: bool) {
        for (media, _) in shapes {
            self.tree.stand_in(Schema::new(self.document, media.schema).value());
        }
        let mut seen = HashSet::new();
        let names = |which: &dyn Fn(&Shape<'a>) -> bool| -> Vec<String> {
            let types = shapes.iter().filter(|(_, shape)| which(shape));
            types.map(|(media, _)| media.sent.clone()).collect()
        };
        for (n, (media, shape)) in shapes.iter().enumerate() {
            for (&wire, property) in &shape.properties {
                if !seen.insert(wire) {
                    continue;
                }
                if self.tree.len() >= MAX_FLAGS && !self.tree.names(wire) {
                    continue;
                }
                let with = names(&|shape| shape.properties.contains_key(wire));
                let needed_in = names(&|shape| is_required(shape, wire));
                let (name, first_key) = self.names.top(wire, Location::Body);
                // What one media type says about the field's encoding, the others do not contradict.
                let types = || shapes.iter().map(|(media, _)| *media);
                let style = types().find_map(|media| media.style_of(wire));
                let content_type = types().find_map(|media| media.content_type_of(wire));
                let field = Field {
                    required: required && n == 0 && is_required(shape, wire),
                    needed: (!needed_in.is_empty()).then_some(0),
                    serialization: Serialization {
                        style: style.map(|(style, _)| style),
                        explode: style.is_some_and(|(_, explode)| explode),
                        allow_reserved: types().any(|media| media.allows_reserved(wire)),
                        content_type: content_type.map(str::to_owned),
                    },
                    multipart: encoding(media) == Encoding::Multipart,
                    alternatives: choices_of(&shape.choices, wire),
                    needed_in: if needed_in.len() == with.len() { Vec::new() } else { needed_in },
                    media_types: if with.len() == shapes.len() { Vec::new() } else { with },
                    values: field::values(shape, wire),
                    ..Field::new(Location::Body, wire, name, first_key)
                };
                self.tree.add(field, property.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
