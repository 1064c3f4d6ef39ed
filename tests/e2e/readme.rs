//! Every line that README says to type, typed in the repository's folder, in the order of the page.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use crate::environment::{PROGRAM, Ran, TestEnvironment, finish, repository};

/// What becomes of a line that does not just do its work and end.
enum Otherwise {
    /// It fails, for here is nobody to answer and no credential: with this exit code, saying this.
    Fails(i32, &'static str),
    /// It goes on until it is stopped, and first says this.
    Stays(&'static str),
    /// It is not run here, but uses a file that must be there: it is this file's, or the build's, to be tested.
    Needs(&'static str),
}

/// The lines that are not simply run, to the letter. What is not here has to end with exit code 0.
const OTHERWISE: &[(&str, Otherwise)] = &[
    ("sh docs/quick-start.sh", Otherwise::Needs("docs/quick-start.sh")),
    ("cargo test --locked", Otherwise::Needs("Cargo.lock")),
    ("cargo install --path . --locked", Otherwise::Needs("Cargo.lock")),
    ("apicli watch stripe customers list --mock", Otherwise::Stays("\"object\": \"list\"")),
    ("apicli mock stripe --port 0", Otherwise::Stays("http://127.0.0.1:")),
    ("apicli auth login stripe", Otherwise::Fails(2, "there is no terminal to ask for the credential at")),
    ("apicli stripe customers list --limit 3", Otherwise::Fails(3, "no credential for `stripe`")),
];

/// The lines of all shell blocks, without what comments say beside them.
fn lines(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut block = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, Some("sh")) => {
                let typed = line.split_once(" #").map_or(line, |(typed, _)| typed).trim();
                if !typed.is_empty() {
                    lines.push(typed.to_owned());
                }
            }
            (None, Some(language)) => {
                assert!(!line.starts_with("apicli "), "a command in a block of `{language}`: {line}");
            }
            (None, None) => {
                assert!(!line.starts_with("    "), "an indented block, which is not tested: {line}");
            }
        }
    }
    assert!(block.is_none(), "a block without an end");
    lines
}

/// The line as a shell in the repository's folder runs it.
fn typed(environment: &TestEnvironment, line: &str) -> Command {
    let mut shell = environment.other_program("bash");
    let programs = Path::new(PROGRAM).parent().unwrap();
    shell
        .args(["-c", line])
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .current_dir(repository("."));
    shell
}

/// It did what it was asked for.
#[track_caller]
fn succeeded(ran: &Ran, line: &str) {
    assert_eq!(ran.code, Some(0), "{line}\n{ran}");
    // Of `source <(command)` the shell does not tell the exit code.
    assert!(!ran.stderr.contains("error:"), "{line}\n{ran}");
}

#[test]
fn every_line_works_as_typed_in_a_fresh_clone() {
    let environment = TestEnvironment::new();
    let page = fs::read_to_string(repository("README.md")).unwrap();
    let lines = lines(&page);
    for (line, _) in OTHERWISE {
        assert!(lines.iter().any(|typed| typed == line), "README has no line `{line}` any more");
    }
    let mut generated = false;
    let mut run = 0;
    for line in &lines {
        assert!(!line.ends_with('\\'), "one line each, please: {line}");
        match OTHERWISE.iter().find(|(typed, _)| typed == line).map(|(_, otherwise)| otherwise) {
            Some(Otherwise::Needs(file)) => {
                assert!(repository(file).is_file(), "{line}: there is no {file}");
                continue;
            }
            Some(Otherwise::Fails(code, text)) => {
                let ran = finish(typed(&environment, line), "");
                assert_eq!(ran.code, Some(*code), "{line}\n{ran}");
                ran.says(text);
            }
            Some(Otherwise::Stays(text)) => stays(&environment, line, text),
            None => succeeded(&finish(typed(&environment, line), ""), line),
        }
        generated |= line.starts_with("apicli gen ");
        assert!(line.contains("apicli "), "this test does not know what to expect of `{line}`");
        run += 1;
    }
    assert!(generated && run > 10, "{run} lines were run");
}

/// It says `text` and does not end by itself.
#[track_caller]
fn stays(environment: &TestEnvironment, line: &str, text: &str) {
    let mut command = typed(environment, &format!("exec {line}"));
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, said) = channel();
    let streams: [Box<dyn Read + Send>; 2] =
        [Box::new(process.stdout.take().unwrap()), Box::new(process.stderr.take().unwrap())];
    for stream in streams {
        let sender = sender.clone();
        thread::spawn(move || {
            BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
    }
    drop(sender);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen = Vec::new();
    while !seen.last().is_some_and(|line: &String| line.contains(text)) {
        match said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => seen.push(line),
            Err(_) => break,
        }
    }
    let ended = process.try_wait().unwrap();
    let _ = process.kill();
    let _ = process.wait();
    assert!(seen.last().is_some_and(|line| line.contains(text)), "{line}: no `{text}` but {seen:#?}");
    assert!(ended.is_none(), "{line} has ended with {ended:?}: {seen:#?}");
}

#[test]
fn every_page_that_readme_and_the_pages_name_is_there() {
    let mut pages = vec!["README.md".to_owned()];
    for entry in fs::read_dir(repository("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // A program writes that one, and quotes patterns in it that look like links.
        if name.ends_with(".md") && name != "corpus.md" {
            pages.push(format!("docs/{name}"));
        }
    }
    let mut followed = 0;
    for page in pages {
        let text = fs::read_to_string(repository(&page)).unwrap();
        let text: String = text.lines().map(without_code).collect();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains("://")) {
            followed += 1;
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let path = repository(&page);
            let path = if file.is_empty() { path } else { path.parent().unwrap().join(file) };
            let target = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {link}: {error}"));
            if !place.is_empty() {
                let headings: Vec<String> = target.lines().filter_map(anchor).collect();
                assert!(headings.iter().any(|heading| heading == place), "{page}: {link}");
            }
        }
    }
    assert!(followed > 20, "{followed} links were followed");
}

/// The line without what stands between backticks, in which brackets are no links.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The name by which a heading is linked to.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}
