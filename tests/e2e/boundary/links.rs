//! Links in a plugin's folder: what they lead to is neither shown nor changed, unless it is a script of the person's.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::environment::{Ran, TestEnvironment, files_below};

/// Stands in every file that is none of the plugin's.
const MARK: &str = "marked-8f31-never-shown";

/// A document with the groups `things`, `things parts` and `orders`.
fn document(more: &str) -> String {
    let operation =
        |summary: &str| format!("summary: {summary}, responses: {{ '200': {{ description: x }} }}");
    let id = "parameters: [{ name: id, in: path, required: true, schema: { type: string } }]";
    format!(
        "openapi: 3.0.3\ninfo: {{ title: Acme, version: '1' }}\nservers: [{{ url: https://acme.example }}]\npaths:\n  /things:\n    get: {{ {} }}\n    post: {{ {} }}\n  /things/{{id}}/parts:\n    get: {{ {}, {id} }}\n  /orders:\n    get: {{ {} }}\n{more}",
        operation("List"),
        operation("Create"),
        operation("Parts"),
        operation("Orders")
    )
}

/// The same with one command more in `things`.
fn newer() -> String {
    let id = "parameters: [{ name: id, in: path, required: true, schema: { type: string } }]";
    document(&format!("  /things/{{id}}:\n    delete: {{ summary: Remove, responses: {{}}, {id} }}\n"))
}

fn generated() -> TestEnvironment {
    TestEnvironment::generated("acme", &document(""))
}

/// Puts a link in the place of whatever is at `path` in the plugin.
fn link(environment: &TestEnvironment, path: &str, target: &Path) {
    let path = environment.plugin(path);
    let _ = fs::remove_file(&path);
    let _ = fs::remove_dir_all(&path);
    symlink(target, path).unwrap();
}

/// Changes the merge bases of the plugin.
fn forge(environment: &TestEnvironment, path: &str, text: &str) {
    let file = environment.plugin("acme/.generated/pristine.json");
    let mut pristine: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    pristine[path] = json!(text);
    fs::write(file, pristine.to_string()).unwrap();
}

/// Everything that reads the plugin, or is about it.
const READERS: [&str; 14] = [
    "plugins list",
    "plugins list --json",
    "plugins info acme",
    "check acme",
    "commands acme --json",
    "acme --help",
    "acme things --help",
    "acme things list --help",
    "acme things list --dry-run",
    "acme things list --mock",
    "acme things parts list 1 --dry-run",
    "path acme things list",
    "schema acme things list",
    "__complete acme things l",
];

/// Runs all of them, and none shows what it should not.
fn read_all(environment: &TestEnvironment) -> Vec<Ran> {
    let ran: Vec<Ran> = READERS.iter().map(|line| environment.line(line)).collect();
    for ran in &ran {
        assert!(!ran.stdout_text().contains(MARK) && !ran.stderr.contains(MARK), "{ran}");
    }
    ran
}

