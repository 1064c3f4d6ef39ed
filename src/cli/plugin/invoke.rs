//! One run of a plugin's command: from what was typed to what is printed.

use std::ffi::OsString;

use serde_json::Value;

use super::flags::{self, Options, Shown, Task};
use super::help;
use crate::cli::context::Context;
use crate::cli::ui::{note, warn};
use crate::diagnostic::Failure;
use crate::engine::{Mode, Values};
use crate::http::{self, Request, Secrets};
use crate::input::template::{Template, template};
use crate::input::{Entered, Signature};
use crate::output::{self, Format};
use crate::plugins::{Found, Plugin};
use crate::session::{self, Destination, Outcome, Session, Way, With, server};

/// A command, and what was typed for it.
pub(crate) struct Typed {
    found: Found,
    signature: Signature,
    entered: Entered,
    options: Options,
}

impl Typed {
    /// Parses the arguments that follow the command's words.
    pub(crate) fn parse(plugin: &Plugin, found: Found, arguments: &[OsString]) -> Result<Self, Failure> {
        let (signature, entered, options) = parse(plugin, &found, arguments)?;
        Ok(Self { found, signature, entered, options })
    }

    /// It reads standard input, which can be done once.
    pub(crate) fn reads_standard_input(&self) -> bool {
        self.entered.bodies.iter().any(|body| body == "-")
    }

    /// Does what was asked for.
    pub(crate) fn run(self, plugin: &Plugin, context: &Context) -> Result<(), Failure> {
        let Self { found, signature, entered, options } = self;
        let command = found.line(&plugin.name());
        let shown = match options.task {
            Task::Help { all } => {
                return output::text(&help(plugin, &found, &signature, all, &command));
            }
            Task::Template(ref alternative) => {
                let media = signature.media(&entered, &command)?;
                let alternative = alternative.clone().or_else(|| signature.told(&entered.flags));
                return match template(plugin, &found, &signature, media, alternative.as_deref(), &command)? {
                    Template::Text(text) => output::text(&text),
                    Template::AsItIs(media_type) => {
                        note(&format!(
                            "the body is {media_type}: give it as it is, with `--body @file` or `--body -`"
                        ));
                        Ok(())
                    }
                };
            }
            Task::Show(shown) => Some(shown),
            Task::Run => None,
        };
        let values = signature.values(entered, &command)?;
        if found.facts.as_ref().is_some_and(|facts| facts.deprecated) {
            warn(&format!("`{command}` is deprecated"));
        }
        call(plugin, &found, values, options, shown, context)
    }
}

fn call(
    plugin: &Plugin,
    found: &Found,
    values: Values,
    options: Options,
    shown: Option<Shown>,
    context: &Context,
) -> Result<(), Failure> {
    let way = Way {
        mode: if shown.is_some() { Mode::Preview } else { Mode::Send },
        with: if options.mock { With::Mock } else { With::Servers },
        verbose: options.verbose,
        limits: options.limits,
    };
    let done = context.session().call(plugin, found, values, &options.to, way)?;
    if let Outcome::Preview(request) = &done.outcome
        && request.credentials.is_empty()
        && found.facts.as_ref().is_some_and(|facts| facts.security.iter().any(|schemes| !schemes.is_empty()))
    {
        note(&format!("no credential for `{}` is at hand; the request is shown without one", plugin.name()));
    }
    let printed = print(done.outcome, options.output, shown, &done.secrets);
    printed.map_err(|failure| session::hiding(failure, &done.secrets))
}

/// The request that a command would send: its arguments are parsed and its script is run, as [`crate::run`] does it, and
/// nothing is sent, printed, or asked of the keyring. `arguments` are those after the command's words.
///
/// A plugin without a server previews its requests to `http://preview.invalid`; credentials are left out.
///
/// # Errors
///
/// What a person would be told: arguments that do not fit, a script that fails, or a script that sends nothing.
pub fn preview(plugin: &Plugin, found: &Found, arguments: &[OsString]) -> Result<Request, Failure> {
    let (values, options) = typed(plugin, found, arguments)?;
    Session::preview(plugin, found, values, &options.to)
}

/// The values that words give a command, as they are typed behind its own, and where they say that it goes: what
/// [`Session::call`] takes. Of apicli's own flags only those that say where a request goes count.
///
/// # Errors
///
/// What a person would be told: arguments that do not fit.
pub fn values(
    plugin: &Plugin,
    found: &Found,
    arguments: &[OsString],
) -> Result<(Values, Destination), Failure> {
    let (values, options) = typed(plugin, found, arguments)?;
    Ok((values, options.to))
}

fn typed(plugin: &Plugin, found: &Found, arguments: &[OsString]) -> Result<(Values, Options), Failure> {
    let (signature, entered, options) = parse(plugin, found, arguments)?;
    Ok((signature.values(entered, &found.line(&plugin.name()))?, options))
}

fn parse(
    plugin: &Plugin,
    found: &Found,
    arguments: &[OsString],
) -> Result<(Signature, Entered, Options), Failure> {
    let signature = Signature::of(found).understanding(plugin, found, flags::names(arguments))?;
    let (entered, options) = flags::parse(&signature, arguments, &found.line(&plugin.name()))?;
    Ok((signature, entered, options))
}

fn help(plugin: &Plugin, found: &Found, signature: &Signature, all: bool, command: &str) -> String {
    let mut text = help::command(command, found, signature, all);
    let servers = server::servers(plugin.manifest(), found);
    if servers.len() > 1 || servers.iter().any(|server| !server.variables.is_empty()) {
        let list = server::list(&servers).unwrap_or_default();
        text.push_str(&crate::text::printable_block(&format!("\nServers:\n{list}")));
    }
    text
}

fn print(outcome: Outcome, format: Format, shown: Option<Shown>, secrets: &Secrets) -> Result<(), Failure> {
    match outcome {
        Outcome::Response(answer) => {
            if output::answer(answer, format)? {
                note("note: a credential was hidden in the answer (`***`); `-o raw` shows it as it came");
            }
            Ok(())
        }
        Outcome::Value(value) => {
            let (value, hidden) = output::hidden(value, secrets);
            if hidden {
                note("note: a credential was hidden in the result (`***`)");
            }
            match (value, format) {
                (Value::String(text), Format::Raw) => output::text(&text),
                (value, _) => output::line(&output::pretty(&value.to_string(), true)),
            }
        }
        Outcome::Nothing => Ok(()),
        Outcome::Preview(request) if shown == Some(Shown::Curl) => {
            output::line(&http::curl(&request.hiding(secrets))?)
        }
        Outcome::Preview(request) => {
            let mut shown = http::dry_run(&request.hiding(secrets))?;
            // What was read of a file.
            if let Some(Value::String(body)) = shown.get_mut("body") {
                *body = secrets.message(body).into_owned();
            }
            output::line(&output::pretty(&shown.to_string(), true))
        }
    }
}
