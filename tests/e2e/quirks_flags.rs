//! Quirks of schemas and what the flags made of them send.

use serde_json::{Value, json};

use crate::quirks::Quirk;

/// The body of a command whose arguments have spaces.
#[track_caller]
fn sent(quirk: &Quirk, arguments: &[&str]) -> Value {
    let request = quirk.words(arguments).ok().json();
    serde_json::from_str(request["body"].as_str().unwrap_or("null")).unwrap()
}

/// OpenAPI 3.0.3, 4.7.24 `oneOf`, 4.7.25 Discriminator Object.
#[test]
fn alternatives_have_flags_names_and_needs() {
    let quirk = Quirk::new("alternatives");
    assert_eq!(
        quirk.body("payments create --kind card --number 4"),
        json!({ "kind": "card", "number": "4" })
    );
    assert_eq!(
        quirk.body("payments create --kind transfer --iban D"),
        json!({ "kind": "transfer", "iban": "D" })
    );
    // Values are those of the mapping, by reference or by name.
    assert_eq!(quirk.arg("payments create", "kind")["enum"], json!(["card", "transfer"]));
    quirk.run("payments create --kind cash --dry-run").fails(2).says("`cash`").says("card");
    // What the chosen alternative requires is asked for; what the others do is not.
    quirk.run("payments create --kind card --dry-run").fails(2).says("`--number` is missing");
    quirk
        .run("payments create --number 4 --dry-run")
        .fails(2)
        .says("`--kind` is missing")
        .says("card, transfer");
    let help = quirk.run("payments create --help").ok().stdout_text();
    for text in ["One of:", "card", "--kind card, --number", "--kind transfer, --iban", "[for transfer]"] {
        assert!(help.contains(text), "`{text}` is missing: {help}");
    }
    // An optional object's own requirements count once it is there.
    quirk
        .run("payments create --kind card --number 4 --expires.month 1 --dry-run")
        .fails(2)
        .says("`--expires.year` is missing");
    let alternatives = &quirk.command("payments create")["body"]["alternatives"];
    assert_eq!(alternatives[1]["name"], "transfer");
    assert_eq!(alternatives[1]["required"], json!(["iban"]));
}

/// JSON Schema Validation (draft wright-00), 5.23 `anyOf`: what stands beside it counts as well.
#[test]
fn any_of_beside_properties() {
    let quirk = Quirk::new("alternatives");
    assert_eq!(quirk.body("contacts create --name A --email m"), json!({ "name": "A", "email": "m" }));
    quirk.run("contacts create --email m --dry-run").fails(2).says("`--name` is missing");
    quirk.run("contacts create --help").ok().prints("By mail").prints("option 2").prints("[for option 2]");
}

/// JSON Schema Validation (draft wright-00), 5.15 `required` and 5.24 `oneOf`: what the one and what the other alternative
/// has, both required beside them, can never be there at once.
#[test]
fn what_only_one_alternative_has_is_not_asked_for() {
    let quirk = Quirk::new("alternatives");
    assert_eq!(
        quirk.body("rates create --unit kg --shipment-id s"),
        json!({ "shipment_id": "s", "unit": "kg" })
    );
    assert_eq!(
        quirk.body("rates create --unit kg --shipment.weight 3"),
        json!({ "shipment": { "weight": 3 }, "unit": "kg" })
    );
    // What stands beside the alternatives is everybody's, though one of them says more of it.
    quirk.run("rates create --shipment-id s --dry-run").fails(2).says("`--unit` is missing");
    assert_eq!(quirk.arg("rates create", "unit")["alternatives"], json!([]));
    let alternatives = &quirk.command("rates create")["body"]["alternatives"];
    assert_eq!(alternatives[0]["required"], json!(["shipment_id"]));
    assert_eq!(alternatives[1]["required"], json!(["shipment"]));
}

