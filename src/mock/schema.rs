use serde_json::{Map, Value};

use crate::openapi::Document;

/// How many parts `allOf` may add to a schema; more are not read.
const MAX_PARTS: usize = 128;

/// A Schema Object (OpenAPI 3.0, section 4.7.24) with its `$ref` followed and its `allOf` members side by
/// side. Reading one never fails: an unresolved reference is a schema that allows everything.
#[derive(Clone, Debug)]
pub(super) struct Schema<'a> {
    parts: Vec<&'a Map<String, Value>>,
}

/// The `type` of a schema, guessed from its other keywords if it is not stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonType {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    Any,
}

/// What an object may contain beyond its `properties`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extra<'a> {
    /// `additionalProperties` is absent.
    Unstated,
    /// It is false.
    Closed,
    /// It is true or `{}`.
    Open,
    /// Values of this schema.
    Values(&'a Value),
}

impl JsonType {
    /// With its article, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Any => "any value",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }
}

impl<'a> Schema<'a> {
    /// Reads the schema at `value`.
    pub(super) fn read(document: &'a Document, value: &'a Value) -> Self {
        let mut parts: Vec<&'a Map<String, Value>> = Vec::new();
        let mut waiting = vec![value];
        while let Some(next) = waiting.pop() {
            let Ok(Value::Object(map)) = document.resolve(next) else { continue };
            // A cyclic `allOf` returns to a part that is already there.
            if parts.len() >= MAX_PARTS || parts.iter().any(|part| std::ptr::eq(*part, map)) {
                continue;
            }
            parts.push(map);
            if let Some(Value::Array(all)) = map.get("allOf") {
                waiting.extend(all.iter().take(MAX_PARTS).rev());
            }
        }
        Self { parts }
    }

    /// The same, but if the schema is only a choice, its first alternative that is an object.
    pub(super) fn object(document: &'a Document, value: &'a Value) -> Option<Self> {
        let mut waiting = vec![value];
        for _ in 0..MAX_PARTS {
            let schema = Self::read(document, waiting.pop()?);
            if schema.has_properties() {
                return Some(schema);
            }
            match schema.alternatives() {
                Some(alternatives) => waiting.extend(alternatives.iter().take(MAX_PARTS).rev()),
                None if schema.kind() == JsonType::Object => return Some(schema),
                None => {}
            }
        }
        None
    }

