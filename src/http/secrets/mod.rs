//! The secrets of a run, and where they stand in what servers say.
//!
//! Three readers, three rules. A *script* must learn none in any usual form, nor most of one: [`Secrets::in_script`]. For
//! the *person* a secret is hidden where it stands whole: [`Secrets::in_data`]. A *message* shows none, however short:
//! [`Secrets::message`]. What is weak (see [`common`]) stands in data by chance, so that only messages hide it.

mod common;
mod cuts;
mod decode;
mod entities;
mod extent;
mod hiding;
mod mark;
mod needles;
mod parts;
mod unescaped;

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use self::extent::Extent;
pub use self::hiding::Hiding;
use self::mark::MARK;
pub use self::mark::masked;
use self::needles::Needles;
use super::{Attachment, forms};
use crate::secret::Secret;

/// The shortest text that has forms in base64 which are looked for in messages.
const SHORTEST: usize = 6;

/// Every secret that a run took from a store, the environment, a prompt or a login. Shared by those who take them and those
/// who hide them; nothing is prepared before there is a text to look at.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Register>>);

#[derive(Default)]
struct Register {
    /// Looked for in data.
    strong: Vec<Zeroizing<String>>,
    /// Base64 of user and password, as requests carry it; looked for whole.
    carried: Vec<Zeroizing<String>>,
    /// Hidden in messages alone.
    weak: Vec<Zeroizing<String>>,
    /// Made of the above when there is something to look at.
    needles: Option<Arc<Needles>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl Secrets {
    /// Those of a request.
    pub fn of(credentials: &[Attachment]) -> Self {
        let secrets = Self::default();
        credentials.iter().for_each(|credential| secrets.take(credential));
        secrets
    }

    /// Adds what is secret in a credential. That it is sent is not needed: it is known from now on.
    pub fn take(&self, credential: &Attachment) {
        let parts = parts::of(credential);
        self.change(|register| {
            for (text, user) in parts.texts {
                register.add(text, user.as_ref().map(|user| user.as_str()));
            }
            parts.carried.into_iter().for_each(|text| add(&mut register.carried, text));
        });
    }

    /// Adds a token, key or password that stands alone.
    pub fn take_token(&self, secret: &Secret<String>) {
        let text = Zeroizing::new(secret.expose().clone());
        self.change(|register| register.add(text, None));
    }

    fn change(&self, change: impl FnOnce(&mut Register)) {
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut register);
        register.needles = None;
    }

    /// Where in what a server said a secret stands that a script must not read, also a part of one: from 12 bytes on, as is
    /// or encoded. In order, without overlaps.
    pub fn in_script(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.needles().map_or_else(Vec::new, |needles| needles.find(text, Extent::Part))
    }

    /// Which of `values`, the headers of one answer, hold halves of a secret that together are all of it.
    pub fn halves(&self, values: &[&str]) -> Vec<bool> {
        let mut hidden = vec![false; values.len()];
        let register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in &register.strong {
            needles::halves(secret.as_bytes(), values, &mut hidden);
        }
        hidden
    }

    /// Where in data for the person a secret stands, whole, as is or encoded. In order, without overlaps.
    pub fn in_data(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.needles().map_or_else(Vec::new, |needles| needles.find(text, Extent::Whole))
    }

    /// Data for the person, read bit by bit, with marks where [`Secrets::in_data`] finds a secret. It knows the secrets that were
    /// taken until now.
    pub fn hiding<R: Read>(&self, data: R) -> Hiding<R> {
        Hiding::new(data, self.needles())
    }

    /// A message without any secret, weak ones included.
    pub fn message<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let places = self.in_script(text.as_bytes());
        let mut clean = Cow::Borrowed(text);
        if !places.is_empty() {
            clean = Cow::Owned(masked(text, &places));
        }
        let register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut weak: Vec<Zeroizing<String>> =
            register.weak.iter().flat_map(|secret| forms::of(secret, SHORTEST)).collect();
        weak.sort_by_key(|form| std::cmp::Reverse(form.len()));
        for form in weak {
            if !form.is_empty() && clean.contains(form.as_str()) {
                clean = Cow::Owned(clean.replace(form.as_str(), MARK));
            }
        }
        clean
    }

    /// Whether a secret of this kind is too common or too short to be looked for in answers. `user` is the name that goes
    /// with a password.
    pub fn is_weak(secret: &str, user: Option<&str>) -> bool {
        common::is_weak(secret, user)
    }

    /// Whether a credential has a part that cannot be hidden in answers, because it is weak.
    pub fn has_weak_part(credential: &Attachment) -> bool {
        let parts = parts::of(credential);
        parts.texts.iter().any(|(text, user)| common::is_weak(text, user.as_ref().map(|user| user.as_str())))
    }

    fn needles(&self) -> Option<Arc<Needles>> {
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if register.strong.is_empty() && register.carried.is_empty() {
            return None;
        }
        if register.needles.is_none() {
            register.needles = Some(Arc::new(Needles::new(&register.strong, &register.carried)));
        }
        register.needles.clone()
    }
}

impl Register {
    fn add(&mut self, text: Zeroizing<String>, user: Option<&str>) {
        let weak = common::is_weak(&text, user);
        add(if weak { &mut self.weak } else { &mut self.strong }, text);
    }
}

fn add(list: &mut Vec<Zeroizing<String>>, text: Zeroizing<String>) {
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

#[cfg(test)]
mod tests;
