//! Each rule of the upgrade, with small documents.

use serde_json::{Value, json};

use crate::openapi::{Document, Operation};

fn read(document: &Value) -> Document {
    Document::parse(document.to_string().as_bytes(), "t").unwrap()
}

/// The schema `x` of an OpenAPI 3.1 document, upgraded.
fn schema(schema: &Value) -> Value {
    let document = read(&json!({
        "openapi": "3.1.0", "paths": {},
        "components": {"schemas": {"x": schema, "y": {"type": "object", "description": "why"}}}
    }));
    document.root().pointer("/components/schemas/x").unwrap().clone()
}

#[test]
fn schemas_of_json_schema_are_those_of_3_0() {
    for (new, old) in [
        (json!({"type": ["string", "null"]}), json!({"nullable": true, "type": "string"})),
        (json!({"type": "null"}), json!({"nullable": true, "enum": [null]})),
        (
            json!({"type": ["integer", "string"], "minimum": 1, "maxLength": 3, "description": "d", "enum": [1, "a"]}),
            json!({"description": "d", "anyOf": [
                {"type": "integer", "minimum": 1, "enum": [1]}, {"type": "string", "maxLength": 3, "enum": ["a"]}]}),
        ),
        (
            json!({"type": ["object", "string", "null"], "properties": {"type": {"type": "String"}}}),
            json!({"nullable": true, "anyOf": [
                {"type": "object", "properties": {"type": {"type": "string"}}}, {"type": "string"}]}),
        ),
        (json!({"type": ["integer", "number"]}), json!({"type": "number"})),
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (json!({"const": null}), json!({"enum": [null], "nullable": true})),
        (json!(true), json!({})),
        (json!(false), json!({"not": {}})),
        (
            json!({"additionalProperties": true, "items": true, "not": false}),
            json!({"additionalProperties": true, "items": {}, "not": {"not": {}}}),
        ),
        (json!({"exclusiveMinimum": 1}), json!({"minimum": 1, "exclusiveMinimum": true})),
        (json!({"exclusiveMaximum": 9, "maximum": 5}), json!({"maximum": 5})),
        (json!({"exclusiveMinimum": 1, "minimum": 0}), json!({"minimum": 1, "exclusiveMinimum": true})),
        (json!({"exclusiveMinimum": true, "minimum": 0}), json!({"exclusiveMinimum": true, "minimum": 0})),
        (
            json!({"$ref": "#/components/schemas/y", "description": "mine"}),
            json!({"description": "mine", "allOf": [{"$ref": "#/components/schemas/y"}]}),
        ),
        (json!({"$ref": "#/components/schemas/y"}), json!({"$ref": "#/components/schemas/y"})),
        (
            json!({"anyOf": [{"$ref": "#/components/schemas/y"}, {"type": "null"}], "default": null}),
            json!({"default": null, "nullable": true, "allOf": [{"$ref": "#/components/schemas/y"}]}),
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
        ),
        (
            json!({"prefixItems": [{"type": "string"}, {"const": 1}], "items": false}),
            json!({"maxItems": 2, "items": {"anyOf": [{"type": "string"}, {"enum": [1]}]}, "type": "array"}),
        ),
        (
            json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}),
            json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png", "format": "byte"}),
        ),
        (
            json!({"contentMediaType": "application/octet-stream"}),
            json!({"contentMediaType": "application/octet-stream", "format": "binary", "type": "string"}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^x-": {"type": ["string", "null"]}}}),
            json!({"type": "object", "additionalProperties": {"nullable": true, "type": "string"}}),
        ),
        (json!({"type": "string", "examples": ["a", "b"]}), json!({"type": "string", "example": "a"})),
        (json!({"type": "Int"}), json!({"type": "integer", "format": "int32"})),
        (json!({"type": "whatever"}), json!({})),
        (
            json!({"if": {"const": 1}, "then": {"const": 2}, "dependentSchemas": {"a": {"type": ["null"]}}}),
            json!({"if": {"enum": [1]}, "then": {"enum": [2]}, "dependentSchemas": {"a": {"nullable": true, "enum": [null]}}}),
        ),
    ] {
        assert_eq!(schema(&new), old, "{new}");
    }
}

#[test]
fn what_only_looks_like_a_keyword_stays() {
    for same in [
        json!({"example": {"const": 1, "type": ["a"], "$ref": "#/nowhere"}}),
        json!({"default": {"exclusiveMinimum": 1}}),
        json!({"enum": [{"const": 1}]}),
        json!({"x-odd": {"type": ["string", "null"]}}),
    ] {
        assert_eq!(schema(&same), same);
    }
    let properties = json!({"properties": {"const": {"const": 1}, "type": {"type": "string"}, "$ref": {"type": "string"}}});
    let expected = json!({"properties": {"const": {"enum": [1]}, "type": {"type": "string"}, "$ref": {"type": "string"}}});
    assert_eq!(schema(&properties), expected);
}

