//! A command's input as JSON Schema.

use serde_json::{Map, Value, json};

use super::signature::Signature;
use crate::model::{Argument, Constraints, Location, ValueType};

/// The object of a command's arguments. Fields of the body are included by their flags' names, and the whole as `body`.
pub(crate) fn input(signature: &Signature, body: Option<Value>) -> Value {
    let mut properties = Map::new();
    let (mut required, mut of_body): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for argument in signature.positionals.iter().chain(&signature.flags) {
        // Another media type may not need it.
        let always = argument.required && argument.media_types.is_empty() && argument.needed_in.is_empty();
        if always && argument.constant().is_none() {
            let in_body = argument.location == Location::Body && body.is_some();
            let list = if in_body { &mut of_body } else { &mut required };
            list.push(argument.name.as_str().into());
        }
        properties.insert(argument.name.clone(), schema(argument));
    }
    let mut input = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Some(members) = input.as_object_mut() {
        if !required.is_empty() {
            members.insert("required".to_owned(), Value::Array(required));
        }
        if let Some(body) = body {
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                properties.insert("body".to_owned(), body);
            }
            if !of_body.is_empty() {
                members
                    .insert("anyOf".to_owned(), json!([{ "required": of_body }, { "required": ["body"] }]));
            }
        }
    }
    input
}

/// One argument's schema.
fn schema(argument: &Argument) -> Value {
    let mut value = element(argument);
    if argument.is_list() {
        let bounds = &argument.constraints;
        let mut array = Map::new();
        array.insert("type".to_owned(), "array".into());
        array.insert("items".to_owned(), Value::Object(value));
        array.extend(bounds.min_items.map(|count| ("minItems".to_owned(), count.into())));
        array.extend(bounds.max_items.map(|count| ("maxItems".to_owned(), count.into())));
        array.extend(bounds.unique_items.then(|| ("uniqueItems".to_owned(), true.into())));
        value = array;
    }
    if argument.nullable {
        value = with_null(value);
    }
    if argument.is_map() {
        let mut map = Map::new();
        map.insert("type".to_owned(), "object".into());
        map.insert("additionalProperties".to_owned(), Value::Object(value));
        value = map;
    }
    if !argument.description.is_empty() {
        value.insert("description".to_owned(), argument.description.as_str().into());
    }
    value.extend(argument.default.clone().map(|default| ("default".to_owned(), default)));
    value.extend(argument.deprecated.then(|| ("deprecated".to_owned(), true.into())));
    Value::Object(value)
}

/// The schema of one value, or item.
fn element(argument: &Argument) -> Map<String, Value> {
    let mut out = Map::new();
    let mut add = |key: &str, value: Option<Value>| out.extend(value.map(|value| (key.to_owned(), value)));
    let name = match argument.value_type {
        ValueType::Json if argument.fields.is_empty() => None,
        ValueType::Json => Some("object"),
        ValueType::File => Some("string"),
        other => Some(other.name()),
    };
    add("type", name.map(Value::from));
    let as_object = argument.value_type == ValueType::Json;
    if !argument.fields.is_empty() && !as_object {
        // Texts and objects are both items.
        let text = element(&Argument { fields: Vec::new(), ..argument.clone() });
        let object = element(&Argument {
            value_type: ValueType::Json,
            allowed: None,
            format: None,
            constraints: Constraints::default(),
            allow_empty: false,
            ..argument.clone()
        });
        return Map::from_iter([("anyOf".to_owned(), json!([text, object]))]);
    }
    if !argument.fields.is_empty() {
        let fields: Map<String, Value> =
            argument.fields.iter().map(|field| (field.name.clone(), schema(field))).collect();
        add("properties", Some(Value::Object(fields)));
        let needed =
            argument.fields.iter().filter(|field| field.needed == Some(0) && field.constant().is_none());
        let needed: Vec<Value> = needed
            .filter(|field| field.wire_path.len() == 1)
            .map(|field| field.name.as_str().into())
            .collect();
        add("required", (!needed.is_empty()).then_some(Value::Array(needed)));
    }
    let mut values = argument.allowed.clone();
    if let Some(values) = values.as_mut().filter(|_| argument.allow_empty) {
        values.push("".into());
    }
    add("enum", values.map(Value::Array));
    add("format", argument.format.as_deref().map(Value::from));
    let bounds = &argument.constraints;
    let (least, most) = (bounds.minimum.map(Value::from), bounds.maximum.map(Value::from));
    add(if bounds.exclusive_minimum { "exclusiveMinimum" } else { "minimum" }, least);
    add(if bounds.exclusive_maximum { "exclusiveMaximum" } else { "maximum" }, most);
    add("multipleOf", bounds.multiple_of.map(Value::from));
    add("minLength", bounds.min_length.map(Value::from));
    add("maxLength", bounds.max_length.map(Value::from));
    add("pattern", bounds.pattern.as_deref().map(Value::from));
    if argument.allow_empty && argument.value_type != ValueType::String {
        let either = json!([Value::Object(std::mem::take(&mut out)), { "const": "" }]);
        out.insert("anyOf".to_owned(), either);
    }
    out
}

/// The same, also allowing null.
fn with_null(schema: Map<String, Value>) -> Map<String, Value> {
    if !schema.contains_key("type") && !schema.contains_key("anyOf") {
        return schema;
    }
    let mut out = Map::new();
    out.insert("anyOf".to_owned(), json!([schema, { "type": "null" }]));
    out
}
