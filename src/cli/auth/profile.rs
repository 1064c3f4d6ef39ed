//! `apicli auth use`: which account of an API is meant, and what it uses.

use clap::{Arg, ArgAction, ArgMatches};

use super::{account, stores, text};
use crate::cli::context::{Context, note};
use crate::cli::server::check_named;
use crate::cli::usage;
use crate::credentials::Status;
use crate::diagnostic::Failure;
use crate::model::Profile;
use crate::plugins;

pub(super) fn command() -> clap::Command {
    clap::Command::new("use")
        .about("Choose the profile that a plugin uses, and what goes with it")
        .arg(super::plugin().required(true))
        .arg(Arg::new("profile").value_name("PROFILE").required(true).help("Its name; `default` is the usual one"))
        .arg(
            Arg::new("server")
                .long("server")
                .value_name("SERVER")
                .help("The server that the profile uses: a URL, or one of the plugin's by number or name"),
        )
        .arg(
            Arg::new("header")
                .long("header")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("A header that goes along with every request, such as Stripe-Account=acct_1; `NAME=` takes it away"),
        )
}

pub(super) fn run(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = text(matches, "plugin").unwrap_or_default();
    let plugin = context.manager.get(name)?;
    let manifest = plugin.manifest();
    let account = account(name, manifest, text(matches, "profile"))?;
    let mut profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
    if let Some(server) = text(matches, "server") {
        check_named(server, manifest)?;
        server.clone_into(&mut profile.server);
    }
    for header in matches.get_many::<String>("header").into_iter().flatten() {
        let Some((header, value)) = header.split_once('=') else {
            return Err(usage(format!("`{header}` for `--header` has no value"))
                .hint("write it as `--header Name=value`"));
        };
        check(header, value, name)?;
        if value.is_empty() {
            profile.headers.shift_remove(header);
        } else {
            profile.headers.insert(header.to_owned(), value.to_owned());
        }
    }
    plugins::keep_profile(plugin.dir(), account.profile, &profile)?;
    note(&format!("`{name}` now uses the profile `{}`", account.profile));
    let status = Status::of(account, manifest, &stores());
    if !status.schemes.is_empty() && status.schemes.iter().all(|scheme| scheme.sources.is_empty()) {
        note(&format!("it has no credential yet: `apicli auth login {name}`"));
    }
    Ok(())
}

/// Headers of a profile are no place for a secret, and cannot frame a message.
fn check(header: &str, value: &str, plugin: &str) -> Result<(), Failure> {
    if !Profile::is_header(header) {
        return Err(usage(format!("`{header}` cannot be a profile's header"))
            .hint(format!("if it carries a credential: `apicli auth login {plugin}`")));
    }
    if value.chars().any(char::is_control) {
        return Err(usage(format!("the value of `{header}` holds a control character")).hint("leave it out"));
    }
    Ok(())
}
