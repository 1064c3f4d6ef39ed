//! Facts in an older format, generated again from the document that is kept next to them.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::layout;
use crate::files;
use crate::generator::{Options, PluginGenerator};
use crate::model::CommandName;
use crate::openapi::{Document, MAX_DOCUMENT_BYTES};

/// The facts of the plugin in `dir` as this program writes them; `None` if its document is missing or unusable.
/// Commands keep their names. Scripts are not touched: they are merged by a generation, which the user starts.
pub(super) fn facts(dir: &Path, previous: Vec<CommandName>) -> Option<Vec<u8>> {
    let bytes = files::read(dir, Path::new(layout::DOCUMENT), MAX_DOCUMENT_BYTES as u64).ok()??;
    let document = Document::parse(&bytes, layout::DOCUMENT).ok()?;
    let options = Options { name: Some("renewed".to_owned()), previous, ..Options::default() };
    let plugin = PluginGenerator::new(options).generate_from_openapi(&document).ok()?;
    let file = plugin.files.into_iter().find(|file| file.path == Path::new(layout::FACTS))?;
    let facts = Arc::unwrap_or_clone(file.content);
    // Best effort: a read-only plugin works too, only slower.
    keep(dir, &facts);
    Some(facts)
}

fn keep(dir: &Path, facts: &[u8]) {
    let folder = dir.join(layout::GENERATED);
    if !std::fs::symlink_metadata(&folder).is_ok_and(|about| about.is_dir()) {
        return; // a link leads outside of the plugin
    }
    if let Ok(mut file) = tempfile::Builder::new().prefix("facts.").tempfile_in(folder)
        && file.write_all(facts).is_ok()
    {
        let _ = file.persist(dir.join(layout::FACTS));
    }
}
