//! Bodies as bytes: `multipart/form-data` (RFC 7578, with the escapes of the WHATWG's form submission).

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::plain;
use super::{Body, Error, Part, PartContent};

/// The most that a body built in memory may hold, in bytes.
pub const MAX_BODY_BYTES: u64 = 512 * 1024 * 1024;

/// The content type and the bytes that are sent for `body`; `None` for no body. Files are read here.
pub fn wire_body(body: &Body) -> Result<Option<(String, Vec<u8>)>, Error> {
    wire_body_within(body, MAX_BODY_BYTES)
}

fn wire_body_within(body: &Body, limit: u64) -> Result<Option<(String, Vec<u8>)>, Error> {
    match body {
        Body::Empty => Ok(None),
        Body::Bytes { content_type, bytes } => Ok(Some((content_type.clone(), bytes.clone()))),
        Body::File { content_type, path } => Ok(Some((content_type.clone(), read(path, limit)?))),
        Body::Multipart(parts) => multipart(parts, limit).map(Some),
    }
}

/// A whole file of at most `limit` bytes. What it claims to hold is not trusted: devices and pipes claim nothing.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let failed = |error: std::io::Error| Error::ReadFile { path: path.to_owned(), reason: plain(&error) };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::BodyTooLarge { limit });
    }
    Ok(bytes)
}

fn multipart(parts: &[Part], limit: u64) -> Result<(String, Vec<u8>), Error> {
    let mut left = limit;
    let mut sections = Vec::with_capacity(parts.len());
    for part in parts {
        let name = escape(&part.name);
        let (head, content) = match &part.content {
            PartContent::Text(text) => (
                format!("content-disposition: form-data; name=\"{name}\"\r\n\r\n"),
                text.clone().into_bytes(),
            ),
            PartContent::File(file) => {
                // The error names the whole limit, not what other parts have left of it.
                let content = read(&file.path, left).map_err(|error| match error {
                    Error::BodyTooLarge { .. } => Error::BodyTooLarge { limit },
                    other => other,
                })?;
                let head = format!(
                    "content-disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\ncontent-type: {}\r\n\r\n",
                    escape(&file.name),
                    content_type_of(&file.name)
                );
                (head, content)
            }
        };
        left = left.checked_sub((head.len() + content.len()) as u64).ok_or(Error::BodyTooLarge { limit })?;
        sections.push((head, content));
    }
    let boundary = boundary(&sections);
    let mut body = Vec::new();
    for (head, content) in sections {
        body.extend_from_slice(format!("--{boundary}\r\n{head}").as_bytes());
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((format!("multipart/form-data; boundary={boundary}"), body))
}

/// A hash of the content, so that the same request is the same bytes every time, and content that holds its own
/// boundary would have to hold its own SHA-256.
fn boundary(sections: &[(String, Vec<u8>)]) -> String {
    let mut hash = Sha256::new();
    for (head, content) in sections {
        for bytes in [head.as_bytes(), content] {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    let mut boundary = "apicli-".to_owned();
    for byte in hash.finalize().iter().take(20) {
        boundary.push_str(&format!("{byte:02x}"));
    }
    boundary
}

/// A field's or file's name inside of double quotes: quotes and line ends are percent-encoded, as browsers do;
/// other control characters too, since no server needs them.
fn escape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c == '"' || c.is_ascii_control() {
            out.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// The media type that a file's extension stands for; `application/octet-stream` if it is not a common one.
pub fn content_type_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("pdf") => "application/pdf",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("zip") => "application/zip",
        Some("gz" | "tgz") => "application/gzip",
        Some("yaml" | "yml") => "application/yaml",
        Some("csv") => "text/csv",
        Some("txt" | "log") => "text/plain",
        Some("md") => "text/markdown",
        Some("html" | "htm") => "text/html",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        Some("mp3") => "audio/mpeg",
        Some("wav") => "audio/wav",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::super::File;
    use super::*;

    fn text(name: &str, value: &str) -> Part {
        Part { name: name.into(), content: PartContent::Text(value.into()) }
    }

    fn file(name: &str, path: &Path) -> Part {
        let sent = path.file_name().unwrap().to_string_lossy().into_owned();
        Part { name: name.into(), content: PartContent::File(File { path: path.to_owned(), name: sent }) }
    }

    #[test]
    fn a_multipart_body_is_the_same_bytes_every_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a \"b\".PDF");
        std::fs::write(&path, b"\x00--x\r\n").unwrap();
        let body = Body::Multipart(vec![text("purpose", "dispute_evidence"), file("file", &path)]);
        let (content_type, bytes) = wire_body(&body).unwrap().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a %22b%22.PDF\"\r\n\
             content-type: application/pdf\r\n\r\n\0--x\r\n\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        assert_eq!(wire_body(&body).unwrap().unwrap().0, content_type);
        let other = Body::Multipart(vec![text("purpose", "other")]);
        assert_ne!(wire_body(&other).unwrap().unwrap().0, content_type);
        assert!(boundary.len() <= 70);
    }

    #[test]
    fn names_cannot_end_a_header() {
        let body = Body::Multipart(vec![text("a\"\r\nx-evil: 1", "v")]);
        let bytes = wire_body(&body).unwrap().unwrap().1;
        let bytes = String::from_utf8(bytes).unwrap();
        assert!(bytes.contains("name=\"a%22%0D%0Ax-evil: 1\"\r\n\r\nv"), "{bytes}");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_a_missing_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("big");
        std::fs::write(&path, [0; 200]).unwrap();
        let body = Body::Multipart(vec![text("a", "b"), file("f", &path)]);
        assert_eq!(wire_body_within(&body, 150), Err(Error::BodyTooLarge { limit: 150 }));
        let whole = Body::File { content_type: "a/b".into(), path: path.clone() };
        assert_eq!(wire_body_within(&whole, 199), Err(Error::BodyTooLarge { limit: 199 }));
        assert_eq!(wire_body_within(&whole, 200).unwrap().unwrap().1.len(), 200);
        let missing = dir.path().join("none");
        match wire_body(&Body::Multipart(vec![file("f", &missing)])) {
            Err(Error::ReadFile { path, reason }) => {
                assert_eq!(path, missing);
                assert!(reason.contains("no such file") || reason.contains("cannot find"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_endless_device_ends_at_the_limit() {
        let body = Body::File { content_type: "a/b".into(), path: "/dev/zero".into() };
        assert_eq!(wire_body_within(&body, 4096), Err(Error::BodyTooLarge { limit: 4096 }));
    }
}
