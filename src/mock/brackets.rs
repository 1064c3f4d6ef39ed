use indexmap::IndexMap;
use percent_encoding::percent_decode;
use serde_json::Value;

/// In names nested deeper than this the remaining brackets are kept as text.
const MAX_LEVELS: usize = 32;
/// More pairs than any API accepts; the rest is not read.
const MAX_PAIRS: usize = 100_000;

/// A form field before its type is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// `name=x`
    Text(String),
    /// `name=x&name=y` or `name[]=x`
    List(Vec<Raw>),
    /// `name[key]=x`; keys may be indexes.
    Map(IndexMap<String, Raw>),
    /// Parsed JSON, which already has its types.
    Json(Value),
}

/// Name and value pairs of a query or a form, decoded (URL Standard, application/x-www-form-urlencoded parsing).
pub(super) fn decode_pairs(text: &[u8]) -> Vec<(String, String)> {
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        percent_decode(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).take(MAX_PAIRS);
    pairs
        .map(|pair| {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            (decode(halves.next().unwrap_or_default()), decode(halves.next().unwrap_or_default()))
        })
        .collect()
}

/// Combines pairs by the brackets in their names: `items[0][price]=p`, `expand[]=a`, `address[city]=x`.
pub(super) fn tree(pairs: impl IntoIterator<Item = (String, String)>) -> IndexMap<String, Raw> {
    let mut tree = IndexMap::new();
    for (name, value) in pairs {
        let (first, rest) = split_name(&name);
        insert_member(&mut tree, first, &rest, value);
    }
    tree
}

/// `a[b][c]` as `a` and `[b, c]`; a name with unmatched brackets is plain text.
pub(super) fn split_name(name: &str) -> (&str, Vec<&str>) {
    let Some((first, mut rest)) = name.split_once('[') else { return (name, Vec::new()) };
    if first.is_empty() {
        return (name, Vec::new());
    }
    let mut keys = Vec::new();
    loop {
        let Some((key, after)) = rest.split_once(']') else { return (name, Vec::new()) };
        if keys.len() < MAX_LEVELS {
            keys.push(key);
        }
        match after.strip_prefix('[') {
            Some(next) => rest = next,
            None if after.is_empty() => return (first, keys),
            None => return (name, Vec::new()),
        }
    }
}

fn insert_member(map: &mut IndexMap<String, Raw>, key: &str, rest: &[&str], value: String) {
    match map.get_mut(key) {
        Some(node) => insert(node, rest, value),
        None => drop(map.insert(key.to_owned(), fresh(rest, value))),
    }
}

/// A new node with one value at `path`.
fn fresh(path: &[&str], value: String) -> Raw {
    match path.split_first() {
        None => Raw::Text(value),
        Some((&"", rest)) => Raw::List(vec![fresh(rest, value)]),
        Some((key, rest)) => Raw::Map(IndexMap::from([((*key).to_owned(), fresh(rest, value))])),
    }
}

fn insert(node: &mut Raw, path: &[&str], value: String) {
    match (path.split_first(), node) {
        (Some((key, rest)), Raw::Map(map)) => insert_member(map, key, rest, value),
        // `a[][x]=1&a[][y]=2` is one element with two members; a repeated member begins the next one.
        (Some((&"", rest)), Raw::List(list)) => match (rest.split_first(), list.last_mut()) {
            (Some((key, after)), Some(Raw::Map(last))) if !last.contains_key(*key) => {
                insert_member(last, key, after, value);
            }
            _ => list.push(fresh(rest, value)),
        },
        (None, Raw::List(list)) => list.push(Raw::Text(value)),
        (None, Raw::Map(map)) => insert_member(map, "", &[], value),
        // A plain value followed by another value, or by brackets: both are kept, and the check reports what is wrong.
        (_, node) => {
            let old = std::mem::replace(node, Raw::List(Vec::new()));
            *node = Raw::List(vec![old, fresh(path, value)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &Raw) -> String {
        match raw {
            Raw::Text(text) => text.clone(),
            Raw::Json(value) => value.to_string(),
            Raw::List(list) => format!("[{}]", list.iter().map(text).collect::<Vec<_>>().join(",")),
            Raw::Map(map) => {
                format!(
                    "{{{}}}",
                    map.iter().map(|(k, v)| format!("{k}:{}", text(v))).collect::<Vec<_>>().join(",")
                )
            }
        }
    }

    fn read(form: &str) -> String {
        text(&Raw::Map(tree(decode_pairs(form.as_bytes()))))
    }

    #[test]
    fn brackets_nest() {
        assert_eq!(read("address[city]=New+York&address%5Bzip%5D=%31"), "{address:{city:New York,zip:1}}");
        assert_eq!(read("items[0][price]=p&items[1][price]=q"), "{items:{0:{price:p},1:{price:q}}}");
        assert_eq!(read("expand[]=a&expand[]=b&t=1&t=2"), "{expand:[a,b],t:[1,2]}");
        assert_eq!(read("a[][x]=1&a[][y]=2&a[][x]=3"), "{a:[{x:1,y:2},{x:3}]}");
        assert_eq!(read("a=1&a[b]=2&&c"), "{a:[1,{b:2}],c:}");
    }

    #[test]
    fn odd_names_are_plain_text_and_depth_is_bounded() {
        assert_eq!(read("a[b=1&a]=2&[x]=3&a[b]c=4"), "{a[b:1,a]:2,[x]:3,a[b]c:4}");
        let deep = format!("a{}=1", "[b]".repeat(100_000));
        assert_eq!(read(&deep).matches('{').count(), MAX_LEVELS + 1);
    }
}
