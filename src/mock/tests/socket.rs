//! The mock over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::{Log, LogLine, Mock, Stop, serve};
use super::shop;

/// A server on a free port; stopped and waited for when dropped.
struct Server {
    address: std::net::SocketAddr,
    lines: Arc<Mutex<Vec<LogLine>>>,
    stop: Stop,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn start(mock: Mock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let log: Log = Arc::new(move |line: &LogLine| kept.lock().unwrap().push(line.clone()));
        let stop = Stop::new();
        let ends = stop.clone();
        let thread = std::thread::spawn(move || serve(Arc::new(mock), listener, log, ends).unwrap());
        Self { address, lines, stop, thread: Some(thread) }
    }

    fn connect(&self) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        BufReader::new(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Reads one answer from a connection that stays open: its first line and its body.
fn read_answer(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let mut first = String::new();
    stream.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (first.trim().to_owned(), String::from_utf8(body).unwrap())
}

#[test]
fn it_serves_over_a_socket_that_stays_open_and_logs_without_secrets() {
    let server = Server::start(Mock::strict(shop()));
    let mut stream = server.connect();
    let form = "email=a";
    let create = format!(
        "POST /customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer s3cret\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.get_mut().write_all(create.as_bytes()).unwrap();
    let (first, body) = read_answer(&mut stream);
    assert_eq!(first, "HTTP/1.1 200 OK");
    assert!(body.contains("\"cus_1\""), "{body}");
    let keyed = b"GET /keyed?x=1&api_key=s3cret HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.get_mut().write_all(keyed).unwrap();
    assert_eq!(read_answer(&mut stream).0, "HTTP/1.1 400 Bad Request");
    let lines = server.lines.lock().unwrap();
    let shown: Vec<String> =
        lines.iter().map(|l| format!("{} {} {}", l.method, l.target, l.status)).collect();
    assert_eq!(shown, ["POST /customers 200", "GET /keyed?x=1&api_key=*** 400"]);
    assert_eq!(lines[1].operation.as_deref(), Some("GET /keyed"));
    assert_eq!(lines[1].problems[0].place, "query.x");
    assert!(!format!("{lines:?}").contains("s3cret"));
}

#[test]
fn broken_and_huge_requests_do_not_end_the_server() {
    let server = Server::start(Mock::strict(shop()));
    let mut stream = server.connect();
    stream.get_mut().write_all(b"no http at all\r\n\r\n").unwrap();
    assert!(read_answer(&mut stream).0.contains("400"));
    // Goes away in the middle of its body.
    let half = b"POST /customers HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nemail";
    server.connect().get_mut().write_all(half).unwrap();
    let mut stream = server.connect();
    let huge = b"POST /customers HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n";
    stream.get_mut().write_all(huge).unwrap();
    let (first, body) = read_answer(&mut stream);
    assert!(first.contains("413") && body.contains("64 MiB"), "{first} {body}");
    let mut stream = server.connect();
    stream.get_mut().write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(read_answer(&mut stream).0.contains("404"));
}

#[test]
fn it_stops_when_told_although_connections_are_open() {
    let server = Server::start(Mock::new(shop()));
    let mut open = server.connect();
    drop(server);
    assert_eq!(open.read(&mut [0; 1]).unwrap_or(0), 0);
}
