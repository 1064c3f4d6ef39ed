//! Calls that go wrong: what was typed, and what servers do.

use std::time::{Duration, Instant};

use crate::environment::{SECRET, TestEnvironment};
use crate::server::{Answer, Server, json, redirect};

#[test]
fn what_is_typed_wrong() {
    let environment = TestEnvironment::stripe();
    for (line, words) in [
        ("stripe custmers list", ["custmers", "customers"].as_slice()),
        ("stripe customers delte cus_1", &["delte", "delete"]),
        ("stripe customers frobnicate", &["frobnicate", "--help"]),
        ("strip customers list", &["strip", "stripe"]),
        ("gne x.yaml", &["gne", "gen"]),
        ("stripe customers create --emial a@b.c", &["--emial", "--email"]),
        ("stripe customers create --addres.city Paris", &["--addres.city", "--address.city"]),
        ("stripe customers create --dry-rum", &["--dry-rum", "--dry-run"]),
        ("stripe customers get", &["customer"]),
        ("stripe customers get cus_1 cus_2", &["cus_2"]),
        ("stripe customers list --limit abc", &["abc", "--limit", "whole number"]),
        ("stripe customers list --limit 1.5", &["1.5", "--limit"]),
        ("stripe customers list --limit 99999999999999999999", &["--limit", "too large"]),
        ("stripe customers list --limit", &["--limit", "value"]),
        ("stripe customers list --limit 1 --limit 2", &["--limit", "more than once"]),
        ("stripe customers create --tax-exempt exemt", &["exemt", "exempt"]),
        ("stripe refunds create --reason because", &["because", "--reason"]),
        ("stripe prices create", &["--currency"]),
        ("stripe files create", &["--purpose", "--file"]),
        ("stripe files create --purpose identity_document --file nowhere.png", &["nowhere.png", "--file"]),
        ("stripe customers create --body {", &["JSON"]),
        ("stripe customers create --body @nowhere.json", &["nowhere.json"]),
        ("stripe customers list --body {}", &["takes no body"]),
        ("stripe customers get ..", &[".."]),
        ("stripe customers get .", &["."]),
        ("stripe customers list --server ftp://x", &["ftp://x", "--server"]),
        ("stripe customers list --server /v1", &["/v1", "--server"]),
        ("stripe customers list --timeout 0", &["--timeout"]),
        ("stripe customers list --timeout -1", &["--timeout"]),
        ("stripe customers list --timeout soon", &["soon", "--timeout"]),
        ("stripe customers list --max-time 0", &["--max-time"]),
        ("stripe customers list --max-time 1e9", &["--max-time", "604800"]),
        ("stripe customers list --output xml", &["xml", "--output"]),
        ("stripe --frobnicate", &["--frobnicate"]),
        ("--frobnicate", &["--frobnicate"]),
        ("gen --frobnicate", &["--frobnicate"]),
        ("commands", &["PLUGIN"]),
        ("commands nowhere", &["nowhere", "apicli gen"]),
        ("auth", &["auth"]),
        ("auth logn stripe", &["logn", "login"]),
        ("auth login stripe", &["--stdin"]),
        ("mock nowhere --port 0", &["nowhere"]),
        ("mock stripe --port 99999", &["99999"]),
        ("path stripe custmers", &["custmers"]),
        ("completions tcsh", &["tcsh"]),
        ("../etc list", &["../etc"]),
    ] {
        let ran = environment.line(line).fails(2);
        for word in words {
            assert!(ran.stderr.contains(word), "`{word}` is missing: {ran}");
        }
    }
    environment.run(["stripe", "customers", "get", ""]).fails(2);
    environment.run(["stripe", "customers", "get", "a\u{1b}[31m\n", "--bad"]).fails(2);
}

#[test]
fn several_required_flags_are_named_at_once() {
    let environment = TestEnvironment::stripe();
    environment.line("stripe payment-intents create").fails(2).says("--amount").says("--currency");
}

