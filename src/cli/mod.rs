//! The command line. The only layer that names clap.
//!
//! Arguments are read in two steps: the words that every command shares, then, by the command that they name, the
//! rest. So a plugin's command costs no more than its own flags, however many there are beside it.

mod auth;
mod body;
mod check;
mod checks;
mod commands;
mod complete;
mod completions;
mod context;
mod describe;
mod documents;
mod fields;
mod files;
mod flags;
mod r#gen;
mod guess;
mod help;
mod invoke;
mod jsonc;
mod media;
mod mock;
mod parse;
mod path;
mod plugin;
mod plugins;
mod positionals;
mod registry;
mod schema;
mod server;
mod template;
mod validate;
mod values;
mod watch;

pub use invoke::preview;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgAction};

use context::Context;
use context::ErrorFormat;
use registry::CommandRegistry;

use crate::diagnostic::{Failure, Kind};

/// Runs the program with the given arguments, the program's own name first.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let format = error_format(&arguments);
    // A person has no use for a backtrace; where it happened is enough to report it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        context::note(&format!("internal error at {place}: {}", panic.payload_as_str().unwrap_or_default()));
    }));
    // Scripts and documents may nest as deep as their limits allow, whatever stack the system gives the first thread.
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || dispatch(arguments));
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
            context::show(&failure, format);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Bytes of stack; only what is used of it costs memory.
const STACK: usize = 64 * 1024 * 1024;

fn dispatch(arguments: Vec<OsString>) -> Result<(), Failure> {
    let context = Context::new(global_value(&arguments, "--plugins-dir"))?;
    let matches = parse::matches(top(), arguments)?;
    let registry = CommandRegistry::new(&context);
    if matches.get_flag("version") {
        return crate::output::line(concat!("apicli ", env!("CARGO_PKG_VERSION")));
    }
    let Some((name, rest)) = matches.subcommand() else {
        return crate::output::text(&help::top(&registry, &context));
    };
    let rest: Vec<OsString> = rest.get_many::<OsString>("").into_iter().flatten().cloned().collect();
    if name == "help" {
        // `apicli help gen` is `apicli gen --help`.
        return match rest.split_first().and_then(|(name, words)| Some((name.to_str()?, words))) {
            None => crate::output::text(&help::top(&registry, &context)),
            Some((name, words)) => {
                let mut words = words.to_vec();
                words.push("--help".into());
                registry.find(name)?.run(&words, &context)
            }
        };
    }
    registry.find(name)?.run(&rest, &context)
}

/// What every command shares.
fn top() -> clap::Command {
    clap::Command::new("apicli")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .allow_external_subcommands(true)
        .external_subcommand_value_parser(clap::value_parser!(OsString))
        .args(global())
        .arg(Arg::new("help").long("help").short('h').action(ArgAction::SetTrue))
        .arg(Arg::new("version").long("version").short('V').action(ArgAction::SetTrue))
}

/// Arguments that may stand before the command's name as well as after it.
fn global() -> [Arg; 2] {
    [
        Arg::new("plugins-dir")
            .long("plugins-dir")
            .value_name("DIR")
            .value_parser(clap::value_parser!(OsString))
            .help("Keep plugins in this folder (else APICLI_PLUGINS_DIR, else the platform's data folder)"),
        Arg::new("error-format")
            .long("error-format")
            .value_name("FORMAT")
            .value_parser(["human", "json"])
            .help("How failures are shown on standard error: human or json"),
    ]
}

/// The error format, looked up by hand, because a failure to parse the arguments is shown in it as well.
fn error_format(arguments: &[OsString]) -> ErrorFormat {
    match global_value(arguments, "--error-format") {
        Some(value) if value == "json" => ErrorFormat::Json,
        _ => ErrorFormat::Human,
    }
}

/// The value of a global flag, wherever it stands: it decides which commands there are, and so how the rest is read.
fn global_value(arguments: &[OsString], flag: &str) -> Option<OsString> {
    let mut words = arguments.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == flag {
            return words.next().cloned();
        }
        if let Some(value) = word.as_encoded_bytes().strip_prefix(flag.as_bytes())
            && let Some(value) = value.strip_prefix(b"=")
        {
            return Some(os_string(value));
        }
    }
    None
}

/// Part of an argument, which need not be text.
fn os_string(bytes: &[u8]) -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec());
    #[cfg(not(unix))]
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A usage failure.
fn usage(message: impl Into<String>) -> Failure {
    Failure::new(Kind::Usage, message)
}
