//! Names that plugins must not use.

use super::commands;

/// Names for later built-in commands, which would hide a plugin of such a name.
const LATER: [&str; 24] = [
    "call", "config", "docs", "doctor", "drift", "edit", "edits", "history", "init", "listen", "mcp", "new",
    "replay", "resolve", "run", "search", "shell", "sql", "sync", "test", "trigger", "update", "upgrade",
    "version",
];

/// Names that no plugin may have.
pub(crate) fn reserved_names() -> Vec<String> {
    commands::NAMES.iter().chain(&LATER).map(|name| (*name).to_owned()).collect()
}
