//! `apicli auth status` and `list`.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::ArgMatches;
use serde_json::{Value, json};

use super::shared::{json, plugin, profile, profile_name, text};
use crate::cli::context::Context;
use crate::cli::context::stores;
use crate::credentials::{About, Account, SchemeStatus, Source, Status, Stores, listed};
use crate::diagnostic::Failure;
use crate::model::{Manifest, Origin, Profile};
use crate::output;
use crate::plugins::Plugin;
use crate::session::account;
use crate::session::server;

pub(super) fn command() -> clap::Command {
    clap::Command::new("status")
        .about("Show where each credential comes from, never what it is")
        .arg(plugin())
        .arg(profile())
        .arg(json())
}

pub(super) fn list_command() -> clap::Command {
    clap::Command::new("list").about("List the stored credentials of all plugins and profiles").arg(json())
}

pub(super) fn status(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let named = text(matches, "profile");
    let plugins = match text(matches, "plugin") {
        Some(name) => vec![context.manager.get(name)?],
        None => installed(context)?,
    };
    let stores = stores(context);
    let mut shown = String::new();
    let mut all = Vec::new();
    for plugin in plugins {
        let (name, manifest) = (plugin.name(), plugin.manifest());
        let profile = profile_name(&name, manifest, named, &stores)?;
        let account = account(&name, &profile)?;
        let status = Status::of(account, manifest, &stores);
        let goes = Goes::of(account, manifest, &stores)?;
        shown.push_str(&crate::text::printable(&format!("{}: {}", title(account), goes.told(&name))));
        shown.push('\n');
        if status.schemes.is_empty() {
            shown.push_str(&format!("{name}: needs no credential\n"));
        }
        for scheme in &status.schemes {
            let mut line = format!("{}: {} ({}): ", title(account), scheme.scheme, scheme.kind);
            match scheme.sources.split_first() {
                None => line.push_str("none"),
                Some((first, others)) => {
                    line.push_str(&described(first));
                    for other in others {
                        line.push_str(&format!("; not used: {}", described(other)));
                    }
                }
            }
            shown.push_str(&crate::text::printable(&line));
            shown.push('\n');
        }
        for (store, reason) in &status.down {
            let line = format!("{}: {} cannot be read: {reason}", title(account), store.title());
            shown.push_str(&crate::text::printable(&line));
            shown.push('\n');
        }
        all.push(as_json(account, plugin.manifest(), &status, &goes));
    }
    if matches.get_flag("json") {
        return output::line(&output::pretty(&Value::Array(all).to_string(), true));
    }
    output::text(&shown)
}

/// Where the requests of an account go, and whether that was agreed to.
struct Goes {
    /// The server in use and where it was set; `None` if there is none.
    server: Option<(String, String)>,
    is_agreed: bool,
}

impl Goes {
    fn of(account: Account<'_>, manifest: &Manifest, stores: &Stores) -> Result<Self, Failure> {
        let record = stores.records().get(account.plugin)?;
        if let Some((variable, server)) = stores.server(account, manifest)?
            && server.contains("://")
        {
            return Ok(Self { server: Some((server, format!("`{variable}`"))), is_agreed: true });
        }
        let profile = manifest.profiles.get(account.profile).cloned().unwrap_or_default();
        let own = server::of_profile(manifest, &profile).map(|_| profile.server.clone());
        let server = match own {
            Some(own) => Some((own, "the profile".to_owned())),
            None => manifest.servers.first().map(|server| (server.url.clone(), "the document".to_owned())),
        };
        let origin = server::of_profile(manifest, &profile)
            .or_else(|| server.as_ref().and_then(|(url, _)| Origin::of(url)));
        let is_agreed =
            record.zip(origin).is_some_and(|(record, origin)| record.permits(account.profile, &origin));
        Ok(Self { server, is_agreed })
    }

    fn told(&self, plugin: &str) -> String {
        match &self.server {
            None => "has no server; name one with `--server`".to_owned(),
            Some((server, by)) if self.is_agreed => format!("requests go to {server} (by {by})"),
            Some((server, by)) => format!(
                "requests would go to {server} (by {by}), which nobody has agreed to yet: `apicli auth use {plugin} --server {server}`"
            ),
        }
    }
}

