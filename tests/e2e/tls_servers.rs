//! Digest authentication against Apache, mutual TLS against nginx, with certificates made here.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::environment::{TestEnvironment, not_run};

/// A server of Debian's, ended with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both tell their workers to end with them.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// A port that was free a moment ago: these servers cannot be given one that is open already.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a server and waits until it listens.
fn start(command: &mut Command, port: u16) -> Running {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut running = Running(child);
    let until = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(running.0.try_wait().unwrap().is_none(), "the server ended at once");
        assert!(Instant::now() < until, "the server does not listen");
        std::thread::yield_now();
    }
    running
}

fn openssl(dir: &Path, arguments: &str) {
    let output =
        Command::new("openssl").args(arguments.split_whitespace()).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

fn document(port: u16, scheme: &str, protocol: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: '{protocol}://localhost:{port}'}}]\n\
         components: {{securitySchemes: {{it: {scheme}}}}}\nsecurity: [{{it: []}}]\npaths:\n  /notes:\n    get: {{}}\n    \
         put: {{requestBody: {{content: {{text/plain: {{schema: {{type: string}}}}}}}}}}\n"
    )
}

#[test]
fn digest_against_apache() {
    let Some(apache) = std::env::var_os("APICLI_APACHE").map(PathBuf::from) else {
        return not_run("digest authentication against Apache", "set APICLI_APACHE to its path");
    };
    let port = port();
    let environment =
        TestEnvironment::generated("notes", &document(port, "{type: http, scheme: digest}", "http"));
    let dir = environment.root().join("apache");
    fs::create_dir_all(dir.join("www")).unwrap();
    fs::write(dir.join("www/notes"), "{\"notes\":[]}").unwrap();
    // MD5 of `alice:notes:open sesame`, as `htdigest` writes it.
    let hashed = Command::new("/bin/sh")
        .args(["-c", "printf 'alice:notes:open sesame' | openssl md5 -r | cut -d' ' -f1"])
        .output()
        .unwrap();
    fs::write(dir.join("users"), format!("alice:notes:{}", String::from_utf8_lossy(&hashed.stdout))).unwrap();
    let modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "authn_file", "auth_digest"]
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .concat();
    // Only root may, and has to, say who the workers are.
    let is_root =
        fs::metadata(&dir).is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0);
    let user = if is_root { "User www-data\nGroup www-data\n" } else { "" };
    let config = format!(
        "ServerName localhost\n{user}Listen 127.0.0.1:{port}\nPidFile {0}/pid\nErrorLog {0}/log\nDefaultRuntimeDir {0}\n{modules}\
         DocumentRoot {0}/www\n<Directory {0}/www>\nAuthType Digest\nAuthName notes\nAuthDigestProvider file\n\
         AuthUserFile {0}/users\nRequire valid-user\nForceType application/json\n</Directory>\n",
        dir.display()
    );
    fs::write(dir.join("conf"), config).unwrap();
    let _running = start(Command::new(apache).args(["-DFOREGROUND", "-f"]).arg(dir.join("conf")), port);
    let right = environment.with("APICLI_NOTES_IT", "alice:open sesame");
    assert_eq!(right.line("notes notes list").ok().stdout_text().trim(), "{\n  \"notes\": []\n}");
    right.line("notes notes list --dry-run").ok().prints("Digest ***");
    // Files are not to be written; who may not is told apart from what may not be done.
    right.line("notes notes update --body x").fails(4).says("405");
    let wrong = right.with("APICLI_NOTES_IT", "alice:close sesame");
    let said = "`it` from `APICLI_NOTES_IT` was sent but is not accepted";
    let ran = wrong.line("notes notes list").fails(3).says(said);
    assert!(!format!("{ran}").contains("sesame"), "{ran}");
}

#[test]
fn a_client_certificate_against_nginx() {
    let Some(nginx) = std::env::var_os("APICLI_NGINX").map(PathBuf::from) else {
        return not_run("client certificates against nginx", "set APICLI_NGINX to its path");
    };
    let port = port();
    let environment = TestEnvironment::generated("notes", &document(port, "{type: mutualTLS}", "https"));
    let dir = environment.root().join("nginx");
    fs::create_dir_all(dir.join("www")).unwrap();
    fs::write(dir.join("www/notes"), "{\"notes\":[]}").unwrap();
    fs::write(dir.join("names"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n").unwrap();
    fs::write(dir.join("use"), "extendedKeyUsage=clientAuth\n").unwrap();
    let authority = |name: &str| {
        openssl(
            &dir,
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem"
            ),
        );
    };
    let signed = |name: &str, by: &str, extensions: &str| {
        openssl(
            &dir,
            &format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
            ),
        );
        openssl(
            &dir,
            &format!(
                "x509 -req -in {name}.csr -CA {by}.pem -CAkey {by}.key -CAcreateserial -days 2 -extfile {extensions} -out {name}.pem"
            ),
        );
    };
    authority("authority");
    authority("stranger");
    signed("localhost", "authority", "names");
    signed("alice", "authority", "use");
    signed("mallory", "stranger", "use");
    let config = format!(
        "daemon off; pid {0}/pid; error_log {0}/log;\nevents {{}}\nhttp {{ access_log off; default_type application/json; \
         client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3; uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;\n\
         server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {0}/localhost.pem; ssl_certificate_key {0}/localhost.key;\n\
         ssl_client_certificate {0}/authority.pem; ssl_verify_client on; root {0}/www; }} }}\n",
        dir.display()
    );
    fs::write(dir.join("conf"), config).unwrap();
    let _running = start(
        Command::new(nginx)
            .arg("-p")
            .arg(&dir)
            .arg("-e")
            .arg(dir.join("log"))
            .arg("-c")
            .arg(dir.join("conf")),
        port,
    );
    let environment = environment.with("SSL_CERT_FILE", dir.join("authority.pem").to_str().unwrap());
    environment.line("notes notes list").fails(3).says("auth login notes");
    let login = |certificate: &str, key: &str| {
        let (certificate, key) = (dir.join(format!("{certificate}.pem")), dir.join(format!("{key}.key")));
        environment.run([
            "auth",
            "login",
            "notes",
            "--insecure-storage",
            "--file",
            certificate.to_str().unwrap(),
            "--key",
            key.to_str().unwrap(),
        ])
    };
    login("alice", "alice").ok().says("mutualTLS");
    assert_eq!(environment.line("notes notes list").ok().stdout_text().trim(), "{\n  \"notes\": []\n}");
    // nginx answers 400 to a certificate that it does not trust.
    login("mallory", "mallory").ok();
    environment.line("notes notes list").fails(4).says("400");
    // A key that is not the certificate's is refused before it is kept.
    login("alice", "mallory")
        .fails_after_notes(3)
        .says("its private key belongs to none of its certificates");
    let lines = fs::read_to_string(dir.join("mallory.key")).unwrap();
    let secret = lines.lines().nth(1).unwrap().to_owned();
    for mode in ["--dry-run", "--curl", "-v", "--error-format json"] {
        let ran = environment.line(&format!("notes notes list {mode}"));
        assert!(!format!("{ran}").contains(&secret), "{ran}");
    }
}
