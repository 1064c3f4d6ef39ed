//! Documents in, whatever they are: each is refused with a clear error, or becomes a plugin whose scripts all compile.
//!
//! ```text
//! cargo install cargo-fuzz
//! mkdir -p fuzz/corpus/bytes && cp specs/*.yaml specs/quirks/* fuzz/corpus/bytes
//! cargo +nightly fuzz run bytes -- -max_len=16384 -timeout=20 -detect_leaks=0
//! cargo +nightly fuzz run mutants -- -timeout=20 -detect_leaks=0
//! ```
//!
//! What is found becomes a test in `tests/e2e/bad_documents.rs` or beside the code that failed.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock};

use apicli::diagnostic::Failure;
use apicli::engine::{Script, Source};
use apicli::generator::{Options, PluginGenerator};
use apicli::openapi::Document;

/// Bytes of stack, as the program itself has them.
const STACK: usize = 64 * 1024 * 1024;

/// Takes a document through reading, generation and compilation, all of them on one thread with the program's own stack:
/// what the engine keeps for its thread is never dropped, and one for each document would use up all memory.
///
/// # Panics
///
/// If any of it does, or if a promise is broken.
pub fn through(bytes: &[u8]) {
    static WORKER: OnceLock<Mutex<(Sender<Vec<u8>>, Receiver<bool>)>> = OnceLock::new();
    let worker = WORKER.get_or_init(|| {
        let (to, documents) = channel::<Vec<u8>>();
        let (say, done) = channel();
        let work = move || {
            for document in documents {
                let whole = std::panic::catch_unwind(|| check(&document)).is_ok();
                say.send(whole).expect("somebody listens");
            }
        };
        std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
        Mutex::new((to, done))
    });
    let worker = worker.lock().expect("one document at a time");
    worker.0.send(bytes.to_vec()).expect("a worker");
    assert!(worker.1.recv().expect("a worker"), "see the panic above");
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
            let text = String::from_utf8(file.content.to_vec()).expect("a script is text");
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
