use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

/// A list that grows outside of the engine: pages of results end up here.
///
/// The engine checks the size of a whole array each time one is changed, which makes gathering in a script
/// quadratic. Items also keep the order of their keys this way.
#[derive(Clone, Debug, Default)]
pub(super) struct List(Rc<RefCell<Vec<Value>>>);

impl List {
    /// Adds items; false if that would exceed `limit`.
    pub(super) fn extend(&self, items: Vec<Value>, limit: usize) -> bool {
        let mut list = self.0.borrow_mut();
        let fits = list.len().saturating_add(items.len()) <= limit;
        if fits {
            list.extend(items);
        }
        fits
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// A copy of the items.
    pub(super) fn items(&self) -> Vec<Value> {
        self.0.borrow().clone()
    }

    /// A field of the last item, null if there is none.
    pub(super) fn last(&self, field: &str) -> Value {
        self.0.borrow().last().and_then(|item| item.get(field)).cloned().unwrap_or(Value::Null)
    }
}
