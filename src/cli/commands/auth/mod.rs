//! `apicli auth`: logging in and out, and what is in use. Nothing here shows a credential.

mod login;
mod oauth;
mod profile;
mod status;
mod test;

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches};

use crate::cli::command::Command;
use crate::cli::context::{Context, stores};
use crate::cli::parse;
use crate::cli::ui::Ui;
use crate::credentials::{Account, Consent, Source, Status, Stores, log_out};
use crate::diagnostic::Failure;
use crate::model::{Manifest, Profile};
use crate::session::account;
use crate::session::server;

pub(crate) struct Auth;

impl Command for Auth {
    fn name(&self) -> &str {
        "auth"
    }

    fn about(&self) -> String {
        "Log in to an API, log out, and see which credential is in use".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("auth")
            .about(
                "Credentials come from the first of: an environment variable, a command of yours, the platform's \
                 keyring, an encrypted file, the kernel's keyring, a file in plain text.",
            )
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand(login::command())
            .subcommand(
                clap::Command::new("logout")
                    .about("Remove what the stores hold for a plugin")
                    .arg(plugin().required(true))
                    .arg(scheme())
                    .arg(profile()),
            )
            .subcommand(
                clap::Command::new("status")
                    .about("Show where each credential comes from, never what it is")
                    .arg(plugin())
                    .arg(profile())
                    .arg(json()),
            )
            .subcommand(
                clap::Command::new("list").about("List the stored credentials of all plugins and profiles").arg(json()),
            )
            .subcommand(profile::command())
            .subcommand(test::command());
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        match matches.subcommand() {
            Some(("login", matches)) => login::run(matches, context),
            Some(("logout", matches)) => logout(matches, context),
            Some(("status", matches)) => status::status(matches, context),
            Some(("list", matches)) => status::list(matches, context),
            Some(("use", matches)) => profile::run(matches, context),
            Some(("test", matches)) => test::run(matches, context),
            _ => Ok(()),
        }
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        match words {
            [] => ["login", "logout", "status", "list", "use", "test"]
                .map(|name| (name.to_owned(), String::new()))
                .to_vec(),
            [_, rest @ ..] => crate::cli::context::plugin_names(rest, context),
        }
    }
}

fn plugin() -> Arg {
    Arg::new("plugin").value_name("PLUGIN").help("The plugin's name")
}

fn scheme() -> Arg {
    Arg::new("scheme")
        .long("scheme")
        .value_name("SCHEME")
        .help("Which of the plugin's schemes; `auth status` lists them")
}

fn profile() -> Arg {
    Arg::new("profile").long("profile").value_name("NAME").help("Which of your accounts of this API")
}

fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("As JSON")
}

fn text<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches.get_one::<String>(name).map(String::as_str)
}

/// The profile that a command is about: the one that it names, or that is in use.
fn profile_name(
    name: &str,
    manifest: &Manifest,
    named: Option<&str>,
    stores: &Stores,
) -> Result<String, Failure> {
    let record = stores.records().get(name)?;
    Ok(stores.records().profile(name, manifest, record.as_ref(), named, None)?)
}

/// What the account may do, with questions about what nobody has agreed to yet.
fn consent(account: Account<'_>, manifest: &Manifest, stores: &Stores, ui: &Ui) -> Result<Consent, Failure> {
    let ui = ui.clone();
    let profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
    let own = server::of_profile(manifest, &profile);
    let record = stores.records().get(account.plugin)?;
    Ok(Consent::new(
        account,
        manifest,
        record,
        own,
        None,
        stores.records(),
        Box::new(move |question| ui.agrees(question)),
    ))
}

fn logout(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = text(matches, "plugin").unwrap_or_default();
    let plugin = context.manager.get(name)?;
    let manifest = plugin.manifest();
    let stores = stores(context);
    let profile = profile_name(name, manifest, text(matches, "profile"), &stores)?;
    let account = account(name, &profile)?;
    let removed = log_out(account, manifest, &stores, text(matches, "scheme"))?;
    if removed.is_empty() {
        context.ui.note(&format!("no store held anything for `{name}`{}", of_profile(account)));
    }
    for (scheme, store) in removed {
        context.ui.note(&format!("removed `{scheme}`{} from {}", of_profile(account), store.title()));
    }
    for scheme in Status::of(account, manifest, &stores).schemes {
        if let Some(Source::Environment { variable }) = scheme.sources.first() {
            context.ui.warn(&format!("`{variable}` is still set and still used"));
        }
    }
    Ok(())
}

/// ` of profile live`, or nothing for the default one.
pub(super) fn of_profile(account: Account<'_>) -> String {
    if account.profile == Profile::DEFAULT {
        String::new()
    } else {
        format!(" of profile `{}`", account.profile)
    }
}
