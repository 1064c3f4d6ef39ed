//! Secrets that a command does not ask for itself: from a store's own prompt, standard input or a file. Never from a command
//! line.

use std::io::{IsTerminal as _, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::diagnostic::{Failure, usage};
use crate::person::asked;
use crate::secret::Secret;

/// The longest secret that is read; no token and no certificate chain is this long.
const MAX_SECRET: u64 = 256 * 1024;

/// Asks without showing the answer; `None` if nobody is there.
pub(crate) fn passphrase(question: &str) -> Option<Secret<String>> {
    // Standard input may be the credential itself, so a question goes directly to the terminal.
    if !std::io::stderr().is_terminal() {
        return None;
    }
    asked(|| rpassword::prompt_password(question)).ok().map(Secret::new)
}

/// All of standard input.
pub(crate) fn from_stdin() -> Result<Secret<String>, Failure> {
    read(&mut std::io::stdin().lock(), "standard input")
}

/// All of a file.
pub(crate) fn from_file(path: &Path) -> Result<Secret<String>, Failure> {
    let shown = format!("`{}`", path.display());
    let mut file = std::fs::File::open(path).map_err(|error| {
        usage(format!("cannot read the credential from {shown}: {error}")).hint("check the path")
    })?;
    read(&mut file, &shown)
}

fn read(from: &mut dyn Read, shown: &str) -> Result<Secret<String>, Failure> {
    let failed = |reason: &str| {
        usage(format!("cannot read the credential from {shown}: {reason}")).hint("give it as text")
    };
    // At its maximum size, or growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_SECRET).unwrap_or(0) + 1));
    from.take(MAX_SECRET + 1).read_to_end(&mut bytes).map_err(|error| failed(&error.to_string()))?;
    if bytes.len() as u64 > MAX_SECRET {
        return Err(failed("it is longer than any credential"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not text"))?;
    Ok(Secret::new(text.to_owned()))
}
