use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use base64::Engine as _;

use super::super::{Attachment, Body, File, Part, PartContent, Source};
use super::*;
use crate::model::Origin;
use crate::secret::Secret;

pub(super) const SECOND: Duration = Duration::from_secs(1);

pub(super) fn options() -> ClientOptions {
    ClientOptions {
        connect_timeout: 10 * SECOND,
        max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
        user_agent: "apicli/test".into(),
    }
}

pub(super) fn client(options: ClientOptions) -> Client {
    Client::with_proxies(options, Proxies::default())
}

pub(super) fn request(method: &str, base: &str, body: Body) -> Request {
    Request {
        method: method.into(),
        base: base.into(),
        path: "/x".into(),
        query: vec![("a[b]".into(), "1%202".into())],
        headers: vec![("accept".into(), "application/json".into())],
        body,
        credentials: vec![
            Attachment::Header {
                name: "authorization".into(),
                prefix: "Bearer ".into(),
                value: Secret::from("sk_1".to_owned()),
            },
            Attachment::Query { name: "key".into(), value: Secret::from("sk_1".to_owned()) },
        ],
    }
}

pub(super) fn send(method: &str, base: &str, body: Body) -> Result<Response, Error> {
    client(options()).send(&request(method, base, body), 30 * SECOND)
}

/// One request: its headers, and its body by content-length.
fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut chunk).unwrap() {
            0 => return text,
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// A server that gives each connection one of `answers`; joining it returns what it was asked.
pub(super) fn serve(answers: &[&[u8]]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
    let thread = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            asked.push(read_request(&mut stream));
            // A client that has seen enough may be gone.
            let _ = stream.write_all(&answer);
        }
        asked
    });
    (base, thread)
}

pub(super) fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(super) fn redirect_to(status: u16, location: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

pub(super) fn form(text: &str) -> Body {
    Body::Bytes { content_type: "application/x-www-form-urlencoded".into(), bytes: text.into() }
}

#[test]
fn a_request_arrives_as_it_was_built() {
    let (base, server) = serve(&[&ok("{}")]);
    let response = send("POST", &base, form("a=b")).unwrap();
    assert_eq!((response.status, response.body.bytes()), (200, b"{}".as_slice()));
    assert_eq!(response.header("x-request-id"), Some("r1"));
    let asked = server.join().unwrap().remove(0);
    assert!(asked.starts_with("POST /x?a[b]=1%202&key=sk_1 HTTP/1.1\r\n"), "{asked}");
    for line in [
        "authorization: Bearer sk_1",
        "accept: application/json",
        "accept-encoding: gzip",
        "user-agent: apicli/test",
        "content-type: application/x-www-form-urlencoded",
        "content-length: 3",
    ] {
        assert_eq!(asked.matches(&format!("{line}\r\n")).count(), 1, "{line} in {asked}");
    }
    assert!(asked.ends_with("\r\n\r\na=b"));
}

#[test]
fn a_post_without_a_body_says_so_and_a_delete_may_have_one() {
    let (base, server) = serve(&[&ok(""), &ok(""), &ok("")]);
    send("POST", &base, Body::Empty).unwrap();
    send("DELETE", &base, form("a=b")).unwrap();
    send("DELETE", &base, Body::Empty).unwrap();
    let asked = server.join().unwrap();
    assert!(asked[0].contains("content-length: 0\r\n"), "{}", asked[0]);
    assert!(asked[1].ends_with("\r\n\r\na=b"), "{}", asked[1]);
    assert!(!asked[2].contains("content-length") && !asked[2].contains("transfer-encoding"), "{}", asked[2]);
}

#[test]
fn statuses_are_answers_not_errors() {
    let (base, server) = serve(&[b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"]);
    let response = send("GET", &base, Body::Empty).unwrap();
    assert_eq!((response.status, response.is_success()), (404, false));
    server.join().unwrap();
}

#[test]
fn a_connection_serves_the_next_request_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..2 {
            read_request(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        }
    });
    let client = client(options());
    for _ in 0..2 {
        let response = client.send(&request("GET", &base, Body::Empty), 30 * SECOND).unwrap();
        assert_eq!(response.body.bytes(), b"ok");
    }
    server.join().unwrap();
}

#[test]
fn gzip_is_undone_and_limited_by_what_comes_out() {
    let answer = |data: &str| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n";
        [format!("{head}Content-Length: {}\r\n\r\n", bytes.len()).into_bytes(), bytes].concat()
    };
    let small = answer("H4sIAAAAAAACA8tIzcnJV0ivyiwAABlq0t8KAAAA");
    let zeros = answer("H4sIAAAAAAACA+3BAQ0AAADCoPdPbQ43oAAAAAAAAAAAAODfAC7KO00QJwAA");
    let (base, server) = serve(&[&small]);
    let response = send("GET", &base, Body::Empty).unwrap();
    assert_eq!(response.body.bytes(), b"hello gzip");
    assert_eq!(response.header("content-encoding"), None);
    server.join().unwrap();
    let (base, server) = serve(&[&zeros]);
    let options = ClientOptions { max_response_bytes: 9_999, ..options() };
    let answer = client(options).send(&request("GET", &base, Body::Empty), 30 * SECOND);
    assert_eq!(answer.unwrap_err(), Error::TooLarge { limit: 9_999 });
    server.join().unwrap();
}

#[test]
fn an_announced_two_gigabytes_are_not_read() {
    // The server keeps the connection open, so only the announced length can have been judged.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0]);
    });
    let error = send("GET", &base, Body::Empty).unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: DEFAULT_MAX_RESPONSE_BYTES });
    server.join().unwrap();
}

