//! Names that plugins leave alone.

use super::commands;

/// Words that later built-in commands will want: a plugin of such a name would be hidden by them.
const LATER: [&str; 24] = [
    "call", "config", "docs", "doctor", "drift", "edit", "edits", "history", "init", "listen", "mcp", "new",
    "replay", "resolve", "run", "search", "shell", "sql", "sync", "test", "trigger", "update", "upgrade",
    "version",
];

/// Names that no plugin may have.
pub(crate) fn reserved_names() -> Vec<String> {
    commands::NAMES.iter().chain(&LATER).map(|name| (*name).to_owned()).collect()
}
