//! The time that a thread of the program waits for a person: questions are not the script's time.

use std::cell::Cell;
use std::time::{Duration, Instant};

// A call asks in the thread that it runs in; what another one waits for is not its time.
thread_local!(static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) });

/// Asks a person; how long the answer takes is counted apart.
pub(crate) fn asked<T>(ask: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let answer = ask();
    WAITED.set(WAITED.get() + began.elapsed());
    answer
}

/// How long this thread has waited for a person so far.
pub(crate) fn waited() -> Duration {
    WAITED.get()
}
