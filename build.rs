//! How the program is linked. Everything here is optional: arguments that a linker does not know are not passed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The functions that a command uses, in the order in which they are laid out; written by `.ci/order`.
const ORDER: &str = "link/order.txt";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    // Elsewhere the loader is different, and position independence cannot be switched off.
    if variable("CARGO_CFG_TARGET_OS") != "linux" || variable("CARGO_CFG_TARGET_ENV") != "gnu" {
        return;
    }
    let Some(linker) = Linker::new() else { return };
    // A program at a fixed address needs no relocations, which are a good part of a quick command's time.
    // `docs/security.md` says what that costs.
    let mut arguments = vec!["-no-pie".to_owned()];
    // Whoever builds has the last word: `RUSTFLAGS="-C relocation-model=pie"`.
    if variable("CARGO_ENCODED_RUSTFLAGS").contains("relocation-model") || !linker.takes(&arguments) {
        arguments.clear();
    }
    // The names are those of the installed program, as built by this toolchain and lock file; others are ignored.
    let order = Path::new(&variable("CARGO_MANIFEST_DIR")).join(ORDER);
    if variable("PROFILE") == "release"
        && fs::metadata(&order).is_ok_and(|about| about.len() > 0)
        && !order.to_string_lossy().contains(',')
    {
        let more = [
            format!("-Wl,--symbol-ordering-file={}", order.display()),
            "-Wl,--no-warn-symbol-ordering".to_owned(),
        ];
        let with_more: Vec<String> = arguments.iter().chain(&more).cloned().collect();
        if linker.takes(&with_more) {
            arguments = with_more;
        }
    }
    for argument in arguments {
        println!("cargo::rustc-link-arg-bin=apicli={argument}");
    }
}

/// The linker that the program will be linked with, probed by linking a one-line program.
struct Linker {
    dir: PathBuf,
}

impl Linker {
    fn new() -> Option<Self> {
        let dir = Path::new(&variable("OUT_DIR")).join("probe");
        fs::create_dir_all(&dir).ok()?;
        fs::write(dir.join("probe.rs"), "fn main() {}\n").ok()?;
        Some(Self { dir })
    }

    /// Whether a program can be linked with these arguments, and runs if it is one for this machine.
    fn takes(&self, arguments: &[String]) -> bool {
        let program = self.dir.join("probe");
        let mut rustc = Command::new(variable("RUSTC"));
        rustc.current_dir(&self.dir).args(["probe.rs", "--crate-type=bin", "--edition=2024"]);
        rustc.arg("--target").arg(variable("TARGET")).arg("-o").arg(&program);
        // What else cargo passes to rustc: `build.rustflags`, `RUSTFLAGS`, and the linker of the target.
        if let Some(linker) = env::var_os("RUSTC_LINKER") {
            let mut argument = std::ffi::OsString::from("-Clinker=");
            argument.push(linker);
            rustc.arg(argument);
        }
        let flags = variable("CARGO_ENCODED_RUSTFLAGS");
        rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
        rustc.args(arguments.iter().map(|argument| format!("-Clink-arg={argument}")));
        let linked = rustc.output().is_ok_and(|output| output.status.success());
        let runs = || {
            let foreign = variable("TARGET") != variable("HOST");
            foreign || Command::new(&program).output().is_ok_and(|output| output.status.success())
        };
        linked && runs()
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
