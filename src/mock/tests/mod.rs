//! The mock as a client sees it, in the same process.

mod socket;
mod stripe;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, Incoming, Mock};
use crate::http::{Attachment, Body, File, Part, PartContent, Request, Transport};
use crate::openapi::Document;
use crate::secret::Secret;

const SHOP: &str = r##"
openapi: 3.0.3
servers: [{url: "https://shop.example/api"}]
security: [{token: []}]
paths:
  /customers:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}
        - {name: email, in: query, schema: {type: string}}
        - {name: starting_after, in: query, schema: {type: string}}
      responses:
        "200": {content: {application/json: {schema: {type: object, properties: {
          object: {enum: [list]}, url: {type: string}, has_more: {type: boolean},
          data: {type: array, items: {$ref: "#/components/schemas/customer"}}}}}}}
    post:
      requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object,
        required: [email], properties: {email: {type: string}, name: {type: string}, metadata: {additionalProperties: {type: string}},
        address: {type: object, properties: {city: {type: string}, zip: {type: string}}}}}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/customer"}}}}, default: {}}
  /customers/search:
    get:
      responses: {"200": {content: {application/json: {schema: {type: object, properties: {
        next_page: {type: string, nullable: true}, data: {type: array, items: {$ref: "#/components/schemas/customer"}}}}}}}}
  /customers/{customer}:
    parameters: [{name: customer, in: path, required: true, schema: {type: string, maxLength: 20}}]
    get:
      responses: {"200": {content: {application/json: {schema: {anyOf: [
        {$ref: "#/components/schemas/customer"}, {$ref: "#/components/schemas/deleted"}]}}}}}
    post:
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {
        name: {type: string}, metadata: {additionalProperties: {type: string}},
        address: {type: object, properties: {city: {type: string}, zip: {type: string}}}}}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/customer"}}}}}
    delete:
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/deleted"}}}}}
  /customers/{customer}/confirm:
    post:
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/customer"}}}}}
  /customers/{customer}/cards:
    get:
      responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/card"}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {type: object, additionalProperties: false, properties: {
        brand: {enum: [visa, amex]}}}}}}
      responses: {"201": {content: {application/json: {schema: {$ref: "#/components/schemas/card"}}}}}
  /customers/{customer}/cards/{id}:
    get:
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/card"}}}}}
    put:
      requestBody: {content: {application/json: {schema: {type: object, properties: {brand: {type: string}}}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/card"}}}}}
    delete:
      responses: {"204": {}}
  /events/{id}:
    get:
      responses: {"200": {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}}
  /files:
    get:
      responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/file"}}}}}}
    post:
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object, required: [file, purpose],
        properties: {file: {type: string, format: binary}, purpose: {enum: [logo, icon]}}}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/file"}}}}}
  /keyed:
    get:
      security: [{key: []}]
      responses: {"200": {content: {application/json: {example: {ok: true}}}}}
  /slots/{name}:
    get:
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/slot"}}}}}
    put:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/slot"}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/slot"}}}}}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: query, name: api_key}
  schemas:
    customer: {type: object, required: [id, object], properties: {
      id: {type: string}, object: {enum: [customer]}, created: {type: integer, format: unix-time},
      email: {type: string}, name: {type: string, nullable: true},
      metadata: {type: object, additionalProperties: {type: string}},
      address: {type: object, properties: {city: {type: string}, zip: {type: string}}}}}
    deleted: {type: object, properties: {id: {type: string}, object: {enum: [customer]}, deleted: {type: boolean}}}
    card: {type: object, properties: {id: {type: integer}, customer: {type: string}, brand: {type: string}}}
    file: {type: object, properties: {id: {type: string}, filename: {type: string}, size: {type: integer}, purpose: {type: string}}}
    slot: {type: object, properties: {name: {type: string}, text: {type: string}}}
"##;

fn shop() -> Document {
    Document::parse(SHOP.as_bytes(), "shop.yaml").unwrap()
}

fn ask(mock: &Mock, line: &str, body: &str) -> Answer {
    let (method, target) = line.split_once(' ').unwrap();
    let content_type =
        if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut headers = vec![("Authorization".to_owned(), "Bearer t".to_owned())];
    if !body.is_empty() {
        headers.push(("Content-Type".to_owned(), content_type.to_owned()));
    }
    let request = Incoming {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    };
    mock.answer(&request)
}

/// Status and JSON body.
fn call(mock: &Mock, line: &str, body: &str) -> (u16, Value) {
    let answer = ask(mock, line, body);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}

