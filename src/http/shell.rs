//! `--curl`: a request as a shell command that a person can paste.

use std::path::Path;

use super::preview::Shown;
use super::{Attachment, Body, Error, PartContent, Request, Source};
use crate::text::is_unprintable;

/// One line for a POSIX shell. A credential is a variable, `$TOKEN` (`$TOKEN_2` and so on for further ones), so
/// that nothing secret is printed and everything else can be pasted.
///
/// Text that holds control characters is quoted as `$'...'` (POSIX.1-2024; bash, zsh, ksh), so that none of them
/// reaches the terminal; a body that is no text is piped in from `printf`.
pub fn curl(request: &Request) -> Result<String, Error> {
    let marks = Marks::new(request);
    let shown = Shown::new(request, |n| marks.mark(n))?;
    let mut command = String::new();
    let mut words = vec!["curl".to_owned()];
    match request.method.as_str() {
        // `-X HEAD` would wait for a body that never comes.
        "HEAD" => words.push("--head".to_owned()),
        method => words.extend(["-X".to_owned(), quote(method)]),
    }
    // Brackets and braces in a URL are ranges to curl.
    if shown.url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    words.push(marks.quote(&shown.url));
    for (name, value) in &shown.headers {
        // The body's own content type is the one that is sent; multipart's is curl's to choose.
        if name != "content-type" || matches!(request.body, Body::Empty) {
            // `x;` is how curl sends a header without a value.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            words.extend(["-H".to_owned(), marks.quote(&header)]);
        }
    }
    for (n, credential) in request.credentials.iter().enumerate() {
        match credential {
            Attachment::Digest { .. } => {
                words.extend(["--digest".to_owned(), "--user".to_owned(), marks.quote(&marks.mark(n))]);
            }
            // Chain and key in one file, as the store has them.
            Attachment::Certificate { .. } => words.extend(["--cert", "client.pem"].map(str::to_owned)),
            Attachment::Header { .. } | Attachment::Query { .. } | Attachment::Cookie { .. } => {}
        }
    }
    match &request.body {
        Body::Empty => {}
        Body::Bytes { content_type, bytes } => {
            words.extend(["-H".to_owned(), quote(&format!("content-type: {content_type}"))]);
            match std::str::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => words.extend(["--data-raw".to_owned(), quote(text)]),
                _ => {
                    command = format!("printf {} | ", printf_format(bytes));
                    words.extend(["--data-binary".to_owned(), "@-".to_owned()]);
                }
            }
        }
        Body::Streamed { content_type, source } => {
            words.extend(["-H".to_owned(), quote(&format!("content-type: {content_type}"))]);
            words.push("--data-binary".to_owned());
            words.push(match source {
                Source::Path(path) => quote_path("@", path, ""),
                // It came from standard input, and will again.
                Source::Open(_) => "@-".to_owned(),
            });
        }
        Body::Multipart { content_type, parts } => {
            let kind = content_type.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case("multipart/form-data") {
                words.extend(["-H".to_owned(), quote(&format!("content-type: {kind}"))]);
            }
            for part in parts {
                let media_type = part.content_type.as_deref();
                words.extend(match &part.content {
                    // `-F` would read a value that begins with `@` or `<` as a file's name.
                    PartContent::Text(text) if media_type.is_none() => {
                        ["--form-string".to_owned(), quote(&format!("{}={text}", part.name))]
                    }
                    PartContent::Text(text) => {
                        let text = format!(
                            "{}={};type={}",
                            part.name,
                            form_quote(text),
                            media_type.unwrap_or_default()
                        );
                        ["-F".to_owned(), quote(&text)]
                    }
                    PartContent::File(file) => {
                        let name = format!("{}=@", part.name);
                        let after = media_type.map(|name| format!(";type={name}")).unwrap_or_default();
                        let plain = !file.path.to_string_lossy().contains([';', ',', '"', '\\']);
                        let word = if plain {
                            quote_path(&name, &file.path, &after)
                        } else {
                            let text = file.path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
                            quote_path(&format!("{name}\""), Path::new(&text), &format!("\"{after}"))
                        };
                        ["-F".to_owned(), word]
                    }
                });
            }
        }
    }
    command.push_str(&words.join(" "));
    Ok(command)
}

