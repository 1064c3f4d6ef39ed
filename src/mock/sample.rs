use serde_json::{Map, Number, Value};

use super::schema::{JsonType, Schema};
use crate::openapi::Document;

/// How deep objects and arrays nest in a value made from a schema. Below, only what is required is made.
const MAX_DEPTH: usize = 6;
/// The depth at which even that ends.
const MAX_REQUIRED_DEPTH: usize = 14;
/// The maximum size of one value as JSON text: half of the megabyte that an answer may have, since indentation
/// comes on top.
const MAX_BYTES: usize = 480 * 1024;
/// 2024-01-01T00:00:00Z: times in samples are fixed, so that answers are the same in every run.
pub(super) const EPOCH: i64 = 1_704_067_200;

/// Makes values that fit a schema: the document's own examples if it has some, else the simplest value of
/// the type. Ends on cyclic schemas and stays within [`MAX_BYTES`].
pub(super) struct Sampler<'a> {
    document: &'a Document,
    /// The schemas being built, outermost first; a repeated one is cut off.
    stack: Vec<&'a Map<String, Value>>,
    depth: usize,
    bytes_left: usize,
}

/// The value that a schema describes.
pub(super) fn sample<'a>(document: &'a Document, schema: &'a Value) -> Value {
    let mut sampler = Sampler { document, stack: Vec::new(), depth: 0, bytes_left: MAX_BYTES };
    sampler.build(schema, "", true).unwrap_or_else(|| stub(&Schema::read(document, schema)))
}

/// An object of a schema that has already been read, including its examples.
pub(super) fn sample_object<'a>(document: &'a Document, schema: &Schema<'a>) -> Map<String, Value> {
    let mut sampler = Sampler { document, stack: Vec::new(), depth: 0, bytes_left: MAX_BYTES };
    if let Some(Value::Object(stated)) = stated(schema)
        && sampler.spend(size(&Value::Null) + stated.values().map(size).sum::<usize>())
    {
        return stated.clone();
    }
    sampler.stack.extend(schema.identity());
    match sampler.make(schema, "", true) {
        Some(Value::Object(made)) => made,
        _ => Map::new(),
    }
}

/// `cus_` for objects whose `object` is `customer`, or whose example id begins that way; else nothing.
pub(super) fn id_prefix<'a>(document: &'a Document, schema: &Schema<'a>) -> Option<String> {
    let id = schema.property("id").map(|id| Schema::read(document, id));
    let example = id.and_then(|id| id.get("example")).and_then(Value::as_str);
    if let Some((prefix, _)) = example.and_then(|example| example.split_once('_'))
        && (2..=8).contains(&prefix.len())
        && prefix.bytes().all(|b| b.is_ascii_lowercase())
    {
        return Some(format!("{prefix}_"));
    }
    let object: String =
        object_name(document, schema)?.chars().filter(char::is_ascii_alphanumeric).take(3).collect();
    (!object.is_empty()).then(|| format!("{}_", object.to_ascii_lowercase()))
}

/// The name of this schema's objects: the only value that `object` may have.
pub(super) fn object_name<'a>(document: &'a Document, schema: &Schema<'a>) -> Option<&'a str> {
    let object = Schema::read(document, schema.property("object")?);
    object.values()?.first()?.as_str()
}

impl<'a> Sampler<'a> {
    /// `None` if the value is cut off; then the property is left out, or gets a stub if it is `needed`.
    fn build(&mut self, value: &'a Value, name: &str, needed: bool) -> Option<Value> {
        let schema = Schema::read(self.document, value);
        if let Some(stated) = stated(&schema)
            && self.spend(size(stated))
        {
            return Some(stated.clone());
        }
        let Some(identity) = schema.identity() else { return Some(Value::Null) };
        let nests =
            matches!(schema.kind(), JsonType::Object | JsonType::Array) || schema.alternatives().is_some();
        let again = self.stack.iter().any(|open| std::ptr::eq(*open, identity));
        let most = if needed && !schema.nullable() { MAX_REQUIRED_DEPTH } else { MAX_DEPTH };
        if nests && (again || self.depth >= most || self.bytes_left == 0) {
            return cut(&schema);
        }
        self.stack.push(identity);
        let made = self.make(&schema, name, needed);
        self.stack.pop();
        made
    }

