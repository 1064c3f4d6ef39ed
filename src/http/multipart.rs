//! Multipart bodies: `multipart/form-data` (RFC 7578, with the escapes of the WHATWG's form submission) and similar
//! types.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;

use sha2::{Digest, Sha256};

use super::piece::{MAX_BODY_BYTES, Piece, Reader};
use super::{Error, Part, PartContent};

/// Files up to this size are read for the boundary, so that the same request is the same bytes every time.
const READ_FOR_BOUNDARY: u64 = 8 * 1024 * 1024;

/// The content type with its boundary, and the pieces of the body. At most `limit` bytes are held in memory.
pub(super) fn pieces<'a>(
    content_type: &str,
    parts: &'a [Part],
    limit: u64,
) -> Result<(String, Vec<Piece<'a>>), Error> {
    let mut left = limit;
    let mut sections: Vec<(String, Piece<'a>)> = Vec::with_capacity(parts.len());
    for part in parts {
        let name = escape(&part.name);
        let mut head = format!("content-disposition: form-data; name=\"{name}\"");
        let (media_type, content) = match &part.content {
            PartContent::Text(text) => {
                (part.content_type.clone(), Piece::Bytes(Cow::Borrowed(text.as_bytes())))
            }
            PartContent::File(file) => {
                head.push_str(&format!("; filename=\"{}\"", escape(&file.name)));
                let media_type = part.content_type.clone();
                let media_type = media_type.unwrap_or_else(|| content_type_of(&file.name).to_owned());
                // The error names the whole limit, not the rest left by other parts.
                let content = Piece::file(Cow::Owned(file.source()), left);
                let content = content.map_err(|error| match error {
                    Error::BodyTooLarge { .. } => Error::BodyTooLarge { limit },
                    other => other,
                })?;
                (Some(media_type), content)
            }
        };
        head.push_str("\r\n");
        if let Some(media_type) = media_type {
            if media_type.chars().any(char::is_control) {
                let why = "it contains a control character";
                return Err(Error::BadHeader { name: "content-type".to_owned(), why });
            }
            head.push_str(&format!("content-type: {media_type}\r\n"));
        }
        head.push_str("\r\n");
        if let Piece::Bytes(bytes) = &content {
            let size = (head.len() + bytes.len()) as u64;
            left = left.checked_sub(size).ok_or(Error::BodyTooLarge { limit })?;
        }
        sections.push((head, content));
    }
    let boundary = boundary(&sections)?;
    let mut pieces = Vec::with_capacity(2 * sections.len() + 1);
    let mut between = String::new();
    for (head, content) in sections {
        pieces.push(Piece::Bytes(format!("{between}--{boundary}\r\n{head}").into_bytes().into()));
        pieces.push(content);
        "\r\n".clone_into(&mut between);
    }
    pieces.push(Piece::Bytes(format!("{between}--{boundary}--\r\n").into_bytes().into()));
    // A boundary from the document is ignored.
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    Ok((format!("{essence}; boundary={boundary}"), pieces))
}

/// A hash of the content: content that contains its own boundary would have to contain its own SHA-256. For a file that
/// is too large to be read twice, a random number is used instead of the content, so that nobody can guess it.
fn boundary(sections: &[(String, Piece<'_>)]) -> Result<String, Error> {
    let mut hash = Sha256::new();
    for (head, content) in sections {
        hash.update((head.len() as u64).to_be_bytes());
        hash.update(head);
        hash.update(content.length().to_be_bytes());
        match content {
            Piece::Bytes(bytes) => hash.update(bytes),
            Piece::File { length, .. } if *length <= READ_FOR_BOUNDARY => {
                let mut reader = Reader::new(std::slice::from_ref(content));
                let mut bytes = Vec::new();
                // A failure will occur again, and be reported, when the file is sent.
                let _ = reader.by_ref().take(MAX_BODY_BYTES).read_to_end(&mut bytes);
                hash.update(&bytes);
            }
            Piece::File { .. } => {
                for _ in 0..2 {
                    hash.update(RandomState::new().hash_one(0).to_be_bytes());
                }
            }
        }
    }
    let mut boundary = "apicli-".to_owned();
    for byte in hash.finalize().iter().take(20) {
        boundary.push_str(&format!("{byte:02x}"));
    }
    Ok(boundary)
}

/// A field's or file's name inside double quotes: quotes and line ends are percent-encoded, as browsers do;
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
        Some("tar") => "application/x-tar",
        Some("yaml" | "yml") => "application/yaml",
        Some("csv") => "text/csv",
        Some("txt" | "log") => "text/plain",
        Some("md") => "text/markdown",
        Some("html" | "htm") => "text/html",
        Some("vtt") => "text/vtt",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("bmp") => "image/bmp",
        Some("tif" | "tiff") => "image/tiff",
        Some("svg") => "image/svg+xml",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("wav") => "audio/wav",
        Some("mp4") => "video/mp4",
        Some("mov") => "video/quicktime",
        Some("webm") => "video/webm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::payload::{wire_body, wire_body_within};
    use super::super::{Body, File};
    use super::*;

    fn text(name: &str, value: &str) -> Part {
        Part { name: name.into(), content_type: None, content: PartContent::Text(value.into()) }
    }

    fn file(name: &str, path: &Path) -> Part {
        let sent = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = File { path: path.to_owned(), name: sent, piped: None };
        Part { name: name.into(), content_type: None, content: PartContent::File(file) }
    }

    fn form(parts: Vec<Part>) -> Body {
        Body::Multipart { content_type: "multipart/form-data".into(), parts }
    }

    #[test]
    fn a_multipart_body_is_the_same_bytes_every_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a \"b\".PDF");
        std::fs::write(&path, b"\x00--x\r\n").unwrap();
        let body = form(vec![text("purpose", "dispute_evidence"), file("file", &path)]);
        let (content_type, bytes) = wire_body(&body).unwrap().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a %22b%22.PDF\"\r\n\
             content-type: application/pdf\r\n\r\n\0--x\r\n\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        assert_eq!(wire_body(&body).unwrap().unwrap().0, content_type);
        let other = form(vec![text("purpose", "other")]);
        assert_ne!(wire_body(&other).unwrap().unwrap().0, content_type);
        assert!(boundary.len() <= 70);
        assert_eq!(
            String::from_utf8(wire_body(&form(vec![])).unwrap().unwrap().1).unwrap().matches("--").count(),
            2
        );
    }

    #[test]
    fn parts_have_their_own_types() {
        let json = Part { content_type: Some("application/json".into()), ..text("place", "{\"lat\":1}") };
        let mixed = Body::Multipart { content_type: "multipart/mixed; boundary=x".into(), parts: vec![json] };
        let (content_type, bytes) = wire_body(&mixed).unwrap().unwrap();
        assert!(content_type.starts_with("multipart/mixed; boundary=apicli-"), "{content_type}");
        let bytes = String::from_utf8(bytes).unwrap();
        assert!(
            bytes.contains("name=\"place\"\r\ncontent-type: application/json\r\n\r\n{\"lat\":1}\r\n"),
            "{bytes}"
        );
        let broken = form(vec![Part { content_type: Some("a/b\r\nx: y".into()), ..text("a", "b") }]);
        assert!(matches!(wire_body(&broken), Err(Error::BadHeader { .. })));
    }

    #[test]
    fn names_cannot_end_a_header() {
        let body = form(vec![text("a\"\r\nx-evil: 1", "v")]);
        let bytes = wire_body(&body).unwrap().unwrap().1;
        let bytes = String::from_utf8(bytes).unwrap();
        assert!(bytes.contains("name=\"a%22%0D%0Ax-evil: 1\"\r\n\r\nv"), "{bytes}");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_a_missing_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("big");
        std::fs::write(&path, [0; 200]).unwrap();
        let body = form(vec![text("a", "b"), file("f", &path)]);
        assert_eq!(wire_body_within(&body, 150), Err(Error::BodyTooLarge { limit: 150 }));
        let missing = dir.path().join("none");
        match wire_body(&form(vec![file("f", &missing)])) {
            Err(Error::ReadFile { path, .. }) => assert_eq!(path, missing),
            other => panic!("{other:?}"),
        }
    }
}
