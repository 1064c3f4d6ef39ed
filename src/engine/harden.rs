//! The engine's own functions that could exceed time or memory in one step, or exhaust the stack; replaced.
//!
//! The engine checks limits between operations. A function that turns 16 MiB into 256 TiB in a single operation aborts the
//! process before that.

use std::rc::Rc;
use std::time::Duration;

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map as RhaiMap, Module, NativeCallContext};

use super::current::Current;
use super::data::plain_type;
use super::define::{define_method, running};
use super::hidden;
use super::json_text::parse;
use super::limits::Limit;
use super::raise::{Answer, limit};
use super::sorting;
use super::types::Mode;

pub(super) fn register(module: &mut Module, current: &Rc<Current>) {
    sleeping(module, current);
    replacing(module);
    splitting(module);
    showing(module);
    sorting::register(module);
    define_method(module, "parse_json", parse);
}

/// The engine's `sleep` ignores deadlines.
fn sleeping(module: &mut Module, current: &Rc<Current>) {
    let now = Rc::clone(current);
    define_method(module, "sleep", move |context: NativeCallContext, seconds: i64| {
        sleep(&context, &now, Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
    });
    let now = Rc::clone(current);
    define_method(module, "sleep", move |context: NativeCallContext, seconds: f64| {
        let most = if seconds > 0.0 { Duration::MAX } else { Duration::ZERO };
        sleep(&context, &now, Duration::try_from_secs_f64(seconds).unwrap_or(most))
    });
}

fn sleep(context: &NativeCallContext, current: &Current, time: Duration) -> Answer<()> {
    let running = running(current)?;
    if running.mode == Mode::Preview {
        return Ok(());
    }
    if time >= running.clocks.left() {
        return Err(limit(context, Limit::WholeTime));
    }
    running.clocks.outside(|| std::thread::sleep(time));
    Ok(())
}

/// The engine's `replace` builds the whole result before its size is checked.
fn replacing(module: &mut Module) {
    type Text<'a> = &'a mut ImmutableString;
    define_method(module, "replace", |c: NativeCallContext, s: Text, from: &str, to: &str| {
        replace(&c, s, from, to)
    });
    define_method(module, "replace", |c: NativeCallContext, s: Text, from: &str, to: char| {
        replace(&c, s, from, to.encode_utf8(&mut [0; 4]))
    });
    define_method(module, "replace", |c: NativeCallContext, s: Text, from: char, to: &str| {
        replace(&c, s, from.encode_utf8(&mut [0; 4]), to)
    });
    define_method(module, "replace", |c: NativeCallContext, s: Text, from: char, to: char| {
        replace(&c, s, from.encode_utf8(&mut [0; 4]), to.encode_utf8(&mut [0; 4]))
    });
}

fn replace(context: &NativeCallContext, text: &mut ImmutableString, from: &str, to: &str) -> Answer<()> {
    let most = context.engine().max_string_size();
    if to.len() > from.len() {
        let growth = text.matches(from).count().saturating_mul(to.len() - from.len());
        if text.len().saturating_add(growth) > most {
            return Err(limit(context, Limit::StringSize));
        }
    }
    *text = text.replace(from, to).into();
    Ok(())
}

/// The engine's `split` and `to_chars` make a value of about 80 bytes for each byte of a text.
fn splitting(module: &mut Module) {
    type Text<'a> = &'a mut ImmutableString;
    define_method(module, "split", |c: NativeCallContext, s: Text| pieces(&c, s.split_whitespace()));
    define_method(module, "split", |c: NativeCallContext, s: Text, by: &str| pieces(&c, s.split(by)));
    define_method(module, "split", |c: NativeCallContext, s: Text, by: char| pieces(&c, s.split(by)));
    define_method(module, "split", |c: NativeCallContext, s: Text, by: &str, n: i64| {
        pieces(&c, s.splitn(count(n), by))
    });
    define_method(module, "split", |c: NativeCallContext, s: Text, by: char, n: i64| {
        pieces(&c, s.splitn(count(n), by))
    });
    define_method(module, "split_rev", |c: NativeCallContext, s: Text, by: &str| pieces(&c, s.rsplit(by)));
    define_method(module, "split_rev", |c: NativeCallContext, s: Text, by: char| pieces(&c, s.rsplit(by)));
    define_method(module, "split_rev", |c: NativeCallContext, s: Text, by: &str, n: i64| {
        pieces(&c, s.rsplitn(count(n), by))
    });
    define_method(module, "split_rev", |c: NativeCallContext, s: Text, by: char, n: i64| {
        pieces(&c, s.rsplitn(count(n), by))
    });
    define_method(module, "to_chars", |c: NativeCallContext, s: Text| pieces(&c, s.chars()));
}

fn count(n: i64) -> usize {
    usize::try_from(n).unwrap_or_default().max(1)
}

fn pieces<T: Into<Dynamic>>(context: &NativeCallContext, pieces: impl Iterator<Item = T>) -> Answer<Array> {
    let most = context.engine().max_array_size();
    let found: Array = pieces.take(most.saturating_add(1)).map(Into::into).collect();
    if found.len() > most { Err(limit(context, Limit::ArraySize)) } else { Ok(found) }
}

/// The engine prints nested values by recursion, with a few kilobytes of stack for each level.
fn showing(module: &mut Module) {
    for name in ["to_string", "to_debug", "print", "debug"] {
        define_method(module, name, |c: NativeCallContext, array: &mut Array| {
            array.iter().try_for_each(hidden::open)?;
            let mut shown = Shown { text: String::new(), most: c.engine().max_string_size() };
            shown.array(array, 0).map_err(|which| limit(&c, which))?;
            Ok(ImmutableString::from(shown.text))
        });
        define_method(module, name, |c: NativeCallContext, map: &mut RhaiMap| {
            map.values().try_for_each(hidden::open)?;
            let mut shown = Shown { text: String::new(), most: c.engine().max_string_size() };
            shown.map(map, 0).map_err(|which| limit(&c, which))?;
            Ok(ImmutableString::from(shown.text))
        });
    }
}

/// A value as a script would write it.
struct Shown {
    text: String,
    most: usize,
}

impl Shown {
    const DEPTH: usize = 100;

    fn push(&mut self, text: &str) -> Result<(), Limit> {
        if self.text.len().saturating_add(text.len()) > self.most {
            return Err(Limit::StringSize);
        }
        self.text.push_str(text);
        Ok(())
    }

    fn array(&mut self, items: &Array, depth: usize) -> Result<(), Limit> {
        self.push("[")?;
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.push(", ")?;
            }
            self.value(item, depth + 1)?;
        }
        self.push("]")
    }

    fn map(&mut self, fields: &RhaiMap, depth: usize) -> Result<(), Limit> {
        self.push("#{")?;
        for (n, (key, item)) in fields.iter().enumerate() {
            if n > 0 {
                self.push(", ")?;
            }
            self.push(&format!("{key:?}: "))?;
            self.value(item, depth + 1)?;
        }
        self.push("}")
    }

    fn value(&mut self, value: &Dynamic, depth: usize) -> Result<(), Limit> {
        if depth > Self::DEPTH {
            return Err(Limit::Nesting);
        }
        if let Some(items) = value.read_lock::<Array>() {
            self.array(&items, depth)
        } else if let Some(fields) = value.read_lock::<RhaiMap>() {
            self.map(&fields, depth)
        } else if let Some(text) = value.read_lock::<ImmutableString>() {
            self.push(&format!("{:?}", text.as_str()))
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            self.push(&format!(
                "Fn({})",
                if function.is_anonymous() { "closure" } else { function.fn_name() }
            ))
        } else if value.is_unit() {
            self.push("()")
        } else if value.is_variant() {
            self.push(plain_type(value))
        } else {
            self.push(&value.to_string())
        }
    }
}