#[test]
fn control_characters_of_an_answer_do_not_reach_a_message_raw() {
    let environment = TestEnvironment::stripe();
    let server = Server::json(400, "{\"error\":{\"message\":\"\\u001b[2J\\u0007owned\\r\\u202e\"}}");
    let ran =
        environment.line(&format!("stripe customers list --server {}", server.url())).fails(4).says("owned");
    assert!(ran.stderr.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{ran}");
}

#[test]
fn a_server_that_is_down() {
    let environment = TestEnvironment::stripe();
    let url = Server::json(200, "{}").url().to_owned(); // gone by now
    environment.line(&format!("stripe customers list --server {url}")).fails(6).says(&url);
    environment
        .line("stripe customers list --server http://no-such-host.invalid")
        .fails(6)
        .says("no-such-host.invalid");
}

#[test]
fn a_server_that_is_slow() {
    let environment = TestEnvironment::stripe();
    for answer in [|| Answer::Silence, || Answer::Silence] {
        let server = Server::new(move |_| answer());
        let started = Instant::now();
        environment
            .line(&format!("stripe customers list --timeout 0.5 --server {}", server.url()))
            .fails(6)
            .says("0.5");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn a_server_that_closes_early() {
    let environment = TestEnvironment::stripe();
    for bytes in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":",
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f",
    ] {
        let server = Server::new(move |_| Answer::Bytes(bytes.as_bytes().to_vec()));
        environment
            .line(&format!("stripe customers list --server {}", server.url()))
            .fails(6)
            .says(server.url());
    }
}

#[test]
fn a_server_that_speaks_no_http() {
    let environment = TestEnvironment::stripe();
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "\0\0\0\0\0\0\0\0\r\n\r\n",
    ] {
        let server = Server::new(move |_| Answer::Bytes(bytes.as_bytes().to_vec()));
        environment
            .line(&format!("stripe customers list --server {}", server.url()))
            .fails(6)
            .says(server.url());
    }
    let server = Server::new(|_| {
        let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
        for n in 0..100_000 {
            bytes.extend(format!("x-{n}: {n}\r\n").bytes());
        }
        Answer::Bytes(bytes)
    });
    environment.line(&format!("stripe customers list --server {}", server.url())).fails(6);
}

#[test]
fn a_server_that_sends_broken_json() {
    let environment = TestEnvironment::stripe();
    for body in ["{\"a\": 1,\n \"b\": }", "{", "<html></html>", "{\"a\":1} x"] {
        let server = Server::new(move |_| json(200, body));
        environment
            .line(&format!("stripe customers list --server {}", server.url()))
            .fails(6)
            .says("JSON")
            .says(" --> answer:")
            .says("--output raw");
        let ran =
            environment.line(&format!("stripe customers list --output raw --server {}", server.url())).ok();
        assert_eq!(ran.stdout_text(), body);
    }
    // Deep, but well-formed.
    let server = Server::new(|_| json(200, &format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000))));
    let ran = environment.line(&format!("stripe customers list --server {}", server.url()));
    if ran.code != Some(0) {
        ran.fails(6);
    }
}

#[test]
fn a_redirect_carries_no_credential_to_another_host() {
    let environment = TestEnvironment::stripe();
    for status in [301, 302, 303, 307, 308] {
        let other = Server::json(200, r#"{"from":"other"}"#);
        let target = format!("{}/elsewhere", other.url());
        let server = Server::new(move |_| redirect(status, &target));
        let ran = environment.line(&format!("stripe customers list --server {}", server.url()));
        assert_eq!(server.only().header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
        for asked in other.asked() {
            assert_eq!(asked.header("authorization"), None, "{asked:?}");
            assert!(!format!("{asked:?}").contains(SECRET));
        }
        // What a form said does not go there either.
        let ran_form =
            environment.line(&format!("stripe customers create --email a@b.c --server {}", server.url()));
        for asked in other.asked() {
            assert!(!asked.text().contains("a%40b.c"), "{asked:?}");
        }
        for ran in [ran, ran_form] {
            if ran.code != Some(0) {
                assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("hint: "), "{ran}");
                assert!(ran.stdout.is_empty(), "{ran}");
            }
        }
    }
}

#[test]
fn a_redirect_on_the_same_host_is_followed_with_the_credential() {
    let environment = TestEnvironment::stripe();
    let server = Server::new(|asked| match asked.target.as_str() {
        "/v1/balance" => redirect(307, "/v2/balance"),
        _ => json(200, r#"{"from":"v2"}"#),
    });
    environment.line(&format!("stripe balance get --server {}", server.url())).ok().prints("v2");
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|one| one.header("authorization").is_some()));
    let server = Server::new(|asked| redirect(302, &asked.target));
    environment.line(&format!("stripe balance get --server {}", server.url())).fails(6).says("redirect");
    assert!(server.asked().len() < 50);
    for location in ["ftp://x/", "http://", "file:///etc/passwd", "\u{1}", "javascript:1"] {
        let location = location.to_owned();
        let server = Server::new(move |_| redirect(302, &location));
        environment.line(&format!("stripe balance get --server {}", server.url())).fails(6);
    }
}

#[test]
fn an_answer_of_2_gigabytes_is_not_read_to_its_end() {
    let environment = TestEnvironment::stripe();
    for length in [true, false] {
        let server = Server::new(move |_| Answer::Endless { length });
        let started = Instant::now();
        let ran = environment
            .line(&format!("stripe customers list --timeout 30 --server {}", server.url()))
            .fails(6);
        assert!(ran.stderr.contains("MiB"), "{ran}");
        assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
        assert!(server.sent() < 1 << 30, "{} bytes were taken", server.sent());
    }
}

#[test]
fn no_keyring_at_hand() {
    let environment = TestEnvironment::stripe().without("APICLI_STRIPE_TOKEN");
    environment.line("stripe customers list").fails(3).says("APICLI_STRIPE_TOKEN");
    environment
        .run_with_input(["auth", "login", "stripe", "--stdin"], "sk_1\n")
        .fails(3)
        .says("APICLI_STRIPE_TOKEN")
        .says("keyring");
    environment.line("auth status stripe").ok().prints("the keyring cannot be read");
    // Neither is needed to look.
    environment.line("stripe customers list --mock").ok();
}
