//! The server that both commands of a pair talk to: plain HTTP/1.1, or the same over TLS.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Result;

/// What Stripe answers when a customer is deleted.
const ANSWER: &str = "{\n  \"id\": \"cus_1\",\n  \"object\": \"customer\",\n  \"deleted\": true\n}";

/// Where systems keep the certificates that they trust.
const STORES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Starts a server for as long as this process lives; its URL.
pub(crate) fn plain() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    serve(listener, |stream| answer(&stream, &stream));
    Ok(url)
}

/// Starts a server with a certificate of the authority that `files` hold; its URL.
pub(crate) fn over_tls(files: &Certificates) -> Result<String> {
    let certificate = CertificateDer::from_pem_file(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("https://{}", listener.local_addr()?);
    serve(listener, move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
        let stream = Duplex(std::cell::RefCell::new(StreamOwned::new(connection, stream)));
        answer(&stream, &stream)
    });
    Ok(url)
}

fn serve(listener: TcpListener, each: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) {
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = Arc::clone(&each);
            // A client that goes away in the middle fails by itself.
            std::thread::spawn(move || stream.set_nodelay(true).and_then(|()| each(stream)));
        }
    });
}

/// Answers each request of a connection, none of which has a body.
fn answer(from: impl Read, mut to: impl Write) -> std::io::Result<()> {
    let mut from = BufReader::new(from);
    let response = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{ANSWER}",
        ANSWER.len()
    );
    let mut line = String::new();
    loop {
        line.clear();
        match from.read_line(&mut line) {
            Ok(0) => return Ok(()),
            Ok(_) if line == "\r\n" => {
                to.write_all(response.as_bytes())?;
                to.flush()?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// A TLS stream whose two directions can be borrowed apart.
struct Duplex(std::cell::RefCell<StreamOwned<ServerConnection, TcpStream>>);

impl Read for &Duplex {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

impl Write for &Duplex {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(buffer)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// An authority of its own, and what it signed.
pub(crate) struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    /// The system's certificates and that of the authority, for `SSL_CERT_FILE`, which both OpenSSL and rustls read in
    /// place of the system's own: so both do the work that they do anywhere.
    pub(crate) store: PathBuf,
}

impl Certificates {
    /// Makes them in `dir` with the `openssl` command.
    pub(crate) fn make(openssl: &Path, dir: &Path) -> Result<Self> {
        let system = STORES.iter().find(|path| Path::new(path).is_file());
        let mut store = std::fs::read(system.ok_or("this system's certificates are in no known place")?)?;
        let path = |name: &str| dir.join(name);
        std::fs::write(
            path("openssl.cnf"),
            "[req]\ndistinguished_name=name\nx509_extensions=ca\nprompt=no\n[name]\nCN=figures\n\
             [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n\
             [leaf]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\n\
             extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n",
        )?;
        let run = |line: &str| -> Result<()> {
            let mut command = Command::new(openssl);
            command.args(line.split(' ')).current_dir(dir).stdin(Stdio::null());
            let output = command.output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            if output.status.success() { Ok(()) } else { Err(format!("openssl {line}: {said}").into()) }
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config openssl.cnf";
        run(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2"))?;
        run(&format!("req {key} -keyout leaf.key -out leaf.csr"))?;
        run("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 \
             -extfile openssl.cnf -extensions leaf")?;
        store.push(b'\n');
        store.extend(std::fs::read(path("ca.pem"))?);
        std::fs::write(path("store.pem"), store)?;
        Ok(Self { certificate: path("leaf.pem"), key: path("leaf.key"), store: path("store.pem") })
    }
}
