//! Names that plugins leave alone.

/// Names that no plugin may have.
pub(crate) fn reserved_names() -> Vec<String> {
    let names = [
        "gen",
        "auth",
        "commands",
        "schema",
        "watch",
        "mock",
        "path",
        "check",
        "validate",
        "plugins",
        "completions",
        "help",
    ];
    // Words that later built-in commands will want.
    let later = ["shell", "run", "config", "init", "update", "new", "version", "doctor", "test"];
    names.iter().chain(&later).map(|name| (*name).to_owned()).collect()
}
