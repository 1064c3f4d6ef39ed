use crate::model::media::essence;

/// One part of a `multipart/form-data` body (RFC 7578).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FormPart<'a> {
    /// Field name.
    pub(super) name: String,
    /// The name of the file; `None` for a plain field.
    pub(super) filename: Option<String>,
    /// The part's own media type, lower case.
    pub(super) content_type: Option<String>,
    /// What it holds.
    pub(super) content: &'a [u8],
}

/// More parts than any API accepts.
const MAX_PARTS: usize = 10_000;

/// The parts of a body, or what is wrong with it.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<FormPart<'a>>, &'static str> {
    // RFC 2046, section 5.1.1: at most 70 characters.
    let boundary = parameter(content_type, "boundary").filter(|b| (1..=70).contains(&b.len()));
    let Some(boundary) = boundary else { return Err("`content-type` has no usable boundary") };
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = match body.strip_prefix(delimiter.as_slice()) {
        Some(rest) => rest,
        None => split_at_delimiter(body, &delimiter).ok_or("the boundary does not occur in the body")?.1,
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        // White space may follow a boundary on its line.
        let line = rest.iter().position(|b| *b == b'\n').ok_or("the body ends inside a boundary")?;
        rest = rest.get(line + 1..).unwrap_or_default();
        let (part, after) =
            split_at_delimiter(rest, &delimiter).ok_or("the body ends before its last boundary")?;
        parts.push(read(part)?);
        if parts.len() > MAX_PARTS {
            return Err("it has too many parts");
        }
        rest = after;
    }
}

/// The text before the next line that begins with `delimiter`, and the text after it.
fn split_at_delimiter<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    // A part without headers and content ends at once.
    let mut at = 0;
    loop {
        let here = bytes.get(at..)?;
        if let Some(after) = here.strip_prefix(delimiter) {
            let before = bytes.get(..at)?;
            let before = before.strip_suffix(b"\n").unwrap_or(before);
            return Some((before.strip_suffix(b"\r").unwrap_or(before), after));
        }
        at += here.iter().position(|b| *b == b'\n')? + 1;
    }
}

fn read(part: &[u8]) -> Result<FormPart<'_>, &'static str> {
    let mut name = None;
    let mut filename = None;
    let mut content_type = None;
    let mut rest = part;
    loop {
        let end =
            rest.iter().position(|b| *b == b'\n').ok_or("a part has no empty line after its headers")?;
        let (line, after) = (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
        rest = after;
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if line.is_empty() {
            break;
        }
        let Some((header, value)) = line.split_once(':') else { continue };
        match header.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                name = parameter(value, "name");
                filename = parameter(value, "filename");
            }
            "content-type" => content_type = Some(essence(value)),
            _ => {}
        }
    }
    let name = name.ok_or("a part has no name")?;
    Ok(FormPart { name, filename, content_type, content: rest })
}

/// A parameter of a header value, without its quotes: `form-data; name="a"`.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let found = name.trim().eq_ignore_ascii_case(wanted);
        let after = after.trim_start();
        let (text, next) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (text, next) = after.split_once(';').unwrap_or((after, ""));
                (text.trim().to_owned(), next)
            }
        };
        if found {
            return Some(text);
        }
        rest = next.trim_start().trim_start_matches(';');
    }
}

fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, quoted.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                escaped @ ('"' | '\\') => text.push(escaped),
                // Browsers send Windows paths with plain backslashes.
                other => text.extend(['\\', other]),
            },
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; charset=utf-8; boundary=\"x y\"";

    #[test]
    fn fields_and_files_are_read() {
        let body = b"preamble\r\n--x y\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nlogo\r\n--x y \r\n\
            content-type: image/PNG; q=1\r\ncontent-disposition: form-data; filename=\"a \\\"b\\\".png\"; name=file\r\n\r\n\
            \r\n--x\r\n\0\r\n--x y--\r\n";
        let parts = parts(TYPE, body).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].content), ("purpose", &b"logo"[..]));
        assert_eq!(parts[1].filename.as_deref(), Some("a \"b\".png"));
        assert_eq!(parts[1].content_type.as_deref(), Some("image/png"));
        assert_eq!(parts[1].content, b"\r\n--x\r\n\0");
    }

    #[test]
    fn broken_bodies_are_refused() {
        for (content_type, body) in [
            ("multipart/form-data", &b"--x--"[..]),
            (TYPE, b""),
            (TYPE, b"--x y"),
            (TYPE, b"--x y\r\n"),
            (TYPE, b"--x y\r\nno headers--x y--"),
            (TYPE, b"--x y\r\ncontent-type: a/b\r\n\r\n1\r\n--x y--"),
        ] {
            assert!(parts(content_type, body).is_err(), "{body:?}");
        }
        assert_eq!(parts(TYPE, b"--x y--"), Ok(Vec::new()));
    }
}
