//! Redirects over real connections. A machine may have no public address, so some tests treat one of its own as public.

use std::net::{IpAddr, TcpListener};

use super::tests::{SECOND, client, form, ok, options, redirect_to, request, send, serve};
use super::*;
use crate::http::{Attachment, Body};
use crate::model::Origin;
use crate::secret::Secret;

/// 127.0.0.2 stands for a public address.
fn but_one(address: IpAddr) -> bool {
    address != IpAddr::from([127, 0, 0, 2])
}

/// A server on its own address that answers once, if it is asked at all.
fn serve_once(address: &str, answer: Vec<u8>) -> (String, TcpListener, Vec<u8>) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    (base, listener, answer)
}

fn answer_once((_, listener, answer): (String, TcpListener, Vec<u8>)) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let mut chunk = [0; 4096];
        let _ = stream.read(&mut chunk);
        let _ = stream.write_all(&answer);
    })
}

#[test]
fn a_redirect_elsewhere_carries_no_credential() {
    let (other, there) = serve(&[&ok("there")]);
    let (base, here) = serve(&[&redirect_to(302, "/y"), &redirect_to(302, &format!("{other}/z?q=1"))]);
    let mut request = request("GET", &base, Body::Empty);
    let cookie = Attachment::Cookie { name: "sid".into(), value: Secret::from("sk_1".to_owned()) };
    request.credentials.push(cookie);
    request.headers.extend(
        [("metadata-flavor", "Google"), ("cookie", "a=1")].map(|(name, value)| (name.into(), value.into())),
    );
    let response = client(options()).send(&request, 30 * SECOND).unwrap();
    assert_eq!((response.body.bytes(), response.foreign), (b"there".as_slice(), Origin::of(&other)));
    let here = here.join().unwrap();
    assert!(here[1].starts_with("GET /y?key=sk_1 HTTP/1.1\r\n"), "{}", here[1]);
    assert!(
        here[1].contains("authorization: Bearer sk_1") && here[1].contains("metadata-flavor"),
        "{}",
        here[1]
    );
    let there = there.join().unwrap().remove(0);
    let mut lines: Vec<&str> = there.trim_end().lines().filter(|line| !line.starts_with("host: ")).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        ["GET /z?q=1 HTTP/1.1", "accept-encoding: gzip", "accept: */*", "user-agent: apicli/test"]
    );
}

#[test]
fn a_body_is_sent_again_to_the_same_origin_only() {
    let (base, server) = serve(&[&redirect_to(307, "/y"), &ok("")]);
    let response = send("POST", &base, form("a=b")).unwrap();
    assert_eq!(response.foreign, None);
    let asked = server.join().unwrap();
    assert!(asked[1].starts_with("POST /y?key=sk_1") && asked[1].ends_with("a=b"), "{}", asked[1]);

    let (base, server) = serve(&[&redirect_to(308, "http://127.0.0.2:9/")]);
    match send("POST", &base, form("a=b")) {
        Err(Error::RefusedRedirect { to, .. }) => assert_eq!(to, "http://127.0.0.2:9"),
        other => panic!("{other:?}"),
    }
    server.join().unwrap();
}

#[test]
fn a_circle_of_redirects_ends() {
    let again = redirect_to(302, "/x");
    let (base, server) = serve(&[again.as_slice(); 11]);
    assert_eq!(send("GET", &base, Body::Empty).unwrap_err(), Error::TooManyRedirects { limit: 10 });
    server.join().unwrap();
}

#[test]
fn a_public_server_leads_to_no_inner_one() {
    // The target listens, and must never be asked.
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let port = target.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"] {
        let location = format!("http://{host}:{port}/internal?token=1");
        let server = serve_once("127.0.0.2", redirect_to(302, &location));
        let base = server.0.clone();
        let server = answer_once(server);
        let error = client(options()).judging(but_one).send(&request("GET", &base, Body::Empty), 30 * SECOND);
        let Err(Error::Foreign(error)) = error else { panic!("{host}: {error:?}") };
        let Error::RefusedRedirect { to, why } = *error else { panic!("{host}: {error:?}") };
        assert_eq!((to, why), (format!("http://{host}:{port}"), redirect::INWARD));
        server.join().unwrap();
    }
    assert!(target.accept().is_err(), "the inner server was reached");
}

