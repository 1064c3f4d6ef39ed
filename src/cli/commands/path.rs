use std::ffi::OsString;

use clap::Arg;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::{Failure, Kind};
use crate::output;
use crate::plugins::Lookup;

pub(crate) struct Path;

impl Command for Path {
    fn name(&self) -> &str {
        "path"
    }

    fn about(&self) -> String {
        "Print the path of a script, for your editor".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("path")
            .about("Print where a plugin, or the script of one of its groups or commands, is:\n\n  $EDITOR \"$(apicli path stripe customers)\"")
            .arg(Arg::new("plugin").value_name("PLUGIN").required(true).help("The plugin's name"))
            .arg(Arg::new("words").value_name("GROUP").num_args(0..).help("The group, and the command if you like"));
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let name = matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default();
        let words: Vec<String> = matches.get_many::<String>("words").into_iter().flatten().cloned().collect();
        let found = context.manager.get(name)?;
        if words == ["hooks"] {
            return print(&found.dir().join(crate::plugins::layout::HOOKS));
        }
        // A script that does not compile is exactly the one to open.
        let group = match found.lookup(&words) {
            Ok(Lookup::Command(command)) => command.group,
            Ok(Lookup::Group { group, .. }) => group,
            Ok(Lookup::Unknown { group, word, similar }) => {
                return Err(crate::plugins::unknown(name, &group, &word, &similar));
            }
            Err(crate::plugins::Error::Script(_)) => {
                let mut group: Vec<String> = words.iter().map(|word| word.replace('-', "_")).collect();
                while !group.is_empty() && !found.script_path(&group).is_file() {
                    group.pop();
                }
                group
            }
            Err(error) => return Err(error.into()),
        };
        if group.is_empty() {
            return print(found.dir());
        }
        let path = found.script_path(&group);
        if !path.is_file() {
            return Err(Failure::new(
                Kind::Usage,
                format!("`{}` has no script of its own", crate::plugins::line(name, &group)),
            )
            .hint("name one of the groups below it"));
        }
        print(&path)
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        crate::cli::context::plugin_names(words, context)
    }
}

fn print(path: &std::path::Path) -> Result<(), Failure> {
    output::line(&path.display().to_string())
}