/// OpenAPI 3.0.4, 4.8.13 Request Body Object: each media type has a schema of its own, and what that one requires is
/// asked for.
#[test]
fn what_only_another_media_type_requires_is_not_asked_for() {
    let quirk = Quirk::new("media-types");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    quirk.run(&format!("jobs create --media={file} --note n --dry-run")).ok();
    quirk.run(&format!("jobs create --media={file} --dry-run")).fails(2).says("`--note` is missing");
    quirk.run(&format!("jobs create --media={file} --note n --options.speed 1 --dry-run")).ok();
    assert_eq!(quirk.body("jobs create --url u --owner o"), json!({ "url": "u", "owner": "o" }));
    quirk.run("jobs create --note n --dry-run").fails(2).says("`--url`, `--owner` are missing");
    quirk
        .run("jobs create --content-type multipart --owner o --dry-run")
        .fails(2)
        .says("`--note`, `--media` are missing");
    let owner = quirk.arg("jobs create", "owner");
    assert_eq!((&owner["required"], &owner["needed_in"]), (&json!(true), &json!(["application/json"])));
    let note = quirk.arg("jobs create", "note");
    assert_eq!((&note["required"], &note["needed_in"]), (&json!(false), &json!(["multipart/form-data"])));
    quirk.run("jobs create --help").ok().prints("required in multipart/form-data");
}

/// OpenAPI 3.0.3, 4.7.25: a base with a discriminator takes whatever refers to it in `allOf`.
#[test]
fn subtypes_of_a_base() {
    let quirk = Quirk::new("alternatives");
    assert_eq!(
        quirk.body("pets create --kind cat --name Tom --claws 18"),
        json!({ "kind": "cat", "name": "Tom", "claws": 18 })
    );
    quirk.run("pets create --kind cat --name Tom --dry-run").fails(2).says("`--claws` is missing");
    quirk.run("pets create --kind dog --name Rex --dry-run").ok();
    quirk.run("pets create --kind cat --name Tom --claws 21 --dry-run").fails(2).says("20");
    // A body of one subtype has that one's value, which goes out by itself.
    assert_eq!(
        quirk.body("cats create --name Tom --claws 18"),
        json!({ "kind": "cat", "name": "Tom", "claws": 18 })
    );
    assert_eq!(quirk.command("cats create")["body"]["alternatives"], Value::Null);
}

/// OpenAPI 3.0.3, 4.7.24 `items`: arrays of objects by number, by pairs, as JSON.
#[test]
fn arrays_of_objects() {
    let quirk = Quirk::new("items-and-maps");
    let expected = json!({ "lines": [{ "sku": "a", "price": 1.5, "size": { "width": 2 } }, { "sku": "b" }] });
    for line in [
        "orders create --lines.0.sku a --lines.0.price 1.5 --lines.0.size.width 2 --lines.1.sku b",
        "orders create --lines sku=a,price=1.5,size.width=2 --lines sku=b",
        r#"orders create --lines {"sku":"a","price":1.5,"size":{"width":2}} --lines {"sku":"b"}"#,
        r#"orders create --lines=[{"sku":"a","price":1.5,"size":{"width":2}},{"sku":"b"}]"#,
    ] {
        assert_eq!(quirk.body(line), expected, "{line}");
    }
    assert_eq!(
        quirk.body("orders create --lines.0.sku a --lines.0.parts.0.name x --lines.0.parts.1.name y"),
        json!({ "lines": [{ "sku": "a", "parts": [{ "name": "x" }, { "name": "y" }] }] })
    );
    for (line, why) in [
        ("--lines.1.sku a", "`--lines.0` is not"),
        ("--lines.0.price 1", "`--lines.0.sku` is missing"),
        ("--lines.0.id 1", "no field `id`"),
        ("--lines.0.sku A", "does not match its pattern"),
        ("--lines.0.sku a --lines.0.price 0", "not above 0"),
        ("--lines.0.sku a --lines.0.price 0.001", "multiple of 0.01"),
        ("--lines.0.sku a --lines.0.size.height 1", "`--lines.0.size.width` is missing"),
        ("--lines.0.sku a --lines.0.parts.0.count 1", "`--lines.0.parts.0.name` is missing"),
        ("--lines sku=a --lines sku=b --lines sku=c --lines sku=d", "3 are the most"),
        ("--lines []", "0 items"),
        ("--lines sku=a --days 4", "not one of its values"),
        ("--lines sku=a --days 1,2,1", "twice"),
        ("--days 1", "`--lines` is missing"),
    ] {
        quirk.run(&format!("orders create {line} --dry-run")).fails(2).says(why);
    }
    let help = quirk.run("orders create --help").ok().stdout_text();
    assert!(help.contains("[fields: sku*, object, price, size.width, size.height, parts]"), "{help}");
    let all = quirk.run("orders create --help-all").ok().stdout_text();
    assert!(all.contains("--lines.0.parts.0.count <integer>"), "{all}");
    let fields = &quirk.arg("orders create", "lines")["fields"];
    assert_eq!(fields[0]["name"], "sku");
}

