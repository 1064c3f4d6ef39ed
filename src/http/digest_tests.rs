use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::super::proxy::Proxies;
use super::super::{Body, Client, ClientOptions, Request, Response, Transport as _};
use super::*;

/// What a server saw: the request's line, its `authorization`, its body.
type Seen = Arc<StdMutex<Vec<(String, Option<String>, String)>>>;

/// A server that asks for a digest of `alice` and `open sesame`, with nonces that are good for `uses` answers each.
fn server(uses: usize) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let log = seen.clone();
    std::thread::spawn(move || {
        let (mut nonce, mut used) = (1, 0);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let mut chunk = [0; 4096];
            let (head, body) = loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
                    if body.len() >= length {
                        break (head.to_owned(), body.to_owned());
                    }
                }
                match stream.read(&mut chunk).unwrap() {
                    0 => break (text, String::new()),
                    count => bytes.extend_from_slice(&chunk[..count]),
                }
            };
            let line = head.lines().next().unwrap_or_default().to_owned();
            let answer = header(&head, "authorization");
            let is_right = answer.as_ref().is_some_and(|answer| right(answer, &line, &format!("n{nonce}")));
            log.lock().unwrap().push((line, answer, body));
            let text = if is_right && used < uses {
                used += 1;
                "HTTP/1.1 200 OK\r\n".to_owned()
            } else {
                let stale = if is_right {
                    (nonce, used) = (nonce + 1, 0);
                    ", stale=true"
                } else {
                    ""
                };
                format!(
                    "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"a, b\", Digest realm=\"r\", \
                     algorithm=MD5, nonce=\"weak\", qop=\"auth\", Digest realm=\"r\", qop=\"auth, auth-int\", \
                     algorithm=SHA-256, nonce=\"n{nonce}\", opaque=\"o\"{stale}\r\nwww-authenticate: Negotiate\r\n"
                )
            };
            write!(stream, "{text}content-length: 2\r\nconnection: close\r\n\r\n{{}}").unwrap();
        }
    });
    (url, seen)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

/// RFC 7616, section 3.4.1, with SHA-256, worked out here.
fn right(answer: &str, line: &str, nonce: &str) -> bool {
    let field = |name: &str| {
        let text = answer
            .strip_prefix("Digest ")?
            .split(", ")
            .find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
        Some(text.trim_matches('"').to_owned())
    };
    let hash =
        |text: String| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let secret = hash("alice:r:open sesame".to_owned());
    let request = hash(format!("{method}:{target}"));
    let (Some(count), Some(client)) = (field("nc"), field("cnonce")) else { return false };
    let expected = hash(format!("{secret}:{nonce}:{count}:{client}:auth:{request}"));
    field("response").as_deref() == Some(expected.as_str())
        && field("uri").as_deref() == Some(target)
        && field("username").as_deref() == Some("alice")
}

fn client() -> Client {
    let options = ClientOptions {
        timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(10),
        max_response_bytes: 1 << 20,
        user_agent: "apicli/test".into(),
    };
    Client::with_proxies(options, Proxies::default())
}

fn send(client: &Client, url: &str, password: &str, body: Option<&str>) -> Response {
    let secret = |text: &str| Secret::from(text.to_owned());
    let request = Request {
        method: if body.is_some() { "POST" } else { "GET" }.into(),
        base: url.into(),
        path: "/a%20b".into(),
        query: vec![("q".into(), "1".into())],
        headers: Vec::new(),
        body: body.map_or(Body::Empty, |body| Body::Bytes {
            content_type: "text/plain".into(),
            bytes: body.as_bytes().to_vec(),
        }),
        credentials: vec![Attachment::Digest { user: secret("alice"), password: secret(password) }],
    };
    client.send(&request, Duration::from_secs(30)).unwrap()
}

fn bodies(seen: &Seen) -> Vec<String> {
    seen.lock()
        .unwrap()
        .iter()
        .map(|(_, answer, body)| format!("{}{body}", if answer.is_some() { "+" } else { "-" }))
        .collect()
}

#[test]
fn a_challenge_is_answered_and_remembered() {
    let (url, seen) = server(100);
    let client = client();
    assert_eq!(send(&client, &url, "open sesame", None).status, 200);
    assert_eq!(send(&client, &url, "open sesame", Some("one")).status, 200);
    // The second answers at once.
    assert_eq!(bodies(&seen), ["-", "+", "+one"]);
    assert!(seen.lock().unwrap()[2].1.as_ref().unwrap().contains("nc=00000002"));
    assert!(seen.lock().unwrap().iter().all(|(_, answer, _)| !format!("{answer:?}").contains("sesame")));
}

#[test]
fn a_body_is_sent_once_with_the_answer() {
    let (url, seen) = server(100);
    assert_eq!(send(&client(), &url, "open sesame", Some("one")).status, 200);
    assert_eq!(bodies(&seen), ["-", "+one"]);
}

#[test]
fn a_wrong_password_is_refused_after_one_answer() {
    let (url, seen) = server(100);
    assert_eq!(send(&client(), &url, "wrong one", Some("x")).status, 401);
    assert_eq!(bodies(&seen), ["-", "+x"]);
}

#[test]
fn a_nonce_that_is_too_old_is_replaced() {
    let (url, seen) = server(1);
    let client = client();
    assert_eq!(send(&client, &url, "open sesame", None).status, 200);
    assert_eq!(send(&client, &url, "open sesame", None).status, 200);
    assert_eq!(bodies(&seen), ["-", "+", "+", "+"]);
}

#[test]
fn a_server_that_asks_nothing_gets_the_body() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut text = String::new();
            let mut chunk = [0; 4096];
            while !text.contains("\r\n\r\n")
                || (text.contains("content-length: 1") && !text.ends_with("\r\n\r\nx"))
            {
                let count = stream.read(&mut chunk).unwrap();
                text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
            }
            bodies.push(text.split_once("\r\n\r\n").unwrap().1.to_owned());
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        }
        bodies
    });
    assert_eq!(send(&client(), &url, "open sesame", Some("x")).status, 200);
    assert_eq!(server.join().unwrap(), ["", "x"]);
}

#[test]
fn challenges_are_told_apart() {
    let header = r#"Basic realm="a, \"Digest\" b", DIGEST realm="r", nonce="n" , qop = "auth", Negotiate, Bearer scope="x""#;
    assert_eq!(challenges(header), [r#"DIGEST realm="r", nonce="n", qop = "auth""#]);
    assert_eq!(challenges("Negotiate"), [""; 0]);
}