#[test]
fn a_script_that_is_a_link_to_what_is_no_script_is_neither_shown_nor_changed() {
    let secret = format!("{MARK} first line (\n");
    for name in [".profile", "id_rsa", "notes.rhai.txt", "rhai"] {
        let environment = generated();
        let victim = environment.write(name, &secret);
        for path in ["things.rhai", "things/parts.rhai", "hooks.rhai"] {
            link(&environment, &format!("acme/{path}"), &victim);
            // The folder says that nobody has changed it since it was generated.
            forge(&environment, path, &secret);
        }
        read_all(&environment);
        environment
            .line("acme things list --dry-run")
            .fails(1)
            .says("things.rhai` is a link to something that is not");
        environment.line("check acme").fails(1).says("is a link to something that is not");
        environment.line("acme orders list --mock").fails(1).says("hooks.rhai` is a link");
        for _ in 0..2 {
            let ran =
                environment.generate("acme", &newer()).fails(1).says("is a link to something that is not");
            assert!(!ran.stderr.contains(MARK) && !ran.stderr.contains(victim.to_str().unwrap()), "{ran}");
            assert_eq!(fs::read_to_string(&victim).unwrap(), secret);
        }
        // A file of its own in its place, and all is well.
        for path in ["things.rhai", "things/parts.rhai", "hooks.rhai"] {
            fs::remove_file(environment.plugin(&format!("acme/{path}"))).unwrap();
        }
        environment.generate("acme", &newer()).ok();
        environment.line("acme orders list --mock").ok();
        assert_eq!(fs::read_to_string(&victim).unwrap(), secret);
    }
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle_are_told_by_name() {
    let environment = generated();
    let made = environment.root().join("work/made.rhai");
    for target in [made.as_path(), Path::new("things.rhai"), Path::new("/dev/zero"), Path::new("/dev/fd/0")] {
        link(&environment, "acme/things.rhai", target);
        read_all(&environment);
        environment.line("acme things list --dry-run").fails(1).says("things.rhai` is a link");
        environment.generate("acme", &newer()).fails(1).says("things.rhai` is a link");
    }
    assert!(!made.exists());
}

#[test]
fn a_forged_base_is_no_reason_to_overwrite_a_script_elsewhere() {
    let own = "//! Mine.\n\nfn list() { \"mine\" }\n\nfn helper() { 1 }\n\n// the end";
    for forged in [own, "", "//! Things\n\nfn helper() { 1 }\n"] {
        let environment = generated();
        let victim = environment.write("mine.rhai", own);
        link(&environment, "acme/things.rhai", &victim);
        link(&environment, "acme/gone.rhai", &victim);
        forge(&environment, "things.rhai", forged);
        forge(&environment, "gone.rhai", own);
        let report = environment.generate("acme", &newer()).ok().json();
        let text = fs::read_to_string(&victim).unwrap();
        let mut rest = text.lines();
        for line in own.lines() {
            assert!(rest.any(|other| other == line), "`{line}` is lost: {text}");
        }
        assert!(text.contains("fn create(") && text.contains("fn delete("), "{text}");
        assert!(report["merge"]["conflicts"].to_string().contains("things list"), "{report}");
        // Nor is it taken away when the document has nothing of it any more.
        environment.generate("acme", &document("").replace("/things", "/others")).ok();
        assert_eq!(fs::read_to_string(&victim).unwrap(), text);
    }
}

#[test]
fn a_persons_script_elsewhere_goes_on_working() {
    let environment = generated();
    let script = environment.plugin("acme/things.rhai");
    let dotfiles = environment.root().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    let own = dotfiles.join("acme-things.rhai");
    let edited =
        fs::read_to_string(&script).unwrap().replace("http::get(\"/things\")", "http::get(\"/mine\")");
    fs::write(&own, edited + "\nfn own() { 7 }\n").unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o640)).unwrap();
    // Relative, by way of another link, as such links are.
    symlink("acme-things.rhai", dotfiles.join("latest.rhai")).unwrap();
    link(&environment, "acme/things.rhai", Path::new("../../dotfiles/latest.rhai"));
    let url = |line: &str| environment.line(&format!("{line} --dry-run")).ok().json()["url"].clone();
    assert_eq!(url("acme things list"), "https://acme.example/mine");
    environment.line("acme things own -o raw").ok().prints("7");
    environment.line("check acme").ok();
    // An edit there is in the next call.
    let text = fs::read_to_string(&own).unwrap();
    fs::write(&own, text.replace("{ 7 }", "{ 8 }")).unwrap();
    environment.line("acme things own -o raw").ok().prints("8");

    environment.generate("acme", &newer()).ok();
    let merged = fs::read_to_string(&own).unwrap();
    assert!(
        merged.contains("{ 8 }") && merged.contains("\"/mine\"") && merged.contains("fn delete("),
        "{merged}"
    );
    assert_eq!(fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(script.symlink_metadata().unwrap().is_symlink());
    assert_eq!(url("acme things delete 1"), "https://acme.example/things/1");
    assert_eq!(url("acme things list"), "https://acme.example/mine");
    // One that is made read-only is not written to.
    fs::set_permissions(&own, fs::Permissions::from_mode(0o440)).unwrap();
    let more = newer() + "  /things/count: { get: { operationId: count, responses: {} } }\n";
    let report = environment.generate("acme", &more).ok().json();
    assert_eq!(fs::read_to_string(&own).unwrap(), merged);
    assert!(report["merge"]["conflicts"].to_string().contains("things count"), "{report}");
    let new = environment.plugin("acme/.generated/conflicts/things.rhai");
    assert!(fs::read_to_string(new).unwrap().contains("fn count("));
    fs::set_permissions(&own, fs::Permissions::from_mode(0o640)).unwrap();
    // What was removed there stays away, and a second time nothing moves.
    let without = merged.replace("fn create(", "fn created(");
    fs::write(&own, &without).unwrap();
    environment.generate("acme", &newer()).ok();
    assert_eq!(fs::read_to_string(&own).unwrap(), without);
}

