//! Operations of Swagger 2.0: the body is among the parameters there.

use serde_json::{Map, Value, json};

use super::dialect::Dialect;
use super::response::is_reference;
use super::swagger::{DEFAULT_TYPE, is_body, media_types, reference_to};
use super::{container, parameter, schema};
use crate::openapi::lookup;
use crate::openapi::problem::{METHODS, Problem};

const MULTIPART: &str = "multipart/form-data";
const FORM: &str = "application/x-www-form-urlencoded";

/// The most nodes that may be copied from shared parameters into the forms of operations.
const MAX_COPIED: usize = 1_000_000;

/// `/paths/~1a/get/parameters/0/schema` in two: up to the parameter in its list, and the rest.
pub(super) fn listed_parameter(pointer: &str) -> Option<(&str, &str)> {
    let (at, _) = pointer.match_indices("/parameters/").find(|(at, matched)| {
        let rest = pointer.get(at + matched.len()..).unwrap_or_default();
        let number = rest.split('/').next().unwrap_or_default();
        *at > 0 && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })?;
    let start = at + "/parameters/".len();
    let end = pointer.get(start..)?.find('/').map_or(pointer.len(), |length| start + length);
    Some(pointer.split_at(end))
}

/// Upgrades path items.
pub(super) struct Items {
    consumes: Option<Vec<String>>,
    /// Host and base path, for operations that have `schemes` of their own.
    address: (Option<String>, String),
    schemes: Vec<String>,
    left: usize,
}

/// A parameter that belongs in a body, and how to refer to it if it is shared.
#[derive(Clone)]
struct Field {
    value: Map<String, Value>,
    pointer: Option<String>,
}

impl Items {
    /// Removes from the document what concerns all operations.
    pub(super) fn new(root: &mut Value) -> Self {
        let (address, schemes) = (container::address(root), container::schemes(root.get("schemes")));
        let consumes = media_types(root.get("consumes"));
        if let Some(members) = root.as_object_mut().filter(|members| members.contains_key("swagger")) {
            for key in ["swagger", "consumes", "produces", "schemes", "host", "basePath"] {
                members.shift_remove(key);
            }
        }
        Self { consumes, address, schemes, left: MAX_COPIED }
    }

    /// Upgrades the path item at `pointer`.
    pub(super) fn upgrade(&mut self, root: &mut Value, pointer: &str, problems: &mut Vec<Problem>) {
        let Some(Value::Object(item)) = root.pointer_mut(pointer) else { return };
        let mut item = std::mem::take(item);
        let common = self.split(&mut item, root);
        for (method, value) in &mut item {
            let Value::Object(operation) = value else { continue };
            if METHODS.contains(&method.as_str()) {
                let place = format!("{pointer}/{method}");
                self.operation(operation, &common, root, &place, problems);
            }
        }
        if let Some(place) = root.pointer_mut(pointer) {
            *place = Value::Object(item);
        }
    }

    fn operation(
        &mut self,
        operation: &mut Map<String, Value>,
        common: &[Field],
        root: &Value,
        place: &str,
        problems: &mut Vec<Problem>,
    ) {
        let mut fields = self.split(operation, root);
        // Those of the path item, except for the operation's own.
        for field in common {
            let same = |known: &Field| {
                ["name", "in"].iter().all(|key| known.value.get(*key) == field.value.get(*key))
            };
            if !fields.iter().any(same) {
                fields.push(field.clone());
            }
        }
        let consumes = media_types(operation.get("consumes")).or_else(|| self.consumes.clone());
        for key in ["consumes", "produces"] {
            operation.shift_remove(key);
        }
        if let Some(own) = operation.shift_remove("schemes") {
            let own = container::schemes(Some(&own));
            // Without a host, the address is that of the document, whatever the scheme.
            let other = self.address.0.is_some() && !own.is_empty() && own != self.schemes;
            if other && !operation.contains_key("servers") {
                operation.insert("servers".to_owned(), container::servers(&self.address, &own));
            }
        }
        let is_whole = |field: &Field| field.value.get("in").is_some_and(|place| place == "body");
        let body = match fields.iter().position(is_whole) {
            Some(n) => {
                if fields.len() > 1 {
                    let message = "an operation has form fields or a single body, not both; left out";
                    problems.push(Problem {
                        pointer: format!("#{place}/parameters"),
                        message: message.to_owned(),
                    });
                }
                whole(fields.swap_remove(n), &consumes.unwrap_or_default(), place)
            }
            None if fields.is_empty() => return,
            None => self.form(fields, &consumes.unwrap_or_default(), place),
        };
        operation.entry("requestBody").or_insert(body);
    }

