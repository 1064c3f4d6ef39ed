use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::Dynamic;
use serde_json::Value;

use super::answer::Seen;
use super::budget::Budget;
use super::convert;
use super::limits::{Limit, Limits};
use super::raise::{Answer, broke};

/// A list that grows outside of the engine, used for pages of results.
///
/// The engine checks the size of the whole array at each change, which makes gathering in a script quadratic. Items also
/// keep the order of their keys this way.
#[derive(Clone, Default)]
pub(super) struct List(Rc<Items>);

#[derive(Default)]
struct Items {
    values: RefCell<Vec<Value>>,
    /// Estimated bytes of all of them.
    bytes: Cell<u64>,
    /// An answer that contains a secret, if items came from one.
    hidden: RefCell<Option<Rc<Seen>>>,
}

impl List {
    /// Adds items with their estimated bytes.
    pub(super) fn extend(&self, items: Vec<Value>, bytes: u64, limits: &Limits) -> Result<(), Limit> {
        let mut list = self.0.values.borrow_mut();
        if list.len().saturating_add(items.len()) > limits.array_size {
            return Err(Limit::ArraySize);
        }
        let bytes = self.0.bytes.get().saturating_add(bytes);
        if bytes > limits.memory {
            return Err(Limit::Memory);
        }
        list.extend(items);
        self.0.bytes.set(bytes);
        Ok(())
    }

    /// Remembers that items came from an answer that contains a secret.
    pub(super) fn hide(&self, answer: &Rc<Seen>) {
        self.0.hidden.borrow_mut().get_or_insert_with(|| Rc::clone(answer));
    }

    /// Whether an item may contain a secret.
    pub(super) fn is_hidden(&self) -> bool {
        self.0.hidden.borrow().is_some()
    }

    /// The items in the form that a script may hold.
    pub(super) fn open(&self, value: &Value) -> Answer<Dynamic> {
        match &*self.0.hidden.borrow() {
            Some(answer) => answer.value(value),
            None => convert::to_script(value, &mut Budget::of_call()).map_err(broke),
        }
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.0.values.borrow().len()
    }

    /// Estimated bytes of the items.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.get()
    }

    /// Reads the items.
    pub(super) fn with<T>(&self, look: impl FnOnce(&[Value]) -> T) -> T {
        look(&self.0.values.borrow())
    }

    /// Takes the items; the list is empty afterwards.
    pub(super) fn take(&self) -> Vec<Value> {
        self.0.bytes.set(0);
        self.0.values.take()
    }
}
