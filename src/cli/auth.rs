use std::ffi::OsString;
use std::io::Read;

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::json;
use zeroize::Zeroizing;

use super::context::{Context, is_interactive, note, warn};
use super::registry::Command;
use super::{parse, usage};
use crate::credentials::{self, SchemeStatus, Source};
use crate::diagnostic::{Failure, Kind};
use crate::model::{AuthScheme, Manifest};
use crate::output;
use crate::secret::Secret;

/// The longest secret that is read; a token is never this long.
const MAX_SECRET: u64 = 64 * 1024;

pub(super) struct Auth;

impl Command for Auth {
    fn name(&self) -> &str {
        "auth"
    }

    fn about(&self) -> String {
        "Log in to an API, log out, and see which credential is in use".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let plugin = || Arg::new("plugin").value_name("PLUGIN").help("The plugin's name");
        let scheme = || {
            Arg::new("scheme")
                .long("scheme")
                .value_name("SCHEME")
                .help("Which of the plugin's schemes; `auth status` lists them")
        };
        let command = clap::Command::new("auth")
            .about("Credentials: environment variables first, then the platform's keyring.")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand(
                clap::Command::new("login")
                    .about("Store a credential in the platform's keyring")
                    .arg(plugin().required(true))
                    .arg(scheme())
                    .arg(
                        Arg::new("stdin")
                            .long("stdin")
                            .action(ArgAction::SetTrue)
                            .help("Read it from standard input instead of asking"),
                    ),
            )
            .subcommand(
                clap::Command::new("logout")
                    .about("Remove what the keyring holds for a plugin")
                    .arg(plugin().required(true))
                    .arg(scheme()),
            )
            .subcommand(
                clap::Command::new("status")
                    .about("Show where each credential comes from, never what it is")
                    .arg(plugin())
                    .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("As JSON")),
            );
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        match matches.subcommand() {
            Some(("login", matches)) => login(matches, context),
            Some(("logout", matches)) => logout(matches, context),
            Some(("status", matches)) => status(matches, context),
            _ => Ok(()),
        }
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        match words {
            [] => ["login", "logout", "status"].map(|name| (name.to_owned(), String::new())).to_vec(),
            [_, rest @ ..] => super::completions::plugin_names(rest, context),
        }
    }
}

fn name(matches: &ArgMatches) -> &str {
    matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default()
}

fn login(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = name(matches);
    let plugin = context.manager.get(name)?;
    let manifest = plugin.manifest();
    let scheme = matches.get_one::<String>("scheme").map(String::as_str);
    let chosen = scheme.or_else(|| credentials::preferred_scheme(manifest));
    let secret = if matches.get_flag("stdin") {
        from_stdin()?
    } else if is_interactive() {
        prompt(name, manifest, chosen)?
    } else {
        return Err(usage("there is no terminal to ask for the credential at")
            .hint(format!("pipe it in: `... | apicli auth login {name} --stdin`")));
    };
    let report = credentials::store(name, manifest, scheme, secret)?;
    let origins: Vec<&str> = report.origins.iter().map(crate::model::Origin::as_str).collect();
    note(&format!(
        "stored in the keyring for `{}` ({}), to be sent to {} only",
        report.scheme,
        report.kind,
        origins.join(", ")
    ));
    if let Some(variable) = report.shadowed_by {
        warn(&format!("`{variable}` is set and wins over it"));
    }
    Ok(())
}

fn prompt(name: &str, manifest: &Manifest, scheme: Option<&str>) -> Result<Secret<String>, Failure> {
    let what = match scheme.and_then(|scheme| manifest.auth.get(scheme)) {
        Some(AuthScheme::Basic) => "user:password",
        Some(AuthScheme::ApiKey { .. }) => "API key",
        _ => "token",
    };
    let shown = scheme.map_or_else(String::new, |scheme| format!(" ({})", crate::text::printable(scheme)));
    rpassword::prompt_password(format!("{what} for {name}{shown}: ")).map(Secret::new).map_err(|error| {
        Failure::new(Kind::Other, format!("cannot read the credential: {error}"))
            .hint("pipe it in with `--stdin`")
    })
}

fn from_stdin() -> Result<Secret<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let failed = |reason: &str| {
        usage(format!("cannot read the credential from standard input: {reason}"))
            .hint("pipe it in as one line of text")
    };
    std::io::stdin()
        .lock()
        .take(MAX_SECRET + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error.to_string()))?;
    if bytes.len() as u64 > MAX_SECRET {
        return Err(failed("it is longer than any credential"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is no text"))?;
    Ok(Secret::new(text.to_owned()))
}

fn logout(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = name(matches);
    let plugin = context.manager.get(name)?;
    let removed = credentials::remove(
        name,
        plugin.manifest(),
        matches.get_one::<String>("scheme").map(String::as_str),
    )?;
    if removed.is_empty() {
        note(&format!("the keyring held nothing for `{name}`"));
    } else {
        note(&format!("removed from the keyring: {}", removed.join(", ")));
    }
    for status in credentials::status(name, plugin.manifest()) {
        if let Source::Environment { variable } = status.source {
            warn(&format!("`{variable}` is still set and still used"));
        }
    }
    Ok(())
}

fn status(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let plugins = match matches.get_one::<String>("plugin") {
        Some(name) => vec![context.manager.get(name)?],
        None => context.manager.list()?.into_iter().filter_map(|installed| installed.plugin.ok()).collect(),
    };
    let mut text = String::new();
    let mut all = Vec::new();
    for plugin in plugins {
        let name = plugin.name();
        let schemes = credentials::status(&name, plugin.manifest());
        if schemes.is_empty() {
            text.push_str(&format!("{name}: needs no credential\n"));
        }
        for status in &schemes {
            text.push_str(&crate::text::printable(&format!(
                "{name}: {} ({}): {}",
                status.scheme,
                status.kind,
                describe(&status.source)
            )));
            for shadowed in &status.shadowed {
                text.push_str(&crate::text::printable(&format!("; not used: {}", describe(shadowed))));
            }
            text.push('\n');
        }
        all.push(json!({ "plugin": name, "schemes": schemes.iter().map(as_json).collect::<Vec<_>>() }));
    }
    if matches.get_flag("json") {
        return output::line(&output::pretty(&serde_json::Value::Array(all).to_string(), true));
    }
    output::text(&text)
}

fn describe(source: &Source) -> String {
    match source {
        Source::Environment { variable } => format!("environment variable `{variable}`"),
        Source::Keyring { bound_origins } if bound_origins.is_empty() => {
            "in the keyring, but the entry is damaged; log in again".to_owned()
        }
        Source::Keyring { bound_origins } => {
            let origins: Vec<&str> = bound_origins.iter().map(crate::model::Origin::as_str).collect();
            format!("in the keyring, for {}", origins.join(", "))
        }
        Source::None => "none".to_owned(),
        Source::Unavailable { reason } => format!("none, and the keyring cannot be reached: {reason}"),
    }
}

fn as_json(status: &SchemeStatus) -> serde_json::Value {
    let source = |source: &Source| match source {
        Source::Environment { variable } => json!({ "source": "environment", "variable": variable }),
        Source::Keyring { bound_origins } => json!({ "source": "keyring", "origins": bound_origins }),
        Source::None => json!({ "source": "none" }),
        Source::Unavailable { reason } => json!({ "source": "none", "keyring": reason }),
    };
    json!({
        "scheme": status.scheme,
        "type": status.kind,
        "in_use": source(&status.source),
        "shadowed": status.shadowed.iter().map(source).collect::<Vec<_>>(),
    })
}
