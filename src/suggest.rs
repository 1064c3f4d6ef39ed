//! Did you mean.

/// The candidates that a person may have meant by `word`, nearest first, at most three.
pub(crate) fn nearest(word: &str, candidates: Vec<String>) -> Vec<String> {
    let word = word.replace('_', "-");
    let mut scored: Vec<(f64, String)> = candidates
        .into_iter()
        .map(|name| {
            let prefix = !word.is_empty() && (name.starts_with(&word) || word.starts_with(&name));
            let score = strsim::jaro_winkler(&word, &name) + if prefix { 0.2 } else { 0.0 };
            (score, name)
        })
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}
