use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex as StdMutex};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::super::proxy::Proxies;
use super::super::{Body, Client, ClientOptions, Request, Response, Transport as _};
use super::*;

/// What a server saw: the request's line, its `authorization`, its body.
type Seen = Arc<StdMutex<Vec<(String, Option<String>, String)>>>;

/// A server that asks for a digest of `alice` and `open sesame`, with nonces that are valid for `uses` answers each.
fn server(uses: usize) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let log = seen.clone();
    std::thread::spawn(move || {
        let (mut nonce, mut used) = (1, 0);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let text = read(&mut stream);
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
            let (head, body) = (head.to_owned(), body.to_owned());
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

/// One request: its headers, and its body by content-length.
fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
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
fn scripted(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            asked.push(read(&mut stream));
            stream.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    (url, server)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

/// RFC 7616, section 3.4.1, with SHA-256, computed here.
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
    let done = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, server) = scripted(vec![done.into(); 2]);
    assert_eq!(send(&client(), &url, "open sesame", Some("x")).status, 200);
    let asked = server.join().unwrap();
    assert!(asked[0].ends_with("\r\n\r\n") && asked[1].ends_with("\r\n\r\nx"), "{asked:?}");
}

#[test]
fn a_challenge_that_comes_after_the_body_is_answered_too() {
    // The first request has no body, which this server checks before it asks for credentials.
    let refusal = "HTTP/1.1 422 Empty\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let challenge = "HTTP/1.1 401 Who\r\nwww-authenticate: Digest realm=r, nonce=n, qop=auth\r\n\
                     content-length: 0\r\nconnection: close\r\n\r\n";
    let done = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, server) = scripted(vec![refusal.into(), challenge.into(), done.into()]);
    assert_eq!(send(&client(), &url, "open sesame", Some("x")).status, 200);
    let asked = server.join().unwrap();
    assert!(asked[0].ends_with("\r\n\r\n") && asked[0].contains("content-length: 0"), "{asked:?}");
    assert!(!asked[0].contains("content-type") && !asked[1].contains("authorization"), "{asked:?}");
    assert!(asked[1].ends_with("\r\n\r\nx") && asked[2].ends_with("\r\n\r\nx"), "{asked:?}");
    assert!(asked[2].contains("authorization: Digest username=\"alice\""), "{asked:?}");
}

#[test]
fn a_refusal_without_a_digest_challenge_is_the_answer() {
    for asks in [
        "Basic realm=\"r\"",
        "Digest realm=r, nonce=n, qop=\"auth-int\"",
        "Digest realm=r, nonce=n, algorithm=X",
    ] {
        let refusal = format!(
            "HTTP/1.1 401 Who\r\nwww-authenticate: {asks}\r\ncontent-length: 3\r\nconnection: close\r\n\r\nwho"
        );
        let (url, server) = scripted(vec![refusal]);
        let response = send(&client(), &url, "open sesame", Some("x"));
        assert_eq!((response.status, response.body.bytes()), (401, b"who".as_slice()));
        server.join().unwrap();
    }
}

#[test]
fn nobody_else_gets_an_answer() {
    let challenge = "HTTP/1.1 401 Who\r\nwww-authenticate: Digest realm=r, nonce=n, qop=auth\r\n\
                     content-length: 0\r\nconnection: close\r\n\r\n";
    let (other, there) = scripted(vec![challenge.into()]);
    let to = |target: &str| {
        format!("HTTP/1.1 302 F\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    };
    // Within the origin the redirect is followed with an answer.
    let (url, here) = scripted(vec![challenge.into(), to("/b"), to(&format!("{other}/c"))]);
    assert_eq!(send(&client(), &url, "open sesame", None).status, 401);
    let (here, there) = (here.join().unwrap(), there.join().unwrap());
    assert!(here[2].starts_with("GET /b ") && here[2].contains("uri=\"/b\""), "{here:?}");
    assert!(there[0].starts_with("GET /c ") && !there[0].contains("authorization"), "{there:?}");
}

#[test]
fn a_connection_serves_challenge_and_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let first = read(&mut stream);
        write!(
            stream,
            "HTTP/1.1 401 Who\r\nwww-authenticate: Digest realm=r, nonce=n\r\ncontent-length: 2\r\n\r\nno"
        )
        .unwrap();
        let second = read(&mut stream);
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        (first, second)
    });
    assert_eq!(send(&client(), &url, "open sesame", None).status, 200);
    let (first, second) = server.join().unwrap();
    // RFC 2069: nothing is counted without `qop`.
    assert!(
        !first.contains("authorization") && second.contains("response=") && !second.contains("nc="),
        "{second}"
    );
}

