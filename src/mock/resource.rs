use serde_json::Value;

use super::operation::{Operation, Success};
use super::routes::{Match, Route, Routes, shape};
use super::schema::{JsonType, Schema};
use crate::model::Segment;
use crate::openapi::Document;

/// What an operation does to stored objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Create,
    List,
    Read,
    /// PATCH, or POST on an item: a merge.
    Update,
    /// PUT on an item.
    Replace,
    Delete,
    /// None of these: answers from examples and schemas.
    Other,
}

/// The resources of a document, derived from the shapes of its paths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Catalogue<'a> {
    pub(super) document: &'a Document,
    pub(super) routes: &'a Routes,
}

/// Objects under one collection path.
#[derive(Clone, Debug)]
pub(super) struct Resource<'a> {
    /// The schema of a stored object: that of the answer to creating, or else to reading.
    pub(super) schema: Schema<'a>,
    /// The property with the id from the path.
    pub(super) key: &'a str,
    /// The document has an operation that creates them. Only such a collection knows which objects do not exist.
    pub(super) creatable: bool,
}

/// Properties that contain the elements of a list response, the most common ones first.
const LIST_PROPERTIES: [&str; 8] =
    ["data", "items", "results", "values", "value", "records", "entries", "elements"];

impl<'a> Catalogue<'a> {
    fn operation(&self, shape: &str, method: &str) -> Option<Operation<'a>> {
        Operation::find(self.document, &self.routes.with_shape(shape, method)?.path, method)
    }

    /// The resource of a collection, given by its shape; `None` if its objects have no identifying property.
    pub(super) fn resource(&self, collection: &str) -> Option<Resource<'a>> {
        let item = format!("{collection}/{{}}");
        let parameter =
            self.routes.of_shape(&item).and_then(|route| match route.template.segments().last() {
                Some(segment) => single(segment),
                None => None,
            });
        let read = |shape: &str, method: &str| self.operation(shape, method)?.success().object(self.document);
        let created =
            (parameter.is_some() || self.is_list(collection)).then(|| read(collection, "POST")).flatten();
        let schemas =
            [created, read(&item, "GET"), read(&item, "PUT"), read(&item, "PATCH"), read(&item, "POST")];
        schemas.into_iter().enumerate().find_map(|(n, schema)| {
            let schema = schema?;
            let key = self.key(&schema, parameter)?;
            Some(Resource { schema, key, creatable: n == 0 })
        })
    }

    /// The property by which the path identifies an object.
    fn key(&self, schema: &Schema<'a>, parameter: Option<&str>) -> Option<&'a str> {
        let plain = |name: &str| {
            let letters = name.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|c| c.to_ascii_lowercase()).collect::<String>()
        };
        let simple = |property: &'a Value| {
            let property = Schema::read(self.document, property);
            property.alternatives().is_none()
                && matches!(property.kind(), JsonType::String | JsonType::Integer)
        };
        let find = |wanted: &dyn Fn(&str) -> bool| {
            schema
                .properties()
                .find(|(name, property)| wanted(name) && simple(property))
                .map(|(name, _)| name)
        };
        parameter
            .and_then(|parameter| find(&|name| name == parameter))
            .or_else(|| find(&|name| name == "id"))
            .or_else(|| parameter.and_then(|parameter| find(&|name| plain(name) == plain(parameter))))
    }

    fn is_list(&self, collection: &str) -> bool {
        self.operation(collection, "GET").is_some_and(|operation| self.list(&operation.success()).is_some())
    }

    /// Where the elements of a list response are: a property, or the response itself (inner `None`), and the
    /// schema of one element.
    pub(super) fn list(&self, success: &Success<'a>) -> Option<(Option<&'a str>, &'a Value)> {
        let schema = Schema::read(self.document, success.schema()?);
        if schema.kind() == JsonType::Array {
            return Some((None, schema.items()?));
        }
        let elements = |property: &'a Value| {
            let property = Schema::read(self.document, property);
            (property.kind() == JsonType::Array).then(|| property.items()).flatten()
        };
        let usual = LIST_PROPERTIES.iter().find_map(|name| {
            let (name, property) = schema.properties().find(|(property, _)| property == name)?;
            Some((Some(name), elements(property)?))
        });
        // Without one of those, an array counts if it is the only one: most objects have arrays.
        usual.or_else(|| {
            let mut arrays = schema.properties().filter_map(|(n, p)| Some((Some(n), elements(p)?)));
            let only = arrays.next()?;
            let is_object = Schema::object(self.document, only.1).is_some();
            (arrays.next().is_none() && is_object && schema.property("id").is_none()).then_some(only)
        })
    }

    /// What `method` of `route` does.
    pub(super) fn role(&self, route: &Route, method: &str, success: &Success<'a>) -> Role {
        if route.twin {
            return Role::Other;
        }
        let collection = collection_shape(route);
        if route.template.segments().last().and_then(|segment| single(segment)).is_some() {
            if self.resource(&collection).is_none() {
                return Role::Other;
            }
            return match method {
                "GET" => Role::Read,
                "PUT" => Role::Replace,
                "PATCH" | "POST" => Role::Update,
                "DELETE" => Role::Delete,
                _ => Role::Other,
            };
        }
        match method {
            "POST" if self.resource(&route.shape).is_some_and(|resource| resource.creatable) => Role::Create,
            "GET" if self.list(success).is_some() && self.resource(&route.shape).is_some() => Role::List,
            _ => Role::Other,
        }
    }

    /// The items that the path passes through before its last segment, outermost first: shape of the
    /// collection, number of segments up to the item.
    pub(super) fn ancestors(&self, found: &Match<'_>) -> Vec<(String, usize)> {
        let segments = found.route.template.segments();
        let before = segments.len().saturating_sub(1);
        let items = (1..before).filter(|n| segments.get(*n).is_some_and(|segment| single(segment).is_some()));
        items.map(|n| (shape(segments.get(..n).unwrap_or_default()), n + 1)).collect()
    }
}

/// The shape of the path without its last segment.
pub(super) fn collection_shape(route: &Route) -> String {
    let segments = route.template.segments();
    shape(segments.get(..segments.len().saturating_sub(1)).unwrap_or_default())
}

/// The name, if the segment is exactly one parameter.
pub(super) fn single(segment: &[Segment]) -> Option<&str> {
    match segment {
        [Segment::Parameter(variable)] => Some(variable.name()),
        _ => None,
    }
}
