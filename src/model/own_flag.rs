//! The flags of apicli itself, as one table: the command line, help and completion are made from it, and the names and
//! letters that flags of an API may not have are read from it.

/// One of apicli's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnFlag {
    /// How a response is printed.
    Output,
    /// The body as a whole.
    Body,
    /// A body to fill in.
    BodyTemplate,
    /// The media type of the body.
    ContentType,
    /// Where the request goes.
    Server,
    /// A value for a variable of the server's URL.
    ServerVar,
    /// Which account it uses.
    Profile,
    /// The mock answers.
    Mock,
    /// The request as JSON, instead of the call.
    DryRun,
    /// The request as a curl command, instead of the call.
    Curl,
    /// The longest silence.
    Timeout,
    /// The longest time of the whole command.
    MaxTime,
    /// Requests and responses are shown.
    Verbose,
    /// Help.
    Help,
    /// Help with every flag.
    HelpAll,
    /// Where plugins are.
    PluginsDir,
    /// How failures are shown.
    ErrorFormat,
}

/// What a flag of apicli does where the API has a field or parameter of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// It only changes how apicli shows or waits: the plain name is the API's.
    Yields,
    /// It protects people, or is read before the API is known: the plain name stays apicli's.
    Keeps,
    /// It says where a request goes: the plain name is an error that names both.
    Asks,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A text, by the name that help gives it.
    Text(&'static str),
    /// A text, any number of times.
    Texts(&'static str),
    /// A text behind `=`, or nothing.
    Perhaps(&'static str),
    /// A path.
    Path(&'static str),
    /// One of these.
    OneOf(&'static str, &'static [&'static str]),
    /// A time in seconds, above 0 and up to this one.
    Seconds(f64),
}

/// Everything about one of apicli's flags.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Which one it is.
    pub flag: OwnFlag,
    /// Its name, without dashes.
    pub name: &'static str,
    /// `apicli-<name>`, which is its name on every command.
    pub long: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// What happens if the API has its name.
    pub clash: Clash,
    /// One line of help.
    pub help: &'static str,
}

/// The prefix of the names that are apicli's on every command.
const PREFIX: &str = "apicli-";

/// Names of later flags that will never yield, so that no API's name has to change for them.
const LATER: [&str; 1] = ["yes"];

/// Letters that are always apicli's, whatever a document's scope asks for; its other letters yield.
pub const KEPT_LETTERS: [char; 3] = ['h', 'o', 'v'];

const fn row(
    flag: OwnFlag,
    (name, long, short): (&'static str, &'static str, Option<char>),
    takes: Takes,
    clash: Clash,
    help: &'static str,
) -> Definition {
    Definition { flag, name, long, short, takes, clash, help }
}

macro_rules! names {
    ($name:literal) => {
        ($name, concat!("apicli-", $name), None)
    };
    ($name:literal, $short:literal) => {
        ($name, concat!("apicli-", $name), Some($short))
    };
}

/// All of apicli's flags on plugin commands, in the order of help.
pub static OWN_FLAGS: [Definition; 17] = [
    row(
        OwnFlag::Output,
        names!("output", 'o'),
        Takes::OneOf("FORMAT", &["json", "raw"]),
        Clash::Yields,
        "json (formatted) or raw (the bytes of the answer)",
    ),
    row(
        OwnFlag::Body,
        names!("body"),
        Takes::Texts("BODY"),
        Clash::Yields,
        "The request body: text, @file, or - for standard input; flags override it",
    ),
    row(
        OwnFlag::BodyTemplate,
        names!("body-template"),
        Takes::Perhaps("NAME"),
        Clash::Yields,
        "Print a commented body to fill in; --body reads it",
    ),
    row(
        OwnFlag::ContentType,
        names!("content-type"),
        Takes::Text("TYPE"),
        Clash::Yields,
        "The media type of the body, if there are several: in full, or a part such as xml",
    ),
    row(
        OwnFlag::Server,
        names!("server"),
        Takes::Text("SERVER"),
        Clash::Asks,
        "Send the request there instead: a URL, or a server's number or name",
    ),
    row(
        OwnFlag::ServerVar,
        names!("server-var"),
        Takes::Texts("NAME=VALUE"),
        Clash::Asks,
        "A value for a variable in the server's URL",
    ),
    row(
        OwnFlag::Profile,
        names!("profile"),
        Takes::Text("NAME"),
        Clash::Asks,
        "Which of your accounts for this API; `apicli auth use` sets the default",
    ),
    row(
        OwnFlag::Mock,
        names!("mock"),
        Takes::Nothing,
        Clash::Keeps,
        "Answer from the plugin's document, without network access",
    ),
    row(
        OwnFlag::DryRun,
        names!("dry-run"),
        Takes::Nothing,
        Clash::Keeps,
        "Print the request as JSON and send nothing",
    ),
    row(
        OwnFlag::Curl,
        names!("curl"),
        Takes::Nothing,
        Clash::Keeps,
        "Print the request as a curl command and send nothing",
    ),
    row(
        OwnFlag::Timeout,
        names!("timeout"),
        Takes::Seconds(86_400.0),
        Clash::Yields,
        "Give up when nothing is sent or received for this long (60)",
    ),
    row(
        OwnFlag::MaxTime,
        names!("max-time"),
        Takes::Seconds(604_800.0),
        Clash::Yields,
        "Give up when the whole command takes longer than this (3600)",
    ),
    row(
        OwnFlag::Verbose,
        names!("verbose", 'v'),
        Takes::Nothing,
        Clash::Yields,
        "Show requests and answers on standard error",
    ),
    row(OwnFlag::Help, names!("help", 'h'), Takes::Nothing, Clash::Keeps, "Show this help"),
    row(
        OwnFlag::HelpAll,
        names!("help-all"),
        Takes::Nothing,
        Clash::Keeps,
        "Show every flag, including nested ones",
    ),
    row(
        OwnFlag::PluginsDir,
        names!("plugins-dir"),
        Takes::Path("DIR"),
        // It says where plugins are, so it is read before the API is known.
        Clash::Keeps,
        "Keep plugins in this folder (else APICLI_PLUGINS_DIR, else the platform's data folder)",
    ),
    row(
        OwnFlag::ErrorFormat,
        names!("error-format"),
        Takes::OneOf("FORMAT", &["human", "json"]),
        Clash::Yields,
        "How failures are shown on standard error: human or json",
    ),
];

/// The flag of apicli of this name, `timeout` or `apicli-timeout`.
pub fn own(name: &str) -> Option<&'static Definition> {
    let plain = name.strip_prefix(PREFIX).unwrap_or(name);
    OWN_FLAGS.iter().find(|own| own.name == plain)
}

impl OwnFlag {
    /// Its row in the table.
    pub fn definition(self) -> &'static Definition {
        // Every flag has a row: a test checks that.
        OWN_FLAGS.iter().find(|own| own.flag == self).unwrap_or(&OWN_FLAGS[0])
    }
}

/// Whether no flag of an API may be called `name`: it is apicli's, or would be an error to type. Such a flag is
/// prefixed with its location, as in `body-dry-run`.
pub fn is_kept_name(name: &str) -> bool {
    name.starts_with(PREFIX)
        || LATER.contains(&name)
        || own(name).is_some_and(|own| own.clash != Clash::Yields)
}

/// Whether apicli has a flag of this plain name, or will have one that never yields.
pub fn is_own_name(name: &str) -> bool {
    LATER.contains(&name) || OWN_FLAGS.iter().any(|own| own.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_flag_has_one_row_with_names_of_its_own() {
        let mut seen = HashSet::new();
        for row in &OWN_FLAGS {
            assert_eq!(row.flag.definition().name, row.name);
            assert_eq!(row.long, format!("{PREFIX}{}", row.name));
            assert!(seen.insert(row.name.to_owned()), "{}", row.name);
            assert!(row.short.is_none_or(|short| seen.insert(short.to_string())), "{}", row.name);
            for name in [row.name, row.long] {
                assert_eq!(own(name).map(|found| found.flag), Some(row.flag));
            }
        }
    }

    #[test]
    fn what_shows_or_waits_yields_and_what_protects_does_not() {
        let with = |clash: Clash| -> Vec<&str> {
            OWN_FLAGS.iter().filter(|own| own.clash == clash).map(|own| own.name).collect()
        };
        assert_eq!(with(Clash::Keeps), ["mock", "dry-run", "curl", "help", "help-all", "plugins-dir"]);
        assert_eq!(with(Clash::Asks), ["server", "server-var", "profile"]);
        for name in ["yes", "apicli-x", "server", "dry-run"] {
            assert!(is_kept_name(name), "{name}");
        }
        for name in ["timeout", "body", "error-format", "title", "quiet"] {
            assert!(!is_kept_name(name), "{name}");
        }
    }
}
