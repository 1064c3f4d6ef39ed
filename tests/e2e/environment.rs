//! A home of its own for every test, and the program run in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Longer than any command should take in a debug build on a busy machine; a command that takes it has hung.
const DEADLINE: Duration = Duration::from_secs(60);

/// The token that tests are logged in with; it must never be printed.
pub(crate) const SECRET: &str = "sk_test_Zb7-never-shown";

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_apicli");

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Says on standard error, past the test harness's capture, what was not run and how to have it run.
pub(crate) fn not_run(what: &str, how: &str) {
    let _ = writeln!(std::io::stderr(), "not run: {what} ({how})");
}

/// A home, plugins in it, and variables for the program.
pub(crate) struct TestEnvironment {
    root: TempDir,
    plugins: PathBuf,
    variables: Vec<(String, String)>,
}

impl TestEnvironment {
    /// Nothing installed, nobody logged in, no keyring at hand.
    pub(crate) fn new() -> Self {
        let root = TempDir::new().unwrap();
        for dir in ["home", "run", "work"] {
            fs::create_dir(root.path().join(dir)).unwrap();
        }
        let plugins = root.path().join("plugins");
        Self { root, plugins, variables: Vec::new() }
    }

    /// `specs/stripe.yaml` generated, and logged in with [`SECRET`].
    pub(crate) fn stripe() -> Self {
        // Made once; every test gets a copy: the folder, and what is kept of its making in the home.
        static GENERATED: OnceLock<[Files; 2]> = OnceLock::new();
        let files = GENERATED.get_or_init(|| {
            let environment = Self::new();
            environment.run(["gen".as_ref(), repository("specs/stripe.yaml").as_os_str()]).ok();
            [files_below(&environment.plugins), files_below(&environment.home())]
        });
        let environment = Self::new();
        for (files, to) in files.iter().zip([environment.plugins.clone(), environment.home()]) {
            for (path, content) in files {
                let path = to.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let folder = environment.home().join("data/apicli/credentials");
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        environment.with("APICLI_STRIPE_TOKEN", SECRET)
    }

    /// A document of a few lines, generated as the plugin `name`.
    pub(crate) fn generated(name: &str, document: &str) -> Self {
        let environment = Self::new();
        environment.generate(name, document).ok();
        environment
    }

    /// The same with a variable more, or changed.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a variable.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Puts the server `url` in the place of `old`, as if the document that a person named had it.
    pub(crate) fn serve(&self, plugin: &str, old: &str, url: &str) {
        self.edit(&format!("{plugin}/plugin.toml"), old, url);
        let record = self.home().join(format!("data/apicli/credentials/agreed/{plugin}.json"));
        let text = fs::read_to_string(&record).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(record, text.replace(old, url)).unwrap();
    }

    /// Everything that this test owns.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where plugins are kept.
    pub(crate) fn plugins(&self) -> &Path {
        &self.plugins
    }

    /// A file below the plugins.
    pub(crate) fn plugin(&self, path: &str) -> PathBuf {
        self.plugins.join(path)
    }

    /// Writes a file into the working directory, and says where it is.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.path().join("work").join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Generates the plugin `name` from a document given as text.
    pub(crate) fn generate(&self, name: &str, document: &str) -> Ran {
        let path = self.write(&format!("{name}.yaml"), document);
        self.run(["gen".as_ref(), path.as_os_str(), "--json".as_ref()])
    }

    /// Changes a script by putting `new` where `old` is.
    pub(crate) fn edit(&self, script: &str, old: &str, new: &str) {
        let path = self.plugin(script);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "`{old}` is not in {script}:\n{text}");
        fs::write(path, text.replacen(old, new, 1)).unwrap();
    }

    /// Puts a script in the place of another.
    pub(crate) fn script(&self, script: &str, text: &str) {
        fs::write(self.plugin(script), text).unwrap();
    }

    /// The program in this environment, for tests that need more than [`TestEnvironment::run`].
    pub(crate) fn command(&self) -> Command {
        self.other_program(PROGRAM)
    }

    /// Another program in this environment.
    pub(crate) fn other_program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.root.path().join("work"))
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.root.path().join("home"))
            .env("XDG_DATA_HOME", self.root.path().join("home/data"))
            .env("XDG_CONFIG_HOME", self.root.path().join("home/config"))
            .env("XDG_CACHE_HOME", self.root.path().join("home/cache"))
            .env("XDG_RUNTIME_DIR", self.root.path().join("run"))
            // No keyring: nobody listens there.
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", self.root.path().join("run/no-bus").display()),
            )
            .env("APICLI_PLUGINS_DIR", &self.plugins)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        self.run_with_input(arguments, "")
    }

    /// Runs the program with the words of a line; for arguments without white space.
    pub(crate) fn line(&self, line: &str) -> Ran {
        self.run(line.split_whitespace())
    }

    /// Runs the program with something on its standard input.
    pub(crate) fn run_with_input<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: impl Into<Vec<u8>>,
    ) -> Ran {
        let arguments: Vec<_> = arguments.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let mut command = self.command();
        command.args(&arguments);
        finish(command, input)
    }
}

