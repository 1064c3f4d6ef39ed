//! Schema Objects of OpenAPI 3.0 as JSON Schema, draft 2020-12.
//!
//! What 3.0 spells its own way is converted (`nullable`, boolean exclusive bounds, `example`); what JSON Schema does
//! not have is left out (`discriminator`, `xml`, `externalDocs`, extensions). Referenced schemas become definitions.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::pointer;

/// The dialect, for `$schema`.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Turns schemas of one document into JSON Schemas that share their definitions, which belong in `$defs` of the root
/// that all of them are put into.
pub struct JsonSchemas<'a> {
    document: &'a Document,
    /// Names of definitions, by reference.
    names: IndexMap<String, String>,
    /// References whose definitions are still to be made.
    queue: VecDeque<&'a str>,
}

impl<'a> JsonSchemas<'a> {
    /// An empty set.
    pub fn new(document: &'a Document) -> Self {
        Self { document, names: IndexMap::new(), queue: VecDeque::new() }
    }

    /// The schema as JSON Schema; `true`, which accepts everything, for what is not a schema.
    ///
    /// A document's nesting is bounded when it is parsed, and references are not followed here: recursion ends.
    pub fn convert(&mut self, schema: &'a Value) -> Value {
        let members = match schema {
            Value::Object(members) => members,
            Value::Bool(value) => return Value::Bool(*value),
            _ => return Value::Bool(true),
        };
        // OpenAPI 3.0, section 4.7.23: siblings of `$ref` are ignored.
        if let Some(Value::String(reference)) = members.get("$ref") {
            return self.reference(reference);
        }
        let mut out = Map::new();
        for (key, value) in members {
            if let Some(value) = self.keyword(key, value, members) {
                out.insert(key.clone(), value);
            }
        }
        for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if members.get(exclusive) == Some(&Value::Bool(true))
                && let Some(value) = out.shift_remove(bound)
            {
                out.insert(exclusive.to_owned(), value);
            }
        }
        if let Some(example) = members.get("example") {
            out.insert("examples".to_owned(), json!([example]));
        }
        if members.get("nullable") == Some(&Value::Bool(true)) { nullable(out) } else { Value::Object(out) }
    }

    /// The definitions of everything that was referenced, and of what those reference in turn.
    pub fn definitions(mut self) -> Map<String, Value> {
        let mut definitions = Map::new();
        while let Some(reference) = self.queue.pop_front() {
            let Some(name) = self.names.get(reference).cloned() else { continue };
            let value = match self.document.target(reference) {
                Ok(target) => self.convert(target),
                Err(_) => Value::Bool(true),
            };
            definitions.insert(name, value);
        }
        definitions
    }

    fn reference(&mut self, reference: &'a str) -> Value {
        let name = match self.names.get(reference) {
            Some(name) => name.clone(),
            None => {
                let last = reference.rsplit('/').next().unwrap_or_default();
                let last = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
                let last = pointer::unescape(&last).into_owned();
                let taken = |name: &str| self.names.values().any(|known| known == name);
                let mut candidates =
                    std::iter::once(last.clone()).chain((2..).map(|n| format!("{last}_{n}")));
                let name = candidates.find(|name| !taken(name)).unwrap_or(last);
                self.names.insert(reference.to_owned(), name.clone());
                self.queue.push_back(reference);
                name
            }
        };
        let fragment = percent_encoding::utf8_percent_encode(&pointer::escape(&name), FRAGMENT).to_string();
        json!({ "$ref": format!("#/$defs/{fragment}") })
    }

    /// One keyword's value, if the keyword is known and its value valid.
    fn keyword(&mut self, key: &str, value: &'a Value, members: &Map<String, Value>) -> Option<Value> {
        match key {
            "title" | "description" | "format" | "pattern" => value.is_string().then(|| value.clone()),
            "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" => {
                value.is_boolean().then(|| value.clone())
            }
            "default" => (!value.is_null() || members.get("nullable") == Some(&Value::Bool(true)))
                .then(|| value.clone()),
            "type" => match value.as_str() {
                Some("string" | "integer" | "number" | "boolean" | "array" | "object" | "null") => {
                    Some(value.clone())
                }
                _ => None,
            },
            "enum" => value.as_array().filter(|values| !values.is_empty()).map(|values| {
                // The standard advises against duplicates, and some validators reject them.
                let mut unique: Vec<Value> = Vec::new();
                for value in values {
                    if values.len() > MAX_COMPARED || !unique.contains(value) {
                        unique.push(value.clone());
                    }
                }
                Value::Array(unique)
            }),
            "minimum" | "maximum" => value.is_number().then(|| value.clone()),
            "multipleOf" => value.as_f64().filter(|step| *step > 0.0).map(|_| value.clone()),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
                value.as_u64().map(Value::from)
            }
            // A definition describes both requests and responses: what only one of them requires, because the
            // other may not have it (OpenAPI 3.0, section 4.7.24.2: `readOnly`, `writeOnly`), is not required here.
            "required" => value.as_array().map(|names| {
                let one_way = |name: &&str| {
                    let property = members.get("properties").and_then(|properties| properties.get(*name));
                    ["readOnly", "writeOnly"].iter().any(|key| {
                        property.and_then(|property| property.get(key)) == Some(&Value::Bool(true))
                    })
                };
                let mut unique: IndexMap<&str, ()> = IndexMap::new();
                let both_ways = names.iter().filter_map(Value::as_str).filter(|name| !one_way(name));
                unique.extend(both_ways.map(|name| (name, ())));
                unique.into_keys().map(Value::from).collect()
            }),
            "properties" => value.as_object().map(|properties| {
                let converted = properties.iter().map(|(name, value)| (name.clone(), self.convert(value)));
                Value::Object(converted.collect())
            }),
            "items" | "not" | "additionalProperties" => Some(self.convert(value)),
            "allOf" | "anyOf" | "oneOf" => value
                .as_array()
                .filter(|parts| !parts.is_empty())
                .map(|parts| parts.iter().map(|part| self.convert(part)).collect()),
            _ => None,
        }
    }
}