#[test]
fn the_examples_of_rfc_7616() {
    let secret = |text: &str| Secret::from(text.to_owned());
    let (user, password) = (secret("Mufasa"), secret("Circle of Life"));
    let person = Person { user: &user, password: &password };
    let challenge = |algorithm: &str| {
        let header = format!(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        understood(&challenges(&header)[0]).unwrap()
    };
    for (algorithm, response) in [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("sha-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let client_nonce = Some("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        let mut challenge = challenge(algorithm);
        let answer = answer(&mut challenge, person, "GET", "/dir/index.html", client_nonce).unwrap();
        let answer = answer.to_str().unwrap().to_owned();
        for part in [
            "username=\"Mufasa\"",
            "uri=\"/dir/index.html\"",
            "qop=auth, nc=00000001",
            "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            &format!("response=\"{response}\""),
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
    }
}

#[test]
fn any_name_can_answer_but_one_that_splits_the_header() {
    let secret = |text: &str| Secret::from(text.to_owned());
    let password = secret("open sesame");
    let challenge =
        || understood(&challenges("Digest realm=\"J\u{e4}ger \\\"x\\\"\", nonce=n, qop=auth")[0]).unwrap();
    for (user, works) in [("J\u{e4}son \"D\"", true), ("a\r\nb: c", false)] {
        let user = secret(user);
        let person = Person { user: &user, password: &password };
        match answer(&mut challenge(), person, "GET", "/", None) {
            Ok(value) => {
                let text = String::from_utf8(value.as_bytes().to_vec()).unwrap();
                assert!(works && text.contains("username=\"J\u{e4}son \\\"D\\\"\""), "{text}");
                assert!(text.contains("realm=\"J\u{e4}ger \\\"x\\\"\""), "{text}");
            }
            Err(error) => assert!(!works && !format!("{error:?}").contains("b: c"), "{error:?}"),
        }
    }
}

#[test]
fn challenges_are_told_apart() {
    let header = r#"Basic realm="a, \"Digest\" b", DIGEST Realm="r" , nonce = "n", qop="auth,x", Negotiate, Bearer scope="x""#;
    let pairs = [("realm", "r"), ("nonce", "n"), ("qop", "auth,x")];
    let expected: Parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(challenges(header), std::slice::from_ref(&expected));
    assert_eq!(understood(&expected).unwrap().nonce, "n");
    for nothing in ["Negotiate", "", ",", "=", "\"", "Digest", "realm=\"x\", Digest"] {
        assert!(challenges(nothing).iter().all(|parameters| understood(parameters).is_none()), "{nothing}");
    }
    let mut headers = HeaderMap::new();
    for text in [
        "Digest realm=r, nonce=a, algorithm=MD5",
        "Digest realm=r, nonce=b, algorithm=SHA-512-256, Digest realm=r, nonce=c, algorithm=\"SHA-256\"",
        "Digest realm=r, nonce=d, algorithm=SHA3-512",
    ] {
        headers.append("www-authenticate", text.parse().unwrap());
    }
    assert_eq!(strongest(&headers).unwrap().nonce, "b");
}

#[test]
fn a_redirect_before_the_body_was_sent_loses_none() {
    let answer = |text: &str| format!("HTTP/1.1 {text}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    // A 303 to the empty first try does not answer the request; a 307 keeps the body for its target.
    let (url, seen) = scripted(vec![answer("303 S\r\nlocation: /b"), answer("200 OK")]);
    assert_eq!(send(&client(), &url, "open sesame", Some("one")).status, 200);
    let seen = seen.join().unwrap();
    assert!(
        seen[0].ends_with("\r\n\r\n") && seen[1].starts_with("POST /a") && seen[1].ends_with("one"),
        "{seen:?}"
    );
    let (url, seen) = scripted(vec![answer("307 T\r\nlocation: /b"), answer("200 OK"), answer("200 OK")]);
    assert_eq!(send(&client(), &url, "open sesame", Some("one")).status, 200);
    let seen = seen.join().unwrap();
    assert!(seen[2].starts_with("POST /b") && seen[2].ends_with("one"), "{seen:?}");
}
