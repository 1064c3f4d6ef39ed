//! The parts of a credential that must not be disclosed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::http::Attachment;

/// The secret texts of a credential.
#[derive(Default)]
pub(super) struct Parts {
    /// Each with the name of the user whose password it is.
    pub(super) texts: Vec<(Zeroizing<String>, Option<Zeroizing<String>>)>,
    /// Base64 of user and password, without padding.
    pub(super) carried: Vec<Zeroizing<String>>,
}

/// The shortest text that is distinctive on its own.
const CARRIED: usize = 8;

pub(super) fn of(credential: &Attachment) -> Parts {
    let mut parts = Parts::default();
    match credential {
        // A server never gets the key, so it can hardly send it back: its lines are enough.
        Attachment::Certificate { pem } => {
            parts.texts.extend(key_lines(pem.expose()).into_iter().map(|line| (line, None)));
        }
        Attachment::Digest { user, password } => parts.pair(user.expose(), password.expose()),
        Attachment::Header { prefix, value, .. } if prefix == "Basic " => {
            match STANDARD.decode(value.expose().as_bytes()).map(Zeroizing::new) {
                Ok(pair) => {
                    let pair = Zeroizing::new(String::from_utf8_lossy(&pair).into_owned());
                    let (user, password) = pair.split_once(':').unwrap_or((&pair, ""));
                    parts.pair(user, password);
                }
                Err(_) => parts.token(value.expose()),
            }
        }
        Attachment::Header { prefix, value, .. } => {
            parts.token(value.expose());
            // Some people also type the scheme's name if the document has a key in a header.
            if let Some((_, bare)) = value.expose().split_once(' ').filter(|_| prefix.is_empty()) {
                parts.token(bare);
            }
        }
        Attachment::Query { value, .. } | Attachment::Cookie { value, .. } => parts.token(value.expose()),
    }
    parts
}

impl Parts {
    fn token(&mut self, text: &str) {
        self.texts.push((Zeroizing::new(text.to_owned()), None));
    }

    /// A name with a password is not a secret: many answers contain it as data. But a key may be used as the name, with
    /// nothing, an `x` or a word such as `api_token` for the password.
    fn pair(&mut self, user: &str, password: &str) {
        if !password.is_empty() {
            let (user, password) = (Zeroizing::new(user.to_owned()), Zeroizing::new(password.to_owned()));
            self.texts.push((password, Some(user)));
        }
        if password.chars().nth(3).is_none() || looks_like_a_key(user) {
            self.token(user);
        }
        let pair = Zeroizing::new(format!("{user}:{password}"));
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = Zeroizing::new(engine.encode(pair.as_bytes()));
            if text.len() >= CARRIED {
                self.carried.push(text);
            } else {
                // A shorter one is only recognised by the word before it.
                self.carried.push(Zeroizing::new(format!("Basic {}", &*text)));
                self.texts.push((text, None));
            }
        }
    }
}

/// Whether a user name cannot be a person's: long, with letters and digits mixed.
fn looks_like_a_key(user: &str) -> bool {
    user.len() >= 16
        && user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && user.bytes().any(|b| b.is_ascii_digit())
        && user.bytes().any(|b| b.is_ascii_alphabetic())
}

/// The lines of a private key. The certificate itself is public.
fn key_lines(pem: &str) -> Vec<Zeroizing<String>> {
    let mut in_key = false;
    let mut lines = Vec::new();
    for line in pem.lines().map(str::trim) {
        if line.starts_with("-----") {
            in_key = line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY");
        } else if in_key && line.len() >= CARRIED {
            lines.push(Zeroizing::new(line.to_owned()));
        }
    }
    lines
}
