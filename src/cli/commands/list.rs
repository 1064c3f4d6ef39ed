use std::ffi::OsString;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::{Failure, Kind};
use crate::input::Signature;
use crate::input::listing::CommandEntry;
use crate::output;
use crate::text::first_paragraph;
use clap::{Arg, ArgAction};

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
            let signatures: Vec<Signature> = commands.iter().map(Signature::of).collect();
            let entries = commands.iter().zip(&signatures);
            let entries: Vec<_> =
                entries.map(|(found, signature)| CommandEntry::of(found, signature)).collect();
            let text = serde_json::to_string(&entries)
                .map_err(|error| Failure::new(Kind::Other, format!("cannot write the list: {error}")))?;
            return output::line(&output::pretty(&text, true));
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
