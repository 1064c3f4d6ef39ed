//! `apicli schema`: the input and output of commands as JSON Schema.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::Arg;
use serde_json::{Map, Value, json};

use crate::cli::command::Command;
use crate::cli::context::{Context, plugin_names};
use crate::cli::parse;
use crate::diagnostic::{Failure, usage};
use crate::input::Signature;
use crate::input::schema::input;
use crate::openapi::{DIALECT, Document, JsonSchemas, Operation, OperationRef};
use crate::output;
use crate::plugins::{Found, Lookup, unknown};

pub(crate) struct Schema;

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
                let title = found.line(name);
                root.insert("title".to_owned(), title.into());
                let (input, output) = writer.command(&found);
                root.insert("input".to_owned(), input);
                root.insert("output".to_owned(), output);
            }
            Lookup::Group { group, .. } => {
                for found in plugin.commands()?.iter().filter(|found| found.group.starts_with(&group)) {
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
            return plugin_names(&[], context);
        };
        context
            .manager
            .get(name)
            .map(|plugin| crate::cli::plugin::candidates::words_below(&plugin, words))
            .unwrap_or_default()
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

    /// Input and output of one command. A function that the user added has no operation, and therefore no known output.
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

    /// The schema of the first success response that has one, preferably JSON.
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
