//! Where credentials are kept, which of them wins, and profiles.

use std::path::PathBuf;

use crate::environment::{TestEnvironment, files_below};
use crate::server::Server;

/// Stripe without a credential, its manifest listing `server`.
fn stripe_at(server: &Server) -> TestEnvironment {
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    environment.serve("stripe", "https://api.stripe.com", server.url());
    environment
}

fn folder(environment: &TestEnvironment) -> PathBuf {
    environment.root().join("home/data/apicli/credentials")
}

/// The credentials that a server was sent.
fn sent(server: &Server) -> Vec<String> {
    let asked = server.asked();
    asked.iter().map(|one| one.header("authorization").unwrap_or("none").to_owned()).collect()
}

fn login(environment: &TestEnvironment, words: &str, secret: &str) -> crate::environment::Ran {
    let line = format!("auth login stripe --stdin {words}");
    environment.run_with_input(line.split_whitespace(), format!("{secret}\n"))
}

#[test]
fn the_encrypted_file_opens_with_its_passphrase_alone() {
    let server = Server::json(200, "{}");
    let environment = stripe_at(&server);
    login(&environment, "--store file", "sk_file_1").fails(3).says("APICLI_PASSPHRASE");
    let environment = environment.with("APICLI_PASSPHRASE", "open sesame");
    login(&environment, "--store file", "sk_file_1").ok().says("kept in the encrypted file");
    environment.line("stripe balance get").ok();
    let text = std::fs::read_to_string(folder(&environment).join("credentials.json")).unwrap();
    assert!(text.contains("BEGIN AGE ENCRYPTED FILE") && text.contains(server.url()), "{text}");
    for (path, content) in files_below(environment.root()) {
        assert!(!String::from_utf8_lossy(&content).contains("sk_file"), "{}", path.display());
    }
    let wrong = environment.with("APICLI_PASSPHRASE", "close sesame");
    wrong.line("stripe balance get").fails(3).says("the passphrase is wrong");
    // A second entry under another passphrase would lock one of them out.
    login(&wrong, "--store file --scheme basicAuth", "sk_file_2").fails(3).says("the passphrase is wrong");
    // Status asks for none.
    let locked = wrong.without("APICLI_PASSPHRASE");
    locked.line("auth status stripe").ok().prints("in the encrypted file, for");
    locked
        .line("stripe balance get")
        .fails(3)
        .says("the encrypted file could not be read")
        .says("APICLI_PASSPHRASE_FD");
    assert_eq!(sent(&server), ["Bearer sk_file_1"]);
}

#[cfg(unix)]
#[test]
fn a_passphrase_comes_by_a_file_descriptor() {
    let server = Server::json(200, "{}");
    let environment = stripe_at(&server);
    let path = environment.write("passphrase", "open sesame\n");
    let script = format!(
        "printf sk_fd_1 | \"$APICLI\" auth login stripe --stdin --store file 7<{0} && \"$APICLI\" stripe balance get 7<{0}",
        path.display()
    );
    let mut command = environment.other_program("/bin/sh");
    command.args(["-c", &script]).env("APICLI", crate::environment::PROGRAM).env("APICLI_PASSPHRASE_FD", "7");
    crate::environment::finish(command, "").ok();
    assert_eq!(sent(&server), ["Bearer sk_fd_1"]);
}

#[test]
fn plain_text_is_kept_only_when_somebody_insists() {
    let server = Server::json(200, "{}");
    let environment = stripe_at(&server);
    login(&environment, "--insecure-storage", "sk_plain_1")
        .ok()
        .says("warning: the credential is kept in plain text");
    environment.line("stripe balance get").ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder(&environment)), 0o700);
        assert_eq!(mode(folder(&environment).join("insecure.json")), 0o600);
    }
    environment.line("auth logout stripe").ok().says("from a file in plain text");
    assert!(!folder(&environment).join("insecure.json").exists());
    environment.line("stripe balance get").fails(3);
    assert_eq!(sent(&server), ["Bearer sk_plain_1"]);
}

