//! From a document's operations to the names of its commands: survey, places, settling.

use super::crud::Names;
use super::place::Place;
use super::settle::{Claim, settle};
use super::survey::{Subject, Survey};
use crate::parallel;

/// Where each operation stands.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Of each operation, all of them different.
    pub(crate) places: Vec<Place>,
    /// The parameters of each that are of the document's scope.
    pub(crate) scopes: Vec<Vec<String>>,
    /// The indexes of those that had to give way to another.
    pub(crate) renamed: Vec<usize>,
}

/// Finds a place for each operation.
///
/// `plugin` is the plugin's name; `known` gives the place that an operation had before, which it keeps.
pub(crate) fn place_all(
    subjects: &[Subject<'_>],
    plugin: &str,
    known: &dyn Fn(&Subject<'_>) -> Option<Place>,
) -> Placed {
    let survey = Survey::read(subjects, plugin);
    let names = Names::new(subjects, &survey);
    let mut claims = Vec::with_capacity(subjects.len());
    let numbers: Vec<usize> = (0..subjects.len()).collect();
    let looked_up = parallel::map(&numbers, |n| {
        let route = survey.routes.get(*n)?;
        let scoped = survey.scope_of(route).is_some();
        Some((names.first(*n), survey.methods(route.shape()), scoped, survey.scope_parameters(route)))
    });
    let mut scopes = Vec::with_capacity(subjects.len());
    for ((subject, route), looked_up) in subjects.iter().zip(&survey.routes).zip(looked_up) {
        let (first, siblings, scoped, scope) = looked_up.unwrap_or_default();
        scopes.push(scope);
        let known = known(subject);
        let settled_before = known.is_some();
        if let Some(place) = known.or(first) {
            claims.push(Claim {
                place,
                method: subject.method,
                path: subject.path,
                version: route.version.as_deref(),
                siblings,
                scoped,
                settled_before,
            });
        }
    }
    let renamed = settle(&mut claims, &|n| names.all(n));
    let renamed = renamed.into_iter().filter(|n| claims.get(*n).is_some_and(|claim| !claim.settled_before));
    let renamed = renamed.collect();
    Placed { places: claims.into_iter().map(|claim| claim.place).collect(), scopes, renamed }
}

#[cfg(test)]
mod tests;
