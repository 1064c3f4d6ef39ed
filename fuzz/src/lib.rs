//! Documents in, whatever they are: each is refused with a clear error, or becomes a plugin whose scripts all compile.
//!
//! ```text
//! cargo install cargo-fuzz
//! mkdir -p fuzz/corpus/bytes && cp specs/*.yaml specs/quirks/* fuzz/corpus/bytes
//! cargo +nightly fuzz run bytes -- -max_len=16384 -timeout=20
//! cargo +nightly fuzz run mutants -- -timeout=20
//! ```
//!
//! What is found becomes a test in `tests/e2e/bad_documents.rs` or beside the code that failed.

use apicli::diagnostic::Failure;
use apicli::engine::{Script, Source};
use apicli::generator::{Options, PluginGenerator};
use apicli::openapi::Document;

/// Bytes of stack, as the program itself has them.
const STACK: usize = 64 * 1024 * 1024;

/// Takes a document through reading, generation and compilation.
///
/// # Panics
///
/// If any of it does, or if a promise is broken.
pub fn through(bytes: &[u8]) {
    let bytes = bytes.to_vec();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || check(&bytes));
    if let Err(panic) = thread.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

fn check(bytes: &[u8]) {
    let document = match Document::parse(bytes, "document") {
        Ok(document) => document,
        Err(error) => return clear(&error.into()),
    };
    let generator = PluginGenerator::new(Options { name: Some("any".to_owned()), ..Options::default() });
    generator.validate_spec(&document);
    let plugin = match generator.generate_from_openapi(&document) {
        Ok(plugin) => plugin,
        Err(error) => return clear(&error.into()),
    };
    assert_eq!(plugin.operations, plugin.commands.len() + plugin.skipped.len());
    let mut functions = 0;
    for file in &plugin.files {
        assert!(file.path.is_relative() && !file.path.components().any(|part| part.as_os_str() == ".."));
        if file.path.extension().is_some_and(|ending| ending == "rhai") {
            let text = String::from_utf8(file.content.clone()).expect("a script is text");
            match Script::compile(Source { path: file.path.clone(), text }) {
                Ok(script) => functions += script.functions().len(),
                Err(error) => panic!("{}", Failure::from(error)),
            }
        }
    }
    assert_eq!(functions, plugin.commands.len());
}

fn clear(failure: &Failure) {
    assert!(!failure.message.is_empty() && failure.hint.is_some(), "{failure:?}");
}
