//! Digest and client certificates against the servers that people put in front of their APIs: nginx and Apache.
//!
//! Both pass on to a scripted server, which tells what they let through.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::environment::{SECRET, TestEnvironment, not_run};
use crate::server::{Server, json};

const DOCUMENT: &str = r#"
openapi: 3.1.0
info: { title: Locked, version: "1" }
servers: [{ url: "https://localhost" }]
components:
  securitySchemes:
    d: { type: http, scheme: digest }
    m: { type: mutualTLS }
paths:
  /digest:
    get: { security: [{ d: [] }], responses: { "200": { description: ok } } }
    post:
      security: [{ d: [] }]
      requestBody:
        content: { application/json: { schema: { type: object, properties: { text: { type: string } } } } }
      responses: { "200": { description: ok } }
  /mutual:
    get: { security: [{ m: [] }], responses: { "200": { description: ok } } }
  /both:
    get: { security: [{ d: [], m: [] }], responses: { "200": { description: ok } } }
  /open:
    get: { security: [], responses: { "200": { description: ok } } }
"#;

/// Where Debian's Apache keeps its modules.
const MODULES: &str = "/usr/lib/apache2/modules";

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program that a variable names; without it a line says what was not run.
fn program(variable: &str, what: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).map(PathBuf::from);
    if path.is_none() {
        not_run(what, &format!("set {variable} to the path of the program"));
    }
    path
}

/// An authority, and files that a server reads; open to the user that Apache becomes.
struct Files {
    dir: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Files {
    fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
        let dir = builder.tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let files = Self { dir, authority };
        files.write("authority.pem", &files.authority.pem());
        let key = KeyPair::generate().unwrap();
        files.write("server.pem", &files.issued("localhost", &key));
        files.write("server.key", &key.serialize_pem());
        files
    }

    fn issued(&self, name: &str, key: &KeyPair) -> String {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.signed_by(key, &self.authority).unwrap().pem()
    }

    /// A client's certificate and key.
    fn client(&self) -> String {
        let key = KeyPair::generate().unwrap();
        format!("{}{}", key.serialize_pem(), self.issued("a-client", &key))
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The plugin, trusting this authority alone.
    fn environment(&self) -> TestEnvironment {
        let root = self.path().join("authority.pem");
        TestEnvironment::generated("locked", DOCUMENT).with("SSL_CERT_FILE", root.to_str().unwrap())
    }
}

/// A server on a port of its own.
struct Running {
    process: Child,
    port: u16,
}

impl Running {
    /// `command` is given a port that was free a moment ago.
    fn start(files: &Files, command: impl Fn(u16) -> Command) -> Self {
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = fs::File::create(files.path().join("log")).unwrap();
            let mut command = command(port);
            command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            let mut running = Self { process: command.spawn().unwrap(), port };
            let started = Instant::now();
            while running.process.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return running;
                }
                assert!(started.elapsed() < PATIENCE, "it does not listen: {}", files.log());
                thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("it does not start: {}", files.log());
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Files {
    fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// nginx in one process, so that nothing of it is left when that ends.
fn nginx(program: &Path, files: &Files, backend: &Server) -> Running {
    let dir = files.path().display();
    let backend = backend.url();
    Running::start(files, |port| {
        let config = files.write(
            "nginx.conf",
            &format!(
                "daemon off; master_process off; pid {dir}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
    ssl_client_certificate {dir}/authority.pem; ssl_verify_client on;
    location / {{ proxy_pass {backend}; proxy_set_header x-subject $ssl_client_s_dn; }}
  }}
}}
"
            ),
        );
        let mut command = Command::new(program);
        command.args(["-e", "stderr", "-p"]).arg(files.path()).arg("-c").arg(config);
        command
    })
}

/// Apache in one process; `client` says whether it demands a certificate in every handshake.
fn apache(program: &Path, files: &Files, backend: &Server, client: bool) -> Running {
    let dir = files.path().display();
    let backend = backend.url();
    let hash = digest_auth::Algorithm::default().hash(format!("alice:locked:{SECRET}").as_bytes());
    files.write("users", &format!("alice:locked:{hash}\n"));
    let modules: String = [
        "mpm_event",
        "authn_core",
        "authn_file",
        "authz_core",
        "authz_user",
        "auth_digest",
        "proxy",
        "proxy_http",
        "socache_shmcb",
        "ssl",
    ]
    .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
    .concat();
    let verify = if client { "require" } else { "none" };
    Running::start(files, |port| {
        let config = files.write(
            "apache.conf",
            &format!(
                "{modules}
ServerRoot {dir}
ServerName localhost
DefaultRuntimeDir {dir}
PidFile {dir}/apache.pid
ErrorLog /dev/stderr
User www-data
Group www-data
Listen 127.0.0.1:{port}
SSLEngine on
SSLCertificateFile {dir}/server.pem
SSLCertificateKeyFile {dir}/server.key
SSLCACertificateFile {dir}/authority.pem
SSLVerifyClient {verify}
ProxyPass / {backend}/
<LocationMatch ^/(digest|both)>
  AuthType Digest
  AuthName locked
  AuthDigestProvider file
  AuthUserFile {dir}/users
  Require valid-user
</LocationMatch>
"
            ),
        );
        let mut command = Command::new(program);
        command.arg("-X").arg("-f").arg(config);
        command
    })
}

