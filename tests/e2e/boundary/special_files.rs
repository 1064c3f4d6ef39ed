//! Pipes, sockets, devices, files without an end and trees without a bottom in a plugin's folder: nothing waits for them,
//! nothing is filled by them, and what needs them says which it was.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use proptest::prelude::*;

use crate::environment::{Ran, TestEnvironment, finish_within};

/// What hangs is ended by then.
const DEADLINE: Duration = Duration::from_secs(20);

/// More than any machine can hold.
const ENDLESS: u64 = 1 << 42;

const DOCUMENT: &str = "openapi: 3.0.3\ninfo: { title: Acme, version: '1' }\nservers: [{ url: https://acme.example }]\npaths:\n  /things: { get: { summary: List, responses: { '200': { description: x } } } }\n  /things/{id}/parts: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: {} } }\n";

/// Where things may be; `true` for what a generation is refused for.
const PLACES: [(&str, bool); 12] = [
    ("plugin.toml", true),
    ("things.rhai", true),
    ("things/parts.rhai", true),
    ("hooks.rhai", false),
    ("extra.rhai", false),
    ("notes.txt", false),
    (".generated", false),
    (".generated/facts.jsonl", false),
    (".generated/document.json", false),
    (".generated/index", false),
    (".generated/pristine.json", false),
    (".generated/conflicts", false),
];

const COMMANDS: [&str; 13] = [
    "plugins list",
    "plugins info acme",
    "check acme",
    "commands acme --json",
    "--help",
    "acme --help",
    "acme things list --help",
    "acme things list --dry-run",
    "acme things list --mock",
    "auth status acme",
    "__complete ",
    "__complete acme things ",
    "gen work.yaml --name acme",
];

#[derive(Clone, Copy, Debug)]
enum Thing {
    Pipe,
    Socket,
    Device,
    Endless,
    Folder,
}

const THINGS: [Thing; 5] = [Thing::Pipe, Thing::Socket, Thing::Device, Thing::Endless, Thing::Folder];

/// Puts it in the place of what is at `path`.
fn put(environment: &TestEnvironment, path: &str, thing: Thing) {
    let path =
        if path.is_empty() { environment.plugin("acme") } else { environment.plugin("acme").join(path) };
    let _ = fs::remove_file(&path);
    let _ = fs::remove_dir_all(&path);
    match thing {
        Thing::Pipe => {
            assert!(environment.other_program("mkfifo").arg(&path).status().unwrap().success());
        }
        Thing::Socket => drop(UnixListener::bind(&path).unwrap()),
        // Nobody but root makes a device; a link to one is what an archive can hold.
        Thing::Device => symlink("/dev/zero", &path).unwrap(),
        Thing::Endless => fs::File::create(&path).unwrap().set_len(ENDLESS).unwrap(),
        Thing::Folder => fs::create_dir(&path).unwrap(),
    }
}

fn generated() -> TestEnvironment {
    let environment = TestEnvironment::generated("acme", DOCUMENT);
    environment.write("work.yaml", DOCUMENT.replace("paths:", "paths:\n  /more: { get: { responses: {} } }"));
    environment
}

/// Runs it, within the deadline.
fn run(environment: &TestEnvironment, line: &str) -> Ran {
    let mut command = environment.command();
    command.args(line.split(' '));
    finish_within(DEADLINE, command, "")
}

/// Runs it, and it either works or says what is wrong.
fn run_decently(environment: &TestEnvironment, line: &str) {
    let ran = run(environment, line);
    if ran.code != Some(0) {
        ran.fails_after_notes_of(line);
    }
}

impl Ran {
    /// An error with a hint, and a code of its own.
    fn fails_after_notes_of(self, line: &str) {
        assert!(matches!(self.code, Some(1 | 2 | 7)), "{line}: {self}");
        assert!(self.stderr.contains("error: ") && self.stderr.contains("hint: "), "{line}: {self}");
    }
}

#[test]
fn a_pipe_anywhere_stops_nothing() {
    for (place, refused) in PLACES {
        let environment = generated();
        put(&environment, place, Thing::Pipe);
        for line in COMMANDS {
            run_decently(&environment, line);
            if line.starts_with("gen") && refused {
                run(&environment, line).fails(1).says(place);
            }
        }
        run(&environment, "plugins list").ok();
        run(&environment, "__complete ").ok().prints("plugins");
    }
}

