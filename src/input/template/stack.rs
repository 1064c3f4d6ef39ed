//! Bounds of templates.

use serde_json::Value;

use crate::openapi::Property;

/// Objects and arrays nested deeper than this are left for a person to write.
pub(super) const MAX_DEPTH: usize = 6;

/// The most lines of a template; fields beyond are named in one comment.
pub(super) const MAX_LINES: usize = 2_000;

/// Schemas and properties that are looked at for one template.
pub(super) const MAX_LOOKS: usize = 40_000;

/// Schemas that the value at hand stands in.
#[derive(Default)]
pub(super) struct Stack<'a>(Vec<&'a Value>);

impl<'a> Stack<'a> {
    /// Notes that what follows stands in `property`; gives what [`Stack::leave`] wants.
    pub(super) fn enter(&mut self, property: &Property<'a>) -> usize {
        let depth = self.0.len();
        self.0.extend(property.schemas().map(|schema| schema.value()));
        depth
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.0.truncate(depth);
    }

    /// A value that stands in itself, or too deep, is left for a person to write.
    pub(super) fn is_cut(&self, property: &Property<'a>, depth: usize) -> bool {
        let again = property.schemas().any(|schema| {
            !schema.value().is_null() && self.0.iter().any(|parent| std::ptr::eq(*parent, schema.value()))
        });
        depth > 0 && (again || depth >= MAX_DEPTH)
    }
}
