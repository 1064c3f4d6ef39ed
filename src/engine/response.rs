use std::rc::Rc;

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};

use super::answer::Seen;
use super::raise::Answer;

/// An answer as a script holds it: shared, never copied, with getters only.
#[derive(Clone)]
pub(super) struct ResponseHandle(pub(super) Rc<Seen>);

/// Adds what scripts can ask of a response.
pub(super) fn register(module: &mut Module) {
    module.set_getter_fn("status", |response: &mut ResponseHandle| Ok(i64::from(response.0.own()?.status)));
    module.set_getter_fn("ok", |response: &mut ResponseHandle| Ok(response.0.own()?.is_success()));
    module.set_getter_fn("text", |response: &mut ResponseHandle| response.0.text());
    module.set_getter_fn("json", |response: &mut ResponseHandle| response.0.json());
    module.set_getter_fn("headers", |response: &mut ResponseHandle| response.0.headers());
    FuncRegistration::new("header").in_global_namespace().set_into_module(module, header);
}

/// The first header of a name, `()` if there is none.
pub(super) fn header(_: NativeCallContext, response: &mut ResponseHandle, name: &str) -> Answer<Dynamic> {
    response.0.header(name)
}
