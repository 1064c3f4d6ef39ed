//! What the engine can do with any value, implemented so that hidden places stay hidden.

use std::rc::Rc;

use rhai::{
    Array, Dynamic, FnPtr, ImmutableString, Map as RhaiMap, Module, NativeCallContext, format_map_as_json,
};

use super::define::define_method;
use super::hidden::{Hidden, open};
use super::raise::Answer;
use super::sorting;

/// Operators and functions that the engine has for any one or two values, or that hide errors. Everything else fails for a
/// value that is not a string, which ends the script as well.
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
    // The engine has these for a string with any value.
    for name in ["+", "+=", "append"] {
        define_method(module, name, |_: &mut ImmutableString, b: Hidden| Err::<(), _>(b.refuse()));
        define_method(module, name, |a: &mut Hidden, _: ImmutableString| Err::<(), _>(a.refuse()));
    }
    for name in ["to_string", "to_debug", "print", "debug", "len", "keys"] {
        define_method(module, name, |value: &mut Hidden| Err::<ImmutableString, _>(value.refuse()));
    }
    // With an empty array nothing would be compared.
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
    // The engine's own hides errors of the comparison.
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