/// Longer enums are not searched for duplicates.
const MAX_COMPARED: usize = 1_000;

/// What a URI's fragment may not contain unencoded (RFC 3986, section 3.5).
const FRAGMENT: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same schema, but also accepting null.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let Some(Value::String(name)) = schema.get("type").cloned() else {
        return match schema.is_empty() {
            true => Value::Bool(true),
            false => json!({ "anyOf": [schema, { "type": "null" }] }),
        };
    };
    schema.insert("type".to_owned(), json!([name, "null"]));
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    // Null is added to the type, and to each list of alternatives next to it.
    for keyword in ["allOf", "anyOf", "oneOf"] {
        if let Some(parts) = schema.shift_remove(keyword) {
            let either = json!({ "anyOf": [{ keyword: parts }, { "type": "null" }] });
            if let Value::Array(all) = schema.entry("allOf").or_insert_with(|| json!([])) {
                all.push(either);
            }
        }
    }
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(schema: &Value) -> Value {
        let document = json!({ "openapi": "3.0.0", "paths": {}, "x": schema });
        let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
        JsonSchemas::new(&document).convert(&document.root()["x"])
    }

    #[test]
    fn spellings_of_3_0_become_those_of_2020_12() {
        for (old, new) in [
            (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
            (
                json!({"type": "string", "nullable": true, "enum": ["a"]}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (
                json!({"nullable": true, "allOf": [{"type": "string"}]}),
                json!({"anyOf": [{"allOf": [{"type": "string"}]}, {"type": "null"}]}),
            ),
            (
                json!({"type": "number", "minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": false}),
                json!({"type": "number", "exclusiveMinimum": 1, "maximum": 2}),
            ),
            (json!({"type": "string", "example": "x"}), json!({"type": "string", "examples": ["x"]})),
            (
                json!({"type": "object", "discriminator": {"propertyName": "a"}, "xml": {}, "x-y": 1, "required": ["a", "a", 3]}),
                json!({"type": "object", "required": ["a"]}),
            ),
            (
                json!({"required": ["a", "b", "c"], "properties": {"a": {"readOnly": true}, "b": {"writeOnly": true}}}),
                json!({"required": ["c"], "properties": {"a": {"readOnly": true}, "b": {"writeOnly": true}}}),
            ),
            (json!({"type": "file", "enum": [], "minLength": -1, "pattern": 3, "required": true}), json!({})),
            (
                json!({"additionalProperties": false, "items": {"nullable": true}}),
                json!({"additionalProperties": false, "items": true}),
            ),
            (json!("nothing"), json!(true)),
        ] {
            assert_eq!(converted(&old), new, "{old}");
        }
    }

    #[test]
    fn references_become_definitions_and_cycles_stay() {
        let document = json!({
            "openapi": "3.0.0", "paths": {},
            "x": {"$ref": "#/components/schemas/a~1b", "description": "ignored"},
            "components": {"schemas": {
                "a/b": {"properties": {"next": {"$ref": "#/components/schemas/a~1b"}, "other": {"$ref": "#/y/a~1b"},
                        "gone": {"$ref": "#/nowhere"}}}
            }},
            "y": {"a/b": {"type": "integer"}}
        });
        let document = Document::parse(document.to_string().as_bytes(), "t").unwrap();
        let mut schemas = JsonSchemas::new(&document);
        assert_eq!(schemas.convert(&document.root()["x"]), json!({"$ref": "#/$defs/a~1b"}));
        assert_eq!(
            Value::Object(schemas.definitions()),
            json!({
                "a/b": {"properties": {"next": {"$ref": "#/$defs/a~1b"}, "other": {"$ref": "#/$defs/a~1b_2"},
                        "gone": {"$ref": "#/$defs/nowhere"}}},
                "a/b_2": {"type": "integer"},
                "nowhere": true
            })
        );
    }
}
