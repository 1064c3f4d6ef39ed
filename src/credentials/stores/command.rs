//! A command of the user's that prints the credential, such as a password manager's.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::json_file::JsonFile;
use super::{StoreKind, Unavailable, Vault};
use crate::credentials::entry::{About, Entry};
use crate::credentials::scheme::clean;
use crate::model::Origin;
use crate::secret::Secret;

/// How long a command may take; the user may have to touch a sensor.
const PATIENCE: Duration = Duration::from_secs(120);

/// The most bytes of its output that are read.
const MAX_OUTPUT: u64 = 64 * 1024;

/// `commands.json`: which command prints which credential. It is the user's, not a part of a plugin: a plugin's folder
/// can come from anywhere, and must not be able to run anything.
#[derive(Debug)]
pub(in crate::credentials) struct Command(JsonFile);

#[derive(Debug, Deserialize, Serialize)]
struct Line {
    command: String,
    origins: Vec<Origin>,
}

impl Command {
    /// The file in `folder`.
    pub(in crate::credentials) fn new(folder: &Path) -> Self {
        Self(JsonFile::new(folder, "commands.json"))
    }

    fn line(&self, name: &str) -> Result<Option<Line>, Unavailable> {
        Ok(self.0.read::<Line>()?.remove(name))
    }
}

impl Vault for Command {
    fn kind(&self) -> StoreKind {
        StoreKind::Command
    }

    fn get(&self, name: &str) -> Result<Option<Secret<String>>, Unavailable> {
        let Some(Line { command, origins }) = self.line(name)? else { return Ok(None) };
        let secret = output(&command)?;
        let secret = clean(secret, "the command's output")
            .map_err(|_| Unavailable::new(format!("`{command}` printed nothing that can be a credential")))?;
        Ok(Entry::new(secret, origins).text())
    }

    /// The entry's secret is the command.
    fn set(&self, name: &str, value: &Secret<String>) -> Result<(), Unavailable> {
        let entry = Entry::parse(value).ok_or_else(|| Unavailable::new("the entry cannot be written"))?;
        let line = Line { command: entry.secret.expose().clone(), origins: entry.origins };
        self.0.change(|lines| {
            lines.insert(name.to_owned(), line);
            Ok(())
        })
    }

    fn names(&self) -> Vec<String> {
        self.0.read::<Line>().unwrap_or_default().into_keys().collect()
    }

    fn remove(&self, name: &str) -> Result<bool, Unavailable> {
        if self.line(name)?.is_none() {
            return Ok(false);
        }
        self.0.change(|lines: &mut BTreeMap<String, Line>| Ok(lines.remove(name).is_some()))
    }

    fn about(&self, name: &str) -> Result<Option<About>, Unavailable> {
        let about =
            |line: Line| About { origins: line.origins, command: Some(line.command), ..About::default() };
        Ok(self.line(name)?.map(about))
    }
}

/// What a command prints. Its questions and errors go to the terminal.
pub(in crate::credentials) fn output(command: &str) -> Result<Secret<String>, Unavailable> {
    let failed = |reason: &str| Unavailable::new(format!("`{command}` {reason}"));
    let mut process = if cfg!(windows) { Process::new("cmd") } else { Process::new("sh") };
    process.args([if cfg!(windows) { "/C" } else { "-c" }, command]);
    let mut child =
        process.stdout(Stdio::piped()).spawn().map_err(|error| failed(&format!("cannot be run: {error}")))?;
    let Some(mut stdout) = child.stdout.take() else { return Err(failed("has no output")) };
    let reader = std::thread::spawn(move || {
        use std::io::Read as _;
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_OUTPUT).unwrap_or(0) + 1));
        stdout.by_ref().take(MAX_OUTPUT + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("took longer than two minutes"));
            }
            Err(error) => return Err(failed(&error.to_string())),
        }
    };
    if !status.success() {
        return Err(failed(&match status.code() {
            Some(code) => format!("ended with exit code {code}"),
            None => "was ended by a signal".to_owned(),
        }));
    }
    let Ok(Ok(bytes)) = reader.join() else {
        return Err(failed("printed something that cannot be read"));
    };
    if bytes.len() as u64 > MAX_OUTPUT {
        return Err(failed("printed more than 64 KiB"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => Err(failed("printed something that is not UTF-8 text")),
    }
}
