use serde_json::{Map, Value};

use super::body::Sent;
use super::check::fits;
use super::id::id_text;
use super::list::Page;
use super::message::{Answer, shown};
use super::operation::{Operation, Success};
use super::overlay::Overlay;
use super::resource::{Catalogue, Resource, Role, collection_shape};
use super::routes::Match;
use super::sample::{EPOCH, id_prefix, object_name, sample, sample_object};
use super::schema::{JsonType, Schema};
use super::state::{State, item_of, path_of};

/// A request that has passed every check, on its way to an answer.
pub(super) struct Turn<'a, 'm> {
    pub(super) catalogue: Catalogue<'a>,
    pub(super) operation: Operation<'a>,
    pub(super) method: &'m str,
    pub(super) found: &'m Match<'a>,
    /// Query parameters, typed.
    pub(super) query: &'m Map<String, Value>,
    pub(super) sent: &'m Sent,
    pub(super) state: &'m mut State,
    /// Objects that were not created do not exist.
    pub(super) strict: bool,
}

/// `created` of the first object; each later one is a minute later.
const CREATED_STEP: i64 = 60;

impl<'a> Turn<'a, '_> {
    /// Answers, and updates the stored objects.
    pub(super) fn answer(&mut self) -> Answer {
        for (collection, length) in self.catalogue.ancestors(self.found) {
            let item = path_of(self.found.segments.get(..length).unwrap_or_default());
            let resource = self.catalogue.resource(&collection);
            let creatable = resource.as_ref().is_some_and(|resource| resource.creatable);
            if self.state.lacks(&item, self.strict && creatable) {
                return self.not_there(resource.as_ref(), length);
            }
        }
        let success = self.operation.success();
        let role = self.catalogue.role(self.found.route, self.method, &success);
        let collection = match role {
            Role::Create | Role::List => self.found.route.shape.clone(),
            _ => collection_shape(self.found.route),
        };
        match (role, self.catalogue.resource(&collection)) {
            (Role::Create, Some(resource)) => self.create(&resource, &success),
            (Role::List, Some(resource)) => self.list(&resource, &success),
            (Role::Other, _) | (_, None) => self.other(&success),
            (role, Some(resource)) => self.item(role, &resource, &success),
        }
    }

    fn create(&mut self, resource: &Resource<'a>, success: &Success<'a>) -> Answer {
        let collection = path_of(&self.found.segments);
        let number = self.state.next();
        let chosen = self.sent.fields.get(resource.key).and_then(id_text).filter(|id| !id.is_empty());
        let id = match chosen {
            Some(id) if self.state.get(&item_of(&collection, &id)).is_some() => {
                let message = format!("`{}` already exists", shown(&id));
                return Answer::error(409, "invalid_request_error", &message);
            }
            Some(id) => id,
            None => self.fresh_id(resource, &collection, number),
        };
        let mut object = self.fresh(resource, success);
        let created = resource.schema.property("created").map(|c| Schema::read(self.operation.document, c));
        if created.is_some_and(|created| created.kind() == JsonType::Integer) {
            let created = EPOCH.saturating_add(number.saturating_mul(CREATED_STEP));
            object.insert("created".to_owned(), Value::from(created));
        }
        self.lay_over(resource, &mut object, &id);
        self.state.put(item_of(&collection, &id), Value::Object(object.clone()));
        self.respond(success, Some(self.project(resource, &object, success)))
    }

    fn item(&mut self, role: Role, resource: &Resource<'a>, success: &Success<'a>) -> Answer {
        let item = path_of(&self.found.segments);
        let id = self.found.segments.last().cloned().unwrap_or_default();
        let kept = self.state.get(&item).and_then(Value::as_object).cloned();
        // If there is no other way to create it, PUT does.
        let may_create = role == Role::Replace && !resource.creatable;
        if !may_create && self.state.lacks(&item, self.strict && resource.creatable) {
            return self.not_there(Some(resource), self.found.segments.len());
        }
        let mut object = match (&kept, role) {
            (Some(kept), Role::Read | Role::Update | Role::Delete) => kept.clone(),
            _ => self.fresh(resource, success),
        };
        // A replaced object keeps its creation time.
        if let Some(created) = kept.as_ref().and_then(|kept| kept.get("created")) {
            object.insert("created".to_owned(), created.clone());
        }
        self.set_key(resource, &mut object, &id);
        if matches!(role, Role::Update | Role::Replace) {
            self.lay_over(resource, &mut object, &id);
            self.state.put(item, Value::Object(object.clone()));
        } else if role == Role::Delete {
            self.state.remove(&item);
        }
        let mut answer = self.project(resource, &object, success);
        if let (Role::Delete, Value::Object(answer)) = (role, &mut answer)
            && answer.get("deleted").is_some_and(Value::is_boolean)
        {
            answer.insert("deleted".to_owned(), Value::Bool(true));
        }
        self.respond(success, Some(answer))
    }

    fn list(&mut self, resource: &Resource<'a>, success: &Success<'a>) -> Answer {
        let collection = path_of(&self.found.segments);
        self.page_of(&collection, resource, success)
    }

    /// A page of a collection's stored objects; a sample if the collection was never used.
    fn page_of(&mut self, collection: &str, resource: &Resource<'a>, success: &Success<'a>) -> Answer {
        let document = self.operation.document;
        let listed = self.catalogue.list(success);
        let element = listed.and_then(|(_, element)| Schema::object(document, element));
        let (Some((property, _)), Some(element)) = (listed, element) else { return self.sampled(success) };
        let mut page = Page::read(self.query);
        let known = (self.strict && resource.creatable) || self.state.touched(collection);
        let objects: Vec<Map<String, Value>> = if known {
            let kept = page.take(self.state.list(collection), resource.key).into_iter();
            kept.filter_map(Value::as_object).cloned().collect()
        } else {
            vec![self.fresh(resource, success)]
        };
        let elements = objects.into_iter().map(|object| self.reshape(resource, &object, &element)).collect();
        let Some(property) = property else { return self.respond(success, Some(Value::Array(elements))) };
        let schema = success.schema().map(|schema| Schema::read(document, schema));
        let mut list = schema.as_ref().map_or_else(Map::new, |schema| sample_object(document, schema));
        list.insert(property.to_owned(), Value::Array(elements));
        if let Some(schema) = &schema {
            page.describe(document, schema, &mut list, &self.found.segments);
        }
        self.respond(success, Some(Value::Object(list)))
    }

    /// An action, or something that is not stored: the stored object if the request is for one, else a sample.
    fn other(&mut self, success: &Success<'a>) -> Answer {
        let document = self.operation.document;
        // `/v1/customers/search` searches `/v1/customers`.
        let collection = collection_shape(self.found.route);
        if self.method == "GET"
            && let Some((_, element)) = self.catalogue.list(success)
            && let Some(resource) = self.catalogue.resource(&collection)
            && Schema::object(document, element)
                .is_some_and(|element| self.is_same(&resource.schema, &element))
            && let Some((_, segments)) = self.found.segments.split_last()
        {
            return self.page_of(&path_of(segments), &resource, success);
        }
        let schema = success.object(document);
        if let Some((collection, length)) = self.catalogue.ancestors(self.found).pop()
            && let Some(resource) = self.catalogue.resource(&collection)
            && schema.as_ref().is_some_and(|schema| self.is_same(&resource.schema, schema))
        {
            let segments = self.found.segments.get(..length).unwrap_or_default();
            if let Some(kept) = self.state.get(&path_of(segments)) {
                return self.respond(success, Some(kept.clone()));
            }
            if success.example(document).is_none() {
                let mut object = self.fresh(&resource, success);
                let id = segments.last().cloned().unwrap_or_default();
                self.set_key(&resource, &mut object, &id);
                return self.respond(success, Some(Value::Object(object)));
            }
        }
        self.sampled(success)
    }

    fn sampled(&self, success: &Success<'a>) -> Answer {
        let document = self.operation.document;
        if let Some(example) = success.example(document) {
            return self.respond(success, Some(example.clone()));
        }
        let mut made = success.schema().map(|schema| sample(document, schema));
        if let (Some(Value::Object(made)), Some(schema)) = (&mut made, success.object(document)) {
            if self.catalogue.list(success).is_some() {
                Page::default().describe(document, &schema, made, &self.found.segments);
            }
            self.set_parents(&schema, made);
        }
        self.respond(success, made)
    }

    /// A new object of the resource, without an id.
    fn fresh(&self, resource: &Resource<'a>, success: &Success<'a>) -> Map<String, Value> {
        let document = self.operation.document;
        let same = || success.object(document).is_some_and(|schema| self.is_same(&resource.schema, &schema));
        let mut object = match success.example(document) {
            Some(Value::Object(example)) if same() => example.clone(),
            _ => sample_object(document, &resource.schema),
        };
        self.set_parents(&resource.schema, &mut object);
        object
    }

    fn fresh_id(&mut self, resource: &Resource<'a>, collection: &str, number: i64) -> String {
        let document = self.operation.document;
        let schema = resource.schema.property(resource.key).map(|key| Schema::read(document, key));
        let prefix = id_prefix(document, &resource.schema).unwrap_or_default();
        let mut n = number;
        loop {
            let id = match &schema {
                Some(schema) if schema.kind() == JsonType::Integer => n.to_string(),
                Some(schema) if schema.format() == "uuid" => format!("00000000-0000-4000-8000-{n:012x}"),
                Some(schema) if schema.count("maxLength").is_some_and(|most| most < prefix.len() + 20) => {
                    n.to_string()
                }
                _ => format!("{prefix}{n}"),
            };
            // A person may have chosen this id before.
            if self.state.get(&item_of(collection, &id)).is_none() {
                return id;
            }
            n = self.state.next();
        }
    }

    /// Applies the request to an object, which keeps its id.
    fn lay_over(&self, resource: &Resource<'a>, object: &mut Map<String, Value>, id: &str) {
        let overlay = Overlay { document: self.operation.document, form: self.sent.form };
        overlay.apply(&resource.schema, object, &self.sent.fields);
        self.set_key(resource, object, id);
        self.set_file(resource, object);
    }

    fn set_key(&self, resource: &Resource<'a>, object: &mut Map<String, Value>, id: &str) {
        let key = resource.schema.property(resource.key);
        let kind = key.map(|key| Schema::read(self.operation.document, key).kind());
        let value = match (kind, id.parse::<i64>()) {
            (Some(JsonType::Integer), Ok(number)) => Value::from(number),
            _ => Value::String(id.to_owned()),
        };
        object.insert(resource.key.to_owned(), value);
    }

    /// An uploaded file sets its name and size if the answer has such fields.
    fn set_file(&self, resource: &Resource<'a>, object: &mut Map<String, Value>) {
        let Some((name, size)) = &self.sent.file else { return };
        let name = Value::String(name.clone());
        for (property, value) in [("filename", &name), ("size", &Value::from(*size))] {
            let known = resource.schema.property(property);
            if known.is_some_and(|schema| fits(self.operation.document, schema, value)) {
                object.insert(property.to_owned(), value.clone());
            }
        }
    }

    /// Path values are also set in the object if it has a property of that name: `customer` of a card.
    fn set_parents(&self, schema: &Schema<'a>, object: &mut Map<String, Value>) {
        for (name, value) in &self.found.values {
            let value = Value::String(value.clone());
            if let Some(property) = schema.property(name)
                && fits(self.operation.document, property, &value)
            {
                object.insert((*name).to_owned(), value);
            }
        }
    }

    /// The object as shown by this response.
    fn project(&self, resource: &Resource<'a>, object: &Map<String, Value>, success: &Success<'a>) -> Value {
        match success.object(self.operation.document) {
            Some(schema) => self.reshape(resource, object, &schema),
            None if success.schema().is_none() => Value::Object(object.clone()),
            None => success.schema().map_or(Value::Null, |schema| sample(self.operation.document, schema)),
        }
    }

    fn reshape(&self, resource: &Resource<'a>, object: &Map<String, Value>, schema: &Schema<'a>) -> Value {
        if self.is_same(&resource.schema, schema) {
            return Value::Object(object.clone());
        }
        let mut shown = sample_object(self.operation.document, schema);
        for (name, value) in object {
            let known = schema.property(name);
            if known.is_some_and(|property| fits(self.operation.document, property, value)) {
                shown.insert(name.clone(), value.clone());
            }
        }
        Value::Object(shown)
    }

    /// Whether two schemas describe one kind of object: the same schema, or both with the same object name.
    fn is_same(&self, a: &Schema<'a>, b: &Schema<'a>) -> bool {
        if let (Some(a), Some(b)) = (a.identity(), b.identity())
            && std::ptr::eq(a, b)
        {
            return true;
        }
        let is_stub = |schema: &Schema<'_>| schema.property("deleted").is_some();
        let name = |schema: &Schema<'a>| object_name(self.operation.document, schema);
        name(a).is_some() && name(a) == name(b) && is_stub(a) == is_stub(b)
    }

    fn not_there(&self, resource: Option<&Resource<'a>>, length: usize) -> Answer {
        let name = resource.and_then(|resource| object_name(self.operation.document, &resource.schema));
        let segment = length.checked_sub(1).and_then(|n| self.found.route.template.segments().get(n));
        let name = name.or_else(|| segment.and_then(|segment| super::resource::single(segment)));
        let id = length.checked_sub(1).and_then(|n| self.found.segments.get(n));
        let message = format!(
            "no such {}: `{}`",
            shown(name.unwrap_or("object")),
            shown(id.map_or("", String::as_str))
        );
        Answer::error(404, "invalid_request_error", &message)
    }

    /// The status from the document, with the value if the response has a body.
    fn respond(&self, success: &Success<'a>, value: Option<Value>) -> Answer {
        let Some((content_type, _)) = success.media else { return Answer::empty(success.status) };
        let content_type = if content_type.contains('*') { "application/json" } else { content_type };
        if crate::model::media::is_json(content_type) {
            return Answer::json(success.status, content_type, &value.unwrap_or(Value::Null));
        }
        match value {
            Some(Value::String(text)) => Answer::bytes(success.status, content_type, text.into_bytes()),
            Some(value) => Answer::json(success.status, content_type, &value),
            None => Answer::bytes(success.status, content_type, Vec::new()),
        }
    }
}
