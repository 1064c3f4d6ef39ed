//! What is compared with what.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::measure::{self, Program, median};
use crate::report::Goal::{self, AtMost, Below};
use crate::report::Unit::{Mebibytes, Milliseconds};
use crate::report::{self, Report};
use crate::servers::{self, Certificates};
use crate::{Options, Result, documents};

/// How many plugins are many.
const MANY: usize = 500;

/// Resources of ten commands each that make a large plugin.
const RESOURCES: usize = 1_000;

/// Pairs where a single run takes a good part of a second.
const SLOW_PAIRS: usize = 15;

/// The document of the smallest plugin.
const SMALL: &str = "small.json";

const DELETE: [&str; 3] = ["customers", "delete", "cus_1"];

/// Plugins, servers and programs, ready to be measured.
pub(crate) struct Scene {
    dir: TempDir,
    apicli: PathBuf,
    curl: PathBuf,
    yaml: PathBuf,
    pairs: usize,
    http: String,
    https: std::result::Result<(String, Certificates), String>,
}

impl Scene {
    /// Starts the servers and makes the smallest plugin.
    pub(crate) fn set(options: &Options) -> Result<Self> {
        let curl = find("curl").ok_or("there is no curl to compare with; install it")?;
        let dir = tempfile::Builder::new().prefix("figures").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/stripe.yaml");
        let yaml = documents::as_yaml(options.document.as_deref().unwrap_or(&own), dir.path())?;
        let https = match find("openssl") {
            None => Err("there is no openssl to make certificates with".to_owned()),
            Some(openssl) => Certificates::make(&openssl, dir.path())
                .and_then(|files| Ok((servers::over_tls(&files)?, files)))
                .map_err(|error| error.to_string()),
        };
        let scene = Self {
            apicli: fs::canonicalize(&options.apicli)
                .map_err(|error| format!("cannot find `{}`: {error}", options.apicli.display()))?,
            dir,
            curl,
            yaml,
            pairs: options.pairs,
            http: servers::plain()?,
            https,
        };
        fs::write(scene.dir.path().join(SMALL), documents::generated(1)?)?;
        scene.generate(&scene.dir.path().join(SMALL), "one", "small")?;
        Ok(scene)
    }

    /// Makes the other plugins.
    pub(crate) fn plugins(&self) -> Result<()> {
        self.generate(&self.yaml, "one", "stripe")?;
        let small = self.dir.path().join(SMALL);
        self.generate(&small, "many", "small")?;
        for n in 1..MANY {
            self.generate(&small, "many", &format!("plugin-{n}"))?;
        }
        let large = self.dir.path().join("large.json");
        fs::write(&large, documents::generated(RESOURCES)?)?;
        self.generate(&large, "one", "large")
    }

    /// How many pairs of a quick command are measured.
    pub(crate) fn pairs(&self) -> usize {
        self.pairs
    }

    /// The server without TLS.
    pub(crate) fn http(&self) -> &str {
        &self.http
    }

    fn generate(&self, document: &Path, home: &str, name: &str) -> Result<()> {
        let program = self.apicli(home).args(["gen", "--name", name]).args([document]);
        program.check().map(drop)
    }

    /// Both programs' environment: a home with nothing in it, and who they are.
    pub(crate) fn bare(&self, program: &Path) -> Program {
        Program::new(program).env("HOME", self.dir.path()).env("PATH", "/usr/bin:/bin")
    }

    pub(crate) fn apicli(&self, home: &str) -> Program {
        let mut program =
            self.bare(&self.apicli).env("APICLI_PLUGINS_DIR", self.dir.path().join("plugins").join(home));
        for name in ["STRIPE", "SMALL", "LARGE", "GRAPH"] {
            program = program.env(&format!("APICLI_{name}_TOKEN"), "sk_test_figures");
        }
        program
    }

    /// `apicli PLUGIN customers delete cus_1`, answered by the server of this process.
    pub(crate) fn delete(&self, home: &str, plugin: &str) -> Program {
        self.apicli(home).args([plugin]).args(DELETE).args(["--server", &self.http])
    }

    fn curl(&self, server: &str) -> Program {
        let url = format!("{server}/v1/customers/cus_1");
        self.bare(&self.curl).args(["-s", "-S", "-X", "DELETE", &url])
    }

    /// A command, against curl and against itself in a smaller place.
    pub(crate) fn requests(&self, report: &mut Report) -> Result<()> {
        self.floor(report)?;
        let delete = self.delete("one", "stripe");
        let answer = delete.check()?;
        if !answer.contains("\"deleted\": true") {
            return Err(format!("the command printed something else than the answer: {answer}").into());
        }
        let ratio = measure::times(|| delete.clone(), &self.curl(&self.http), self.pairs);
        let what = "`apicli stripe customers delete cus_1`";
        report.ratio(what, "`curl -X DELETE`", AtMost(0.3), Milliseconds, ratio)?;
        match &self.https {
            Err(reason) => report.skipped("the same over https", reason)?,
            Ok((url, _)) => {
                let (own, other) = (self.delete_over_tls(url), self.with_store(self.curl(url)));
                let ratio = measure::times(|| own.clone(), &other, self.pairs);
                report.ratio("the same over https", "`curl -X DELETE`", AtMost(0.13), Milliseconds, ratio)?;
            }
        }
        let small = self.delete("one", "small");
        let ratio = measure::times(|| self.delete("many", "small"), &small, self.pairs);
        let what = format!("a command where {MANY} plugins are installed");
        report.ratio(&what, "the same with one small plugin", AtMost(1.2), Milliseconds, ratio)?;
        let ratio = measure::times(|| self.delete("one", "large"), &small, self.pairs);
        let what = format!("a command of a plugin with {} commands", RESOURCES * 10);
        report.ratio(&what, "the same with one small plugin", AtMost(1.2), Milliseconds, ratio)
    }

