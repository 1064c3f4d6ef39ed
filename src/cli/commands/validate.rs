use std::ffi::OsString;

use clap::{Arg, ArgAction};
use serde_json::json;

use super::documents;
use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::{Failure, Kind};
use crate::generator::PluginGenerator;
use crate::openapi::Problem;
use crate::output;
use crate::text::counted;

pub(crate) struct Validate;

impl Command for Validate {
    fn name(&self) -> &str {
        "validate"
    }

    fn about(&self) -> String {
        "List everything that is wrong with an OpenAPI document".to_owned()
    }

    fn run(&self, arguments: &[OsString], _context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("validate")
            .about("List everything that is wrong with an OpenAPI document.\n\nAn operation with an error becomes no command; warnings change nothing.")
            .args(documents::arguments())
            .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("As JSON"));
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let document = documents::load(&matches)?;
        let result = PluginGenerator::default().validate_spec(&document);
        if matches.get_flag("json") {
            let list = |problems: &[Problem]| -> Vec<serde_json::Value> {
                problems
                    .iter()
                    .map(|problem| json!({ "pointer": problem.pointer, "message": problem.message }))
                    .collect()
            };
            let report = json!({
                "operations": result.operations,
                "valid": result.is_valid(),
                "errors": list(&result.errors),
                "warnings": list(&result.warnings),
            });
            output::line(&output::pretty(&report.to_string(), true))?;
        } else {
            let mut text = String::new();
            for (word, problems) in [("error", &result.errors), ("warning", &result.warnings)] {
                for problem in problems {
                    let line = format!("{word}: {} ({})", problem.message, problem.pointer);
                    text.push_str(&crate::text::printable(&line));
                    text.push('\n');
                }
            }
            let (errors, warnings) = (result.errors.len(), result.warnings.len());
            text.push_str(&format!(
                "{}, {}, {}\n",
                counted(result.operations, "operation"),
                counted(errors, "error"),
                counted(warnings, "warning")
            ));
            output::text(&text)?;
        }
        if result.is_valid() {
            return Ok(());
        }
        let message =
            format!("{} of {} operations cannot become commands", result.errors.len(), result.operations);
        Err(Failure::new(Kind::Other, message)
            .hint("correct the places named above; `apicli gen` makes commands of the rest"))
    }
}
