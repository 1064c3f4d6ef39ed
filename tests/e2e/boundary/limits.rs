//! Limits on what a call may use, inside of natives as well.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::environment::{Ran, TestEnvironment, finish};
use crate::server::{Answer, Server, json};

/// Stripe with `body` as the command `balance get`.
fn scripted(body: &str) -> TestEnvironment {
    let environment = TestEnvironment::stripe();
    environment.script("stripe/balance.rhai", &format!("fn get() {{\n    {body}\n}}\n"));
    environment
}

fn run(environment: &TestEnvironment, server: &str, more: &[&str]) -> Ran {
    environment.run(["stripe", "balance", "get", "--server", server].iter().chain(more))
}

/// A JSON answer of some 60 MB, a few bytes for each value.
fn large(piece: &str) -> Server {
    let mut body = String::from("[");
    while body.len() < 60_000_000 {
        body.push_str(piece);
    }
    body.push_str("0]");
    Server::new(move |_| json(200, &body))
}

/// The most memory that a command had, in MiB, and what it said.
#[cfg(target_os = "linux")]
fn peak(environment: &TestEnvironment, server: &Server) -> (u64, String) {
    let mut command = environment.command();
    command.args(["stripe", "balance", "get", "--server", server.url()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        // The system keeps the highest mark, so that little is missed between two looks.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (most / 1024, said)
}

#[test]
#[cfg(target_os = "linux")]
fn a_large_answer_takes_bounded_memory_in_natives() {
    for (piece, body, words) in [
        ("[],", "http::get(\"/v1/balance\").send().json; 1", "array that is too long"),
        ("{},", "http::get(\"/v1/balance\").send().json; 1", "array that is too long"),
        ("{\"a\":0},", "http::get(\"/v1/balance\").send().json; 1", "map that is too large"),
        ("0,", "http::get(\"/v1/balance\").send().text.len()", "text that is too long"),
        (
            "[],",
            "let l = json::list(); json::gather(l, http::get(\"/v1/balance\").send(), \"\")",
            "used too much memory",
        ),
        (
            "{},",
            "let l = json::list(); try { l.push(http::get(\"/v1/balance\").send().json) } catch { } 1",
            "too long",
        ),
    ] {
        let (most, said) = peak(&scripted(body), &large(piece));
        assert!(said.contains(words) || said.contains("array that is too long"), "{piece} {body}: {said}");
        assert!(said.contains("balance.rhai:"), "{said}");
        // The limit on memory is a gigabyte above what the answer itself takes.
        assert!(most < 1_500, "{piece} {body}: {most} MiB");
    }
}

#[test]
fn an_ordinary_large_answer_is_read() {
    let items: Vec<String> = (0..20_000).map(|n| format!("{{\"id\":\"cus_{n}\",\"n\":{n}}}")).collect();
    let body = format!("{{\"data\":[{}],\"has_more\":false}}", items.join(","));
    let server = Server::new(move |_| json(200, &body));
    let environment =
        scripted("let r = http::get(\"/v1/balance\").send(); [r.json.data.len(), r.text.len() > 500000]");
    let expected = serde_json::json!([20_000, true]);
    assert_eq!(run(&environment, server.url(), &[]).ok().json(), expected);
    let environment = scripted("pages::cursor(http::get(\"/v1/balance\")).length");
    assert_eq!(run(&environment, server.url(), &[]).ok().json(), serde_json::json!(20_000));
}

#[test]
fn a_switch_of_many_cases_compiles_and_a_crowd_of_names_is_refused() {
    let environment = TestEnvironment::stripe();
    let many = |count: usize, piece: fn(usize) -> String| (0..count).map(piece).collect::<String>();
    let cases = many(50_000, |n| format!("{n} => {n},"));
    environment
        .script("stripe/balance.rhai", &format!("fn get() {{ let x = 3; switch x {{ {cases} _ => 0 }} }}\n"));
    environment.line("stripe balance get").ok().prints("3");
    for crowd in [
        many(70_000, |n| format!("let a{n}=1;")),
        format!("#{{{}}}", many(90_000, |n| format!("a{n}:1,"))),
        "||x;".repeat(100_000),
    ] {
        environment.script("stripe/balance.rhai", &format!("/// x\nfn get(x) {{ {crowd} }}\n"));
        environment.line("stripe balance get 1").fails(7).says("takes too long").says("balance.rhai:2");
    }
}

#[test]
fn an_answer_that_flows_may_take_longer_than_a_silence() {
    // A piece each 200 ms for 3 s: that is what is tested, and nothing waits for it.
    let server = Server::new(|_| {
        let mut left = 15;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n\"";
        let mut first = Some(head.as_bytes().to_vec());
        Answer::Flow(Box::new(move || {
            if first.is_some() {
                return first.take();
            }
            std::thread::sleep(Duration::from_millis(200));
            left -= 1;
            (left >= 0).then(|| if left == 0 { b"\"".to_vec() } else { b"x".to_vec() })
        }))
    });
    let environment = TestEnvironment::stripe();
    let ran = environment.line(&format!("stripe balance get --timeout 1.5 --server {}", server.url())).ok();
    assert_eq!(ran.json(), serde_json::json!("x".repeat(14)));
    // The whole command has its own time, which the flow does not lengthen.
    environment
        .line(&format!("stripe balance get --timeout 1.5 --max-time 1 --server {}", server.url()))
        .fails(6)
        .says("the whole command, 1 s")
        .says("--max-time");
}

#[test]
fn an_answer_that_stalls_is_ended_by_its_silence() {
    let environment = TestEnvironment::stripe();
    for head in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n\"x",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n\"xx",
    ] {
        let server = Server::new(move |_| {
            let mut pieces = vec![head.as_bytes().to_vec()];
            let (sender, stalled) = channel::<()>();
            Answer::Flow(Box::new(move || {
                if let Some(piece) = pieces.pop() {
                    return Some(piece);
                }
                // Nobody sends: the silence lasts until the server goes.
                let _ = (&sender, stalled.recv_timeout(Duration::from_secs(40)));
                None
            }))
        });
        let ran = environment.line(&format!("stripe balance get --timeout 0.5 --server {}", server.url()));
        ran.fails(6).says("for 0.5 s").says("--timeout").says(server.url());
    }
}

#[test]
fn an_upload_that_nobody_takes_is_ended_by_its_silence() {
    let environment = TestEnvironment::stripe();
    let file = environment.write("large.bin", vec![b'x'; 48 << 20]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (done, until) = channel::<()>();
    let deaf = std::thread::spawn(move || {
        let connection = listener.accept();
        let _ = until.recv();
        drop(connection);
    });
    let file = format!("--file={}", file.display());
    let arguments = [
        "stripe",
        "files",
        "create",
        "--purpose",
        "identity_document",
        &file,
        "--timeout",
        "0.5",
        "--server",
        &url,
    ];
    environment.run(arguments).fails(6).says("for 0.5 s");
    done.send(()).unwrap();
    deaf.join().unwrap();
}

#[test]
fn nothing_in_the_folder_lengthens_what_was_typed() {
    let server = Server::new(|_| Answer::Silence);
    let asks = "http::get(\"/v1/balance\").timeout(50).send()";
    let started = Instant::now();
    run(&scripted(asks), server.url(), &["--timeout", "0.5"]).fails(6).says("for 0.5 s");
    run(&scripted(asks), server.url(), &["--max-time", "1"]).fails(6).says("the whole command, 1 s");
    let again = "loop { try { http::get(\"/v1/balance\").timeout(0.2).send() } catch { } }";
    // The script or the request that is under way: whichever the end of the time meets.
    let ran = run(&scripted(again), server.url(), &["--max-time", "1"]).says("--max-time");
    assert!(matches!(ran.code, Some(6 | 7)), "{ran}");
    // A script may ask for less.
    run(&scripted("http::get(\"/v1/balance\").timeout(0.3).send()"), server.url(), &[])
        .fails(6)
        .says("0.3 s");
    run(&scripted("sleep(30)"), server.url(), &["--max-time", "20"])
        .fails(7)
        .says("out of time")
        .says("--max-time");
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
}

#[test]
fn pages_are_counted_each_for_itself() {
    let server = Server::new(|asked| {
        let page: usize = asked.target.rsplit('=').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        json(200, if page > 300 { "[]" } else { "[1]" })
    });
    let environment = scripted("pages::numbered(http::get(\"/v1/balance\"), \"page\", \"\", 1).length");
    assert_eq!(run(&environment, server.url(), &[]).ok().json(), serde_json::json!(300));
    // A loop that computes has its bound between two requests as well.
    let environment =
        scripted("let n = 0; loop { http::get(\"/v1/balance\").send(); while true { n += 1; } }");
    let mut command = environment.command();
    command.args(["stripe", "balance", "get", "--server", server.url()]);
    finish(command, "").fails(7).says("balance.rhai:");
}
