//! The command line. The only layer that names clap.
//!
//! Arguments are read in two steps: the words that every command shares, then the rest, by the command that they name. So a
//! plugin's command only costs its own flags, however many other commands there are.

mod ask;
mod candidates;
mod command;
mod commands;
mod context;
mod global;
mod page;
mod parse;
mod plugin;
mod registry;
mod reserved;
mod stack;
mod top;
mod ui;

pub use plugin::invoke::{preview, values};

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with the given arguments, the program's own name first.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let ui = ui::Ui::terminal(global::error_format(&arguments));
    // Users have no use for a backtrace; the location is enough to report it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        let text = format!("internal error at {place}: {}", panic.payload_as_str().unwrap_or_default());
        ui::on_stderr(&crate::text::printable_block(&text));
    }));
    let own = ui.clone();
    match stack::with_enough(move || top::dispatch(arguments, own)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.end(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}
