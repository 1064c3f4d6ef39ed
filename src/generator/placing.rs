//! From a document's operations to the names of its commands: survey, places, settling.

use super::crud::{Place, places};
use super::settle::{Claim, settle};
use super::survey::{Subject, Survey};

/// Where each operation stands, all of them different, and the indexes of those that had to give way to another.
///
/// `plugin` is the plugin's name; `known` gives the place that an operation had before, which it keeps.
pub(crate) fn place_all(
    subjects: &[Subject<'_>],
    plugin: &str,
    known: &dyn Fn(&Subject<'_>) -> Option<Place>,
) -> (Vec<Place>, Vec<usize>) {
    let survey = Survey::read(subjects, plugin);
    let mut claims: Vec<Claim<'_>> = subjects
        .iter()
        .zip(places(subjects, &survey))
        .zip(&survey.routes)
        .map(|((subject, mut places), route)| {
            let known = known(subject);
            let settled_before = known.is_some();
            places.splice(..0, known);
            Claim {
                places,
                method: subject.method,
                path: subject.path,
                version: route.version.as_deref(),
                siblings: survey.methods(&route.parts),
                scoped: survey.scope_of(&route.parts).is_some(),
                settled_before,
            }
        })
        .collect();
    let renamed = settle(&mut claims);
    let renamed = renamed.into_iter().filter(|n| claims.get(*n).is_some_and(|claim| !claim.settled_before));
    let renamed = renamed.collect();
    (claims.into_iter().filter_map(|claim| claim.places.into_iter().next()).collect(), renamed)
}

#[cfg(test)]
#[path = "placing_tests.rs"]
mod tests;