#[test]
fn what_needs_a_special_file_names_it() {
    for thing in THINGS {
        for (place, line) in [
            ("plugin.toml", "acme things list --dry-run"),
            ("things.rhai", "acme things list --dry-run"),
            ("hooks.rhai", "acme things list --mock"),
            (".generated/facts.jsonl", "acme things list --dry-run"),
            (".generated/document.json", "acme things list --mock"),
            (".generated/document.json", "mock acme --port 0"),
        ] {
            let environment = generated();
            put(&environment, place, thing);
            let ran = run(&environment, line);
            assert!(matches!(ran.code, Some(1 | 7)), "{thing:?} as {place}: {ran}");
            assert!(
                ran.stderr.contains(place) && ran.stderr.contains("hint: "),
                "{thing:?} as {place}: {ran}"
            );
            if place.starts_with(".generated") {
                ran.says("hint: generate the plugin again");
                run(&environment, "gen work.yaml --name acme").ok();
                run(&environment, "acme things list --mock").ok();
            }
        }
        // The rest of the plugin works.
        let environment = generated();
        put(&environment, "extra.rhai", thing);
        put(&environment, ".generated/index", thing);
        put(&environment, ".generated/pristine.json", thing);
        put(&environment, "notes.txt", thing);
        run(&environment, "acme things list --dry-run").ok();
        run(&environment, "acme --help").ok().prints("things");
        run(&environment, "__complete acme ").ok().prints("things");
        run(&environment, "gen work.yaml --name acme").ok();
        run(&environment, "acme more get --dry-run").ok();
        run(&environment, "plugins remove acme --yes").ok();
    }
}

/// A plugin in the list that is broken does not hide the others.
#[test]
fn a_broken_plugin_is_listed_as_such_and_the_others_work() {
    for thing in [Thing::Pipe, Thing::Endless] {
        let environment = generated();
        environment.generate("good", &DOCUMENT.replace("Acme", "Good")).ok();
        put(&environment, "plugin.toml", thing);
        let ran = run(&environment, "plugins list").ok().prints("Good").says("`acme` is broken");
        assert!(ran.stderr.contains("plugin.toml"), "{ran}");
        run(&environment, "__complete ").ok().prints("good");
        run(&environment, "good things list --dry-run").ok();
        // The plugin's folder itself, too.
        fs::remove_dir_all(environment.plugin("acme")).unwrap();
        put(&environment, "", thing);
        run(&environment, "plugins list").ok().prints("Good");
        run(&environment, "acme things list").fails(2);
        run(&environment, "gen work.yaml --name acme").fails(1).says("acme");
    }
}

#[test]
fn folders_without_end_are_left() {
    let environment = generated();
    // Two links to where they are: a tree of all words of two letters.
    symlink(".", environment.plugin("acme/a")).unwrap();
    symlink("../acme", environment.plugin("acme/b")).unwrap();
    symlink("/", environment.plugin("acme/c")).unwrap();
    for line in COMMANDS {
        run(&environment, line).ok();
    }
    run(&environment, "acme a b a b things list --dry-run").fails(1).says("a` is a link to a folder");
    // Folders in folders, as deep as an archive can have them.
    let deep = environment.plugin("acme").join("d/".repeat(900));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("x.rhai"), "fn x() { 1 }").unwrap();
    for line in COMMANDS {
        run_decently(&environment, line);
    }
    run(&environment, "acme things list --dry-run").ok();
    run(&environment, "gen work.yaml --name acme").fails(1).says("folders in one another");
    // Deeper than a path can be long, and than a process may hold folders open.
    let mut command = environment.other_program("sh");
    command.current_dir(&deep).args([
        "-c",
        "for n in 1 2 3 4; do mkdir -p $1 && cd -P $1 || exit 1; done",
        "sh",
    ]);
    assert!(command.arg("d/".repeat(900)).status().unwrap().success());
    run(&environment, "acme things list --dry-run").ok();
    run(&environment, "plugins remove acme --yes").ok();
    let left: Vec<_> =
        fs::read_dir(environment.plugins()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".acme.lock"]);
}

/// A manifest that could not be read again is not written.
#[test]
fn a_manifest_has_a_limit_for_the_generation_too() {
    let environment = generated();
    let values: Vec<String> = (0..500).map(|n| format!("{n:080}")).collect();
    let variable =
        |n: usize| format!("v{n}: {{ default: '{}', enum: ['{}'] }}", values[0], values.join("','"));
    let (names, variables): (String, Vec<String>) =
        (0..40).map(|n| (format!("/{{v{n}}}"), variable(n))).unzip();
    let server = format!(
        "servers: [{{ url: 'https://acme.example{names}', variables: {{ {} }} }}, ",
        variables.join(", ")
    );
    environment.write("large.yaml", DOCUMENT.replace("servers: [", &server));
    run(&environment, "gen large.yaml --name acme").fails(1).says("do not fit in a manifest");
    run(&environment, "acme things list --dry-run").ok();
}

#[test]
fn a_folder_of_very_many_files_is_told() {
    let environment = generated();
    let folder = environment.plugin("acme/many");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("0"), "").unwrap();
    // Second names of one file are the cheapest.
    let mut first = folder.join("0");
    for n in 1..=100_000 {
        let path = folder.join(format!("n{n}.rhai"));
        if fs::hard_link(&first, &path).is_err() {
            // A file has so many names and no more.
            fs::write(&path, "").unwrap();
            first = path;
        }
    }
    run(&environment, "plugins list").ok();
    run(&environment, "acme things list --dry-run").ok();
    run(&environment, "acme --help").ok();
    for line in
        ["acme many --help", "commands acme", "check acme", "plugins info acme", "gen work.yaml --name acme"]
    {
        run(&environment, line).fails(1).says("contains more than 100000 files and folders");
    }
}

