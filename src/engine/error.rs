use super::limits::{Limit, Limits};
use crate::credentials;
use crate::diagnostic::{Failure, Frame, Kind, Snippet};
use crate::http;

/// Where in a script something went wrong, and how the script got there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line; `None` when the engine does not know it.
    pub snippet: Option<Snippet>,
    /// The calls that led there, innermost first.
    pub chain: Vec<Frame>,
}

/// Why a script could not be compiled or run, or how its call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text is longer than [`Limits::SCRIPT_SIZE`].
    TooLong {
        /// The file.
        path: String,
        /// Its length.
        bytes: usize,
    },
    /// A function has too much of something to be compiled in time.
    Crowded {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        count: usize,
        /// How much is allowed, with the rest unchanged.
        most: usize,
        /// Where it begins.
        at: Snippet,
    },
    /// The text is not valid Rhai, or uses what is switched off (`import`, `eval`).
    Compile {
        /// The engine's message in plain words.
        message: String,
        /// Where.
        at: Snippet,
    },
    /// Something at the top level is not a function.
    TopLevel {
        /// Where.
        at: Snippet,
    },
    /// The script has no public function of that name.
    MissingFunction {
        /// The function asked for.
        function: String,
        /// The file.
        path: String,
        /// A name that is close.
        similar: Option<String>,
    },
    /// The function takes another number of values than were given.
    Arity {
        /// The function.
        function: String,
        /// The file.
        path: String,
        /// Positionals that it takes.
        takes: usize,
        /// Positionals that were given.
        given: usize,
    },
    /// Flags were given to a function without a `flags` parameter.
    NoFlags {
        /// The function.
        function: String,
        /// The file.
        path: String,
    },
    /// The script failed: it threw, or tried something impossible.
    Thrown {
        /// What it threw, or the engine's message in plain words.
        message: String,
        /// What to do next.
        hint: Option<String>,
        /// Where.
        place: Box<Place>,
    },
    /// The script broke a limit.
    Limit {
        /// Which one.
        limit: Limit,
        /// Where.
        place: Box<Place>,
    },
    /// The script tried something that scripts may not do.
    Refused {
        /// What is refused.
        message: String,
        /// What to do instead.
        hint: String,
        /// Where.
        place: Box<Place>,
    },
    /// The script called a host that the manifest does not list.
    ForeignOrigin {
        /// Scheme, host and port.
        origin: String,
        /// The plugin whose manifest it is.
        plugin: String,
        /// Where.
        place: Box<Place>,
    },
    /// The server answered with a status that is not 2xx, and the script did not handle it.
    Http {
        /// The plugin.
        plugin: String,
        /// The status.
        status: u16,
        /// The API's own message, else the status in words.
        message: String,
        /// The body of the answer, as text.
        body: String,
    },
    /// The request could not be made, sent or answered.
    Transport(http::Error),
    /// The credential could not be obtained.
    Credentials(Box<credentials::Error>),
    /// The engine failed. Never expected; not the script's fault alone.
    Engine {
        /// What it said.
        message: String,
    },
}

impl Error {
    /// The same with a place, if it can have one and has none yet.
    pub(super) fn placed(mut self, at: Place) -> Self {
        match &mut self {
            Self::Thrown { place, .. }
            | Self::Limit { place, .. }
            | Self::Refused { place, .. }
            | Self::ForeignOrigin { place, .. }
                if place.snippet.is_none() =>
            {
                **place = at;
            }
            _ => {}
        }
        self
    }
}

impl Error {
    /// What a person is told.
    pub(crate) fn told(&self) -> Failure {
        let script = |message: String| Failure::new(Kind::Script, message);
        match self {
            Self::TooLong { path, bytes } => {
                script(format!("the script `{path}` is too long: {bytes} bytes, at most {}", Limits::SCRIPT_SIZE))
                    .hint("split it into several groups")
            }
            Self::Crowded { what, count, most, at } => {
                let message = format!("compiling this function takes too long: it has {count} {what}, at most {most} fit");
                script(message).at(at.clone()).hint(
                    "split it into several functions, or send large data with `--body @file` instead of writing it here",
                )
            }
            Self::Compile { message, at } => script(message.clone())
                .at(at.clone())
                .hint("correct the script at this place; `apicli check` shows what is wrong with the others"),
            Self::TopLevel { at } => script("a script may only have functions at its top level".into())
                .at(at.clone())
                .hint("move this into a function; constants go where they are used"),
            Self::MissingFunction { function, path, similar } => {
                script(format!("`{path}` has no public function `{function}`")).hint(match similar {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("add `fn {function}(...)`, or generate the plugin again"),
                })
            }
            Self::Arity { function, path, takes, given } => {
                let takes = match takes {
                    0 => "no values".to_owned(),
                    1 => "1 value".to_owned(),
                    n => format!("{n} values"),
                };
                let given = if *given == 1 { "1 was given".to_owned() } else { format!("{given} were given") };
                script(format!("`{function}` in `{path}` takes {takes}, {given}"))
                    .hint("give as many values as the function has parameters before `flags`")
            }
            Self::NoFlags { function, path } => {
                script(format!("`{function}` in `{path}` takes no flags, some were given"))
                    .hint(format!("leave them out, or add a last parameter `flags` to `{function}`"))
            }
            Self::Thrown { message, hint, place } => {
                let failure = placed(script(message.clone()), place.as_ref().clone());
                failure.hint(
                    hint.clone().unwrap_or_else(|| "look at the script at this place; it is yours to change".into()),
                )
            }
            Self::Limit { limit, place } => {
                placed(script(format!("the script {}", limit.describe())), place.as_ref().clone()).hint(limit.hint())
            }
            Self::Refused { message, hint, place } => placed(script(message.clone()), place.as_ref().clone()).hint(hint.clone()),
            Self::ForeignOrigin { origin, plugin, place } => {
                placed(script(format!("`{plugin}` may not call `{origin}`")), place.as_ref().clone()).hint(format!(
                    "if you trust it, add it to `servers` in the `plugin.toml` of `{plugin}`, or name it with `--server`"
                ))
            }
            Self::Http { plugin, status, message, body } => {
                let mut failure = Failure::new(Kind::of_status(*status), message);
                failure.status = Some(*status);
                failure.body = Some(body.clone());
                let next = match failure.kind {
                    Kind::Credentials => format!(
                        "check the credential: `apicli auth status {plugin}`, then `apicli auth login {plugin}`"
                    ),
                    Kind::Server => {
                        "try again later; `--verbose` shows the request and the whole answer".to_owned()
                    }
                    _ if *status == 429 => "wait a little before you try again".to_owned(),
                    _ => "`--verbose` shows the request and the whole answer".to_owned(),
                };
                failure.hint(next)
            }
            Self::Transport(error) => error.told(),
            Self::Credentials(error) => error.told(),
            Self::Engine { message } => script(format!("the script engine failed: {message}"))
                .hint("please report this, with the script"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.told().caused_by(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            Self::Credentials(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

fn placed(mut failure: Failure, place: Place) -> Failure {
    failure.snippet = place.snippet.map(Box::new);
    failure.chain = place.chain;
    failure
}
