//! How natives are registered, and how they reach the current call.

use std::rc::Rc;

use rhai::{FuncRegistration, Module, RhaiNativeFunc};

use super::current::{Current, Running};
use super::raise::{Answer, ended, thrown};

/// Adds a function to a namespace. Volatile: its result depends on more than its arguments.
pub(super) fn define<A: 'static, const N: usize, const X: bool, R, FUNC>(
    module: &mut Module,
    name: &str,
    function: FUNC,
) where
    R: Clone + 'static,
    FUNC: RhaiNativeFunc<A, N, X, R, true> + 'static,
{
    FuncRegistration::new(name)
        .in_internal_namespace()
        .with_volatility(true)
        .set_into_module(module, function);
}

/// Adds a function that is called as a method.
pub(super) fn define_method<A: 'static, const N: usize, const X: bool, R, FUNC>(
    module: &mut Module,
    name: &str,
    function: FUNC,
) where
    R: Clone + 'static,
    FUNC: RhaiNativeFunc<A, N, X, R, true> + 'static,
{
    FuncRegistration::new(name)
        .in_global_namespace()
        .with_purity(true)
        .with_volatility(true)
        .set_into_module(module, function);
}

/// The current call.
pub(super) fn running(current: &Current) -> Answer<Rc<Running>> {
    let running = current.running().ok_or_else(|| thrown("no call is under way"))?;
    if running.is_over() { Err(ended()) } else { Ok(running) }
}
