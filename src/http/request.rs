use std::path::PathBuf;
use std::time::Duration;

use super::Spool;
use super::answer_body::AnswerBody;
use super::attachment::Attachment;
use crate::model::Origin;

/// A request, complete and already percent-encoded for [`Request::url`].
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method, upper case.
    pub method: String,
    /// Base URL without a trailing slash: scheme, authority and an optional path.
    pub base: String,
    /// The path, percent-encoded, with a leading slash.
    pub path: String,
    /// Query pairs, each already percent-encoded, in the order they are sent.
    pub query: Vec<(String, String)>,
    /// Headers in the order they are sent; names in lower case. Never a credential.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Credentials: added at the last moment, and only for [`Request::origin`].
    pub credentials: Vec<Attachment>,
}

/// A request body.
#[derive(Clone, Debug)]
pub enum Body {
    /// No body.
    Empty,
    /// Bytes of a media type.
    Bytes {
        /// The `content-type` header.
        content_type: String,
        /// The body itself.
        bytes: Vec<u8>,
    },
    /// `multipart/form-data` (RFC 7578) or another multipart type; files are read while they are sent.
    Multipart {
        /// The media type without its boundary.
        content_type: String,
        /// The parts, in the order in which they are sent.
        parts: Vec<Part>,
    },
    /// A file as the whole body, read while it is sent.
    Streamed {
        /// The `content-type` header.
        content_type: String,
        /// The file.
        source: Source,
    },
}

/// A file to send.
#[derive(Clone, Debug)]
pub enum Source {
    /// By its path, opened when it is sent.
    Path(PathBuf),
    /// Open already, and without a name.
    Open(Spool),
}

/// One part of a multipart body.
#[derive(Clone, Debug)]
pub struct Part {
    /// Field name.
    pub name: String,
    /// Its media type; `None` for a text that needs none, and for a file whose name determines it.
    pub content_type: Option<String>,
    /// What it holds.
    pub content: PartContent,
}

/// The content of one part.
#[derive(Clone, Debug)]
pub enum PartContent {
    /// A plain field.
    Text(String),
    /// A file's content.
    File(File),
}

/// A file that a person named on the command line. Nothing else creates one: if a string from a script or a file were
/// enough, whoever wrote it could read any file on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// The name that is sent: the last component of the path.
    pub name: String,
    /// The contents of a pipe, which can be read only once: kept, to be sent as often as needed.
    pub piped: Option<Spool>,
}

impl File {
    /// The file at `path`; `None` for a path that does not end in a name.
    pub fn named(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(Self { path, name, piped: None })
    }

    /// Its content.
    pub fn source(&self) -> Source {
        match &self.piped {
            Some(spool) => Source::Open(spool.clone()),
            None => Source::Path(self.path.clone()),
        }
    }

    /// Bytes in it; `None` if that is not known.
    pub fn size(&self) -> Option<u64> {
        match &self.piped {
            Some(spool) => Some(spool.length()),
            None => {
                std::fs::metadata(&self.path).ok().filter(std::fs::Metadata::is_file).map(|about| about.len())
            }
        }
    }
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed; the bytes that the server sent, whatever they are.
    pub body: AnswerBody,
    /// The other origin that answered, if redirects led to one: only the person may see such an answer.
    pub foreign: Option<Origin>,
}

impl Response {
    /// The first header of that name (any case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// How long an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// From the first look-up to the last byte of the answer, redirects included.
    pub whole: Duration,
    /// Without a byte sent or received; making a connection has its own limit.
    pub silence: Duration,
}

/// Something that answers requests: the network, or the mock.
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the whole answer.
    fn send_within(&self, request: &Request, time: Time) -> Result<Response, super::Error>;

    /// The same within `time_left`, however it is spent.
    fn send(&self, request: &Request, time_left: Duration) -> Result<Response, super::Error> {
        self.send_within(request, Time { whole: time_left, silence: time_left })
    }
}

impl Request {
    /// The URL as it is shown: without credentials in the query.
    pub fn url(&self) -> String {
        let mut url = format!("{}{}", self.base, self.path);
        for (n, (name, value)) in self.query.iter().enumerate() {
            url.push(if n == 0 { '?' } else { '&' });
            url.push_str(name);
            // A pair without a name is the whole query.
            if !name.is_empty() {
                url.push('=');
            }
            url.push_str(value);
        }
        url
    }

    /// The same request with every secret hidden, to be shown.
    #[must_use]
    pub fn hiding(&self, secrets: &super::Secrets) -> Self {
        let hide = |text: &str| secrets.message(text).into_owned();
        let mut shown = self.clone();
        shown.path = hide(&self.path);
        shown.query = self.query.iter().map(|(name, value)| (hide(name), hide(value))).collect();
        shown.headers = self.headers.iter().map(|(name, value)| (name.clone(), hide(value))).collect();
        match &mut shown.body {
            Body::Bytes { bytes, .. } => {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    *bytes = hide(text).into_bytes();
                }
            }
            Body::Multipart { parts, .. } => {
                for part in parts {
                    if let PartContent::Text(text) = &mut part.content {
                        *text = hide(text);
                    }
                }
            }
            Body::Empty | Body::Streamed { .. } => {}
        }
        shown
    }

    /// The origin that this request goes to; `None` if the base is not an http(s) URL.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of(&self.base)
    }
}
