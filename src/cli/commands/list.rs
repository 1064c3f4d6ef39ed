use std::ffi::OsString;

use clap::{Arg, ArgAction};
use serde_json::{Value, json};

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::Failure;
use crate::input::Signature;
use crate::model::{Argument, Body};
use crate::output;
use crate::plugins::Found;
use crate::text::first_paragraph;

pub(crate) struct Commands;

impl Command for Commands {
    fn name(&self) -> &str {
        "commands"
    }

    fn about(&self) -> String {
        "List every command of a plugin, for people or programs".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("commands")
            .about("List every command of a plugin.")
            .arg(Arg::new("plugin").value_name("PLUGIN").required(true).help("The plugin's name"))
            .arg(
                Arg::new("json")
                    .long("json")
                    .action(ArgAction::SetTrue)
                    .help("As one JSON array, arguments included"),
            );
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let name = matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default();
        let plugin = context.manager.get(name)?;
        let commands = plugin.commands()?;
        if matches.get_flag("json") {
            let array: Vec<Value> = commands.iter().map(describe).collect();
            return output::line(&output::pretty(&Value::Array(array).to_string(), true));
        }
        let width =
            commands.iter().map(|found| found.words().join(" ").len()).max().unwrap_or_default().min(60);
        let mut text = String::new();
        for found in &commands {
            let line =
                format!("{:width$}  {}", found.words().join(" "), first_paragraph(&found.function.doc));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        output::text(&text)
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        crate::cli::context::plugin_names(words, context)
    }
}

/// One element of the machine-readable list.
fn describe(found: &Found) -> Value {
    let signature = Signature::of(found);
    let facts = found.facts.as_ref();
    let positionals = signature.positionals.iter().zip(&signature.names).map(|(positional, by_name)| {
        let mut value = argument(positional);
        if let (Some(members), Some(short)) = (value.as_object_mut(), by_name.short) {
            members.insert("short".to_owned(), short.to_string().into());
        }
        value
    });
    let args: Vec<Value> = positionals.chain(signature.flags.iter().map(argument)).collect();
    let body = facts.and_then(|facts| facts.body.as_ref());
    json!({
        "command": found.words(),
        "operation_id": facts.and_then(|facts| facts.operation_id.as_deref()),
        "method": facts.map(|facts| facts.method.as_str()),
        "path": facts.map(|facts| facts.path.to_string()),
        "summary": first_paragraph(&found.function.doc),
        "deprecated": facts.is_some_and(|facts| facts.deprecated),
        "destructive": facts.is_some_and(|facts| facts.destructive),
        "security": facts.map(|facts| facts.security.clone()).unwrap_or_default(),
        "body": body.map(self::body),
        "args": args,
    })
}

fn body(body: &Body) -> Value {
    let mut value = json!({ "content_type": body.content_type, "required": body.required });
    if let Some(members) = value.as_object_mut().filter(|_| !body.alternatives.is_empty()) {
        members.insert("alternatives".to_owned(), json!(body.alternatives));
    }
    value
}

fn argument(argument: &Argument) -> Value {
    json!({
        "name": argument.name,
        "kind": argument.kind,
        "in": argument.location,
        "wire_name": argument.wire_name(),
        "wire_path": argument.wire_path,
        "type": argument.value_type,
        "required": argument.required,
        "repeated": argument.repeated,
        "map": argument.map,
        "enum": argument.allowed,
        "default": argument.default,
        "format": argument.format,
        "deprecated": argument.deprecated,
        "description": argument.description,
        "nullable": argument.nullable,
        "needed": argument.needed,
        "constant": argument.constant(),
        "constraints": argument.constraints,
        "alternatives": argument.alternatives,
        "media_types": argument.media_types,
        "needed_in": argument.needed_in,
        "fields": argument.fields.iter().map(self::argument).collect::<Vec<_>>(),
    })
}
