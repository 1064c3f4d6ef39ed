//! The time that the program waits for a person: questions are not the script's time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nanoseconds, all questions so far.
static WAITED: AtomicU64 = AtomicU64::new(0);

/// Asks a person; how long the answer takes is counted apart.
pub(crate) fn asked<T>(ask: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let answer = ask();
    let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    WAITED.fetch_add(nanos, Ordering::Relaxed);
    answer
}

/// How long the program has waited for a person so far.
pub(crate) fn waited() -> Duration {
    Duration::from_nanos(WAITED.load(Ordering::Relaxed))
}
