//! Names that go deeper than the flags that a command lists: any path in the schema is understood.

use super::fields::{self, Target};
use super::signature::Signature;
use crate::diagnostic::Failure;
use crate::generator;
use crate::model::{Argument, ValueType};
use crate::openapi::Operation;
use crate::plugins::{Found, Plugin};

/// A command with more flags than this may have others that are not listed.
const MANY_FLAGS: usize = 1_000;

impl Signature {
    /// The signature with a flag for every typed name that the plugin's document knows. `names` are as typed, without dashes. The
    /// document is only read if a name is not understood without it.
    pub(crate) fn understanding<'n>(
        self,
        plugin: &Plugin,
        found: &Found,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Self, Failure> {
        let unknown: Vec<Vec<String>> = names
            .map(|name| name.split('.').map(str::to_owned).collect::<Vec<_>>())
            .filter(|parts| self.may_lead_on(parts))
            .collect();
        let Some(facts) = found.facts.as_ref().filter(|_| !unknown.is_empty()) else { return Ok(self) };
        let document = plugin.document()?;
        let operations = document.operations();
        let Some(at) = operations.iter().find(|at| at.pointer == facts.pointer) else { return Ok(self) };
        // Its errors were reported when the plugin was generated.
        let Ok(operation) = Operation::read(&document, at) else { return Ok(self) };
        let mut found = found.clone();
        if let Some(facts) = &mut found.facts {
            facts.arguments = generator::opened_arguments(&document, &operation, &unknown);
        }
        Ok(Self::of(&found))
    }

    /// A name that is not understood but may be in the document.
    fn may_lead_on(&self, parts: &[String]) -> bool {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let nested = parts.len() > 1 && !parts.iter().any(|part| part.is_empty());
        (nested || self.flags.len() >= MANY_FLAGS) && !is_understood(&self.flags, &parts)
    }
}

/// Whether each part of a name has a meaning among these arguments.
fn is_understood(arguments: &[Argument], parts: &[&str]) -> bool {
    let Some((target, used)) = fields::find(arguments, parts) else { return false };
    let Target::Argument(n) = target else { return true };
    let (Some(argument), Some(rest)) = (arguments.get(n), parts.get(used..)) else { return false };
    let in_fields = |from: usize| rest.get(from..).is_some_and(|rest| is_understood(&argument.fields, rest));
    if argument.is_map() {
        // If values are not objects, a key may contain dots.
        rest.len() <= 1 || argument.value_type != ValueType::Json || (1..rest.len()).any(in_fields)
    } else {
        // The number of an item.
        rest.len() <= 1 || in_fields(1)
    }
}