#[cfg(unix)]
#[test]
fn a_command_is_run_for_each_call_and_wins_over_what_is_stored() {
    let server = Server::json(200, "{}");
    let environment = stripe_at(&server);
    login(&environment, "--insecure-storage --scheme basicAuth", "sk_plain_1").ok();
    let path = environment.write("key", "sk_command_1\n");
    let command = format!("cat {}", path.display());
    environment.run(["auth", "login", "stripe", "--command", &command]).ok().says("is run for it");
    environment.line("stripe balance get").ok();
    std::fs::write(&path, "sk_command_2\n").unwrap();
    environment.line("stripe balance get").ok();
    assert_eq!(sent(&server), ["Bearer sk_command_1", "Bearer sk_command_2"]);
    environment.line("auth status stripe").ok().prints("printed by `cat ");
    std::fs::remove_file(&path).unwrap();
    environment.line("auth login stripe --command false").fails(3).says("exit code 1");
    // An environment variable wins over all of them.
    let environment = environment.with("APICLI_STRIPE_TOKEN", "sk_env_1");
    environment.line("stripe balance get").ok();
    environment.line("auth status stripe").ok().prints("`APICLI_STRIPE_TOKEN`; not used: printed by");
    // A plugin's folder comes from anywhere: no command is in it.
    for (path, content) in files_below(environment.plugins()) {
        assert!(!String::from_utf8_lossy(&content).contains("cat "), "{}", path.display());
    }
}

#[test]
fn profiles_are_apart() {
    let server = Server::json(200, "{}");
    let environment = stripe_at(&server);
    login(&environment, "--insecure-storage", "sk_usual_1").ok();
    login(&environment, "--insecure-storage --profile live", "sk_live_1").ok().says("of profile `live`");
    environment.line("stripe balance get --profile live").ok();
    environment.line("stripe balance get").ok();
    environment.line("stripe balance get --profile other").fails(3).says("auth login stripe --profile other");
    environment.line("auth use stripe live --header Stripe-Account=acct_1").ok();
    environment.line("stripe balance get").ok();
    environment.line("stripe balance get --profile default").ok();
    assert_eq!(
        sent(&server),
        ["Bearer sk_live_1", "Bearer sk_usual_1", "Bearer sk_live_1", "Bearer sk_usual_1"]
    );
    let accounts: Vec<Option<String>> =
        server.asked().iter().map(|asked| asked.header("stripe-account").map(str::to_owned)).collect();
    assert_eq!(accounts, [None, None, Some("acct_1".to_owned()), None]);
    // A generation leaves it alone.
    environment
        .run([
            "gen".as_ref(),
            crate::environment::repository("specs/stripe.yaml").as_os_str(),
            "--name".as_ref(),
            "stripe".as_ref(),
        ])
        .ok();
    environment.line("stripe balance get --dry-run").ok().prints("acct_1");
    environment.line("auth use stripe live --header Authorization=x").fails(2).says("auth login");
    environment.line("auth use stripe ../x").fails(2);
    environment
        .line("auth use stripe live --server nowhere")
        .fails(2)
        .says("neither a URL nor one of the servers");
    environment
        .line("auth list")
        .ok()
        .prints("* stripe  live  bearerAuth")
        .prints("  stripe  default  bearerAuth");
    environment.line("auth use stripe default").ok();
    environment.line("stripe balance get --dry-run").ok();
}

#[test]
fn a_profile_has_a_server_of_its_own() {
    let server = Server::json(200, "{}");
    let environment = TestEnvironment::stripe();
    environment
        .line(&format!("auth use stripe sandbox --server {}", server.url()))
        .ok()
        .says("auth login stripe");
    // What a variable without the profile's name says is not the profile's.
    environment.line("stripe balance get").fails(3).says("APICLI_STRIPE_SANDBOX_TOKEN");
    let environment = environment.with("APICLI_STRIPE_SANDBOX_TOKEN", "sk_sandbox_1");
    environment.line("stripe balance get").ok();
    assert_eq!(sent(&server), ["Bearer sk_sandbox_1"]);
}

