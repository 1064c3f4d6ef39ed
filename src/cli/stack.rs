//! Provides enough stack for scripts and documents that nest as deep as their limits allow.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::diagnostic::{Failure, Kind};

/// Bytes of stack; only the used part costs memory.
const ENOUGH: usize = 64 * 1024 * 1024;

/// Does `work` with a stack of [`ENOUGH`] bytes: here, if this is the process's first thread and the system lets its stack
/// grow that far, else on a separate thread.
///
/// # Errors
///
/// Those of `work`, a panic in it, and a thread that cannot be started.
pub(super) fn with_enough(
    work: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    if first_thread_grows() {
        return catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(defect()));
    }
    match std::thread::Builder::new().stack_size(ENOUGH).spawn(work).map(std::thread::JoinHandle::join) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(defect()),
        Err(error) => {
            Err(Failure::new(Kind::Other, format!("cannot start: {error}")).hint("free some memory"))
        }
    }
}

fn defect() -> Failure {
    Failure::new(Kind::Other, "apicli stopped because of an internal error")
        .hint("please report the command and the line above")
}

/// Lets the stack of the first thread grow. Linux asks for the limit whenever the stack grows, and keeps at least 128 MiB of
/// addresses free below it whatever the limit was at the start (setrlimit(2); `mmap_base` in the kernel). Programs that
/// are started inherit the limit, as they would from a shell.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn first_thread_grows() -> bool {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // The standard library gives this name only to the thread of `main`.
    if std::thread::current().name() != Some("main") {
        return false;
    }
    let limit = getrlimit(Resource::Stack);
    let enough = |limit: Option<u64>| limit.is_none_or(|bytes| bytes >= ENOUGH as u64);
    if enough(limit.current) {
        return true;
    }
    let raised = Rlimit { current: Some(ENOUGH as u64), maximum: limit.maximum };
    enough(limit.maximum) && setrlimit(Resource::Stack, raised).is_ok()
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn first_thread_grows() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_as_a_defect() {
        let result = with_enough(|| std::panic::resume_unwind(Box::new("a test's own")));
        assert!(result.unwrap_err().message.contains("internal error"));
        assert!(with_enough(|| Ok(())).is_ok());
    }

    #[test]
    fn there_is_stack_for_what_nests() {
        fn deep(left: usize) -> usize {
            let frame = std::hint::black_box([0_u8; 4096]);
            if left == 0 { frame.len() } else { deep(left - 1) + usize::from(frame[0]) }
        }
        let result = with_enough(|| {
            assert_eq!(deep(4_000), 4096);
            Ok(())
        });
        assert!(result.is_ok());
    }
}