    /// What no program can be quicker than: a client of forty lines of C, linked statically.
    fn floor(&self, report: &mut Report) -> Result<()> {
        let what = "the floor: a static client in C";
        let address = self.http.trim_start_matches("http://");
        let (Some(cc), Some((host, port))) = (find("cc"), address.split_once(':')) else {
            return report.skipped(what, "there is no C compiler (`cc`)");
        };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/figures/floor.c");
        let floor = self.dir.path().join("floor");
        let made = Command::new(cc).args(["-O2", "-static", "-o"]).arg(&floor).arg(source).output()?;
        if !made.status.success() {
            return report.skipped(what, "`cc -static` makes no program here");
        }
        let floor = self.bare(&floor).args([host, port, "/v1/customers/cus_1"]);
        let ratio = measure::times(|| floor.clone(), &self.curl(&self.http), self.pairs);
        report.ratio(what, "`curl -X DELETE`", Goal::None, Milliseconds, ratio)
    }

    fn delete_over_tls(&self, url: &str) -> Program {
        self.with_store(self.apicli("one").args(["stripe"]).args(DELETE).args(["--server", url]))
    }

    fn with_store(&self, program: Program) -> Program {
        match &self.https {
            Ok((_, files)) => program.env("SSL_CERT_FILE", &files.store),
            Err(_) => program,
        }
    }

    /// Help at each level, against a request by curl.
    pub(crate) fn helps(&self, report: &mut Report) -> Result<()> {
        let pages: [(&str, &[&str]); 9] = [
            ("one", &[]),
            ("many", &[]),
            ("one", &["stripe"]),
            ("one", &["stripe", "customers"]),
            ("one", &["stripe", "customers", "delete"]),
            ("one", &["stripe", "customers", "create"]),
            ("one", &["large"]),
            ("one", &["large", "customers"]),
            ("one", &["large", "customers", "delete"]),
        ];
        let curl = self.curl(&self.http);
        for (home, words) in pages {
            let help = self.apicli(home).args(words).args(["--help"]);
            let ratio = measure::times(|| help.clone(), &curl, self.pairs);
            let words: String = words.iter().map(|word| format!("{word} ")).collect();
            let place = if home == "many" { format!(" with {MANY} plugins") } else { String::new() };
            let what = format!("`apicli {words}--help`{place}");
            report.ratio(&what, "`curl -X DELETE`", Below(1.0), Milliseconds, ratio)?;
        }
        Ok(())
    }

    /// `gen`, against the parser alone.
    pub(crate) fn generation(&self, report: &mut Report) -> Result<()> {
        // Each run makes a new plugin in a new place, and nothing is removed meanwhile: file systems such as ext4 take
        // several times as long to make files where others have just been removed.
        let count = Cell::new(0);
        let generate = || {
            count.set(count.get() + 1);
            self.apicli(&format!("new-{}", count.get())).args(["gen", "--name", "stripe"]).args([&self.yaml])
        };
        let parse =
            self.bare(&std::env::current_exe()?).args([documents::PARSE]).args([self.yaml.as_os_str()]);
        let against = "serde_yaml to a `Value`";
        let ratio = measure::times(generate, &parse, SLOW_PAIRS.min(self.pairs));
        report.ratio("`apicli gen` of Stripe as YAML", against, AtMost(1.3), Milliseconds, ratio)?;
        let ratio = measure::peaks(generate, &parse);
        report.ratio("its peak memory", against, AtMost(1.5), Mebibytes, ratio)
    }

    /// Peak memory of a command, against curl's.
    pub(crate) fn memory(&self, report: &mut Report) -> Result<()> {
        let own = self.delete("one", "stripe");
        let ratio = measure::peaks(|| own.clone(), &self.curl(&self.http));
        let what = "peak memory of `apicli stripe customers delete cus_1`";
        report.ratio(what, "`curl -X DELETE`", AtMost(0.6), Mebibytes, ratio)?;
        report.within("its page faults", 220.0, "faults", measure::faults(&own))?;
        if let Ok((url, _)) = &self.https {
            let (own, other) = (self.delete_over_tls(url), self.with_store(self.curl(url)));
            let ratio = measure::peaks(|| own.clone(), &other);
            report.ratio("the same over https", "`curl -X DELETE`", Below(1.0), Mebibytes, ratio)?;
        }
        Ok(())
    }

    /// How long the mock takes until it listens.
    pub(crate) fn mock(&self, report: &mut Report) -> Result<()> {
        let mut times = Vec::new();
        for _ in 0..SLOW_PAIRS.min(self.pairs) {
            match self.until_it_listens() {
                Ok(milliseconds) => times.push(milliseconds),
                Err(error) => {
                    return report.within("`apicli mock stripe` until it listens", 500.0, "ms", Err(error));
                }
            }
        }
        report.within("`apicli mock stripe` until it listens", 500.0, "ms", Ok(median(&mut times)))
    }

    fn until_it_listens(&self) -> Result<f64> {
        let mock = self.apicli("one").args(["mock", "stripe", "--port", "0"]);
        let mut command = mock.command();
        command.stdout(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn()?;
        let mut url = String::new();
        let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut url));
        let connected = TcpStream::connect(url.trim().trim_start_matches("http://"));
        let took = started.elapsed();
        child.kill()?;
        child.wait()?;
        read.transpose()?;
        connected.map_err(|error| format!("the mock said `{}`: {error}", url.trim()))?;
        Ok(took.as_secs_f64() * 1e3)
    }
}

/// A program on the search path.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file());
    if found.is_none() {
        report::error(&*Box::<dyn std::error::Error>::from(format!("`{name}` is not on the search path")));
    }
    found
}
