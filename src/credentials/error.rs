use std::path::PathBuf;

use super::{Account, StoreKind};
use crate::diagnostic::{Failure, Kind};
use crate::http;
use crate::model::{Origin, Profile};

/// Why there is no credential. No variant ever holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No store has what the operation asks for.
    Missing {
        /// The plugin.
        plugin: String,
        /// The profile.
        profile: String,
        /// Every scheme that has no value, in the order of the alternative that is easiest to satisfy.
        schemes: Vec<String>,
        /// The environment variable of each of them.
        variables: Vec<String>,
        /// The one scheme is what `apicli auth login` uses unless another is named.
        preferred: bool,
        /// The stores that could not be read, and why.
        down: Vec<(StoreKind, String)>,
    },
    /// Nobody has agreed to requests going there.
    Unagreed {
        /// The plugin.
        plugin: String,
        /// The profile.
        profile: String,
        /// Where the request goes.
        origin: Origin,
        /// The server to name for it; `None` if it is not a usual server of anything.
        server: Option<String>,
        /// The environment variable that names a server.
        variable: String,
        /// Something was agreed to for a plugin of that name, though not this.
        is_known: bool,
    },
    /// The folder chooses another profile than the person did.
    UnagreedProfile {
        /// The plugin.
        plugin: String,
        /// The profile that the folder chooses.
        profile: String,
        /// The one that the person chose.
        chosen: String,
    },
    /// Nobody has agreed to a login contacting a host.
    UnagreedProvider {
        /// The plugin.
        plugin: String,
        /// The scheme.
        scheme: String,
        /// The host.
        origin: Origin,
    },
    /// The record of what was agreed to cannot be read or written.
    Record {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A variable that is set could be meant for another plugin.
    AmbiguousVariable {
        /// The variable.
        variable: String,
        /// The plugin that is called.
        plugin: String,
        /// Its profile.
        profile: String,
        /// The other one.
        other: String,
        /// The name that can only mean this plugin, if there is one.
        instead: Option<String>,
    },
    /// The manifest lists an origin that it did not list when the credential was stored.
    Unbound {
        /// The plugin.
        plugin: String,
        /// The scheme.
        scheme: String,
        /// Where the request goes.
        origin: Origin,
        /// Where the credential may go.
        bound: Vec<Origin>,
    },
    /// A scheme that is not in the manifest.
    UnknownScheme {
        /// The plugin.
        plugin: String,
        /// The scheme.
        scheme: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A scheme that cannot be used yet.
    Unsupported {
        /// The scheme.
        scheme: String,
        /// Its kind, as the document has it.
        kind: String,
    },
    /// The plugin has no scheme that can be used.
    NoScheme {
        /// The plugin.
        plugin: String,
    },
    /// A store could not be reached.
    Unavailable {
        /// The store.
        store: StoreKind,
        /// The reason it gave.
        reason: String,
        /// The environment variable that can be used instead, if that would help.
        variable: Option<String>,
    },
    /// A value that cannot be a secret.
    BadSecret {
        /// Where it came from: an environment variable, or what was typed.
        origin: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A new access token could not be requested.
    Network {
        /// The scheme.
        scheme: String,
        /// Why.
        error: http::Error,
    },
    /// The provider issued no new access token.
    NotRenewed {
        /// The plugin.
        plugin: String,
        /// The profile.
        profile: String,
        /// The scheme.
        scheme: String,
        /// The reason the provider gave.
        reason: String,
    },
    /// What a store holds was not stored by this program.
    BadEntry {
        /// The plugin.
        plugin: String,
        /// The scheme.
        scheme: String,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

impl Error {
    /// What a person is told.
    pub(crate) fn told(&self) -> Failure {
        let failure = |message: String| Failure::new(Kind::Credentials, message);
        match self {
            Self::Missing { plugin, profile, schemes, variables, preferred, down } => {
                let account = Account { plugin, profile };
                let whose = match account.flag().as_str() {
                    "" => String::new(),
                    _ => format!(" (profile `{profile}`)"),
                };
                let message = format!("no credential for `{plugin}`{whose}: {} is not set", list(schemes));
                let variables = list(variables);
                let flag = account.flag();
                let commands: Vec<String> = schemes
                    .iter()
                    .map(|scheme| match preferred {
                        true => format!("apicli auth login {plugin}{flag}"),
                        false => format!("apicli auth login {plugin}{flag} --scheme {scheme}"),
                    })
                    .collect();
                // The keyring is unavailable on every machine without one; a locked file may be what is meant.
                let other = down.iter().find(|(store, _)| *store != StoreKind::Keyring);
                let hint = match other.or_else(|| down.first()) {
                    // A locked file may hold it.
                    Some((StoreKind::Keyring, reason)) => format!(
                        "the keyring could not be reached ({reason}); set {variables}, or run `{} --store file`",
                        commands.first().map(String::as_str).unwrap_or_default()
                    ),
                    Some((store, reason)) => {
                        format!("{} could not be read ({reason}); or set {variables}", store.title())
                    }
                    None => format!("run {}, or set {variables}", list(&commands)),
                };
                failure(message).hint(hint)
            }
            Self::Unagreed { plugin, profile, origin, server, variable, is_known } => {
                let message = if *is_known {
                    format!("nobody has agreed yet that requests of `{plugin}` go to `{origin}`")
                } else {
                    format!("the folder of `{plugin}` was not made here, and nobody has agreed yet that its requests go to `{origin}`")
                };
                let which = if profile == Profile::DEFAULT { String::new() } else { format!(" {profile}") };
                failure(message).hint(match server {
                    Some(server) => format!(
                        "if you trust `{origin}`, run `apicli auth use {plugin}{which} --server {server}`, or in a job set `{variable}={server}`"
                    ),
                    None => {
                        format!("if you trust `{origin}`, run `apicli auth use {plugin}{which} --also {origin}`")
                    }
                })
            }
            Self::UnagreedProfile { plugin, profile, chosen } => failure(format!(
                "the `plugin.toml` of `{plugin}` says profile `{profile}`, and you chose `{chosen}`"
            ))
            .hint(format!("run `apicli auth use {plugin} {profile}` if you want that, or say `--profile {chosen}`")),
            Self::UnagreedProvider { plugin, scheme, origin } => failure(format!(
                "nobody has agreed yet that logins of `{plugin}` contact `{origin}`"
            ))
            .hint(format!(
                "run `apicli auth login {plugin} --scheme {scheme}` at a terminal, or name the address with `--token-url` or `--issuer`"
            )),
            Self::Record { path, reason } => {
                failure(format!("what you agreed to is kept in `{}`, which cannot be used: {reason}", path.display()))
                    .hint("fix or remove that file; you are asked again then")
            }
            Self::AmbiguousVariable { variable, plugin, profile, other, instead } => {
                let account = Account { plugin, profile };
                failure(format!("`{variable}` could be meant for `{plugin}` or for `{other}`")).hint(match instead {
                    Some(instead) => format!("for `{plugin}`, set `{instead}` instead"),
                    None => format!("unset it, and run `apicli auth login {plugin}{}`", account.flag()),
                })
            }
            Self::Unbound { plugin, scheme, origin, bound } => {
                let bound: Vec<String> = bound.iter().map(ToString::to_string).collect();
                let bound = if bound.is_empty() { "no server".to_owned() } else { list(&bound) };
                failure(format!("the stored `{scheme}` of `{plugin}` is for {bound}, not for `{origin}`"))
                    .hint(format!(
                        "if `{origin}` may have it, run `apicli auth login {plugin} --scheme {scheme}` again"
                    ))
            }
            Self::UnknownScheme { plugin, scheme, known } if known.is_empty() => {
                failure(format!("`{plugin}` has no auth scheme `{scheme}`"))
                    .hint("its `plugin.toml` lists none under `auth`")
            }
            Self::UnknownScheme { plugin, scheme, known } => {
                failure(format!("`{plugin}` has no auth scheme `{scheme}`"))
                    .hint(format!("it has {}, see `auth` in its `plugin.toml`", list(known)))
            }
            Self::Unsupported { scheme, kind } => failure(format!(
                "the auth scheme `{scheme}` ({kind}) cannot be used"
            ))
            .hint("if the API takes a token too, change the scheme's type in `plugin.toml` to `bearer`"),
            Self::NoScheme { plugin } => {
                failure(format!("`{plugin}` has no auth scheme that takes a credential"))
                    .hint("add one under `auth` in its `plugin.toml` if the API needs one")
            }
            Self::Unavailable { store, reason, variable } => {
                let way = match store {
                    StoreKind::Keyring => {
                        "start or unlock it, or keep it in an encrypted file: `--store file`"
                    }
                    StoreKind::File => "check the passphrase, and try again",
                    StoreKind::Command => "run the command by hand to see what is wrong",
                    _ => "fix that, or choose another store: `--store keyring`, `--store file`",
                };
                failure(format!("{} could not be used: {reason}", store.title())).hint(match variable {
                    Some(variable) => format!("{way}; or set `{variable}`"),
                    None => way.to_owned(),
                })
            }
            Self::Network { scheme, error } => {
                let mut failure = error.told();
                failure.message =
                    format!("the access token of `{scheme}` could not be renewed: {}", failure.message);
                failure
            }
            Self::NotRenewed { plugin, profile, scheme, reason } => {
                let account = Account { plugin, profile };
                let hint =
                    format!("run `apicli auth login {plugin}{} --scheme {scheme}` again", account.flag());
                failure(format!("the access token of `{scheme}` has expired and was not renewed: {reason}"))
                    .hint(hint)
            }
            Self::BadSecret { origin, why } => {
                failure(format!("the credential in {origin} cannot be used: {why}")).hint("set it again")
            }
            Self::BadEntry { plugin, scheme } => {
                failure(format!("what is stored for `{scheme}` of `{plugin}` cannot be read"))
                    .hint(format!("store it again: `apicli auth login {plugin} --scheme {scheme}`"))
            }
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
            Self::Network { error, .. } => Some(error),
            _ => None,
        }
    }
}