    fn make(&mut self, schema: &Schema<'a>, name: &str, needed: bool) -> Option<Value> {
        if let Some(alternatives) = schema.alternatives() {
            let chosen = self.alternative(alternatives, name, needed);
            if !schema.has_properties() {
                return chosen.or_else(|| cut(schema));
            }
            let mut made = self.object(schema);
            if let (Value::Object(made), Some(Value::Object(chosen))) = (&mut made, chosen) {
                for (key, value) in chosen {
                    made.entry(key).or_insert(value);
                }
            }
            return Some(made);
        }
        match schema.kind() {
            JsonType::Object => Some(self.object(schema)),
            JsonType::Array => Some(self.array(schema)),
            JsonType::Any => Some(if schema.nullable() { Value::Null } else { Value::Object(Map::new()) }),
            JsonType::Boolean => self.scalar(Value::Bool(false)),
            JsonType::Integer | JsonType::Number => self.scalar(number(schema)),
            JsonType::String => self.scalar(Value::String(text(schema, name))),
        }
    }

    fn object(&mut self, schema: &Schema<'a>) -> Value {
        self.depth += 1;
        let mut made = Map::new();
        let required: Vec<&str> = schema.required().collect();
        let prefix = id_prefix(self.document, schema);
        for (name, property) in schema.properties() {
            let read = Schema::read(self.document, property);
            let needed = required.contains(&name);
            if self.depth > MAX_DEPTH && !needed {
                continue;
            }
            // What is only ever sent is not in an answer (OpenAPI 3.0, section 4.7.24.1).
            if read.flag("writeOnly") || !self.spend(name.len() + 4) {
                continue;
            }
            let plain_id = name == "id" && read.kind() == JsonType::String && read.format().is_empty();
            let value = match &prefix {
                Some(prefix) if plain_id && stated(&read).is_none() => {
                    Some(Value::String(format!("{prefix}1")))
                }
                _ => self.build(property, name, needed),
            };
            match value {
                Some(value) => drop(made.insert(name.to_owned(), value)),
                None if needed => drop(made.insert(name.to_owned(), stub(&read))),
                None => {}
            }
        }
        self.depth -= 1;
        Value::Object(made)
    }

    fn array(&mut self, schema: &Schema<'a>) -> Value {
        const MOST: usize = 50;
        let least = schema.count("minItems").unwrap_or(1).max(1);
        let most = schema.count("maxItems").unwrap_or(MOST).min(MOST);
        let mut made = Vec::new();
        if let Some(items) = schema.items() {
            self.depth += 1;
            for _ in 0..least.min(most) {
                let Some(item) = self.build(items, "", false) else { break };
                made.push(item);
                if self.bytes_left == 0 {
                    break;
                }
            }
            self.depth -= 1;
        }
        Value::Array(made)
    }

    /// The first alternative that gives a value. If an id may replace an object (Stripe calls
    /// such a field expandable), the id is used: real answers have it by default.
    fn alternative(&mut self, alternatives: &'a [Value], name: &str, needed: bool) -> Option<Value> {
        let read: Vec<(&'a Value, Schema<'a>)> =
            alternatives.iter().take(64).map(|a| (a, Schema::read(self.document, a))).collect();
        let is_object = |schema: &Schema<'_>| schema.has_properties();
        let is_text = |schema: &Schema<'_>| schema.kind() == JsonType::String && schema.values().is_none();
        if let Some((text, _)) = read.iter().find(|(_, schema)| is_text(schema))
            && let Some((_, object)) = read.iter().find(|(_, schema)| is_object(schema))
        {
            return match id_prefix(self.document, object) {
                Some(prefix) => self.scalar(Value::String(format!("{prefix}1"))),
                None => self.build(text, name, needed),
            };
        }
        let real = read.iter().filter(|(_, schema)| !only_unsets(schema));
        real.take(8).find_map(|(value, _)| self.build(value, name, needed))
    }

