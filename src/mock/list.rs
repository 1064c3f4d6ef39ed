use serde_json::{Map, Value};

use super::id::id_text;
use super::sample::size;
use super::schema::{JsonType, Schema};
use crate::openapi::Document;

/// What a list request asks for, by the names that APIs use for it, and the result.
#[derive(Debug, Default)]
pub(super) struct Page {
    limit: Option<usize>,
    skip: usize,
    /// One-based.
    number: Option<usize>,
    after: Option<String>,
    before: Option<String>,
    /// All other parameters: compared with the properties of the same name.
    filters: Map<String, Value>,
    more: bool,
    total: usize,
}

const LIMITS: [&str; 12] = [
    "limit",
    "per_page",
    "perPage",
    "page_size",
    "pageSize",
    "pagesize",
    "max_results",
    "maxResults",
    "count",
    "top",
    "$top",
    "size",
];
const SKIPS: [&str; 4] = ["offset", "skip", "$skip", "start"];
/// The most elements in one answer, whatever the request.
const MOST: usize = 1000;
/// The maximum size of the elements of one answer as JSON text; see the limit on samples.
const MOST_BYTES: usize = 480 * 1024;

impl Page {
    /// Reads typed query parameters.
    pub(super) fn read(query: &Map<String, Value>) -> Self {
        let mut page = Self::default();
        let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        for (name, value) in query {
            match name.as_str() {
                name if LIMITS.contains(&name) => page.limit = number(value),
                name if SKIPS.contains(&name) => page.skip = number(value).unwrap_or(0),
                "page" => page.number = number(value),
                "starting_after" | "after" => page.after = id_text(value),
                "ending_before" | "before" => page.before = id_text(value),
                "expand" | "fields" | "sort" | "order" => {}
                name => drop(page.filters.insert(name.to_owned(), value.clone())),
            }
        }
        page
    }

    /// The requested elements; `key` is the property that identifies them.
    pub(super) fn take<'v>(&mut self, all: impl Iterator<Item = &'v Value>, key: &str) -> Vec<&'v Value> {
        let limit = self.limit.unwrap_or(MOST).min(MOST);
        let chosen: Vec<&Value> = all.filter(|object| self.wants(object)).collect();
        self.total = chosen.len();
        let place = |id: &String| {
            chosen.iter().position(|object| object.get(key).and_then(id_text).as_ref() == Some(id))
        };
        let mut start =
            self.skip.saturating_add(self.number.unwrap_or(1).saturating_sub(1).saturating_mul(limit));
        let mut end = chosen.len();
        if let Some(after) = &self.after {
            start = place(after).map_or(end, |at| at + 1);
        }
        if let Some(before) = &self.before {
            end = place(before).unwrap_or(0);
            start = start.max(end.saturating_sub(limit));
        }
        let mut bytes = 0;
        let mut taken = Vec::new();
        for object in chosen.get(start.min(end)..end).unwrap_or_default() {
            bytes += size(object);
            if taken.len() >= limit || (bytes > MOST_BYTES && !taken.is_empty()) {
                break;
            }
            taken.push(*object);
        }
        // Before a cursor, the remaining elements are at the front.
        self.more = if self.before.is_some() { start > 0 } else { start.saturating_add(taken.len()) < end };
        taken
    }

    fn wants(&self, object: &Value) -> bool {
        self.filters.iter().all(|(name, wanted)| match (object.get(name), wanted) {
            (None | Some(Value::Null | Value::Array(_) | Value::Object(_)), _) => true,
            (Some(Value::Number(found)), Value::Object(range)) => range.iter().all(|(bound, limit)| {
                let (Some(found), Some(limit)) = (found.as_f64(), limit.as_f64()) else { return true };
                match bound.as_str() {
                    "gt" => found > limit,
                    "gte" => found >= limit,
                    "lt" => found < limit,
                    "lte" => found <= limit,
                    _ => true,
                }
            }),
            (Some(_), Value::Array(_) | Value::Object(_)) => true,
            (Some(found), wanted) => wanted == "all" || found == wanted,
        })
    }

    /// Fills a list's fields about itself: whether there is more, how many, where.
    pub(super) fn describe<'a>(
        &self,
        document: &'a Document,
        schema: &Schema<'a>,
        list: &mut Map<String, Value>,
        segments: &[String],
    ) {
        for (name, property) in schema.properties() {
            let property = Schema::read(document, property);
            let value = match (name, property.kind()) {
                ("has_more" | "hasMore", JsonType::Boolean) => Value::Bool(self.more),
                ("total" | "total_count" | "totalCount" | "count", JsonType::Integer) => {
                    Value::from(self.total)
                }
                ("url", JsonType::String) => Value::String(format!("/{}", segments.join("/"))),
                // A made-up cursor would keep a client paging forever.
                ("next" | "next_page" | "next_cursor" | "nextCursor" | "next_url" | "nextPageToken", _) => {
                    if !property.nullable() {
                        list.shift_remove(name);
                        continue;
                    }
                    Value::Null
                }
                _ => continue,
            };
            list.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(query: &Value) -> (Vec<i64>, bool) {
        let all: Vec<Value> =
            (1..=5).map(|n| json!({"id": n, "odd": n % 2 == 1, "made": n * 10, "tags": []})).collect();
        let mut page = Page::read(query.as_object().unwrap());
        let taken = page.take(all.iter(), "id");
        (taken.iter().map(|v| v["id"].as_i64().unwrap()).collect(), page.more)
    }

    #[test]
    fn pages_and_filters() {
        assert_eq!(ids(&json!({})), (vec![1, 2, 3, 4, 5], false));
        assert_eq!(ids(&json!({"limit": 2})), (vec![1, 2], true));
        assert_eq!(ids(&json!({"limit": 2, "starting_after": "2"})), (vec![3, 4], true));
        assert_eq!(ids(&json!({"limit": 2, "starting_after": "4"})), (vec![5], false));
        assert_eq!(ids(&json!({"limit": 2, "ending_before": "4"})), (vec![2, 3], true));
        assert_eq!(ids(&json!({"starting_after": "9"})), (vec![], false));
        assert_eq!(ids(&json!({"per_page": 2, "page": 3})), (vec![5], false));
        assert_eq!(ids(&json!({"offset": 4})), (vec![5], false));
        assert_eq!(ids(&json!({"offset": u64::MAX, "page": u64::MAX, "limit": u64::MAX})), (vec![], false));
        assert_eq!(ids(&json!({"odd": false, "other": "x", "tags": "y"})), (vec![2, 4], false));
        assert_eq!(ids(&json!({"made": {"gt": 10, "lte": 30}})), (vec![2, 3], false));
    }
}