#[test]
fn anchors_and_identifiers_are_pointers() {
    let document = read(&json!({
        "openapi": "3.1.0", "paths": {},
        "components": {"schemas": {
            "a": {"$id": "https://a.example/a", "$anchor": "here", "$defs": {"in": {"$dynamicAnchor": "node", "type": "string"}}},
            "b": {"$ref": "#here"},
            "c": {"$dynamicRef": "#node"},
            "d": {"$ref": "https://a.example/a#/$defs/in"}
        }}
    }));
    let reference = |name: &str| document.root()["components"]["schemas"][name]["$ref"].clone();
    assert_eq!(reference("b"), "#/components/schemas/a");
    assert_eq!(reference("c"), "#/components/schemas/a/$defs/in");
    assert_eq!(reference("d"), "#/components/schemas/a/$defs/in");
}

#[test]
fn what_a_reference_leads_to_is_upgraded_wherever_it_stands() {
    let document = read(&json!({
        "openapi": "3.1.0",
        "paths": {"/a": {
            "parameters": [{"$ref": "#/x-shared/p"}],
            "get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/x-shared/s/properties/q"}}}}}}
        }},
        "x-shared": {
            "p": {"name": "p", "in": "query", "schema": {"type": ["string", "null"]}},
            "s": {"properties": {"q": {"const": 1}}, "const": 2}
        }
    }));
    assert_eq!(document.root()["x-shared"]["p"]["schema"], json!({"nullable": true, "type": "string"}));
    assert_eq!(document.root()["x-shared"]["s"], json!({"properties": {"q": {"enum": [1]}}, "const": 2}));
}

#[test]
fn pointers_into_what_was_put_around_still_lead_there() {
    let document = read(&json!({
        "openapi": "3.1.0", "paths": {},
        "components": {"schemas": {
            "a": {"type": ["object", "null", "string"], "properties": {"p": {"type": "integer"}}},
            "b": {"prefixItems": [{"type": "boolean"}, {"type": "integer"}]},
            "c": {"anyOf": [{"type": "integer"}, {"type": "null"}]}
        }}
    }));
    let target = |reference: &str| document.target(reference).map(|value| value["type"].clone()).unwrap();
    assert_eq!(target("#/components/schemas/a/properties/p"), "integer");
    assert_eq!(target("#/components/schemas/b/prefixItems/1"), "integer");
    assert_eq!(target("#/components/schemas/c/anyOf/0"), "integer");
}

#[test]
fn methods_of_3_2_are_operations() {
    let document = read(&json!({
        "openapi": "3.2.0",
        "paths": {"/a": {
            "query": {"requestBody": {"content": {"application/jsonl": {"itemSchema": {"type": ["integer", "null"]}}}}},
            "additionalOperations": {"LINK": {}, "x-note": {}, "QUERY": {}, "Copy": 3}
        }}
    }));
    let got: Vec<_> = document.operations().into_iter().map(|at| (at.method, at.pointer)).collect();
    let expected = [
        ("QUERY", "#/paths/~1a/query"),
        ("LINK", "#/paths/~1a/additionalOperations/LINK"),
        ("Copy", "#/paths/~1a/additionalOperations/Copy"),
    ];
    assert_eq!(got, expected.map(|(method, pointer)| (method.to_owned(), pointer.to_owned())));
    assert_eq!(
        document.root().pointer("/paths/~1a/query/requestBody/content/application~1jsonl/schema"),
        Some(&json!({"type": "array", "items": {"nullable": true, "type": "integer"}}))
    );
}

#[test]
fn a_path_item_may_have_more_than_its_reference() {
    let document = read(&json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/i", "post": {"operationId": "own"}}},
        "components": {"pathItems": {"i": {"get": {"operationId": "theirs"}, "post": {"operationId": "not"}}}}
    }));
    let ids: Vec<_> = document
        .operations()
        .iter()
        .map(|at| Operation::read(&document, at).unwrap().operation_id.unwrap_or_default().to_owned())
        .collect();
    assert_eq!(ids, ["own", "theirs"]);
}

