//! Did you mean: one measure of what is near, for whoever asks.

/// How near a name is to what was typed: 1 is the same, and what begins so is nearer. `None` if it is not near at all.
fn score(word: &str, name: &str) -> Option<f64> {
    let prefix = !word.is_empty() && (name.starts_with(word) || word.starts_with(name));
    let (typed, longest) = (word.chars().count(), word.chars().count().max(name.chars().count()));
    let alike = strsim::jaro_winkler(word, name);
    // Words of a family share much without being slips of each other.
    let slips = strsim::damerau_levenshtein(word, name);
    let slipped = slips < typed && slips <= 1 + typed / 4;
    let near = slipped || alike > 0.8 && slips <= 2 + longest / 3;
    let alike = if slipped { alike.max(0.8) } else { alike };
    (near || prefix).then_some(alike + if prefix { 0.2 } else { 0.0 })
}

/// The candidates that a person may have meant by `word`, nearest first, at most three. Words are compared as they are typed:
/// `_` is `-`.
pub(crate) fn nearest(word: &str, candidates: Vec<String>) -> Vec<String> {
    let word = word.replace('_', "-");
    let scored = candidates.into_iter().filter_map(|name| Some((score(&word, &name)?, name)));
    let mut scored: Vec<(f64, String)> = scored.collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// The one of the candidates that is nearest to `word`, if one is near; never the word itself.
pub(crate) fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.filter(|name| *name != word).filter_map(|name| Some((score(word, name)?, name)));
    near.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1))).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_none() {
        for (word, known, meant) in [
            ("pst", &["post", "patch"][..], Some("post")),
            ("sned", &["send", "json"], Some("send")),
            ("custmer", &["customer"], Some("customer")),
            ("--limt", &["--limit", "--list"], Some("--limit")),
            ("cust", &["customers"], Some("customers")),
            ("zzz", &["post"], None),
            ("--plain-text", &["--client-id", "--profile", "--file"], None),
            ("post", &["post"], None),
        ] {
            assert_eq!(closest(word, known.iter().copied()), meant, "{word}");
        }
        let names = ["get", "list", "get-many"].map(str::to_owned).to_vec();
        assert_eq!(nearest("gte", names), ["get"]);
    }
}
