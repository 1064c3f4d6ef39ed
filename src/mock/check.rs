use serde_json::Value;

use super::message::{Problem, shown, suggestion};
use super::schema::{Extra, JsonType, Schema};
use crate::openapi::{Document, type_name};

/// How many schemas are visited for one value; nested choices could take forever.
const MAX_STEPS: usize = 100_000;
/// The same for frequent yes-or-no checks.
const FEW_STEPS: usize = 2_000;
/// How deep values and choices are followed.
const MAX_DEPTH: usize = 64;
/// More problems than a person reads.
pub(super) const MAX_PROBLEMS: usize = 50;

/// What is wrong with a value, by the parts of JSON Schema in OpenAPI 3.0. `pattern`, `format`, `not` and `uniqueItems`
/// are not checked. A schema too large to finish is assumed to allow the rest.
pub(super) fn check<'a>(
    document: &'a Document,
    schema: &'a Value,
    value: &Value,
    place: &str,
) -> Vec<Problem> {
    let mut checker = Checker { document, steps_left: MAX_STEPS, problems: Vec::new() };
    checker.visit(schema, value, place, 0);
    checker.problems
}

/// True if the first few thousand steps find nothing wrong with it.
pub(super) fn fits<'a>(document: &'a Document, schema: &'a Value, value: &Value) -> bool {
    let mut checker = Checker { document, steps_left: FEW_STEPS, problems: Vec::new() };
    checker.visit(schema, value, "", 0);
    checker.problems.is_empty()
}

