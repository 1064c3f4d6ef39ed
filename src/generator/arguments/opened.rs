//! Typed names that go deeper than the flags of a command: `--spec.template.spec.items.0.name`.

use std::collections::BTreeSet;

use crate::generator::naming;

/// What remains of typed names after the fields on the way are removed; each is split at its dots.
#[derive(Clone, Debug, Default)]
pub(super) struct Opened(Vec<Vec<String>>);

/// The most parts of a name that are followed.
const MAX_PARTS: usize = 64;

impl Opened {
    /// These names.
    pub(super) fn new(names: &[Vec<String>]) -> Self {
        Self(names.iter().map(|name| name.iter().take(MAX_PARTS).cloned().collect()).collect())
    }

    /// The names without duplicates: continuations are looked up for every prefix of a name.
    fn of(names: impl Iterator<Item = Vec<String>>) -> Self {
        let names: BTreeSet<Vec<String>> = names.collect();
        Self(names.into_iter().collect())
    }

    /// Whether no name continues from here.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What continues from the field `wire`, which may itself contain dots.
    pub(super) fn below(&self, wire: &str) -> Self {
        if self.is_empty() {
            return Self::default();
        }
        let rest = self.0.iter().flat_map(|parts| {
            let ends = 1..parts.len();
            ends.filter(|end| parts.get(..*end).is_some_and(|start| is_field(&start.join("."), wire)))
                .filter_map(|end| parts.get(end..))
                .map(<[String]>::to_vec)
        });
        Self::of(rest)
    }

    /// What continues from an item of this list, after its number.
    pub(super) fn in_item(&self) -> Self {
        let rest = self.0.iter().filter_map(|parts| parts.get(1..).filter(|rest| !rest.is_empty()));
        Self::of(rest.map(<[String]>::to_vec))
    }

    /// What continues from a value of this map, whose keys may contain dots.
    pub(super) fn in_value(&self) -> Self {
        let rest = self.0.iter().flat_map(|parts| (1..parts.len()).filter_map(|end| parts.get(end..)));
        Self::of(rest.map(<[String]>::to_vec))
    }

    /// The field `wire` is named, or something in it.
    pub(super) fn names(&self, wire: &str) -> bool {
        self.0.iter().any(|parts| {
            (1..=parts.len())
                .any(|end| parts.get(..end).is_some_and(|start| is_field(&start.join("."), wire)))
        })
    }
}

/// Whether `typed` means the field `wire`.
fn is_field(typed: &str, wire: &str) -> bool {
    let flag = naming::flag(wire);
    typed == wire || typed == flag || typed.replace('_', "-") == flag
}
