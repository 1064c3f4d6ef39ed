//! Shared by the commands of `apicli auth`.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches};

use crate::cli::ask;
use crate::cli::ui::Ui;
use crate::credentials::{Account, Consent, Stores};
use crate::diagnostic::Failure;
use crate::model::{Manifest, Profile};
use crate::secret::Secret;
use crate::session::server;

pub(super) fn plugin() -> Arg {
    Arg::new("plugin").value_name("PLUGIN").help("The plugin's name")
}

pub(super) fn scheme() -> Arg {
    Arg::new("scheme")
        .long("scheme")
        .value_name("SCHEME")
        .help("Which of the plugin's schemes; `auth status` lists them")
}

pub(super) fn profile() -> Arg {
    Arg::new("profile").long("profile").value_name("NAME").help("Which of your accounts of this API")
}

pub(super) fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("As JSON")
}

pub(super) fn text<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches.get_one::<String>(name).map(String::as_str)
}

/// The profile of a command: the one that it names, or the one in use.
pub(super) fn profile_name(
    name: &str,
    manifest: &Manifest,
    named: Option<&str>,
    stores: &Stores,
) -> Result<String, Failure> {
    let record = stores.records().get(name)?;
    Ok(stores.records().profile(name, manifest, record.as_ref(), named, None)?)
}

/// What the account may do, asking about what has not been agreed to yet.
pub(super) fn consent(
    account: Account<'_>,
    manifest: &Manifest,
    stores: &Stores,
    ui: &Ui,
) -> Result<Consent, Failure> {
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

/// ` of profile live`, or nothing for the default one.
pub(in crate::cli::commands) fn of_profile(account: Account<'_>) -> String {
    if account.profile == Profile::DEFAULT {
        String::new()
    } else {
        format!(" of profile `{}`", account.profile)
    }
}

/// A secret that was given without asking.
pub(super) fn secret_of(matches: &ArgMatches) -> Result<Option<Secret<String>>, Failure> {
    if matches.get_flag("stdin") {
        return ask::from_stdin().map(Some);
    }
    text(matches, "file").map(|path| ask::from_file(Path::new(path))).transpose()
}