struct Checker<'a> {
    document: &'a Document,
    steps_left: usize,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn visit(&mut self, schema: &'a Value, value: &Value, place: &str, depth: usize) {
        if self.steps_left == 0 || depth > MAX_DEPTH || self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        self.steps_left -= 1;
        let schema = Schema::read(self.document, schema);
        if value.is_null() && schema.nullable() {
            return;
        }
        if let Some(alternatives) = schema.alternatives() {
            self.choose(alternatives, value, place, depth);
        }
        if let Some(values) = schema.values()
            && !values.iter().any(|allowed| same(allowed, value))
        {
            self.problem(place, not_allowed(&schema, values, value));
            return;
        }
        match (schema.kind(), value) {
            (JsonType::Any, Value::Object(_)) | (JsonType::Object, Value::Object(_)) => {
                self.object(&schema, value, place, depth);
            }
            (JsonType::Array, Value::Array(list)) => self.array(&schema, list, place, depth),
            (JsonType::String, Value::String(text)) => self.text(&schema, text, place),
            (JsonType::Integer, Value::Number(n)) if is_whole(n) => self.number(&schema, n, place),
            (JsonType::Number, Value::Number(n)) => self.number(&schema, n, place),
            (JsonType::Any, _) | (JsonType::Boolean, Value::Bool(_)) => {}
            (kind, Value::String(text)) => {
                let text = if schema.format() == "password" { "***".into() } else { shown(text) };
                self.problem(place, format!("`{text}` is not {}", kind.name()));
            }
            (kind, other) => {
                self.problem(place, format!("must be {}, not {}", kind.name(), type_name(other)));
            }
        }
    }

    /// Any alternative will do. If none matches, the problems of the closest one are reported.
    fn choose(&mut self, alternatives: &'a [Value], value: &Value, place: &str, depth: usize) {
        let mut nearest: Option<(bool, Vec<Problem>)> = None;
        for alternative in alternatives {
            let mut inner =
                Checker { document: self.document, steps_left: self.steps_left, problems: Vec::new() };
            inner.visit(alternative, value, place, depth + 1);
            self.steps_left = inner.steps_left;
            if inner.problems.is_empty() {
                return;
            }
            let other_type = !of_kind(&Schema::read(self.document, alternative), value);
            let rank = (other_type, inner.problems.len());
            if nearest.as_ref().is_none_or(|(other, problems)| rank < (*other, problems.len())) {
                nearest = Some((other_type, inner.problems));
            }
        }
        match nearest {
            Some((false, problems)) => self.problems.extend(problems),
            _ => {
                let mut kinds: Vec<&str> = Vec::new();
                for alternative in alternatives {
                    let kind = Schema::read(self.document, alternative).kind().name();
                    if !kinds.contains(&kind) {
                        kinds.push(kind);
                    }
                }
                let found = match value {
                    Value::String(text) => format!("`{}`", shown(text)),
                    other => type_name(other).to_owned(),
                };
                self.problem(place, format!("must be {}, not {found}", kinds.join(" or ")));
            }
        }
    }

    fn object(&mut self, schema: &Schema<'a>, value: &Value, place: &str, depth: usize) {
        let Value::Object(members) = value else { return };
        for name in schema.required() {
            // What only responses have is not required of a request (OpenAPI 3.0, section 4.7.24.1).
            let read_only =
                schema.property(name).is_some_and(|p| Schema::read(self.document, p).flag("readOnly"));
            if !members.contains_key(name) && !read_only {
                self.problem(&child(place, name), "is required".to_owned());
            }
        }
        let extra = schema.extra();
        for (name, member) in members {
            match (schema.property(name), extra) {
                (Some(property), _) => self.visit(property, member, &child(place, name), depth + 1),
                (None, Extra::Values(values)) => {
                    self.visit(values, member, &child(place, name), depth + 1);
                }
                (None, Extra::Closed) => {
                    let near = suggestion(name, schema.properties().map(|(name, _)| name));
                    self.problem(&child(place, name), format!("is not a field of this object{near}"));
                }
                (None, Extra::Open | Extra::Unstated) => {}
            }
        }
    }

    fn array(&mut self, schema: &Schema<'a>, list: &[Value], place: &str, depth: usize) {
        if let Some(least) = schema.count("minItems").filter(|least| list.len() < *least) {
            self.problem(place, format!("must have at least {least} elements"));
        }
        if let Some(most) = schema.count("maxItems").filter(|most| list.len() > *most) {
            self.problem(place, format!("must have at most {most} elements"));
        }
        if let Some(items) = schema.items() {
            for (n, item) in list.iter().enumerate() {
                self.visit(items, item, &format!("{place}[{n}]"), depth + 1);
            }
        }
    }

    fn text(&mut self, schema: &Schema<'a>, text: &str, place: &str) {
        let (least, most) = (schema.count("minLength"), schema.count("maxLength"));
        if least.is_none() && most.is_none() {
            return;
        }
        let length = text.chars().count();
        if let Some(least) = least.filter(|least| length < *least) {
            self.problem(place, format!("must have at least {least} characters, and has {length}"));
        }
        if let Some(most) = most.filter(|most| length > *most) {
            self.problem(place, format!("must have at most {most} characters, and has {length}"));
        }
    }

    fn number(&mut self, schema: &Schema<'a>, number: &serde_json::Number, place: &str) {
        let Some(value) = number.as_f64() else { return };
        let strict = (schema.flag("exclusiveMinimum"), schema.flag("exclusiveMaximum"));
        if let Some(least) = schema.number("minimum") {
            if value < least {
                self.problem(place, format!("`{number}` is less than {least}"));
            } else if strict.0 && value <= least {
                self.problem(place, format!("`{number}` is not more than {least}"));
            }
        }
        if let Some(most) = schema.number("maximum") {
            if value > most {
                self.problem(place, format!("`{number}` is more than {most}"));
            } else if strict.1 && value >= most {
                self.problem(place, format!("`{number}` is not less than {most}"));
            }
        }
    }

    fn problem(&mut self, place: &str, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { place: place.to_owned(), message });
        }
    }
}

/// The place of a member, its name made printable.
pub(super) fn child(place: &str, name: &str) -> String {
    format!("{place}.{}", shown(name))
}

