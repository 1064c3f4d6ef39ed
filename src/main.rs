//! The program: everything it does is in the library.

/// A generation of thousands of commands makes millions of small values, on all processors at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    apicli::run(std::env::args_os())
}
