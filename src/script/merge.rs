//! Keeps what a person wrote when a script is generated again: a three-way merge by function.
//!
//! `base` is what the last generation wrote, `ours` what a person made of it, `theirs` what this generation writes.
//! A function is everything from the end of the previous one to its own closing brace, including its comment.
//! No marker is ever left in code: where both sides changed a function, the person's stays.

use super::combine::{Merged, Owner, combine};
use super::pieces::{Pieces, split};

/// Merges one script. Any of the three may be missing: not generated before, removed by a person, gone from the
/// document.
pub fn merge(base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Merged {
    merge_as(Owner::Plugin, base, ours, theirs)
}

/// Merges into a script that is not the plugin's: all of it stays, whatever `base` claims it was. A generation may only
/// add functions, and none that is called implicitly.
pub fn add(base: Option<&str>, ours: &str, theirs: Option<&str>) -> Merged {
    let mut merged = merge_as(Owner::Person, base, Some(ours), theirs);
    if merged.updated.is_empty() {
        merged.text = Some(ours.to_owned());
    }
    merged
}

fn merge_as(owner: Owner, base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Merged {
    let (base_pieces, theirs_pieces) = (split_or_empty(base), split_or_empty(theirs));
    let Some(ours_text) = ours else {
        // The file is new, or a person removed it; then only what is new comes back.
        if base.is_none() {
            return Merged {
                text: theirs.map(str::to_owned),
                updated: theirs_pieces.names(),
                ..Merged::default()
            };
        }
        return combine(
            owner,
            &base_pieces,
            &Pieces { head: theirs_pieces.head.clone(), ..Pieces::default() },
            &theirs_pieces,
        );
    };
    let Some(ours_pieces) = split(ours_text) else {
        // Half-written code is a person's too: it stays exactly as it is.
        let changed = base.is_none_or(|base| Some(base) != theirs);
        let file = vec!["(whole file)".to_owned()];
        let (kept, conflicts) = if changed { (Vec::new(), file) } else { (file, Vec::new()) };
        return Merged { text: Some(ours_text.to_owned()), kept, conflicts, updated: Vec::new() };
    };
    let mut merged = combine(owner, &base_pieces, &ours_pieces, &theirs_pieces);
    // Nobody touched it, so it becomes the new one, byte for byte.
    if owner == Owner::Plugin && base == Some(ours_text) && theirs.is_some() {
        merged.text = theirs.map(str::to_owned);
    }
    merged
}

fn split_or_empty(text: Option<&str>) -> Pieces {
    text.and_then(split).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str =
        "//! T\n\n/// Get.\nfn get(id) {\n    \"}\"\n}\n\n/// List.\nfn list(flags) {\n    1 // }\n}\n";

    fn text(base: &str, ours: &str, theirs: &str) -> (String, Merged) {
        let merged = merge(Some(base), Some(ours), Some(theirs));
        (merged.text.clone().unwrap_or_default(), merged)
    }

    #[test]
    fn an_edit_and_a_new_function_both_survive() {
        let ours = BASE.replace("    1 // }", "    2 // mine") + "\n/// Mine.\nfn extra() {\n    3\n}\n";
        let theirs =
            BASE.replace("\"}\"", "\"new\"").replace("\n/// List", "\nfn head() {\n    0\n}\n\n/// List");
        let (text, merged) = text(BASE, &ours, &theirs);
        assert!(
            text.contains("2 // mine")
                && text.contains("fn extra()")
                && text.contains("\"new\"")
                && text.contains("fn head()")
        );
        assert_eq!(merged.kept, ["list", "extra"]);
        assert_eq!(merged.updated, ["get", "head"]);
        assert!(merged.conflicts.is_empty());
        assert!(
            text.find("fn get").unwrap() < text.find("fn head").unwrap()
                && text.find("fn head").unwrap() < text.find("fn list").unwrap()
        );
    }

    #[test]
    fn where_both_changed_the_person_wins_and_hears_of_it() {
        let (text, merged) =
            text(BASE, &BASE.replace("\"}\"", "\"mine\""), &BASE.replace("\"}\"", "\"theirs\""));
        assert!(text.contains("\"mine\"") && !text.contains("\"theirs\"") && !text.contains("<<<<"));
        assert_eq!(merged.conflicts, ["get"]);
    }

    #[test]
    fn what_a_person_removed_stays_gone() {
        let ours = "//! T\n\n/// Get.\nfn get(id) {\n    \"}\"\n}\n";
        let (text, merged) = text(BASE, ours, &BASE.replace("1 // }", "9"));
        assert!(!text.contains("fn list"));
        assert_eq!(merged.kept, ["list"]);
        assert_eq!(merge(Some(BASE), None, Some(BASE)).text, None);
    }

    #[test]
    fn what_the_document_dropped_goes_unless_it_was_edited() {
        let theirs = "//! T\n\n/// Get.\nfn get(id) {\n    \"}\"\n}\n";
        assert!(!text(BASE, BASE, theirs).0.contains("fn list"));
        assert!(text(BASE, &BASE.replace("1 // }", "2"), theirs).0.contains("fn list"));
        assert_eq!(merge(Some(BASE), Some(BASE), None).text, None);
    }

    #[test]
    fn half_written_code_is_left_alone() {
        let ours = BASE.replace("1 // }", "if {");
        let (text, merged) = text(BASE, &ours, &BASE.replace("\"}\"", "2"));
        assert_eq!(text, ours);
        assert_eq!(merged.conflicts, ["(whole file)"]);
    }

    #[test]
    fn an_unedited_file_becomes_the_new_one_to_the_byte() {
        let theirs = BASE.replace("Get.", "Fetch.").replace("//! T", "//! U");
        assert_eq!(text(BASE, BASE, &theirs).0, theirs);
        let first = BASE.replace("/// Get.", "/// New.\nfn new_() {\n    0\n}\n\n/// Get.");
        assert_eq!(text(BASE, BASE, &first).0, first);
    }

    /// Whatever a forged base says, a person's own script loses nothing when a generation adds to it.
    #[test]
    fn a_script_elsewhere_only_grows() {
        let theirs = BASE.replace("\"}\"", "\"new\"")
            + "\nfn more() {\n    0\n}\n\nfn before_send(flags) {\n    1\n}\n";
        let mine = "\n\n\n//! Mine.\n\nfn get(id) {\n    \"mine\"\n}\nlet x = 1;\nfn own() { 2 }\n// end";
        // Forged to be the same text, an empty one, or another.
        for base in [Some(mine), Some(BASE), Some(""), None] {
            let merged = add(base, mine, Some(&theirs));
            let text = merged.text.unwrap();
            let mut rest = text.lines();
            for line in mine.lines() {
                assert!(rest.any(|other| other == line), "`{line}` is lost ({base:?}):\n{text}");
            }
            assert!(text.contains("fn more()") && !text.contains("before_send"), "{text}");
            assert!(merged.conflicts.contains(&"before_send".to_owned()), "{base:?}");
            // Nothing is removed when the document no longer has it, or has nothing new.
            assert_eq!(add(base, mine, None).text.as_deref(), Some(mine));
            assert_eq!(add(base, mine, Some("")).text.as_deref(), Some(mine));
            assert_eq!(add(base, &theirs, Some(&theirs)).text.as_deref(), Some(theirs.as_str()));
            assert_eq!(add(base, "fn half( {", Some(&theirs)).text.as_deref(), Some("fn half( {"));
        }
        // What the person removed does not come back.
        assert!(!add(Some(BASE), mine, Some(&theirs)).text.unwrap().contains("fn list"));
        assert!(add(None, mine, Some(&theirs)).text.unwrap().contains("fn list"));
    }

    proptest::proptest! {
        /// The same for any scripts: all of ours is in the result, in its order.
        #[test]
        fn nothing_of_a_script_elsewhere_is_lost(
            ours in "(//! h\n|\n){0,3}(/// d\n|fn [a-d]\\(\\) \\{ [0-9] \\}\n?|// c\n|\n){0,12}",
            theirs in "(//! i\n\n)?(/// e\n|\n|fn [a-f]\\(x\\) \\{ [0-9] \\}\n){0,8}",
            base in "(fn [a-f]\\(x?\\) \\{ [0-9] \\}\n){0,8}",
            forged in 0..3_usize,
        ) {
            let base = [Some(ours.as_str()), Some(base.as_str()), None][forged];
            let text = add(base, &ours, Some(&theirs)).text.unwrap();
            let mut rest = text.chars();
            for c in ours.chars() {
                assert!(rest.any(|other| other == c), "{ours:?} is not in {text:?}");
            }
        }
    }
}
