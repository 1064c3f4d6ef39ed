//! What every command needs to know about where it runs.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::ask;
use super::ui::Terminal;
use crate::credentials::Stores;
use crate::diagnostic::{Failure, Kind};
use crate::plugins::PluginManager;
use crate::session::Session;

/// The surroundings of a command.
pub(crate) struct Context {
    pub(crate) manager: PluginManager,
    /// Made by the first call.
    session: OnceCell<Session>,
}

impl Context {
    /// The surroundings with plugins in `plugins_dir`, else where the environment or the platform has them.
    pub(crate) fn new(plugins_dir: Option<OsString>) -> Result<Self, Failure> {
        let given =
            plugins_dir.or_else(|| std::env::var_os("APICLI_PLUGINS_DIR")).filter(|dir| !dir.is_empty());
        let home = match given {
            Some(dir) => PathBuf::from(dir),
            None => directories::ProjectDirs::from("", "", "apicli")
                .map(|dirs| dirs.data_dir().join("plugins"))
                .ok_or_else(|| {
                    Failure::new(Kind::Other, "there is no home folder to keep plugins in")
                        .hint("set `APICLI_PLUGINS_DIR`, or use `--plugins-dir`")
                })?,
        };
        Ok(Self::of(PluginManager::new(home)))
    }

    /// The surroundings with these plugins.
    pub(crate) fn of(manager: PluginManager) -> Self {
        Self { manager, session: OnceCell::new() }
    }

    /// Where calls are made, for the person at the terminal: one for all of them.
    pub(crate) fn session(&self) -> &Session {
        self.session.get_or_init(|| Session::new(Arc::new(stores(self)), Arc::new(Terminal)))
    }
}

/// The stores of this machine.
pub(crate) fn stores(context: &Context) -> Stores {
    let home = context.manager.home().to_owned();
    Stores::platform(ask::passphrase, move || PluginManager::new(home.clone()).names().unwrap_or_default())
}

/// Names of plugins, where the first word is one.
pub(crate) fn plugin_names(words: &[String], context: &Context) -> Vec<(String, String)> {
    if !words.is_empty() {
        return Vec::new();
    }
    let names = context.manager.names().unwrap_or_default();
    names.into_iter().map(|name| (name, String::new())).collect()
}