#[test]
fn from_public_to_public_and_from_inner_to_inner_it_goes() {
    let target = serve_once("127.0.0.2", ok("there"));
    let server = serve_once("127.0.0.2", redirect_to(302, &format!("{}/", target.0)));
    let base = server.0.clone();
    let threads = [answer_once(server), answer_once(target)];
    let answer =
        client(options()).judging(but_one).send(&request("GET", &base, Body::Empty), 30 * SECOND).unwrap();
    assert_eq!(answer.body.bytes(), b"there");
    threads.into_iter().for_each(|thread| thread.join().unwrap());

    let (other, there) = serve(&[&ok("there")]);
    let (base, here) = serve(&[&redirect_to(302, &format!("{other}/z"))]);
    assert_eq!(send("GET", &base, Body::Empty).unwrap().body.bytes(), b"there");
    here.join().unwrap();
    there.join().unwrap();
}

#[test]
fn a_detour_leads_no_further_inside_and_nothing_comes_back() {
    // Inner, public, inner: rejected at the last step.
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let public =
        serve_once("127.0.0.2", redirect_to(302, &format!("http://{}/", target.local_addr().unwrap())));
    let (base, here) = serve(&[&redirect_to(302, &format!("{}/", public.0))]);
    let public = answer_once(public);
    let error = client(options())
        .judging(but_one)
        .send(&request("GET", &base, Body::Empty), 30 * SECOND)
        .unwrap_err();
    assert!(matches!(error, Error::Foreign(_)), "{error:?}");
    here.join().unwrap();
    public.join().unwrap();

    // There and back again: still stripped, and still only for the person.
    let back = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", back.local_addr().unwrap());
    let (other, there) = serve(&[&redirect_to(302, &format!("{base}/home"))]);
    let home = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut asked = Vec::new();
        for answer in [redirect_to(302, &format!("{other}/")), ok("home")] {
            let (mut stream, _) = back.accept().unwrap();
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).unwrap();
            asked.push(String::from_utf8_lossy(&chunk[..count]).into_owned());
            stream.write_all(&answer).unwrap();
        }
        asked
    });
    let answer = send("GET", &base, Body::Empty).unwrap();
    assert_eq!(answer.foreign, Origin::of(&base));
    let asked = home.join().unwrap();
    assert!(asked[0].contains("sk_1") && !asked[1].contains("sk_1"), "{asked:?}");
    there.join().unwrap();
}

#[test]
fn what_fails_elsewhere_is_told_apart() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let (base, here) = serve(&[&redirect_to(302, &format!("http://{address}/"))]);
    assert!(matches!(send("GET", &base, Body::Empty), Err(Error::Foreign(_))));
    here.join().unwrap();
}

#[test]
fn behind_a_proxy_names_are_judged_by_their_looks() {
    let lookup = |name: &str| (name == "http_proxy").then(|| "http://127.0.0.1:9".to_owned());
    let client = Client::with_proxies(options(), crate::http::proxy::Proxies::read(&lookup));
    let hop = |url: &str| Hop {
        from_outside: true,
        with_credentials: false,
        ..Hop::first(&Request { query: Vec::new(), ..request("GET", url, Body::Empty) }).unwrap()
    };
    let nothing = request("GET", "http://api.example.com", Body::Empty);
    for inner in
        ["http://localhost:8", "http://169.254.169.254", "http://[::1]", "http://metadata.google.internal"]
    {
        assert!(
            matches!(client.agent_for(&hop(inner), &nothing), Err(Error::RefusedRedirect { .. })),
            "{inner}"
        );
    }
    assert!(client.agent_for(&hop("http://cdn.example.com"), &nothing).is_ok());
    assert!(
        client.is_outside(&hop("http://api.example.com")) && !client.is_outside(&hop("http://localhost"))
    );
}