/// OpenAPI 3.0.3, 4.7.24 `oneOf` in `items`: texts and objects in one list.
#[test]
fn items_that_are_texts_or_objects() {
    let quirk = Quirk::new("items-and-maps");
    for (line, marks) in [
        ("--marks new", json!(["new"])),
        ("--marks new,old --marks a=b", json!(["new", "old", "a=b"])),
        ("--marks new --marks name=old,color=red", json!(["new", { "name": "old", "color": "red" }])),
        ("--marks.0 new --marks.1.name old", json!(["new", { "name": "old" }])),
        (r#"--marks "a" --marks {"name":"b"}"#, json!(["a", { "name": "b" }])),
        (r#"--marks ["a",{"name":"b"}]"#, json!(["a", { "name": "b" }])),
    ] {
        assert_eq!(quirk.body(&format!("orders create --lines sku=a {line}"))["marks"], marks, "{line}");
    }
    quirk.run("orders create --lines sku=a --marks longer").fails(2).says("longer than 5");
    quirk.run("orders create --lines sku=a --marks color=red").fails(2).says("`--marks.0.name` is missing");
    quirk.run("orders create --help").ok().prints("--marks <text>...").prints("[or fields: name*, color]");
    let schema = quirk.environment.line("schema items-and-maps orders create").ok().json();
    let items = &schema["input"]["properties"]["marks"]["items"]["anyOf"];
    assert_eq!(items[0], json!({ "type": "string", "maxLength": 5 }));
    assert_eq!(items[1]["required"], json!(["name"]));
}

/// A key of a map may have dots, such as the name of a file, whatever its values have after it.
#[test]
fn keys_with_dots() {
    let quirk = Quirk::new("items-and-maps");
    let line = r#"orders create --lines sku=a --rates.a.b.from 1 --rates.a.b.to 2 --rates.c.d {"from":3}"#;
    assert_eq!(quirk.body(line)["rates"], json!({ "a.b": { "from": 1, "to": 2 }, "c.d": { "from": 3 } }));
    quirk.run("orders create --lines sku=a --rates.a.b.form 1").fails(2).says("has no field");
}

/// A comma inside a value is `\,`.
#[test]
fn commas_in_lists() {
    let quirk = Quirk::new("items-and-maps");
    assert_eq!(
        sent(&quirk, &["orders", "create", "--lines", "sku=a", "--notes", "one\\, two,three", "--dry-run"]),
        json!({ "lines": [{ "sku": "a" }], "notes": ["one, two", "three"] })
    );
}

/// OpenAPI 3.0.3, 4.7.24 `additionalProperties`.
#[test]
fn free_maps() {
    let quirk = Quirk::new("items-and-maps");
    let line = "orders create --lines sku=a --labels.k v --labels.a.b c --limits.max 3 --tags.x a,b --rates.low.from 1 --address.city P --address.floor 2";
    assert_eq!(
        quirk.body(line),
        json!({ "lines": [{ "sku": "a" }], "labels": { "k": "v", "a.b": "c" }, "limits": { "max": 3 },
                "tags": { "x": ["a", "b"] }, "rates": { "low": { "from": 1 } },
                "address": { "city": "P", "floor": "2" } })
    );
    for (line, why) in [
        ("--labels.k long", "longer than 3"),
        ("--limits.max -1", "below the minimum"),
        ("--rates.low.to 1", "`--rates.low.from` is missing"),
        ("--labels.k a --labels.k b", "`--labels.k` is given more than once"),
        ("--address.zip 1", "`--address.city` is missing"),
        ("--labels.k", "needs a value"),
    ] {
        quirk.run(&format!("orders create --lines sku=a --dry-run {line}")).fails(2).says(why);
    }
    assert_eq!(quirk.body("orders create --lines sku=a --address null")["address"], Value::Null);
    assert_eq!(
        quirk.body(r#"orders create --lines sku=a --address {"city":"P","anything":1}"#)["address"],
        json!({ "city": "P", "anything": 1 })
    );
    quirk
        .run(r#"orders create --lines sku=a --address {"anything":1} --dry-run"#)
        .fails(2)
        .says("`--address.city` is missing");
}

/// OpenAPI 3.0.3, 4.7.24 `nullable`; 4.7.24.2 `readOnly`, `writeOnly`.
#[test]
fn null_against_the_text() {
    let quirk = Quirk::new("null-and-constants");
    let body = |flags: &str| quirk.body(&format!("events update e1 --secret s --at null {flags}"));
    assert_eq!(body(""), json!({ "object": "event", "secret": "s", "at": null }));
    for (flags, field, value) in [
        ("--name null", "name", Value::Null),
        (r#"--name "null""#, "name", json!("null")),
        ("--plain null", "plain", json!("null")),
        ("--count null", "count", Value::Null),
        ("--on null", "on", Value::Null),
        ("--on", "on", json!(true)),
        ("--list null", "list", Value::Null),
        ("--one null", "one", Value::Null),
        ("--part null", "part", Value::Null),
    ] {
        assert_eq!(body(flags)[field], value, "{flags}");
    }
    quirk.run("events update e1 --secret s --at null --id x").fails(2).says("`e1` is one argument too many");
    quirk.run("events update e1 --at null --name x --dry-run").fails(2).says("`--secret` is missing");
}

/// JSON Schema Validation, 5.20 `enum`: what can have one value only is sent automatically.
#[test]
fn constants_need_not_be_typed() {
    let quirk = Quirk::new("null-and-constants");
    let request = quirk.dry("events update e1");
    assert_eq!(request["url"], "https://api.example.com/prod/events/e1?Action=PutEvent&Version=2016-11-15");
    let headers = request["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["x-api", "3"])), "{request}");
    assert_eq!(request["body"], Value::Null, "an optional body is there only if something is in it");
    assert_eq!(
        quirk.body("events update prod e1 --secret s --at null --part.x y")["part"],
        json!({ "object": "part", "x": "y" })
    );
    quirk.run("events update --dry-run").fails(2).says("`<id>` (`--id`) is missing");
    quirk.run("events update test e1 --dry-run").fails(2).says("`test`");
    let help = quirk.run("events update --help").ok().stdout_text();
    let usage = help.lines().find(|line| line.contains("Usage")).unwrap();
    assert!(usage.ends_with("events update <id> [flags]"), "{help}");
    assert!(!help.contains("Required flags"), "{help}");
}

/// What `--body-template` prints is read back by `--body`, and is a valid request as soon as its values are.
#[test]
fn a_template_is_a_body() {
    for (name, command, flag) in [
        ("items-and-maps", "orders create", ""),
        ("alternatives", "payments create", ""),
        ("alternatives", "pets create", ""),
        ("null-and-constants", "events update e1", ""),
        ("multipart", "albums photos create a1", "--photo /etc/hostname"),
        ("json-body", "orders create", ""),
    ] {
        let quirk = Quirk::new(name);
        let template = quirk.run(&format!("{command} --body-template")).ok();
        assert_eq!(template.stderr, "");
        let text = template.stdout_text();
        // Only typed words name files: the template says which flags do.
        assert!(flag.is_empty() || text.contains("// \"photo\" is a file: --photo PATH"), "{text}");
        let path = quirk.environment.write("body.json", &text);
        let ran = quirk.run(&format!("{command} --body @{} {flag} --mock", path.display()));
        // The mock checks each request against the document.
        assert!(ran.code == Some(0) && ran.stderr.is_empty(), "{text}\n{ran}");
    }
}

/// Comments and trailing commas are read in every body that is JSON; digits stay as they are.
#[test]
fn bodies_may_have_comments() {
    let quirk = Quirk::new("items-and-maps");
    let body = "{ // what\n \"lines\": [{ \"sku\": \"a\", /* 1 */ \"price\": 1.50, }, ], }";
    let request = quirk.words(&["orders", "create", "--body", body, "--dry-run"]).ok().json();
    let sent = request["body"].as_str().unwrap();
    assert!(sent.contains("1.50") && !sent.contains("//"), "{sent}");
    assert_eq!(
        serde_json::from_str::<Value>(sent).unwrap(),
        json!({ "lines": [{ "sku": "a", "price": 1.5 }] })
    );
    quirk.words(&["orders", "create", "--body", "{ // open", "--dry-run"]).fails(2).says("not valid JSON");
}

/// Of several objects, the one that is named is filled in: by the discriminator's own flag, or by name.
#[test]
fn the_template_of_an_alternative() {
    let quirk = Quirk::new("alternatives");
    for line in ["--kind transfer --body-template", "--body-template=transfer"] {
        let text = quirk.run(&format!("payments create {line}")).ok().stdout_text();
        assert!(text.contains("This is transfer;"), "{text}");
        assert!(text.lines().any(|line| line.starts_with("  \"kind\": \"transfer\"")), "{text}");
        assert!(text.lines().any(|line| line == "  // card:"), "{text}");
        let path = quirk.environment.write("body.json", &text);
        let ran = quirk.run(&format!("payments create --body @{} --mock", path.display()));
        assert!(ran.code == Some(0) && ran.stderr.is_empty(), "{text}\n{ran}");
    }
    quirk.run("payments create --body-template=x").fails(2).says("`x` is not an alternative").says("card | ");
    quirk.run("payments create --kind x --body-template").fails(2).says("card | ");
    Quirk::new("json-body").run("orders create --body-template=x").fails(2).says("it has none");
}

/// OpenAPI 3.0, section 4.7.26: an XML body has a template in XML.
#[test]
fn the_template_of_an_xml_body() {
    let quirk = Quirk::new("xml-bodies");
    let template = quirk.run("pets create --body-template").ok();
    assert_eq!(template.stderr, "");
    let text = template.stdout_text();
    assert!(
        text.starts_with("<?xml") && text.contains("<p:pet xmlns:p=\"https://example.com/pet\" id=\"0\">"),
        "{text}"
    );
    let path = quirk.environment.write("body.xml", &text);
    let request = quirk.dry(&format!("pets create --body @{}", path.display()));
    assert_eq!(request["body"], text, "{request}");
    quirk.run(&format!("pets create --body @{} --mock", path.display())).ok();
    let both = quirk.run("pets update 1 --content-type xml --body-template").ok().stdout_text();
    assert!(both.starts_with("<?xml"), "{both}");
    assert!(quirk.run("pets update 1 --body-template").ok().stdout_text().starts_with("// PUT"));
    let none = quirk.run("pets note 1 --body-template").ok();
    assert_eq!(none.stdout_text(), "");
    none.says("the body is text/plain");
}

/// A body without fields has no template; a command without a body says so.
#[test]
fn what_has_no_template_says_so() {
    let quirk = Quirk::new("raw-bodies");
    quirk.run("blobs update x --body-template").ok().says("application/octet-stream");
    Quirk::new("path-parameters").run("shelves books get 1 a --body-template").fails(2).says("takes no body");
}

/// JSON Schema 2020-12: what `apicli schema` prints refers only to what it has.
#[test]
fn schemas_are_whole() {
    let quirk = Quirk::new("items-and-maps");
    let schema = quirk.environment.line("schema items-and-maps orders create").ok().json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let input = &schema["input"];
    assert_eq!(input["properties"]["lines"]["items"]["properties"]["sku"]["pattern"], "^[a-z]+$");
    assert_eq!(input["properties"]["lines"]["items"]["required"], json!(["sku"]));
    assert_eq!(input["anyOf"], json!([{ "required": ["lines"] }, { "required": ["body"] }]));
    assert_eq!(input["properties"]["rates"]["additionalProperties"]["properties"]["to"]["type"], "integer");
    let line = &schema["$defs"]["Line"]["properties"];
    assert_eq!(line["price"], json!({ "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01 }));
    assert_eq!(input["properties"]["body"]["properties"]["address"]["type"], json!(["object", "null"]));
    for name in ["items-and-maps", "alternatives", "cyclic-schema", "types-and-enums", "deprecated"] {
        let quirk = Quirk::new(name);
        let schema = quirk.environment.line(&format!("schema {name}")).ok().json();
        assert!(schema.as_object().unwrap().len() == quirk.commands().len() + 2, "{schema}");
        let mut left = vec![&schema];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                        assert!(schema.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
                    }
                    left.extend(members.values());
                }
                Value::Array(items) => left.extend(items),
                _ => {}
            }
        }
    }
    quirk.environment.line("schema items-and-maps orders crate").fails(2).says("create");
    quirk.environment.line("schema items-and-maps orders create x").fails(2);
}

/// Values of an enum are completed, on their own and in items.
#[test]
fn values_are_completed() {
    let quirk = Quirk::new("items-and-maps");
    let ask = |quirk: &Quirk, words: &str| {
        quirk.environment.run(["__complete"].into_iter().chain(words.split(' '))).ok().stdout_text()
    };
    let complete = |words: &str| ask(&quirk, words);
    assert_eq!(complete("items-and-maps orders create --days 2").trim(), "2");
    assert!(complete("items-and-maps orders create --lines.0.object l").starts_with("line"));
    assert!(complete("items-and-maps orders create --lines.0.").contains("--lines.0.sku"), "fields of items");
    assert!(complete("schema items-and-maps orders ").contains("create"));
    let other = Quirk::new("types-and-enums");
    let values = ask(&other, "types-and-enums readings list --zoom ");
    assert!(values.contains("2.25"), "{values}");
}

/// What another implementation of JSON Schema says of `apicli schema`: each schema is one, and what a template becomes is
/// taken by the schema of its body.
#[test]
fn schemas_are_valid_to_another_program() {
    const CHECK: &str = r#"
import json, sys, warnings
warnings.simplefilter("ignore")
try:
    from jsonschema import Draft202012Validator as Validator
except ImportError:
    sys.exit(77)
root, body = json.load(open(sys.argv[1])), json.loads(sys.argv[2])
for name, schema in list(root["$defs"].items()) + [(part, root[part]) for part in ("input", "output")]:
    if schema is not None:
        Validator.check_schema(schema)
schema = dict(root["input"]["properties"]["body"], **{"$defs": root["$defs"]})
errors = [error.message for error in Validator(schema).iter_errors(body)]
sys.exit("\n".join(errors) if errors else 0)
"#;
    for (name, command) in [
        ("items-and-maps", "orders create"),
        ("alternatives", "payments create"),
        ("alternatives", "pets create"),
        ("null-and-constants", "events update"),
        ("cyclic-schema", "people create"),
    ] {
        let quirk = Quirk::new(name);
        let schema = quirk.environment.line(&format!("schema {name} {command}")).ok().stdout_text();
        let path = quirk.environment.write("schema.json", schema);
        let template = quirk.run(&format!("{command} --body-template")).ok().stdout_text();
        // Filled in where an empty text would not do.
        let template = template.replace(r#""sku": "","#, r#""sku": "ab","#);
        let body = quirk.environment.write("body.json", template);
        let argument = if name == "null-and-constants" { " e1" } else { "" };
        let sent = quirk.dry(&format!("{command}{argument} --body @{}", body.display()));
        let mut python = quirk.environment.other_program("python3");
        python.args(["-c", CHECK]).arg(&path).arg(sent["body"].as_str().unwrap());
        let Ok(output) = python.output() else {
            return crate::environment::not_run("JSON Schema by another program", "install python3");
        };
        if output.status.code() == Some(77) {
            return crate::environment::not_run("JSON Schema by another program", "pip install jsonschema");
        }
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What a program builds a request from is all there: how a value is written, where it stands in a script's flags, what is
/// asked for.
#[test]
fn programs_read_all_that_the_facts_have() {
    let quirk = Quirk::new("facts-for-programs");
    let command = quirk.command("notes list");
    assert_eq!(
        (&command["accept"], &command["pointer"]),
        (&json!("text/csv"), &json!("#/paths/~1notes/get"))
    );
    assert_eq!(command["body"]["encoding"], "json");
    let ids = quirk.arg("notes list", "ids");
    for (key, value) in [
        ("style", json!("pipeDelimited")),
        ("explode", json!(false)),
        ("allow_reserved", json!(true)),
        ("allow_empty", json!(true)),
        ("multiplicity", json!("list")),
        ("key", json!(["ids"])),
    ] {
        assert_eq!(ids[key], value, "{key}");
    }
    let filter = quirk.arg("notes list", "where");
    assert_eq!((&filter["content_type"], &filter["type"]), (&json!("application/json"), &json!("json")));
    // Two arguments of one name have keys that differ.
    let args = command["args"].as_array().unwrap();
    let keys: Vec<&Value> =
        args.iter().filter(|arg| arg["wire_name"] == "id").map(|arg| &arg["key"]).collect();
    assert_eq!(keys, [&json!(["id"]), &json!(["body_id"])]);
}
