//! A shell in a terminal of its own, and a person at it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};

use crate::environment::TestEnvironment;

/// A busy machine may take long for what takes milliseconds.
const DEADLINE: Duration = Duration::from_secs(60);

/// An interactive shell. What is typed before it reads is not lost.
pub(super) struct Terminal {
    keys: File,
    shown: Receiver<Vec<u8>>,
    /// Everything that was shown.
    screen: Vec<u8>,
    /// What of it was looked at.
    seen: usize,
    shell: Child,
}

impl Terminal {
    /// Starts `shell`, whose own file of settings holds `settings`; `bin` comes first in PATH.
    pub(super) fn start(shell: &str, environment: &TestEnvironment, bin: &str, settings: &str) -> Self {
        let home = environment.root().join("home");
        let (file, arguments): (PathBuf, Vec<String>) = match shell {
            "zsh" => (home.join(".zshrc"), vec!["-i".to_owned()]),
            "fish" => (home.join("config/fish/config.fish"), vec!["-i".to_owned()]),
            "bash" => {
                let file = home.join("bashrc");
                let arguments = ["--rcfile", &file.display().to_string(), "-i"].map(str::to_owned);
                (file, arguments.to_vec())
            }
            // dash.
            _ => (home.join("rc"), vec!["-i".to_owned()]),
        };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, settings).unwrap();
        let size = Winsize { ws_row: 50, ws_col: 4000, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        // A session of its own, whose terminal this is.
        let mut command = environment.other_program("setsid");
        command.args(["--ctty", "--wait", shell]).args(arguments);
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        command
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .env("ENV", &file)
            .env("TERM", "dumb")
            .env("LC_ALL", "C.UTF-8");
        command.env("PATH", format!("{bin}:/usr/bin:/bin"));
        let shell = command.spawn().unwrap();
        drop((command, pty.slave));
        let keys = File::from(pty.master);
        let mut screen = keys.try_clone().unwrap();
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = screen.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { keys, shown, screen: Vec::new(), seen: 0, shell }
    }

    /// Everything that was shown so far.
    pub(super) fn screen(&self) -> &[u8] {
        &self.screen
    }

    /// Types keys.
    pub(super) fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown, after what was waited for before.
    #[track_caller]
    pub(super) fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + DEADLINE;
        loop {
            let new = &self.screen[self.seen..];
            if let Some(at) = new.windows(text.len()).position(|part| part == text.as_bytes()) {
                self.seen += at + text.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.shown.recv_timeout(left) {
                Ok(more) => self.screen.extend(more),
                Err(error) => {
                    let new = String::from_utf8_lossy(&self.screen[self.seen..]);
                    panic!("`{text}` did not come ({error}); instead: {new:?}");
                }
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
