use std::cell::RefCell;
use std::rc::Rc;

use rhai::Dynamic;
use serde_json::Value;

use super::answer::Seen;
use super::raise::Answer;
use super::value::from_json;

/// A list that grows outside of the engine: pages of results end up here.
///
/// The engine checks the size of a whole array each time one is changed, which makes gathering in a script
/// quadratic. Items also keep the order of their keys this way.
#[derive(Clone, Default)]
pub(super) struct List(Rc<RefCell<Vec<Value>>>, Rc<RefCell<Option<Rc<Seen>>>>);

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

    /// Remembers that items came with an answer in which a secret stands.
    pub(super) fn hide(&self, answer: &Rc<Seen>) {
        self.1.borrow_mut().get_or_insert_with(|| Rc::clone(answer));
    }

    /// Whether a secret may stand in an item.
    pub(super) fn is_hidden(&self) -> bool {
        self.1.borrow().is_some()
    }

    /// What came of this list as a script may hold it.
    pub(super) fn open(&self, value: &Value) -> Answer<Dynamic> {
        match &*self.1.borrow() {
            Some(answer) => answer.value(value),
            None => Ok(from_json(value)),
        }
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
