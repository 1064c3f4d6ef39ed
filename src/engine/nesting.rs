//! Watches how deep values are nested: the engine visits, copies and drops them by recursion.
//!
//! `loop { a = [a]; }` stays within every limit of the engine and ends in a stack overflow, which no program survives. So the
//! variables in scope are checked from time to time while a script runs.

use std::cell::Cell;

use rhai::{Array, Dynamic, Engine, EvalAltResult, EvalContext, FnPtr, Map, Position};

use super::budget::Budget;
use super::limits::Limit;

/// Variable accesses between two checks. At each a value can become deeper by the depth of one expression.
const EVERY: usize = 64;
/// The same when there is much to check, so that checks take a bounded share of the time.
const AT_MOST: usize = 2_048;

/// Makes the engine stop a script that nests values deeper than `most`, or in a circle.
pub(super) fn watch(engine: &mut Engine, most: usize) {
    let left = Cell::new(EVERY);
    let look = move |_: &str, _: usize, context: EvalContext<'_, '_, '_, '_, '_, '_>| {
        if let Some(fewer) = left.get().checked_sub(1) {
            left.set(fewer);
            return Ok(None);
        }
        let mut seen = Seen { values: 0, budget: Budget::of_call() };
        let mut variables = context.scope().iter_raw().map(|(_, _, value)| value).chain(context.this_ptr());
        let broken = variables.try_for_each(|value| seen.look(value, most));
        left.set((seen.values / 8).clamp(EVERY, AT_MOST));
        match broken {
            Err(limit) => {
                let token = Dynamic::from(limit);
                Err(Box::new(EvalAltResult::ErrorTerminated(token, Position::NONE)))
            }
            Ok(()) => Ok(None),
        }
    };
    #[allow(deprecated)] // only marked as subject to change; a changed engine fails to compile
    engine.on_var(look);
}

/// How much one check has visited.
struct Seen {
    values: usize,
    /// Values shared by closures can be visited repeatedly, twice as often with each level, so the clock is checked as well.
    budget: Budget,
}

impl Seen {
    /// Breaks a limit where a value is nested deeper than `left`.
    fn look(&mut self, value: &Dynamic, left: usize) -> Result<(), Limit> {
        self.values += 1;
        self.budget.tick()?;
        // A value that is being written right now cannot be read; the next check will see it.
        if value.is_shared() {
            return match value.read_lock::<Dynamic>() {
                Some(inner) => self.look(&inner, left.checked_sub(1).ok_or(Limit::Nesting)?),
                None => Ok(()),
            };
        }
        if value.is_int() || value.is_string() || value.is_unit() || value.is_bool() {
            return Ok(());
        }
        let left = left.checked_sub(1).ok_or(Limit::Nesting)?;
        if let Some(items) = value.read_lock::<Array>() {
            items.iter().try_for_each(|item| self.look(item, left))
        } else if let Some(fields) = value.read_lock::<Map>() {
            fields.values().try_for_each(|item| self.look(item, left))
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            function.iter_curry().try_for_each(|item| self.look(item, left))
        } else {
            Ok(())
        }
    }
}