pub(super) fn list(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let stores = stores(context);
    let mut shown = String::new();
    let mut all = Vec::new();
    for plugin in installed(context)? {
        let name = plugin.name();
        let manifest = plugin.manifest();
        for profile in profiles(&name, manifest, &stores) {
            let account = Account { plugin: &name, profile: &profile };
            let in_use = profile_name(&name, manifest, None, &stores)? == profile;
            for SchemeStatus { scheme, sources, .. } in Status::of(account, manifest, &stores).schemes {
                for source in sources {
                    let mark = if in_use { "*" } else { " " };
                    let line = format!("{mark} {name}  {profile}  {scheme}  {}", described(&source));
                    shown.push_str(&crate::text::printable(&line));
                    shown.push('\n');
                    all.push(json!({
                        "plugin": name, "profile": profile, "scheme": scheme, "in_use": in_use,
                        "source": source_json(&source),
                    }));
                }
            }
        }
    }
    if matches.get_flag("json") {
        return output::line(&output::pretty(&Value::Array(all).to_string(), true));
    }
    if shown.is_empty() {
        context.ui.note("there is no credential yet; `apicli auth login PLUGIN` keeps one");
    }
    output::text(&shown)
}

fn installed(context: &Context) -> Result<Vec<std::rc::Rc<Plugin>>, Failure> {
    Ok(context.manager.list()?.into_iter().filter_map(|installed| installed.plugin.ok()).collect())
}

/// The profiles of a plugin: the default one, those in its manifest, and those that something is stored for.
pub(super) fn profiles(plugin: &str, manifest: &Manifest, stores: &Stores) -> Vec<String> {
    let mut names = vec![Profile::DEFAULT.to_owned()];
    let known = manifest.profiles.keys().cloned().chain([manifest.profile_name(None).to_owned()]);
    for name in known.chain(stores.profiles(plugin)) {
        if !names.contains(&name) && Profile::is_name(&name) {
            names.push(name);
        }
    }
    names
}

fn title(account: Account<'_>) -> String {
    if account.profile == Profile::DEFAULT {
        account.plugin.to_owned()
    } else {
        format!("{} [{}]", account.plugin, account.profile)
    }
}

fn described(source: &Source) -> String {
    match source {
        Source::Environment { variable } => format!("environment variable `{variable}`"),
        Source::Store { store, about } if about.origins.is_empty() => {
            format!("in {}, but the entry is damaged or for no server; log in again", store.title())
        }
        Source::Store { store, about } => {
            let place = match &about.command {
                Some(command) => format!("printed by `{command}`"),
                None => format!("in {}", store.title()),
            };
            let scopes = if about.scopes.is_empty() {
                String::new()
            } else {
                format!(", scopes {}", about.scopes.join(" "))
            };
            format!("{place}, for {}{scopes}{}", listed(&about.origins), ends(about))
        }
    }
}

/// `, ends in 59 min, is renewed`; empty for what does not expire.
pub(super) fn ends(about: &About) -> String {
    let Some(ends) = about.expires_at else { return String::new() };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (word, seconds) = if ends > now { ("ends in", ends - now) } else { ("ended", now - ends) };
    let time = match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    let ago = if ends > now { "" } else { " ago" };
    let renewed = if about.renewable { ", is renewed" } else { "" };
    format!(", {word} {time}{ago}{renewed}")
}

fn source_json(source: &Source) -> Value {
    match source {
        Source::Environment { variable } => json!({ "source": "environment", "variable": variable }),
        Source::Store { store, about } => {
            let mut value = json!({ "source": store.name(), "origins": about.origins });
            if let Some(members) = value.as_object_mut() {
                if let Some(command) = &about.command {
                    members.insert("command".to_owned(), json!(command));
                }
                if let Some(ends) = about.expires_at {
                    members.insert("expires_at".to_owned(), json!(ends));
                    members.insert("renewable".to_owned(), json!(about.renewable));
                }
                if !about.scopes.is_empty() {
                    members.insert("scopes".to_owned(), json!(about.scopes));
                }
            }
            value
        }
    }
}

fn as_json(account: Account<'_>, manifest: &Manifest, status: &Status, goes: &Goes) -> Value {
    let down =
        || status.down.first().map(|(store, reason)| json!({ "source": "none", store.name(): reason }));
    let schemes: Vec<Value> = status
        .schemes
        .iter()
        .map(|scheme| {
            let mut sources = scheme.sources.iter().map(source_json);
            let in_use = sources.next().or_else(down).unwrap_or_else(|| json!({ "source": "none" }));
            json!({
                "scheme": scheme.scheme,
                "type": scheme.kind,
                "in_use": in_use,
                "shadowed": sources.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "plugin": account.plugin, "profile": account.profile,
        "default_profile": manifest.profile_name(None), "schemes": schemes,
        "server": goes.server.as_ref().map(|(server, _)| server), "agreed": goes.is_agreed,
    })
}
