//! The mock as a client sees it: in the same process and over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::check::check;
use super::operation::Operation;
use super::sample::sample;
use super::schema::{Kind, Schema};
use super::{Answer, Incoming, Log, LogLine, Mock, Stop, serve};
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
    // Nothing creates events, so that nobody can know which there are.
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
    // PUT replaces: what it does not say is as in a new object.
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
    // Nothing of a refused request is kept.
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
    let file = PartContent::File(File { path, name: "a.png".into() });
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
    let made: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(made, json!({"id": "1", "filename": "a.png", "size": 5, "purpose": "logo"}));
    request.method = "GET".into();
    request.path = "/keyed".into();
    request.body = Body::Empty;
    assert_eq!(mock.send(&request, Duration::from_secs(1)).unwrap().status, 401);
    request.credentials =
        vec![Attachment::Query { name: "api_key".into(), value: Secret::from("a&b".to_owned()) }];
    let response = mock.send(&request, Duration::from_secs(1)).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&response.body).unwrap(), json!({"ok": true}));
}

/// A server on a free port; stopped and waited for when dropped.
struct Server {
    address: std::net::SocketAddr,
    lines: Arc<Mutex<Vec<LogLine>>>,
    stop: Stop,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn start(mock: Mock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let log: Log = Arc::new(move |line: &LogLine| kept.lock().unwrap().push(line.clone()));
        let stop = Stop::new();
        let ends = stop.clone();
        let thread = std::thread::spawn(move || serve(Arc::new(mock), listener, log, ends).unwrap());
        Self { address, lines, stop, thread: Some(thread) }
    }

