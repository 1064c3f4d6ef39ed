//! The person that calls are made for.

use crate::credentials::Question;

/// Who is informed about a call while it runs. Calls of several threads may address one person at once.
pub trait Person: Send + Sync {
    /// Says something; never a secret.
    fn note(&self, text: &str);

    /// Asks a question about trust; the answer is no if there is nobody to ask.
    fn agrees(&self, question: &Question) -> bool;
}

/// Nobody: messages are discarded, and every question is answered with no.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Person for Silent {
    fn note(&self, _: &str) {}

    fn agrees(&self, _: &Question) -> bool {
        false
    }
}
