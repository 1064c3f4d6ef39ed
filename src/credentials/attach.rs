use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;

use super::environment::{Environment, scheme_variable, token_variable};
use super::keyring_store::{Keyring, Stored, Unavailable, Vault, user};
use super::scheme::{attachment, clean};
use super::{Error, preferred_scheme};
use crate::http::Attachment;
use crate::model::{AuthScheme, Manifest, Origin, SecurityAlternative};
use crate::secret::Secret;

/// Something that has credentials for a plugin's operations.
pub trait CredentialSource {
    /// The credentials of one of `alternatives` (OpenAPI 3.0, Security Requirement Object), for a request to
    /// `origin`.
    ///
    /// No alternative at all means that none are needed, and none are attached. An alternative without schemes
    /// means that they are optional: what is at hand is attached.
    fn attach(&self, alternatives: &[SecurityAlternative], origin: &Origin)
    -> Result<Vec<Attachment>, Error>;
}

/// The credentials of one plugin: from the environment, then from the platform's keyring.
///
/// The keyring is asked only if the environment satisfies no alternative, and once for each scheme: a call that
/// sends many requests needs a new value of this type to see a later login.
pub struct Credentials {
    plugin: String,
    auth: IndexMap<String, AuthScheme>,
    preferred: Option<String>,
    origins: Vec<Origin>,
    named: Option<Origin>,
    environment: Environment,
    vault: Box<dyn Vault>,
    asked: Mutex<IndexMap<String, Answer>>,
}

/// What the keyring said about one scheme.
#[derive(Clone)]
enum Answer {
    Found(Secret<String>, Vec<Origin>),
    Nothing,
    Damaged,
    Unavailable(String),
}

/// What stood in the way while the stores were searched; the worst is told.
#[derive(Default)]
struct Obstacles {
    refused: Option<Error>,
    keyring: Option<String>,
}

impl Credentials {
    /// The credentials of `plugin`. `named_origin` is the server that the person named on the command line; to it
    /// they go as well as to those of the manifest.
    pub fn new(plugin: &str, manifest: &Manifest, named_origin: Option<Origin>) -> Self {
        Self::with_stores(plugin, manifest, named_origin, Environment::process(), Box::new(Keyring))
    }

    pub(super) fn with_stores(
        plugin: &str,
        manifest: &Manifest,
        named: Option<Origin>,
        environment: Environment,
        vault: Box<dyn Vault>,
    ) -> Self {
        Self {
            plugin: plugin.to_owned(),
            auth: manifest.auth.clone(),
            preferred: preferred_scheme(manifest).map(str::to_owned),
            origins: manifest.origins(),
            named,
            environment,
            vault,
            asked: Mutex::default(),
        }
    }

    fn is_preferred(&self, scheme: &str) -> bool {
        self.preferred.as_deref() == Some(scheme)
    }

    fn environment_value(&self, scheme: &str) -> Result<Option<Secret<String>>, Error> {
        let found = self.environment.variables(&self.plugin, scheme, self.is_preferred(scheme));
        match found.into_iter().next() {
            Some((variable, value)) => clean(value, &format!("`{variable}`")).map(Some),
            None => Ok(None),
        }
    }

    fn keyring_value(
        &self,
        scheme: &str,
        origin: &Origin,
        obstacles: &mut Obstacles,
    ) -> Option<Secret<String>> {
        match self.ask(scheme) {
            // The person's own word counts as much as the binding, which is a person's too.
            Answer::Found(value, bound) if bound.contains(origin) || self.named.as_ref() == Some(origin) => {
                return Some(value);
            }
            Answer::Found(_, bound) => {
                obstacles.refused.get_or_insert(Error::Unbound {
                    plugin: self.plugin.clone(),
                    scheme: scheme.to_owned(),
                    origin: origin.clone(),
                    bound,
                });
            }
            Answer::Damaged => {
                obstacles.refused.get_or_insert(Error::BadEntry {
                    plugin: self.plugin.clone(),
                    scheme: scheme.to_owned(),
                });
            }
            Answer::Unavailable(reason) => obstacles.keyring = Some(reason),
            Answer::Nothing => {}
        }
        None
    }

