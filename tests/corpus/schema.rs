//! Schemas as the document has them, read without the library: what they are merged to, and where they lead.

use serde_json::{Map, Value};

/// How far references and compositions are followed.
const MAX_DEPTH: usize = 24;

/// Beside the keywords of a merged schema: the references that led to them, outermost first.
const CHAIN: &str = "references followed";

/// A document and what its version means for schemas.
pub(crate) struct Schemas<'a> {
    root: &'a Value,
    /// OpenAPI 3.1: keywords beside a `$ref` count.
    siblings: bool,
}

/// One alternative of a choice, and what its discriminator must say.
pub(crate) struct Branch {
    pub(crate) schema: Value,
    pub(crate) mark: Option<(String, String)>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
        Self { root, siblings: !version.starts_with("3.0") }
    }

    /// What stands at a JSON pointer in fragment form, `$ref` followed.
    pub(crate) fn at(&self, pointer: &str) -> Option<&'a Value> {
        let plain = percent_decoded(pointer.strip_prefix('#')?);
        self.follow(self.root.pointer(&plain)?)
    }

    /// A value that may be a reference.
    pub(crate) fn follow(&self, mut value: &'a Value) -> Option<&'a Value> {
        for _ in 0..MAX_DEPTH {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Some(value) };
            value = self.root.pointer(&percent_decoded(reference.strip_prefix('#')?))?;
        }
        None
    }

    /// Whether keywords beside a `$ref` count.
    pub(crate) fn siblings(&self) -> bool {
        self.siblings
    }

    /// Where the `$ref` of these keywords leads, one step.
    pub(crate) fn next(&self, members: &Map<String, Value>) -> Option<&'a Value> {
        let reference = members.get("$ref")?.as_str()?;
        self.root.pointer(&percent_decoded(reference.strip_prefix('#')?))
    }

    /// A schema with its reference followed and its `allOf` put together: one object of keywords.
    pub(crate) fn merged(&self, schema: &Value) -> Option<Map<String, Value>> {
        let mut into = Map::new();
        self.merge(schema, &mut into, 0)?;
        Some(into)
    }

    fn merge(&self, schema: &Value, into: &mut Map<String, Value>, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let Value::Object(members) = schema else {
            // `true` and what is no schema at all allow everything.
            return (schema != &Value::Bool(false)).then_some(());
        };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            if let Value::Array(chain) = into.entry(CHAIN).or_insert_with(|| Value::Array(Vec::new())) {
                chain.push(reference.into());
            }
            let target = self.root.pointer(&percent_decoded(reference.strip_prefix('#')?))?;
            self.merge(target, into, depth + 1)?;
            if !self.siblings {
                return Some(());
            }
        }
        for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.merge(part, into, depth + 1)?;
        }
        for (key, value) in members {
            match (key.as_str(), value) {
                ("allOf" | "$ref", _) => {}
                ("properties", Value::Object(properties)) => {
                    let Value::Object(all) =
                        into.entry("properties").or_insert_with(|| Value::Object(Map::new()))
                    else {
                        continue;
                    };
                    for (name, property) in properties {
                        // Both count where two parts have one property.
                        let property = match all.get(name) {
                            Some(known) if known != property => {
                                serde_json::json!({ "allOf": [known.clone(), property.clone()] })
                            }
                            _ => property.clone(),
                        };
                        all.insert(name.clone(), property);
                    }
                }
                ("required" | CHAIN, Value::Array(names)) => {
                    let Value::Array(all) =
                        into.entry(key.as_str()).or_insert_with(|| Value::Array(Vec::new()))
                    else {
                        continue;
                    };
                    let new: Vec<Value> = names.iter().filter(|name| !all.contains(name)).cloned().collect();
                    all.extend(new);
                }
                // Two choices: both have to be made.
                ("oneOf" | "anyOf", Value::Array(_))
                    if into.contains_key("oneOf") || into.contains_key("anyOf") =>
                {
                    if let Value::Array(more) =
                        into.entry("more choices").or_insert_with(|| Value::Array(Vec::new()))
                    {
                        more.push(value.clone());
                    }
                }
                // Both lists count where two parts have one.
                ("enum", Value::Array(values)) => {
                    let both = match into.get("enum").and_then(Value::as_array) {
                        Some(known) => known.iter().filter(|value| values.contains(value)).cloned().collect(),
                        None => values.clone(),
                    };
                    into.insert(key.clone(), if both.is_empty() { value.clone() } else { both.into() });
                }
                ("minimum" | "minLength" | "minItems", bound) if larger(into.get(key), bound) => {}
                ("maximum" | "maxLength" | "maxItems", bound)
                    if into.contains_key(key) && !larger(into.get(key), bound) => {}
                (_, value) => {
                    into.insert(key.clone(), value.clone());
                }
            }
        }
        Some(())
    }

    /// A value of the discriminator `name`, if it is that and says what its values mean: the one that means this schema,
    /// or the part of it that is nearest; else the first.
    pub(crate) fn told_by(&self, merged: &Map<String, Value>, name: &str) -> Option<Value> {
        let discriminator = merged.get("discriminator")?;
        let is_it = discriminator.get("propertyName").is_some_and(|property| property == name);
        let mapping = discriminator.get("mapping").filter(|_| is_it)?.as_object()?;
        let mut chain = merged.get(CHAIN).and_then(Value::as_array).into_iter().flatten();
        let own = chain.find_map(|reference| mapping.iter().find(|(_, target)| *target == reference));
        own.or_else(|| mapping.iter().next()).map(|(key, _)| Value::from(key.clone()))
    }

    /// The alternatives of a merged schema; empty if it is no choice.
    pub(crate) fn branches(&self, merged: &Map<String, Value>) -> Vec<Branch> {
        let list = ["oneOf", "anyOf"]
            .iter()
            .find_map(|key| merged.get(*key)?.as_array())
            .cloned()
            .unwrap_or_default();
        let discriminator = merged.get("discriminator").filter(|value| value.is_object());
        let property = discriminator.and_then(|value| value.get("propertyName")).and_then(Value::as_str);
        let mapping = discriminator.and_then(|value| value.get("mapping")).and_then(Value::as_object);
        let mark = |schema: &Value| {
            let reference = schema.get("$ref")?.as_str()?;
            let own = reference.rsplit('/').next().unwrap_or_default();
            let by = |(key, target): (&String, &Value)| {
                let target = target.as_str()?;
                (target == reference || target == own).then(|| key.clone())
            };
            let name = mapping.into_iter().flatten().find_map(by).unwrap_or_else(|| own.to_owned());
            Some((property?.to_owned(), name))
        };
        let branch = |schema: Value| match (mark(&schema), property) {
            (None, Some(property)) => {
                // Without a name of its own it tells itself by what it allows for that property.
                let schema = serde_json::json!({ "allOf": [schema, { "required": [property] }] });
                Branch { mark: None, schema }
            }
            (mark, _) => Branch { mark, schema },
        };
        // `null` is a value that nobody wants to see tried first.
        let is_null = |schema: &Value| schema.get("type").is_some_and(|value| value == "null");
        list.into_iter().filter(|schema| !is_null(schema)).map(branch).collect()
    }
}

/// The bound that is known is the larger one.
fn larger(known: Option<&Value>, bound: &Value) -> bool {
    known.and_then(Value::as_f64).zip(bound.as_f64()).is_some_and(|(known, bound)| known > bound)
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