/// A value of `-F` in double quotes, which keep `;`, `,` and a leading `@` or `<` what they are.
fn form_quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Stand-ins for the credentials, which occur nowhere else in the request, and the variables that they become.
struct Marks {
    word: String,
    count: usize,
}

impl Marks {
    fn new(request: &Request) -> Self {
        let mut word = "CREDENTIAL".to_owned();
        let url = request.url();
        let taken = |word: &str| {
            url.contains(word)
                || request.headers.iter().any(|(name, value)| format!("{name}{value}").contains(word))
        };
        while taken(&word) {
            word.push('X');
        }
        Self { word, count: request.credentials.len() }
    }

    fn mark(&self, n: usize) -> String {
        format!("{}<{n}>", self.word)
    }

    fn variable(n: usize) -> String {
        if n == 0 { "$TOKEN".to_owned() } else { format!("$TOKEN_{}", n + 1) }
    }

    /// `text` as one shell word, with variables in the place of the marks.
    fn quote(&self, text: &str) -> String {
        let mut pieces = vec![text.to_owned()];
        let mut expanded = text.to_owned();
        for n in 0..self.count {
            let mark = self.mark(n);
            expanded = expanded.replace(&mark, &Self::variable(n));
            pieces = pieces
                .into_iter()
                .flat_map(|piece| {
                    let mut parts = Vec::new();
                    for (k, part) in piece.split(&mark).enumerate() {
                        if k > 0 {
                            parts.push(format!("\0{n}"));
                        }
                        if !part.is_empty() {
                            parts.push(part.to_owned());
                        }
                    }
                    parts
                })
                .collect();
        }
        if expanded == text {
            return quote(text);
        }
        // Double quotes read best, but they let the shell act on `$`, backticks, backslashes and `!`.
        let plain = |piece: &String| {
            piece.starts_with('\0')
                || piece.chars().all(|c| c.is_ascii_alphanumeric() || " :/?&=._~%;,@+-[]".contains(c))
        };
        if pieces.iter().all(plain) && !followed_by_name(&pieces) {
            return format!("\"{expanded}\"");
        }
        pieces
            .iter()
            .map(|piece| match piece.strip_prefix('\0') {
                Some(n) => format!("\"{}\"", Self::variable(n.parse().unwrap_or_default())),
                None => quote(piece),
            })
            .collect()
    }
}

/// True if a variable's name would run on into the text after it.
fn followed_by_name(pieces: &[String]) -> bool {
    pieces.windows(2).any(|pair| match pair {
        [variable, next] => {
            variable.starts_with('\0')
                && next.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '['))
        }
        _ => false,
    })
}

/// One shell word that is exactly `text`.
pub(crate) fn quote(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(bare) {
        return text.to_owned();
    }
    if text.chars().any(is_unprintable) {
        return quote_controls(text.as_bytes());
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `$'...'`, every unprintable character as escapes of its bytes. Octal ones have a fixed length, so that a digit
/// after them stays itself.
fn quote_controls(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '\\' | '\'' => out.extend(['\\', c]),
                c if is_unprintable(c) => {
                    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                        out.push_str(&format!("\\{byte:03o}"));
                    }
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\{byte:03o}"));
        }
    }
    out.push('\'');
    out
}

/// A path between two texts that are part of the same word. A path need not be UTF-8.
fn quote_path(before: &str, path: &Path, after: &str) -> String {
    match path.to_str() {
        Some(text) => quote(&format!("{before}{text}{after}")),
        None => {
            let bytes = [before.as_bytes(), path.as_os_str().as_encoded_bytes(), after.as_bytes()].concat();
            quote_controls(&bytes)
        }
    }
}

/// The operand of `printf` that prints exactly `bytes`; NUL cannot stand in an argument.
fn printf_format(bytes: &[u8]) -> String {
    let mut out = String::from("'");
    for &byte in bytes {
        match byte {
            b'%' => out.push_str("%%"),
            b'\\' => out.push_str("\\\\"),
            b'\'' => out.push_str("\\047"),
            // At the beginning it would be an option.
            b'-' => out.push_str("\\055"),
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
#[path = "shell_tests.rs"]
mod tests;
