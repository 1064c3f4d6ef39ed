//! A scripted HTTP server on loopback: it keeps what it was asked and answers as told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// As much as an endless answer has.
const ENDLESS: u64 = 2 * 1024 * 1024 * 1024;

/// One request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The values of a header, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The only value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(values.len() < 2, "`{name}` is there more than once: {values:?}");
        values.first().copied()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What the server does with a request.
pub(crate) enum Answer {
    /// A status and a body with its length.
    Whole { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// These bytes, and then the end.
    Bytes(Vec<u8>),
    /// Nothing, until the other side gives up.
    Silence,
    /// Pieces as they come, each sent at once, until there is none.
    Flow(Box<dyn FnMut() -> Option<Vec<u8>> + Send>),
    /// 2 GB of text, with the length said beforehand or in chunks.
    Endless { length: bool },
}

/// A status with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    Answer::Whole {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

/// A redirect.
pub(crate) fn redirect(status: u16, location: &str) -> Answer {
    let headers = vec![("location".to_owned(), location.to_owned())];
    Answer::Whole { status, headers, body: Vec::new() }
}

/// A server; it ends when it is dropped.
pub(crate) struct Server {
    url: String,
    address: std::net::SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that answers each request by a function of it.
    pub(crate) fn new(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, sent, stop) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(false)));
        let (log, bytes, stopped) = (Arc::clone(&asked), Arc::clone(&sent), Arc::clone(&stop));
        let answer = Arc::new(answer);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (log, bytes, answer) = (Arc::clone(&log), Arc::clone(&bytes), Arc::clone(&answer));
                // A client that goes away is part of what is tested.
                thread::spawn(move || stream.map(|stream| serve(stream, &log, &bytes, answer.as_ref())));
            }
        });
        Self { url: format!("http://{address}"), address, asked, sent, stop, thread: Some(thread) }
    }

    /// A server that always gives the same JSON.
    pub(crate) fn json(status: u16, body: &'static str) -> Self {
        Self::new(move |_| json(status, body))
    }

    /// `http://127.0.0.1:<port>`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What came so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only request that came.
    #[track_caller]
    pub(crate) fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }

    /// Bytes of endless answers that the other side has taken or has on its way.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // wakes it
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    sent: &AtomicU64,
    answer: &(dyn Fn(&Asked) -> Answer + Send + Sync),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(asked) = read(&mut reader)? else { return Ok(()) };
    log.lock().unwrap().push(asked.clone());
    let mut stream = stream;
    match answer(&asked) {
        Answer::Whole { status, headers, body } => {
            let mut head =
                format!("HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            stream.write_all(head.as_bytes())?;
            stream.write_all(b"\r\n")?;
            if asked.method != "HEAD" {
                stream.write_all(&body)?;
            }
        }
        Answer::Bytes(bytes) => stream.write_all(&bytes)?,
        Answer::Flow(mut next) => {
            stream.set_nodelay(true)?;
            while let Some(piece) = next() {
                stream.write_all(&piece)?;
            }
        }
        Answer::Silence => {
            std::io::copy(&mut reader, &mut std::io::sink())?;
        }
        Answer::Endless { length } => endless(&mut stream, length, sent)?,
    }
    stream.flush()?;
    stream.shutdown(Shutdown::Write)?;
    // What the other side still has to say is read, so that it gets the answer rather than a reset.
    std::io::copy(&mut reader, &mut std::io::sink()).map(drop)
}

fn endless(stream: &mut TcpStream, length: bool, sent: &AtomicU64) -> std::io::Result<()> {
    let how =
        if length { format!("content-length: {ENDLESS}") } else { "transfer-encoding: chunked".to_owned() };
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{how}\r\n\r\n")?;
    let mut block = vec![b' '; 64 * 1024];
    if !length {
        block.splice(0..0, format!("{:x}\r\n", 64 * 1024).into_bytes());
        block.extend(b"\r\n");
    }
    while sent.load(Ordering::SeqCst) < ENDLESS {
        stream.write_all(&block)?;
        sent.fetch_add(64 * 1024, Ordering::SeqCst);
    }
    Ok(())
}

/// One request, its body by length or in chunks; `None` when the other side went away before it.
fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let mut asked = Asked {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        ..Asked::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if let Some(length) = asked.header("content-length") {
        let length: u64 = length.parse().unwrap_or_default();
        reader.take(length).read_to_end(&mut asked.body)?;
    } else if asked.header("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = u64::from_str_radix(size.trim(), 16).unwrap_or_default();
            reader.take(size).read_to_end(&mut asked.body)?;
            reader.read_line(&mut String::new())?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(Some(asked))
}