    fn scalar(&mut self, value: Value) -> Option<Value> {
        self.spend(size(&value)).then_some(value)
    }

    /// False if that much is not left; then nothing more is added, so that the value ends soon.
    fn spend(&mut self, bytes: usize) -> bool {
        match self.bytes_left.checked_sub(bytes.max(1)) {
            Some(left) => {
                self.bytes_left = left;
                true
            }
            None => {
                // A single huge example must not crowd out small values.
                if bytes < 1024 {
                    self.bytes_left = 0;
                }
                false
            }
        }
    }
}

/// An alternative such as `{"enum": [""]}` or `{"type": "null"}`, there to unset a field.
fn only_unsets(schema: &Schema<'_>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
        || schema.values().is_some_and(|values| values.iter().all(|v| v == "" || v.is_null()))
}

/// The value that the document itself gives.
fn stated<'a>(schema: &Schema<'a>) -> Option<&'a Value> {
    let first = |key| schema.get(key).and_then(Value::as_array).and_then(|list| list.first());
    let real = || schema.values().and_then(|values| values.iter().find(|v| *v != "" && !v.is_null()));
    schema
        .get("example")
        .or_else(|| first("examples"))
        .or_else(|| schema.get("default"))
        .or_else(|| schema.get("const"))
        .or_else(real)
        .or_else(|| first("enum"))
}

/// The stub for a value that is cut off.
fn cut(schema: &Schema<'_>) -> Option<Value> {
    match schema.kind() {
        _ if schema.nullable() => Some(Value::Null),
        JsonType::Array => Some(Value::Array(Vec::new())),
        _ => None,
    }
}

/// The smallest value of a type, for a required property that is cut off.
fn stub(schema: &Schema<'_>) -> Value {
    match schema.kind() {
        _ if schema.nullable() => Value::Null,
        JsonType::Array => Value::Array(Vec::new()),
        JsonType::String => Value::String(String::new()),
        JsonType::Boolean => Value::Bool(false),
        JsonType::Integer | JsonType::Number => number(schema),
        JsonType::Object | JsonType::Any => Value::Object(Map::new()),
    }
}

