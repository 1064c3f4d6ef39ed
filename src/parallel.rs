//! One piece of work for each of many things, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Things from which a second thread is worth its while.
const MANY: usize = 64;

/// The most threads: what they make is put together on one.
const MOST_THREADS: usize = 8;

/// Bytes of stack of a thread: schemas nest.
const STACK: usize = 16 * 1024 * 1024;

/// What `each` makes of every item, in the order of the items, however many threads there are. A panic goes on in the
/// caller.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    if threads < 2 || items.len() < MANY {
        return items.iter().map(each).collect();
    }
    // Small pieces, so that no thread waits for another that has all the large ones.
    let pieces: Vec<&[T]> = items.chunks(items.len().div_ceil(threads * 8).max(1)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(n) else { return done };
            done.push((n, piece.iter().map(&each).collect::<Vec<R>>()));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads)
            .filter_map(|_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok())
            .collect();
        let mut done = work();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().flat_map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn the_order_is_that_of_the_items() {
        for count in [0, 1, 63, 64, 65, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
