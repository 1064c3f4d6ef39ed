//! Values held in one another, watched: the engine visits, copies and drops them by recursion.
//!
//! `loop { a = [a]; }` is within every limit of the engine and ends in a stack overflow, which no program
//! survives. So the variables at hand are looked at from time to time while a script runs.

use std::cell::Cell;

use rhai::{Array, Dynamic, Engine, EvalAltResult, EvalContext, FnPtr, Map, Position};

use super::limits::Limit;

/// Accesses of variables between two looks. A value can become deeper by one expression's depth at each.
const EVERY: usize = 64;
/// The same when there is much to look at, so that looking takes a bounded share of the time.
const AT_MOST: usize = 2_048;

/// Makes the engine stop a script that nests values deeper than `most`, or in a circle.
pub(super) fn watch(engine: &mut Engine, most: usize) {
    let left = Cell::new(EVERY);
    let look = move |_: &str, _: usize, context: EvalContext<'_, '_, '_, '_, '_, '_>| {
        if let Some(fewer) = left.get().checked_sub(1) {
            left.set(fewer);
            return Ok(None);
        }
        let mut seen = 0;
        let variables = context.scope().iter_raw().map(|(_, _, value)| value);
        let deep = variables.chain(context.this_ptr()).any(|value| is_deeper(value, most, &mut seen));
        left.set((seen / 8).clamp(EVERY, AT_MOST));
        if deep {
            let token = Dynamic::from(Limit::Nesting);
            return Err(Box::new(EvalAltResult::ErrorTerminated(token, Position::NONE)));
        }
        Ok(None)
    };
    #[allow(deprecated)] // marked so for being subject to change; a changed engine is noticed when compiling
    engine.on_var(look);
}

/// Whether a value is nested deeper than `left`.
fn is_deeper(value: &Dynamic, left: usize, seen: &mut usize) -> bool {
    *seen += 1;
    // A value that is being written to right now cannot be looked at; the next look will see it.
    if value.is_shared() {
        return match value.read_lock::<Dynamic>() {
            Some(inner) => match left.checked_sub(1) {
                Some(left) => is_deeper(&inner, left, seen),
                None => true,
            },
            None => false,
        };
    }
    if value.is_int() || value.is_string() || value.is_unit() || value.is_bool() {
        return false;
    }
    let Some(left) = left.checked_sub(1) else { return true };
    if let Some(items) = value.read_lock::<Array>() {
        items.iter().any(|item| is_deeper(item, left, seen))
    } else if let Some(fields) = value.read_lock::<Map>() {
        fields.values().any(|item| is_deeper(item, left, seen))
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        function.iter_curry().any(|item| is_deeper(item, left, seen))
    } else {
        false
    }
}
