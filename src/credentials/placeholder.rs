use indexmap::IndexMap;

use super::scheme::attachment;
use super::{CredentialSource, Error};
use crate::http::Attachment;
use crate::model::{AuthScheme, Manifest, Origin, SecurityAlternative};
use crate::secret::Secret;

/// Credentials for the mock, which accepts any: the word `mock` for every scheme. No store is touched, and there is
/// nothing to protect, so any origin is allowed.
#[derive(Clone, Debug)]
pub struct Placeholder {
    auth: IndexMap<String, AuthScheme>,
}

impl Placeholder {
    /// For the schemes of `manifest`.
    pub fn new(manifest: &Manifest) -> Self {
        Self { auth: manifest.auth.clone() }
    }

    fn whole(&self, alternative: &SecurityAlternative) -> Option<Vec<Attachment>> {
        alternative
            .iter()
            .map(|scheme| attachment(self.auth.get(scheme)?, Secret::from("mock".to_owned())))
            .collect()
    }
}

impl CredentialSource for Placeholder {
    /// The first alternative whose schemes can all be used; nothing if there is none.
    fn attach(&self, alternatives: &[SecurityAlternative], _: &Origin) -> Result<Vec<Attachment>, Error> {
        Ok(alternatives.iter().find_map(|alternative| self.whole(alternative)).unwrap_or_default())
    }
}
