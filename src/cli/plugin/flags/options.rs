//! The values of apicli's flags.

use std::time::Duration;

use clap::ArgMatches;

use super::names::FlagNames;
use crate::cli::global::ErrorFormat;
use crate::diagnostic::{Failure, usage};
use crate::engine::{Limits, Silence};
use crate::model::own_flag::{Definition, OWN_FLAGS, OwnFlag, Takes};
use crate::output::Format;
use crate::session::Destination;

/// The values of apicli's flags.
#[derive(Debug)]
pub(crate) struct Options {
    /// What to do.
    pub(crate) task: Task,
    /// Where the request goes, and as whom.
    pub(crate) to: Destination,
    /// Whether the document answers.
    pub(crate) mock: bool,
    /// Requests and answers are shown on standard error.
    pub(crate) verbose: bool,
    /// The time limits that were set.
    pub(crate) limits: Limits,
    /// How an answer is printed.
    pub(crate) output: Format,
    /// How failures are shown; `None` if that was not set after the command.
    pub(crate) error_format: Option<ErrorFormat>,
    /// Bodies as a whole, for the input.
    pub(crate) bodies: Vec<String>,
    /// The media type of the body, for the input.
    pub(crate) content_type: Option<String>,
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The call.
    Run,
    /// Its request.
    Show(Shown),
    /// Help; for every flag with `all`.
    Help { all: bool },
    /// A body to fill in, of this alternative.
    Template(Option<String>),
}

/// How a request is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As JSON.
    Json,
    /// As a curl command.
    Curl,
}

/// Collects every flag of apicli that was typed.
pub(super) fn options(matches: &ArgMatches, names: &FlagNames<'_>) -> Result<Options, Failure> {
    let mut options = Options {
        task: Task::Run,
        to: Destination::default(),
        mock: false,
        verbose: false,
        limits: Limits::default(),
        output: Format::Json,
        error_format: None,
        bodies: Vec::new(),
        content_type: None,
    };
    let mut special: Vec<(&'static Definition, Task)> = Vec::new();
    let mut help = None;
    for own in &OWN_FLAGS {
        let value = Typed { matches, own, shown: names.shown(own) };
        if !value.is_given() {
            continue;
        }
        match own.flag {
            OwnFlag::Output if value.text().as_deref() == Some("raw") => options.output = Format::Raw,
            OwnFlag::Output => options.output = Format::Json,
            OwnFlag::Body => options.bodies = value.texts(),
            OwnFlag::BodyTemplate => {
                special.push((own, Task::Template(value.text().filter(|name| !name.is_empty()))));
            }
            OwnFlag::ContentType => options.content_type = value.text(),
            OwnFlag::Server => options.to.server = value.text(),
            OwnFlag::ServerVar => options.to.variables = value.texts(),
            OwnFlag::Profile => options.to.profile = value.text(),
            OwnFlag::Mock => options.mock = true,
            OwnFlag::DryRun => special.push((own, Task::Show(Shown::Json))),
            OwnFlag::Curl => special.push((own, Task::Show(Shown::Curl))),
            OwnFlag::Timeout => {
                if let Some(time) = value.seconds()? {
                    options.limits.silence = Silence::Typed(time);
                }
            }
            OwnFlag::MaxTime => {
                if let Some(time) = value.seconds()? {
                    options.limits.whole_time = time;
                }
            }
            OwnFlag::Verbose => options.verbose = true,
            OwnFlag::Help => help = help.or(Some(Task::Help { all: false })),
            OwnFlag::HelpAll => help = Some(Task::Help { all: true }),
            // Read before the API is known.
            OwnFlag::PluginsDir => {}
            OwnFlag::ErrorFormat => {
                options.error_format = value.text().as_deref().map(ErrorFormat::of);
            }
        }
    }
    // `--help` on a line means help, whatever the line would do.
    if let Some(help) = help {
        options.task = help;
        return Ok(options);
    }
    if let [(one, _), (other, _), ..] = special.as_slice() {
        return Err(usage(format!(
            "`--{}` and `--{}` cannot both be given",
            names.shown(one),
            names.shown(other)
        ))
        .hint("each prints something else; leave one out"));
    }
    if let Some((_, task)) = special.pop() {
        options.task = task;
    }
    Ok(options)
}

/// A flag of apicli on this command line.
struct Typed<'m> {
    matches: &'m ArgMatches,
    own: &'static Definition,
    shown: &'static str,
}

impl Typed<'_> {
    fn is_given(&self) -> bool {
        self.matches.value_source(self.own.long) == Some(clap::parser::ValueSource::CommandLine)
    }

    fn text(&self) -> Option<String> {
        self.matches.get_one::<String>(self.own.long).cloned()
    }

    fn texts(&self) -> Vec<String> {
        self.matches.get_many::<String>(self.own.long).into_iter().flatten().cloned().collect()
    }

    fn seconds(&self) -> Result<Option<Duration>, Failure> {
        let Some(seconds) = self.matches.get_one::<f64>(self.own.long) else { return Ok(None) };
        let most = if let Takes::Seconds(most) = self.own.takes { most } else { f64::MAX };
        let time = Duration::try_from_secs_f64(*seconds).ok();
        match time.filter(|time| !time.is_zero() && *seconds <= most) {
            Some(time) => Ok(Some(time)),
            None => Err(usage(format!("`{seconds}` for `--{}` is not between 0 and {most}", self.shown))
                .hint("give seconds, such as 30")),
        }
    }
}
