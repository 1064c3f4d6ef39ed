//! The functions that guards call; see [`super::guarded`].

use std::rc::Rc;

use rhai::{Dynamic, Map as RhaiMap, Module};

use super::current::{Current, Running};
use super::define::{define, running};
use super::hidden;
use super::raise::{Answer, stop};

/// The functions that guards call.
pub(super) fn register(module: &mut Module, current: &Rc<Current>) {
    hidden::guards(module);
    let current = Rc::clone(current);
    define(module, "caught", move |error: Dynamic| caught(&*running(&current)?, &error));
}

/// Lets failures of the network and of servers be caught, which are marked by their kind. Anything else may be about a hidden
/// place once there is one.
fn caught(running: &Running, error: &Dynamic) -> Answer<()> {
    let has_kind = error.read_lock::<RhaiMap>().is_some_and(|map| map.contains_key("kind"));
    if running.sealed.borrow().is_none() || has_kind {
        return Ok(());
    }
    Err(stop(
        "the script caught an error after it was given an answer with a credential in it".to_owned(),
        "such an error may be about the credential, which scripts never see: read other parts of the answer",
    ))
}