#[test]
fn a_generation_does_not_write_into_another_plugin_or_add_hooks() {
    let environment = generated();
    environment.generate("good", &document("").replace("Acme", "Good")).ok();
    environment.script("good/hooks.rhai", "fn own() { 1 }\n");
    let before = files_below(&environment.plugin("good"));
    let own = environment.write("hooks.rhai", "fn own() { 1 }\n");
    link(&environment, "acme/things.rhai", &environment.plugin("good/things.rhai"));
    link(&environment, "acme/orders.rhai", &environment.plugin("good/hooks.rhai"));
    link(&environment, "acme/others.rhai", &own);
    let hooks = "  /orders/before_send: { post: { operationId: before_send, responses: {} } }\n  /others/before_send: { post: { operationId: before_send, responses: {} } }\n  /others/plain: { post: { operationId: plain, responses: {} } }\n";
    let report = environment.generate("acme", &(newer() + hooks)).ok().json();
    assert!(files_below(&environment.plugin("good")) == before, "{report}");
    let conflicts = report["merge"]["conflicts"].to_string();
    for command in ["things delete", "orders before-send", "others before-send"] {
        assert!(conflicts.contains(command), "{command}: {report}");
    }
    let text = fs::read_to_string(&own).unwrap();
    assert!(
        text.contains("fn own()") && text.contains("fn plain(") && !text.contains("before_send("),
        "{text}"
    );
}

#[test]
fn a_manifest_that_is_a_link_is_refused() {
    let environment = generated();
    for (name, text) in [
        ("broken.toml", format!("token = {MARK}\n")),
        ("good.toml", fs::read_to_string(environment.plugin("acme/plugin.toml")).unwrap()),
    ] {
        let victim = environment.write(name, &text);
        link(&environment, "acme/plugin.toml", &victim);
        read_all(&environment);
        environment.line("acme things list --dry-run").fails(1).says("plugin.toml` is a link");
        environment.line("plugins list").ok().says("`acme` is broken").says("plugin.toml` is a link");
        environment.line("auth use acme live --server https://acme.example").fails(1);
        environment.generate("acme", &newer()).fails(1).says("plugin.toml` is a link");
        assert_eq!(fs::read_to_string(&victim).unwrap(), text);
    }
    environment.line("plugins remove acme --yes").ok();
    assert!(environment.root().join("work/good.toml").is_file());
}

#[test]
fn the_machines_files_are_no_links() {
    let secret = format!("[\"{MARK}\"]");
    for name in ["index", "pristine.json", "facts.jsonl", "document.json", "conflicts", ""] {
        let environment = generated();
        let victim = environment.root().join("work/victim");
        fs::create_dir(&victim).unwrap();
        for file in ["index", "pristine.json", "facts.jsonl", "document.json", "things.rhai"] {
            fs::write(victim.join(file), &secret).unwrap();
        }
        let target = if name.is_empty() || name == "conflicts" { victim.clone() } else { victim.join(name) };
        let before = files_below(&victim);
        link(&environment, format!("acme/.generated/{name}").trim_end_matches('/'), &target);
        environment.edit("acme/things.rhai", "http::get(\"/things\")", "http::get(\"/mine\")");
        read_all(&environment);
        let changed = newer().replace("summary: List", "summary: List all");
        environment.generate("acme", &changed).ok();
        assert!(files_below(&victim) == before, "{name}");
        // They are the plugin's own again.
        let generated = environment.plugin("acme/.generated");
        assert!(!generated.symlink_metadata().unwrap().is_symlink(), "{name}");
        environment.line("acme things delete 1 --dry-run").ok();
        environment.line("acme orders list --mock").ok();
        environment.line("acme --help").ok();
        assert!(files_below(&victim) == before, "{name}");
    }
}

#[test]
fn a_groups_folder_is_no_link() {
    let environment = generated();
    let victim = environment.root().join("work/victim");
    fs::create_dir(&victim).unwrap();
    fs::write(victim.join("parts.rhai"), format!("{MARK} (")).unwrap();
    let before = files_below(&victim);
    for target in [victim.as_path(), Path::new("."), Path::new("/"), Path::new("..")] {
        link(&environment, "acme/things", target);
        link(&environment, "acme/more", target);
        read_all(&environment);
        environment.line("acme things parts list 1 --dry-run").fails(1).says("things` is a link to a folder");
        environment.line("acme things list --dry-run").ok();
        environment.line("check acme").ok().says("more` is a link to a folder");
        environment.generate("acme", &newer()).fails(1).says("things` is a link to a folder");
        assert!(files_below(&victim) == before);
    }
    // One that no command of the document is below stays as it is.
    fs::remove_file(environment.plugin("acme/things")).unwrap();
    environment.generate("acme", &newer()).ok();
    assert_eq!(fs::read_link(environment.plugin("acme/more")).unwrap(), Path::new(".."));
    environment.line("acme things delete 1 --dry-run").ok();
}

