//! A Schema Object (OpenAPI 3.0, section 4.7.24) seen as what a command line can offer for it.

use std::collections::HashSet;
use std::io;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};

use super::document::Document;

/// How deep `allOf`, `anyOf` and `oneOf` may nest inside of each other before the rest counts as any value.
const MAX_COMPOSITION: usize = 16;

/// How many parts and properties one schema may have altogether; further ones are not looked at. Sixteen levels of
/// two parts each are far more than any document needs, and take noticeable time.
const MAX_PARTS: usize = 10_000;

/// The longest `default` that is repeated, in bytes of JSON. One schema may be referred to from everywhere.
const MAX_DEFAULT: usize = 1_000;

/// The most values of an `enum` that are repeated and checked; with more the server is left to judge.
const MAX_ENUM_VALUES: usize = 1_000;

/// The most that they may take together, in bytes of JSON.
const MAX_ENUM_BYTES: usize = 20_000;

/// The longest `format` that is repeated, in bytes.
const MAX_FORMAT: usize = 100;

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
    /// What further alternatives say of a property that an earlier one has too.
    pub variants: IndexMap<&'a str, Vec<Schema<'a>>>,
    /// Names of properties that every alternative requires.
    pub required: IndexSet<&'a str>,
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
    /// `enum`, without the empty string and null; `None` too where it is too long to be repeated.
    pub allowed: Option<Vec<Value>>,
    /// `minimum`; where it is exclusive, the bound itself is left to the server to refuse.
    pub minimum: Option<f64>,
    /// `maximum`, likewise.
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

    /// `default`; `None` too where it takes more than 1,000 bytes.
    pub fn default(&self) -> Option<&'a Value> {
        let value = self.value.get("default").filter(|value| !value.is_null())?;
        json_length(value, MAX_DEFAULT).map(|_| value)
    }

    /// A boolean keyword such as `deprecated` or `readOnly`.
    pub fn flag(&self, keyword: &str) -> bool {
        self.value.get(keyword).and_then(Value::as_bool).unwrap_or_default()
    }

    /// What the schema takes.
    pub fn shape(&self) -> Shape<'a> {
        let mut budget = MAX_PARTS;
        self.shape_within(&mut budget)
    }

    /// What the schema takes. Every part and property that is looked at is taken off `budget`; where nothing is
    /// left of it, or 10,000 of them were looked at, the rest counts as absent.
    pub fn shape_within(&self, budget: &mut usize) -> Shape<'a> {
        self.walk(budget, true)
    }

    /// As [`Schema::shape_within`], but without properties, so that it costs little where only the type matters.
    pub fn outline_within(&self, budget: &mut usize) -> Shape<'a> {
        self.walk(budget, false)
    }

    fn walk(&self, budget: &mut usize, properties: bool) -> Shape<'a> {
        let left = MAX_PARTS.min(*budget);
        let mut walk = Walk { left, properties };
        let mut shape = Shape::default();
        self.collect(&mut shape, &mut walk, &mut HashSet::new(), None);
        *budget -= left - walk.left;
        shape.any = shape.scalar.is_none() && shape.items.is_none() && !shape.object;
        shape
    }

    /// Adds what this schema takes to `shape`. `merged` are the parts of `allOf` that are in `shape` already: once
    /// more would add nothing.
    fn collect(
        &self,
        shape: &mut Shape<'a>,
        walk: &mut Walk,
        merged: &mut HashSet<*const Value>,
        chain: Option<&Chain<'_>>,
    ) {
        let Value::Object(members) = self.value else { return };
        let depth = chain.map_or(0, |chain| chain.depth + 1);
        let again = std::iter::successors(chain, |chain| chain.parent)
            .any(|chain| std::ptr::eq(chain.schema, self.value));
        if again || depth >= MAX_COMPOSITION || !walk.spend(1) {
            return;
        }
        let chain = Some(&Chain { schema: self.value, parent: chain, depth });
        self.collect_own(members, shape, walk);
        for part in list(members, "allOf") {
            let part = Schema::new(self.document, part);
            if walk.left > 0 && merged.insert(part.value) {
                part.collect(shape, walk, merged, chain);
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            let mut common: Option<IndexSet<&'a str>> = None;
            for part in list(members, keyword) {
                if walk.left == 0 {
                    // What an alternative that was not looked at requires is not known.
                    common = None;
                    break;
                }
                let mut alternative = Shape::default();
                Schema::new(self.document, part).collect(&mut alternative, walk, &mut HashSet::new(), chain);
                match &mut common {
                    None => common = Some(alternative.required.clone()),
                    Some(names) => names.retain(|name| alternative.required.contains(name)),
                }
                shape.take_alternative(alternative);
            }
            shape.required.extend(common.unwrap_or_default());
        }
    }

    fn collect_own(&self, members: &'a Map<String, Value>, shape: &mut Shape<'a>, walk: &mut Walk) {
        let view = |value: &'a Value| Schema::new(self.document, value);
        if walk.properties {
            // Before the type: `required` may stand alone, beside an `allOf` that has the properties.
            for name in list(members, "required").filter_map(Value::as_str) {
                if !walk.spend(1) {
                    break;
                }
                shape.required.insert(name);
            }
        }
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
                let properties = members.get("properties").and_then(Value::as_object);
                for (name, value) in properties.filter(|_| walk.properties).into_iter().flatten() {
                    if !walk.spend(1) {
                        break;
                    }
                    shape.properties.entry(name).or_insert_with(|| view(value));
                }
                match members.get("additionalProperties") {
                    Some(value @ Value::Object(_)) => shape.values = Some(view(value)),
                    Some(Value::Bool(true)) => {
                        shape.values = Some(Schema { document: self.document, value: &Value::Null });
                    }
                    _ => {}
                }
            }
            "array" => shape.items = Some(view(members.get("items").unwrap_or(&Value::Null))),
            "string" | "integer" | "number" | "boolean" => {
                let scalar = Scalar::read(name, members);
                // A value of an enum costs less than a part, but there may be many.
                walk.spend(scalar.allowed.as_ref().map_or(0, |values| values.len() / 16));
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

/// How far one look at a schema may go, and at what.
struct Walk {
    /// How many parts and properties may still be looked at.
    left: usize,
    /// Properties and `required` are wanted.
    properties: bool,
}

impl Walk {
    /// Takes `cost` off what is left; false where that is not enough.
    fn spend(&mut self, cost: usize) -> bool {
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or_default();
        left.is_some()
    }
}

/// The schemas that a part of a composition stands in, innermost first.
struct Chain<'c> {
    schema: &'c Value,
    parent: Option<&'c Chain<'c>>,
    depth: usize,
}

impl<'a> Shape<'a> {
    /// What must be unique among the properties' names is kept; the first one wins.
    fn take_alternative(&mut self, other: Shape<'a>) {
        if let Some(scalar) = other.scalar {
            self.take_scalar(scalar);
        }
        self.items = self.items.or(other.items);
        for (name, schema) in other.properties {
            match self.properties.get(name) {
                Some(known) if std::ptr::eq(known.value, schema.value) => {}
                Some(_) => self.variants.entry(name).or_default().push(schema),
                None => {
                    self.properties.insert(name, schema);
                }
            }
        }
        for (name, schemas) in other.variants {
            self.variants.entry(name).or_default().extend(schemas);
        }
        self.values = self.values.or(other.values);
        self.object |= other.object;
        self.allow_empty |= other.allow_empty;
    }

    /// Takes the values too that `variant`, another schema of the same property, takes: `kind` is `card` in one
    /// alternative and `transfer` in the next. A variant of another type is left to `--body`. `budget` is that of
    /// [`Schema::shape_within`].
    pub fn widen(&mut self, variant: Schema<'a>, budget: &mut usize) {
        let other = variant.outline_within(budget);
        if let (Some(own), Some(scalar)) = (&self.scalar, other.scalar)
            && own.name == scalar.name
        {
            self.take_scalar(scalar);
        }
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
        let number = |key: &str| members.get(key).and_then(Value::as_f64);
        let count = |key: &str| members.get(key).and_then(Value::as_u64);
        let values = members.get("enum").and_then(Value::as_array).filter(|values| can_be_repeated(values));
        let allowed = values.map(|values| {
            values.iter().filter(|value| !value.is_null() && value.as_str() != Some("")).cloned().collect()
        });
        let format = members.get("format").and_then(Value::as_str).filter(|text| text.len() <= MAX_FORMAT);
        Self {
            name: match name {
                "integer" => "integer",
                "number" => "number",
                "boolean" => "boolean",
                _ => "string",
            },
            format: format.map(super::text::plain),
            allowed,
            minimum: number("minimum"),
            maximum: number("maximum"),
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
                can_be_repeated(&a).then_some(a)
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

/// False for an enum that is too long for a help text and for facts. What is left out is not checked: a part of an
/// enum would refuse what the API takes.
fn can_be_repeated(values: &[Value]) -> bool {
    values.len() <= MAX_ENUM_VALUES
        && values
            .iter()
            .try_fold(MAX_ENUM_BYTES, |left, value| json_length(value, left).map(|length| left - length))
            .is_some()
}

/// How many bytes `value` takes as JSON; `None` if it is more than `max`, which is found without writing all of it.
fn json_length(value: &Value, max: usize) -> Option<usize> {
    struct Count {
        left: usize,
    }
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.left = self.left.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    if let Value::String(text) = value
        && text.len() > max
    {
        return None; // Its escaped pieces would be counted one by one.
    }
    let mut count = Count { left: max };
    serde_json::to_writer(&mut count, value).ok().map(|()| max - count.left)
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
        assert_eq!(shape.required, IndexSet::from(["a", "b"]));
    }

    #[test]
    fn a_property_takes_what_any_alternative_takes() {
        let document = document(
            r#"{"oneOf": [{"properties": {"kind": {"enum": ["a"]}}}, {"properties": {"kind": {"enum": ["b"]}}}]}"#,
        );
        let shape = shape(&document);
        let mut kind = shape.properties["kind"].shape();
        shape.variants["kind"].iter().for_each(|variant| kind.widen(*variant, &mut 10));
        assert_eq!(kind.scalar.unwrap().allowed.unwrap(), ["a", "b"]);
    }

    #[test]
    fn cycles_end() {
        let node = document(r##"{"$ref": "#/components/schemas/node"}"##);
        let next = shape(&node).properties["next"];
        assert!(std::ptr::eq(next.value(), Schema::new(&node, &node.root()["x"]).value()));
        let endless = document(r##"{"$ref": "#/components/schemas/endless"}"##);
        assert!(shape(&endless).any);
    }

    /// Levels `0` to `n`, each made by `level` from the reference to the next.
    fn levels(n: usize, level: impl Fn(&str) -> String) -> String {
        let levels = (0..n).map(|n| format!(r#""{n}": {}"#, level(&format!("#/x/levels/{}", n + 1))));
        let levels = levels.collect::<Vec<_>>().join(", ");
        format!(r##"{{"$ref": "#/x/levels/0", "levels": {{{levels}, "{n}": {{"type": "string"}}}}}}"##)
    }

    #[test]
    fn parts_of_parts_do_not_multiply_without_an_end() {
        let text = levels(15, |next| {
            let parts = vec![format!(r#"{{"$ref": {next:?}}}"#); 4];
            format!(r#"{{"anyOf": [{}]}}"#, parts.join(","))
        });
        let document = document(&text);
        let mut budget = 1_000_000;
        let shape = Schema::new(&document, &document.root()["x"]).shape_within(&mut budget);
        assert_eq!(budget, 1_000_000 - MAX_PARTS);
        assert_eq!(shape.scalar.unwrap().name, "string");
    }

    #[test]
    fn a_part_of_all_of_is_looked_at_once() {
        let text = levels(10, |next| {
            format!(
                r#"{{"properties": {{{next:?}: {{}}}}, "allOf": [{{"$ref": {next:?}}}, {{"$ref": {next:?}}}]}}"#
            )
        });
        let document = document(&text);
        let mut budget = 1_000;
        let shape = Schema::new(&document, &document.root()["x"]).shape_within(&mut budget);
        assert_eq!(shape.properties.len(), 10);
        assert_eq!(budget, 1_000 - 11 - 10, "eleven schemas, ten properties");
    }

    #[test]
    fn properties_are_taken_off_the_budget() {
        let properties: Vec<_> = (0..100).map(|n| format!(r#""p{n}": {{}}"#)).collect();
        let document = document(&format!(r#"{{"properties": {{{}}}}}"#, properties.join(",")));
        let view = Schema::new(&document, &document.root()["x"]);
        let mut budget = 51;
        assert_eq!(view.shape_within(&mut budget).properties.len(), 50);
        assert_eq!(budget, 0);
        let mut budget = 51;
        assert!(view.outline_within(&mut budget).object);
        assert_eq!(budget, 50, "an outline costs one");
        assert!(view.shape_within(&mut 0).any);
    }

    #[test]
    fn required_stands_beside_all_of_without_a_type() {
        let document =
            document(r#"{"allOf": [{"properties": {"name": {}, "size": {}}}], "required": ["name"]}"#);
        assert_eq!(shape(&document).required, IndexSet::from(["name"]));
    }

    #[test]
    fn what_is_too_long_to_be_repeated_is_left_out() {
        let long = "x".repeat(MAX_ENUM_BYTES);
        let many: Vec<_> = (0..=MAX_ENUM_VALUES).collect();
        for (schema, kept) in [
            (r#"{"enum": ["a"], "default": "a", "format": "f"}"#.to_owned(), true),
            (format!(r#"{{"enum": ["a", {long:?}], "default": {long:?}, "format": {long:?}}}"#), false),
            (format!(r#"{{"type": "string", "enum": {many:?}, "default": {many:?}}}"#), false),
            (
                format!(r#"{{"anyOf": [{{"enum": {:?}}}, {{"enum": {:?}}}]}}"#, &many[..600], &many[..600]),
                false,
            ),
        ] {
            let document = document(&schema);
            let view = Schema::new(&document, &document.root()["x"]);
            let scalar = view.shape().scalar.unwrap();
            assert_eq!(scalar.allowed.is_some(), kept);
            assert_eq!(scalar.format.is_some(), kept);
            assert_eq!(view.default().is_some(), kept);
        }
    }
}
