//! Places of an answer where a secret stands.
//!
//! A script may pass such a place along and return it, and ends when it takes the text itself, whatever it does with it: the
//! mark that a person sees there would tell a script whether what it had sent before was the secret. So nothing that a script
//! can go on from may depend on whether a value is [`Hidden`]: it calls itself a string, what the engine does with strings ends
//! the script, and errors about it cannot be caught ([`super::guarded`]).

use std::rc::Rc;

use rhai::{
    Array, Dynamic, FnPtr, ImmutableString, Map as RhaiMap, Module, NativeCallContext, format_map_as_json,
};
use serde_json::Value;

use super::natives::{define, define_method};
use super::raise::{Answer, stop};
use super::sorting;

/// A text, or something with a text in it, that a script may hold and not look into.
#[derive(Clone)]
pub(super) struct Hidden(Rc<Place>);

struct Place {
    /// What a person sees of it.
    shown: Value,
    /// `GET /v1/me`.
    request: Rc<str>,
    /// Where in the answer.
    place: String,
}

impl Hidden {
    pub(super) fn new(shown: Value, request: &Rc<str>, place: String) -> Self {
        Self(Rc::new(Place { shown, request: Rc::clone(request), place }))
    }

    /// What a person sees of it.
    pub(super) fn shown(&self) -> &Value {
        &self.0.shown
    }

    /// Ends the script.
    pub(super) fn refuse(&self) -> Box<rhai::EvalAltResult> {
        refuse(&self.0.request, &self.0.place)
    }
}

/// Ends a script that took a hidden place.
pub(super) fn refuse(request: &str, place: &str) -> Box<rhai::EvalAltResult> {
    stop(
        format!("the script takes a text with a credential in it: {place} of the answer to `{request}`"),
        "scripts never see credentials: return the answer itself, or read another part of it",
    )
}

/// The first hidden place within a value.
fn within(value: &Dynamic) -> Option<Hidden> {
    if let Some(hidden) = value.read_lock::<Hidden>() {
        return Some(hidden.clone());
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().find_map(within);
    }
    if let Some(fields) = value.read_lock::<RhaiMap>() {
        return fields.values().find_map(within);
    }
    value.read_lock::<FnPtr>().and_then(|function| function.iter_curry().find_map(within))
}

/// The value, if there is no hidden place within.
pub(super) fn open(value: &Dynamic) -> Answer<()> {
    within(value).map_or(Ok(()), |hidden| Err(hidden.refuse()))
}

/// Operators and functions that the engine has for any two values or any one, or that hide errors. All else fails for a
/// value that is no string, which ends the script as well.
pub(super) fn module() -> Rc<Module> {
    let mut module = Module::new();
    register(&mut module);
    module.build_index();
    Rc::new(module)
}

fn register(module: &mut Module) {
    for operator in ["==", "!=", "<", "<=", ">", ">=", "+"] {
        define_method(module, operator, |a: Hidden, _: Dynamic| Err::<bool, _>(a.refuse()));
        define_method(module, operator, |_: Dynamic, b: Hidden| Err::<bool, _>(b.refuse()));
        define_method(module, operator, |a: Hidden, _: Hidden| Err::<bool, _>(a.refuse()));
    }
    // The engine has these for a string and anything.
    for name in ["+", "+=", "append"] {
        define_method(module, name, |_: &mut ImmutableString, b: Hidden| Err::<(), _>(b.refuse()));
        define_method(module, name, |a: &mut Hidden, _: ImmutableString| Err::<(), _>(a.refuse()));
    }
    for name in ["to_string", "to_debug", "print", "debug", "len", "keys"] {
        define_method(module, name, |value: &mut Hidden| Err::<ImmutableString, _>(value.refuse()));
    }
    // Where the array is empty nothing would be compared.
    define_method(module, "index_of", |_: &mut Array, value: Hidden| Err::<i64, _>(value.refuse()));
    define_method(module, "index_of", |_: &mut Array, value: Hidden, _: i64| Err::<i64, _>(value.refuse()));
    define_method(module, "contains", |_: &mut Array, value: Hidden| Err::<bool, _>(value.refuse()));
    define_method(module, "contains", |_: &mut RhaiMap, value: Hidden| Err::<bool, _>(value.refuse()));
    module.set_indexer_get_fn(|value: &mut Hidden, _: Dynamic| Err::<Dynamic, _>(value.refuse()));
    define_method(module, "to_json", |map: &mut RhaiMap| {
        map.values().try_for_each(open)?;
        Ok(format_map_as_json(map))
    });
    sorting::register_ordering(module);
    // The engine's own hides errors of what compares.
    define_method(module, "dedup", |context: NativeCallContext, array: &mut Array| {
        dedup(array, &mut |a, b| {
            context.call_native_fn_raw("==", true, &mut [&mut a.clone(), &mut b.clone()])
        })
    });
    define_method(module, "dedup", |context: NativeCallContext, array: &mut Array, same: FnPtr| {
        dedup(array, &mut |a, b| same.call_raw(&context, None, [a.clone(), b.clone()]))
    });
}

fn dedup(array: &mut Array, same: &mut dyn FnMut(&Dynamic, &Dynamic) -> Answer<Dynamic>) -> Answer<()> {
    let mut kept: Array = Vec::with_capacity(array.len());
    for item in std::mem::take(array) {
        let double = match kept.last() {
            Some(last) => same(last, &item)?.as_bool().unwrap_or(false),
            None => false,
        };
        if !double {
            kept.push(item);
        }
    }
    *array = kept;
    Ok(())
}

/// What a guarded script calls besides what is written in it.
pub(super) fn guards(module: &mut Module) {
    // A `switch` compares without an operator.
    define(module, "opened", |value: Dynamic| {
        open(&value)?;
        Ok(value)
    });
}