fn message(mock: &Mock, line: &str, body: &str) -> (u16, String) {
    let (status, value) = call(mock, line, body);
    (status, value["error"]["message"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn what_is_created_is_read_listed_updated_and_deleted() {
    for mock in [Mock::new(shop()), Mock::strict(shop())] {
        let (status, made) = call(
            &mock,
            "POST /customers",
            "email=a%40b.c&name=A&metadata[plan]=pro&address[city]=Paris&address[zip]=1",
        );
        assert_eq!(status, 200);
        assert_eq!(
            made,
            json!({"id": "cus_1", "object": "customer", "created": 1_704_067_260, "email": "a@b.c", "name": "A",
                "metadata": {"plan": "pro"}, "address": {"city": "Paris", "zip": "1"}})
        );
        assert_eq!(call(&mock, "GET /api/customers/cus_1", ""), (200, made.clone()));
        let (_, changed) =
            call(&mock, "POST /customers/cus_1", "name=&metadata[plan]=&metadata[x]=y&address[city]=Rome");
        assert_eq!(changed["name"], Value::Null);
        assert_eq!(changed["metadata"], json!({"x": "y"}));
        assert_eq!(changed["address"], json!({"city": "Rome", "zip": "1"}));
        assert_eq!(changed["created"], made["created"]);
        assert_eq!(call(&mock, "GET /customers/cus_1", "").1, changed);
        assert_eq!(call(&mock, "POST /customers/cus_1/confirm", "").1, changed);
        assert_eq!(call(&mock, "GET /customers/search", "").1, json!({"next_page": null, "data": [changed]}));
        assert_eq!(
            call(&mock, "DELETE /customers/cus_1", ""),
            (200, json!({"id": "cus_1", "object": "customer", "deleted": true}))
        );
        assert_eq!(message(&mock, "GET /customers/cus_1", ""), (404, "no such customer: `cus_1`".to_owned()));
        assert_eq!(message(&mock, "DELETE /customers/cus_1", "").0, 404);
        assert_eq!(call(&mock, "GET /customers", "").1["data"], json!([]));
    }
}

#[test]
fn lists_are_newest_first_limited_and_filtered() {
    let mock = Mock::strict(shop());
    for n in 1..=3 {
        call(&mock, "POST /customers", &format!("email=a{n}"));
    }
    let ids = |target: &str| {
        let (_, list) = call(&mock, &format!("GET {target}"), "");
        let ids: Vec<String> =
            list["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
        (ids.join(" "), list["has_more"].as_bool().unwrap(), list["url"].as_str().unwrap().to_owned())
    };
    assert_eq!(ids("/customers"), ("cus_3 cus_2 cus_1".into(), false, "/customers".into()));
    assert_eq!(ids("/customers?limit=2"), ("cus_3 cus_2".into(), true, "/customers".into()));
    assert_eq!(ids("/customers?limit=2&starting_after=cus_2").0, "cus_1");
    assert_eq!(ids("/customers?email=a2").0, "cus_2");
}

#[test]
fn a_fresh_mock_knows_any_object_and_a_strict_one_none() {
    let mock = Mock::new(shop());
    assert_eq!(call(&mock, "GET /customers/cus_9", "").1["id"], "cus_9");
    assert_eq!(call(&mock, "GET /customers?limit=3", "").1["data"].as_array().unwrap().len(), 1);
    let (status, changed) = call(&mock, "POST /customers/cus_9", "name=N");
    assert_eq!((status, &changed["id"], &changed["name"]), (200, &json!("cus_9"), &json!("N")));
    // Now the collection is in use.
    assert_eq!(call(&mock, "GET /customers/cus_9", "").1["name"], "N");
    assert_eq!(message(&mock, "GET /customers/cus_8", "").0, 404);
    let mock = Mock::new(shop());
    assert_eq!(call(&mock, "DELETE /customers/cus_1", "").1["deleted"], true);
    assert_eq!(call(&mock, "GET /customers/cus_1", "").0, 404);
    assert_eq!(call(&Mock::new(shop()), "POST /customers/cus_7/confirm", "").1["id"], "cus_7");

    let strict = Mock::strict(shop());
    for line in [
        "GET /customers/cus_9",
        "DELETE /customers/cus_9",
        "POST /customers/cus_9",
        "GET /customers/cus_9/cards",
    ] {
        assert_eq!(message(&strict, line, ""), (404, "no such customer: `cus_9`".to_owned()), "{line}");
    }
    assert_eq!(call(&strict, "GET /customers", "").1["data"], json!([]));
    // Nothing creates events, so it is unknown which exist.
    assert_eq!(call(&strict, "GET /events/e1", ""), (200, json!({"id": "e1"})));
}

#[test]
fn nested_collections_are_apart_for_each_parent_and_go_with_it() {
    let mock = Mock::strict(shop());
    call(&mock, "POST /customers", "email=a");
    call(&mock, "POST /customers", "email=b");
    let (status, card) = call(&mock, "POST /customers/cus_1/cards", r#"{"brand": "amex"}"#);
    assert_eq!((status, card), (201, json!({"id": 3, "customer": "cus_1", "brand": "amex"})));
    assert_eq!(call(&mock, "GET /customers/cus_1/cards", "").1.as_array().unwrap().len(), 1);
    assert_eq!(call(&mock, "GET /customers/cus_2/cards", "").1, json!([]));
    assert_eq!(call(&mock, "GET /customers/cus_2/cards/3", "").0, 404);
    // PUT replaces: what it omits is as in a new object.
    let (_, replaced) = call(&mock, "PUT /customers/cus_1/cards/3", "{}");
    assert_eq!(replaced, json!({"id": 3, "customer": "cus_1", "brand": "string"}));
    call(&mock, "DELETE /customers/cus_1", "");
    assert_eq!(
        message(&mock, "GET /customers/cus_1/cards/3", ""),
        (404, "no such customer: `cus_1`".to_owned())
    );
    assert_eq!(call(&mock, "POST /customers/cus_2/cards", "{}").1["id"], 4);
    let gone = ask(&mock, "DELETE /customers/cus_2/cards/4", "");
    assert_eq!((gone.status, gone.body.len()), (204, 0));
}

#[test]
fn put_creates_where_nothing_else_does() {
    let mock = Mock::strict(shop());
    let slot = json!({"name": "left", "text": "x"});
    assert_eq!(call(&mock, "PUT /slots/left", r#"{"text": "x"}"#), (200, slot.clone()));
    assert_eq!(call(&mock, "GET /slots/left", ""), (200, slot));
    assert_eq!(call(&mock, "GET /slots/right", "").0, 404);
}

#[test]
fn wrong_requests_are_named_with_their_places() {
    let mock = Mock::strict(shop());
    let answer = ask(&mock, "GET /customers?limit=abc&lmit=1", "");
    assert_eq!(answer.status, 400);
    assert_eq!(answer.operation.as_deref(), Some("GET /customers"));
    let places: Vec<&str> = answer.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(places, ["query.limit", "query.lmit"]);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert_eq!(body["error"]["message"], "`query.limit`: `abc` is not an integer (and 1 more problem)");
    assert_eq!(
        body["error"]["problems"][0],
        json!({"place": "query.limit", "message": "`abc` is not an integer"})
    );
    for (line, body, expected) in [
        ("GET /customers?limit=0", "", "`query.limit`: `0` is less than 1"),
        ("POST /customers", "", "`body.email`: is required"),
        (
            "POST /customers",
            "email=a&nam=b",
            "`body.nam`: is not a field of this operation; did you mean `name`?",
        ),
        (
            "POST /customers",
            "{}",
            "`header.content-type`: `application/json` is not accepted; send `application/x-www-form-urlencoded`",
        ),
        (
            "GET /customers/123456789012345678901",
            "",
            "`path.customer`: must have at most 20 characters, and has 21",
        ),
        (
            "POST /customers/x/cards",
            r#"{"brand": "vis", "more": 1}"#,
            "`body.brand`: `vis` is not one of `visa`, `amex`; did you mean `visa`? (and 1 more problem)",
        ),
        ("GET /events/1", "a=b", "`body`: this operation takes no body"),
    ] {
        assert_eq!(message(&mock, line, body), (400, expected.to_owned()), "{line}");
    }
    // Nothing of a rejected request is stored.
    assert_eq!(call(&mock, "GET /customers", "").1["data"], json!([]));
}

#[test]
fn unknown_paths_methods_and_missing_credentials_are_told_apart() {
    let mock = Mock::new(shop());
    let unknown = call(&mock, "GET /x?token=1", "");
    assert_eq!(unknown, (404, json!({"error": {"type": "mock", "message": "no operation matches GET /x"}})));
    let answer = ask(&mock, "PATCH /customers/1", "");
    assert_eq!(answer.status, 405);
    assert!(answer.headers.contains(&("allow".into(), "DELETE, GET, POST".into())));
    let bare = Incoming { method: "GET".into(), target: "/customers".into(), ..Incoming::default() };
    let answer = mock.answer(&bare);
    assert_eq!(answer.status, 401);
    assert!(String::from_utf8_lossy(&answer.body).contains("`token` (`authorization: bearer ...`)"));
    let head = ask(&mock, "HEAD /customers", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn ids_do_not_clash_and_hostile_ones_stay_in_their_place() {
    let mock = Mock::strict(shop());
    call(&mock, "POST /customers", "email=a");
    assert_eq!(call(&mock, "GET /customers/cus_1%2Fcards", "").0, 404);
    let (status, text) = message(&mock, "GET /customers/%1b%5B31m", "");
    assert_eq!((status, text.as_str()), (404, "no such customer: `\\u{1b}[31m`"));
}

#[test]
fn as_a_transport_it_takes_files_and_credentials() {
    let mock = Mock::strict(shop());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    std::fs::write(&path, b"12345").unwrap();
    let file = PartContent::File(File { path, name: "a.png".into(), piped: None });
    let mut request = Request {
        method: "POST".into(),
        base: "https://shop.example/api".into(),
        path: "/files".into(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Body::Multipart {
            content_type: "multipart/form-data".into(),
            parts: vec![
                Part {
                    name: "purpose".into(),
                    content_type: None,
                    content: PartContent::Text("logo".into()),
                },
                Part { name: "file".into(), content_type: None, content: file },
            ],
        },
        credentials: vec![Attachment::Header {
            name: "authorization".into(),
            prefix: "Bearer ".into(),
            value: Secret::from("t".to_owned()),
        }],
    };
    let response = mock.send(&request, Duration::from_secs(1)).unwrap();
    let made: Value = serde_json::from_slice(response.body.bytes()).unwrap();
    assert_eq!(made, json!({"id": "1", "filename": "a.png", "size": 5, "purpose": "logo"}));
    request.method = "GET".into();
    request.path = "/keyed".into();
    request.body = Body::Empty;
    assert_eq!(mock.send(&request, Duration::from_secs(1)).unwrap().status, 401);
    request.credentials =
        vec![Attachment::Query { name: "api_key".into(), value: Secret::from("a&b".to_owned()) }];
    let response = mock.send(&request, Duration::from_secs(1)).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(response.body.bytes()).unwrap(), json!({"ok": true}));
}

#[test]
fn operations_that_share_a_path_are_told_apart() {
    let only = |name: &str, place: &str, value: &str| json!([{"name": name, "in": place, "required": true, "schema": {"enum": [value]}}]);
    let answer = |text: &str| json!({"200": {"content": {"text/plain": {"example": text}}}});
    let root = json!({"openapi": "3.0.3", "paths": {
        "/#Action=A": {"get": {"parameters": only("Action", "query", "A"), "responses": answer("a")}},
        "/#Action=B": {"get": {"parameters": only("Action", "query", "B"), "responses": answer("b")}},
        "/#Target=C": {"get": {"parameters": only("X-Target", "header", "C"), "responses": answer("c")}},
        "/{b}/{k}#tags": {"get": {"parameters": only("tags", "query", "true"), "responses": answer("tags")}},
        "/{b}/{k}": {"get": {"responses": answer("object")}},
        "/rest?method=x.y": {"get": {"responses": answer("x.y")}},
        "/rest?method=x.z": {"get": {"responses": answer("x.z")}},
        "/files/{path+}/end": {"get": {"responses": answer("file")}}}});
    let mock = Mock::new(Document::parse(root.to_string().as_bytes(), "test").unwrap());
    let ask = |target: &str, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Incoming { method: "GET".into(), target: target.into(), headers, body: Vec::new() };
        let answer = mock.answer(&request);
        if answer.status == 200 { String::from_utf8(answer.body).unwrap() } else { answer.status.to_string() }
    };
    assert_eq!(ask("/?Action=B", &[]), "b");
    assert_eq!(ask("/?Action=A", &[]), "a");
    assert_eq!(ask("/", &[("x-target", "C")]), "c");
    assert_eq!(ask("/x/y?tags=true", &[]), "tags");
    assert_eq!(ask("/x/y", &[]), "object");
    assert_eq!(ask("/rest?method=x.z", &[]), "x.z");
    assert_eq!(ask("/rest?method=none", &[]), "x.y");
    assert_eq!(ask("/files/a/b/c/end", &[]), "file");
    assert_eq!(ask("/files/a/b/c", &[]), "404");
}
