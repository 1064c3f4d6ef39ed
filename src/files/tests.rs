use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A folder, and a neighbouring one that belongs to someone else.
fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let (own, other) = (root.path().join("plugin"), root.path().join("other"));
    fs::create_dir(&own).unwrap();
    fs::create_dir(&other).unwrap();
    (root, own, other)
}

fn problem<T: std::fmt::Debug>(result: Result<T, Error>) -> Problem {
    result.unwrap_err().problem
}

#[test]
fn files_are_read_up_to_their_limit() {
    let (_root, own, _) = folders();
    fs::create_dir(own.join("a")).unwrap();
    fs::write(own.join("a/b.txt"), "12345").unwrap();
    let path = Path::new("a/b.txt");
    assert_eq!(read(&own, path, 5).unwrap().unwrap(), b"12345");
    assert!(matches!(problem(read(&own, path, 4)), Problem::TooLarge { limit: 4 }));
    assert_eq!(text(&own, path, 9).unwrap().unwrap(), "12345");
    fs::write(own.join("a/b.txt"), b"\xff").unwrap();
    assert!(matches!(problem(text(&own, path, 9)), Problem::NotText));
    for missing in ["x", "a/x", "x/y", "a/b.txt/c", "", "..", "a/../a/b.txt"] {
        assert!(open(&own, Path::new(missing)).unwrap().is_none(), "{missing}");
    }
    assert!(matches!(problem(open(&own, Path::new("a"))), Problem::Special("a folder")));
    // A file without a length that never ends.
    #[cfg(target_os = "linux")]
    assert!(matches!(
        problem(read(Path::new("/proc/self"), Path::new("maps"), 10)),
        Problem::TooLarge { .. }
    ));
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_but_to_a_script() {
    use std::os::unix::fs::symlink;
    let (_root, own, other) = folders();
    fs::write(other.join("mine.rhai"), "fn a() { 1 }").unwrap();
    fs::write(other.join("profile"), "secret").unwrap();
    fs::create_dir_all(other.join("x/.generated/conflicts")).unwrap();
    fs::write(other.join("x/.generated/conflicts/a.rhai"), "machine").unwrap();
    fs::create_dir(other.join("folder.rhai")).unwrap();
    let link = |name: &str, target: &Path| symlink(target, own.join(name)).unwrap();
    link("good.rhai", &other.join("mine.rhai"));
    link("twice.rhai", &own.join("good.rhai"));
    link("bad.rhai", &other.join("profile"));
    link("machine.rhai", &other.join("x/.generated/conflicts/a.rhai"));
    link("folder.rhai", &other.join("folder.rhai"));
    link("loop.rhai", Path::new("loop.rhai"));
    link("nowhere.rhai", Path::new("gone.rhai"));
    link("inner", &other);
    for good in ["good.rhai", "twice.rhai"] {
        assert_eq!(script(&own, Path::new(good), 99).unwrap().unwrap(), "fn a() { 1 }");
        // What is not a script may not even be such a link.
        assert!(matches!(problem(text(&own, Path::new(good), 99)), Problem::Link));
    }
    for foreign in ["bad.rhai", "machine.rhai", "folder.rhai"] {
        let error = script(&own, Path::new(foreign), 99).unwrap_err();
        assert!(matches!(error.problem, Problem::Foreign), "{foreign}: {error}");
        assert!(error.to_string().contains(foreign) && !error.to_string().contains("other"), "{error}");
    }
    for nowhere in ["loop.rhai", "nowhere.rhai"] {
        assert!(matches!(problem(script(&own, Path::new(nowhere), 99)), Problem::Nowhere), "{nowhere}");
    }
    assert!(matches!(problem(script(&own, Path::new("inner/mine.rhai"), 99)), Problem::LinkedFolder));
    assert!(matches!(problem(list(&own, Path::new("inner"))), Problem::LinkedFolder));
    // The folder itself may be a link.
    let (_root, elsewhere, _) = folders();
    symlink(&other, elsewhere.join("plugin")).unwrap();
    assert!(script(&elsewhere.join("plugin"), Path::new("mine.rhai"), 99).unwrap().is_some());
}

#[cfg(unix)]
#[test]
fn a_script_that_belongs_to_a_plugin_is_not_written_for_another() {
    let (_root, own, other) = folders();
    fs::create_dir(other.join("sub")).unwrap();
    fs::write(other.join("sub/mine.rhai"), "").unwrap();
    std::os::unix::fs::symlink(other.join("sub/mine.rhai"), own.join("a.rhai")).unwrap();
    let target = || open_script(&own, Path::new("a.rhai")).unwrap().unwrap().target.unwrap();
    assert!(target().is_writable());
    fs::write(other.join("plugin.toml"), "").unwrap();
    assert!(!target().is_writable());
}

/// None of these waits for anyone or fills the memory.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_told_at_once() {
    let (_root, own, _) = folders();
    let _socket = std::os::unix::net::UnixListener::bind(own.join("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(own.join("pipe")).status().unwrap().success());
    fs::File::create(own.join("sparse")).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(problem(open(&own, Path::new("socket"))), Problem::Special("a socket")));
    assert!(matches!(problem(open(&own, Path::new("pipe"))), Problem::Special("a pipe")));
    assert!(matches!(problem(lock_file(&own.join("pipe"))), Problem::Special("a pipe")));
    assert!(matches!(problem(regular(Path::new("/dev/zero"))), Problem::Special("a device")));
    assert!(matches!(problem(read(&own, Path::new("sparse"), 1 << 20)), Problem::TooLarge { .. }));
    assert!(open(&own.join("pipe"), Path::new("x")).unwrap().is_none());
    std::os::unix::fs::symlink("/nonexistent/x", own.join("lock")).unwrap();
    assert!(matches!(problem(lock_file(&own.join("lock"))), Problem::Link));
}
