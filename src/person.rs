//! The time that a thread of the program waits for a person: questions do not count as the script's time.

use std::cell::Cell;
use std::time::{Duration, Instant};

// A call asks in its own thread; what another thread waits for does not count.
thread_local!(static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) });

/// Asks a person; the time until the answer is counted separately.
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