    /// The identity of this schema: the object it was written as.
    pub(super) fn identity(&self) -> Option<&'a Map<String, Value>> {
        self.parts.first().copied()
    }

    /// A keyword, from the first part that has it.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.parts.iter().find_map(|part| part.get(key))
    }

    /// A keyword that is a number.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Value::as_f64)
    }

    /// A keyword that is a count, such as `maxLength`.
    pub(super) fn count(&self, key: &str) -> Option<usize> {
        self.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
    }

    /// A keyword that is true.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    /// The `format`.
    pub(super) fn format(&self) -> &'a str {
        self.get("format").and_then(Value::as_str).unwrap_or_default()
    }

    /// The type, stated or guessed.
    pub(super) fn kind(&self) -> JsonType {
        let stated = match self.get("type") {
            Some(Value::String(name)) => JsonType::named(name),
            // OpenAPI 3.1 allows a list, in which `null` means 3.0's `nullable`.
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find_map(JsonType::named),
            _ => None,
        };
        if let Some(kind) = stated {
            return kind;
        }
        if self.get("properties").is_some() || self.get("additionalProperties").is_some() {
            return JsonType::Object;
        }
        if self.get("items").is_some() {
            return JsonType::Array;
        }
        match self.values().and_then(|values| values.first()) {
            Some(Value::String(_)) => JsonType::String,
            Some(Value::Bool(_)) => JsonType::Boolean,
            _ => JsonType::Any,
        }
    }

    /// `null` is allowed too.
    pub(super) fn nullable(&self) -> bool {
        self.parts.iter().any(|part| {
            part.get("nullable") == Some(&Value::Bool(true))
                || part.get("type").is_some_and(|kind| match kind {
                    Value::String(name) => name == "null",
                    Value::Array(names) => names.iter().any(|name| name == "null"),
                    _ => false,
                })
        })
    }

    /// The `enum`, if it is there and not empty.
    pub(super) fn values(&self) -> Option<&'a [Value]> {
        self.get("enum").and_then(Value::as_array).map(Vec::as_slice).filter(|values| !values.is_empty())
    }

    /// The value, if there is only one.
    pub(super) fn only_value(&self) -> Option<&'a Value> {
        match self.values() {
            Some([only]) => Some(only),
            _ => self.get("const"),
        }
    }

    /// `anyOf`, else `oneOf`.
    pub(super) fn alternatives(&self) -> Option<&'a [Value]> {
        let list = self.get("anyOf").or_else(|| self.get("oneOf")).and_then(Value::as_array);
        list.map(Vec::as_slice).filter(|alternatives| !alternatives.is_empty())
    }

    /// The schema of an array's elements.
    pub(super) fn items(&self) -> Option<&'a Value> {
        self.get("items").filter(|items| items.is_object())
    }

    /// It declares at least one property.
    pub(super) fn has_properties(&self) -> bool {
        self.properties().next().is_some()
    }

    /// Properties in document order; if two parts declare a name, the first wins.
    pub(super) fn properties(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.parts.iter().enumerate().flat_map(move |(n, part)| {
            let earlier = self.parts.get(..n).unwrap_or_default();
            let properties = part.get("properties").and_then(Value::as_object);
            properties.into_iter().flatten().filter_map(move |(name, schema)| {
                let shadowed =
                    earlier.iter().any(|e| e.get("properties").is_some_and(|p| p.get(name).is_some()));
                (!shadowed).then_some((name.as_str(), schema))
            })
        })
    }

    /// The schema of one property.
    pub(super) fn property(&self, name: &str) -> Option<&'a Value> {
        self.parts.iter().find_map(|part| part.get("properties").and_then(|p| p.get(name)))
    }

    /// The names in `required`.
    pub(super) fn required(&self) -> impl Iterator<Item = &'a str> {
        let lists = self.parts.iter().filter_map(|part| part.get("required").and_then(Value::as_array));
        lists.flatten().filter_map(Value::as_str)
    }

    /// What is allowed in addition to the properties.
    pub(super) fn extra(&self) -> Extra<'a> {
        match self.get("additionalProperties") {
            None => Extra::Unstated,
            Some(Value::Bool(false)) => Extra::Closed,
            Some(Value::Object(map)) if map.is_empty() => Extra::Open,
            Some(schema @ Value::Object(_)) => Extra::Values(schema),
            Some(_) => Extra::Open,
        }
    }

    /// The schema of an object's member `name`: declared, or of an additional property.
    pub(super) fn member(&self, name: &str) -> Option<&'a Value> {
        self.property(name).or(match self.extra() {
            Extra::Values(schema) => Some(schema),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(schemas: &Value) -> Document {
        let root = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}});
        Document::parse(root.to_string().as_bytes(), "test").unwrap()
    }

    #[test]
    fn all_of_is_merged_and_cycles_end() {
        let document = document(&json!({
            "a": {"allOf": [{"$ref": "#/components/schemas/b"}, {"properties": {"x": {"type": "string"}, "z": {}}}],
                  "required": ["z"]},
            "b": {"allOf": [{"$ref": "#/components/schemas/a"}], "properties": {"x": {"type": "integer"}},
                  "required": ["x"], "nullable": true}
        }));
        let reference = json!({"$ref": "#/components/schemas/a"});
        let schema = Schema::read(&document, &reference);
        let names: Vec<_> = schema.properties().map(|(name, _)| name).collect();
        assert_eq!(names, ["x", "z"]);
        assert_eq!(schema.property("x").unwrap()["type"], "integer");
        assert_eq!(schema.required().collect::<Vec<_>>(), ["z", "x"]);
        assert!(schema.nullable());
        assert_eq!(schema.kind(), JsonType::Object);
    }

    #[test]
    fn a_choice_of_itself_has_no_object() {
        let document = document(&json!({"a": {"anyOf": [{"$ref": "#/components/schemas/a"}]}}));
        let reference = json!({"$ref": "#/components/schemas/a"});
        assert!(Schema::object(&document, &reference).is_none());
    }
}
