//! The command line. The only layer that names clap.
//!
//! Arguments are read in two steps: the words that every command shares, then, by the command that they name, the
//! rest. So a plugin's command costs no more than its own flags, however many there are beside it.

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
mod top;
mod ui;

pub use plugin::invoke::{preview, values};

use std::ffi::OsString;
use std::process::ExitCode;

use crate::diagnostic::{Failure, Kind};

/// Runs the program with the given arguments, the program's own name first.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let format = global::error_format(&arguments);
    // A person has no use for a backtrace; where it happened is enough to report it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        ui::note(&format!("internal error at {place}: {}", panic.payload_as_str().unwrap_or_default()));
    }));
    // Scripts and documents may nest as deep as their limits allow, whatever stack the system gives the first thread.
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || top::dispatch(arguments));
    let result = match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::new(Kind::Other, "apicli broke off because of a defect of its own")
            .hint("please report the command and the line above")),
        Err(error) => {
            Err(Failure::new(Kind::Other, format!("cannot start: {error}")).hint("free some memory"))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui::show(&failure, format);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Bytes of stack; only what is used of it costs memory.
const STACK: usize = 64 * 1024 * 1024;
