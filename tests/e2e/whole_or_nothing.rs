//! A generation that is killed, or that is not alone, leaves a whole plugin.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::environment::{Files, TestEnvironment, files_below};

/// A document of a size that takes a little to write.
fn document(version: &str) -> String {
    let mut text = format!(
        "openapi: 3.0.3\ninfo: {{ title: T, version: '{version}' }}\nservers: [{{ url: https://t.example.com, description: '{version}' }}]\npaths:\n"
    );
    for n in 0..60 {
        text.push_str(&format!("  /things-{n}: {{ get: {{ summary: 'List {version} {n}', responses: {{ '200': {{ description: x }} }} }} }}\n"));
    }
    text
}

fn spawn(environment: &TestEnvironment, version: &str) -> Child {
    let path = environment.root().join("work").join(version).join("t.yaml");
    environment.command().arg("gen").arg(path).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Both documents written, and what each makes of an empty folder.
fn two_versions() -> (TestEnvironment, [Files; 2]) {
    let environment = TestEnvironment::new();
    let wholes = ["one", "two"].map(|version| {
        std::fs::create_dir_all(environment.root().join("work").join(version)).unwrap();
        environment.write(&format!("{version}/t.yaml"), document(version));
        let alone = TestEnvironment::new();
        let path = environment.root().join("work").join(version).join("t.yaml");
        alone.run(["gen".as_ref(), path.as_os_str()]).ok();
        content(&alone)
    });
    (environment, wholes)
}

/// The plugin without its index, which is a cache.
fn content(environment: &TestEnvironment) -> Files {
    let is_index = |path: &std::path::Path| path.to_string_lossy().starts_with(".generated/index");
    files_below(&environment.plugin("t")).into_iter().filter(|(path, _)| !is_index(path)).collect()
}

#[test]
fn two_at_once_leave_one_whole_plugin() {
    let (environment, wholes) = two_versions();
    for round in 0..3 {
        let mut children: Vec<Child> =
            (0..8).map(|n| spawn(&environment, if n % 2 == 0 { "one" } else { "two" })).collect();
        // What reads meanwhile meets a whole plugin, once there is one.
        while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
            let ran = environment.line("t things-59 get --dry-run");
            if ran.code != Some(0) {
                assert!(round == 0, "{ran}");
                ran.fails(2).says("there is no command or plugin `t`");
            }
        }
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(wholes.contains(&content(&environment)), "a mixture of both");
        environment.line("check t").ok();
    }
    let names: Vec<String> = std::fs::read_dir(environment.plugins())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.ends_with(".tmp")), "left behind: {names:?}");
}

#[test]
fn a_killed_one_leaves_the_old_plugin_or_the_new_one() {
    let (environment, wholes) = two_versions();
    let started = Instant::now();
    assert!(spawn(&environment, "one").wait().unwrap().success());
    let whole_run = started.elapsed();
    let mut killed = 0;
    for step in 0..40_u32 {
        let mut child = spawn(&environment, if step % 2 == 0 { "two" } else { "one" });
        // Each time at another moment of the run; nothing waits for this sleep to be long enough.
        std::thread::sleep(whole_run * step / 40);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        assert!(wholes.contains(&content(&environment)), "step {step} left a mixture");
        if step % 8 == 0 {
            environment.line("t things-0 get --dry-run").ok();
            environment.line("plugins list").ok();
        }
    }
    assert!(killed > 10, "only {killed} were killed in time");
    // What the killed ones left beside is no plugin and is in nobody's way.
    let plugins = environment.line("plugins list --json").ok().json();
    assert_eq!(plugins.as_array().unwrap().len(), 1, "{plugins}");
    let mut last = spawn(&environment, "two");
    let deadline = Instant::now() + Duration::from_secs(30);
    while last.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "a lock of a killed one is in the way");
        std::thread::yield_now();
    }
    assert!(content(&environment) == wholes[1]);
    let names: Vec<String> = std::fs::read_dir(environment.plugins())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.ends_with(".tmp")), "left behind for ever: {names:?}");
}