fn number(schema: &Schema<'_>) -> Value {
    let whole = schema.kind() == JsonType::Integer;
    let step = schema.number("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let minimum = schema.number("minimum");
    let maximum = schema.number("maximum");
    let mut value = match schema.format() {
        "unix-time" | "timestamp" => EPOCH as f64,
        _ => 0.0,
    };
    if let Some(minimum) = minimum
        && (value < minimum || value <= minimum && schema.flag("exclusiveMinimum"))
    {
        value = (minimum / step).ceil() * step;
        if value <= minimum && schema.flag("exclusiveMinimum") {
            value += step;
        }
    }
    if let Some(maximum) = maximum
        && (value > maximum || value >= maximum && schema.flag("exclusiveMaximum"))
    {
        value = (maximum / step).floor() * step;
        if value >= maximum && schema.flag("exclusiveMaximum") {
            value -= step;
        }
        // A range narrower than the step: for numbers, the middle will do.
        if let Some(minimum) = minimum
            && value < minimum
        {
            value = f64::midpoint(minimum, maximum);
        }
    }
    if (whole || value.fract() == 0.0) && value.abs() < 9e15 {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::from(0), Value::Number)
}

fn text(schema: &Schema<'_>, name: &str) -> String {
    const LONGEST: usize = 1024;
    let plain = match schema.format() {
        "date-time" => "2024-01-01T00:00:00Z",
        "date" => "2024-01-01",
        "time" => "00:00:00Z",
        "email" | "idn-email" => "user@example.com",
        "uuid" => "00000000-0000-4000-8000-000000000001",
        "uri" | "url" | "iri" => "https://example.com/",
        "uri-reference" | "iri-reference" => "/",
        "hostname" | "idn-hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" => "bW9jaw==",
        "binary" => "",
        _ if name == "id" => "1",
        _ => "string",
    };
    let mut text = plain.to_owned();
    let least = schema.count("minLength").unwrap_or(0).min(LONGEST);
    while text.len() < least {
        text.push('x');
    }
    // Every text above is ASCII, so bytes are characters.
    text.truncate(schema.count("maxLength").unwrap_or(LONGEST));
    text
}

/// The approximate size of a value as JSON text, in bytes. The document's depth is bounded, so this recursion is.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => text.len() + 2,
        Value::Array(list) => 2 + list.iter().map(|item| size(item) + 1).sum::<usize>(),
        Value::Object(map) => 2 + map.iter().map(|(key, item)| key.len() + 4 + size(item)).sum::<usize>(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(schemas: &Value, schema: &Value) -> Value {
        let root = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        sample(&document, schema)
    }

    #[test]
    fn examples_come_first_then_defaults_enums_formats_and_ranges() {
        let schema = json!({"type": "object", "properties": {
            "a": {"type": "string", "example": "shop"},
            "b": {"type": "string", "default": "d"},
            "c": {"enum": ["", "x", "y"]},
            "d": {"type": "string", "format": "email"},
            "e": {"type": "integer", "minimum": 3, "exclusiveMinimum": true},
            "f": {"type": "number", "minimum": 0.25, "maximum": 0.75},
            "g": {"type": "integer", "format": "unix-time"},
            "h": {"type": "array", "minItems": 2, "items": {"type": "boolean"}},
            "i": {"type": "string", "maxLength": 3},
            "j": {"type": "string", "minLength": 8},
            "k": {"type": "string", "writeOnly": true},
            "l": {"additionalProperties": {"type": "string"}},
            "m": {"type": "array", "maxItems": 0, "items": {"type": "string"}},
        }});
        let expected = json!({"a": "shop", "b": "d", "c": "x", "d": "user@example.com", "e": 4, "f": 0.5,
            "g": 1_704_067_200, "h": [false, false], "i": "str", "j": "stringxx", "l": {}, "m": []});
        assert_eq!(made(&json!({}), &schema), expected);
    }

    #[test]
    fn expandable_fields_are_ids_and_unset_alternatives_are_passed_over() {
        let schemas = json!({"customer": {"properties": {
            "id": {"type": "string"}, "object": {"enum": ["customer"]}}}});
        let schema = json!({"properties": {
            "customer": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/customer"}]},
            "note": {"anyOf": [{"enum": [""], "type": "string"}, {"type": "integer"}]},
            "whole": {"$ref": "#/components/schemas/customer"},
        }});
        assert_eq!(
            made(&schemas, &schema),
            json!({"customer": "cus_1", "note": 0, "whole": {"id": "cus_1", "object": "customer"}})
        );
    }

    #[test]
    fn cycles_are_cut_where_a_reference_comes_again() {
        let own = json!({"$ref": "#/components/schemas/a"});
        let schemas = json!({"a": {"type": "object", "required": ["must"], "properties": {
            "may": own, "must": own, "list": {"type": "array", "items": own},
            "nothing": {"anyOf": [own], "nullable": true}, "x": {"type": "integer"}}}});
        assert_eq!(made(&schemas, &own), json!({"must": {}, "list": [], "nothing": null, "x": 0}));
    }

    #[test]
    fn wide_and_deep_schemas_stay_below_the_limit() {
        // Thirty schemas, each with thirty properties of the next one: 30^6 values without a budget.
        let mut schemas = Map::new();
        for n in 0..30 {
            let mut properties = Map::new();
            for p in 0..30 {
                properties.insert(
                    format!("property_{p}"),
                    json!({"$ref": format!("#/components/schemas/s{}", n + 1)}),
                );
            }
            schemas.insert(format!("s{n}"), json!({"type": "object", "properties": properties}));
        }
        schemas.insert("s30".into(), json!({"type": "string", "minLength": 1_000_000_000}));
        let made = made(&Value::Object(schemas), &json!({"$ref": "#/components/schemas/s0"}));
        assert!(made.to_string().len() < 1024 * 1024);
        let list = json!({"type": "array", "minItems": 1_000_000_000, "items": {"type": "string"}});
        assert!(super::tests::made(&json!({}), &list).as_array().unwrap().len() <= 50);
    }
}
