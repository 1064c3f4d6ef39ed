//! One run of a plugin's command, from what was typed to what is printed.

use std::ffi::OsString;

use serde_json::Value;

use super::flags::{self, FlagNames, Options, Shown, Task};
use super::help;
use crate::cli::context::Context;
use crate::cli::global::own_error_format;
use crate::cli::ui::Ui;
use crate::diagnostic::{Failure, usage};
use crate::engine::{Mode, Values};
use crate::http::{self, Request, Secrets};
use crate::input::template::{Template, template};
use crate::input::{Entered, GivenValue, Signature};
use crate::model::own_flag::OwnFlag;
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
    pub(crate) fn parse(
        plugin: &Plugin,
        found: Found,
        arguments: &[OsString],
        context: &Context,
    ) -> Result<Self, Failure> {
        let command = found.line(&plugin.name());
        let signature = Signature::of(&found).understanding(plugin, &found, flags::typed_names(arguments))?;
        let names = FlagNames::of(&signature);
        if names.has_yielded(OwnFlag::ErrorFormat) {
            // What was taken for apicli's flag before the command was known is the API's.
            let own = own_error_format(arguments).or(context.error_format);
            context.ui.set_error_format(own.unwrap_or_default());
        }
        let (entered, options) = flags::parse(&signature, &names, arguments, &command)?;
        if let (Some(_), Some(_)) = (options.error_format, context.error_format) {
            return Err(
                usage("`--error-format` is given before the command and after it").hint("give it once")
            );
        }
        drop(names);
        Ok(Self { found, signature, entered, options })
    }

    /// Whether it reads standard input, which is possible only once.
    pub(crate) fn reads_standard_input(&self) -> bool {
        let is_stdin = |text: &str| matches!(text, "-" | "@/dev/stdin" | "@/dev/fd/0");
        self.entered.bodies.iter().any(|body| matches!(body, GivenValue::Typed(text) if is_stdin(text)))
    }

    /// Does what was requested.
    pub(crate) fn run(self, plugin: &Plugin, context: &Context) -> Result<(), Failure> {
        let Self { found, signature, entered, options } = self;
        let names = FlagNames::of(&signature);
        let given = names.given(&entered);
        act(plugin, &found, (&signature, &names), (entered, options), context)
            .map_err(|failure| names.in_failure(failure, &given))
    }
}

/// Does what the command line requests.
fn act(
    plugin: &Plugin,
    found: &Found,
    (signature, names): (&Signature, &FlagNames<'_>),
    (entered, options): (Entered, Options),
    context: &Context,
) -> Result<(), Failure> {
    let command = found.line(&plugin.name());
    let shown = match options.task {
        Task::Help { all } => return output::text(&help(plugin, found, names, all, &command)),
        Task::Template(ref alternative) => {
            let media = signature.media(&entered, &command)?;
            let alternative = alternative.clone().or_else(|| signature.told(&entered.flags));
            return match template(plugin, found, signature, media, alternative.as_deref(), &command)? {
                Template::Text(text) => {
                    let flag = names.shown(OwnFlag::BodyTemplate.definition());
                    output::text(&text.replace("`--body-template=NAME`", &format!("`--{flag}=NAME`")))
                }
                Template::AsItIs(media_type) => {
                    context.ui.note(&names.respelt(&format!(
                        "the body is {media_type}: give it as it is, with `--body @file` or `--body -`"
                    )));
                    Ok(())
                }
            };
        }
        Task::Show(shown) => Some(shown),
        Task::Run => None,
    };
    let values = signature.values(entered, &command)?;
    if found.facts.as_ref().is_some_and(|facts| facts.deprecated) {
        context.ui.warn(&format!("`{command}` is deprecated"));
    }
    call(plugin, found, values, options, shown, context)
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
        context.ui.note(&format!(
            "no credential for `{}` is at hand; the request is shown without one",
            plugin.name()
        ));
    }
    let printed = print(done.outcome, options.output, shown, &done.secrets, &context.ui);
    printed.map_err(|failure| session::hiding(failure, &done.secrets))
}

/// The request that a command would send: its arguments are parsed and its script runs, as in [`crate::run`], and
/// nothing is sent, printed, or read from the keyring. `arguments` are those after the command's words.
///
/// A plugin without a server previews its requests to `http://preview.invalid`; credentials are left out.
///
/// # Errors
///
/// What the user would be told: invalid arguments, a script that fails, or a script that sends nothing.
pub fn preview(plugin: &Plugin, found: &Found, arguments: &[OsString]) -> Result<Request, Failure> {
    let (values, to) = values(plugin, found, arguments)?;
    Session::preview(plugin, found, values, &to)
}

/// The values from the words after a command, and where they say that it goes: the input of [`Session::call`]. Of apicli's
/// own flags only those that say where a request goes count.
///
/// # Errors
///
/// What the user would be told: invalid arguments.
pub fn values(
    plugin: &Plugin,
    found: &Found,
    arguments: &[OsString],
) -> Result<(Values, Destination), Failure> {
    let command = found.line(&plugin.name());
    let signature = Signature::of(found).understanding(plugin, found, flags::typed_names(arguments))?;
    let (entered, options) = flags::parse(&signature, &FlagNames::of(&signature), arguments, &command)?;
    Ok((signature.values(entered, &command)?, options.to))
}

fn help(plugin: &Plugin, found: &Found, names: &FlagNames<'_>, all: bool, command: &str) -> String {
    let mut text = help::command(command, found, names, all);
    let servers = server::servers(plugin.manifest(), found);
    if servers.len() > 1 || servers.iter().any(|server| !server.variables.is_empty()) {
        let list = server::list(&servers).unwrap_or_default();
        text.push_str(&crate::text::printable_block(&format!("\nServers:\n{list}")));
    }
    text
}

fn print(
    outcome: Outcome,
    format: Format,
    shown: Option<Shown>,
    secrets: &Secrets,
    ui: &Ui,
) -> Result<(), Failure> {
    match outcome {
        Outcome::Response(answer) => {
            if output::answer(answer, format)? {
                ui.note("note: a credential was hidden in the answer (`***`); `-o raw` shows it as it came");
            }
            Ok(())
        }
        Outcome::Value(value) => {
            let (value, hidden) = output::hidden(value, secrets);
            if hidden {
                ui.note("note: a credential was hidden in the result (`***`)");
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
            // The content of a file.
            if let Some(Value::String(body)) = shown.get_mut("body") {
                *body = secrets.message(body).into_owned();
            }
            output::line(&output::pretty(&shown.to_string(), true))
        }
    }
}
