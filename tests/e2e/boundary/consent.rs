//! Where a login may go: what a person agreed to, whatever a plugin's folder says.

use std::fs;

use crate::environment::{Ran, TestEnvironment, finish, not_run};
use crate::server::Server;

/// A document of one server, one scheme and two operations.
fn document(server: &str, scheme: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: Notes, version: '1'}}\nservers: [{server}]\nsecurity: [{{key: []}}]\npaths:\n  \
         /notes: {{get: {{summary: list, responses: {{'200': {{description: ok}}}}}}}}\n  /open: {{get: {{security: [], \
         responses: {{'200': {{description: ok}}}}}}}}\ncomponents: {{securitySchemes: {{key: {scheme}}}}}\n"
    )
}

const BEARER: &str = "{type: http, scheme: bearer}";

fn plain(server: &Server) -> String {
    format!("{{url: '{}'}}", server.url())
}

/// The plugin `notes` of a document with `server`, generated here, with a token in the environment.
fn notes(server: &Server) -> TestEnvironment {
    TestEnvironment::generated("notes", &document(&plain(server), BEARER))
        .with("APICLI_NOTES_TOKEN", "tok-12345678")
}

/// The same folder in the home of somebody who has not made it.
fn copied(server: &Server) -> TestEnvironment {
    let made = notes(server);
    let other = TestEnvironment::new().with("APICLI_NOTES_TOKEN", "tok-12345678");
    for (path, content) in crate::environment::files_below(made.plugins()) {
        let path = other.plugins().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    other
}

fn append(environment: &TestEnvironment, text: &str) {
    let path = environment.plugin("notes/plugin.toml");
    let old = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{old}\n{text}")).unwrap();
}

fn prepend(environment: &TestEnvironment, text: &str) {
    let path = environment.plugin("notes/plugin.toml");
    let old = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}\n{old}")).unwrap();
}

/// Runs a line at a terminal, and answers with `input`; `None` where there is no way to have one.
fn at_terminal(environment: &TestEnvironment, line: &str, input: &str) -> Option<Ran> {
    if !std::path::Path::new("/usr/bin/script").is_file() {
        not_run("questions at a terminal", "install util-linux' script");
        return None;
    }
    let mut command = environment.other_program("/usr/bin/script");
    command.args(["-qec", &format!("{} {line}", crate::environment::PROGRAM), "/dev/null"]);
    command.env("TERM", "dumb");
    Some(finish(command, input))
}

fn tokens(server: &Server) -> Vec<Option<String>> {
    server.asked().iter().map(|asked| asked.header("authorization").map(str::to_owned)).collect()
}

fn token() -> Option<String> {
    Some("Bearer tok-12345678".to_owned())
}

#[test]
fn the_folder_moves_no_login_by_a_profile() {
    let (own, evil) = (Server::json(200, "{}"), Server::json(200, "{}"));
    for (before, after) in [
        (String::new(), format!("[profiles.default]\nserver = \"{}\"\n", evil.url())),
        ("profile = \"live\"".to_owned(), format!("[profiles.live]\nserver = \"{}\"\n", evil.url())),
    ] {
        let environment = notes(&own).with("APICLI_NOTES_LIVE_TOKEN", "tok-87654321");
        prepend(&environment, &before);
        append(&environment, &after);
        for line in ["notes notes list", "notes open get", "auth test notes"] {
            environment.line(line).fails(3);
        }
        environment
            .line("notes notes list --profile live")
            .code
            .filter(|code| *code == 0 && before.is_empty());
        environment.line("auth status notes").ok();
    }
    assert!(evil.asked().is_empty(), "{:?}", evil.asked());
}

