//! `--curl`: a request as a shell command that a person can paste.

use super::forms_of_curl::multipart;
use super::given::{Given, MAX_ARGUMENT, path_bytes, typed};
use super::preview::Shown;
use super::words::{can_be_typed, printf_format, quote, quote_bytes};
use super::{Attachment, Body, Error, Request, Source};

/// One command for any shell: dash, bash, zsh and fish read it the same way. A credential is a variable, `$TOKEN`
/// (`$TOKEN_2` and so on for further ones), so that nothing secret is printed and everything else can be pasted.
///
/// It contains no character that [`crate::text::is_unprintable`]: `printf` makes them. A body with any is piped in.
pub fn curl(request: &Request) -> Result<String, Error> {
    let marks = Marks::new(request);
    let shown = Shown::new(request, |n| marks.mark(n))?;
    let mut words = vec!["curl".to_owned()];
    match request.method.as_str() {
        // `-X HEAD` would wait for a body that never comes.
        "HEAD" => words.push("--head".to_owned()),
        method => words.extend(["-X".to_owned(), quote(method)]),
    }
    // Brackets and braces in a URL are ranges to curl, and it would resolve dots in a path.
    if shown.url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    if has_dots(&shown.url) {
        words.push("--path-as-is".to_owned());
    }
    words.push(marks.quote(&shown.url));
    for (name, value) in &shown.headers {
        // The body's own content type is the one that is sent; curl chooses multipart's.
        if name != "content-type" || matches!(request.body, Body::Empty) {
            // `x;` is how curl sends a header without a value.
            let is_empty = value.trim_matches([' ', '\t']).is_empty();
            let header = if is_empty { format!("{name};") } else { format!("{name}: {value}") };
            words.extend(["-H".to_owned(), marks.quote(&header)]);
        }
    }
    for (n, credential) in request.credentials.iter().enumerate() {
        match credential {
            Attachment::Digest { .. } => {
                words.extend(["--digest".to_owned(), "--user".to_owned(), marks.quote(&marks.mark(n))]);
            }
            // Chain and key in one file, as in the store.
            Attachment::Certificate { .. } => words.extend(["--cert", "client.pem"].map(str::to_owned)),
            Attachment::Header { .. } | Attachment::Query { .. } | Attachment::Cookie { .. } => {}
        }
    }
    let body = Given::of(&request.body)?;
    words.extend(body.words);
    let pipe = body.pipe.map(|command| format!("{command} | ")).unwrap_or_default();
    Ok(format!("{pipe}{}", words.join(" ")))
}

impl Given {
    fn of(body: &Body) -> Result<Self, Error> {
        Ok(match body {
            Body::Empty => Self::default(),
            Body::Bytes { content_type, bytes } => match std::str::from_utf8(bytes) {
                Ok(text) if text.len() <= MAX_ARGUMENT && can_be_typed(text) => {
                    Self { pipe: None, words: typed(content_type, "--data-raw", quote(text)) }
                }
                _ => Self::piped(content_type, format!("printf {}", printf_format(bytes))),
            },
            Body::Streamed { content_type, source } => {
                let word = match source {
                    Source::Path(path) => quote_bytes(&[b"@", path_bytes(path).as_slice()].concat()),
                    // It came from standard input, and will do so again.
                    Source::Open(_) => "@-".to_owned(),
                };
                Self { pipe: None, words: typed(content_type, "--data-binary", word) }
            }
            Body::Multipart { content_type, parts } => multipart(body, content_type, parts)?,
        })
    }
}

/// A segment `.` or `..` in the path, as it is or percent-encoded.
fn has_dots(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default();
    path.split('/').skip(3).any(|segment| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(segment.as_str(), "." | "..")
    })
}

/// Placeholders for the credentials, which occur nowhere else in the request, and the variables that replace them.
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

    /// `text` as one shell word, with the marks replaced by variables.
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
        // Double quotes are the most readable, but the shell interprets `$`, backticks, backslashes and `!`.
        let plain = |piece: &String| {
            piece.starts_with('\0')
                || piece.chars().all(|c| c.is_ascii_alphanumeric() || " :/?&=._~%;,@+-[]".contains(c))
        };
        if pieces.iter().all(plain) && !runs_on(&pieces) {
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

/// True if a variable might not end before the text after it: at a letter, at fish's `[`, at zsh's `:h`.
fn runs_on(pieces: &[String]) -> bool {
    pieces.windows(2).any(|pair| match pair {
        [variable, next] => variable.starts_with('\0') && !next.starts_with([' ', '&', ';']),
        _ => false,
    })
}

#[cfg(test)]
mod tests;
