//! Requests of every command of a plugin, judged by a program that knows the document and not this project.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use apicli::http;
use apicli::model::{Argument, CommandDefinition, Kind, Location};
use apicli::plugins::{Found, Plugin};
use serde_json::{Map, Value, json};

use crate::Result;
use crate::sample::{Goal, Sampler};
use crate::shape::{Shape, Shapes};
use crate::typing::{Intent, Typist, place};

/// How many examples of one cause are kept of one document.
const EXAMPLES: usize = 2;

/// Where requests of a plugin without a server go.
const NO_SERVER: &str = "http://preview.invalid";

/// What came of one document's requests.
#[derive(Default)]
struct Verdict {
    requests: u64,
    valid: u64,
    /// Arguments for which no value could be made.
    without_value: u64,
    causes: BTreeMap<String, (u64, Vec<Value>)>,
}

impl Verdict {
    fn bad(&mut self, cause: &str, example: Value) {
        let (count, examples) = self.causes.entry(kind(cause)).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(example);
        }
    }

    fn to_json(&self) -> Value {
        let causes: Map<String, Value> = self
            .causes
            .iter()
            .map(|(cause, (count, examples))| {
                (cause.clone(), json!({ "count": count, "examples": examples }))
            })
            .collect();
        json!({ "requests": self.requests, "valid": self.valid, "without_value": self.without_value, "causes": causes })
    }
}

/// One request to be judged.
struct Trial {
    words: Vec<String>,
    body: bool,
    line: Value,
}

/// Who judges, and how much.
pub(crate) struct Judge {
    /// The program.
    pub(crate) program: PathBuf,
    /// The most requests of a document.
    pub(crate) requests: u64,
}

/// Makes the requests of every command of `plugin` and has them judged. `folder` is for files that are uploaded.
pub(crate) fn judge(
    plugin: &Plugin,
    root: &Value,
    document: &Path,
    judge: &Judge,
    folder: &Path,
) -> Result<Value> {
    let mut court = Court::open(&judge.program, document)?;
    let sampler = Sampler::new(root);
    let mut verdict = Verdict::default();
    for group in plugin.all_groups().map_err(said)? {
        let Some(script) = plugin.script(&group).map_err(said)? else { continue };
        let mut facts = plugin.all_facts(&group).map_err(said)?;
        for function in script.functions() {
            if verdict.requests >= judge.requests {
                break;
            }
            let Some(at) = facts.iter().position(|facts| facts.function == function.name) else { continue };
            let facts = facts.swap_remove(at);
            let found =
                Found { group: group.clone(), script: script.clone(), function, facts: Some(facts), used: 0 };
            command(plugin, &found, &sampler, folder, &mut court, &mut verdict)?;
        }
    }
    court.close()?;
    Ok(verdict.to_json())
}

fn said(error: impl Into<apicli::diagnostic::Failure>) -> String {
    error.into().message
}

fn command(
    plugin: &Plugin,
    found: &Found,
    sampler: &Sampler<'_>,
    folder: &Path,
    court: &mut Court,
    verdict: &mut Verdict,
) -> Result<()> {
    let Some(facts) = found.facts.as_ref() else { return Ok(()) };
    let operation = Described::of(sampler, facts);
    let mut wishes: Vec<Wish<'_>> = vec![None];
    for argument in
        facts.arguments.iter().filter(|argument| argument.kind == Kind::Flag && !argument.required)
    {
        wishes.push(Some((argument, argument.wire_path.clone())));
        for field in &argument.fields {
            let path = argument.wire_path.iter().chain(&field.wire_path).cloned().collect();
            wishes.push(Some((argument, path)));
        }
    }
    let mut ask = |trials: &[Trial]| {
        let lines: Vec<&Value> = trials.iter().map(|trial| &trial.line).collect();
        court.ask(&json!({
            "pointer": facts.pointer, "path": operation.path, "method": facts.method, "no_server": NO_SERVER,
            "requests": lines,
        }))
    };
    let mut trials = Vec::new();
    for wish in &wishes {
        match trial(plugin, found, &operation, folder, wish.as_ref())? {
            Outcome::NoValue => verdict.without_value += 1,
            Outcome::Trial(trial) => {
                verdict.requests += 1;
                trials.push(*trial);
            }
            Outcome::Refused { words, said } => {
                verdict.requests += 1;
                verdict.bad(&format!("refused: {said}"), json!({ "command": words, "said": said }));
            }
        }
    }
    let answers = ask(&trials)?;
    for (tried, answer) in trials.iter().zip(&answers) {
        let answer = answer.as_str().unwrap_or("the judge gave no answer").to_owned();
        if answer.is_empty() {
            verdict.valid += 1;
            continue;
        }
        let mut example =
            json!({ "command": tried.words, "said": answer, "url": tried.line["request"]["url"] });
        if tried.body {
            example["body"] = tried.line["request"]["body"].clone();
        }
        verdict.bad(&answer, example);
    }
    Ok(())
}