#[test]
fn a_plugin_as_a_whole_may_be_a_link_of_the_persons() {
    let environment = generated();
    let own = environment.root().join("work/repository/api");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::rename(environment.plugin("acme"), &own).unwrap();
    symlink(&own, environment.plugin("acme")).unwrap();
    environment.edit("acme/things.rhai", "http::get(\"/things\")", "http::get(\"/mine\")");
    environment.generate("acme", &newer()).ok();
    assert!(environment.plugin("acme").symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(own.join("things.rhai")).unwrap().contains("fn delete("));
    environment.line("acme things list --dry-run").ok().prints("/mine");
    environment.line("auth use acme live --server https://acme.example").ok();
    assert!(fs::read_to_string(own.join("plugin.toml")).unwrap().contains("live"));
    environment.line("plugins remove acme --yes").ok();
    assert!(own.join("things.rhai").is_file());
    assert!(environment.plugin("acme").symlink_metadata().is_err());
}

#[test]
fn two_names_of_one_file_become_two_files() {
    let environment = generated();
    let text = fs::read_to_string(environment.plugin("acme/orders.rhai")).unwrap();
    for path in ["acme/things.rhai", "acme/other.txt", "acme/extra.rhai"] {
        let path = environment.plugin(path);
        let _ = fs::remove_file(&path);
        fs::hard_link(environment.plugin("acme/orders.rhai"), path).unwrap();
    }
    forge(&environment, "things.rhai", &text);
    environment.generate("acme", &newer().replace("summary: Orders", "summary: All orders")).ok();
    let read = |path: &str| fs::read_to_string(environment.plugin(path)).unwrap();
    assert!(
        read("acme/orders.rhai").contains("All orders") && read("acme/things.rhai").contains("fn delete(")
    );
    assert_eq!((read("acme/other.txt"), read("acme/extra.rhai")), (text.clone(), text));
}

/// What the program keeps beside a plugin is no link either, nor a pipe that it would wait for.
#[test]
fn the_lock_beside_a_plugin_is_a_file() {
    let environment = generated();
    let lock = environment.plugin(".acme.lock");
    let victim = environment.root().join("work/victim");
    fs::remove_file(&lock).unwrap();
    symlink(&victim, &lock).unwrap();
    environment.generate("acme", &newer()).fails(1).says(".acme.lock` is a link");
    assert!(!victim.exists());
    fs::remove_file(&lock).unwrap();
    assert!(environment.other_program("mkfifo").arg(&lock).status().unwrap().success());
    environment.generate("acme", &newer()).fails(1).says(".acme.lock` is a pipe");
    fs::remove_file(&lock).unwrap();
    environment.generate("acme", &newer()).ok();
}

/// What else a folder has goes over as it is: links by what they say, files by a second name.
#[test]
fn other_links_stay_what_they_are() {
    let environment = generated();
    let victim = environment.write("profile", MARK);
    let links: [(&str, PathBuf); 4] = [
        ("notes.txt", victim.clone()),
        ("extra.rhai", victim.clone()),
        ("gone.rhai", PathBuf::from("nowhere.rhai")),
        ("things.rhai.rescued", victim.clone()),
    ];
    for (name, target) in &links {
        link(&environment, &format!("acme/{name}"), target);
    }
    forge(&environment, "extra.rhai", MARK);
    fs::write(environment.plugin("acme/data.bin"), "data").unwrap();
    let inode = |path: &str| fs::metadata(environment.plugin(path)).unwrap().ino();
    let before = inode("acme/data.bin");
    for _ in 0..2 {
        environment.generate("acme", &newer()).ok();
        for (name, target) in &links {
            assert_eq!(fs::read_link(environment.plugin(&format!("acme/{name}"))).unwrap(), *target);
        }
        assert_eq!((inode("acme/data.bin"), fs::read_to_string(&victim).unwrap()), (before, MARK.to_owned()));
    }
    read_all(&environment);
    environment.line("acme things list --dry-run").ok();
    environment.line("plugins remove acme --yes").ok();
    assert_eq!(fs::read_to_string(&victim).unwrap(), MARK);
}
