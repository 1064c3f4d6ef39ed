//! Splits values by the styles that they were written in (OpenAPI 3.0, section 4.7.12.3; 3.0.4, "Style Examples").

use indexmap::IndexMap;
use serde_json::Value;

use super::brackets::Raw;
use super::schema::JsonType;
use crate::openapi::has_tabs;

/// The style for Swagger 2.0's `collectionFormat: tsv`.
const TABS: &str = "tabDelimited";

/// The `style` of a Parameter or Encoding Object.
pub(super) fn style_of(value: &Value) -> Option<&str> {
    if has_tabs(value) { Some(TABS) } else { value.get("style").and_then(Value::as_str) }
}

/// How one value was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    /// The parameter's name, which style matrix repeats.
    pub(super) name: &'a str,
    pub(super) style: &'a str,
    pub(super) explode: bool,
}

/// A list or an object from one string; anything else is returned unchanged.
pub(super) fn structure(written: Written<'_>, kind: JsonType, raw: Raw) -> Raw {
    let Raw::Text(text) = &raw else { return raw };
    let (text, separator) = match (written.style, written.explode) {
        ("matrix", explode) => return matrix(written.name, explode, kind, text),
        ("label", true) => (text.strip_prefix('.').unwrap_or(text), '.'),
        ("label", false) => (text.strip_prefix('.').unwrap_or(text), ','),
        ("spaceDelimited", _) => (text.as_str(), ' '),
        ("pipeDelimited", _) => (text.as_str(), '|'),
        (TABS, _) => (text.as_str(), '\t'),
        ("simple", _) | ("form" | "cookie", false) => (text.as_str(), ','),
        _ => return raw,
    };
    let pairs = written.explode && matches!(written.style, "simple" | "label");
    match kind {
        _ if text.is_empty() => Raw::Text(String::new()),
        JsonType::Array => list(text.split(separator)),
        JsonType::Object if pairs => Raw::Map(
            text.split(separator).map(|part| member(part.split_once('=').unwrap_or((part, "")))).collect(),
        ),
        JsonType::Object => alternating(text.split(separator)),
        _ => Raw::Text(text.to_owned()),
    }
}

/// `;color=blue;color=black`, `;R=100;G=200`, `;color=blue,black`; without a value just the name.
fn matrix(name: &str, explode: bool, kind: JsonType, text: &str) -> Raw {
    let Some(rest) = text.strip_prefix(';') else { return Raw::Text(text.to_owned()) };
    let mut pairs = rest.split(';').map(|part| part.split_once('=').unwrap_or((part, "")));
    match (kind, explode) {
        (JsonType::Array, true) => list(pairs.map(|(_, value)| value)),
        (JsonType::Object, true) => Raw::Map(pairs.map(member).collect()),
        _ => {
            let (_, value) = pairs.find(|(known, _)| *known == name).unwrap_or(("", rest));
            match kind {
                _ if value.is_empty() => Raw::Text(String::new()),
                JsonType::Array => list(value.split(',')),
                JsonType::Object => alternating(value.split(',')),
                _ => Raw::Text(value.to_owned()),
            }
        }
    }
}

fn list<'t>(parts: impl Iterator<Item = &'t str>) -> Raw {
    Raw::List(parts.map(|part| Raw::Text(part.trim().to_owned())).collect())
}

fn member((key, value): (&str, &str)) -> (String, Raw) {
    (key.to_owned(), Raw::Text(value.to_owned()))
}

/// `R,100,G,200`
fn alternating<'t>(mut parts: impl Iterator<Item = &'t str>) -> Raw {
    let mut map = IndexMap::new();
    while let Some(key) = parts.next() {
        map.insert(key.to_owned(), Raw::Text(parts.next().unwrap_or_default().to_owned()));
    }
    Raw::Map(map)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(raw: &Raw) -> Value {
        match raw {
            Raw::Text(text) => json!(text),
            Raw::List(list) => list.iter().map(plain).collect(),
            Raw::Map(map) => map.iter().map(|(key, raw)| (key.clone(), plain(raw))).collect(),
            Raw::Json(value) => value.clone(),
        }
    }

    #[test]
    fn the_tables_of_the_specification_read_backwards() {
        for (style, explode, string, array, object) in [
            ("matrix", false, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
            ("matrix", true, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
            ("label", false, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
            ("label", true, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
            ("simple", false, "blue", "blue,black,brown", "R,100,G,200,B,150"),
            ("simple", true, "blue", "blue,black,brown", "R=100,G=200,B=150"),
            ("form", false, "blue", "blue,black,brown", "R,100,G,200,B,150"),
            ("spaceDelimited", false, "blue", "blue black brown", "R 100 G 200 B 150"),
            ("pipeDelimited", false, "blue", "blue|black|brown", "R|100|G|200|B|150"),
            (TABS, false, "blue", "blue\tblack\tbrown", "R\t100\tG\t200\tB\t150"),
        ] {
            let read = |kind, text: &str| {
                plain(&structure(Written { name: "color", style, explode }, kind, Raw::Text(text.to_owned())))
            };
            assert_eq!(read(JsonType::String, string), json!("blue"), "{style} {explode}");
            assert_eq!(read(JsonType::Array, array), json!(["blue", "black", "brown"]), "{style} {explode}");
            assert_eq!(
                read(JsonType::Object, object),
                json!({"R": "100", "G": "200", "B": "150"}),
                "{style} {explode}"
            );
        }
    }

    #[test]
    fn what_is_not_written_in_the_style_stays() {
        let written = |style| Written { name: "c", style, explode: true };
        for (style, kind, text, expected) in [
            ("matrix", JsonType::String, "blue", json!("blue")),
            ("matrix", JsonType::Array, ";c", json!([""])),
            ("label", JsonType::Array, ".", json!("")),
            ("form", JsonType::Array, "a,b", json!("a,b")),
            ("deepObject", JsonType::Object, "a", json!("a")),
        ] {
            assert_eq!(plain(&structure(written(style), kind, Raw::Text(text.into()))), expected, "{style}");
        }
    }
}
