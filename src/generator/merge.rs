//! What a person wrote, kept, when a script is generated again: a three-way merge by function.
//!
//! `base` is what the last generation wrote, `ours` what a person made of it, `theirs` what this generation writes.
//! A function is whatever stands between the end of the one before and its own closing brace, its comment included.
//! No marker is ever left in code: where both sides changed a function, the person's stays.

use std::collections::HashMap;

/// The outcome of one script's merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The text to write; `None` if the file should not exist.
    pub(crate) text: Option<String>,
    /// Functions that a person changed, added or removed, and that stay so.
    pub(crate) kept: Vec<String>,
    /// Functions that this generation changed, added or removed.
    pub(crate) updated: Vec<String>,
    /// Functions that both changed; the person's stays.
    pub(crate) conflicts: Vec<String>,
}

/// A script in pieces; joined again they are the script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pieces {
    head: String,
    functions: Vec<(String, String)>,
    tail: String,
}

/// Merges one script. Any of the three may be missing: not generated before, removed by a person, gone from the
/// document.
pub(crate) fn merge(base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Merged {
    merge_as(Owner::Plugin, base, ours, theirs)
}

/// Merges into a script that is not the plugin's: all that it says stays, whatever `base` claims it was. The only thing that
/// a generation may do is to add functions, and none that is called without being asked for.
pub(crate) fn add(base: Option<&str>, ours: &str, theirs: Option<&str>) -> Merged {
    let mut merged = merge_as(Owner::Person, base, Some(ours), theirs);
    if merged.updated.is_empty() {
        merged.text = Some(ours.to_owned());
    }
    merged
}

/// Whose script is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// It is in the plugin's folder: `base` is believed.
    Plugin,
    /// It is elsewhere, and `base` comes from a folder that anybody may have filled.
    Person,
}

/// Functions that are called without being asked for, where a script has them.
const HOOKS: [&str; 3] = ["before_send", "after_response", "on_error"];

