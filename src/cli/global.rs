//! Flags that every command shares.

use std::ffi::OsString;

use clap::Arg;

use super::ui::ErrorFormat;

/// Arguments that may stand before the command's name as well as after it.
pub(crate) fn global() -> [Arg; 2] {
    [
        Arg::new("plugins-dir")
            .long("plugins-dir")
            .value_name("DIR")
            .value_parser(clap::value_parser!(OsString))
            .help("Keep plugins in this folder (else APICLI_PLUGINS_DIR, else the platform's data folder)"),
        Arg::new("error-format")
            .long("error-format")
            .value_name("FORMAT")
            .value_parser(["human", "json"])
            .help("How failures are shown on standard error: human or json"),
    ]
}

/// The error format, looked up by hand, because a failure to parse the arguments is shown in it as well.
pub(crate) fn error_format(arguments: &[OsString]) -> ErrorFormat {
    match global_value(arguments, "--error-format") {
        Some(value) if value == "json" => ErrorFormat::Json,
        _ => ErrorFormat::Human,
    }
}

/// The value of a global flag, wherever it stands: it decides which commands there are, and so how the rest is read.
pub(crate) fn global_value(arguments: &[OsString], flag: &str) -> Option<OsString> {
    let mut words = arguments.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == flag {
            return words.next().cloned();
        }
        if let Some(value) = word.as_encoded_bytes().strip_prefix(flag.as_bytes())
            && let Some(value) = value.strip_prefix(b"=")
        {
            return Some(os_string(value));
        }
    }
    None
}

/// Part of an argument, which need not be text.
fn os_string(bytes: &[u8]) -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec());
    #[cfg(not(unix))]
    String::from_utf8_lossy(bytes).into_owned().into()
}
