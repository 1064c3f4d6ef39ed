//! The trait of every command, built-in or from a plugin.

use std::ffi::OsString;

use super::context::Context;
use crate::diagnostic::Failure;

/// Something that can be run by its name, the first word after `apicli`.
pub(crate) trait Command {
    /// Its name.
    fn name(&self) -> &str;

    /// One line of help, without a full stop.
    fn about(&self) -> String;

    /// Runs it. `arguments` are those after its name.
    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure>;

    /// What may come after `words`, the complete words after the name, each with a line of help.
    fn complete(&self, _words: &[String], _context: &Context) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Possible values of `flag`, `--its-name`, in the same word and after `words`, each with a line of help.
    fn complete_value(&self, _words: &[String], _flag: &str, _context: &Context) -> Vec<(String, String)> {
        Vec::new()
    }
}
