//! Which object is where (OpenAPI 2.0, 3.0, 3.1 and 3.2; JSON Schema 2020-12).

use super::dialect::Dialect;

/// The objects that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Object {
    Root,
    Components,
    PathItem,
    Operation,
    Parameter,
    Header,
    RequestBody,
    MediaType,
    Encoding,
    Response,
    Callback,
    Schema,
    /// Something whose references matter, but without parts of interest: `info`, a security scheme.
    Plain,
}

/// One object, or a container of such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NodeKind {
    One(Object),
    /// By name.
    Map(Object),
    /// By number.
    List(Object),
}

impl NodeKind {
    /// The kind of the member `key` of something of this kind; `None` if unknown.
    pub(super) fn child(self, key: &str, dialect: Dialect) -> Option<Self> {
        match self {
            // Paths, callbacks and responses may be extended; names of schemas and properties may begin like that.
            Self::Map(object) => {
                let extension = object != Object::Schema && key.starts_with("x-");
                (!extension).then_some(Self::One(object))
            }
            Self::List(object) => (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()))
                .then_some(Self::One(object)),
            Self::One(object) => object.member(key, dialect),
        }
    }

    /// The kind of what `pointer` (RFC 6901, without `#`) points to from something of this kind.
    pub(super) fn at(self, pointer: &str, dialect: Dialect) -> Option<Self> {
        pointer
            .split('/')
            .skip(1)
            .try_fold(self, |kind, token| kind.child(&crate::openapi::pointer::unescape(token), dialect))
    }
}

impl Object {
    fn member(self, key: &str, dialect: Dialect) -> Option<NodeKind> {
        use NodeKind::{List, Map, One};
        let old = dialect == Dialect::V2;
        Some(match (self, key) {
            (Self::Root, "paths") => Map(Self::PathItem),
            (Self::Root, "info" | "servers" | "tags") => One(Self::Plain),
            (Self::Root, "components") => One(Self::Components),
            (Self::Root, "definitions") if old => Map(Self::Schema),
            (Self::Root, "parameters") | (Self::Components, "parameters") => Map(Self::Parameter),
            (Self::Root, "responses") if old => Map(Self::Response),
            (Self::Root, "securityDefinitions") if old => Map(Self::Plain),

            (Self::Components, "schemas") => Map(Self::Schema),
            (Self::Components, "responses") => Map(Self::Response),
            (Self::Components, "requestBodies") => Map(Self::RequestBody),
            (Self::Components, "headers") => Map(Self::Header),
            (Self::Components, "securitySchemes") => Map(Self::Plain),
            (Self::Components, "callbacks") => Map(Self::Callback),
            (Self::Components, "pathItems") => Map(Self::PathItem),
            (Self::Components, "mediaTypes") => Map(Self::MediaType),

            (Self::PathItem, "parameters") | (Self::Operation, "parameters") => List(Self::Parameter),
            (Self::PathItem, "additionalOperations") => Map(Self::Operation),
            (Self::PathItem, "query") => One(Self::Operation),
            (Self::PathItem, method) if crate::openapi::problem::METHODS.contains(&method) => {
                One(Self::Operation)
            }

            (Self::Operation, "requestBody") => One(Self::RequestBody),
            (Self::Operation, "responses") => Map(Self::Response),
            (Self::Operation, "callbacks") => Map(Self::Callback),
            (Self::Callback, key) if !key.starts_with("x-") => One(Self::PathItem),

            (Self::Parameter | Self::Header | Self::MediaType, "schema") => One(Self::Schema),
            (Self::Parameter | Self::Header | Self::RequestBody | Self::Response, "content") => {
                Map(Self::MediaType)
            }
            (Self::Parameter | Self::Header, "items") if old => One(Self::Schema),
            (Self::MediaType, "itemSchema") => One(Self::Schema),
            (Self::MediaType, "encoding") => Map(Self::Encoding),
            (Self::Encoding | Self::Response, "headers") => Map(Self::Header),
            (Self::Response, "schema") if old => One(Self::Schema),

            (
                Self::Schema,
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
            ) => Map(Self::Schema),
            (Self::Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => List(Self::Schema),
            (
                Self::Schema,
                "items"
                | "additionalProperties"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "contentSchema"
                | "additionalItems",
            ) => One(Self::Schema),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_lead_to_kinds() {
        let at = |pointer: &str| NodeKind::One(Object::Root).at(pointer, Dialect::V31);
        assert_eq!(at(""), Some(NodeKind::One(Object::Root)));
        assert_eq!(
            at("/components/schemas/A/properties/properties/items"),
            Some(NodeKind::One(Object::Schema))
        );
        assert_eq!(at("/components/schemas/A/example/properties/x"), None);
        assert_eq!(
            at("/paths/~1a~1{b}/get/responses/200/content/text~1x/schema"),
            Some(NodeKind::One(Object::Schema))
        );
        assert_eq!(at("/paths/~1a/parameters/0"), Some(NodeKind::One(Object::Parameter)));
        assert_eq!(at("/paths/x-a/get"), None);
        assert_eq!(at("/definitions/A"), None);
    }
}
