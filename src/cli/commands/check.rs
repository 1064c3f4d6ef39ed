use std::ffi::OsString;

use clap::Arg;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::{Failure, Kind, Snippet};
use crate::engine::{self, Source};
use crate::plugins::layout;
use crate::text::counted;

pub(crate) struct Check;

impl Command for Check {
    fn name(&self) -> &str {
        "check"
    }

    fn about(&self) -> String {
        "Compile every script and report calls to missing functions".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("check")
            .about("Compile every script of a plugin and report calls to missing functions.")
            .arg(
                Arg::new("plugin")
                    .value_name("PLUGIN")
                    .num_args(0..)
                    .help("The plugins to check (all, if none is named)"),
            );
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let mut names: Vec<String> =
            matches.get_many::<String>("plugin").into_iter().flatten().cloned().collect();
        if names.is_empty() {
            names = context.manager.list()?.into_iter().map(|installed| installed.name).collect();
        }
        let (mut scripts, mut problems) = (0_usize, 0_usize);
        for name in names {
            let plugin = context.manager.get(&name)?;
            let mut paths: Vec<_> = plugin.all_groups()?.iter().map(|group| layout::script(group)).collect();
            paths.push(layout::HOOKS.into());
            for linked in plugin.linked_folders()? {
                let path = plugin.dir().join(linked);
                context.ui.warn(&format!(
                    "`{}` is a link to a folder; scripts in it are not commands",
                    path.display()
                ));
            }
            for path in paths {
                let Some(source) = plugin.source(&path)? else { continue };
                scripts += 1;
                for problem in engine::check(&source) {
                    problems += 1;
                    let Source { path, text } = &source;
                    let at = Snippet::locate(path.display().to_string(), text, problem.line, problem.column);
                    context.ui.show(&Failure::new(Kind::Script, problem.message).at(at));
                }
            }
        }
        if problems == 0 {
            context.ui.note(&format!("{}, nothing wrong", counted(scripts, "script")));
            return Ok(());
        }
        Err(Failure::new(
            Kind::Script,
            format!("{} in {}", counted(problems, "problem"), counted(scripts, "script")),
        )
        .hint("correct the places shown above"))
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        crate::cli::context::plugin_names(words, context)
    }
}