#[test]
fn an_endless_answer_ends_at_the_limit_and_one_of_exactly_the_limit_is_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let small = ClientOptions { max_response_bytes: 100_000, ..options() };
    let error = client(small).send(&request("GET", &base, Body::Empty), 30 * SECOND).unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 100_000 });
    server.join().unwrap();

    let (base, server) = serve(&[&ok("12345")]);
    let exact = ClientOptions { max_response_bytes: 5, ..options() };
    let response = client(exact).send(&request("GET", &base, Body::Empty), 30 * SECOND).unwrap();
    assert_eq!(response.body.bytes(), b"12345");
    server.join().unwrap();
}

#[test]
fn a_server_that_is_down_slow_or_breaks_off() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let origin = Origin::of(&base).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        // Silent until the client gives up.
        let _ = stream.read(&mut [0]);
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab").unwrap();
        drop(stream);
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        drop(stream);
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").unwrap();
    });
    let limit = Duration::from_millis(50);
    let slow = client(options()).send(&request("GET", &base, Body::Empty), limit).unwrap_err();
    assert!(
        slow == Error::Timeout { origin: origin.clone(), limit }
            || slow == Error::Silence { origin: origin.clone(), limit }
    );
    for _ in 0..2 {
        assert_eq!(send("GET", &base, Body::Empty).unwrap_err(), Error::Closed { origin: origin.clone() });
    }
    assert!(matches!(send("GET", &base, Body::Empty), Err(Error::Protocol { .. })));
    server.join().unwrap();
    // The listener is gone with its thread.
    match send("GET", &base, Body::Empty) {
        Err(Error::Connect { origin: named, reason, proxy: None }) => {
            assert_eq!((named, reason.as_str()), (origin, "connection refused"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_without_tls_is_told_from_one_that_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        // Until the client has read that and closed.
        while stream.read(&mut hello).is_ok_and(|count| count > 0) {}
    });
    assert!(matches!(send("GET", &base, Body::Empty), Err(Error::Tls { .. })));
    // If the system trusts nobody, no connection is made at all.
    let _ = TcpStream::connect(base.trim_start_matches("https://"));
    server.join().unwrap();
}

fn streamed(path: std::path::PathBuf) -> Body {
    Body::Streamed { content_type: "application/pdf".into(), source: Source::Path(path) }
}

#[test]
fn files_are_streamed_with_their_length() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.bin");
    let content = "0123456789".repeat(30_000);
    std::fs::write(&path, &content).unwrap();
    let (base, server) = serve(&[&redirect_to(307, "/y"), &ok("")]);
    send("PUT", &base, streamed(path.clone())).unwrap();
    for asked in server.join().unwrap() {
        assert!(
            asked.contains("content-length: 300000\r\n")
                && asked.contains("content-type: application/pdf\r\n")
        );
        assert!(!asked.contains("transfer-encoding") && asked.ends_with(&content));
    }
    let missing = streamed(dir.path().join("none"));
    assert!(matches!(send("PUT", "http://127.0.0.1:9", missing), Err(Error::ReadFile { .. })));
}

#[test]
fn any_method_may_have_a_body() {
    for method in ["GET", "DELETE", "QUERY", "HEAD", "OPTIONS"] {
        let (base, server) = serve(&[&ok("")]);
        send(method, &base, form("a=b")).unwrap();
        let asked = server.join().unwrap().remove(0);
        assert!(asked.starts_with(&format!("{method} /x?")) && asked.ends_with("\r\n\r\na=b"), "{asked}");
    }
}

#[test]
fn multipart_arrives_with_its_boundary() {
    let (base, server) = serve(&[&ok("")]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f.png");
    std::fs::write(&path, "12345").unwrap();
    let file = File { path, name: "f.png".into(), piped: None };
    let parts = vec![
        Part { name: "purpose".into(), content_type: None, content: PartContent::Text("logo".into()) },
        Part { name: "file".into(), content_type: None, content: PartContent::File(file) },
    ];
    send("POST", &base, Body::Multipart { content_type: "multipart/form-data".into(), parts }).unwrap();
    let asked = server.join().unwrap().remove(0);
    assert!(asked.contains("content-length: ") && !asked.contains("transfer-encoding"), "{asked}");
    assert!(
        asked.contains("filename=\"f.png\"\r\ncontent-type: image/png\r\n\r\n12345\r\n--apicli-"),
        "{asked}"
    );
    assert!(asked.contains("content-type: multipart/form-data; boundary=apicli-"), "{asked}");
    assert!(asked.contains("name=\"purpose\"\r\n\r\nlogo\r\n--apicli-"), "{asked}");
}

#[test]
fn a_proxy_is_asked_and_named_when_it_refuses() {
    let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    let (proxy, server) = serve(&[refusal]);
    let lookup = |name: &str| (name == "http_proxy").then(|| proxy.clone());
    let client = Client::with_proxies(options(), Proxies::read(&lookup));
    match client.send(&request("GET", "http://api.invalid", Body::Empty), 30 * SECOND) {
        Err(Error::Connect { proxy: Some(named), .. }) => assert_eq!(format!("http://{named}"), proxy),
        other => panic!("{other:?}"),
    }
    assert!(server.join().unwrap()[0].starts_with("CONNECT api.invalid:80 HTTP/1.1\r\n"));
}

#[test]
fn no_time_left_sends_nothing() {
    let error = client(options()).send(&request("GET", "http://127.0.0.1:9", Body::Empty), Duration::ZERO);
    assert!(matches!(error, Err(Error::Timeout { .. })));
}
