//! Logins at a real provider: npm's `oidc-provider`, in `tests/oidc`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::environment::{Ran, TestEnvironment, files_below, not_run, repository};

/// The provider and its API on a port of their own; both end with this value.
struct Provider {
    process: Child,
    port: u64,
    folder: PathBuf,
}

impl Provider {
    /// `None`, and a line that says so, where there is none.
    fn start() -> Option<Self> {
        let Some(folder) = std::env::var_os("APICLI_OIDC").map(PathBuf::from) else {
            not_run(
                "logins at a real OAuth provider",
                "`npm ci` in tests/oidc, and set APICLI_OIDC to that folder",
            );
            return None;
        };
        let mut process = Command::new("node")
            .arg(folder.join("provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is there where APICLI_OIDC is set");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the provider says where it listens");
        let port = said["port"].as_u64().unwrap();
        Some(Self { process, port, folder })
    }

    /// The API as the plugin `guarded`, and a browser with a person in front of it.
    fn environment(&self) -> TestEnvironment {
        let document = std::fs::read_to_string(repository("tests/oidc/openapi.yaml")).unwrap();
        let environment =
            TestEnvironment::generated("guarded", &document.replace("PORT", &self.port.to_string()));
        let path = std::env::var("PATH").unwrap();
        environment.with("BROWSER", self.folder.join("browser.sh").to_str().unwrap()).with("PATH", &path)
    }

    /// What one of its addresses for tests answers.
    fn ask(&self, method: &str, target: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", u16::try_from(self.port).unwrap())).unwrap();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    /// How many tokens it has given by this kind of grant.
    fn count(&self, kind: &str) -> u64 {
        let text = self.ask("GET", "/test/counts");
        let json = text.split("\r\n").find(|line| line.starts_with('{')).unwrap();
        serde_json::from_str::<Value>(json).unwrap()[kind].as_u64().unwrap_or_default()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where tests keep what they get: readable, so that they can look.
const PLAIN: &str = "--insecure-storage --yes";

fn stored(environment: &TestEnvironment) -> (PathBuf, Value) {
    let path = environment.root().join("home/data/apicli/credentials/insecure.json");
    let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    (path, value)
}

/// The secrets in a stored entry.
fn secrets(entry: &Value) -> Vec<String> {
    let texts = [&entry["secret"], &entry["grant"]["refresh_token"], &entry["grant"]["client_secret"]];
    texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn shows_none(ran: &Ran, secrets: &[String]) {
    let shown = format!("{}{}", ran.stdout_text(), ran.stderr);
    assert!(!secrets.iter().any(|secret| shown.contains(secret.as_str())), "{ran}");
}

#[test]
fn a_person_says_yes_in_a_browser() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment();
    let ran = environment.line(&format!("auth login guarded --client-id cli {PLAIN}")).ok();
    ran.says("asking http://127.0.0.1")
        .says("code_challenge_method=S256")
        .says("is renewed")
        .says("plain text");
    let (_, entries) = stored(&environment);
    let secrets = secrets(&entries["guarded:login"]);
    assert_eq!(secrets.len(), 2);
    assert_eq!(environment.line("guarded me get").ok().json()["sub"], "alice");
    // The API repeats what it was sent, in a header as well.
    for mode in ["", "-v", "--dry-run", "--curl"] {
        shows_none(&environment.line(&format!("guarded echo get {mode}")).ok(), &secrets);
    }
    // Raw is byte for byte what the server sent.
    let raw = environment.line("guarded echo get --output raw -v").ok();
    assert!(raw.stdout_text().contains(&format!("Bearer {}", secrets[0])), "{raw}");
    assert!(!secrets.iter().any(|secret| raw.stderr.contains(secret.as_str())), "{raw}");
    let status = environment.line("auth status guarded --json").ok();
    let scheme = &status.json()[0]["schemes"][0];
    assert_eq!(
        (&scheme["in_use"]["source"], &scheme["in_use"]["renewable"]),
        (&"plain".into(), &true.into())
    );
    assert_eq!(scheme["in_use"]["scopes"][2], "api:read");
    environment.line("auth test guarded").ok().prints("sub `alice`");
    environment
        .line("guarded write get")
        .fails(3)
        .says("403")
        .says("`login` from a file in plain text (scopes openid offline_access api:read)")
        .says("apicli auth login guarded --scheme login");
    environment.line("auth logout guarded").ok().says("removed `login` from a file in plain text");
    environment.line("guarded me get").fails(3).says("apicli auth login guarded");
    // What was said at the login stays, and the next needs no flags.
    environment.line(&format!("auth login guarded {PLAIN}")).ok();
    environment.line("guarded me get").ok();
}

#[test]
fn a_person_says_no() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment().with("OIDC_PERSON", "deny");
    let line = format!("auth login guarded --client-id cli {PLAIN}");
    environment.line(&line).fails_after_notes(3).says("access_denied");
    let line = format!("auth login guarded --client-id service --flow client --stdin {PLAIN}");
    let ran = environment.run_with_input(line.split_whitespace(), "wrong-secret-1\n").fails_after_notes(3);
    shows_none(&ran, &["wrong-secret-1".to_owned()]);
    ran.says("invalid_client").says("--client-secret");
    environment.line("guarded me get").fails(3);
}

#[test]
fn a_provider_is_discovered() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment();
    environment
        .line(&format!("auth login guarded --scheme oidc --client-id cli {PLAIN}"))
        .ok()
        .says("openid, offline_access");
    assert_eq!(environment.line("guarded me get").ok().json()["client_id"], "cli");
    let other = format!(
        "auth login guarded --scheme oidc --client-id cli --issuer http://localhost:{} {PLAIN}",
        provider.port
    );
    environment.line(&other).fails_after_notes(3).says("another issuer");
    environment
        .line(&format!("auth login guarded --client-id cli --token-url http://id.example/token {PLAIN}"))
        .fails_after_notes(2)
        .says("is not https");
}

#[test]
fn a_client_logs_in_by_itself_in_a_profile_of_its_own() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment();
    let login = |words: &str, secret: &str| {
        let line = format!("auth login guarded --flow client --stdin {words} {PLAIN}");
        environment.run_with_input(line.split_whitespace(), format!("{secret}\n"))
    };
    login("--client-id service --profile robot", "service-secret-1").ok();
    assert_eq!(environment.line("guarded write get --profile robot").ok().json()["client_id"], "service");
    environment.line("guarded me get").fails(3);
    environment.line("auth use guarded robot").ok();
    assert_eq!(environment.line("guarded me get").ok().json()["sub"], "service");
    environment.line("auth list").ok().prints("* guarded  robot  login  in a file in plain text");
    // It has no refresh token, and needs none.
    let (path, mut entries) = stored(&environment);
    entries["guarded@robot:login"]["grant"]["expires_at"] = 1.into();
    std::fs::write(&path, entries.to_string()).unwrap();
    environment.line("guarded me get").ok();
    assert_eq!(provider.count("client_credentials"), 2);
    login("--client-id poster --secret-in-body --profile default", "poster-secret-1").ok();
    assert_eq!(environment.line("guarded me get --profile default").ok().json()["sub"], "poster");
    let secrets = vec!["service-secret-1".to_owned(), "poster-secret-1".to_owned()];
    shows_none(&environment.line("auth status --json").ok(), &secrets);
}

#[test]
fn a_password_is_taken_where_a_document_still_asks_for_it() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment();
    let login = |password: &str| {
        let line = format!("auth login guarded --client-id cli --flow password --user alice --stdin {PLAIN}");
        environment.run_with_input(line.split_whitespace(), format!("{password}\n"))
    };
    let ran = login("wrong horse").fails_after_notes(3);
    shows_none(&ran, &["wrong horse".to_owned()]);
    login("correct horse").ok();
    assert_eq!(environment.line("guarded me get").ok().json()["sub"], "alice");
    // The password itself is not kept.
    for (path, content) in files_below(environment.root()) {
        assert!(!String::from_utf8_lossy(&content).contains("correct horse"), "{}", path.display());
    }
}

