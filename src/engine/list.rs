use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::Value;

use super::limits::{Limit, Limits};

/// A list that grows outside of the engine: pages of results end up here.
///
/// The engine checks the size of a whole array each time one is changed, which makes gathering in a script
/// quadratic. Items also keep the order of their keys this way.
#[derive(Clone, Debug, Default)]
pub(super) struct List(Rc<Items>);

#[derive(Debug, Default)]
struct Items {
    values: RefCell<Vec<Value>>,
    /// Estimated bytes of all of them.
    bytes: Cell<u64>,
}

impl List {
    /// Adds items of so many bytes, estimated.
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

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.0.values.borrow().len()
    }

    /// Estimated bytes of the items.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.get()
    }

    /// Looks at the items.
    pub(super) fn with<T>(&self, look: impl FnOnce(&[Value]) -> T) -> T {
        look(&self.0.values.borrow())
    }

    /// The items themselves; the list is empty afterwards.
    pub(super) fn take(&self) -> Vec<Value> {
        self.0.bytes.set(0);
        self.0.values.take()
    }
}
