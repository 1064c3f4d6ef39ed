//! Values given as data, by the names of a command's arguments.

use serde_json::{Map, Value};

use super::entered::Entered;
use super::fields::{self, Given};
use super::given::GivenValue;
use super::signature::Signature;
use crate::diagnostic::{Failure, usage};
use crate::text::shown;

/// The most parts of a name with dots.
const MAX_PARTS: usize = 64;

/// The member for the body as a whole, like `--body`.
const BODY: &str = "body";

impl Entered {
    /// The values in an object for a command's arguments, not yet validated: by the names that
    /// [`super::schema::input`] lists, or as the document spells them. A text among them never names a file.
    ///
    /// # Errors
    ///
    /// A member that does not match any argument.
    // Meant for future front ends without words; its tests require the same results as words give.
    #[cfg_attr(not(test), expect(dead_code))]
    pub(crate) fn from_json(signature: &Signature, members: Map<String, Value>) -> Result<Self, Failure> {
        let mut entered = Self { named: vec![None; signature.positionals.len()], ..Self::default() };
        for (name, value) in members {
            let positionals = &signature.positionals;
            let placed = positionals
                .iter()
                .position(|argument| argument.name == name)
                .or_else(|| positionals.iter().position(|argument| argument.wire_name() == name));
            let slot = placed.and_then(|n| entered.named.get_mut(n)).filter(|slot| slot.is_none());
            if let Some(slot) = slot {
                *slot = Some(GivenValue::Json(value));
                continue;
            }
            let parts: Vec<&str> = name.split('.').take(MAX_PARTS + 1).collect();
            let sound = parts.len() <= MAX_PARTS && parts.iter().all(|part| !part.is_empty());
            if let Some((target, used)) = sound.then(|| fields::find(&signature.flags, &parts)).flatten() {
                let inside = parts.get(used..).unwrap_or_default().iter().map(|part| (*part).to_owned());
                let inside = inside.collect();
                entered.flags.push(Given { target, inside, value: GivenValue::Json(value) });
            } else if name == BODY {
                entered.bodies.push(GivenValue::Json(value));
            } else {
                return Err(unknown(signature, &name));
            }
        }
        Ok(entered)
    }
}

fn unknown(signature: &Signature, name: &str) -> Failure {
    let failure = usage(format!("`{}` is not an argument", shown(name)));
    let arguments = signature.positionals.iter().chain(&signature.flags);
    let names = arguments.map(|argument| argument.name.clone()).collect();
    match crate::suggest::nearest(name, names).first() {
        Some(similar) => failure.hint(format!("did you mean `{similar}`?")),
        None => failure.hint("`apicli schema` lists what the command takes"),
    }
}

#[cfg(test)]
mod tests;
