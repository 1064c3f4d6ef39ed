//! Limits of templates.

use serde_json::Value;

use crate::openapi::Property;

/// Objects and arrays nested deeper than this are left for the user to write.
pub(super) const MAX_DEPTH: usize = 6;

/// The most lines of a template; further fields are named in one comment.
pub(super) const MAX_LINES: usize = 2_000;

/// The most schemas and properties that are read for one template.
pub(super) const MAX_LOOKS: usize = 40_000;

/// The schemas around the current value.
#[derive(Default)]
pub(super) struct Stack<'a>(Vec<&'a Value>);

impl<'a> Stack<'a> {
    /// Records that what follows is inside `property`; returns the argument for [`Stack::leave`].
    pub(super) fn enter(&mut self, property: &Property<'a>) -> usize {
        let depth = self.0.len();
        self.0.extend(property.schemas().map(|schema| schema.value()));
        depth
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.0.truncate(depth);
    }

    /// A recursive or too deep value is left for the user to write.
    pub(super) fn is_cut(&self, property: &Property<'a>, depth: usize) -> bool {
        let again = property.schemas().any(|schema| {
            !schema.value().is_null() && self.0.iter().any(|parent| std::ptr::eq(*parent, schema.value()))
        });
        depth > 0 && (again || depth >= MAX_DEPTH)
    }
}
