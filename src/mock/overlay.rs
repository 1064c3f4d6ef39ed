use serde_json::{Map, Value};

use super::check::fits;
use super::sample::sample_object;
use super::schema::{Extra, JsonType, Schema};
use crate::openapi::Document;

/// Values nested deeper than this are left unchanged.
const MAX_DEPTH: usize = 32;

/// Applies the fields of a request to an object of a response schema. Fields that the schema does not have, or has with
/// another type, are skipped: a request's field is often a shorthand for what the answer shows.
pub(super) struct Overlay<'a> {
    pub(super) document: &'a Document,
    /// Empty text unsets a field, as `null` does.
    pub(super) form: bool,
}

impl<'a> Overlay<'a> {
    /// Merges `fields` into `target`, deeply.
    pub(super) fn apply(
        &self,
        schema: &Schema<'a>,
        target: &mut Map<String, Value>,
        fields: &Map<String, Value>,
    ) {
        self.merge(schema, target, fields, 0);
    }

    fn merge(
        &self,
        schema: &Schema<'a>,
        target: &mut Map<String, Value>,
        fields: &Map<String, Value>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH {
            return;
        }
        let open = !schema.has_properties() || matches!(schema.extra(), Extra::Open);
        for (name, value) in fields {
            let unset = value.is_null() || (self.form && value == "");
            match (schema.property(name), schema.member(name)) {
                (Some(property), _) => {
                    let read = Schema::read(self.document, property);
                    // Only set by the server, or never shown (OpenAPI 3.0, section 4.7.24.1).
                    if read.flag("readOnly") || read.flag("writeOnly") {
                        continue;
                    }
                    let next = if unset {
                        self.unset(&read, schema.required().any(|required| required == name))
                    } else {
                        self.changed(property, target.get(name), value, depth)
                    };
                    match next {
                        Change::Set(next) => drop(target.insert(name.clone(), next)),
                        Change::Remove => drop(target.shift_remove(name)),
                        Change::Keep => {}
                    }
                }
                // A free map such as metadata: keys come and go.
                (None, Some(_)) | (None, None) if unset && (open || schema.member(name).is_some()) => {
                    target.shift_remove(name);
                }
                (None, Some(member)) => {
                    if let Change::Set(next) = self.changed(member, target.get(name), value, depth) {
                        target.insert(name.clone(), next);
                    }
                }
                (None, None) if open => drop(target.insert(name.clone(), value.clone())),
                (None, None) => {}
            }
        }
    }

    fn unset(&self, schema: &Schema<'a>, required: bool) -> Change {
        if schema.nullable() {
            return Change::Set(Value::Null);
        }
        match schema.kind() {
            JsonType::Object if !schema.has_properties() => Change::Set(Value::Object(Map::new())),
            JsonType::Array => Change::Set(Value::Array(Vec::new())),
            JsonType::String if required && schema.values().is_none() => {
                Change::Set(Value::String(String::new()))
            }
            _ if required => Change::Keep,
            _ => Change::Remove,
        }
    }

    fn changed(&self, schema: &'a Value, old: Option<&Value>, new: &Value, depth: usize) -> Change {
        let object = Schema::object(self.document, schema);
        match (new, object) {
            (Value::Object(fields), Some(object)) => {
                let mut target = match old {
                    Some(Value::Object(old)) => old.clone(),
                    _ => sample_object(self.document, &object),
                };
                self.merge(&object, &mut target, fields, depth + 1);
                Change::Set(Value::Object(target))
            }
            _ if fits(self.document, schema, new) => Change::Set(new.clone()),
            (Value::Array(list), Some(object)) => {
                // Stripe gets `items[0][price]` and answers with `items.data[0].price`.
                let Some(data) = object.property("data") else { return Change::Keep };
                let Change::Set(data) = self.elements(data, list, depth) else { return Change::Keep };
                let mut target = match old {
                    Some(Value::Object(old)) => old.clone(),
                    _ => sample_object(self.document, &object),
                };
                target.insert("data".to_owned(), data);
                Change::Set(Value::Object(target))
            }
            (Value::Array(list), None) => self.elements(schema, list, depth),
            // An id instead of the object that it names.
            (Value::String(_), Some(object))
                if object.property("id").is_some_and(|id| fits(self.document, id, new)) =>
            {
                let mut target = match old {
                    Some(Value::Object(old)) => old.clone(),
                    _ => sample_object(self.document, &object),
                };
                target.insert("id".to_owned(), new.clone());
                Change::Set(Value::Object(target))
            }
            _ => Change::Keep,
        }
    }

