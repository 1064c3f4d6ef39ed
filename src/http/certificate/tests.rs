use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};

use super::super::proxy::Proxies;
use super::super::{Body, Client, ClientOptions, Request, Response, Transport as _};
use super::*;
use crate::diagnostic::{Failure, Kind};

/// A key for tests only, in PKCS#1: rcgen cannot make RSA keys.
const RSA: &str = include_str!("../testdata/rsa.pem");

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name`, in PEM.
fn issued(name: &str, key: &KeyPair, by: &Authority) -> rcgen::Certificate {
    CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(key, by).unwrap()
}

fn secret(parts: &[&str]) -> Secret<String> {
    Secret::from(parts.concat())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The same P-256 key in SEC 1, which is at the end of PKCS#8 (RFC 5958, RFC 5915).
fn sec1(key: &KeyPair) -> String {
    pem("EC PRIVATE KEY", &key.serialize_der().split_off(29))
}

/// [`RSA`] in PKCS#8, which rcgen reads.
fn rsa() -> KeyPair {
    let lines: String = RSA.lines().filter(|line| !line.starts_with('-')).collect();
    let inner = base64::engine::general_purpose::STANDARD.decode(lines).unwrap();
    let length = |length: usize| u16::try_from(length).unwrap().to_be_bytes();
    let mut der = vec![0x30, 0x82];
    der.extend(length(inner.len() + 22));
    der.extend([2, 1, 0, 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0, 4, 0x82]);
    der.extend(length(inner.len()));
    der.extend(inner);
    KeyPair::from_pem(&pem("PRIVATE KEY", &der)).unwrap()
}

/// A server that wants a certificate of `clients`, or none; each connection gets one of `answers`. Joining it returns
/// how many certificates it was shown and what it was asked.
fn server(
    root: &Authority,
    clients: Option<&Authority>,
    version: &'static rustls::SupportedProtocolVersion,
    answers: Vec<String>,
) -> (String, JoinHandle<Vec<(usize, String)>>) {
    let key = KeyPair::generate().unwrap();
    let chain = vec![issued("localhost", &key, root).der().clone()];
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[version]).unwrap();
    let config = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let config = Arc::new(config.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().unwrap();
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            let mut text = String::new();
            let mut chunk = [0; 4096];
            // A rejected client sends no request; the alert has been sent.
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
                if text.ends_with("\r\n\r\n") {
                    stream.write_all(answer.as_bytes()).unwrap();
                    break;
                }
            }
            seen.push((connection.peer_certificates().map_or(0, <[_]>::len), text));
            connection.send_close_notify();
            let _ = connection.complete_io(&mut socket);
            // If what the client still sends were not read, it would lose the alert.
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let _ = std::io::copy(&mut socket, &mut std::io::sink());
        }
        seen
    });
    (url, server)
}

fn ok() -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
}

fn client(root: &Authority) -> Client {
    let options = ClientOptions {
        connect_timeout: Duration::from_secs(10),
        max_response_bytes: 1 << 20,
        user_agent: "apicli/test".into(),
    };
    Client::with_proxies(options, Proxies::default()).with_root(root.der())
}

fn send(client: &Client, url: &str, pem: Option<&Secret<String>>) -> Result<Response, Error> {
    let request = Request {
        method: "GET".into(),
        base: url.into(),
        path: "/a".into(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Body::Empty,
        credentials: pem.map(|pem| Attachment::Certificate { pem: pem.clone() }).into_iter().collect(),
    };
    client.send(&request, Duration::from_secs(30))
}

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

#[test]
fn a_certificate_of_every_kind_is_shown_in_any_order() {
    let (root, clients) = (authority("root"), authority("clients"));
    let client = client(&root);
    for version in VERSIONS {
        let keys = [KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), rsa()];
        let texts = [keys[0].serialize_pem(), sec1(&keys[1]), RSA.to_owned()];
        for (key, key_pem) in keys.iter().zip(&texts) {
            let certificate = issued("client", key, &clients).pem();
            let pems = [
                secret(&[&certificate, key_pem]),
                secret(&[key_pem, &clients.pem(), &certificate]),
                secret(&["Bag Attributes\r\n", &certificate.replace('\n', "\r\n"), key_pem, &clients.pem()]),
            ];
            let (url, server) = server(&root, Some(&clients), version, vec![ok(); pems.len()]);
            for pem in &pems {
                assert_eq!(send(&client, &url, Some(pem)).unwrap().status, 200);
            }
            let shown: Vec<usize> = server.join().unwrap().into_iter().map(|(count, _)| count).collect();
            assert_eq!(shown, [1, 2, 2]);
        }
    }
}

#[test]
fn a_server_that_wants_another_certificate_is_told_from_a_broken_one() {
    let (root, clients, strangers) = (authority("root"), authority("clients"), authority("strangers"));
    let key = KeyPair::generate().unwrap();
    let stranger = secret(&[&issued("client", &key, &strangers).pem(), &key.serialize_pem()]);
    for version in VERSIONS {
        for pem in [None, Some(&stranger)] {
            let (url, server) = server(&root, Some(&clients), version, vec![ok()]);
            let error = send(&client(&root), &url, pem).unwrap_err();
            let failure = Failure::from(error.clone());
            assert!(failure.kind == Kind::Credentials, "{version:?} {error:?}");
            let says = if pem.is_some() {
                "does not accept the client certificate"
            } else {
                "requires a client certificate"
            };
            assert!(failure.message.contains(says), "{}", failure.message);
            assert!(failure.first_hint().unwrap().contains("apicli auth login"));
            server.join().unwrap();
        }
    }
}

#[test]
fn nobody_else_is_shown_a_certificate() {
    let root = authority("root");
    let key = KeyPair::generate().unwrap();
    let pem = secret(&[&issued("client", &key, &root).pem(), &key.serialize_pem()]);
    let version = VERSIONS[1];
    // It would accept one of this authority, and asks for it.
    let (other, there) = server(&root, Some(&root), version, vec![ok()]);
    let to = |target: &str| {
        format!("HTTP/1.1 302 F\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    };
    let (url, here) = server(&root, Some(&root), version, vec![to("/b"), to(&format!("{other}/c"))]);
    match send(&client(&root), &url, Some(&pem)) {
        Err(Error::Foreign(error)) => assert!(matches!(*error, Error::Tls { .. }), "{error:?}"),
        other => panic!("{other:?}"),
    }
    let here = here.join().unwrap();
    assert!(here.iter().all(|(shown, _)| *shown == 1) && here[1].1.starts_with("GET /b "), "{here:?}");
    assert_eq!(there.join().unwrap(), [(0, String::new())]);
}

#[test]
fn each_certificate_has_connections_of_its_own() {
    let root = authority("root");
    let client = client(&root);
    let (url, server) = server(&root, None, VERSIONS[1], vec![ok(); 3]);
    let mut pems = Vec::new();
    for _ in 0..2 {
        let key = KeyPair::generate().unwrap();
        pems.push(secret(&[&issued("client", &key, &root).pem(), &key.serialize_pem()]));
    }
    for pem in [Some(&pems[0]), None, Some(&pems[1])] {
        assert_eq!(send(&client, &url, pem).unwrap().status, 200);
    }
    server.join().unwrap();
}

#[test]
fn what_is_wrong_is_said_without_a_word_of_it() {
    let root = authority("root");
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let certificate = issued("client", &key, &root).pem();
    let key_pem = key.serialize_pem();
    let cut = certificate.trim_end().rsplit_once('\n').unwrap().0;
    let locked = key_pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let old_locked =
        RSA.replacen("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1);
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (pem, why) in [
        (secret(&["sk_test_1"]), "no certificate"),
        (secret(&[&key_pem]), "no certificate"),
        (secret(&[&certificate]), "no private key"),
        (secret(&[&key_pem, cut]), "complete PEM"),
        (secret(&[&certificate, &other.serialize_pem()]), "none of its certificates"),
        (secret(&[&certificate, &locked]), "passphrase"),
        (secret(&[&certificate, &old_locked]), ""),
        (secret(&[nonsense, &key_pem]), "cannot be read"),
        (secret(&[&certificate, no_key]), "unsupported kind"),
    ] {
        let told = check(&pem).unwrap_err();
        assert!(told.contains(why), "{why}: {told}");
        // Nothing is sent, and nothing of the text is shown.
        let error = send(&client(&root), "https://localhost:9", Some(&pem)).unwrap_err();
        assert_eq!(error, Error::BadCertificate { why: told });
    }
    check(&secret(&[&certificate, &key_pem])).unwrap();
}
