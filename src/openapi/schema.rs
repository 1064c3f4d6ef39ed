//! A Schema Object (OpenAPI 3.0, section 4.7.24) seen as what a command line can offer for it.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::document::Document;

/// How deep `allOf`, `anyOf` and `oneOf` may nest inside of each other before the rest counts as any value.
const MAX_COMPOSITION: usize = 16;

/// How many parts of `allOf`, `anyOf` and `oneOf` one schema may have altogether; further ones are not looked at.
/// Sixteen levels of two parts each are far more than any document needs, and take noticeable time.
const MAX_PARTS: usize = 10_000;

/// A schema with its references followed; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    document: &'a Document,
    value: &'a Value,
}

/// What values a schema takes. Several fields may be set at once: Stripe's `created` is a number or an object.
#[derive(Clone, Debug, Default)]
pub struct Shape<'a> {
    /// The scalar that it takes, if it takes one.
    pub scalar: Option<Scalar>,
    /// The items of the array that it takes, if it takes one.
    pub items: Option<Schema<'a>>,
    /// Properties of the object that it takes, of all alternatives together, in document order.
    pub properties: IndexMap<&'a str, Schema<'a>>,
    /// Names of properties that every alternative requires.
    pub required: Vec<&'a str>,
    /// The values of the free map that it takes (`additionalProperties`), if it takes one.
    pub values: Option<Schema<'a>>,
    /// It takes an object, perhaps one without any declared property.
    pub object: bool,
    /// It takes the empty string beside its other values.
    pub allow_empty: bool,
    /// It says nothing: any JSON value will do.
    pub any: bool,
}

/// A scalar type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scalar {
    /// `string`, `integer`, `number` or `boolean`; where alternatives differ, `string` if one of them is.
    pub name: &'static str,
    /// `format`.
    pub format: Option<String>,
    /// `enum`, without the empty string and null.
    pub allowed: Option<Vec<Value>>,
    /// `minimum`, unless exclusive.
    pub minimum: Option<f64>,
    /// `maximum`, unless exclusive.
    pub maximum: Option<f64>,
    /// `minLength`.
    pub min_length: Option<u64>,
    /// `maxLength`.
    pub max_length: Option<u64>,
}

impl<'a> Schema<'a> {
    /// A view of `value`; a reference that leads nowhere counts as any value.
    pub fn new(document: &'a Document, value: &'a Value) -> Self {
        Self { document, value: document.resolve(value).unwrap_or(&Value::Null) }
    }

    /// The schema after its references were followed; its address tells whether two views are of the same schema.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// `description`, the document's own text.
    pub fn description(&self) -> &'a str {
        self.value.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    /// `default`.
    pub fn default(&self) -> Option<&'a Value> {
        self.value.get("default").filter(|value| !value.is_null())
    }

    /// A boolean keyword such as `deprecated` or `readOnly`.
    pub fn flag(&self, keyword: &str) -> bool {
        self.value.get(keyword).and_then(Value::as_bool).unwrap_or_default()
    }

    /// What the schema takes.
    pub fn shape(&self) -> Shape<'a> {
        let mut shape = Shape::default();
        let mut parts = MAX_PARTS;
        self.collect(&mut shape, MAX_COMPOSITION, &mut parts);
        shape.any = shape.scalar.is_none() && shape.items.is_none() && !shape.object;
        shape
    }

    fn collect(&self, shape: &mut Shape<'a>, depth: usize, parts: &mut usize) {
        let Value::Object(members) = self.value else { return };
        let (Some(depth), Some(left)) = (depth.checked_sub(1), parts.checked_sub(1)) else { return };
        *parts = left;
        self.collect_own(members, shape);
        for part in list(members, "allOf") {
            Schema::new(self.document, part).collect(shape, depth, parts);
        }
        for keyword in ["anyOf", "oneOf"] {
            let mut common: Option<Vec<&'a str>> = None;
            for part in list(members, keyword) {
                let mut alternative = Shape::default();
                Schema::new(self.document, part).collect(&mut alternative, depth, parts);
                common = Some(match common {
                    None => alternative.required.clone(),
                    Some(names) => {
                        names.into_iter().filter(|name| alternative.required.contains(name)).collect()
                    }
                });
                shape.take_alternative(alternative);
            }
            shape.required.extend(common.unwrap_or_default());
        }
    }

    fn collect_own(&self, members: &'a Map<String, Value>, shape: &mut Shape<'a>) {
        let view = |value: &'a Value| Schema::new(self.document, value);
        let name = match members.get("type").and_then(Value::as_str) {
            Some(name) => name,
            None if members.contains_key("properties") || members.contains_key("additionalProperties") => {
                "object"
            }
            None if members.contains_key("items") => "array",
            None => match members.get("enum").and_then(Value::as_array).and_then(|values| values.first()) {
                Some(Value::String(_)) => "string",
                Some(Value::Number(number)) if number.is_f64() => "number",
                Some(Value::Number(_)) => "integer",
                Some(Value::Bool(_)) => "boolean",
                _ => return,
            },
        };
        match name {
            "object" => {
                shape.object = true;
                for (name, value) in
                    members.get("properties").and_then(Value::as_object).into_iter().flatten()
                {
                    shape.properties.entry(name).or_insert_with(|| view(value));
                }
                shape.required.extend(list(members, "required").filter_map(Value::as_str));
                match members.get("additionalProperties") {
                    Some(value @ Value::Object(_)) => shape.values = Some(view(value)),
                    Some(Value::Bool(true)) => {
                        shape.values = Some(Schema { document: self.document, value: &Value::Null })
                    }
                    _ => {}
                }
            }
            "array" => shape.items = Some(view(members.get("items").unwrap_or(&Value::Null))),
            "string" | "integer" | "number" | "boolean" => {
                let scalar = Scalar::read(name, members);
                // `enum: [""]` beside something else is how form APIs say "or nothing".
                if scalar.allowed.as_ref().is_some_and(Vec::is_empty) {
                    shape.allow_empty = true;
                } else {
                    shape.allow_empty |= list(members, "enum").any(|value| value.as_str() == Some(""));
                    shape.take_scalar(scalar);
                }
            }
            _ => {}
        }
    }
}

