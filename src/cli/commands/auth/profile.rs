//! `apicli auth use`: chooses an account of an API and its settings.

use clap::{Arg, ArgAction, ArgMatches};

use super::shared::{plugin, text};
use crate::cli::context::Context;
use crate::cli::context::stores;
use crate::credentials::{Status, listed};
use crate::diagnostic::{Failure, usage};
use crate::model::{Origin, Profile};
use crate::plugins;
use crate::session::account;
use crate::session::server::{self, check_named};

pub(super) fn command() -> clap::Command {
    clap::Command::new("use")
        .about("Choose the profile that a plugin uses, and what goes with it")
        .arg(plugin().required(true))
        .arg(
            Arg::new("profile")
                .value_name("PROFILE")
                .help("Its name; `default` is the usual one (the one in use, if none is named)"),
        )
        .arg(
            Arg::new("server")
                .long("server")
                .value_name("SERVER")
                .help("The server that the profile uses: a URL, or one of the plugin's by number or name"),
        )
        .arg(
            Arg::new("also")
                .long("also")
                .value_name("URL")
                .action(ArgAction::Append)
                .help("Another server that its requests and credentials may go to"),
        )
        .arg(Arg::new("header").long("header").value_name("NAME=VALUE").action(ArgAction::Append).help(
            "A header that goes along with every request, such as Stripe-Account=acct_1; `NAME=` removes it",
        ))
}

pub(super) fn run(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = text(matches, "plugin").unwrap_or_default();
    let plugin = context.manager.get(name)?;
    let manifest = plugin.manifest();
    let stores = stores(context);
    // Without a name, the one that the user chose is meant, whatever the folder says.
    let chosen = stores.records().get(name)?.map(|record| record.profile().to_owned());
    let in_use = chosen.unwrap_or_else(|| manifest.profile_name(None).to_owned());
    let profile_name = text(matches, "profile").unwrap_or(&in_use);
    let account = account(name, profile_name)?;
    let mut profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
    let mut origins = Vec::new();
    if let Some(server) = text(matches, "server") {
        check_named(server, manifest)?;
        server.clone_into(&mut profile.server);
        origins.extend(server::of_profile(manifest, &profile));
    }
    for url in matches.get_many::<String>("also").into_iter().flatten() {
        let origin = Origin::of(url).ok_or_else(|| {
            usage(format!("`{url}` for `--also` is not an http or https URL"))
                .hint("write it as https://api.example.com")
        })?;
        origins.push(origin);
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
    stores.records().use_profile(name, account.profile, &origins)?;
    context.ui.note(&format!("`{name}` now uses the profile `{}`", account.profile));
    if !origins.is_empty() {
        context.ui.note(&format!("its requests and credentials may go to {}", listed(&origins)));
    }
    let status = Status::of(account, manifest, &stores);
    if !status.schemes.is_empty() && status.schemes.iter().all(|scheme| scheme.sources.is_empty()) {
        context.ui.note(&format!("it has no credential yet: `apicli auth login {name}`"));
    }
    Ok(())
}

/// Headers of a profile must not contain secrets, and cannot frame a message.
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
