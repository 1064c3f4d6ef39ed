//! `apicli schema`: what commands take and give, as JSON Schema.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::Arg;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::flags::Signature;
use super::plugin::{line, unknown};
use super::registry::Command;
use super::{commands, parse, usage};
use crate::diagnostic::Failure;
use crate::generator::typed;
use crate::model::{Argument, Constraints, Location, ValueType};
use crate::openapi::{DIALECT, Document, JsonSchemas, Operation, OperationRef};
use crate::output;
use crate::plugins::{Found, Lookup};

pub(super) struct Schema;

impl Command for Schema {
    fn name(&self) -> &str {
        "schema"
    }

    fn about(&self) -> String {
        "Print what commands take and give, as JSON Schema".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("schema")
            .about("Print what commands take and give, as JSON Schema 2020-12.\n\nA command's `input` is an object of its arguments by their names, its body among them as `body`; `output` is the body of a successful answer. A group or plugin is an object of them by command.")
            .arg(Arg::new("plugin").value_name("PLUGIN").required(true).help("The plugin's name"))
            .arg(Arg::new("words").value_name("COMMAND").num_args(0..).help("A command, or a group for all of its commands"));
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let name = matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default();
        let words: Vec<String> = matches.get_many::<String>("words").into_iter().flatten().cloned().collect();
        let plugin = context.manager.get(name)?;
        let document = plugin.document()?;
        let mut writer = Writer::new(&document);
        let mut root = Map::new();
        root.insert("$schema".to_owned(), DIALECT.into());
        match plugin.lookup(&words)? {
            Lookup::Command(found) => {
                if let Some(word) = words.get(found.used) {
                    return Err(usage(format!("`{word}` is one argument too many"))
                        .hint("`apicli schema` takes a plugin, its group and its command"));
                }
                let title = format!("{} {}", line(name, &found.group), typed(&found.function.name));
                root.insert("title".to_owned(), title.into());
                let (input, output) = writer.command(&found);
                root.insert("input".to_owned(), input);
                root.insert("output".to_owned(), output);
            }
            Lookup::Group { group, .. } => {
                for found in commands::all(&plugin)?.iter().filter(|found| found.group.starts_with(&group)) {
                    let (input, output) = writer.command(found);
                    root.insert(found.words().join(" "), json!({ "input": input, "output": output }));
                }
            }
            Lookup::Unknown { group, word, similar } => return Err(unknown(name, &group, &word, &similar)),
        }
        root.insert("$defs".to_owned(), Value::Object(writer.schemas.definitions()));
        output::line(&output::pretty(&Value::Object(root).to_string(), true))
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        let Some((name, words)) = words.split_first() else {
            return super::completions::plugin_names(&[], context);
        };
        context.manager.get(name).map(|plugin| super::plugin::words_below(&plugin, words)).unwrap_or_default()
    }
}

struct Writer<'a> {
    document: &'a Document,
    /// The document's operations by their pointers.
    operations: HashMap<String, OperationRef<'a>>,
    schemas: JsonSchemas<'a>,
}

impl<'a> Writer<'a> {
    fn new(document: &'a Document) -> Self {
        let operations = document.operations().into_iter().map(|at| (at.pointer.clone(), at)).collect();
        Self { document, operations, schemas: JsonSchemas::new(document) }
    }

    /// Input and output of one command. A function that a person added has no operation, and so no output that is known.
    fn command(&mut self, found: &Found) -> (Value, Value) {
        let signature = Signature::of(found);
        let at = found.facts.as_ref().and_then(|facts| self.operations.get(&facts.pointer)).cloned();
        let body = at.as_ref().and_then(|at| self.body(at, found));
        let output = at.map_or(Value::Bool(true), |at| self.output(&at));
        (input(&signature, body), output)
    }

    /// The schema of the body in its preferred media type.
    fn body(&mut self, at: &OperationRef<'a>, found: &Found) -> Option<Value> {
        let known = found.facts.as_ref()?.body.as_ref()?;
        let content = Operation::read(self.document, at).ok()?.body?.content;
        let media =
            content.iter().find(|media| media.sent == known.content_type).or_else(|| content.first())?;
        Some(self.schemas.convert(media.schema))
    }

    /// The schema of the first success response that has one, JSON before anything else.
    fn output(&mut self, at: &OperationRef<'a>) -> Value {
        let responses = at.value.get("responses").and_then(Value::as_object);
        let success = responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
        for (_, response) in success {
            let response = self.document.resolve(response).ok();
            let content = response.and_then(|response| response.get("content")).and_then(Value::as_object);
            let Some(content) = content.filter(|content| !content.is_empty()) else { continue };
            let json = content.iter().find(|(name, _)| name.contains("json"));
            return match json.or_else(|| content.iter().next()) {
                Some((name, media)) if name.contains("json") || name.contains('*') => {
                    media.get("schema").map_or(Value::Bool(true), |schema| self.schemas.convert(schema))
                }
                Some((name, _)) => json!({ "contentMediaType": name }),
                None => Value::Bool(true),
            };
        }
        Value::Null
    }
}