/// What a request is about besides what is required: an optional argument, and where in its value.
type Wish<'a> = Option<(&'a Argument, Vec<String>)>;

enum Outcome {
    /// There is no value for it.
    NoValue,
    /// The command line was not taken.
    Refused {
        words: Vec<String>,
        said: String,
    },
    Trial(Box<Trial>),
}

/// Types a command and takes the request that it would send.
fn trial(
    plugin: &Plugin,
    found: &Found,
    operation: &Described<'_>,
    folder: &Path,
    wish: Option<&(&Argument, Vec<String>)>,
) -> Result<Outcome> {
    let wanted = wish.map(|(argument, path)| (*argument, path.as_slice()));
    let Some(intent) = operation.intent(wanted) else { return Ok(Outcome::NoValue) };
    let encoding = operation.facts.body.as_ref().map(|body| body.encoding);
    let typist = Typist { command: operation.facts, folder, encoding };
    let words = match typist.words(&intent, wanted) {
        Ok(words) => words,
        Err(error) => return Ok(Outcome::Refused { words: found.words(), said: error.to_string() }),
    };
    let typed = words.iter().map(|word| word.to_string_lossy().into_owned());
    let shown: Vec<String> = found.words().into_iter().chain(typed).collect();
    let request = apicli::cli::preview(plugin, found, &words)
        .and_then(|request| http::dry_run(&request).map_err(apicli::diagnostic::Failure::from));
    let request = match request {
        Ok(request) => request,
        Err(failure) => return Ok(Outcome::Refused { words: shown, said: failure.message }),
    };
    let one = |((place, name), value): (&(&str, String), &Value)| json!({ "in": place, "name": name, "value": value });
    let parameters: Vec<Value> = intent.parameters.iter().map(one).collect();
    let line = json!({ "request": request, "parameters": parameters, "body": intent.body });
    Ok(Outcome::Trial(Box::new(Trial { words: shown, body: intent.body.is_some(), line })))
}

/// An operation as the document describes it.
struct Described<'a> {
    sampler: &'a Sampler<'a>,
    facts: &'a CommandDefinition,
    /// The key under `paths`.
    path: String,
    operation: &'a Value,
    item: &'a Value,
    /// What a person sees of each place, by the place's word and the path in it.
    shapes: HashMap<&'static str, Shapes<'a>>,
}

impl<'a> Described<'a> {
    fn of(sampler: &'a Sampler<'a>, facts: &'a CommandDefinition) -> Self {
        let operation = sampler.schemas.at(&facts.pointer).unwrap_or(&Value::Null);
        let item_pointer = facts.pointer.rsplit_once('/').map_or("", |(item, _)| item);
        let item = sampler.schemas.at(item_pointer).unwrap_or(&Value::Null);
        let key = item_pointer.strip_prefix("#/paths/").unwrap_or_default();
        let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
        let mut shapes: HashMap<_, Shapes<'_>> = HashMap::new();
        for argument in &facts.arguments {
            let shapes = shapes.entry(place(argument.location)).or_default();
            shapes.insert(argument.wire_path.clone(), shape(argument));
            let item = [if argument.is_map() { "key" } else { "[]" }.to_owned()];
            for field in &argument.fields {
                let path = argument.wire_path.iter().chain(&item).chain(&field.wire_path).cloned();
                shapes.insert(path.collect(), shape(field));
            }
        }
        let path = key.replace("~1", "/").replace("~0", "~");
        Self { sampler, facts, path, operation, item, shapes }
    }