    /// Elements with less than the answer shows: each is applied to a fresh one.
    fn elements(&self, schema: &'a Value, list: &[Value], depth: usize) -> Change {
        const MOST: usize = 100;
        let array = Schema::read(self.document, schema);
        let Some(items) = array.items() else { return Change::Keep };
        let Some(object) = Schema::object(self.document, items) else { return Change::Keep };
        let sample = sample_object(self.document, &object);
        let mut made = Vec::new();
        for element in list.iter().take(MOST) {
            let Value::Object(fields) = element else { return Change::Keep };
            let mut target = sample.clone();
            self.merge(&object, &mut target, fields, depth + 1);
            made.push(Value::Object(target));
        }
        Change::Set(Value::Array(made))
    }
}

enum Change {
    Set(Value),
    Remove,
    Keep,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(form: bool, target: &Value, fields: &Value) -> Value {
        let price =
            json!({"required": ["id"], "properties": {"id": {"type": "string"}, "kind": {"enum": ["p"]}}});
        let line = json!({"properties": {"price": price, "count": {"type": "integer"}}});
        let schema = json!({"properties": {
            "id": {"type": "string", "readOnly": true}, "name": {"type": "string", "nullable": true},
            "count": {"type": "integer"}, "meta": {"type": "object", "additionalProperties": {"type": "string"}},
            "address": {"anyOf": [{"properties": {"city": {"type": "string"}, "zip": {"type": "string", "nullable": true}}}], "nullable": true},
            "lines": {"properties": {"data": {"type": "array", "items": line}}}, "price": price,
            "password": {"type": "string", "writeOnly": true}}});
        let root = json!({"openapi": "3.0.3", "paths": {}});
        let document = Document::parse(root.to_string().as_bytes(), "test").unwrap();
        let mut target = target.as_object().unwrap().clone();
        let overlay = Overlay { document: &document, form };
        overlay.apply(&Schema::read(&document, &schema), &mut target, fields.as_object().unwrap());
        Value::Object(target)
    }

    #[test]
    fn known_fields_merge_deeply_and_others_are_passed_over() {
        let target =
            json!({"id": "1", "meta": {"a": "1", "b": "2"}, "address": {"city": "Rome", "zip": "1"}});
        let fields = json!({"id": "2", "name": "n", "count": "no number", "unknown": 1, "password": "p",
            "meta": {"b": "3", "c": "4"}, "address": {"city": "Paris"}});
        assert_eq!(
            merged(true, &target, &fields),
            json!({"id": "1", "name": "n", "meta": {"a": "1", "b": "3", "c": "4"}, "address": {"city": "Paris", "zip": "1"}})
        );
    }

    #[test]
    fn empty_text_unsets_in_forms_and_null_everywhere() {
        let target =
            json!({"name": "n", "count": 1, "meta": {"a": "1", "b": "2"}, "address": {"city": "Rome"}});
        let fields = json!({"name": "", "meta": {"a": ""}, "address": ""});
        assert_eq!(
            merged(true, &target, &fields),
            json!({"name": null, "count": 1, "meta": {"b": "2"}, "address": null})
        );
        assert_eq!(merged(false, &target, &json!({"name": ""}))["name"], "");
        let unset = merged(false, &target, &json!({"name": null, "count": null, "meta": null}));
        assert_eq!(unset, json!({"name": null, "meta": {}, "address": {"city": "Rome"}}));
    }

    #[test]
    fn shorthands_become_what_the_answer_shows() {
        let fields = json!({"lines": [{"price": "p1", "count": 2}], "price": "p2"});
        let expected = json!({"lines": {"data": [{"price": {"id": "p1", "kind": "p"}, "count": 2}]},
            "price": {"id": "p2", "kind": "p"}});
        assert_eq!(merged(true, &json!({}), &fields), expected);
    }
}
