//! For whom calls are made.

use crate::credentials::Question;

/// Who hears of a call while it runs. Calls of several threads may speak to one person at once.
pub trait Person: Send + Sync {
    /// Says something; never a secret.
    fn note(&self, text: &str);

    /// Puts a question about trust; no where there is nobody to answer.
    fn agrees(&self, question: &Question) -> bool;
}

/// Nobody: what is said goes nowhere, and no question is answered with yes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Person for Silent {
    fn note(&self, _: &str) {}

    fn agrees(&self, _: &Question) -> bool {
        false
    }
}
