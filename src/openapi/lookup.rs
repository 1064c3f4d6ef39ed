//! Resolves pointers in real-world documents.

use serde_json::Value;

/// The most references and detours while resolving one pointer.
const MAX_HOPS: usize = 64;

/// What the fragment `reference` (`#/a/b`) points to in `root`.
///
/// A pointer without a target is tried once more: through references on its way, and through what an
/// upgrade to OpenAPI 3.0 put around its target.
pub(super) fn find<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let fragment = percent_encoding::percent_decode_str(reference.strip_prefix('#')?).decode_utf8_lossy();
    // `Value::pointer` expects RFC 6901's plain form, which is what remains without the `#`.
    root.pointer(&fragment).or_else(|| {
        let mut hops = MAX_HOPS;
        detour(root, &fragment, &mut hops)
    })
}

/// Follows `reference` until it reaches something other than a `$ref`; returns that and its pointer in plain form.
pub(super) fn follow<'a>(root: &'a Value, reference: &str) -> Option<(&'a Value, String)> {
    let mut reference = reference.to_owned();
    for _ in 0..MAX_HOPS {
        let found = find(root, &reference)?;
        match found.get("$ref") {
            Some(Value::String(next)) => reference = next.clone(),
            _ => {
                let fragment = percent_encoding::percent_decode_str(reference.strip_prefix('#')?);
                return Some((found, fragment.decode_utf8_lossy().into_owned()));
            }
        }
    }
    None
}

fn detour<'a>(root: &'a Value, pointer: &str, hops: &mut usize) -> Option<&'a Value> {
    let mut node = root;
    let mut rest = pointer.strip_prefix('/')?;
    loop {
        let (token, after) = rest.split_once('/').map_or((rest, None), |(token, after)| (token, Some(after)));
        let token = super::pointer::unescape(token);
        match member(node, &token) {
            Some(next) => node = next,
            None => {
                *hops = hops.checked_sub(1)?;
                if let Some(Value::String(reference)) = node.get("$ref") {
                    node = find_within(root, reference, hops)?;
                    continue;
                }
                let (through, skips) = around(node, &token)?;
                node = through;
                if !skips {
                    continue;
                }
            }
        }
        match after {
            Some(after) => rest = after,
            None => return Some(node),
        }
    }
}

fn find_within<'a>(root: &'a Value, reference: &str, hops: &mut usize) -> Option<&'a Value> {
    let fragment = percent_encoding::percent_decode_str(reference.strip_prefix('#')?).decode_utf8_lossy();
    root.pointer(&fragment).or_else(|| detour(root, &fragment, hops))
}

fn member<'a>(node: &'a Value, token: &str) -> Option<&'a Value> {
    match node {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    }
}

/// What an upgrade put around the member `token` of `node`, and whether that is the member itself.
fn around<'a>(node: &'a Value, token: &str) -> Option<(&'a Value, bool)> {
    // A response or parameter of Swagger 2.0.
    if token == "schema"
        && let Some(Value::Object(content)) = node.get("content")
    {
        return Some((content.values().next()?, false));
    }
    // Lists that used to be single values.
    match token {
        "prefixItems" => {
            return Some((node.get("items").map(|items| items.get("anyOf").unwrap_or(items))?, true));
        }
        "patternProperties" => return Some((node.get("additionalProperties")?, true)),
        "itemSchema" => return Some((node.pointer("/schema/items")?, true)),
        "anyOf" | "oneOf" if node.get("allOf").is_some() => return Some((node.get("allOf")?, true)),
        _ => {}
    }
    // A schema of several types has its keywords in alternatives; one with a reference, in parts.
    let lists = ["anyOf", "allOf"].into_iter().filter_map(|key| node.get(key)?.as_array());
    let part = lists.flatten().find(|part| part.get(token).is_some() || part.get("anyOf").is_some());
    part.or_else(|| node.pointer("/allOf/0").filter(|part| part.get("$ref").is_some()))
        .or_else(|| node.get("schema").filter(|schema| schema.get(token).is_some()))
        .map(|part| (part, false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pointers_go_through_references() {
        let root = json!({
            "a": {"$ref": "#/b/c"}, "b": {"c": {"d": 1, "e": {"$ref": "#/a"}}, "x%y": 2},
            "loop": {"$ref": "#/loop/x"}
        });
        assert_eq!(find(&root, "#/a/d"), Some(&json!(1)));
        assert_eq!(find(&root, "#/a/e/e/d"), Some(&json!(1)));
        assert_eq!(find(&root, "#/b/x%25y"), Some(&json!(2)));
        for lost in ["#/loop/x/y", "#/a/z", "b", "#b"] {
            assert_eq!(find(&root, lost), None, "{lost}");
        }
    }
}
