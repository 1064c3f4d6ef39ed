use std::ffi::OsString;
use std::net::TcpListener;
use std::sync::Arc;

use clap::Arg;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::cli::ui::Ui;
use crate::diagnostic::{Failure, Kind, usage};
use crate::mock::{self, LogLine, Stop};
use crate::output;

/// The default port.
const PORT: u16 = 4010;

pub(crate) struct Mock;

impl Command for Mock {
    fn name(&self) -> &str {
        "mock"
    }

    fn about(&self) -> String {
        "Serve a plugin's document on this machine: create, read, update, delete".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("mock")
            .about("Serve a plugin's document on this machine.\n\nWhat is created can be read, listed, updated and deleted. Each request is checked against the document.")
            .arg(Arg::new("plugin").value_name("PLUGIN").required(true).help("The plugin's name"))
            .arg(
                Arg::new("port")
                    .long("port")
                    .value_name("PORT")
                    .value_parser(clap::value_parser!(u16))
                    .help("The port to listen on; 0 picks any free one (4010)"),
            );
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let name = matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default();
        let plugin = context.manager.get(name)?;
        let port = matches.get_one::<u16>("port").copied().unwrap_or(PORT);
        let listener = TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
            usage(format!("cannot listen on port {port}: {error}"))
                .hint("choose another with `--port`; 0 picks any free one")
        })?;
        let address = listener
            .local_addr()
            .map_err(|error| Failure::new(Kind::Other, format!("cannot listen: {error}")))?;
        let served = Arc::new(mock::Mock::strict(plugin.document()?));
        output::line(&format!("http://{address}"))?;
        context.ui.note(&format!(
            "serving `{name}`; try `apicli {name} --help`, and add `--server http://{address}` to a command"
        ));
        context.ui.note("Ctrl-C stops it");
        let ui = context.ui.clone();
        mock::serve(served, listener, Arc::new(move |line: &LogLine| log(line, &ui)), Stop::default())?;
        Ok(())
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        crate::cli::context::plugin_names(words, context)
    }
}

fn log(line: &LogLine, ui: &Ui) {
    ui.note(&format!("{} {} {} ({} us)", line.status, line.method, line.target, line.micros));
    for problem in &line.problems {
        ui.note(&format!("    {}: {}", problem.place, problem.message));
    }
}
