//! One document through the library, in a process of its own.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Instant;

use apicli::diagnostic::Failure;
use apicli::engine::{self, Source};
use apicli::generator::{Options, PluginGenerator};
use apicli::model::GeneratedPlugin;
use apicli::openapi::Document;
use apicli::plugins::{Plugin, PluginManager, layout};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Map, Value, json};

use crate::requests::{self, Judge};
use crate::{Result, line};

/// As first argument: take the document that the second names, and print what came of it as one line of JSON.
pub(crate) const TAKE: &str = "take-document";

/// Bytes of stack, as the program itself has them.
const STACK: usize = 64 * 1024 * 1024;

/// The name of a plugin whose document's file and title give none, or one of a built-in command.
const STAND_IN: &str = "corpus";

/// How many problems of one document are told.
const MOST_PROBLEMS: usize = 20;

/// Takes one document. A panic is a result too. A judge may be named after the document, and how many requests he is
/// to be given at most: then they are all that is looked at.
pub(crate) fn take(arguments: &[String]) -> Result<()> {
    let path = PathBuf::from(arguments.first().ok_or("a document is missing")?);
    let judge = match arguments {
        [_, program, requests] => Some(Judge { program: program.into(), requests: requests.parse()? }),
        _ => None,
    };
    let place = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let told = std::sync::Arc::clone(&place);
    std::panic::set_hook(Box::new(move |panic| {
        if let Ok(mut place) = told.lock() {
            *place = panic.to_string().replace('\n', " ");
        }
    }));
    let work = move || through(&path, judge.as_ref()).map_err(|error| error.to_string());
    let result = match std::thread::Builder::new().stack_size(STACK).spawn(work)?.join() {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => json!({ "broke_off": error }),
        Err(_) => json!({ "panic": place.lock().map(|place| place.clone()).unwrap_or_default() }),
    };
    line(&result.to_string())
}

fn through(path: &Path, judge: Option<&Judge>) -> Result<Value> {
    let home = tempfile::Builder::new().prefix("corpus").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let manager = PluginManager::new(home.path().to_owned());
    let mut result = Map::new();
    let bytes = std::fs::read(path)?;
    result.insert("counted".to_owned(), counted(&bytes).into());
    result.insert("refused".to_owned(), Value::Null);
    let started = Instant::now();
    let bytes = std::fs::read(path)?;
    // By its name alone: where it lies on this machine is nobody's business.
    let source = path.file_name().unwrap_or_default().to_string_lossy();
    let document = match Document::parse(&bytes, &source) {
        Ok(document) => document,
        Err(error) => return Ok(refused(result, &Failure::from(error))),
    };
    let parsed = started.elapsed();
    result.insert("version".to_owned(), document.version().into());
    // The name that a person would get; where there is none, the one that he would have to choose.
    let mut options = Options { reserved: vec!["gen".to_owned()], ..Options::default() };
    if PluginGenerator::new(options.clone()).plugin_name(&document).is_err() {
        options.name = Some(STAND_IN.to_owned());
    }
    let generator = PluginGenerator::new(options.clone());
    let plugin = match generator.generate_from_openapi(&document) {
        Ok(plugin) => plugin,
        Err(error) => return Ok(refused(result, &Failure::from(error))),
    };
    let dir = manager.dir(&plugin.name);
    generator.create_plugin_files(&plugin, &dir).map_err(said)?;
    manager.build_index(&plugin.name).map_err(said)?;
    let took = started.elapsed();
    let weight = getrusage(UsageWho::RUSAGE_SELF)?.max_rss();
    result.insert("ms".to_owned(), json!({ "parse": parsed.as_millis(), "gen": took.as_millis() }));
    // macOS counts in bytes.
    result.insert("kib".to_owned(), (if cfg!(target_os = "macos") { weight / 1024 } else { weight }).into());
    result.insert("operations".to_owned(), plugin.operations.into());
    result.insert("commands".to_owned(), plugin.commands.len().into());
    result.insert("skipped".to_owned(), serde_json::to_value(&plugin.skipped)?);
    result.insert("warnings".to_owned(), plugin.warnings.len().into());
    if let Some(judge) = judge {
        let plugin = manager.load(&plugin.name).map_err(said)?;
        // As it is written, not as it is brought to one shape.
        let root = serde_json::from_slice(&bytes)?;
        let verdict = requests::judge(&plugin, &root, path, judge, home.path());
        let verdict = verdict.unwrap_or_else(|error| json!({ "not_judged": error.to_string() }));
        result.insert("judged".to_owned(), verdict);
        std::mem::forget((document, plugin, root));
        return Ok(Value::Object(result));
    }
    let mut problems = Vec::new();
    let scripts = scripts(&dir, &plugin, &mut problems)?;
    result.insert("scripts".to_owned(), scripts.into());
    let written = manager.load(&plugin.name).map_err(said)?;
    facts(&written, &plugin, &mut problems)?;
    let previous = written.command_names();
    if previous.len() != plugin.commands.len() {
        problems.push(format!("{} names are read back of {}", previous.len(), plugin.commands.len()));
    }
    let anew = generator.generate_from_openapi(&document).map_err(said)?;
    compare("generated anew", &plugin, &anew, &mut problems);
    let before = files(&dir)?;
    let generator = PluginGenerator::new(Options { previous, ..options });
    let again = generator.generate_from_openapi(&document).map_err(said)?;
    compare("generated as an update", &plugin, &again, &mut problems);
    let merge = generator.create_plugin_files(&again, &dir).map_err(said)?.merge;
    manager.build_index(&plugin.name).map_err(said)?;
    if merge != apicli::plugins::Written::default().merge {
        problems.push(format!("an update of what was just written reports {merge:?}"));
    }
    if files(&dir)? != before {
        problems.push("an update changes files that should stay".to_owned());
    }
    problems.truncate(MOST_PROBLEMS);
    result.insert("problems".to_owned(), problems.into());
    // To take large documents apart again is no part of this.
    std::mem::forget((document, plugin, anew, again));
    Ok(Value::Object(result))
}

