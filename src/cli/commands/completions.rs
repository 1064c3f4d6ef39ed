use std::ffi::OsString;

use clap::Arg;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::Failure;
use crate::output;

/// `apicli completions <shell>`: prints a script that asks the program itself, so that new plugins and functions are completed
/// immediately.
pub(crate) struct Completions;

impl Command for Completions {
    fn name(&self) -> &str {
        "completions"
    }

    fn about(&self) -> String {
        "Print the completion script of a shell".to_owned()
    }

    fn run(&self, arguments: &[OsString], _context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("completions")
            .about("Print the completion script of a shell.\n\n  bash:  source <(apicli completions bash)\n  zsh:   source <(apicli completions zsh)\n  fish:  apicli completions fish | source")
            .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(["bash", "zsh", "fish"]).hide_possible_values(true).help("bash, zsh or fish"));
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let script = match matches.get_one::<String>("shell").map(String::as_str) {
            Some("zsh") => include_str!("completions/apicli.zsh"),
            Some("fish") => include_str!("completions/apicli.fish"),
            _ => include_str!("completions/apicli.bash"),
        };
        output::text(script)
    }

    fn complete(&self, words: &[String], _context: &Context) -> Vec<(String, String)> {
        let shells = if words.is_empty() { ["bash", "zsh", "fish"].as_slice() } else { &[] };
        shells.iter().map(|shell| ((*shell).to_owned(), String::new())).collect()
    }
}