#[test]
fn status_says_where_requests_would_go() {
    let (own, evil) = (Server::json(200, "{}"), Server::json(200, "{}"));
    let environment = notes(&own);
    environment.line("auth status notes").ok().prints(&format!("requests go to {}", own.url()));
    append(&environment, &format!("[profiles.default]\nserver = \"{}\"\n", evil.url()));
    let ran = environment.line("auth status notes").ok();
    ran.prints(&format!("requests would go to {}", evil.url())).prints("nobody has agreed");
    let json = environment.line("auth status notes --json").ok().json();
    assert_eq!((&json[0]["server"], &json[0]["agreed"]), (&evil.url().into(), &false.into()));
}

#[test]
fn a_profile_that_a_person_set_up_goes_on_working() {
    let (own, sandbox) = (Server::json(200, "{}"), Server::json(200, "{}"));
    let environment = notes(&own).with("APICLI_NOTES_TEST_TOKEN", "tok-12345678");
    environment.line(&format!("auth use notes test --server {}", sandbox.url())).ok();
    environment.line("notes notes list").ok();
    environment.line("notes notes list --profile default").ok();
    assert_eq!((tokens(&sandbox), tokens(&own)), (vec![token()], vec![token()]));
    // The folder does not choose another one, neither by a line nor by taking one away.
    environment.edit("notes/plugin.toml", "profile = \"test\"", "profile = \"default\"");
    environment.line("notes notes list").fails(3).says("you chose `test`");
    environment.line("notes notes list --dry-run").ok();
    environment.edit("notes/plugin.toml", "profile = \"default\"\n", "");
    environment.line("notes notes list").ok();
    assert_eq!((tokens(&sandbox).len(), tokens(&own).len()), (2, 1));
}

#[test]
fn a_folder_that_was_not_made_here_sends_nothing_unasked() {
    let server = Server::json(200, "{}");
    let environment = copied(&server);
    for line in ["notes notes list", "notes open get", "auth test notes", "notes notes list --server 1"] {
        environment
            .line(line)
            .fails(3)
            .says("`notes`")
            .says(server.url())
            .says(&format!("`apicli auth use notes --server {}`", server.url()))
            .says("`APICLI_NOTES_SERVER=");
    }
    let ran =
        environment.run_with_input("auth login notes --stdin --insecure-storage".split(' '), "tok-12345678");
    ran.fails_after_notes(3).says("apicli auth use notes --server");
    assert!(server.asked().is_empty());
    // What sends nothing needs nobody's word.
    for line in [
        "notes notes list --dry-run",
        "notes notes list --curl",
        "notes notes list --mock",
        "notes notes list --help",
        "check notes",
        "commands notes",
        "plugins list",
        "auth status notes",
    ] {
        environment.line(line).ok();
    }
    assert!(server.asked().is_empty());
}

#[test]
fn a_job_names_the_server_by_a_variable_or_a_line() {
    let server = Server::json(200, "{}");
    copied(&server).line(&format!("notes notes list --server {}", server.url())).ok();
    let job = copied(&server).with("APICLI_NOTES_SERVER", server.url());
    job.line("notes notes list").ok();
    let job = job.with("APICLI_NOTES_LIVE_TOKEN", "tok-12345678");
    // That is the default profile's.
    job.line("notes notes list --profile live").fails(3).says("APICLI_NOTES_LIVE_SERVER");
    job.with("APICLI_NOTES_LIVE_SERVER", server.url()).line("notes notes list --profile live").ok();
    let job = copied(&server);
    job.line(&format!("auth use notes --server {}", server.url())).ok();
    job.line("notes notes list").ok();
    assert_eq!(tokens(&server), [token(), token(), token(), token()]);
    // Elsewhere than the variable says nothing goes either.
    let other = Server::json(200, "{}");
    let job = copied(&server).with("APICLI_NOTES_SERVER", other.url());
    job.line("notes notes list --server 1").fails(3);
    job.line("notes notes list").ok();
    assert_eq!((tokens(&server).len(), tokens(&other)), (4, vec![token()]));
}

