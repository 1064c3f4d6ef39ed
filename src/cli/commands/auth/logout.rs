//! `apicli auth logout`.

use clap::ArgMatches;

use super::shared::{of_profile, plugin, profile, profile_name, scheme, text};
use crate::cli::context::{Context, stores};
use crate::credentials::{Source, Status, log_out};
use crate::diagnostic::Failure;
use crate::session::account;

pub(super) fn command() -> clap::Command {
    clap::Command::new("logout")
        .about("Remove what the stores hold for a plugin")
        .arg(plugin().required(true))
        .arg(scheme())
        .arg(profile())
}

pub(super) fn run(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
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