    fn connect(&self) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        BufReader::new(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Reads one answer from a connection that stays open: its first line and its body.
fn read_answer(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let mut first = String::new();
    stream.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (first.trim().to_owned(), String::from_utf8(body).unwrap())
}

#[test]
fn it_serves_over_a_socket_that_stays_open_and_logs_without_secrets() {
    let server = Server::start(Mock::strict(shop()));
    let mut stream = server.connect();
    let form = "email=a";
    let create = format!(
        "POST /customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer s3cret\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.get_mut().write_all(create.as_bytes()).unwrap();
    let (first, body) = read_answer(&mut stream);
    assert_eq!(first, "HTTP/1.1 200 OK");
    assert!(body.contains("\"cus_1\""), "{body}");
    let keyed = b"GET /keyed?x=1&api_key=s3cret HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.get_mut().write_all(keyed).unwrap();
    assert_eq!(read_answer(&mut stream).0, "HTTP/1.1 400 Bad Request");
    let lines = server.lines.lock().unwrap();
    let shown: Vec<String> =
        lines.iter().map(|l| format!("{} {} {}", l.method, l.target, l.status)).collect();
    assert_eq!(shown, ["POST /customers 200", "GET /keyed?x=1&api_key=*** 400"]);
    assert_eq!(lines[1].operation.as_deref(), Some("GET /keyed"));
    assert_eq!(lines[1].problems[0].place, "query.x");
    assert!(!format!("{lines:?}").contains("s3cret"));
}

#[test]
fn broken_and_huge_requests_do_not_end_the_server() {
    let server = Server::start(Mock::strict(shop()));
    let mut stream = server.connect();
    stream.get_mut().write_all(b"no http at all\r\n\r\n").unwrap();
    assert!(read_answer(&mut stream).0.contains("400"));
    // Goes away in the middle of its body.
    let half = b"POST /customers HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nemail";
    server.connect().get_mut().write_all(half).unwrap();
    let mut stream = server.connect();
    let huge = b"POST /customers HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n";
    stream.get_mut().write_all(huge).unwrap();
    let (first, body) = read_answer(&mut stream);
    assert!(first.contains("413") && body.contains("64 MiB"), "{first} {body}");
    let mut stream = server.connect();
    stream.get_mut().write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(read_answer(&mut stream).0.contains("404"));
}

#[test]
fn it_stops_when_told_although_connections_are_open() {
    let server = Server::start(Mock::new(shop()));
    let mut open = server.connect();
    drop(server);
    assert_eq!(open.read(&mut [0; 1]).unwrap_or(0), 0);
}

/// The whole of Stripe, where `APICLI_STRIPE_JSON` names it.
fn stripe() -> Option<Document> {
    let Ok(path) = std::env::var("APICLI_STRIPE_JSON") else {
        // Past the harness, which hides what tests print: one that did not run must be seen.
        let line = b"not run: the mock of the whole Stripe document (set APICLI_STRIPE_JSON)\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line);
        return None;
    };
    Some(Document::parse(std::fs::read(path).unwrap(), "stripe").unwrap())
}

/// The required fields of a form, with values from their schemas, as pairs with brackets.
fn minimal_form(document: &Document, schema: &Value, name: &str, pairs: &mut Vec<String>) {
    let read = Schema::read(document, schema);
    let object = read.alternatives().map_or(Some(read.clone()), |_| Schema::object(document, schema));
    match object.filter(|object| object.kind() == Kind::Object) {
        Some(object) => {
            // A form has no way to say that an object is there and empty.
            let first = object.properties().map(|(name, _)| name).take(1);
            let is_empty = object.required().next().is_none() && !name.is_empty();
            for required in object.required().chain(first.filter(|_| is_empty)) {
                let member =
                    if name.is_empty() { required.to_owned() } else { format!("{name}[{required}]") };
                minimal_form(document, object.property(required).unwrap(), &member, pairs);
            }
        }
        None if read.kind() == Kind::Array => {
            minimal_form(document, read.items().unwrap(), &format!("{name}[0]"), pairs);
        }
        None => match sample(document, schema) {
            Value::String(text) => pairs.push(format!("{name}={text}")),
            other => pairs.push(format!("{name}={other}")),
        },
    }
}

#[test]
fn every_operation_of_stripe_answers_a_minimal_request() {
    let Some(document) = stripe() else { return };
    let operations = document.operations();
    let mut requests = Vec::new();
    for found in &operations {
        let operation = Operation::find(&document, found.path, &found.method).unwrap();
        let mut target: String = found
            .path
            .split('/')
            .skip(1)
            .map(|segment| if segment.starts_with('{') { "/x_1".to_owned() } else { format!("/{segment}") })
            .collect();
        let mut query = Vec::new();
        for parameter in operation.parameters().iter().filter(|p| p.required && p.location == "query") {
            minimal_form(&document, parameter.schema.unwrap(), parameter.name, &mut query);
        }
        if !query.is_empty() {
            target = format!("{target}?{}", query.join("&"));
        }
        let mut form = Vec::new();
        for schema in operation.body().unwrap().content.into_iter().map(|media| media.schema) {
            minimal_form(&document, schema.unwrap(), "", &mut form);
        }
        requests.push((found.method.clone(), found.path.to_owned(), target, form.join("&")));
    }
    assert_eq!(requests.len(), 452);
    // A mock that nobody has used knows any object, so: reading before changing, the deepest first, as creating brings
    // a collection into use; and deleting, the deepest first too, in one of its own.
    let place = |method: &String| ["GET", "POST", "DELETE"].iter().position(|m| m == method);
    requests.sort_by_key(|(method, path, ..)| (place(method), std::cmp::Reverse(path.matches('/').count())));
    let begun = Instant::now();
    let mock = Mock::new(document.clone());
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    let other = Mock::new(document.clone());
    let mut wrong = Vec::new();
    for (method, path, target, form) in requests {
        let mock = if method == "DELETE" { &other } else { &mock };
        let begun = Instant::now();
        let answer = ask(mock, &format!("{method} {target}"), &form);
        assert!(begun.elapsed() < Duration::from_secs(2), "{method} {path} took {:?}", begun.elapsed());
        assert!(answer.body.len() <= 1024 * 1024, "{method} {path} has {} bytes", answer.body.len());
        assert_eq!(answer.operation, Some(format!("{method} {path}")));
        // The one that takes multipart.
        let expected = if (method.as_str(), path.as_str()) == ("POST", "/v1/files") { 400 } else { 200 };
        if answer.status != expected {
            wrong.push(format!("{method} {target} {form}: {} {:?}", answer.status, answer.problems));
        }
        if answer.status != 200 {
            continue;
        }
        // What is answered is what the document says.
        let operation = Operation::find(&document, &path, &method).unwrap();
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            assert_eq!(operation.success().media.unwrap().0, "application/pdf");
            continue;
        };
        let problems = check(&document, operation.success().schema().unwrap(), &body, "answer");
        if !problems.is_empty() {
            wrong.push(format!("{method} {target}: {problems:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn stripe_customers_live_and_die() {
    let Some(document) = stripe() else { return };
    let mock = Mock::strict(document);
    let (status, customer) = call(
        &mock,
        "POST /v1/customers",
        "email=a%40b.c&address[city]=Paris&metadata[plan]=pro&expand[0]=sources&balance=-5&preferred_locales[]=fr",
    );
    assert_eq!(status, 200, "{customer}");
    assert_eq!((&customer["id"], &customer["email"]), (&json!("cus_1"), &json!("a@b.c")));
    assert_eq!((&customer["balance"], &customer["preferred_locales"]), (&json!(-5), &json!(["fr"])));
    assert_eq!(customer["address"]["city"], "Paris");
    assert_eq!(call(&mock, "GET /v1/customers/cus_1", "").1, customer);
    let (_, list) = call(&mock, "GET /v1/customers?limit=3&created[gt]=1", "");
    assert_eq!((&list["object"], &list["data"][0]), (&json!("list"), &customer));
    let (_, intent) = call(&mock, "POST /v1/payment_intents", "amount=100&currency=eur&customer=cus_1");
    assert_eq!((&intent["amount"], &intent["customer"]), (&json!(100), &json!("cus_1")));
    let confirm = format!("POST /v1/payment_intents/{}/confirm", intent["id"].as_str().unwrap());
    assert_eq!(call(&mock, &confirm, "").1, intent);
    let (_, subscription) =
        call(&mock, "POST /v1/subscriptions", "customer=cus_1&items[0][price]=price_1&items[0][quantity]=2");
    assert_eq!(subscription["items"]["data"][0]["price"]["id"], "price_1");
    assert_eq!(subscription["items"]["data"][0]["quantity"], 2);
    let deleted = json!({"id": "cus_1", "object": "customer", "deleted": true});
    let (_, answer) = call(&mock, "DELETE /v1/customers/cus_1", "");
    assert_eq!(answer, deleted);
    assert_eq!(message(&mock, "GET /v1/customers/cus_1", ""), (404, "no such customer: `cus_1`".to_owned()));
    assert_eq!(message(&mock, "POST /v1/customers", "emial=x").0, 400);
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