fn swagger() -> Value {
    json!({
        "swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "a.example", "basePath": "/v1/",
        "schemes": ["http", "https", "ws"], "consumes": ["application/json", "application/xml"],
        "produces": ["application/json"],
        "paths": {
            "/pets": {
                "parameters": [{"$ref": "#/parameters/limit"}],
                "get": {"parameters": [
                    {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
                    {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}},
                    {"name": "pipes", "in": "query", "type": "array", "collectionFormat": "pipes", "items": {}},
                    {"name": "X-A", "in": "header", "type": "integer", "minimum": 1}
                ], "responses": {
                    "200": {"description": "ok", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}},
                    "default": {"$ref": "#/responses/Error"}
                }},
                "post": {"parameters": [{"$ref": "#/parameters/pet"}], "responses": {
                    "201": {"description": "made", "schema": {"$ref": "#/paths/~1pets/get/responses/200/schema"}}
                }}
            },
            "/pets/{id}/photo": {
                "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"},
                    {"name": "note", "in": "formData", "type": "string", "description": "A note"}],
                "post": {"parameters": [{"name": "photo", "in": "formData", "type": "file", "required": true}],
                    "schemes": ["http"],
                    "produces": ["image/png", "image/jpeg"],
                    "responses": {"200": {"description": "ok", "schema": {"type": "file"}}}},
                "put": {"consumes": ["application/x-www-form-urlencoded"], "parameters": [
                    {"name": "ids", "in": "formData", "type": "array", "items": {"type": "integer"}, "collectionFormat": "ssv"}],
                    "responses": {}}
            },
            "/odd": {"post": {"parameters": [
                {"name": "q", "in": "query", "type": "string"},
                {"name": "b", "in": "body", "schema": {"type": "object", "properties": {"a": {"type": "string", "x-nullable": true}}}},
                {"name": "z", "in": "query", "type": "string"}]},
                "get": {"parameters": [{"$ref": "#/paths/~1odd/post/parameters/2"}]}}
        },
        "definitions": {
            "Pet": {"type": "object", "discriminator": "kind", "required": ["name"],
                "properties": {"kind": {"type": "string"}, "name": {"type": "string", "required": true}}}
        },
        "parameters": {
            "limit": {"name": "limit", "in": "query", "type": "integer", "default": 10},
            "pet": {"name": "pet", "in": "body", "required": true, "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}
        },
        "responses": {"Error": {"description": "no", "schema": {"type": "string"}}},
        "securityDefinitions": {
            "basic": {"type": "basic"}, "key": {"type": "apiKey", "in": "query", "name": "k"},
            "oauth": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a", "tokenUrl": "https://b", "scopes": {"r": "read"}}
        }
    })
}

#[test]
fn swagger_is_3_0() {
    let document = read(&swagger());
    let root = document.root();
    let at = |pointer: &str| root.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(document.version(), "2.0");
    assert_eq!(at("/openapi"), "3.0.3");
    assert_eq!(at("/servers"), json!([{"url": "https://a.example/v1"}, {"url": "http://a.example/v1"}]));
    for gone in ["swagger", "host", "basePath", "schemes", "consumes", "produces", "definitions", "responses"]
    {
        assert!(root.get(gone).is_none(), "{gone}");
    }
    assert_eq!(at("/components/schemas/Pet/discriminator"), json!({"propertyName": "kind"}));
    assert_eq!(at("/components/schemas/Pet/required"), json!(["name", "name"]));
    assert_eq!(
        at("/components/parameters/limit"),
        json!({"name": "limit", "in": "query", "schema": {"type": "integer", "default": 10}})
    );
    assert_eq!(
        at("/components/securitySchemes"),
        json!({
            "basic": {"type": "http", "scheme": "basic"}, "key": {"type": "apiKey", "in": "query", "name": "k"},
            "oauth": {"type": "oauth2", "flows": {"authorizationCode":
                {"authorizationUrl": "https://a", "tokenUrl": "https://b", "scopes": {"r": "read"}}}}
        })
    );
    let styles: Vec<_> = at("/paths/~1pets/get/parameters")
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| (parameter["style"].as_str().map(str::to_owned), parameter["explode"].as_bool()))
        .collect();
    let form = |explode| (Some("form".to_owned()), Some(explode));
    assert_eq!(
        styles,
        [form(true), form(false), (Some("pipeDelimited".to_owned()), Some(false)), (None, None)]
    );
    assert_eq!(at("/paths/~1pets/get/parameters/3/schema"), json!({"type": "integer", "minimum": 1}));
    assert_eq!(document.problems(), []);
}

