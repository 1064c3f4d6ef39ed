//! From a document's operations to the names of its commands: survey, candidate names, settling.

use super::command_path::CommandPath;
use super::crud::OperationNames;
use super::settle::{Claim, settle};
use super::survey::{Subject, Survey};
use crate::parallel;

/// What each operation is called.
#[derive(Debug)]
pub(crate) struct Placed {
    /// One for each operation, all different.
    pub(crate) places: Vec<CommandPath>,
    /// The parameters of each that belong to the document's scope.
    pub(crate) scopes: Vec<Vec<String>>,
    /// The indexes of those that had to give way to another.
    pub(crate) renamed: Vec<usize>,
}

/// Finds a name for each operation.
///
/// `plugin` is the plugin's name; `known` gives the name that an operation had before, which it keeps.
pub(crate) fn place_all(
    subjects: &[Subject<'_>],
    plugin: &str,
    known: &dyn Fn(&Subject<'_>) -> Option<CommandPath>,
) -> Placed {
    let survey = Survey::read(subjects, plugin);
    let names = OperationNames::new(subjects, &survey);
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