#[test]
fn a_refusal_says_what_was_sent_and_what_would_mend_it() {
    let server = Server::json(401, r#"{"error":{"message":"no"}}"#);
    let environment = TestEnvironment::stripe();
    let get = format!("stripe balance get --server {}", server.url());
    environment
        .line(&get)
        .fails(3)
        .says("`bearerAuth` from `APICLI_STRIPE_TOKEN` was sent but is not accepted")
        .says("it takes `bearerAuth`, or `basicAuth`")
        .says("apicli auth login stripe --scheme bearerAuth");
    let environment = stripe_at(&server);
    login(&environment, "--insecure-storage", "sk_plain_1").ok();
    environment.line("stripe balance get").fails(3).says("`bearerAuth` from a file in plain text was sent");
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_keeps_it_until_the_next_restart() {
    let server = Server::json(200, "{}");
    // The kernel's keyring is the user's, not this test's: a name that nobody else has.
    let name = format!("kernel-{}", std::process::id());
    let document = format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\nservers: [{{url: '{}'}}]\ncomponents: {{securitySchemes: \
         {{key: {{type: http, scheme: bearer}}}}}}\nsecurity: [{{key: []}}]\npaths: {{/notes: {{get: {{}}}}}}\n",
        server.url()
    );
    let environment = TestEnvironment::new();
    let path = environment.write("kernel.yaml", document);
    environment.run(["gen".as_ref(), path.as_os_str(), "--name".as_ref(), name.as_ref()]).ok();
    let login = format!("auth login {name} --stdin --store kernel");
    let ran = environment.run_with_input(login.split_whitespace(), "sk_kernel_1\n");
    if ran.code != Some(0) {
        // Containers often have no keyrings.
        return crate::environment::not_run(
            "the kernel's keyring",
            ran.stderr.lines().next().unwrap_or_default(),
        );
    }
    environment.line(&format!("{name} notes list")).ok();
    environment.line(&format!("auth status {name}")).ok().prints("in the kernel's keyring");
    environment.line(&format!("auth logout {name}")).ok();
    environment.line(&format!("{name} notes list")).fails(3);
    assert_eq!(sent(&server), ["Bearer sk_kernel_1"]);
}

#[test]
fn logins_at_the_same_time_lose_nothing() {
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    let children: Vec<_> = (0..8)
        .map(|n| {
            let key = environment.write(&format!("key-{n}"), format!("sk_many_{n}\n"));
            let mut command = environment.command();
            command.args([
                "auth",
                "login",
                "stripe",
                "--insecure-storage",
                "--profile",
                &format!("p{n}"),
                "--file",
            ]);
            command.arg(key).stderr(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let text = std::fs::read_to_string(folder(&environment).join("insecure.json")).unwrap();
    assert!((0..8).all(|n| text.contains(&format!("sk_many_{n}"))), "{text}");
}

#[test]
fn a_login_that_is_killed_leaves_the_old_credential_or_the_new_one() {
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    let key = environment.write("key", "sk_round_0\n");
    let login = || {
        let mut command = environment.command();
        command.args(["auth", "login", "stripe", "--insecure-storage", "--file"]).arg(&key);
        command.stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let started = std::time::Instant::now();
    assert!(login().wait().unwrap().success());
    let whole_run = started.elapsed();
    let (mut old, mut killed) = ("sk_round_0".to_owned(), 0);
    for step in 0..30_u32 {
        let new = format!("sk_round_{}", step + 1);
        std::fs::write(&key, format!("{new}\n")).unwrap();
        let mut child = login();
        // Each time at another moment of the run; nothing waits for this sleep to be long enough.
        std::thread::sleep(whole_run * step / 30);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let text = std::fs::read(folder(&environment).join("insecure.json")).unwrap();
        let entries: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let now = entries["stripe:bearerAuth"]["secret"].as_str().unwrap().to_owned();
        assert!(now == old || now == new, "{now} after {old} and {new}");
        old = now;
    }
    assert!(killed > 5, "only {killed} were killed in time");
    environment.line("stripe balance get --dry-run").ok().prints("Bearer ***");
    // What the killed ones left goes with the next change, and a logout leaves nothing.
    environment.line("auth logout stripe").ok();
    for (path, content) in files_below(&folder(&environment)) {
        assert!(!String::from_utf8_lossy(&content).contains("sk_round"), "{}", path.display());
    }
}
