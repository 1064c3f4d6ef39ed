//! Processes, timed and weighed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::Result;

/// As first argument: run the rest as a command, and print its peak memory and its page faults.
pub(crate) const PEAK: &str = "peak-of";

/// A command line that can be run again and again.
#[derive(Clone)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Program {
    /// A program with an empty environment.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), arguments: Vec::new(), environment: Vec::new() }
    }

    /// With more arguments.
    pub(crate) fn args<S: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With one more variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// A child that has not started; it reads and writes nothing.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env_clear().envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs it once; an error, with what it said, if it fails. A broken command is quick, and would be a fine figure.
    pub(crate) fn check(&self) -> Result<String> {
        let output = self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{}` {:?} failed: {said}", self.path.display(), self.arguments).into())
    }

    fn time(&self) -> Result<Duration> {
        let mut command = self.command();
        let started = Instant::now();
        let status = command.status()?;
        let took = started.elapsed();
        if status.success() {
            Ok(took)
        } else {
            Err(format!("`{}` {:?} failed: {status}", self.path.display(), self.arguments).into())
        }
    }

    /// What one run took of memory.
    fn weight(&self) -> Result<Weight> {
        // A process of its own in between: the kernel's figures are those of all children there were.
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(PEAK).arg(&self.path).args(&self.arguments);
        let output = command.env_clear().envs(self.environment.iter().cloned()).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut numbers = said.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(peak)), Some(Ok(faults))) => Ok(Weight { peak, faults }),
            _ => {
                let why = String::from_utf8_lossy(&output.stderr);
                Err(format!("cannot weigh {:?}: {why}", self.arguments).into())
            }
        }
    }
}

/// What a run took of memory.
struct Weight {
    /// The most that it had, in KiB.
    peak: f64,
    /// How often the kernel had to find a page for it, without reading a disk.
    faults: f64,
}

/// Runs a command and prints the most memory that it had, in KiB, and its minor page faults.
pub(crate) fn print_peak(arguments: &[String]) -> Result<()> {
    let (program, rest) = arguments.split_first().ok_or("`peak-of` needs a command")?;
    let status = Command::new(program).args(rest).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("`{program}` failed: {status}").into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // macOS counts in bytes.
    let kib = if cfg!(target_os = "macos") { usage.max_rss() / 1024 } else { usage.max_rss() };
    crate::report::line(&format!("{kib} {}", usage.minor_page_faults()))
}

/// Two measures and their ratio.
pub(crate) struct Compared {
    /// Median of the one that the figure is about, in milliseconds or KiB.
    pub(crate) own: f64,
    /// Median of the one that it is compared with.
    pub(crate) other: f64,
    /// Wall time: the median of the ratios of the pairs. Memory: the ratio of the medians.
    pub(crate) ratio: f64,
}

/// Wall time of `own` against `other`, each pair one after the other, the order changing. `own` gives the command of the
/// next run.
pub(crate) fn times(own: impl Fn() -> Program, other: &Program, pairs: usize) -> Result<Compared> {
    for _ in 0..2 {
        own().check()?;
        other.check()?;
    }
    let (mut owns, mut others, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..pairs {
        let own = own();
        let (a, b) = if n % 2 == 0 {
            let a = own.time()?;
            (a, other.time()?)
        } else {
            let b = other.time()?;
            (own.time()?, b)
        };
        let (a, b) = (a.as_secs_f64() * 1e3, b.as_secs_f64() * 1e3);
        owns.push(a);
        others.push(b);
        ratios.push(a / b);
    }
    Ok(Compared { own: median(&mut owns), other: median(&mut others), ratio: median(&mut ratios) })
}

/// Peak memory of `own` against `other`.
pub(crate) fn peaks(own: impl Fn() -> Program, other: &Program) -> Result<Compared> {
    let (mut owns, mut others) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        owns.push(own().weight()?.peak);
        others.push(other.weight()?.peak);
    }
    let (own, other) = (median(&mut owns), median(&mut others));
    Ok(Compared { own, other, ratio: own / other })
}

/// Page faults of a command.
pub(crate) fn faults(own: &Program) -> Result<f64> {
    let counts: Result<Vec<f64>> = (0..5).map(|_| Ok(own.weight()?.faults)).collect();
    Ok(median(&mut counts?))
}

/// The middle one.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let at = |n: usize| values.get(n).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 { at(half) } else { f64::midpoint(at(half.wrapping_sub(1)), at(half)) }
}