impl<'a> Shape<'a> {
    /// What must be unique among the properties' names is kept; the first one wins.
    fn take_alternative(&mut self, other: Shape<'a>) {
        if let Some(scalar) = other.scalar {
            self.take_scalar(scalar);
        }
        self.items = self.items.or(other.items);
        for (name, schema) in other.properties {
            self.properties.entry(name).or_insert(schema);
        }
        self.values = self.values.or(other.values);
        self.object |= other.object;
        self.allow_empty |= other.allow_empty;
    }

    fn take_scalar(&mut self, other: Scalar) {
        self.scalar = Some(match self.scalar.take() {
            None => other,
            Some(scalar) => scalar.or(other),
        });
    }
}

impl Scalar {
    fn read(name: &str, members: &Map<String, Value>) -> Self {
        let number = |key: &str, exclusive: &str| {
            members
                .get(key)
                .and_then(Value::as_f64)
                .filter(|_| members.get(exclusive).and_then(Value::as_bool) != Some(true))
        };
        let count = |key: &str| members.get(key).and_then(Value::as_u64);
        let allowed = members.get("enum").and_then(Value::as_array).map(|values| {
            values.iter().filter(|value| !value.is_null() && value.as_str() != Some("")).cloned().collect()
        });
        Self {
            name: match name {
                "integer" => "integer",
                "number" => "number",
                "boolean" => "boolean",
                _ => "string",
            },
            format: members.get("format").and_then(Value::as_str).map(super::text::plain),
            allowed,
            minimum: number("minimum", "exclusiveMinimum"),
            maximum: number("maximum", "exclusiveMaximum"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
        }
    }

    /// A scalar that takes what either takes.
    fn or(self, other: Self) -> Self {
        let name = match (self.name, other.name) {
            (a, b) if a == b => a,
            ("integer", "number") | ("number", "integer") => "number",
            _ => "string",
        };
        let allowed = match (self.allowed, other.allowed) {
            (Some(mut a), Some(b)) => {
                a.extend(b);
                Some(a)
            }
            _ => None,
        };
        Self {
            name,
            allowed,
            format: if self.format == other.format { self.format } else { None },
            minimum: self.minimum.zip(other.minimum).map(|(a, b)| a.min(b)),
            maximum: self.maximum.zip(other.maximum).map(|(a, b)| a.max(b)),
            min_length: self.min_length.zip(other.min_length).map(|(a, b)| a.min(b)),
            max_length: self.max_length.zip(other.max_length).map(|(a, b)| a.max(b)),
        }
    }
}

fn list<'a>(members: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    members.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schema: &str) -> Document {
        let text = format!(
            r##"{{"openapi": "3.0.0", "paths": {{}}, "x": {schema}, "components": {{"schemas": {{
                "node": {{"type": "object", "properties": {{"next": {{"$ref": "#/components/schemas/node"}}}}}},
                "endless": {{"allOf": [{{"$ref": "#/components/schemas/endless"}}]}}
            }}}}}}"##
        );
        Document::parse(text.as_bytes(), "t").unwrap()
    }

    fn shape(document: &Document) -> Shape<'_> {
        Schema::new(document, &document.root()["x"]).shape()
    }

    #[test]
    fn a_number_or_an_object_is_both() {
        let document = document(
            r#"{"anyOf": [{"type": "object", "properties": {"gt": {"type": "integer"}}}, {"type": "integer"}]}"#,
        );
        let shape = shape(&document);
        assert_eq!(shape.scalar.unwrap().name, "integer");
        assert!(shape.properties.contains_key("gt") && shape.object);
    }

    #[test]
    fn an_enum_of_the_empty_string_is_no_type_of_its_own() {
        let document = document(r#"{"anyOf": [{"type": "integer"}, {"type": "string", "enum": [""]}]}"#);
        let shape = shape(&document);
        assert_eq!(shape.scalar.unwrap().name, "integer");
        assert!(shape.allow_empty);
    }

    #[test]
    fn all_of_is_one_object_and_one_of_requires_what_all_do() {
        let document = document(
            r#"{"allOf": [{"properties": {"a": {}}, "required": ["a"]}],
                "oneOf": [{"properties": {"b": {}, "c": {}}, "required": ["b", "c"]}, {"properties": {"b": {}}, "required": ["b"]}]}"#,
        );
        let shape = shape(&document);
        assert_eq!(shape.properties.keys().copied().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(shape.required, ["a", "b"]);
    }

    #[test]
    fn cycles_end() {
        let node = document(r##"{"$ref": "#/components/schemas/node"}"##);
        let next = shape(&node).properties["next"];
        assert!(std::ptr::eq(next.value(), Schema::new(&node, &node.root()["x"]).value()));
        let endless = document(r##"{"$ref": "#/components/schemas/endless"}"##);
        assert!(shape(&endless).any);
    }

    #[test]
    fn parts_of_parts_do_not_multiply_without_an_end() {
        let document =
            document(r##"{"allOf": [{"$ref": "#/x"}, {"anyOf": [{"$ref": "#/x"}, {"$ref": "#/x"}]}]}"##);
        let mut parts = MAX_PARTS;
        let view = Schema::new(&document, &document.root()["x"]);
        view.collect(&mut Shape::default(), 100, &mut parts);
        assert_eq!(parts, 0);
    }
}