#[test]
fn bodies_and_forms_of_swagger_are_request_bodies() {
    let document = read(&swagger());
    let root = document.root();
    let at = |pointer: &str| root.pointer(pointer).cloned().unwrap_or_default();
    let pet = json!({"schema": {"$ref": "#/parameters/pet/schema"}});
    assert_eq!(
        at("/paths/~1pets/post/requestBody"),
        json!({"content": {"application/json": pet, "application/xml": pet}, "required": true})
    );
    assert_eq!(
        document.target("#/parameters/pet/schema").unwrap()["items"],
        json!({"$ref": "#/components/schemas/Pet"})
    );
    assert_eq!(
        at("/paths/~1pets~1{id}~1photo/post/requestBody"),
        json!({"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {
            "photo": {"type": "string", "format": "binary"}, "note": {"type": "string", "description": "A note"}},
            "required": ["photo"]}}}, "required": true})
    );
    assert_eq!(at("/paths/~1pets~1{id}~1photo/post/servers"), json!([{"url": "http://a.example/v1"}]));
    let form = at("/paths/~1pets~1{id}~1photo/put/requestBody/content/application~1x-www-form-urlencoded");
    assert_eq!(form["encoding"], json!({"ids": {"style": "spaceDelimited", "explode": false}}));
    assert_eq!(
        form["schema"]["properties"],
        json!({"ids": {"type": "array", "items": {"type": "integer"}}, "note": {"type": "string", "description": "A note"}})
    );
    assert_eq!(at("/paths/~1pets~1{id}~1photo/parameters").as_array().unwrap().len(), 1);
    let photo = at("/paths/~1pets~1{id}~1photo/post/responses/200");
    let same = json!({"schema": {"$ref": "#/paths/~1pets~1{id}~1photo/post/responses/200/schema"}});
    assert_eq!(photo["content"], json!({"image/png": same, "image/jpeg": same}));
    assert_eq!(photo["schema"], json!({"type": "string", "format": "binary"}));
    assert_eq!(
        at("/paths/~1odd/post/requestBody/content/application~1xml/schema"),
        json!({"$ref": "#/paths/~1odd/post/requestBody/content/application~1json/schema"})
    );
    assert_eq!(
        at("/paths/~1odd/post/requestBody/content/application~1json/schema/properties/a"),
        json!({"type": "string", "x-nullable": true, "nullable": true})
    );
}

#[test]
fn references_into_swagger_keep_their_targets() {
    let document = read(&swagger());
    let made =
        document.root().pointer("/paths/~1pets/post/responses/201/content/application~1json/schema").unwrap();
    assert_eq!(document.resolve(made).unwrap()["items"], json!({"$ref": "#/components/schemas/Pet"}));
    let operations = document.operations();
    let odd = operations.iter().find(|at| at.path == "/odd" && at.method == "GET").unwrap();
    let odd = Operation::read(&document, odd).unwrap();
    assert_eq!(odd.parameters.iter().map(|parameter| parameter.name).collect::<Vec<_>>(), ["z"]);
    for at in &operations {
        Operation::read(&document, at).unwrap();
    }
}

#[test]
fn messages_have_the_authors_pointers() {
    let mut swagger = swagger();
    swagger["paths"]["/pets"]["post"]["parameters"] =
        json!([{"name": "x", "in": "body", "schema": {"$ref": "#/definitions/Gone"}}]);
    let document = read(&swagger);
    let operations = document.operations();
    let post = operations.iter().find(|at| at.path == "/pets" && at.method == "POST").unwrap();
    let problem = Operation::read(&document, post).unwrap_err();
    assert_eq!(problem.message, "`$ref` to `#/definitions/Gone`, which does not exist");
    assert_eq!(document.authored(&problem.pointer), "#/paths/~1pets/post/parameters");
}

#[test]
fn an_upgraded_document_is_read_again_without_a_change() {
    for document in [
        swagger(),
        json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [
        {"name": "a", "in": "query", "schema": {"type": ["string", "integer", "null"]}}]}}}}),
    ] {
        let once = read(&document);
        let twice = read(once.root());
        assert_eq!(once.root(), twice.root());
        assert_eq!(twice.version(), "3.0.3");
    }
}

#[test]
fn an_operation_that_stands_nowhere_is_none() {
    let document = read(&json!({
        "openapi": "3.0.3", "paths": {"/a": {"get": {"$ref": "#/x-there"}, "put": {"$ref": "#/x-gone"}}},
        "x-there": {"operationId": "there"}
    }));
    let read: Vec<_> = document
        .operations()
        .iter()
        .map(|at| Operation::read(&document, at).map(|operation| operation.operation_id))
        .collect();
    assert_eq!(read[0].as_ref().unwrap(), &Some("there"));
    assert_eq!(read[1].as_ref().unwrap_err().message, "`$ref` to `#/x-gone`, which does not exist");
}
