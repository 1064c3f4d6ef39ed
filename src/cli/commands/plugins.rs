use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::json;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::cli::ui::Ui;
use crate::credentials::{Account, Stores};
use crate::diagnostic::{Failure, usage};
use crate::model::Profile;
use crate::output;
use crate::session::server;
use crate::text::counted;

pub(crate) struct Plugins;

impl Command for Plugins {
    fn name(&self) -> &str {
        "plugins"
    }

    fn about(&self) -> String {
        "List, describe and remove plugins".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let plugin = || Arg::new("plugin").value_name("PLUGIN").required(true).help("The plugin's name");
        let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("As JSON");
        let command = clap::Command::new("plugins")
            .about("List, describe and remove plugins.")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand(clap::Command::new("list").about("List the plugins").arg(json()))
            .subcommand(clap::Command::new("info").about("Describe one plugin").arg(plugin()).arg(json()))
            .subcommand(
                clap::Command::new("remove")
                    .about("Remove a plugin and every script in it")
                    .arg(plugin())
                    .arg(Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Do not ask"))
                    .arg(
                        Arg::new("with-credentials")
                            .long("with-credentials")
                            .action(ArgAction::SetTrue)
                            .help(
                                "Remove its credentials too, of all profiles, and what was agreed to for it",
                            ),
                    ),
            );
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        match matches.subcommand() {
            Some(("list", matches)) => list(matches, context),
            Some(("info", matches)) => info(matches, context),
            Some(("remove", matches)) => remove(matches, context),
            _ => Ok(()),
        }
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        match words {
            [] => ["list", "info", "remove"].map(|name| (name.to_owned(), String::new())).to_vec(),
            [_, rest @ ..] => crate::cli::context::plugin_names(rest, context),
        }
    }
}

fn list(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let installed = context.manager.list()?;
    let mut rows = Vec::new();
    let mut broken = Vec::new();
    for one in installed {
        match one.plugin {
            Ok(plugin) => rows.push((one.name, plugin)),
            Err(error) => broken.push((one.name, Failure::from(error))),
        }
    }
    if matches.get_flag("json") {
        let good = rows.iter().map(|(name, plugin)| {
            let manifest = plugin.manifest();
            json!({ "plugin": name, "title": manifest.title, "version": manifest.version, "dir": plugin.dir(), "broken": null })
        });
        let bad = broken.iter().map(|(name, failure)| {
            json!({ "plugin": name, "title": null, "version": null, "dir": context.manager.dir(name), "broken": failure.message })
        });
        let array: Vec<serde_json::Value> = good.chain(bad).collect();
        return output::line(&output::pretty(&serde_json::Value::Array(array).to_string(), true));
    }
    if rows.is_empty() && broken.is_empty() {
        context.ui.note("there is no plugin yet; `apicli gen <document>` makes one");
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, plugin) in &rows {
        let manifest = plugin.manifest();
        text.push_str(
            crate::text::printable(&format!("{name:width$}  {} {}", manifest.title, manifest.version))
                .trim_end(),
        );
        text.push('\n');
    }
    output::text(&text)?;
    for (name, failure) in broken {
        context.ui.note(&format!("`{name}` is broken:"));
        context.ui.show(&failure);
    }
    Ok(())
}

fn info(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default();
    let plugin = context.manager.get(name)?;
    let manifest = plugin.manifest();
    let edited = plugin.edited()?;
    let mut commands = 0;
    let groups = plugin.all_groups()?;
    for group in &groups {
        commands += plugin.script(group)?.map_or(0, |script| script.functions().len());
    }
    if matches.get_flag("json") {
        let info = json!({
            "plugin": name, "title": manifest.title, "version": manifest.version, "dir": plugin.dir(),
            "document": manifest.document, "servers": manifest.servers, "auth": manifest.auth,
            "groups": groups.len(), "commands": commands, "edited": edited,
        });
        return output::line(&output::pretty(&info.to_string(), true));
    }
    let mut text = format!("{} {}\n", manifest.title, manifest.version);
    text.push_str(&format!("folder:    {}\n", plugin.dir().display()));
    text.push_str(&format!("document:  {}\n", manifest.document.source));
    if let Some(list) = server::list(&manifest.servers.iter().collect::<Vec<_>>()) {
        text.push_str(&format!("servers:\n{list}"));
    }
    let schemes: Vec<&str> = manifest.auth.keys().map(String::as_str).collect();
    text.push_str(&format!(
        "schemes:   {}\n",
        if schemes.is_empty() { "none".to_owned() } else { schemes.join(", ") }
    ));
    text.push_str(&format!("commands:  {commands} in {}\n", counted(groups.len(), "group")));
    for path in &edited {
        text.push_str(&format!("edited:    {}\n", path.display()));
    }
    output::text(&crate::text::printable_block(&text))
}

fn remove(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = matches.get_one::<String>("plugin").map(String::as_str).unwrap_or_default();
    let with_credentials = matches.get_flag("with-credentials");
    let dir = context.manager.dir(name);
    let kept = Kept::of(name, context)?;
    let plugin = match context.manager.get(name) {
        // What is still stored for a plugin that is already gone can be removed too.
        Err(error @ crate::plugins::Error::Missing { .. }) if !with_credentials || kept.is_empty() => {
            return Err(error.into());
        }
        other => other,
    };
    let is_there = !matches!(plugin, Err(crate::plugins::Error::Missing { .. }));
    let edited = plugin.as_ref().ok().and_then(|plugin| plugin.edited().ok()).unwrap_or_default().len();
    if !matches.get_flag("yes") {
        let edited = match edited {
            0 => String::new(),
            1 => ", with 1 script that you changed".to_owned(),
            n => format!(", with {n} scripts that you changed"),
        };
        let credentials = if with_credentials { " and its credentials" } else { "" };
        if !context.ui.is_interactive() {
            return Err(usage(format!("removing `{name}`{edited}{credentials} needs confirmation"))
                .hint("add `--yes`"));
        }
        let what = if is_there { dir.display().to_string() } else { format!("what is kept of `{name}`") };
        if !context.ui.confirm(&format!("Remove {what}{edited}{credentials}?")) {
            context.ui.note("nothing was removed");
            return Ok(());
        }
    }
    if is_there {
        context.manager.remove(name)?;
        context.ui.note(&format!("removed {}", dir.display()));
    }
    if with_credentials {
        return kept.remove(name, &context.ui);
    }
    if kept.may_hold() {
        context.ui.note(&format!(
            "its credentials stay where they are; `apicli plugins remove {name} --with-credentials` removes them"
        ));
    }
    Ok(())
}

/// What is stored for a plugin outside of its folder.
struct Kept {
    stores: Stores,
    /// Each profile with the schemes that something may be stored for.
    accounts: Vec<(String, Vec<String>)>,
    /// Whether something was agreed to.
    record: bool,
}

impl Kept {
    fn of(name: &str, context: &Context) -> Result<Self, Failure> {
        let stores = crate::cli::context::stores(context);
        let record = if crate::generator::is_plugin_name(name) { stores.records().get(name)? } else { None };
        let manifest = context.manager.get(name).ok().map(|plugin| plugin.manifest().clone());
        let profiles = manifest.iter().flat_map(|manifest| manifest.profiles.keys().cloned());
        let known = record.iter().flat_map(|record| record.profiles.keys().cloned());
        let mut names: Vec<String> = std::iter::once(Profile::DEFAULT.to_owned())
            .chain(profiles.filter(|name| Profile::is_name(name)))
            .chain(known)
            .chain(stores.profiles(name))
            .collect();
        names.sort();
        names.dedup();
        let schemes = |profile: &str| {
            let account = Account { plugin: name, profile };
            let logins =
                record.iter().flat_map(|record| record.profiles.get(profile)).flat_map(|own| &own.logins);
            let mut schemes: Vec<String> = logins.cloned().chain(stores.schemes(account)).collect();
            schemes.extend(manifest.iter().flat_map(|manifest| manifest.auth.keys().cloned()));
            schemes.sort();
            schemes.dedup();
            schemes
        };
        let accounts = names.into_iter().map(|name| (name.clone(), schemes(&name))).collect();
        Ok(Self { accounts, record: record.is_some(), stores })
    }

    fn is_empty(&self) -> bool {
        !self.record && self.accounts.iter().all(|(_, schemes)| schemes.is_empty())
    }

    /// Whether there may be a credential: there was a login, or a store lists one. A keyring is not opened for this.
    fn may_hold(&self) -> bool {
        self.accounts.iter().any(|(_, schemes)| !schemes.is_empty())
    }

    fn remove(&self, plugin: &str, ui: &Ui) -> Result<(), Failure> {
        for (profile, schemes) in &self.accounts {
            let account = Account { plugin, profile };
            let names: Vec<&str> = schemes.iter().map(String::as_str).collect();
            for (scheme, store) in self.stores.remove(account, &names)? {
                ui.note(&format!(
                    "removed `{scheme}`{} from {}",
                    super::auth::of_profile(account),
                    store.title()
                ));
            }
        }
        self.stores.records().remove(plugin)?;
        Ok(())
    }
}
