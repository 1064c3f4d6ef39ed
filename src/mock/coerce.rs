use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

use super::brackets::Raw;
use super::check::fits;
use super::schema::{JsonType, Schema};
use crate::openapi::Document;

/// How many alternatives are tried in one value; nested choices could take forever.
const MAX_TRIES: usize = 5_000;
/// How deep values and choices are followed; brackets nest 32 deep at most.
const MAX_DEPTH: usize = 48;

/// Converts form text to the types in its schema. What cannot be converted stays a string, so that the
/// check can report what is wrong with it.
pub(super) fn coerce<'a>(document: &'a Document, schema: Option<&'a Value>, raw: &Raw) -> Value {
    match schema {
        Some(schema) => Coercer { document, tries: 0, depth: 0 }.value(schema, raw),
        None => plain(raw),
    }
}

struct Coercer<'a> {
    document: &'a Document,
    tries: usize,
    depth: usize,
}

impl<'a> Coercer<'a> {
    fn value(&mut self, schema: &'a Value, raw: &Raw) -> Value {
        if let Raw::Json(value) = raw {
            return value.clone();
        }
        if self.depth >= MAX_DEPTH {
            return plain(raw);
        }
        self.depth += 1;
        let value = self.typed(schema, raw);
        self.depth -= 1;
        value
    }

    fn typed(&mut self, schema: &'a Value, raw: &Raw) -> Value {
        let read = Schema::read(self.document, schema);
        if let Some(alternatives) = read.alternatives() {
            return self.choose(alternatives, &read, raw);
        }
        match (read.kind(), raw) {
            (JsonType::Object, Raw::Map(map)) => self.object(&read, map),
            (JsonType::Array, raw) => self.array(&read, raw),
            (_, Raw::Text(text)) if text.is_empty() && read.nullable() => Value::Null,
            (kind, Raw::Text(text)) => scalar(kind, text),
            _ => plain(raw),
        }
    }

    fn choose(&mut self, alternatives: &'a [Value], own: &Schema<'a>, raw: &Raw) -> Value {
        let mut first = None;
        for alternative in alternatives {
            self.tries += 1;
            if self.tries > MAX_TRIES {
                break;
            }
            let value = self.value(alternative, raw);
            if fits(self.document, alternative, &value) {
                return value;
            }
            let shape = matches!(
                (Schema::read(self.document, alternative).kind(), raw),
                (JsonType::Object, Raw::Map(_)) | (JsonType::Array, Raw::List(_) | Raw::Map(_))
            );
            if shape && first.is_none() {
                first = Some(value);
            }
        }
        match (first, raw) {
            (Some(value), _) => value,
            (None, Raw::Map(map)) if own.has_properties() => self.object(own, map),
            _ => plain(raw),
        }
    }

    fn object(&mut self, schema: &Schema<'a>, map: &IndexMap<String, Raw>) -> Value {
        let members = map.iter().map(|(name, raw)| {
            let value = match schema.member(name) {
                Some(member) => self.value(member, raw),
                None => plain(raw),
            };
            (name.clone(), value)
        });
        Value::Object(members.collect())
    }

    fn array(&mut self, schema: &Schema<'a>, raw: &Raw) -> Value {
        let items = schema.items();
        let mut item = |raw: &Raw| match items {
            Some(items) => self.value(items, raw),
            None => plain(raw),
        };
        match raw {
            // `name=` is how a form says that a list is empty.
            Raw::Text(text) if text.is_empty() => Value::Array(Vec::new()),
            Raw::Text(_) => Value::Array(vec![item(raw)]),
            Raw::Json(value) => value.clone(),
            Raw::List(list) => Value::Array(list.iter().map(item).collect()),
            Raw::Map(map) => match indexed(map) {
                Some(list) => Value::Array(list.into_iter().map(item).collect()),
                None => plain(raw),
            },
        }
    }
}

/// The elements of `{0: a, 1: b}` in order of their indexes, which may have gaps.
fn indexed(map: &IndexMap<String, Raw>) -> Option<Vec<&Raw>> {
    let mut list = Vec::with_capacity(map.len());
    for (key, raw) in map {
        list.push((key.parse::<u64>().ok()?, raw));
    }
    list.sort_by_key(|(index, _)| *index);
    Some(list.into_iter().map(|(_, raw)| raw).collect())
}

fn scalar(kind: JsonType, text: &str) -> Value {
    let string = || Value::String(text.to_owned());
    match kind {
        JsonType::Integer => match (text.parse::<i64>(), text.parse::<u64>()) {
            (Ok(number), _) => Value::from(number),
            (_, Ok(number)) => Value::from(number),
            _ => string(),
        },
        JsonType::Number => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Value::from(number),
            (_, Ok(number)) => Number::from_f64(number).map_or_else(string, Value::Number),
            _ => string(),
        },
        JsonType::Boolean => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => string(),
        },
        _ => string(),
    }
}

/// Without a schema everything stays text.
fn plain(raw: &Raw) -> Value {
    match raw {
        Raw::Text(text) => Value::String(text.clone()),
        Raw::Json(value) => value.clone(),
        Raw::List(list) => Value::Array(list.iter().map(plain).collect()),
        Raw::Map(map) => match indexed(map) {
            Some(list) if !list.is_empty() => Value::Array(list.into_iter().map(plain).collect()),
            _ => Value::Object(map.iter().map(|(k, raw)| (k.clone(), plain(raw))).collect::<Map<_, _>>()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::brackets::{decode_pairs, tree};
    use super::*;

    #[test]
    fn text_gets_the_types_of_its_schema() {
        let root = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": {
            "loop": {"anyOf": [{"$ref": "#/components/schemas/loop"}, {"$ref": "#/components/schemas/loop"}]}}}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let schema = json!({"properties": {
            "n": {"type": "integer"}, "f": {"type": "number"}, "b": {"type": "boolean"}, "s": {"type": "string"},
            "list": {"type": "array", "items": {"type": "integer"}}, "none": {"type": "array", "items": {}},
            "made": {"anyOf": [{"properties": {"gt": {"type": "integer"}}, "type": "object"}, {"type": "integer"}]},
            "again": {"anyOf": [{"properties": {"gt": {"type": "integer"}}, "type": "object"}, {"type": "integer"}]},
            "meta": {"additionalProperties": {"type": "string"}}, "loop": {"$ref": "#/components/schemas/loop"},
            "null": {"type": "string", "nullable": true}, "bad": {"type": "integer"}}});
        let form = "n=1&f=1.5&b=true&s=1&list[1]=20&list[0]=10&none=&made[gt]=3&again=4&meta[1]=x&loop[a][b]=1&null=&bad=abc";
        let raw = Raw::Map(tree(decode_pairs(form.as_bytes())));
        let expected = json!({"n": 1, "f": 1.5, "b": true, "s": "1", "list": [10, 20], "none": [], "made": {"gt": 3},
            "again": 4, "meta": {"1": "x"}, "loop": {"a": {"b": "1"}}, "null": null, "bad": "abc"});
        assert_eq!(coerce(&document, Some(&schema), &raw), expected);
    }
}
