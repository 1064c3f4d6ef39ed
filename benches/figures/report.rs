//! What was measured, as a table and as JSON.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::measure::Compared;
use crate::{Options, Result};

/// The figures so far; each is printed as soon as it is there.
pub(crate) struct Report {
    document: String,
    pairs: usize,
    rows: Vec<Value>,
    failed: usize,
}

/// A figure's goal.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// Not more than this.
    AtMost(f64),
    /// Less than this.
    Below(f64),
    /// It is what others are compared with.
    None,
}

/// What the medians of a comparison count.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Milliseconds,
    Mebibytes,
}

impl Report {
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let document = match &options.document {
            Some(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            None => {
                line(
                    "not run: the whole Stripe document (set APICLI_STRIPE_JSON); measured with specs/stripe.yaml",
                )?;
                "specs/stripe.yaml".to_owned()
            }
        };
        line(&format!("Stripe is `{document}`; {} pairs, medians\n", options.pairs))?;
        line("| what | against | ratio | goal | met | medians |")?;
        line("|---|---|---|---|---|---|")?;
        Ok(Self { document, pairs: options.pairs, rows: Vec::new(), failed: 0 })
    }

    /// One comparison.
    pub(crate) fn ratio(
        &mut self,
        what: &str,
        against: &str,
        goal: Goal,
        unit: Unit,
        measured: Result<Compared>,
    ) -> Result<()> {
        let Compared { own, other, ratio } = match measured {
            Ok(compared) => compared,
            Err(error) => return self.failure(what, &*error),
        };
        let (met, limit, shown) = goal.judge(ratio);
        let verdict = match met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        let medians = match unit {
            Unit::Milliseconds => format!("{own:.2} ms, {other:.2} ms"),
            Unit::Mebibytes => format!("{:.1} MiB, {:.1} MiB", own / 1024.0, other / 1024.0),
        };
        let name = match unit {
            Unit::Milliseconds => "ms",
            Unit::Mebibytes => "KiB",
        };
        self.rows.push(json!({
            "what": what, "against": against, "ratio": ratio, "goal": limit, "met": met,
            "own": own, "other": other, "unit": name,
        }));
        line(&format!("| {what} | {against} | {ratio:.2} | {shown} | {verdict} | {medians} |"))
    }

    /// A figure with a limit of its own, in `unit`.
    pub(crate) fn within(&mut self, what: &str, limit: f64, unit: &str, measured: Result<f64>) -> Result<()> {
        let own = match measured {
            Ok(own) => own,
            Err(error) => return self.failure(what, &*error),
        };
        let met = own <= limit;
        self.rows.push(json!({
            "what": what, "against": null, "ratio": null, "goal": limit, "met": met, "own": own, "unit": unit,
        }));
        let met = if met { "yes" } else { "NO" };
        line(&format!("| {what} | | | ≤ {limit} {unit} | {met} | {own:.0} {unit} |"))
    }

    /// Something that this machine lacks.
    pub(crate) fn skipped(&mut self, what: &str, reason: &str) -> Result<()> {
        self.rows.push(json!({ "what": what, "not_run": reason }));
        line(&format!("| {what} | not run: {reason} | | | | |"))
    }

    fn failure(&mut self, what: &str, error: &(dyn Error + 'static)) -> Result<()> {
        self.failed += 1;
        self.rows.push(json!({ "what": what, "error": error.to_string() }));
        line(&format!("| {what} | could not be measured | | | | |"))?;
        self::error(error);
        Ok(())
    }

    /// Writes the JSON, and fails if a figure is missing.
    pub(crate) fn finish(self, json: Option<&Path>) -> Result<()> {
        if let Some(path) = json {
            let all = json!({ "document": self.document, "pairs": self.pairs, "figures": self.rows });
            std::fs::write(path, format!("{all:#}\n"))?;
        }
        match self.failed {
            0 => Ok(()),
            failed => Err(format!("{failed} figures could not be measured").into()),
        }
    }
}

impl Goal {
    /// Met or not, the limit, and how it is shown.
    fn judge(self, ratio: f64) -> (Option<bool>, Option<f64>, String) {
        match self {
            Self::AtMost(limit) => (Some(ratio <= limit), Some(limit), format!("≤ {limit}")),
            Self::Below(limit) => (Some(ratio < limit), Some(limit), format!("< {limit}")),
            Self::None => (None, None, String::new()),
        }
    }
}

/// One line on standard output.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// An error for the person who measures.
pub(crate) fn error(error: &(dyn Error + 'static)) {
    let _ = writeln!(io::stderr().lock(), "error: {error}");
}