/// Runs a command to its end, within a deadline.
pub(crate) fn finish(command: Command, input: impl Into<Vec<u8>>) -> Ran {
    finish_within(DEADLINE, command, input)
}

/// Runs a command to its end, within a deadline of its own.
pub(crate) fn finish_within(deadline: Duration, command: Command, input: impl Into<Vec<u8>>) -> Ran {
    let shown = format!("{command:?}").rsplit("apicli\" ").next().unwrap_or_default().to_owned();
    let output =
        assert_cmd::Command::from_std(command).write_stdin(input).timeout(deadline).output().unwrap();
    let ran = Ran {
        shown,
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    ran.is_decent();
    ran
}

/// Files by their path, with their content.
pub(crate) type Files = Vec<(PathBuf, Vec<u8>)>;

/// Every file below a folder, by its path relative to it, sorted.
pub(crate) fn files_below(dir: &Path) -> Files {
    fn collect(dir: &Path, root: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, root, files);
            } else if path.is_file() {
                // A keyring that is about to end may still have its socket there.
                files.push((path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    if dir.is_dir() {
        collect(dir, dir, &mut files);
    }
    files.sort();
    files
}

/// What one run of the program left.
#[derive(Debug)]
pub(crate) struct Ran {
    shown: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    /// What must hold of every run, whatever it was asked to do.
    fn is_decent(&self) {
        assert!(self.code.is_some(), "killed: {self}");
        for text in [&self.stdout_text(), &self.stderr] {
            for word in ["panicked", "RUST_BACKTRACE", "stack overflow", "stack backtrace"] {
                assert!(!text.contains(word), "{self}");
            }
            assert!(!text.contains(SECRET), "a secret is shown: {self}");
        }
    }

    /// It worked.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// It failed as a command should: the right code, a message with a next step, and no data.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert!(self.stderr.starts_with("error: "), "{self}");
        self.fails_after_notes(code)
    }

    /// It failed so, after it had said what it was about to do.
    #[track_caller]
    pub(crate) fn fails_after_notes(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        assert!(self.stderr.lines().any(|line| line.starts_with("error: ")), "{self}");
        assert!(self.stderr.lines().any(|line| line.starts_with("hint: ")), "no hint: {self}");
        assert!(self.stdout.is_empty(), "data beside an error: {self}");
        self
    }

    /// Standard error holds `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is missing: {self}");
        self
    }

    /// Standard output holds `text`.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout_text().contains(text), "`{text}` is missing: {self}");
        self
    }

    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}): {self}"),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code;
        write!(
            f,
            "apicli {}\nexit code {code:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.shown,
            self.stdout_text(),
            self.stderr
        )
    }
}
