//! The functions that scripts can call, in namespaces that no script can shadow.

use std::rc::Rc;

use rhai::{Dynamic, ImmutableString, Module, NativeCallContext};
use serde_json::Value;

use super::budget::Budget;
use super::current::{Current, current};
use super::define::{define, define_method, running};
use super::draft::{CredentialHandle, Draft, RequestHandle, TargetError};
use super::field::FileHandle;
use super::json::{self, Unread};
use super::json_text::parse;
use super::list::List;
use super::raise::{Answer, broke, limit, placed, refused, thrown};
use super::response::{self, ResponseHandle};
use super::value::to_json;
use super::{convert, guards, harden, methods};

/// The host's modules: static ones by name, and one with functions that are called as methods.
pub(super) struct Natives {
    /// `http`, `credentials`, `json`, `url`, and `request` for the stand-ins for methods.
    pub(super) spaces: Vec<(&'static str, Rc<Module>)>,
    pub(super) global: Rc<Module>,
}

impl Natives {
    /// Only what makes and sends requests.
    pub(super) fn plain(current: &Rc<Current>) -> Self {
        let mut global = Module::new();
        methods::register(&mut global, current, true);
        Self::indexed(global, vec![("http", http(current))])
    }

    /// Everything else.
    pub(super) fn more(current: &Rc<Current>) -> Self {
        let mut global = Module::new();
        response::register(&mut global);
        harden::register(&mut global, current);
        list_methods(&mut global);
        file_methods(&mut global);
        showing(&mut global);
        let mut stand_ins = Module::new();
        methods::register(&mut stand_ins, current, false);
        define(&mut stand_ins, "header_of", response::header);
        guards::register(&mut stand_ins, current);
        let spaces = vec![
            ("credentials", credentials(current)),
            ("json", json_space(current)),
            ("unit", unit(current)),
            ("url", url()),
            ("request", stand_ins),
        ];
        Self::indexed(global, spaces)
    }

