//! Facts of an older format, made anew from the document that is kept beside them.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::layout;
use crate::files;
use crate::generator::{Options, PluginGenerator};
use crate::model::CommandName;
use crate::openapi::{Document, MAX_DOCUMENT_BYTES};

/// The facts of the plugin in `dir` as this program writes them; `None` if its document is not there, or not to be used.
/// Commands keep the names that they have. Scripts are not touched: those are merged by a generation, which a person
/// starts.
pub(super) fn facts(dir: &Path, previous: Vec<CommandName>) -> Option<Vec<u8>> {
    let bytes = files::read(dir, Path::new(layout::DOCUMENT), MAX_DOCUMENT_BYTES as u64).ok()??;
    let document = Document::parse(&bytes, layout::DOCUMENT).ok()?;
    let options = Options { name: Some("renewed".to_owned()), previous, ..Options::default() };
    let plugin = PluginGenerator::new(options).generate_from_openapi(&document).ok()?;
    let file = plugin.files.into_iter().find(|file| file.path == Path::new(layout::FACTS))?;
    let facts = Arc::unwrap_or_clone(file.content);
    // Best effort: a plugin that may not be written to works, only slower.
    keep(dir, &facts);
    Some(facts)
}

fn keep(dir: &Path, facts: &[u8]) {
    let folder = dir.join(layout::GENERATED);
    if !std::fs::symlink_metadata(&folder).is_ok_and(|about| about.is_dir()) {
        return; // a link leads to what is not the plugin's
    }
    if let Ok(mut file) = tempfile::Builder::new().prefix("facts.").tempfile_in(folder)
        && file.write_all(facts).is_ok()
    {
        let _ = file.persist(dir.join(layout::FACTS));
    }
}
