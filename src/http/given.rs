//! How a body is passed to curl.

use std::path::Path;

use super::words::quote;

/// Longer text, in bytes, is piped in: Linux accepts arguments of up to 128 KiB.
pub(super) const MAX_ARGUMENT: usize = 100_000;

/// How a body is passed to curl.
#[derive(Default)]
pub(super) struct Given {
    /// A command whose output is curl's input.
    pub(super) pipe: Option<String>,
    /// Arguments for curl.
    pub(super) words: Vec<String>,
}

/// A path in curl's syntax; a bare `-` would be standard input.
pub(super) fn path_bytes(path: &Path) -> Vec<u8> {
    match path.as_os_str().as_encoded_bytes() {
        b"-" => b"./-".to_vec(),
        bytes => bytes.to_vec(),
    }
}

impl Given {
    /// A body that a command prints.
    pub(super) fn piped(content_type: &str, command: String) -> Self {
        Self { pipe: Some(command), words: typed(content_type, "--data-binary", "@-".to_owned()) }
    }
}

/// The content type, and the body by `option`.
pub(super) fn typed(content_type: &str, option: &str, word: String) -> Vec<String> {
    vec!["-H".to_owned(), quote(&format!("content-type: {content_type}")), option.to_owned(), word]
}