    fn indexed(mut global: Module, spaces: Vec<(&'static str, Module)>) -> Self {
        global.build_index();
        let indexed = |(name, mut module): (&'static str, Module)| {
            module.build_index();
            module.set_id(name);
            (name, Rc::new(module))
        };
        Self { spaces: spaces.into_iter().map(indexed).collect(), global: Rc::new(global) }
    }
}

fn http(_: &Rc<Current>) -> Module {
    let mut module = Module::new();
    for method in ["get", "post", "put", "patch", "delete", "head", "options", "trace"] {
        define(&mut module, method, move |context: NativeCallContext, target: &str| {
            placed(&context, request(&context, method, target))
        });
    }
    define(&mut module, "request", |context: NativeCallContext, method: &str, target: &str| {
        placed(&context, request(&context, method, target))
    });
    module
}

fn request(context: &NativeCallContext, method: &str, target: &str) -> Answer<RequestHandle> {
    // An absolute URL is checked against the manifest when it is sent, where the call's server is as well.
    let draft = Draft::new(method, target).map_err(|error| match error {
        TargetError::Path(error) => {
            thrown(format!("`{target}` is not a path: {error}; set the query with `query`"))
        }
        TargetError::Url => refused(
            context,
            format!("`{target}` is not a URL that a script may call"),
            "begin with `/` for a path on the API's own server, or with `https://`",
        ),
        TargetError::Method => thrown(format!("`{method}` is not an HTTP method")),
    })?;
    Ok(RequestHandle::new(draft))
}

fn credentials(current: &Rc<Current>) -> Module {
    let mut module = Module::new();
    let current = Rc::clone(current);
    define(&mut module, "scheme", move |context: NativeCallContext, name: &str| {
        let running = running(&current)?;
        if running.schemes.iter().any(|known| known == name) {
            return Ok(CredentialHandle(name.to_owned()));
        }
        let plugin = &running.plugin;
        let hint = match running.schemes.as_slice() {
            [] => format!("the manifest of `{plugin}` lists no scheme under `auth`"),
            names => format!("the schemes of `{plugin}` are `{}`", names.join("`, `")),
        };
        Err(refused(&context, format!("`{plugin}` has no credential scheme `{name}`"), hint))
    });
    module
}

fn json_space(current: &Rc<Current>) -> Module {
    let mut module = Module::new();
    define(&mut module, "parse", |context: NativeCallContext, text: &str| placed(&context, parse(text)));
    define(&mut module, "stringify", |context: NativeCallContext, value: Dynamic| {
        let json = placed(&context, to_json(&value).map_err(thrown))?;
        let text = convert::text(&json, context.engine().max_string_size())
            .map_err(|which| limit(&context, which))?;
        Ok(ImmutableString::from(text))
    });
    define(&mut module, "list", || Ok(List::default()));
    // One field of an answer, `()` if it is missing; the others are not converted.
    define(&mut module, "field", |context: NativeCallContext, response: ResponseHandle, field: &str| {
        placed(&context, self::field(&response, field))
    });
    let current = Rc::clone(current);
    // Adds the array in a field of an answer (the answer itself for an empty name) to the list; returns how many items
    // there were.
    define(
        &mut module,
        "gather",
        move |context: NativeCallContext, list: List, response: ResponseHandle, field: &str| {
            let running = running(&current)?;
            let room = running.limits.memory.saturating_sub(list.bytes());
            let mut budget = Budget::of_call().with_bytes(room);
            let items = placed(&context, items(&response, field, &mut budget))?;
            if response.0.is_hidden() {
                list.hide(&response.0);
            }
            let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let bytes = room.saturating_sub(budget.bytes_left());
            list.extend(items, bytes, &running.limits).map_err(|which| limit(&context, which))?;
            Ok(count)
        },
    );
    module
}

fn field(response: &ResponseHandle, field: &str) -> Answer<Dynamic> {
    let mut budget = Budget::of_call();
    match json::host_field(response.0.own()?.body.bytes(), field, &mut budget).map_err(unread)? {
        // It may contain a secret.
        Some(value) if response.0.is_hidden() => response.0.value(&value),
        Some(value) => convert::to_script(&value, &mut budget).map_err(broke),
        None => Ok(Dynamic::UNIT),
    }
}

/// An answer that could not be read, as an error.
fn unread(unread: Unread) -> Box<rhai::EvalAltResult> {
    match unread {
        Unread::Limit(limit) => broke(limit),
        Unread::Json(error) => thrown(format!("the answer is not readable JSON: {error}")),
    }
}

fn items(response: &ResponseHandle, field: &str, budget: &mut Budget) -> Answer<Vec<Value>> {
    let body = response.0.own()?.body.bytes();
    let found = if field.is_empty() {
        json::host_value(body, budget).map(Some)
    } else {
        json::host_field(body, field, budget)
    };
    match found.map_err(unread)? {
        Some(Value::Array(items)) => Ok(items),
        Some(Value::Null) | None if !field.is_empty() => {
            Err(thrown(format!("the answer has no list `{field}`")))
        }
        _ => Err(thrown("the answer is not a list")),
    }
}

/// Called by the standard library before each further page and each further attempt, so that limits count for each of them and
/// not for all together. A script could call it too, but gains nothing that `pages` does not give it: without an answer from a
/// server no new unit begins, and the clock of the whole call keeps running.
fn unit(current: &Rc<Current>) -> Module {
    let mut module = Module::new();
    let current = Rc::clone(current);
    define(&mut module, "begin", move || {
        current.anew();
        Ok(())
    });
    module
}

fn url() -> Module {
    let mut module = Module::new();
    define(&mut module, "encode", |text: &str| {
        // RFC 3986, 2.3: everything but the unreserved characters.
        const RESERVED: &percent_encoding::AsciiSet =
            &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        Ok(ImmutableString::from(percent_encoding::utf8_percent_encode(text, RESERVED).to_string()))
    });
    module
}

/// What a script may know about a file.
fn file_methods(module: &mut Module) {
    module.set_getter_fn("name", |file: &mut FileHandle| Ok(ImmutableString::from(file.0.name.as_str())));
    module.set_getter_fn("size", |file: &mut FileHandle| {
        let size = file.0.size().and_then(|size| i64::try_from(size).ok());
        Ok(size.map_or(Dynamic::UNIT, Dynamic::from))
    });
}

fn list_methods(module: &mut Module) {
    module.set_getter_fn("length", |list: &mut List| Ok(i64::try_from(list.len()).unwrap_or(i64::MAX)));
    module.set_getter_fn("items", |list: &mut List| {
        if list.is_hidden() {
            return list.open(&Value::Array(list.with(<[Value]>::to_vec)));
        }
        let items = list.with(|items| convert::script_array(items, &mut Budget::of_call())).map_err(broke)?;
        Ok(Dynamic::from(items))
    });
    // A field of the last item, `()` if it is missing.
    define_method(module, "last", |list: &mut List, field: &str| {
        list.with(|items| match items.last().and_then(|item| item.get(field)) {
            Some(value) => list.open(value),
            None => Ok(Dynamic::UNIT),
        })
    });
    // Adds one item, at a cost that does not grow with the list.
    define_method(module, "push", |context: NativeCallContext, list: &mut List, item: Dynamic| {
        let item = to_json(&item).map_err(thrown)?;
        let bytes = convert::weight(&item);
        let now = current().running().map(|running| running.limits.clone()).unwrap_or_default();
        list.extend(vec![item], bytes, &now).map_err(|which| limit(&context, which))
    });
}

/// How the host's own types print: never with their content.
fn showing(module: &mut Module) {
    for name in ["to_string", "to_debug", "print", "debug"] {
        define_method(module, name, |request: &mut RequestHandle| {
            let draft = request.0.borrow();
            Ok(ImmutableString::from(format!("{} {}", draft.method, draft.path)))
        });
        define_method(module, name, |response: &mut ResponseHandle| {
            Ok(ImmutableString::from(format!("response {}", response.0.own()?.status)))
        });
        define_method(module, name, |credential: &mut CredentialHandle| {
            Ok(ImmutableString::from(format!("credential({})", credential.0)))
        });
        define_method(module, name, |file: &mut FileHandle| {
            Ok(ImmutableString::from(format!("file({})", file.0.name)))
        });
        define_method(module, name, |list: &mut List| {
            Ok(ImmutableString::from(format!("list of {}", list.len())))
        });
    }
}