/// A failure of the library in its own words.
fn said(error: impl Into<Failure>) -> String {
    error.into().message
}

fn refused(mut result: Map<String, Value>, failure: &Failure) -> Value {
    result.insert("refused".to_owned(), failure.message.clone().into());
    Value::Object(result)
}

/// The operations of a document, counted without the library: every method under `paths`.
fn counted(bytes: &[u8]) -> usize {
    const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let items = document.get("paths").and_then(Value::as_object);
    let items = items.into_iter().flatten().filter_map(|(_, item)| item.as_object());
    let count = items.map(|item| METHODS.iter().filter(|method| item.contains_key(**method)).count()).sum();
    std::mem::forget(document);
    count
}

/// Checks every script as `apicli check` does. Tells how many there are.
fn scripts(dir: &Path, plugin: &GeneratedPlugin, problems: &mut Vec<String>) -> Result<usize> {
    let mut scripts = 0;
    for file in &plugin.files {
        let path = dir.join(&file.path);
        let text = std::fs::read_to_string(&path)?;
        if text.as_bytes() != *file.content {
            problems.push(format!("`{}` is not what was generated", file.path.display()));
        }
        let extension = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        if extension != "rhai" {
            continue;
        }
        scripts += 1;
        for problem in engine::check(&Source { path: file.path.clone(), text }) {
            let place = format!("`{}`:{}:{}", file.path.display(), problem.line, problem.column);
            problems.push(format!("{place}: {}", problem.message));
        }
    }
    Ok(scripts)
}

/// Reads back what the plugin on disk knows about each command.
fn facts(written: &Plugin, plugin: &GeneratedPlugin, problems: &mut Vec<String>) -> Result<()> {
    let mut known = HashMap::new();
    for group in written.all_groups().map_err(said)? {
        for facts in written.all_facts(&group).map_err(said)? {
            known.insert((facts.group.clone(), facts.function.clone()), facts);
        }
    }
    for command in &plugin.commands {
        if known.remove(&(command.group.clone(), command.function.clone())).as_ref() != Some(command) {
            problems
                .push(format!("the facts of {} {} are not what was generated", command.method, command.path));
        }
    }
    for (group, function) in known.into_keys() {
        problems
            .push(format!("there are facts of `{} {function}`, which was not generated", group.join(" ")));
    }
    Ok(())
}

fn compare(how: &str, one: &GeneratedPlugin, other: &GeneratedPlugin, problems: &mut Vec<String>) {
    let differ = |(a, b): &(_, _)| a != b;
    if one.files.len() != other.files.len() {
        problems.push(format!("{how}: {} files instead of {}", other.files.len(), one.files.len()));
    } else if let Some((a, _)) = one.files.iter().zip(&other.files).find(differ) {
        problems.push(format!("{how}: `{}` differs", a.path.display()));
    } else if one.name != other.name || one.commands != other.commands || one.skipped != other.skipped {
        problems.push(format!("{how}: it differs"));
    }
}

/// Every file below a folder but the index, which is a cache and knows when files were written.
fn files(dir: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else if !entry.path().ends_with(layout::INDEX) {
                files.insert(entry.path(), std::fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}
