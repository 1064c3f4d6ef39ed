//! Plugins on disk: writing them, finding them, their groups and commands, and noticing changes. The only layer that
//! names notify.
//!
//! Running a command reads the manifest, one script and one line of facts, however large the plugin is and however
//! many are installed.

mod error;
mod facts;
mod index;
pub mod layout;
mod linked;
mod lookup;
mod manager;
mod manifest;
mod plugin;
mod policy;
mod pristine;
mod renew;
mod stage;
mod take_over;
mod watch;
mod words;
mod write;
mod write_error;
mod written;

pub use error::Error;
pub use index::GroupSummary;
pub use lookup::{Found, Lookup};
pub use manager::{Installed, PluginManager};
pub use plugin::Plugin;
pub use policy::{keep_login, keep_profile};
pub use pristine::Pristine;
pub use watch::Watcher;
pub(crate) use words::{line, unknown};
pub use write_error::WriteError;
pub use written::{MergeReport, Written};
