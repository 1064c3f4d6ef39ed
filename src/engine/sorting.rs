//! Sorting arrays. The engine's own hides errors of the comparing function, even those that no script may catch,
//! and panics if the order is inconsistent.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Module, NativeCallContext};

use super::budget::Budget;
use super::data::plain_type;
use super::define::define_method;
use super::hidden;
use super::raise::{Answer, broke, thrown};

pub(super) fn register(module: &mut Module) {
    for name in ["sort", "sort_by"] {
        define_method(module, name, |context: NativeCallContext, array: &mut Array, compare: FnPtr| {
            *array = sorted_by(&context, std::mem::take(array), &compare)?;
            Ok(())
        });
    }
    for name in ["order", "order_by"] {
        define_method(module, name, |context: NativeCallContext, array: &mut Array, compare: FnPtr| {
            sorted_by(&context, array.clone(), &compare)
        });
    }
    define_method(module, "sort", |array: &mut Array| plain_sort(array, |order| order));
    define_method(module, "sort_desc", |array: &mut Array| plain_sort(array, Ordering::reverse));
    define_method(module, "order", |array: &mut Array| sorted(array.clone(), |order| order));
    define_method(module, "order_desc", |array: &mut Array| sorted(array.clone(), Ordering::reverse));
}

/// A number means less, equal or greater; `true` means that the first comes first.
fn ordering(value: &Dynamic) -> Answer<Ordering> {
    hidden::open(value)?;
    match (value.as_int(), value.as_bool()) {
        (Ok(n), _) => Ok(n.cmp(&0)),
        (_, Ok(true)) => Ok(Ordering::Less),
        (_, Ok(false)) => Ok(Ordering::Greater),
        _ => Err(thrown(format!("to sort, a function must return a number, not `{}`", plain_type(value)))),
    }
}

/// The same for a function named by a text: the engine's own would read hidden places.
pub(super) fn register_ordering(module: &mut Module) {
    for name in ["sort", "sort_by"] {
        define_method(module, name, |context: NativeCallContext, array: &mut Array, compare: &str| {
            *array = sorted_by(&context, std::mem::take(array), &FnPtr::new(compare)?)?;
            Ok(())
        });
    }
    for name in ["order", "order_by"] {
        define_method(module, name, |context: NativeCallContext, array: &mut Array, compare: &str| {
            sorted_by(&context, array.clone(), &FnPtr::new(compare)?)
        });
    }
}

fn sorted_by(context: &NativeCallContext, array: Array, compare: &FnPtr) -> Answer<Array> {
    merge_sort(array, &mut |a, b| ordering(&compare.call_raw(context, None, [a.clone(), b.clone()])?))
}

fn plain_sort(array: &mut Array, direction: fn(Ordering) -> Ordering) -> Answer<()> {
    *array = sorted(std::mem::take(array), direction)?;
    Ok(())
}

fn sorted(array: Array, direction: fn(Ordering) -> Ordering) -> Answer<Array> {
    let mut budget = Budget::of_call();
    merge_sort(array, &mut |a, b| {
        budget.tick().map_err(broke)?;
        compare(a, b).map(direction)
    })
}

fn compare(a: &Dynamic, b: &Dynamic) -> Answer<Ordering> {
    hidden::open(a)?;
    hidden::open(b)?;
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Ok(a.cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        return Ok(a.total_cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.as_char(), b.as_char()) {
        return Ok(a.cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return Ok(a.cmp(&b));
    }
    match (a.read_lock::<ImmutableString>(), b.read_lock::<ImmutableString>()) {
        (Some(a), Some(b)) => Ok(a.as_str().cmp(b.as_str())),
        _ => {
            let (a, b) = (plain_type(a), plain_type(b));
            Err(thrown(format!("`{a}` and `{b}` cannot be compared; give `sort` a function that compares")))
        }
    }
}

/// A stable sort that ends at the first error.
fn merge_sort(items: Array, order: &mut dyn FnMut(&Dynamic, &Dynamic) -> Answer<Ordering>) -> Answer<Array> {
    let mut runs: Vec<Array> = items.into_iter().map(|item| vec![item]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut rest = runs.into_iter();
        while let Some(left) = rest.next() {
            merged.push(match rest.next() {
                Some(right) => merge(left, right, order)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(runs.pop().unwrap_or_default())
}

fn merge(
    left: Array,
    right: Array,
    order: &mut dyn FnMut(&Dynamic, &Dynamic) -> Answer<Ordering>,
) -> Answer<Array> {
    let mut merged = Array::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if order(a, b)? == Ordering::Greater { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
