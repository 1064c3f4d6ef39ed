use indexmap::{IndexMap, IndexSet};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::sample::size;

/// The most objects that are stored.
const MAX_OBJECTS: usize = 10_000;
/// The maximum total size of objects, as JSON text, and their paths.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The maximum total size of remembered paths.
const MAX_PATH_BYTES: usize = 4 * 1024 * 1024;

/// What was created and not yet deleted. When it is full the oldest object is dropped.
///
/// An object is identified by its path, `/v1/customers/cus_1`, each segment percent-encoded; its collection is the
/// path without the last segment. So each parent has its own nested collection.
#[derive(Debug, Default)]
pub(super) struct State {
    objects: IndexMap<String, (Value, usize)>,
    bytes: usize,
    /// Collections that anything was ever stored in or deleted from.
    touched: Paths,
    /// Objects that were deleted.
    deleted: Paths,
    count: i64,
}

/// A set of paths that forgets the oldest.
#[derive(Debug, Default)]
struct Paths {
    set: IndexSet<String>,
    bytes: usize,
}

/// The path of decoded segments.
pub(super) fn path_of(segments: &[String]) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        path.extend(utf8_percent_encode(segment, NON_ALPHANUMERIC));
    }
    path
}

/// The path of the object `id` in a collection.
pub(super) fn item_of(collection: &str, id: &str) -> String {
    format!("{collection}/{}", utf8_percent_encode(id, NON_ALPHANUMERIC))
}

impl State {
    /// A number that was not used before, from 1.
    pub(super) fn next(&mut self) -> i64 {
        self.count = self.count.saturating_add(1);
        self.count
    }

    /// An object.
    pub(super) fn get(&self, item: &str) -> Option<&Value> {
        self.objects.get(item).map(|(value, _)| value)
    }

    /// Stores an object, replacing any with that path.
    pub(super) fn put(&mut self, item: String, value: Value) {
        self.touched.insert(collection_of(&item));
        self.deleted.remove(&item);
        let bytes = item.len() + size(&value);
        self.bytes += bytes;
        if let Some((_, old)) = self.objects.insert(item, (value, bytes)) {
            self.bytes = self.bytes.saturating_sub(old);
        }
        while self.objects.len() > MAX_OBJECTS || self.bytes > MAX_BYTES {
            let Some((_, (_, old))) = self.objects.shift_remove_index(0) else { break };
            self.bytes = self.bytes.saturating_sub(old);
        }
    }

    /// Deletes an object and everything below it.
    pub(super) fn remove(&mut self, item: &str) {
        self.touched.insert(collection_of(item));
        self.deleted.insert(item);
        let below = format!("{item}/");
        let mut freed = 0;
        self.objects.retain(|path, (_, bytes)| {
            let stays = path != item && !path.starts_with(&below);
            freed += if stays { 0 } else { *bytes };
            stays
        });
        self.bytes = self.bytes.saturating_sub(freed);
    }

    /// The objects of a collection, newest first.
    pub(super) fn list(&self, collection: &str) -> impl Iterator<Item = &Value> {
        let below = format!("{collection}/");
        let own = move |path: &str| path.strip_prefix(&below).is_some_and(|rest| !rest.contains('/'));
        self.objects.iter().rev().filter(move |(path, _)| own(path)).map(|(_, (value, _))| value)
    }

    /// True if anything was ever stored in the collection or deleted from it.
    pub(super) fn touched(&self, collection: &str) -> bool {
        self.touched.set.contains(collection)
    }

    /// True if the object is known not to exist: it was deleted, or its collection is in use without it. In a
    /// `strict` collection this holds for every object that is not stored.
    pub(super) fn lacks(&self, item: &str, strict: bool) -> bool {
        let gone = || strict || self.deleted.set.contains(item) || self.touched(collection_of(item));
        !self.objects.contains_key(item) && gone()
    }
}

fn collection_of(item: &str) -> &str {
    item.rsplit_once('/').map_or("", |(collection, _)| collection)
}

impl Paths {
    fn insert(&mut self, path: &str) {
        if !self.set.contains(path) {
            self.set.insert(path.to_owned());
            self.bytes += path.len();
        }
        while self.set.len() > MAX_OBJECTS || self.bytes > MAX_PATH_BYTES {
            let Some(old) = self.set.shift_remove_index(0) else { break };
            self.bytes = self.bytes.saturating_sub(old.len());
        }
    }

    fn remove(&mut self, path: &str) {
        if self.set.shift_remove(path) {
            self.bytes = self.bytes.saturating_sub(path.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_collections_go_with_their_parent() {
        let mut state = State::default();
        state.put("/c/1".into(), json!({"n": 1}));
        state.put("/c/1/s/2".into(), json!({"n": 2}));
        state.put("/c/12".into(), json!({"n": 3}));
        assert_eq!(state.list("/c").map(|v| v["n"].as_i64().unwrap()).collect::<Vec<_>>(), [3, 1]);
        state.remove("/c/1");
        assert!(state.lacks("/c/1", false) && state.lacks("/c/1/s/2", false) && !state.lacks("/c/12", true));
        assert!(!state.lacks("/d/1", false) && state.lacks("/d/1", true));
        state.put("/c/1".into(), json!({}));
        assert!(!state.lacks("/c/1", true));
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_or_too_much() {
        let mut state = State::default();
        for n in 0..MAX_OBJECTS + 2 {
            state.put(format!("/c/{n}"), json!(n));
        }
        assert_eq!(state.objects.len(), MAX_OBJECTS);
        assert!(state.lacks("/c/1", false) && !state.lacks("/c/2", false));
        let big = "x".repeat(40 * 1024 * 1024);
        state.put("/c/a".into(), json!(big));
        state.put("/c/b".into(), json!(big));
        assert!(state.lacks("/c/a", false) && !state.lacks("/c/b", false));
        assert!(state.bytes <= MAX_BYTES);
        state.put("/c/c".into(), json!("x".repeat(MAX_BYTES)));
        assert_eq!((state.objects.len(), state.bytes), (0, 0));
        for n in 0..2000 {
            state.remove(&format!("/c/{n}{}", "x".repeat(10_000)));
        }
        assert!(state.deleted.bytes <= MAX_PATH_BYTES && state.deleted.set.len() < 2000);
    }

    #[test]
    fn ids_cannot_reach_into_other_collections() {
        assert_eq!(item_of("/c", "1/s/2"), "/c/1%2Fs%2F2");
        assert_eq!(path_of(&["c".into(), "1/s".into()]), "/c/1%2Fs");
    }
}
