//! Merges two versions of a script that have a common origin.

use super::pieces::Pieces;

/// The outcome of one script's merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The text to write; `None` if the file should not exist.
    pub text: Option<String>,
    /// Functions that a person changed, added or removed, which stay that way.
    pub kept: Vec<String>,
    /// Functions that this generation changed, added or removed.
    pub updated: Vec<String>,
    /// Functions that both changed; the person's version stays.
    pub conflicts: Vec<String>,
}

/// Whose script is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// It is in the plugin's folder: `base` is believed.
    Plugin,
    /// It is elsewhere, and `base` comes from a folder that anyone may have written to.
    Person,
}

/// Functions that are called implicitly if a script has them.
const HOOKS: [&str; 3] = ["before_send", "after_response", "on_error"];

/// Merges function by function: `base` is what the last generation wrote.
pub(super) fn combine(owner: Owner, base: &Pieces, ours: &Pieces, theirs: &Pieces) -> Merged {
    let believed = owner == Owner::Plugin;
    let mut merged = Merged::default();
    let base_by_name = base.by_name();
    let ours_by_name = ours.by_name();
    let theirs_by_name = theirs.by_name();

    let mut functions: Vec<(String, String)> = Vec::new();
    for (name, text) in &ours.functions {
        let (old, new) = (base_by_name.get(name.as_str()), theirs_by_name.get(name.as_str()));
        let edited = !believed || old.is_none_or(|old| !same(old, text));
        match new {
            Some(new) if same(new, text) => functions.push((name.clone(), text.clone())),
            Some(new) if !edited => {
                merged.updated.push(name.clone());
                functions.push((name.clone(), (*new).to_owned()));
            }
            Some(new) => {
                let unchanged = old.is_some_and(|old| same(old, new));
                if unchanged { &mut merged.kept } else { &mut merged.conflicts }.push(name.clone());
                functions.push((name.clone(), text.clone()));
            }
            None if edited => {
                merged.kept.push(name.clone());
                functions.push((name.clone(), text.clone()));
            }
            None => merged.updated.push(name.clone()),
        }
    }
    for (at, (name, text)) in theirs.functions.iter().enumerate() {
        if ours_by_name.contains_key(name.as_str()) {
            continue;
        }
        if base_by_name.contains_key(name.as_str()) {
            merged.kept.push(name.clone()); // a person removed it
            continue;
        }
        if !believed && HOOKS.iter().any(|hook| name.split('/').next() == Some(*hook)) {
            merged.conflicts.push(name.clone());
            continue;
        }
        merged.updated.push(name.clone());
        // Placed after the function that it follows in the new script, so that related ones stay together.
        let before = theirs.functions[..at].iter().rev().map(|(name, _)| name);
        let place =
            before.into_iter().find_map(|before| functions.iter().position(|(name, _)| name == before));
        let place = place.map_or(0, |place| place + 1);
        functions.insert(place, (name.clone(), format!("\n{}", text.trim_start_matches('\n'))));
        // The function it now precedes may have been the first, and so has no blank line of its own.
        if let Some((_, next)) = functions.get_mut(place + 1).filter(|(_, next)| !next.starts_with('\n')) {
            next.insert(0, '\n');
        }
    }
    let head = if believed && same(&base.head, &ours.head) { &theirs.head } else { &ours.head };
    let nothing_of_ours = believed && same(&base.head, &ours.head) && ours.tail.trim().is_empty();
    if functions.is_empty() && nothing_of_ours {
        return merged;
    }
    let mut text = head.clone();
    for (n, (_, function)) in functions.iter().enumerate() {
        // The head ends in a blank line already.
        let function = if believed && n == 0 && text.ends_with("\n\n") {
            function.trim_start_matches('\n')
        } else {
            function
        };
        // A function that was moved may lack the line feed that separates it from the previous one.
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(function);
    }
    text.push_str(&ours.tail);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    merged.text = Some(text);
    merged
}

/// Equal except for line endings and surrounding blank lines.
fn same(a: &str, b: &str) -> bool {
    a.trim().lines().map(str::trim_end).eq(b.trim().lines().map(str::trim_end))
}
