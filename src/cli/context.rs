//! The environment that every command runs in.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::ask;
use super::global::ErrorFormat;
use super::ui::Ui;
use crate::credentials::Stores;
use crate::diagnostic::{Failure, Kind};
use crate::plugins::PluginManager;
use crate::session::Session;

/// The environment of a command.
pub(crate) struct Context {
    pub(crate) manager: PluginManager,
    /// The person.
    pub(crate) ui: Ui,
    /// How failures are shown, if that was set before the command's name.
    pub(crate) error_format: Option<ErrorFormat>,
    /// Created by the first call.
    session: OnceCell<Session>,
}

impl Context {
    /// An environment with plugins in `plugins_dir`, else in the folder set by the variable, else in the platform's.
    pub(crate) fn new(
        plugins_dir: Option<OsString>,
        ui: Ui,
        error_format: Option<ErrorFormat>,
    ) -> Result<Self, Failure> {
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
        Ok(Self { error_format, ..Self::of(PluginManager::new(home), ui) })
    }

    /// An environment with these plugins, for this person.
    pub(crate) fn of(manager: PluginManager, ui: Ui) -> Self {
        Self { manager, ui, error_format: None, session: OnceCell::new() }
    }

    /// The session for all calls.
    pub(crate) fn session(&self) -> &Session {
        self.session.get_or_init(|| Session::new(Arc::new(stores(self)), Arc::new(self.ui.clone())))
    }
}

/// The stores of this machine.
pub(crate) fn stores(context: &Context) -> Stores {
    let home = context.manager.home().to_owned();
    Stores::platform(ask::passphrase, move || PluginManager::new(home.clone()).names().unwrap_or_default())
}

/// The names of plugins, as candidates for the first word.
pub(crate) fn plugin_names(words: &[String], context: &Context) -> Vec<(String, String)> {
    if !words.is_empty() {
        return Vec::new();
    }
    let names = context.manager.names().unwrap_or_default();
    names.into_iter().map(|name| (name, String::new())).collect()
}