fn not_allowed(schema: &Schema<'_>, values: &[Value], value: &Value) -> String {
    const SHOWN: usize = 12;
    let plain = |value: &Value| match value {
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    };
    let found = match value {
        _ if schema.format() == "password" => "***".to_owned(),
        Value::Array(_) | Value::Object(_) => return format!("must not be {}", type_name(value)),
        other => plain(other),
    };
    let allowed: Vec<String> = values.iter().take(SHOWN).map(|v| format!("`{}`", plain(v))).collect();
    let more =
        if values.len() > SHOWN { format!(" or {} more", values.len() - SHOWN) } else { String::new() };
    let near = suggestion(&found, values.iter().filter_map(Value::as_str));
    format!("`{found}` is not one of {}{more}{near}", allowed.join(", "))
}

fn of_kind(schema: &Schema<'_>, value: &Value) -> bool {
    matches!(
        (schema.kind(), value),
        (JsonType::Any, _)
            | (JsonType::Object, Value::Object(_))
            | (JsonType::Array, Value::Array(_))
            | (JsonType::String, Value::String(_))
            | (JsonType::Integer | JsonType::Number, Value::Number(_))
            | (JsonType::Boolean, Value::Bool(_))
    )
}

/// JSON Schema has a single number type: 1 and 1.0 are the same.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

fn is_whole(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|value| value.fract() == 0.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(schemas: &Value, schema: &Value, value: &Value) -> Vec<String> {
        let root = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        check(&document, schema, value, "body")
            .into_iter()
            .map(|p| format!("{} {}", p.place, p.message))
            .collect()
    }

    #[test]
    fn each_rule_says_what_is_wrong_and_where() {
        let schema = json!({"type": "object", "required": ["name", "made"], "additionalProperties": false, "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 3}, "made": {"type": "string", "readOnly": true},
            "count": {"type": "integer", "minimum": 1, "maximum": 5}, "kind": {"enum": ["cat", "dog"]},
            "tags": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
            "secret": {"type": "integer", "format": "password"}, "maybe": {"type": "integer", "nullable": true}}});
        let value = json!({"count": 9, "kind": "dig", "tags": ["a", 3], "nam": 1, "secret": "hunter2", "maybe": null});
        assert_eq!(
            said(&json!({}), &schema, &value),
            [
                "body.name is required",
                "body.count `9` is more than 5",
                "body.kind `dig` is not one of `cat`, `dog`; did you mean `dog`?",
                "body.tags must have at most 1 elements",
                "body.tags[1] must be a string, not a number",
                "body.nam is not a field of this object; did you mean `name`?",
                "body.secret `***` is not an integer",
            ]
        );
        assert!(said(&json!({}), &schema, &json!({"name": "abc", "count": 5.0})).is_empty());
        assert_eq!(
            said(&json!({}), &schema, &json!({"name": "äöüß"})),
            ["body.name must have at most 3 characters, and has 4"]
        );
    }

    #[test]
    fn one_alternative_is_enough_and_the_nearest_is_named() {
        let schema = json!({"anyOf": [
            {"type": "object", "properties": {"city": {"type": "string"}}}, {"enum": [""], "type": "string"}]});
        assert!(said(&json!({}), &schema, &json!({"city": "Paris"})).is_empty());
        assert!(said(&json!({}), &schema, &json!("")).is_empty());
        assert_eq!(
            said(&json!({}), &schema, &json!({"city": 3})),
            ["body.city must be a string, not a number"]
        );
        assert_eq!(
            said(&json!({}), &schema, &json!(3)),
            ["body must be an object or a string, not a number"]
        );
    }

    #[test]
    fn cyclic_choices_end() {
        let own = json!({"$ref": "#/components/schemas/a"});
        let schemas = json!({"a": {"anyOf": [own, own, {"type": "array", "items": own}, own]}});
        let mut value = json!(1);
        for _ in 0..40 {
            value = json!([value]);
        }
        let begun = std::time::Instant::now();
        said(&schemas, &own, &value);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    }
}