fn merge_as(owner: Owner, base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Merged {
    let (base_pieces, theirs_pieces) = (split_or_empty(base), split_or_empty(theirs));
    let Some(ours_text) = ours else {
        // The file is new, or a person removed it; then only what is new comes back.
        if base.is_none() {
            return Merged {
                text: theirs.map(str::to_owned),
                updated: names(&theirs_pieces),
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
        // Half-written code is a person's too: it stays as it is, whole.
        let changed = base.is_none_or(|base| Some(base) != theirs);
        let file = vec!["(whole file)".to_owned()];
        let (kept, conflicts) = if changed { (Vec::new(), file) } else { (file, Vec::new()) };
        return Merged { text: Some(ours_text.to_owned()), kept, conflicts, updated: Vec::new() };
    };
    let mut merged = combine(owner, &base_pieces, &ours_pieces, &theirs_pieces);
    // Nobody touched it, so it becomes the new one to the byte.
    if owner == Owner::Plugin && base == Some(ours_text) && theirs.is_some() {
        merged.text = theirs.map(str::to_owned);
    }
    merged
}

fn combine(owner: Owner, base: &Pieces, ours: &Pieces, theirs: &Pieces) -> Merged {
    let believed = owner == Owner::Plugin;
    let mut merged = Merged::default();
    let base_by_name = by_name(base);
    let ours_by_name = by_name(ours);
    let theirs_by_name = by_name(theirs);

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
        // After the function that it follows in the new script, so that related ones stay together.
        let before = theirs.functions[..at].iter().rev().map(|(name, _)| name);
        let place =
            before.into_iter().find_map(|before| functions.iter().position(|(name, _)| name == before));
        let place = place.map_or(0, |place| place + 1);
        functions.insert(place, (name.clone(), format!("\n{}", text.trim_start_matches('\n'))));
        // What it now stands before was perhaps the first, and so has no blank line of its own.
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
        // A function that came from another place may lack the line feed that parts it from the one before.
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

fn by_name(pieces: &Pieces) -> HashMap<&str, &str> {
    pieces.functions.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

fn names(pieces: &Pieces) -> Vec<String> {
    pieces.functions.iter().map(|(name, _)| name.clone()).collect()
}

/// Equal but for line endings and blank lines around.
fn same(a: &str, b: &str) -> bool {
    a.trim().lines().map(str::trim_end).eq(b.trim().lines().map(str::trim_end))
}

fn split_or_empty(text: Option<&str>) -> Pieces {
    text.and_then(split).unwrap_or_default()
}

/// Cuts a script behind each top-level function; `None` if its brackets, strings or comments do not close.
fn split(text: &str) -> Option<Pieces> {
    let mut pieces = Pieces::default();
    let mut scanner = Scanner { text, at: 0 };
    let mut start = 0;
    let mut depth = 0_usize;
    let mut name: Option<String> = None;
    let mut bearers: HashMap<String, usize> = HashMap::new();
    let mut expects_name = false;
    while let Some(token) = scanner.next()? {
        match token {
            Token::Open => depth += 1,
            Token::Close(c) => {
                depth = depth.checked_sub(1)?;
                if depth == 0
                    && c == '}'
                    && let Some(name) = name.take()
                {
                    let mut end = scanner.at;
                    // The line feed belongs to the function that it ends.
                    if text[end..].starts_with("\r\n") {
                        end += 2;
                    } else if text[end..].starts_with('\n') {
                        end += 1;
                    }
                    let mut piece = &text[start..end];
                    if pieces.functions.is_empty() {
                        let head = head_length(piece);
                        pieces.head = piece[..head].to_owned();
                        piece = &piece[head..];
                    }
                    let seen = bearers.entry(name.clone()).or_insert(0_usize);
                    *seen += 1;
                    let name = if *seen == 1 { name } else { format!("{name}/{}", *seen - 1) };
                    pieces.functions.push((name, piece.to_owned()));
                    start = end;
                }
            }
            Token::Word("fn") if depth == 0 => expects_name = true,
            Token::Word(word) => {
                if std::mem::take(&mut expects_name) {
                    name = Some(word.to_owned());
                }
            }
        }
    }
    if depth != 0 || name.is_some() {
        return None;
    }
    pieces.tail = text[start..].to_owned();
    if pieces.functions.is_empty() {
        pieces.head = std::mem::take(&mut pieces.tail);
    }
    Some(pieces)
}

/// How much of the text before the first function belongs to the file: its leading `//!` lines and blank lines.
fn head_length(text: &str) -> usize {
    text.split_inclusive('\n')
        .take_while(|line| line.trim().is_empty() || line.starts_with("//!"))
        .map(str::len)
        .sum()
}

enum Token<'a> {
    Open,
    Close(char),
    Word(&'a str),
}

/// As much of Rhai's tokens as it takes to know code from strings and comments.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The next token that matters; `Some(None)` at the end, `None` if a string or comment never ends.
    #[allow(clippy::option_option)] // the outer one is what `?` is for
    fn next(&mut self) -> Option<Option<Token<'a>>> {
        while let Some(c) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.block_comment()?;
            } else if c == '"' || c == '\'' {
                self.quoted(c)?;
            } else if c == '`' {
                self.interpolated()?;
            } else if matches!(c, '{' | '(' | '[') {
                self.at += 1;
                return Some(Some(Token::Open));
            } else if matches!(c, '}' | ')' | ']') {
                self.at += 1;
                return Some(Some(Token::Close(c)));
            } else if c.is_alphanumeric() || c == '_' {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                self.at += length;
                return Some(Some(Token::Word(&rest[..length])));
            } else {
                self.at += c.len_utf8();
            }
        }
        Some(None)
    }

    fn block_comment(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let rest = &self.text[self.at..];
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Some(());
                }
            } else {
                self.at += rest.chars().next()?.len_utf8();
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Option<()> {
        self.at += 1;
        loop {
            let c = self.text[self.at..].chars().next()?;
            self.at += c.len_utf8();
            if c == '\\' {
                self.at += self.text[self.at..].chars().next()?.len_utf8();
            } else if c == quote {
                return Some(());
            }
        }
    }

    fn interpolated(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            if rest.starts_with("${") {
                self.at += 2;
                let mut depth = 1_usize;
                while depth > 0 {
                    match self.next()?? {
                        Token::Open => depth += 1,
                        Token::Close(_) => depth -= 1,
                        Token::Word(_) => {}
                    }
                }
                continue;
            }
            let c = rest.chars().next()?;
            self.at += c.len_utf8();
            if c == '`' {
                return Some(());
            }
        }
    }
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
    fn pieces_join_to_the_whole() {
        for script in [
            BASE,
            "",
            "// only\n",
            "fn a() { `x ${ #{a: \"`}\"} } {` }\n/* fn b() {} */ fn c() {}",
            "private fn p() {}\n\n// tail",
        ] {
            let pieces = split(script).unwrap();
            let whole = pieces.functions.iter().fold(pieces.head.clone(), |text, (_, f)| text + f.as_str())
                + pieces.tail.as_str();
            assert_eq!(whole, script);
        }
        assert_eq!(names(&split(BASE).unwrap()), ["get", "list"]);
        for broken in ["fn a() {", "fn a() { \"x }", "/* ", "}", "fn a"] {
            assert!(split(broken).is_none(), "{broken}");
        }
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

    /// Whatever a forged base says, nothing of a person's own script is lost by what a generation adds.
    #[test]
    fn a_script_elsewhere_only_grows() {
        let theirs = BASE.replace("\"}\"", "\"new\"")
            + "\nfn more() {\n    0\n}\n\nfn before_send(flags) {\n    1\n}\n";
        let mine = "\n\n\n//! Mine.\n\nfn get(id) {\n    \"mine\"\n}\nlet x = 1;\nfn own() { 2 }\n// end";
        // Forged to be the very text, an empty one, or another.
        for base in [Some(mine), Some(BASE), Some(""), None] {
            let merged = add(base, mine, Some(&theirs));
            let text = merged.text.unwrap();
            let mut rest = text.lines();
            for line in mine.lines() {
                assert!(rest.any(|other| other == line), "`{line}` is lost ({base:?}):\n{text}");
            }
            assert!(text.contains("fn more()") && !text.contains("before_send"), "{text}");
            assert!(merged.conflicts.contains(&"before_send".to_owned()), "{base:?}");
            // Nothing of it goes when the document has it no more, nor when that has nothing new.
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
        /// The same for any scripts: all of ours is in what comes of it, in its order.
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
