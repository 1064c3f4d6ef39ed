use std::rc::Rc;

use rhai::{Dynamic, FuncRegistration, Map as RhaiMap, Module, NativeCallContext};

use super::budget::Budget;
use super::host::Host;
use super::json::{self, Unread};
use super::limits::Limit;
use super::raise::{Answer, broke, thrown};
use crate::http::Response;

/// An answer as a script holds it: shared, never copied, with getters only.
#[derive(Clone)]
pub(super) struct ResponseHandle(pub(super) Rc<Response>);

impl ResponseHandle {
    fn json(&self) -> Answer<Dynamic> {
        let read = json::script_value(&self.0.body, &mut Budget::of_call());
        read.map_err(|unread| match unread {
            Unread::Limit(limit) => broke(limit),
            Unread::Json(error) => {
                thrown(format!("the answer has no JSON that can be read: {error}; see `response.text`"))
            }
        })
    }

    /// The body as text, if it is short enough to be one.
    fn text(&self) -> Answer<String> {
        let most = Host::current().running().map_or(usize::MAX, |running| running.limits.string_size);
        if self.0.body.len() > most {
            return Err(broke(Limit::StringSize));
        }
        Ok(String::from_utf8_lossy(&self.0.body).into_owned())
    }

    /// All headers but `set-cookie`: a session is a secret too. Values of the same name are joined by a comma
    /// (RFC 9110, 5.3).
    fn headers(&self) -> RhaiMap {
        let mut map: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
        for (name, value) in self.0.headers.iter().filter(|(name, _)| !is_hidden(name)) {
            map.entry(name)
                .and_modify(|joined| {
                    joined.push_str(", ");
                    joined.push_str(value);
                })
                .or_insert_with(|| value.clone());
        }
        map.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
    }
}

fn is_hidden(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie")
}

/// Adds what scripts can ask of a response.
pub(super) fn register(module: &mut Module) {
    module.set_getter_fn("status", |response: &mut ResponseHandle| Ok(i64::from(response.0.status)));
    module.set_getter_fn("ok", |response: &mut ResponseHandle| Ok(response.0.is_success()));
    module.set_getter_fn("text", |response: &mut ResponseHandle| response.text());
    module.set_getter_fn("json", |response: &mut ResponseHandle| response.json());
    module.set_getter_fn("headers", |response: &mut ResponseHandle| Ok(response.headers()));
    FuncRegistration::new("header").in_global_namespace().set_into_module(module, header);
}

/// The first header of a name, `()` if there is none.
pub(super) fn header(_: NativeCallContext, response: &mut ResponseHandle, name: &str) -> Answer<Dynamic> {
    let value = response.0.header(name).filter(|_| !is_hidden(name));
    Ok(value.map_or(Dynamic::UNIT, Into::into))
}
