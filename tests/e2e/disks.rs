//! Disks that are full or read-only: the old plugin stays, and works.

use std::process::Command;

use crate::environment::{PROGRAM, Ran, TestEnvironment, finish, not_run, repository};

const SMALL: &str = "openapi: 3.0.3
info: { title: Small, version: '1' }
servers: [{ url: https://api.example.com }]
paths: { /things: { get: { summary: List things, responses: { '200': { description: Fine. } } } } }
";

/// Runs a shell script in which the plugins' folder is a file system of its own; `None` where that is not allowed.
fn with_own_disk(options: &str, script: &str) -> Option<Ran> {
    let possible = Command::new("unshare")
        .args(["-rm", "/bin/sh", "-c", "mount -t tmpfs none /mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !possible {
        return None;
    }
    let environment = TestEnvironment::new();
    std::fs::create_dir(environment.plugins()).unwrap();
    environment.write("small.yaml", SMALL);
    let mut command = environment.other_program("unshare");
    command.env("APICLI", PROGRAM).env("STRIPE", repository("specs/stripe.yaml"));
    let whole = format!("mount -t tmpfs -o {options} none \"$APICLI_PLUGINS_DIR\" || exit 99\n{script}");
    command.args(["-rm", "/bin/sh", "-c", &whole]);
    Some(finish(command, ""))
}

#[test]
fn a_full_disk() {
    let script = r#"
"$APICLI" gen small.yaml --name t 2>/dev/null || exit 98
"$APICLI" gen "$STRIPE" --name t; code=$?
"$APICLI" t things list --mock >/dev/null 2>&1 || exit 97
"$APICLI" check t >/dev/null 2>&1 || exit 96
test -z "$(ls -A "$APICLI_PLUGINS_DIR" | grep 'tmp$')" || exit 95
exit $code
"#;
    match with_own_disk("size=300k", script) {
        Some(ran) => drop(ran.fails(1).says("No space left on device")),
        None => not_run("a generation on a full disk", "allow unshare -rm, user namespaces"),
    }
}

#[test]
fn a_read_only_disk() {
    let script = r#"
"$APICLI" gen small.yaml --name t 2>/dev/null || exit 98
mount -o remount,ro "$APICLI_PLUGINS_DIR" || exit 99
"$APICLI" gen small.yaml --name t; code=$?
"$APICLI" t things list --mock >/dev/null 2>&1 || exit 97
"$APICLI" commands t >/dev/null 2>&1 || exit 96
"$APICLI" plugins remove t --yes >/dev/null 2>&1 && exit 95
exit $code
"#;
    match with_own_disk("size=1m", script) {
        Some(ran) => drop(ran.fails(1).says("Read-only file system")),
        None => not_run("a generation on a read-only disk", "allow unshare -rm, user namespaces"),
    }
}
