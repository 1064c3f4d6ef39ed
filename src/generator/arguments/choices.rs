//! The alternatives of an object, and what each needs.

use std::collections::HashSet;

use super::limits::{MAX_CHOICES, MAX_NAMED};
use crate::model::Alternative;
use crate::openapi::{Choice, Shape};

/// The alternatives of a body, under distinct names.
pub(super) fn choices(shape: &Shape<'_>) -> Vec<Alternative> {
    let property = shape.discriminator.as_ref().map(|(property, _)| *property);
    let mut names = HashSet::new();
    let choices = shape.choices.iter().take(MAX_CHOICES);
    choices
        .map(|choice| Alternative {
            name: unique(&choice.name, &mut names),
            required: needs(shape, choice).map(str::to_owned).collect(),
            discriminator: property
                .zip(choice.value.as_ref())
                .map(|(p, value)| (p.to_owned(), value.clone())),
        })
        .collect()
}

/// What a choice requires in addition to what all of them do.
fn needs<'s>(shape: &'s Shape<'_>, choice: &'s Choice<'_>) -> impl Iterator<Item = &'s str> {
    let beside = shape.required.iter().copied().filter(|name| {
        choice.properties.contains(name) && !choice.required.contains(name) && !is_required(shape, name)
    });
    choice.required.iter().copied().chain(beside)
}

fn unique(name: &str, names: &mut HashSet<String>) -> String {
    let mut candidates = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name} {n}")));
    let free = candidates.find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(free.clone());
    free
}

/// The names of the choices that have this property; none if all have it, or if it belongs to none in particular.
pub(super) fn choices_of(choices: &[Choice<'_>], property: &str) -> Vec<String> {
    let with: Vec<&Choice<'_>> =
        choices.iter().filter(|choice| choice.properties.contains(property)).collect();
    if with.len() == choices.len() {
        return Vec::new();
    }
    with.iter().take(MAX_NAMED).map(|choice| choice.name.clone()).collect()
}

/// Whether an object needs this property. What only some of its alternatives have is needed only by them, wherever the
/// document requires it: the others cannot have it.
pub(super) fn is_required(shape: &Shape<'_>, property: &str) -> bool {
    shape.required.contains(property) && choices_of(&shape.choices, property).is_empty()
}
