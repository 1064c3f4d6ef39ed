//! The Rhai host: compiles scripts, runs one function of one, and keeps it inside its limits. The only layer that
//! names rhai.
//!
//! A script may come from someone the machine's owner does not know. It can only use the natives, never sees a secret, calls
//! only the hosts of the manifest, and ends within bounded time and memory.
//!
//! `hooks.rhai` may have three functions, each called with one value and never while another of them runs:
//! `before_send(request)` may add to the request; `after_response(response)` and `on_error(error)` may return
//! something other than `()`, which `send()` then returns instead of the answer or the failure.
//!
//! [`Script::compile`] and [`run`] are the main entry points; [`check`] examines a script without running it. Engines are
//! kept per thread, so a second call on the same thread is cheaper than the first.

mod answer;
mod api_message;
mod assemble;
mod budget;
mod call;
mod check;
mod clocks;
mod compile;
mod convert;
mod crowd;
mod current;
mod data;
mod declared;
mod define;
mod draft;
mod error;
mod facts;
mod fatal;
mod field;
mod guarded;
mod guards;
mod harden;
mod hidden;
mod host;
mod json;
mod json_text;
mod limits;
mod list;
mod media_range;
mod memory;
mod methods;
mod names;
mod natives;
mod nesting;
mod parts;
mod places;
mod raise;
mod refusal;
mod response;
mod script;
mod send;
mod sorting;
mod stand_ins;
mod stdlib;
mod trace;
mod types;
mod value;
mod wire;

pub use call::run;
pub use check::{Problem, check};
pub use declared::DeclaredFlag;
pub use error::{Error, Place};
pub use limits::{Limit, Limits, Silence};
pub use script::{Function, Script, Source};
pub use types::{Call, Code, FileAt, InputBody, Mode, Outcome, Sender, To, Values};

#[cfg(test)]
mod tests;
