//! How much memory the process holds, where the system reports it.
//!
//! The engine limits single values, not their number: a thousand variables may each hold the longest text
//! allowed. Only the process as a whole shows that.

use std::cell::Cell;
use std::fs;
use std::time::{Duration, Instant};

/// A check costs about 3 us, which allows this interval. In that time memory grows by about 10 MB at most, or by what one
/// operation creates.
const EVERY: Duration = Duration::from_millis(2);

/// Watches the growth of the process.
pub(super) struct Watch {
    limit: u64,
    next: Cell<Instant>,
    /// Bytes at the first check.
    base: Cell<Option<u64>>,
}

impl Watch {
    pub(super) fn new(now: Instant, limit: u64) -> Self {
        Self { limit, next: Cell::new(now + EVERY), base: Cell::new(None) }
    }

    /// Whether the process has grown by more than the limit. Short calls never check.
    pub(super) fn exceeded(&self, now: Instant) -> bool {
        if now < self.next.get() {
            return false;
        }
        self.next.set(now + EVERY);
        let Some(bytes) = resident() else { return false };
        match self.base.get() {
            Some(base) => bytes.saturating_sub(base) > self.limit,
            None => {
                self.base.set(Some(bytes));
                false
            }
        }
    }
}

/// Bytes of the process that are in memory.
fn resident() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(page_size())
}

/// The kernel's page size, from the auxiliary vector (`AT_PAGESZ`, getauxval(3)).
fn page_size() -> u64 {
    const AT_PAGESZ: usize = 6;
    thread_local!(static SIZE: Cell<u64> = const { Cell::new(0) });
    if SIZE.get() == 0 {
        let words = fs::read("/proc/self/auxv").unwrap_or_default();
        let word = |bytes: &[u8]| bytes.try_into().map(usize::from_ne_bytes).ok();
        let size = words
            .chunks_exact(2 * size_of::<usize>())
            .map(|entry| entry.split_at(size_of::<usize>()))
            .find(|(key, _)| word(key) == Some(AT_PAGESZ))
            .and_then(|(_, value)| word(value))
            .unwrap_or(4096);
        SIZE.set(size as u64);
    }
    SIZE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn growth_is_seen() {
        assert!(page_size().is_power_of_two());
        let now = Instant::now();
        let watch = Watch::new(now, 32 << 20);
        assert!(!watch.exceeded(now + EVERY));
        let held = vec![1_u8; 64 << 20];
        assert!(watch.exceeded(now + EVERY * 2));
        assert_eq!(held.len(), 64 << 20);
        // Not checked again so soon.
        assert!(!watch.exceeded(now + EVERY * 2));
    }
}