#[test]
fn a_person_is_asked_once_and_told_the_hosts() {
    let server = Server::json(200, "{}");
    let environment = copied(&server);
    let Some(ran) = at_terminal(&environment, "notes notes list", "n\n") else { return };
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(
        ran.stdout_text().contains("was not made here") && ran.stdout_text().contains(server.url()),
        "{ran}"
    );
    assert!(server.asked().is_empty());
    at_terminal(&environment, "notes notes list", "y\n").unwrap().ok();
    environment.line("notes notes list").ok();
    let ran = at_terminal(&environment, "notes notes list", "").unwrap().ok();
    assert!(!ran.stdout_text().contains("[y/N]"), "{ran}");
    assert_eq!(tokens(&server), [token(), token(), token()]);
}

#[test]
fn a_newer_document_moves_nothing_by_variables_of_its_server() {
    let (old, new) = (Server::json(200, "{}"), Server::json(200, "{}"));
    let with = |server: &Server| {
        let server = format!(
            "{{url: '{}/{{region}}', variables: {{region: {{default: us, enum: [us, eu]}}}}}}",
            server.url()
        );
        document(&server, BEARER)
    };
    let environment =
        TestEnvironment::generated("notes", &with(&old)).with("APICLI_NOTES_TOKEN", "tok-12345678");
    environment.line("notes notes list --server-var region=eu").ok();
    environment.generate("notes", &with(&new)).ok();
    for line in ["notes notes list --server-var region=eu", "notes notes list"] {
        environment.line(line).fails(3).says(new.url());
    }
    assert!(new.asked().is_empty());
    assert_eq!(old.asked()[0].target, "/eu/notes");
}

#[test]
fn typed_variables_name_a_host_of_a_server_that_was_agreed_to() {
    let server = Server::json(200, "{}");
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let with = |host: &str, port: &str| {
        let server =
            format!("{{url: 'http://{host}:{{port}}/v1', variables: {{port: {{default: '{port}'}}}}}}");
        document(&server, BEARER)
    };
    let environment = TestEnvironment::generated("notes", &with("127.0.0.1", "9"))
        .with("APICLI_NOTES_TOKEN", "tok-12345678");
    environment.line(&format!("notes notes list --server-var port={port}")).ok();
    assert_eq!(tokens(&server), [token()]);
    // The same variable of another host, and another default that nobody types.
    environment.generate("notes", &with("localhost", "9")).ok();
    environment.line(&format!("notes notes list --server-var port={port}")).fails(3);
    environment.generate("notes", &with("127.0.0.1", &port)).ok();
    environment.line("notes notes list").fails(3);
    environment.line(&format!("notes notes list --server-var port={port}")).ok();
    assert_eq!(tokens(&server), [token(), token()]);
}

#[test]
fn a_manifest_that_cannot_be_read_ends_the_generation() {
    let (old, new) = (Server::json(200, "{}"), Server::json(200, "{}"));
    let environment = notes(&old);
    let script = fs::read(environment.plugin("notes/notes.rhai")).unwrap();
    for broken in ["[login]\nclient_id = \"x\"\n", "name = ", "servers = 3"] {
        let manifest = fs::read_to_string(environment.plugin("notes/plugin.toml")).unwrap();
        prepend(&environment, broken);
        let ran = environment.generate("notes", &document(&plain(&new), BEARER)).fails(1);
        assert!(ran.stderr.contains("plugin.toml"), "{ran}");
        fs::write(environment.plugin("notes/plugin.toml"), manifest).unwrap();
        environment.line("notes notes list").ok();
    }
    assert_eq!(fs::read(environment.plugin("notes/notes.rhai")).unwrap(), script);
    environment.generate("notes", &document(&plain(&new), BEARER)).ok();
    environment.line("notes notes list").fails(3);
    assert!(new.asked().is_empty());
}

