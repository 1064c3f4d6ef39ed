//! What the judge said of all requests together, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::table::{cell, grouped, name, number, rounded};

/// The part of the requests that must be valid.
const GOAL: f64 = 0.995;

/// The heading that the judge's part of the page begins with.
pub(crate) const HEADING: &str = "## Requests, judged";

/// Why requests are not valid, by what the judge says of them: whose it is, a part of his words (`&` between parts that
/// must all be there), and the reason. The first that fits counts.
const CAUSES: &str = include_str!("../judge/causes.tsv");

/// The results, added up.
pub(crate) struct Verdicts<'a> {
    took: Duration,
    documents: usize,
    requests: u64,
    valid: u64,
    without_value: u64,
    not_judged: Vec<(&'a str, &'a str)>,
    causes: BTreeMap<(&'static str, &'static str), Cause<'a>>,
}

#[derive(Default)]
struct Cause<'a> {
    requests: u64,
    documents: Vec<&'a str>,
    example: Option<(&'a str, &'a Value)>,
}

impl<'a> Verdicts<'a> {
    /// `None` if nothing was judged.
    pub(crate) fn new(results: &'a [Value], took: Duration) -> Option<Self> {
        let judged = |result: &'a Value| Some((name(result), result.get("judged")?));
        let mut this = Self {
            took,
            documents: 0,
            requests: 0,
            valid: 0,
            without_value: 0,
            not_judged: Vec::new(),
            causes: BTreeMap::new(),
        };
        for (document, verdict) in results.iter().filter_map(judged) {
            this.documents += 1;
            if let Some(reason) = verdict.get("not_judged").and_then(Value::as_str) {
                this.not_judged.push((document, reason));
                continue;
            }
            this.requests += number(verdict, "requests");
            this.valid += number(verdict, "valid");
            this.without_value += number(verdict, "without_value");
            for (said, cause) in verdict.get("causes").and_then(Value::as_object).into_iter().flatten() {
                let example = cause.pointer("/examples/0");
                let whole = example.and_then(|example| example.get("said")?.as_str()).unwrap_or(said);
                let known = this.causes.entry(explained(whole, document)).or_default();
                known.requests += number(cause, "count");
                if known.documents.last() != Some(&document) {
                    known.documents.push(document);
                }
                known.example = known.example.or(example.map(|example| (document, example)));
            }
        }
        (this.documents > 0).then_some(this)
    }

    fn share(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // far below 2^52
        let (valid, requests) = (self.valid as f64, self.requests as f64);
        valid / requests
    }

    pub(crate) fn goal_is_met(&self) -> bool {
        self.share() >= GOAL
    }

    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for (document, reason) in &self.not_judged {
            let _ = writeln!(text, "not judged: {document}: {reason}");
        }
        for ((whose, reason), cause) in &self.causes {
            let _ = writeln!(text, "{whose}: {} requests: {reason}", cause.requests);
        }
        let _ = write!(
            text,
            "{} of {} requests valid ({:.3} %), {} arguments without a value, {} s",
            self.valid,
            self.requests,
            self.share() * 100.0,
            self.without_value,
            self.took.as_secs()
        );
        text
    }

    /// The judge's part of the page.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("{HEADING}\n\n{HEAD}");
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let share = self.share() * 100.0;
        writeln!(text, "| what | count |\n|---|---|")?;
        writeln!(text, "| documents | {} |", grouped(self.documents as u64))?;
        writeln!(text, "| requests | {} |", grouped(self.requests))?;
        writeln!(text, "| judged valid | {} ({share:.3} %) |", grouped(self.valid))?;
        writeln!(text, "| arguments that no value could be made for | {} |", grouped(self.without_value))?;
        writeln!(text, "| documents that the judge cannot read | {} |", self.not_judged.len())?;
        writeln!(
            text,
            "| time, minutes (differs from machine to machine) | {} |",
            rounded(self.took.as_secs().div_ceil(60))
        )?;
        writeln!(
            text,
            "\nThe rest, by cause:\n\n| whose | cause | requests | documents | for instance |\n|---|---|---|---|---|"
        )?;
        let mut order: Vec<_> = self.causes.iter().collect();
        order.sort_by_key(|((whose, reason), cause)| (*whose, std::cmp::Reverse(cause.requests), *reason));
        for ((whose, reason), cause) in order {
            let example =
                cause.example.map_or_else(String::new, |(document, example)| shown(document, example));
            let (requests, documents) = (grouped(cause.requests), grouped(cause.documents.len() as u64));
            writeln!(text, "| {whose} | {reason} | {requests} | {documents} | {} |", cell(&example))?;
        }
        if !self.not_judged.is_empty() {
            writeln!(text, "\nThe judge cannot read these:\n\n| document | what he says |\n|---|---|")?;
            for (document, reason) in &self.not_judged {
                writeln!(text, "| {} | {} |", cell(document), cell(reason))?;
            }
        }
        Ok(())
    }
}

/// Whose cause it is, and the reason.
fn explained(said: &str, document: &str) -> (&'static str, &'static str) {
    let fits = |part: &str| match part.strip_prefix("in:") {
        Some(name) => document.contains(name),
        None => said.contains(part),
    };
    let mut lines = CAUSES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next()?))
    });
    lines
        .find(|(_, needle, _)| needle.split('&').all(fits))
        .map_or(("unexplained", "not looked into"), |(whose, _, reason)| (whose, reason))
}

/// One request that is not valid, short enough for a table.
fn shown(document: &str, example: &Value) -> String {
    let words =
        example.get("command").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let command: String = words.collect::<Vec<_>>().join(" ").chars().take(120).collect();
    let said: String =
        example.get("said").and_then(Value::as_str).unwrap_or_default().chars().take(160).collect();
    format!("{document}: `{}`: {}", command.replace('`', "'"), said.replace('<', "&lt;"))
}

const HEAD: &str = "\
For every command the required arguments, and then each optional one on top of them, get values made from the schema in
the document: enums, formats, patterns and bounds kept, arrays with two values, nested fields and maps by their own flags.
They are typed as a person would type them, and go through the parsing of arguments, the script and the engine to the
request that would be sent. That request is judged by [kin-openapi](https://github.com/getkin/kin-openapi), which this
project did not write: method, server, path, query, headers, cookies, content type and body, held against the document as
it is written. What is judged valid has also arrived: parameters are decoded and compared with what was typed, and so is
the body.

```sh
(cd tests/judge && go build -o ../../target/judge .)
cargo test --locked --profile quick --test corpus -- package/api --judge target/judge --write docs/corpus.md
```

Where kin-openapi stops short, the judge helps it: headers called `Accept`, `Content-Type` and `Authorization` are left out
as OpenAPI says; brackets in queries and forms (`a[b][0]=1`), which OpenAPI leaves open for more than one level, are decoded
as PHP and Rack do it before the schema is held against them, and so are fields of forms and parts of multipart bodies that
name no type, or several, which it takes for null; of XML and binary bodies only presence and content type are judged, for
no schema can be held against them.

A value is chosen before it is judged, and by the document alone: where a schema has alternatives, values of each are made,
with what it requires, with more of what it may hold, and with other numbers, until one fits exactly as many of them as it
should and is of the type that the command's flags are of. Where there is none, the request is made all the same, and
counts. What is judged is not made again.

";
