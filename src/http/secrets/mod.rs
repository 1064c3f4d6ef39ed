//! The secrets of a run, and where they occur in what servers send.
//!
//! Three readers, three rules. A *script* must not learn any in any usual form, nor most of one:
//! [`Secrets::in_script`]. For the *person* a secret is hidden where it occurs in full: [`Secrets::in_data`]. A
//! *message* shows none, however short: [`Secrets::message`]. A weak one (see [`common`]) occurs in data by chance, so
//! only messages hide it.

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

/// The shortest text whose base64 forms are searched for in messages.
const SHORTEST: usize = 6;

/// Every secret that a run got from a store, the environment, a prompt or a login. Shared by the code that gets them
/// and the code that hides them; nothing is prepared before there is a text to search.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Register>>);

#[derive(Default)]
struct Register {
    /// Searched for in data.
    strong: Vec<Zeroizing<String>>,
    /// Base64 of user and password, as in requests; searched for in full.
    carried: Vec<Zeroizing<String>>,
    /// Hidden only in messages.
    weak: Vec<Zeroizing<String>>,
    /// Made from the above when there is something to search.
    needles: Option<Arc<Needles>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl Secrets {
    /// The secrets of a request.
    pub fn of(credentials: &[Attachment]) -> Self {
        let secrets = Self::default();
        credentials.iter().for_each(|credential| secrets.take(credential));
        secrets
    }

    /// Adds what is secret in a credential, whether or not it is sent.
    pub fn take(&self, credential: &Attachment) {
        let parts = parts::of(credential);
        self.change(|register| {
            for (text, user) in parts.texts {
                register.add(text, user.as_ref().map(|user| user.as_str()));
            }
            parts.carried.into_iter().for_each(|text| add(&mut register.carried, text));
        });
    }

    /// Adds a token, key or password on its own.
    pub fn take_token(&self, secret: &Secret<String>) {
        let text = Zeroizing::new(secret.expose().clone());
        self.change(|register| register.add(text, None));
    }

    fn change(&self, change: impl FnOnce(&mut Register)) {
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut register);
        register.needles = None;
    }

    /// Where a server's answer contains a secret that a script must not read, or a part of one: 12 bytes or more, as is
    /// or encoded. In order, without overlaps.
    pub fn in_script(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.needles().map_or_else(Vec::new, |needles| needles.find(text, Extent::Part))
    }

    /// Which of `values`, the headers of one answer, contain halves of a secret that together make up all of it.
    pub fn halves(&self, values: &[&str]) -> Vec<bool> {
        let mut hidden = vec![false; values.len()];
        let register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in &register.strong {
            needles::halves(secret.as_bytes(), values, &mut hidden);
        }
        hidden
    }

    /// Where data for the person contains a secret, in full, as is or encoded. In order, without overlaps.
    pub fn in_data(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.needles().map_or_else(Vec::new, |needles| needles.find(text, Extent::Whole))
    }

    /// Data for the person, as a stream, with marks where [`Secrets::in_data`] finds a secret. It covers the secrets
    /// known so far.
    pub fn hiding<R: Read>(&self, data: R) -> Hiding<R> {
        Hiding::new(data, self.needles())
    }

    /// A message without any secret, including weak ones.
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

    /// Whether a secret of this kind is too common or too short to be searched for in answers. `user` is the name that
    /// belongs to a password.
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