    /// What the request is to hold: everything required, and the wanted value.
    fn intent(&self, wanted: Option<(&Argument, &[String])>) -> Option<Intent> {
        let mut intent = Intent::default();
        let mut body_is_required = self.facts.body.as_ref().is_some_and(|body| body.required);
        for argument in self.facts.arguments.iter().filter(|argument| argument.required) {
            if argument.location == Location::Body {
                body_is_required = true;
                continue;
            }
            let name = argument.wire_path.first()?;
            let key = (place(argument.location), name.clone());
            let value = self.parameter(key.0, name, argument.wire_path.get(1..)?)?;
            merge(intent.parameters.entry(key).or_insert(Value::Null), value);
        }
        if let Some((argument, path)) = wanted
            && argument.location != Location::Body
        {
            let (name, below) = path.split_first()?;
            let key = (place(argument.location), name.clone());
            let value = self.parameter(key.0, name, below)?;
            merge(intent.parameters.entry(key).or_insert(Value::Null), value);
        }
        let wanted = wanted.filter(|(argument, _)| argument.location == Location::Body);
        if body_is_required || wanted.is_some() {
            let media = wanted.and_then(|(argument, _)| argument.media_types.first());
            let media = media.or(self.facts.body.as_ref().map(|body| &body.content_type))?;
            let path = wanted.map_or(&[][..], |(_, path)| path);
            intent.body = Some(self.value("body", self.schema_of(media)?, Vec::new(), path)?);
        }
        Some(intent)
    }

    fn parameter(&self, place: &str, name: &str, below: &[String]) -> Option<Value> {
        let lists =
            [self.operation, self.item].into_iter().filter_map(|owner| owner.get("parameters")?.as_array());
        let is_it = |parameter: &&Value| {
            parameter.get("in").is_some_and(|value| value == place)
                && parameter.get("name").is_some_and(|value| value == name)
        };
        let parameter =
            lists.flatten().filter_map(|parameter| self.sampler.schemas.follow(parameter)).find(is_it);
        let Some(parameter) = parameter else {
            // A part of the path that nothing declares.
            return Some("text".into());
        };
        let in_content = || parameter.get("content")?.as_object()?.values().next()?.get("schema");
        let text = Value::Bool(true);
        let schema = parameter.get("schema").or_else(in_content).unwrap_or(&text);
        self.value(place, schema, vec![name.to_owned()], below)
    }

    fn value(&self, place: &str, schema: &Value, path: Vec<String>, wanted: &[String]) -> Option<Value> {
        let none = HashMap::new();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let goal = Goal { wanted: &wanted, path, shapes: self.shapes.get(place).unwrap_or(&none) };
        self.sampler.value(schema, &goal)
    }

    /// The schema of the body's media type.
    fn schema_of(&self, media: &str) -> Option<&'a Value> {
        let body = self.sampler.schemas.follow(self.operation.get("requestBody")?)?;
        let content = body.get("content")?.as_object()?;
        let bare = |name: &str| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let same = content.iter().find(|(name, _)| bare(name) == bare(media)).map(|(_, value)| value);
        let media = content.get(media).or(same).or_else(|| content.values().next())?;
        Some(self.sampler.schemas.follow(media)?.get("schema").unwrap_or(&Value::Bool(true)))
    }
}

/// What a person sees of an argument.
fn shape(argument: &Argument) -> Shape<'_> {
    Shape {
        value_type: argument.value_type,
        repeated: argument.is_list(),
        single: argument.multiplicity.takes_one(),
        map: argument.is_map(),
        allowed: argument.allowed.as_deref(),
    }
}

/// Puts one value over another, objects together.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// A message without what differs between two of a kind.
fn kind(message: &str) -> String {
    let mut kind = String::new();
    let mut quote = None;
    for c in message.chars() {
        match quote {
            Some(open) if c == open => {
                quote = None;
                kind.push('…');
                kind.push(c);
            }
            Some(_) => {}
            None => {
                if matches!(c, '"' | '`') {
                    quote = Some(c);
                }
                if c.is_ascii_digit() {
                    if !kind.ends_with('0') {
                        kind.push('0');
                    }
                } else {
                    kind.push(c);
                }
            }
        }
    }
    kind.chars().take(160).collect()
}

/// The judge: a process that is told the document, and then answers a line with a line.
struct Court {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Court {
    fn open(judge: &Path, document: &Path) -> Result<Self> {
        let mut process =
            Command::new(judge).arg(document).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let to = process.stdin.take().ok_or("the judge does not listen")?;
        let mut from = BufReader::new(process.stdout.take().ok_or("the judge does not speak")?);
        let mut line = String::new();
        from.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).map_err(|_| "the judge broke off")?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(format!("the judge cannot read it: {error}").into()),
            None => Ok(Self { process, to, from }),
        }
    }

    /// One answer for each request: nothing if it is valid, else why it is not.
    fn ask(&mut self, question: &Value) -> Result<Vec<Value>> {
        serde_json::to_writer(&mut self.to, question)?;
        self.to.write_all(b"\n")?;
        self.to.flush()?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(serde_json::from_str(&line).map_err(|_| "the judge broke off")?)
    }

    fn close(mut self) -> Result<()> {
        drop(self.to);
        self.process.wait()?;
        Ok(())
    }
}