/// A provider that gives a token to whoever asks.
fn provider() -> Server {
    Server::json(200, r#"{"access_token":"at-12345678","token_type":"bearer","expires_in":3600}"#)
}

fn oauth(token_url: &str) -> String {
    format!("{{type: oauth2, flows: {{clientCredentials: {{tokenUrl: '{token_url}/token', scopes: {{}}}}}}}}")
}

const LOGIN: &str = "auth login notes --client-id me --client-secret --stdin --insecure-storage";

#[test]
fn a_newer_document_sends_no_clients_secret_elsewhere() {
    let (api, old, new) = (Server::json(200, "{}"), provider(), provider());
    let environment = TestEnvironment::generated("notes", &document(&plain(&api), &oauth(old.url())));
    let login = |line: &str| environment.run_with_input(line.split(' '), "cs-12345678\n");
    login(LOGIN).ok();
    environment.generate("notes", &document(&plain(&api), &oauth(new.url()))).ok();
    login(LOGIN).fails_after_notes(3).says(new.url());
    // Nor does the folder.
    environment.generate("notes", &document(&plain(&api), &oauth(old.url()))).ok();
    let settings = format!("client_id = \"me\"\ntoken_url = \"{}/token\"", new.url());
    environment.edit("notes/plugin.toml", "client_id = \"me\"", &settings);
    login(LOGIN).fails_after_notes(3).says(new.url());
    assert!(new.asked().is_empty());
    assert_eq!(old.asked().len(), 1);
    // Who types the address has agreed to it.
    login(&format!("{LOGIN} --token-url {}/token", new.url())).ok();
    login(LOGIN).ok();
    assert_eq!(new.asked().len(), 2);
}

#[test]
fn a_newer_document_asks_no_other_provider_about_itself() {
    let (api, old, new) = (Server::json(200, "{}"), Server::json(500, ""), Server::json(500, ""));
    let scheme = |url: &str| {
        format!("{{type: openIdConnect, openIdConnectUrl: '{url}/.well-known/openid-configuration'}}")
    };
    let environment = TestEnvironment::generated("notes", &document(&plain(&api), &scheme(old.url())));
    let login = || environment.run_with_input(LOGIN.split(' '), "cs-12345678\n");
    assert_ne!(login().code, Some(0));
    environment.generate("notes", &document(&plain(&api), &scheme(new.url()))).ok();
    login().fails_after_notes(3).says(new.url());
    assert!(new.asked().is_empty() && !old.asked().is_empty());
}

#[test]
fn no_variable_means_two_things() {
    let (one, other) = (Server::json(200, "{}"), Server::json(200, "{}"));
    let scheme = |name: &str, server: &Server| document(&plain(server), BEARER).replace("key", name);
    let environment = TestEnvironment::generated("acme", &scheme("prod_token", &one));
    environment.generate("acme-prod", &scheme("key", &other)).ok();
    let set = environment.with("APICLI_ACME_PROD_TOKEN", "tok-12345678");
    set.line("acme notes list").fails(3).says("no credential");
    set.line("acme notes list --profile prod").fails(3).says("`acme` or for `acme-prod`");
    set.line("acme-prod notes list").fails(3).says("`APICLI_ACME__PROD_TOKEN`");
    assert!(one.asked().is_empty() && other.asked().is_empty());
    let set = set.without("APICLI_ACME_PROD_TOKEN").with("APICLI_ACME__PROD_TOKEN", "tok-12345678");
    set.line("acme-prod notes list").ok();
    let set = set.with("APICLI_ACME_PROD__TOKEN", "tok-12345678");
    set.line("acme notes list").ok();
    assert_eq!((tokens(&one), tokens(&other)), (vec![token()], vec![token()]));
    // Alone, it is what it looks like.
    let alone = TestEnvironment::generated("acme-prod", &scheme("key", &other));
    alone.with("APICLI_ACME_PROD_TOKEN", "tok-12345678").line("acme-prod notes list").ok();
}

#[test]
fn a_scheme_that_is_called_as_something_else_has_another_variable() {
    let server = Server::json(200, "{}");
    for name in ["server", "token", "profile"] {
        let text = document(&plain(&server), BEARER).replace("key", name);
        let environment = TestEnvironment::generated("acme", &text);
        let own = format!("APICLI_ACME_SCHEME__{}", name.to_uppercase());
        if name != "token" {
            // Neither is it a credential, nor does it say where one goes that nobody means.
            let plain = format!("APICLI_ACME_{}", name.to_uppercase());
            let ran = TestEnvironment::generated("acme", &text)
                .with(&plain, "tok-12345678")
                .line("acme notes list");
            assert!(matches!(ran.code, Some(2 | 3)), "{ran}");
        }
        environment.with(&own, "tok-12345678").line("acme notes list").ok();
    }
    assert_eq!(tokens(&server), [token(), token(), token()]);
}

#[test]
fn no_key_goes_into_a_header_that_frames_the_request() {
    let server = Server::json(200, "{}");
    let scheme = |header: &str| format!("{{type: apiKey, in: header, name: '{header}'}}");
    for header in
        ["Content-Length", "host", "Transfer-Encoding", "TE", "Connection", "x y", "Range", "Upgrade"]
    {
        let ran = TestEnvironment::new().generate("notes", &document(&plain(&server), &scheme(header))).ok();
        assert!(ran.json()["warnings"].to_string().contains("a key cannot be in the header"), "{ran}");
        // A folder may say so too.
        let environment = TestEnvironment::generated("notes", &document(&plain(&server), &scheme("X-Key")));
        environment.edit("notes/plugin.toml", "X-Key", header);
        let ran = environment.with("APICLI_NOTES_TOKEN", "5").line("notes notes list");
        ran.fails(3).says("cannot be used");
    }
    assert!(server.asked().is_empty());
    for header in ["Authorization", "X-Key", "Api-Token"] {
        let environment = TestEnvironment::generated("notes", &document(&plain(&server), &scheme(header)));
        environment.with("APICLI_NOTES_TOKEN", "tok-12345678").line("notes notes list").ok();
    }
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_login_for_a_server_that_anybody_can_listen_to_warns_first() {
    let at = |url: &str| TestEnvironment::generated("notes", &document(&format!("{{url: '{url}'}}"), BEARER));
    let login = |environment: &TestEnvironment| {
        environment
            .run_with_input("auth login notes --stdin --insecure-storage".split(' '), "tok-12345678")
            .ok()
    };
    login(&at("http://api.notes.example")).says("http://api.notes.example is not https");
    for url in ["https://api.notes.example", "http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"] {
        let ran = login(&at(url));
        assert!(!ran.stderr.contains("is not https"), "{ran}");
    }
}

#[test]
fn a_plugin_that_is_removed_leaves_its_credentials_or_takes_them_along() {
    let server = Server::json(200, "{}");
    let environment = notes(&server).without("APICLI_NOTES_TOKEN");
    let store = environment.root().join("home/data/apicli/credentials/insecure.json");
    for profile in ["", "--profile live"] {
        let line = format!("auth login notes --stdin --insecure-storage {profile}");
        environment.run_with_input(line.split_whitespace(), "tok-12345678").ok();
    }
    environment
        .line("plugins remove notes --yes")
        .ok()
        .says("its credentials stay")
        .says("apicli plugins remove notes --with-credentials");
    assert!(fs::read_to_string(&store).unwrap().contains("tok-12345678"));
    environment.line("plugins remove notes --with-credentials").fails(2).says("needs confirmation");
    environment.line("plugins remove notes --with-credentials --yes").ok().says("removed `key`");
    assert!(!store.exists());
    environment.line("plugins remove notes --with-credentials --yes").fails(2);
    // In one go, and what was agreed to is gone as well.
    environment.generate("notes", &document(&plain(&server), BEARER)).ok();
    environment.run_with_input("auth login notes --stdin --insecure-storage".split(' '), "tok-12345678").ok();
    environment.line("plugins remove notes --with-credentials --yes").ok();
    assert!(!store.exists());
    let agreed = environment.root().join("home/data/apicli/credentials/agreed/notes.json");
    assert!(!agreed.exists());
}
