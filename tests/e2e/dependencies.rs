//! What is fetched and built for the program: each crate of it costs whoever builds it.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::environment::repository;

/// The most crates that the program is made of, itself among them. What raises it says in Cargo.toml by how much, and
/// what it is worth.
const MOST: usize = 250;

/// Each crate once, as Cargo resolves it for this machine from the lock file alone: what the program is linked of, and the
/// macros that made it; not what only a build script or a test needs.
#[cfg(target_os = "linux")]
#[test]
fn the_program_is_made_of_no_more_crates_than_agreed() {
    let tree = Command::new(env!("CARGO"))
        .current_dir(repository(""))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tree.stderr).into_owned();
    assert!(tree.status.success(), "{said}");
    let text = String::from_utf8(tree.stdout).unwrap();
    let crates: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.iter().any(|one| one.starts_with("rhai v1.")), "{text}");
    assert!(crates.len() <= MOST, "{} crates: {crates:#?}", crates.len());
}

#[test]
fn each_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(repository("Cargo.toml")).unwrap();
    let mut dependencies = 0;
    let mut inside = false;
    let mut above = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.split_once(" = ").is_some_and(|(name, _)| !name.starts_with('#')) {
            dependencies += 1;
            assert!(above || line.contains(" # "), "no word about `{line}`");
        }
        above = line.starts_with('#');
    }
    assert!(dependencies > 40, "{dependencies}");
}
