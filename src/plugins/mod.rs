//! Plugins on disk: finding them, their groups and commands, and noticing that they changed. The only layer that
//! names notify.
//!
//! Running a command reads the manifest, one script and one line of facts, however large the plugin is and however
//! many are installed.

mod error;
mod facts;
mod index;
mod lookup;
mod manager;
mod plugin;
mod policy;
mod watch;
mod words;

pub use error::Error;
pub use index::GroupSummary;
pub use lookup::{Found, Lookup};
pub use manager::{Installed, PluginManager};
pub use plugin::Plugin;
pub use policy::{keep_login, keep_profile};
pub use watch::Watcher;
pub(crate) use words::{line, unknown};
