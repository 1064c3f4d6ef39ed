use std::fmt;

use crate::model::{Origin, Profile};

/// Something that only a person can agree to; nothing typed beforehand counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A folder that came from elsewhere: nothing was ever agreed to for a plugin of that name.
    Unknown {
        /// The plugin.
        plugin: String,
        /// The profile in use.
        profile: String,
        /// Every place that its folder would send requests to.
        servers: Vec<String>,
    },
    /// More hosts for requests.
    Servers {
        /// The plugin.
        plugin: String,
        /// The hosts.
        servers: Vec<String>,
    },
    /// More hosts that logins contact.
    Providers {
        /// The plugin.
        plugin: String,
        /// The hosts.
        origins: Vec<Origin>,
    },
    /// A document from another place.
    Document {
        /// The plugin.
        plugin: String,
        /// Where it came from.
        before: String,
        /// Where it comes from now.
        now: String,
    },
    /// Another account, chosen by the folder.
    Profile {
        /// The plugin.
        plugin: String,
        /// The one that the folder chooses.
        profile: String,
        /// The one that the person chose.
        before: String,
    },
    /// A stored credential for an origin that it is not bound to.
    Bound {
        /// The plugin.
        plugin: String,
        /// The scheme.
        scheme: String,
        /// Where it would go.
        origin: Origin,
        /// Where it may go.
        bound: Vec<Origin>,
    },
}

/// How many hosts a person reads.
const SHOWN: usize = 20;

fn some(hosts: &[String]) -> String {
    let shown: Vec<&str> = hosts.iter().take(SHOWN).map(String::as_str).collect();
    match hosts.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => {
            format!("{} and {more} more, which `apicli plugins info` lists", shown.join(", "))
        }
        _ => shown.join(", "),
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |origins: &[Origin]| some(&origins.iter().map(ToString::to_string).collect::<Vec<_>>());
        match self {
            Self::Unknown { plugin, profile, servers } => {
                let whose = if profile == Profile::DEFAULT {
                    String::new()
                } else {
                    format!(" (profile `{profile}`)")
                };
                write!(
                    f,
                    "the folder of `{plugin}` was not made here. May requests and credentials of `{plugin}`{whose} go to {}, now and later?",
                    some(servers)
                )
            }
            Self::Servers { plugin, servers } => write!(
                f,
                "{} is new to `{plugin}`. May requests and credentials go there, now and later?",
                some(servers)
            ),
            Self::Providers { plugin, origins } => write!(
                f,
                "{} is new to `{plugin}`. May logins send their secrets there, now and later?",
                all(origins)
            ),
            Self::Document { plugin, before, now } => {
                write!(
                    f,
                    "the document of `{plugin}` came from {before}. Does it come from {now} from now on?"
                )
            }
            Self::Profile { plugin, profile, before } => write!(
                f,
                "the `plugin.toml` of `{plugin}` says profile `{profile}`; you chose `{before}`. Use `{profile}` and its credentials, now and later?"
            ),
            Self::Bound { plugin, scheme, origin, bound } => write!(
                f,
                "`{scheme}` of `{plugin}` was given for {}. Send it to {origin} as well, now and later?",
                if bound.is_empty() { "no server".to_owned() } else { all(bound) }
            ),
        }
    }
}
