//! Multipart bodies as curl options, or as bytes that are piped in if curl has no option for them.

use super::given::{Given, MAX_ARGUMENT, path_bytes};
use super::multipart::content_type_of;
use super::payload::Payload;
use super::piece::Piece;
use super::words::{printf_format, quote, quote_bytes};
use super::{Body, Error, File, Part, PartContent, Source};

/// The extensions from which curl derives a file's media type.
const KNOWN_TO_CURL: [&str; 10] = ["gif", "jpg", "jpeg", "png", "svg", "txt", "htm", "html", "pdf", "xml"];

/// How to pass `parts`, which make up `body`, to curl.
pub(super) fn multipart(body: &Body, content_type: &str, parts: &[Part]) -> Result<Given, Error> {
    if !parts.iter().all(has_words) {
        return piped(body);
    }
    let mut words = Vec::new();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        words.extend(["-H".to_owned(), quote(&format!("content-type: {kind}"))]);
    }
    for part in parts {
        let media_type = part.content_type.as_deref();
        words.extend(match &part.content {
            // `-F` would read a value that begins with `@` or `<` as a file's name. A line feed at the end goes into its
            // quotes, because shells strip it from printed output.
            PartContent::Text(text) if media_type.is_none() && !text.ends_with('\n') => {
                ["--form-string".to_owned(), quote(&format!("{}={text}", part.name))]
            }
            PartContent::Text(text) => {
                let mut word = format!("{}=", part.name).into_bytes();
                word.extend(in_quotes(text.as_bytes()));
                word.extend(option("type", media_type));
                ["-F".to_owned(), quote_bytes(&word)]
            }
            PartContent::File(file) => ["-F".to_owned(), quote_bytes(&file_of(part, file))],
        });
    }
    Ok(Given { pipe: None, words })
}

/// Whether curl can express this part: it ends a name at the first `=`, has no parts without a name, and does not escape
/// names that this program escapes. An argument cannot contain NUL, or be very long.
fn has_words(part: &Part) -> bool {
    let is_plain = |name: &str| !name.is_empty() && !name.chars().any(|c| c.is_ascii_control());
    is_plain(&part.name)
        && !part.name.contains('=')
        && match &part.content {
            PartContent::Text(text) => !text.contains('\0') && part.name.len() + text.len() <= MAX_ARGUMENT,
            PartContent::File(file) => is_plain(&file.name),
        }
}

/// `name=@path`, with what curl would not derive itself.
fn file_of(part: &Part, file: &File) -> Vec<u8> {
    let mut word = format!("{}=@", part.name).into_bytes();
    let path = path_bytes(&file.path);
    let blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    let plain =
        !path.iter().any(|byte| b";,\"\\".contains(byte)) && !blank(path.first()) && !blank(path.last());
    word.extend(if plain { path } else { in_quotes(&path) });
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let known = ending.is_some_and(|ending| KNOWN_TO_CURL.contains(&ending.as_str()));
    let guessed =
        Some(content_type_of(&file.name)).filter(|name| !known && *name != "application/octet-stream");
    word.extend(option("type", part.content_type.as_deref().or(guessed)));
    if file.path.file_name().map(std::ffi::OsStr::as_encoded_bytes) != Some(file.name.as_bytes()) {
        word.extend(b";filename=");
        word.extend(in_quotes(file.name.as_bytes()));
    }
    word
}

fn option(name: &str, value: Option<&str>) -> Vec<u8> {
    value.map(|value| format!(";{name}={value}")).unwrap_or_default().into_bytes()
}

/// A value of `-F` in double quotes, which keep `;`, `,` and a leading `@` or `<` what they are.
fn in_quotes(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in bytes {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
    out
}

/// The bytes themselves, including the boundary, with the files where they belong.
fn piped(body: &Body) -> Result<Given, Error> {
    let Some(payload) = Payload::of(body)? else { return Ok(Given::default()) };
    if let Some(bytes) = payload.pieces().iter().map(Piece::bytes).collect::<Option<Vec<&[u8]>>>() {
        let command = format!("printf {}", printf_format(&bytes.concat()));
        return Ok(Given::piped(&payload.content_type, command));
    }
    // A separate `sh`, since shells group commands differently. Its script is the same for all of them.
    let (mut script, mut operands) = (Vec::new(), Vec::new());
    for piece in payload.pieces() {
        match piece {
            Piece::Bytes(bytes) => {
                for part in bytes.chunks(MAX_ARGUMENT / 4) {
                    operands.push(printf_format(part));
                    script.push(format!("printf \"${{{}}}\"", operands.len()));
                }
            }
            Piece::File { source, .. } => {
                operands.push(match source.as_ref() {
                    Source::Path(path) => quote_bytes(&path_bytes(path)),
                    Source::Open(_) => "-".to_owned(),
                });
                script.push(format!("cat -- \"${{{}}}\"", operands.len()));
            }
        }
    }
    let command = format!("sh -c {} sh {}", quote(&script.join("; ")), operands.join(" "));
    Ok(Given::piped(&payload.content_type, command))
}
