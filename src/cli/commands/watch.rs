use std::ffi::OsString;
use std::rc::Rc;

use clap::{Arg, ArgAction};

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::cli::plugin::PluginCommand;
use crate::diagnostic::{Failure, Kind, usage};

pub(crate) struct Watch;

impl Command for Watch {
    fn name(&self) -> &str {
        "watch"
    }

    fn about(&self) -> String {
        "Run a command again whenever a script of its plugin is saved".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("watch")
            .about("Run a command now and again at each save of its plugin, until Ctrl-C.\n\n  apicli watch stripe customers list --limit 3 --mock")
            .arg(Arg::new("poll").long("poll").action(ArgAction::SetTrue).help("Look twice a second, for network file systems"))
            .arg(Arg::new("plugin").value_name("PLUGIN").required(true).help("The plugin's name"))
            .arg(
                Arg::new("command")
                    .value_name("COMMAND")
                    .num_args(1..)
                    .required(true)
                    .trailing_var_arg(true)
                    .allow_hyphen_values(true)
                    .value_parser(clap::value_parser!(OsString))
                    .help("The command and its arguments"),
            );
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let name = matches.get_one::<String>("plugin").cloned().unwrap_or_default();
        let words: Vec<OsString> =
            matches.get_many::<OsString>("command").into_iter().flatten().cloned().collect();
        let mut watcher = context.manager.watch(&name, matches.get_flag("poll"))?;
        if let Err(failure) = run(&name, &words, context) {
            // A mistyped command stays wrong, whatever is saved.
            if failure.kind == Kind::Usage {
                return Err(failure);
            }
            context.ui.show(&failure);
        }
        loop {
            context.ui.note(&format!("watching {}", context.manager.dir(&name).display()));
            let changed = watcher.wait()?;
            let files: Vec<String> = changed.iter().map(|path| path.display().to_string()).collect();
            context.ui.note(&format!("changed: {}", files.join(", ")));
            if let Err(error) = context.manager.reload(&name) {
                context.ui.show(&error.into());
                context.ui.note("the last good version stays in use");
                continue;
            }
            if let Err(failure) = run(&name, &words, context) {
                context.ui.show(&failure);
            }
        }
    }
}

/// One run.
fn run(name: &str, words: &[OsString], context: &Context) -> Result<(), Failure> {
    let plugin = context.manager.get(name)?;
    // An edit may have changed the command's arguments.
    let Some(typed) = PluginCommand::new(Rc::clone(&plugin)).typed(words, context)? else { return Ok(()) };
    if typed.reads_standard_input() {
        return Err(usage("standard input can be read only once").hint("give the body as text or @file"));
    }
    typed.run(&plugin, context)
}
