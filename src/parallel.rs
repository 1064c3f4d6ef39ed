//! Work on all processors: the same for each of many items, or two different tasks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The number of items from which a second thread pays off.
const MANY: usize = 64;

/// The most threads: their results are combined on one.
const MOST_THREADS: usize = 8;

/// The stack of a thread, in bytes: schemas nest.
const STACK: usize = 16 * 1024 * 1024;

/// The results of `each` for every item, in the order of the items, however many threads there are. A panic continues in
/// the caller.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_from(MANY, items, each)
}

/// Like [`map`], for items that are each worth a thread.
pub(crate) fn map_large<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_from(2, items, each)
}

fn map_from<T: Sync, R: Send>(many: usize, items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(MOST_THREADS).min(items.len());
    if threads < 2 || items.len() < many {
        return items.iter().map(each).collect();
    }
    // Small pieces, so that no thread waits for another that got all the large ones.
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

/// Does one thing here and the other on its own thread; one after the other if no thread can be started. A panic
/// continues in the caller.
pub(crate) fn both<A, B: Send>(here: impl FnOnce() -> A, beside: impl FnOnce() -> B + Send) -> (A, B) {
    // Whoever takes it does it: a thread that cannot be started would drop its work.
    let beside = Mutex::new(Some(beside));
    let take = || beside.lock().unwrap_or_else(PoisonError::into_inner).take();
    std::thread::scope(|scope| {
        let work = || take().map(|beside| beside());
        let helper = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let here = here();
        let done = match helper {
            Ok(helper) => helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => None,
        };
        match done.or_else(work) {
            Some(done) => (here, done),
            None => unreachable!("taken once, and done by who took it"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{both, map};

    #[test]
    fn both_are_done_and_a_panic_goes_on() {
        let text = String::from("b");
        assert_eq!(both(|| 'a', || text), ('a', "b".to_owned()));
        assert!(std::panic::catch_unwind(|| both(|| (), || panic!("beside"))).is_err());
    }

    #[test]
    fn the_order_is_that_of_the_items() {
        for count in [0, 1, 63, 64, 65, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
