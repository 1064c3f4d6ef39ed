//! The mock of the whole of Stripe.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Mock;
use super::super::check::check;
use super::super::operation::Operation;
use super::super::sample::sample;
use super::super::schema::{JsonType, Schema};
use super::{ask, call, message};
use crate::openapi::Document;

/// The whole of Stripe, if `APICLI_STRIPE_JSON` names it.
fn stripe() -> Option<Document> {
    let Ok(path) = std::env::var("APICLI_STRIPE_JSON") else {
        // Bypasses the harness, which hides what tests print: a test that did not run must be noticed.
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
    match object.filter(|object| object.kind() == JsonType::Object) {
        Some(object) => {
            // A form cannot express that an object is present but empty.
            let first = object.properties().map(|(name, _)| name).take(1);
            let is_empty = object.required().next().is_none() && !name.is_empty();
            for required in object.required().chain(first.filter(|_| is_empty)) {
                let member =
                    if name.is_empty() { required.to_owned() } else { format!("{name}[{required}]") };
                minimal_form(document, object.property(required).unwrap(), &member, pairs);
            }
        }
        None if read.kind() == JsonType::Array => {
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
    // In an unused mock every object exists, so: reading before changing, the deepest first, as creating brings
    // a collection into use; and deleting, also the deepest first, in a mock of its own.
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
        // The one that accepts multipart.
        let expected = if (method.as_str(), path.as_str()) == ("POST", "/v1/files") { 400 } else { 200 };
        if answer.status != expected {
            wrong.push(format!("{method} {target} {form}: {} {:?}", answer.status, answer.problems));
        }
        if answer.status != 200 {
            continue;
        }
        // The answers are what the document says.
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
