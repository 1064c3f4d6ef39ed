//! Where the generated files of a plugin are, relative to its folder.

use std::path::PathBuf;

/// The manifest.
pub const MANIFEST: &str = "plugin.toml";

/// The folder of generated files.
pub const GENERATED: &str = ".generated";

/// The document, as JSON, for the mock.
pub const DOCUMENT: &str = ".generated/document.json";

/// The facts of all commands.
pub const FACTS: &str = ".generated/facts.jsonl";

/// Ending of a script.
pub const SCRIPT: &str = "rhai";

/// `customers/sources.rhai` for the group `customers sources`. Every word must be an identifier.
pub fn script(group: &[String]) -> PathBuf {
    group.iter().collect::<PathBuf>().with_extension(SCRIPT)
}
