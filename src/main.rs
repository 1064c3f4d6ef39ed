//! The program: everything it does is in the library.

fn main() -> std::process::ExitCode {
    apicli::run(std::env::args_os())
}
