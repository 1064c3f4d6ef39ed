//! The browser's way back: an HTTP listener on this machine (RFC 8252, section 7.3).

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::Error;
use crate::secret::Secret;

/// The most bytes of a request's head that are read.
const MAX_HEAD: usize = 16 * 1024;

/// The path that the browser comes back to.
const PATH: &str = "/callback";

/// Listens for one answer.
pub(super) struct Callback {
    listener: TcpListener,
    port: u16,
}

/// What the provider sends back through the browser.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) code: Option<Secret<String>>,
    pub(super) state: String,
    pub(super) issuer: Option<String>,
    /// `error` and `error_description`.
    pub(super) error: Option<String>,
}

impl Callback {
    /// Listens on a port of this machine, or on any free one if `None`.
    pub(super) fn listen(port: Option<u16>) -> Result<Self, Error> {
        let failed = |error: std::io::Error| match port {
            Some(port) => Error::NoListener(format!("port {port}: {error}")),
            None => Error::NoListener(error.to_string()),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// The redirect address for the provider. The number, not `localhost`, because others decide what that name means.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the answer to the request with this `state`: from the browser, or pasted by the user. Any other request is
    /// answered and forgotten.
    pub(super) fn wait(
        self,
        state: &str,
        pasted: Option<Receiver<String>>,
        patience: Duration,
    ) -> Result<Answer, Error> {
        let (sender, answers) = channel();
        let expected = state.to_owned();
        let from_browser = sender.clone();
        // They end with the process at the latest: a browser may keep an idle connection open.
        let _ = std::thread::Builder::new().spawn(move || {
            for stream in self.listener.incoming() {
                let Ok(stream) = stream else { continue };
                let (sender, expected) = (from_browser.clone(), expected.clone());
                let _ = std::thread::Builder::new().spawn(move || serve(stream, &expected, &sender));
            }
        });
        if let Some(pasted) = pasted {
            let expected = state.to_owned();
            let _ = std::thread::Builder::new().spawn(move || {
                for line in pasted {
                    if let Some(answer) =
                        of_address(line.trim()).filter(|answer| same(&answer.state, &expected))
                    {
                        let _ = sender.send(answer);
                        return;
                    }
                    let _ = writeln!(
                        std::io::stderr(),
                        "that is not the address that the browser ended at; paste it whole"
                    );
                }
            });
        }
        let until = Instant::now() + patience;
        match answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Error::TimedOut),
        }
    }
}

/// Answers one request.
fn serve(mut stream: TcpStream, expected: &str, sender: &Sender<Answer>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(10)));
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        match stream.read(&mut chunk) {
            Ok(count @ 1..) => head.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            _ => break,
        }
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let target = std::str::from_utf8(line).ok().and_then(|line| {
        let mut words = line.split(' ');
        (words.next() == Some("GET")).then(|| words.next()).flatten()
    });
    let answer = target.and_then(of_address).filter(|answer| same(&answer.state, expected));
    let (status, text) = match &answer {
        Some(Answer { error: None, .. }) => ("200 OK", "You are logged in. You may close this window."),
        Some(_) => ("200 OK", "The login did not work; the terminal says why. You may close this window."),
        None => ("404 Not Found", "There is nothing here."),
    };
    let body = format!("<!doctype html><meta charset=utf-8><title>apicli</title><p>{text}</p>\n");
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    if let Some(answer) = answer {
        let _ = sender.send(answer);
    }
}

/// The answer in an address, absolute or not; `None` if it is for another request.
fn of_address(address: &str) -> Option<Answer> {
    let base = url::Url::parse("http://127.0.0.1/").ok()?;
    let url = base.join(address).ok()?;
    if url.path() != PATH {
        return None;
    }
    let mut answer = Answer { code: None, state: String::new(), issuer: None, error: None };
    let mut description = None;
    for (name, value) in url.query_pairs() {
        match &*name {
            "code" => answer.code = Some(Secret::new(value.into_owned())),
            "state" => answer.state = value.into_owned(),
            "iss" => answer.issuer = Some(value.into_owned()),
            "error" => answer.error = Some(value.into_owned()),
            "error_description" => description = Some(value.into_owned()),
            _ => {}
        }
    }
    if let (Some(error), Some(description)) = (&mut answer.error, description) {
        error.push_str(": ");
        error.push_str(&description);
    }
    (answer.code.is_some() || answer.error.is_some()).then_some(answer)
}

/// Compares in constant time.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(port: u16, target: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn only_the_answer_to_this_request_counts() {
        let callback = Callback::listen(None).unwrap();
        let port = callback.port;
        assert_eq!(callback.url(), format!("http://127.0.0.1:{port}/callback"));
        let waits = std::thread::spawn(move || callback.wait("s1", None, Duration::from_secs(20)));
        for other in [
            "/",
            "/favicon.ico",
            "/callback",
            "/callback?code=evil&state=s2",
            "/callback?code=evil",
            "/x?code=a&state=s1",
        ] {
            assert!(get(port, other).starts_with("HTTP/1.1 404"), "{other}");
        }
        assert!(
            get(port, "/callback?code=c%201&state=s1&iss=https%3A%2F%2Fid.example")
                .contains("You are logged in")
        );
        let answer = waits.join().unwrap().unwrap();
        assert_eq!(answer.code.unwrap().expose(), "c 1");
        assert_eq!((answer.issuer.as_deref(), answer.error), (Some("https://id.example"), None));
    }

    #[test]
    fn a_pasted_address_does_as_well() {
        let callback = Callback::listen(None).unwrap();
        let (sender, pasted) = channel();
        for line in [
            "nonsense",
            "http://127.0.0.1:1/callback?state=s2&code=x",
            " http://127.0.0.1:1/callback?state=s1&error=access_denied&error_description=no\n",
        ] {
            sender.send(line.to_owned()).unwrap();
        }
        let answer = callback.wait("s1", Some(pasted), Duration::from_secs(20)).unwrap();
        assert_eq!((answer.code.is_none(), answer.error.as_deref()), (true, Some("access_denied: no")));
    }

    #[test]
    fn nobody_is_waited_for_for_ever() {
        let callback = Callback::listen(None).unwrap();
        assert_eq!(callback.wait("s", None, Duration::from_millis(1)).unwrap_err(), Error::TimedOut);
    }
}