    /// Removes the fields of the body from the `parameters` of an operation or path item.
    fn split(&mut self, owner: &mut Map<String, Value>, root: &Value) -> Vec<Field> {
        let Some(Value::Array(list)) = owner.get_mut("parameters") else { return Vec::new() };
        let mut fields = Vec::new();
        list.retain_mut(|value| {
            let (found, pointer) = match value.get("$ref").and_then(Value::as_str) {
                Some(reference) => match lookup::follow(root, reference) {
                    Some((found, pointer)) => (found, Some(pointer)),
                    None => return true,
                },
                None => (&*value, None),
            };
            if !is_body(found) {
                return true;
            }
            let size = size(found, self.left);
            let copied = match (found.as_object(), pointer.is_some()) {
                // The schema of a whole body is referenced, whatever its size.
                (Some(members), true) if members.get("in").is_some_and(|place| place == "body") => {
                    members.iter().filter(|(_, value)| !value.is_object()).map(pair).collect()
                }
                (Some(members), true) if size > self.left => {
                    members.iter().filter(|(_, value)| value.is_string()).map(pair).collect()
                }
                (Some(members), _) => members.clone(),
                (None, _) => return true,
            };
            if pointer.is_some() {
                self.left = self.left.saturating_sub(size);
            }
            let short = found.get("schema").filter(|schema| is_reference(schema)).cloned();
            let mut field = Field { value: copied, pointer };
            if let Some(short) = short {
                field.value.insert("schema".to_owned(), short);
            }
            fields.push(field);
            false
        });
        if list.is_empty() {
            owner.shift_remove("parameters");
        }
        fields
    }

    /// A body made of all the fields of a form.
    fn form(&mut self, fields: Vec<Field>, consumes: &[String], place: &str) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut encodings = Map::new();
        let mut files = false;
        for mut field in fields {
            let members = &mut field.value;
            let Some(Value::String(name)) = members.shift_remove("name") else { continue };
            if let Some(encoding) = parameter::encoding(members) {
                encodings.insert(name.clone(), encoding);
            }
            if members.get("required").is_some_and(|required| required == true) {
                required.push(Value::from(name.clone()));
            }
            files |= members.get("type").is_some_and(|kind| kind == "file");
            let mut property = match members.shift_remove("schema") {
                Some(schema @ Value::Object(_)) => schema,
                _ => parameter::schema_of(members),
            };
            schema::upgrade(&mut property, Dialect::V2);
            if let (Some(text), Some(property)) =
                (members.shift_remove("description"), property.as_object_mut())
            {
                property.entry("description").or_insert(text);
            }
            properties.insert(name, property);
        }
        let mut types: Vec<&str> = consumes
            .iter()
            .map(String::as_str)
            .filter(|name| name.starts_with(MULTIPART) || (name.starts_with(FORM) && !files))
            .collect();
        if types.is_empty() {
            types.push(if files { MULTIPART } else { FORM });
        }
        let is_required = !required.is_empty();
        let mut schema = json!({ "type": "object", "properties": properties });
        if let Some(members) = schema.as_object_mut().filter(|_| is_required) {
            members.insert("required".to_owned(), Value::Array(required));
        }
        let mut body = content(&types, schema, place);
        for (name, media) in body.as_object_mut().into_iter().flatten() {
            // Styles are of no concern in multipart bodies (OpenAPI 3.0, section 4.7.15.1).
            if let Some(media) =
                media.as_object_mut().filter(|_| name.starts_with(FORM) && !encodings.is_empty())
            {
                media.insert("encoding".to_owned(), Value::Object(encodings.clone()));
            }
        }
        json!({ "content": body, "required": is_required })
    }
}

fn pair((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// The body that one parameter describes.
fn whole(field: Field, consumes: &[String], place: &str) -> Value {
    let Field { mut value, pointer } = field;
    let schema = match (value.shift_remove("schema"), pointer) {
        (Some(schema), _) => schema,
        (None, Some(pointer)) => reference_to(&format!("{pointer}/schema")),
        (None, None) => json!({}),
    };
    let types: Vec<&str> =
        if consumes.is_empty() { vec![DEFAULT_TYPE] } else { consumes.iter().map(String::as_str).collect() };
    let mut body = Map::new();
    if let Some(text) = value.shift_remove("description") {
        body.insert("description".to_owned(), text);
    }
    body.insert("content".to_owned(), content(&types, schema, place));
    let required = value.get("required").is_some_and(|required| required == true);
    body.insert("required".to_owned(), required.into());
    Value::Object(body)
}

/// One schema for several media types: written once and referenced by the others.
fn content(types: &[&str], schema: Value, place: &str) -> Value {
    let mut content = Map::new();
    let again = match types.first() {
        Some(first) if !is_reference(&schema) => {
            let name = crate::openapi::pointer::escape(first);
            reference_to(&format!("{place}/requestBody/content/{name}/schema"))
        }
        _ => schema.clone(),
    };
    let mut schema = Some(schema);
    for name in types {
        let schema = schema.take().unwrap_or_else(|| again.clone());
        content.insert((*name).to_owned(), json!({ "schema": schema }));
    }
    Value::Object(content)
}

/// The number of nodes of `value`; more than `most` is not counted.
fn size(value: &Value, most: usize) -> usize {
    let mut waiting = vec![value];
    let mut count = 0;
    while let Some(value) = waiting.pop() {
        count += 1;
        if count > most {
            break;
        }
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.values()),
            _ => {}
        }
    }
    count
}