/// The object of a command's arguments. Fields of the body are there by their flags' names, and the whole as `body`.
fn input(signature: &Signature, body: Option<Value>) -> Value {
    let mut properties = Map::new();
    let (mut required, mut of_body): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for argument in signature.positionals.iter().chain(&signature.flags) {
        // Another media type may do without it.
        let always = argument.required && argument.media_types.is_empty() && argument.needed_in.is_empty();
        if always && argument.constant().is_none() {
            let in_body = argument.location == Location::Body && body.is_some();
            let list = if in_body { &mut of_body } else { &mut required };
            list.push(argument.name.as_str().into());
        }
        properties.insert(argument.name.clone(), schema(argument));
    }
    let mut input = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Some(members) = input.as_object_mut() {
        if !required.is_empty() {
            members.insert("required".to_owned(), Value::Array(required));
        }
        if let Some(body) = body {
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                properties.insert("body".to_owned(), body);
            }
            if !of_body.is_empty() {
                members
                    .insert("anyOf".to_owned(), json!([{ "required": of_body }, { "required": ["body"] }]));
            }
        }
    }
    input
}

/// One argument's schema.
fn schema(argument: &Argument) -> Value {
    let mut value = element(argument);
    if argument.repeated {
        let bounds = &argument.constraints;
        let mut array = Map::new();
        array.insert("type".to_owned(), "array".into());
        array.insert("items".to_owned(), Value::Object(value));
        array.extend(bounds.min_items.map(|count| ("minItems".to_owned(), count.into())));
        array.extend(bounds.max_items.map(|count| ("maxItems".to_owned(), count.into())));
        array.extend(bounds.unique_items.then(|| ("uniqueItems".to_owned(), true.into())));
        value = array;
    }
    if argument.nullable {
        value = with_null(value);
    }
    if argument.map {
        let mut map = Map::new();
        map.insert("type".to_owned(), "object".into());
        map.insert("additionalProperties".to_owned(), Value::Object(value));
        value = map;
    }
    if !argument.description.is_empty() {
        value.insert("description".to_owned(), argument.description.as_str().into());
    }
    value.extend(argument.default.clone().map(|default| ("default".to_owned(), default)));
    value.extend(argument.deprecated.then(|| ("deprecated".to_owned(), true.into())));
    Value::Object(value)
}

/// The schema of one value, or item.
fn element(argument: &Argument) -> Map<String, Value> {
    let mut out = Map::new();
    let mut add = |key: &str, value: Option<Value>| out.extend(value.map(|value| (key.to_owned(), value)));
    let name = match argument.value_type {
        ValueType::Json if argument.fields.is_empty() => None,
        ValueType::Json => Some("object"),
        ValueType::File => Some("string"),
        other => Some(other.name()),
    };
    add("type", name.map(Value::from));
    let as_object = argument.value_type == ValueType::Json;
    if !argument.fields.is_empty() && !as_object {
        // Texts and objects are both items.
        let text = element(&Argument { fields: Vec::new(), ..argument.clone() });
        let object = element(&Argument {
            value_type: ValueType::Json,
            allowed: None,
            format: None,
            constraints: Constraints::default(),
            allow_empty: false,
            ..argument.clone()
        });
        return Map::from_iter([("anyOf".to_owned(), json!([text, object]))]);
    }
    if !argument.fields.is_empty() {
        let fields: Map<String, Value> =
            argument.fields.iter().map(|field| (field.name.clone(), schema(field))).collect();
        add("properties", Some(Value::Object(fields)));
        let needed =
            argument.fields.iter().filter(|field| field.needed == Some(0) && field.constant().is_none());
        let needed: Vec<Value> = needed
            .filter(|field| field.wire_path.len() == 1)
            .map(|field| field.name.as_str().into())
            .collect();
        add("required", (!needed.is_empty()).then_some(Value::Array(needed)));
    }
    let mut values = argument.allowed.clone();
    if let Some(values) = values.as_mut().filter(|_| argument.allow_empty) {
        values.push("".into());
    }
    add("enum", values.map(Value::Array));
    add("format", argument.format.as_deref().map(Value::from));
    let bounds = &argument.constraints;
    let (least, most) = (bounds.minimum.map(Value::from), bounds.maximum.map(Value::from));
    add(if bounds.exclusive_minimum { "exclusiveMinimum" } else { "minimum" }, least);
    add(if bounds.exclusive_maximum { "exclusiveMaximum" } else { "maximum" }, most);
    add("multipleOf", bounds.multiple_of.map(Value::from));
    add("minLength", bounds.min_length.map(Value::from));
    add("maxLength", bounds.max_length.map(Value::from));
    add("pattern", bounds.pattern.as_deref().map(Value::from));
    if argument.allow_empty && argument.value_type != ValueType::String {
        let either = json!([Value::Object(std::mem::take(&mut out)), { "const": "" }]);
        out.insert("anyOf".to_owned(), either);
    }
    out
}

/// The same that takes null as well.
fn with_null(schema: Map<String, Value>) -> Map<String, Value> {
    if !schema.contains_key("type") && !schema.contains_key("anyOf") {
        return schema;
    }
    let mut out = Map::new();
    out.insert("anyOf".to_owned(), json!([schema, { "type": "null" }]));
    out
}
