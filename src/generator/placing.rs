//! From a document's operations to the names of its commands: survey, places, settling.

use super::crud::{Names, Place};
use super::settle::{Claim, settle};
use super::survey::{Subject, Survey};
use crate::parallel;

/// Where each operation stands, all of them different, and the indexes of those that had to give way to another.
///
/// `plugin` is the plugin's name; `known` gives the place that an operation had before, which it keeps.
pub(crate) fn place_all(
    subjects: &[Subject<'_>],
    plugin: &str,
    known: &dyn Fn(&Subject<'_>) -> Option<Place>,
) -> (Vec<Place>, Vec<usize>) {
    let survey = Survey::read(subjects, plugin);
    let names = Names::new(subjects, &survey);
    let mut claims = Vec::with_capacity(subjects.len());
    let numbers: Vec<usize> = (0..subjects.len()).collect();
    let firsts = parallel::map(&numbers, |n| names.first(*n));
    for ((subject, route), first) in subjects.iter().zip(&survey.routes).zip(firsts) {
        let known = known(subject);
        let settled_before = known.is_some();
        if let Some(place) = known.or(first) {
            claims.push(Claim {
                place,
                method: subject.method,
                path: subject.path,
                version: route.version.as_deref(),
                siblings: survey.methods(&route.parts),
                scoped: survey.scope_of(&route.parts).is_some(),
                settled_before,
            });
        }
    }
    let renamed = settle(&mut claims, &|n| names.all(n));
    let renamed = renamed.into_iter().filter(|n| claims.get(*n).is_some_and(|claim| !claim.settled_before));
    let renamed = renamed.collect();
    (claims.into_iter().map(|claim| claim.place).collect(), renamed)
}

#[cfg(test)]
#[path = "placing_tests.rs"]
mod tests;
