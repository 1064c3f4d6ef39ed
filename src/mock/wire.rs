use std::time::Duration;

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::message::Incoming;
use super::service::Mock;
use crate::http::{Attachment, Body, Error, PartContent, Request, Response, Transport};

/// RFC 3986, section 2.3: everything but unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The mock in the same process: nothing goes over a network.
impl Transport for Mock {
    fn send(&self, request: &Request, _time_left: Duration) -> Result<Response, Error> {
        let answer = self.answer(&incoming(request)?);
        Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
    }
}

/// The request as a server would see it.
fn incoming(request: &Request) -> Result<Incoming, Error> {
    let base = request.base.split_once("://").map_or("", |(_, rest)| rest);
    let base = base.find('/').and_then(|at| base.get(at..)).unwrap_or_default().trim_end_matches('/');
    let mut query: Vec<String> =
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers = request.headers.clone();
    for credential in &request.credentials {
        match credential {
            Attachment::Header { name, prefix, value } => {
                headers.push((name.clone(), format!("{prefix}{}", value.expose())));
            }
            Attachment::Query { name, value } => query.push(format!(
                "{}={}",
                utf8_percent_encode(name, RESERVED),
                utf8_percent_encode(value.expose(), RESERVED)
            )),
            Attachment::Cookie { name, value } => {
                headers.push(("cookie".to_owned(), format!("{name}={}", value.expose())));
            }
        }
    }
    let mut target = format!("{base}{}", request.path);
    if !query.is_empty() {
        target.push('?');
        target.push_str(&query.join("&"));
    }
    let body = match wire_body(&request.body)? {
        Some((content_type, bytes)) => {
            headers.push(("content-type".to_owned(), content_type));
            bytes
        }
        None => Vec::new(),
    };
    Ok(Incoming { method: request.method.clone(), target, headers, body })
}

/// Media type and bytes of a body; files are read.
fn wire_body(body: &Body) -> Result<Option<(String, Vec<u8>)>, Error> {
    match body {
        Body::Empty => Ok(None),
        Body::Bytes { content_type, bytes } => Ok(Some((content_type.clone(), bytes.clone()))),
        Body::File { content_type, path } => {
            let bytes = std::fs::read(path).map_err(|_| Error)?;
            Ok(Some((content_type.clone(), bytes)))
        }
        Body::Multipart(parts) => {
            let mut contents = Vec::new();
            let mut seed = Vec::new();
            for part in parts {
                let (disposition, content) = match &part.content {
                    PartContent::Text(text) => (String::new(), text.clone().into_bytes()),
                    PartContent::File(file) => {
                        let bytes = std::fs::read(&file.path).map_err(|_| Error)?;
                        (format!("; filename=\"{}\"", quoted(&file.name)), bytes)
                    }
                };
                seed.extend_from_slice(&content);
                contents.push((format!("form-data; name=\"{}\"{disposition}", quoted(&part.name)), content));
            }
            // Derived from the content, so that it cannot stand in it.
            let digest = <sha2::Sha256 as sha2::Digest>::digest(&seed);
            let boundary = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
            let mut bytes = Vec::new();
            for (disposition, content) in contents {
                bytes.extend(format!("--{boundary}\r\ncontent-disposition: {disposition}\r\n\r\n").bytes());
                bytes.extend(content);
                bytes.extend(b"\r\n");
            }
            bytes.extend(format!("--{boundary}--\r\n").bytes());
            Ok(Some((format!("multipart/form-data; boundary={boundary}"), bytes)))
        }
    }
}

/// A quoted value in a multipart header (RFC 7578, section 4.2).
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