#[test]
fn a_code_is_typed_on_another_device() {
    let Some(provider) = Provider::start() else { return };
    // No browser here: the provider's device flow is taken without a word.
    let environment = provider.environment().without("BROWSER");
    let mut command = environment.command();
    command.args(format!("auth login guarded --client-id cli {PLAIN}").split_whitespace());
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    lines.find(|line| line.starts_with("on any device")).expect("it says where to go");
    let url = lines.next().unwrap().trim().to_owned();
    lines.find(|line| line.starts_with("and type the code")).unwrap();
    let code = lines.next().unwrap().trim().to_owned();
    let person =
        Command::new("node").arg(provider.folder.join("browser.mjs")).args([&url, &code]).output().unwrap();
    assert!(person.status.success(), "{}", String::from_utf8_lossy(&person.stderr));
    let rest: Vec<String> = lines.collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    assert_eq!(environment.line("guarded me get").ok().json()["sub"], "alice");
}

#[test]
fn a_token_is_renewed_before_it_ends_by_one_of_many() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment();
    environment.line(&format!("auth login guarded --client-id cli {PLAIN}")).ok();
    let (path, mut entries) = stored(&environment);
    let before = secrets(&entries["guarded:login"]);
    entries["guarded:login"]["grant"]["expires_at"] = 1.into();
    std::fs::write(&path, entries.to_string()).unwrap();
    let children: Vec<Child> = (0..8)
        .map(|_| {
            let mut command = environment.command();
            command.args(["guarded", "me", "get"]).stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(provider.count("refresh_token"), 1);
    let (_, entries) = stored(&environment);
    let after = secrets(&entries["guarded:login"]);
    // The provider gives a new refresh token each time, and takes the old one never again.
    assert!(after.iter().all(|secret| !before.contains(secret)), "nothing was renewed");
}

#[test]
fn a_token_that_was_revoked_is_renewed_and_one_that_cannot_be_says_so() {
    let Some(provider) = Provider::start() else { return };
    let environment = provider.environment();
    environment.line(&format!("auth login guarded --client-id cli {PLAIN}")).ok();
    let (_, entries) = stored(&environment);
    let token = entries["guarded:login"]["secret"].as_str().unwrap().to_owned();
    let mut stream = TcpStream::connect(("127.0.0.1", u16::try_from(provider.port).unwrap())).unwrap();
    let form = format!("token={token}");
    write!(
        stream,
        "POST /test/revoke HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
    environment.line("guarded me get").ok();
    assert_eq!(provider.count("refresh_token"), 1);
    // Ended, and the provider says no in each way that there is; it repeats what it was sent.
    for (failure, said) in
        [("invalid_grant", "invalid_grant"), ("server_error", "server_error"), ("html", "cannot be read")]
    {
        let (path, mut entries) = stored(&environment);
        let known = secrets(&entries["guarded:login"]);
        entries["guarded:login"]["grant"]["expires_at"] = 1.into();
        std::fs::write(&path, entries.to_string()).unwrap();
        provider.ask("POST", &format!("/test/fail?next={failure}"));
        let ran = environment.line("guarded me get").fails(3);
        shows_none(&ran, &known);
        ran.says(said).says("apicli auth login guarded --scheme login");
        // The old one is still there.
        assert_eq!(secrets(&stored(&environment).1["guarded:login"]), known);
    }
    // Nothing is sent to be shown.
    let before = provider.count("refresh_token");
    environment.line("guarded me get --dry-run").ok().prints("Bearer ***");
    assert_eq!(provider.count("refresh_token"), before);
}