/// A server that says back what came, headers and all.
fn echo() -> Server {
    Server::new(|asked| {
        let headers: serde_json::Map<String, serde_json::Value> =
            asked.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        json(200, &serde_json::json!({ "headers": headers, "body": asked.text() }).to_string())
    })
}

#[test]
fn nginx_is_shown_a_client_certificate() {
    let Some(program) = program("APICLI_NGINX", "client certificates against nginx") else { return };
    let (files, backend) = (Files::new(), echo());
    let server = nginx(&program, &files, &backend);
    let environment = files.environment();
    let line = |what: &str| format!("locked {what} --server {}", server.url());
    // Without one nginx speaks HTTP all the same, to say what is missing.
    environment.line(&line("open get")).fails(4).says("400");
    environment.line(&line("mutual get")).fails(3).says("APICLI_LOCKED_M");
    assert!(backend.asked().is_empty());
    let pem = files.client();
    let environment = environment.with("APICLI_LOCKED_M", &pem);
    let ran = environment.line(&line("mutual get -v")).ok().says("(client certificate)");
    assert_eq!(ran.json()["headers"]["x-subject"], "CN=a-client", "{ran}");
    let key_line = pem.lines().nth(1).unwrap();
    assert!(!ran.stderr.contains(key_line) && !ran.stdout_text().contains(key_line), "{ran}");
    // An operation without the scheme does not show it.
    environment.line(&line("open get")).fails(4).says("400");
    let curl = environment.line(&line("mutual get --curl")).ok();
    assert!(curl.stdout_text().contains("--cert client.pem"), "{curl}");
    backend.only();
}

#[test]
fn apaches_digest_challenge_is_answered() {
    let Some(program) = program("APICLI_APACHE", "digest authentication against Apache") else { return };
    let (files, backend) = (Files::new(), echo());
    let server = apache(&program, &files, &backend, false);
    let line = |what: &str| format!("locked {what} --server {}", server.url());
    let environment = files.environment().with("APICLI_LOCKED_D", &format!("alice:{SECRET}"));
    environment.line(&line("digest get")).ok();
    let ran = environment.line(&line("digest update --text hello")).ok();
    assert_eq!(ran.json()["body"], r#"{"text":"hello"}"#, "{ran}");
    let wrong = files.environment().with("APICLI_LOCKED_D", "alice:not the password");
    wrong.line(&line("digest update --text never")).fails(3).says("401");
    let asked = backend.asked();
    let bodies: Vec<String> = asked.iter().map(crate::server::Asked::text).collect();
    assert_eq!(bodies, ["", r#"{"text":"hello"}"#]);
    assert!(
        asked.iter().all(|one| one.header("authorization").unwrap().starts_with("Digest username=\"alice\""))
    );
}

#[test]
fn apache_demands_a_certificate_and_a_digest() {
    let Some(program) = program("APICLI_APACHE", "client certificates against Apache") else { return };
    let (files, backend) = (Files::new(), echo());
    let server = apache(&program, &files, &backend, true);
    let line = |what: &str| format!("locked {what} --server {}", server.url());
    let digest = files.environment().with("APICLI_LOCKED_D", &format!("alice:{SECRET}"));
    digest.line(&line("digest get")).fails(3).says("requires a client certificate").says("apicli auth login");
    digest.line(&line("both get")).fails(3).says("APICLI_LOCKED_M");
    let stranger = digest.with("APICLI_LOCKED_M", &Files::new().client());
    stranger.line(&line("both get")).fails(3).says("does not accept the client certificate");
    let both = stranger.with("APICLI_LOCKED_M", &files.client());
    both.line(&line("both get")).ok();
    both.line(&line("mutual get")).ok();
    // A certificate of another key is refused before anything is sent.
    let (one, other) = (files.client(), files.client());
    let (key, _) = one.split_once("-----BEGIN CERT").unwrap();
    let (_, certificate) = other.split_once("-----BEGIN CERT").unwrap();
    let mixed = both.with("APICLI_LOCKED_M", &format!("{key}-----BEGIN CERT{certificate}"));
    mixed.line(&line("mutual get")).fails(3).says("none of its certificates");
    assert_eq!(backend.asked().len(), 2);
}