    fn ask(&self, scheme: &str) -> Answer {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = asked.get(scheme) {
            return answer.clone();
        }
        // One that did not answer is not waited for again.
        if let Some(down) = asked.values().find(|answer| matches!(answer, Answer::Unavailable(_))) {
            return down.clone();
        }
        let answer = match self.vault.get(&user(&self.plugin, scheme)) {
            Ok(Some(text)) => match Stored::parse(&text) {
                Some(stored) => Answer::Found(stored.secret, stored.origins),
                None => Answer::Damaged,
            },
            Ok(None) => Answer::Nothing,
            Err(Unavailable { reason }) => Answer::Unavailable(reason),
        };
        asked.insert(scheme.to_owned(), answer.clone());
        answer
    }

    /// All schemes of `alternative`, or `None` at the first that `value` has nothing for.
    fn whole(
        &self,
        alternative: &SecurityAlternative,
        mut value: impl FnMut(&str) -> Result<Option<Secret<String>>, Error>,
    ) -> Result<Option<Vec<Attachment>>, Error> {
        let mut attachments = Vec::with_capacity(alternative.len());
        for name in alternative {
            let Some(value) = value(name)? else { return Ok(None) };
            match self.auth.get(name).and_then(|scheme| attachment(scheme, value)) {
                Some(attachment) => attachments.push(attachment),
                None => return Ok(None),
            }
        }
        Ok(Some(attachments))
    }

    /// Why a scheme can never have a value here.
    fn defect(&self, scheme: &str) -> Option<Error> {
        match self.auth.get(scheme) {
            None => Some(Error::UnknownScheme {
                plugin: self.plugin.clone(),
                scheme: scheme.to_owned(),
                known: self.auth.keys().cloned().collect(),
            }),
            Some(AuthScheme::Unsupported { kind }) => {
                Some(Error::Unsupported { scheme: scheme.to_owned(), kind: kind.clone() })
            }
            Some(_) => None,
        }
    }

    /// What to say when no alternative could be satisfied: the one that a person satisfies most easily.
    fn missing(&self, usable: &[&SecurityAlternative], obstacles: Obstacles) -> Option<Error> {
        if obstacles.refused.is_some() {
            return obstacles.refused;
        }
        let single = usable.iter().find(|alternative| match alternative.as_slice() {
            [scheme] => self.is_preferred(scheme),
            _ => false,
        });
        let alternative = single.or_else(|| usable.first())?;
        let schemes: Vec<String> = alternative
            .iter()
            .filter(|scheme| {
                !matches!(self.environment_value(scheme), Ok(Some(_)))
                    && !matches!(self.ask(scheme), Answer::Found(..))
            })
            .cloned()
            .collect();
        let variables = schemes.iter().map(|scheme| {
            if self.is_preferred(scheme) {
                token_variable(&self.plugin)
            } else {
                scheme_variable(&self.plugin, scheme)
            }
        });
        Some(Error::Missing {
            plugin: self.plugin.clone(),
            variables: variables.collect(),
            preferred: matches!(schemes.as_slice(), [scheme] if self.is_preferred(scheme)),
            schemes,
            keyring: obstacles.keyring,
        })
    }
}

impl CredentialSource for Credentials {
    fn attach(
        &self,
        alternatives: &[SecurityAlternative],
        origin: &Origin,
    ) -> Result<Vec<Attachment>, Error> {
        if !self.origins.contains(origin) && self.named.as_ref() != Some(origin) {
            return Err(Error::ForeignOrigin { plugin: self.plugin.clone(), origin: origin.clone() });
        }
        let usable: Vec<&SecurityAlternative> = alternatives
            .iter()
            .filter(|alternative| {
                !alternative.is_empty() && alternative.iter().all(|scheme| self.defect(scheme).is_none())
            })
            .collect();
        for alternative in &usable {
            if let Some(attachments) = self.whole(alternative, |scheme| self.environment_value(scheme))? {
                return Ok(attachments);
            }
        }
        let mut obstacles = Obstacles::default();
        for alternative in &usable {
            let attachments = self.whole(alternative, |scheme| {
                let own = self.environment_value(scheme)?;
                Ok(own.or_else(|| self.keyring_value(scheme, origin, &mut obstacles)))
            })?;
            if let Some(attachments) = attachments {
                return Ok(attachments);
            }
        }
        let optional = alternatives.is_empty() || alternatives.iter().any(Vec::is_empty);
        if optional {
            return Ok(Vec::new());
        }
        let defect = || alternatives.iter().flatten().find_map(|scheme| self.defect(scheme));
        match self.missing(&usable, obstacles).or_else(defect) {
            Some(error) => Err(error),
            None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
#[path = "attach_tests.rs"]
mod tests;