/// Facts of one endless line, an index of garbage, scripts that are too long by a byte.
#[test]
fn sizes_have_limits() {
    let environment = generated();
    let mut facts = fs::File::create(environment.plugin("acme/.generated/facts.jsonl")).unwrap();
    facts.write_all(b"[\"\",{\"format\":2}]\n").unwrap();
    facts.set_len(500 << 20).unwrap();
    run(&environment, "acme things list --dry-run").fails(1).says("facts.jsonl");
    run(&environment, "gen work.yaml --name acme").ok();
    run(&environment, "acme things list --dry-run").ok();
    let script = environment.plugin("acme/things.rhai");
    let text = fs::read_to_string(&script).unwrap();
    let padded = |length: usize| format!("{text}{}", " ".repeat(length - text.len()));
    fs::write(&script, padded(1 << 20)).unwrap();
    run(&environment, "acme things list --dry-run").ok();
    fs::write(&script, padded((1 << 20) + 1)).unwrap();
    run(&environment, "acme things list --dry-run").fails(7).says("too long: 1048577 bytes");
    // It is merged with all the same; one beyond all measure is left alone and the new version put beside it.
    run(&environment, "gen work.yaml --name acme").ok();
    fs::File::create(&script).unwrap().set_len(ENDLESS).unwrap();
    run(&environment, "gen work.yaml --name acme").ok().says("things.rhai");
    assert_eq!(fs::metadata(&script).unwrap().len(), ENDLESS);
    assert!(environment.plugin("acme/.generated/conflicts/things.rhai").is_file());
    fs::File::create(environment.plugin("acme/plugin.toml")).unwrap().set_len((1 << 20) + 1).unwrap();
    run(&environment, "acme things list --dry-run").fails(1).says("at most 1 MiB");
}

#[test]
fn watching_goes_on_beside_special_files() {
    for poll in ["", "--poll "] {
        let environment = generated();
        put(&environment, "pipe.rhai", Thing::Pipe);
        put(&environment, "notes", Thing::Pipe);
        put(&environment, "endless.rhai", Thing::Endless);
        symlink("/", environment.plugin("acme/root")).unwrap();
        symlink(".", environment.plugin("acme/a")).unwrap();
        symlink(".", environment.plugin("acme/b")).unwrap();
        let own = environment.write("own.rhai", "fn get() { \"first\" }\n");
        symlink(&own, environment.plugin("acme/own.rhai")).unwrap();
        let mut watch = environment
            .command()
            .args(format!("watch {poll}acme own get").split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(watch.stdout.take().unwrap());
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let next = || lines.recv_timeout(DEADLINE).unwrap_or_default();
        assert!(next().contains("first"), "`watch {poll}` does not start");
        fs::write(&own, "fn get() { \"second\" }\n").unwrap();
        // Where the system tells of changes, it tells of those in the folder.
        fs::write(environment.plugin("acme/things.rhai"), "fn list() { 1 }\n").unwrap();
        let second = next();
        watch.kill().unwrap();
        watch.wait().unwrap();
        assert!(second.contains("second"), "`watch {poll}` shows `{second}`");
    }
}

/// A document may name special files; the person may as well, and means it.
#[test]
fn documents_refer_to_files_and_are_what_a_person_says() {
    let environment = TestEnvironment::new();
    fs::create_dir(environment.root().join("work/.git")).unwrap();
    let reference = |name: &str| {
        DOCUMENT.replace("/things: { get", &format!("/r: {{ $ref: '{name}' }}\n  /things: {{ get"))
    };
    let pipe = environment.root().join("work/pipe.yaml");
    assert!(environment.other_program("mkfifo").arg(&pipe).status().unwrap().success());
    fs::File::create(environment.root().join("work/endless.yaml")).unwrap().set_len(ENDLESS).unwrap();
    drop(UnixListener::bind(environment.root().join("work/socket.yaml")).unwrap());
    for name in ["pipe.yaml", "socket.yaml", "endless.yaml", ".", "/dev/zero"] {
        environment.write("acme.yaml", reference(name));
        let ran = run(&environment, "gen acme.yaml");
        assert!(ran.stderr.contains("#/paths/~1r"), "{name}: {ran}");
    }
    // A pipe that the person names is read.
    let write = |path: &Path| {
        let path = path.to_owned();
        std::thread::spawn(move || fs::write(path, DOCUMENT).unwrap())
    };
    let writer = write(&pipe);
    run(&environment, "gen pipe.yaml --name piped").ok();
    writer.join().unwrap();
    run(&environment, "piped things list --dry-run").ok();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands wherever, every command ends, and either works or says what is wrong.
    #[test]
    fn every_command_ends(
        things in prop::collection::vec((0..PLACES.len(), 0..THINGS.len()), 1..4),
        commands in prop::sample::subsequence(COMMANDS.as_slice(), 3),
    ) {
        let environment = generated();
        for (place, thing) in things {
            let path = environment.plugin("acme").join(PLACES[place].0);
            if path.parent().is_some_and(Path::is_dir) {
                put(&environment, PLACES[place].0, THINGS[thing]);
            }
        }
        for line in commands {
            run_decently(&environment, line);
        }
    }
}
