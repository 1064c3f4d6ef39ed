//! Below the binary: whatever a document says, it generates scripts that compile, or is refused with a clear error.

use std::path::Path;

use apicli::diagnostic::Failure;
use apicli::engine::{Script, Source};
use apicli::generator::{Options, PluginGenerator};
use apicli::model::{CommandDefinition, GeneratedPlugin};
use apicli::openapi::Document;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Words that documents have, words of the languages involved, and words that mean harm.
const WORDS: &[&str] = &[
    "id",
    "name",
    "customers",
    "user_groups",
    "userGroups",
    "v1",
    "list",
    "get",
    "delete",
    "fn",
    "new",
    "import",
    "flags",
    "request",
    "this",
    "true",
    "help",
    "output",
    "..",
    "a b",
    "é日本",
    "*/",
    "\"",
    "\\",
    "`${x}`",
    "\n",
    "\u{1b}[2J",
    "\u{202e}",
    "",
    "-",
    "--help",
    "1",
    "9lives",
    "a.b",
    "a[b]",
    "/// x",
    "{}",
    "eval",
    "private",
    "hooks",
    "con",
    "/{id}",
    "?a={b}",
    "#x",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => ".{0,8}"]
}

/// Any JSON, for where something else is expected.
fn noise() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word().prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{}]])),
        word().prop_map(|word| json!({ "$ref": word })),
    ]
}

/// Boxed, like all strategies that others are made of: their types would nest, and their frames with them.
fn or_noise(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![12 => strategy, 1 => noise()].boxed()
}

fn reference(kind: &'static str) -> impl Strategy<Value = Value> {
    prop::sample::select(&["A", "B", "C", "Nowhere"][..])
        .prop_map(move |name| json!({ "$ref": format!("#/components/{kind}/{name}") }))
}

fn schema() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        reference("schemas"),
        (
            prop::sample::select(
                &["string", "integer", "number", "boolean", "array", "object", "null", "odd"][..]
            ),
            word()
        )
            .prop_map(|(name, format)| json!({ "type": name, "format": format })),
        prop::collection::vec(noise(), 0..3).prop_map(|values| json!({ "type": "string", "enum": values })),
        noise(),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec((word(), inner.clone()), 0..4).prop_map(|fields| {
                let required: Vec<Value> =
                    fields.iter().take(1).map(|(name, _)| Value::from(name.clone())).collect();
                json!({ "type": "object", "properties": object(fields), "required": required })
            }),
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            inner.clone().prop_map(|values| json!({ "additionalProperties": values })),
            (prop::sample::select(&["allOf", "anyOf", "oneOf"][..]), prop::collection::vec(inner, 0..3))
                .prop_map(|(key, parts)| json!({ key: parts })),
        ]
    })
    .boxed()
}

/// What OpenAPI 3.1 and 3.2 have besides.
fn newer_schema() -> BoxedStrategy<Value> {
    let types = prop::collection::vec(
        prop::sample::select(&["string", "integer", "null", "array", "object", "boolean"][..]),
        0..3,
    );
    let own = prop_oneof![
        types.prop_map(|types| json!({ "type": types })),
        noise().prop_map(|value| json!({ "const": value })),
        any::<bool>().prop_map(Value::from),
        (any::<f64>(), any::<f64>())
            .prop_map(|(low, high)| json!({ "type": "number", "exclusiveMinimum": low, "exclusiveMaximum": high })),
        prop::collection::vec(schema(), 0..3).prop_map(|items| json!({ "type": "array", "prefixItems": items })),
        (word(), schema()).prop_map(|(name, inner)| {
            json!({ "$defs": { name.clone(): inner }, "$ref": format!("#/components/schemas/A/$defs/{name}") })
        }),
        schema().prop_map(|inner| json!({ "$ref": "#/components/schemas/B", "properties": { "more": inner } })),
        (word(), schema()).prop_map(|(name, inner)| json!({ "patternProperties": { name: inner } })),
        (schema(), schema())
            .prop_map(|(a, b)| json!({ "if": a, "then": b, "dependentSchemas": { "id": true }, "examples": [1] })),
    ];
    prop_oneof![2 => own, 1 => schema()].boxed()
}

fn object(members: Vec<(String, Value)>) -> Value {
    Value::Object(members.into_iter().collect::<Map<_, _>>())
}

fn parameter() -> BoxedStrategy<Value> {
    let own = (word(), prop::sample::select(&["path", "query", "header", "cookie", "odd"][..]), any::<bool>(), schema(), word())
        .prop_map(|(name, place, required, schema, text)| {
            json!({ "name": name, "in": place, "required": required, "schema": schema, "description": text })
        });
    or_noise(prop_oneof![4 => own, 1 => reference("parameters")])
}

fn operation() -> BoxedStrategy<Value> {
    let body = (
        prop::sample::select(
            &[
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "text/plain",
                "odd\n",
            ][..],
        ),
        schema(),
    )
        .prop_map(|(name, schema)| json!({ "content": { name: { "schema": schema } } }));
    let whole = (
        prop::collection::vec(parameter(), 0..4),
        prop::option::of(or_noise(body)),
        prop::option::of(word()),
        word(),
        prop::option::of(or_noise(word().prop_map(|name| json!([{ name: [] }])))),
        any::<bool>(),
    )
        .prop_map(|(parameters, body, id, summary, security, deprecated)| {
            let mut operation = json!({
                "parameters": parameters, "summary": summary, "description": summary, "deprecated": deprecated,
                "responses": { "200": { "description": summary } },
            });
            for (key, value) in [("requestBody", body), ("operationId", id.map(Value::from)), ("security", security)] {
                if let Some(value) = value {
                    operation[key] = value;
                }
            }
            operation
        });
    or_noise(whole)
}

fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![3 => word(), 2 => word().prop_map(|word| format!("{{{word}}}"))];
    prop::collection::vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn document() -> BoxedStrategy<Value> {
    let item = prop::collection::vec(
        (
            prop::sample::select(
                &["get", "post", "put", "patch", "delete", "head", "parameters", "x-odd"][..],
            ),
            operation(),
        ),
        1..4,
    )
    .prop_map(|operations| {
        object(operations.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    });
    let paths = prop::collection::vec((path(), or_noise(item)), 0..5).prop_map(object);
    let schemas = prop::collection::vec(schema(), 3)
        .prop_map(|schemas| json!({ "A": schemas[0], "B": schemas[1], "C": schemas[2] }));
    (word(), word(), paths, schemas, parameter(), or_noise(word().prop_map(|word| json!([{ "url": word }, { "url": "https://a.example" }])))).prop_map(
        |(title, version, paths, schemas, parameter, servers)| {
            json!({
                "openapi": "3.0.3",
                "info": { "title": title, "version": version, "description": title },
                "servers": servers,
                "tags": [{ "name": title, "description": version }],
                "paths": paths,
                "components": {
                    "schemas": schemas,
                    "parameters": { "A": parameter, "B": { "$ref": "#/components/parameters/A" }, "C": { "$ref": "#/components/parameters/C" } },
                    "securitySchemes": { version: { "type": "http", "scheme": "bearer" } },
                },
            })
        },
    )
    .boxed()
}

/// OpenAPI 3.1 and 3.2.
fn newer_document() -> BoxedStrategy<Value> {
    let version = prop::sample::select(&["3.1.0", "3.1.1", "3.2.0"][..]);
    let schemas = prop::collection::vec(newer_schema(), 4);
    (document(), version, schemas, or_noise(operation()), word(), or_noise(parameter())).prop_map(
        |(mut document, version, schemas, operation, word, parameter)| {
            document["openapi"] = version.into();
            document["components"]["schemas"] = json!({ "A": schemas[0], "B": schemas[1], "C": schemas[2] });
            document["components"]["pathItems"] = json!({ "P": { "get": operation, "parameters": [parameter] } });
            document["webhooks"] = json!({ word.clone(): { "post": operation } });
            let body = json!({ "content": { "application/json": { "schema": schemas[3] } } });
            let query = json!({ "query": { "requestBody": body }, "additionalOperations": { word.clone(): operation } });
            if let Some(paths) = document["paths"].as_object_mut() {
                paths.insert("/shared".to_owned(), json!({ "$ref": "#/components/pathItems/P" }));
                paths.insert(format!("/{word}"), query);
            }
            document
        },
    )
    .boxed()
}

/// Swagger 2.0.
fn older_document() -> BoxedStrategy<Value> {
    let places = &["path", "query", "header", "body", "formData", "odd"][..];
    let types = &["string", "integer", "array", "file", "boolean", "odd"][..];
    let formats = &["csv", "ssv", "tsv", "pipes", "multi", "odd"][..];
    let parameter = (
        word(),
        prop::sample::select(places),
        prop::sample::select(types),
        prop::sample::select(formats),
        or_noise(schema()),
    )
        .prop_map(|(name, place, kind, format, schema)| {
            json!({
                "name": name, "in": place, "type": kind, "collectionFormat": format, "items": { "type": "string" },
                "schema": schema, "required": true,
            })
        });
    let media = || or_noise(prop::collection::vec(word(), 0..3).prop_map(|words| json!(words)));
    let operation = (prop::collection::vec(or_noise(parameter), 0..4), media(), media(), or_noise(schema()))
        .prop_map(|(parameters, consumes, produces, schema)| {
            json!({
                "parameters": parameters, "consumes": consumes, "produces": produces,
                "responses": { "200": { "description": "", "schema": schema } },
            })
        });
    let methods = &["get", "post", "put", "parameters"][..];
    let item = prop::collection::vec((prop::sample::select(methods), or_noise(operation)), 1..3).prop_map(
        |operations| object(operations.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
    );
    let paths = prop::collection::vec((path(), or_noise(item)), 0..4).prop_map(object);
    (paths, prop::collection::vec(or_noise(word().prop_map(Value::from)), 4), media(), or_noise(schema())).prop_map(
        |(paths, words, media, schema)| {
            json!({
                "swagger": "2.0", "info": { "title": words[0], "version": "1" }, "host": words[1],
                "basePath": words[2], "schemes": [words[3]], "consumes": media, "paths": paths,
                "definitions": { "A": schema }, "parameters": { "A": schema },
                "securityDefinitions": { "b": { "type": "basic" }, "k": { "type": "apiKey", "in": "query", "name": words[3] } },
                "security": [{ "b": [] }],
            })
        },
    )
    .boxed()
}

fn any_document() -> impl Strategy<Value = Value> {
    prop_oneof![2 => document(), 2 => newer_document(), 1 => older_document()]
}

fn generate(text: &str) -> Result<GeneratedPlugin, Failure> {
    let document = Document::parse(text.as_bytes(), "document.json")?;
    let generator = PluginGenerator::new(Options { name: Some("any".to_owned()), ..Options::default() });
    generator.validate_spec(&document);
    Ok(generator.generate_from_openapi(&document)?)
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|known| known == ending)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_document_generates_or_is_refused_clearly(value in any_document()) {
        let text = value.to_string();
        let plugin = match generate(&text) {
            Ok(plugin) => plugin,
            Err(failure) => {
                prop_assert!(!failure.message.is_empty() && failure.first_hint().is_some(), "{failure:?}");
                return Ok(());
            }
        };
        prop_assert_eq!(plugin.operations, plugin.commands.len() + plugin.skipped.len());
        let (mut functions, mut facts) = (0, 0);
        for file in &plugin.files {
            prop_assert!(file.path.is_relative() && !file.path.components().any(|part| part.as_os_str() == ".."), "{:?}", file.path);
            let content = String::from_utf8(file.content.to_vec()).unwrap();
            let pristine = file.path.starts_with(".generated");
            if has_ending(&file.path, "rhai") && !pristine {
                match Script::compile(Source { path: file.path.clone(), text: content.clone() }) {
                    Ok(script) => functions += script.functions().len(),
                    Err(error) => prop_assert!(false, "{}\n{content}", Failure::from(error)),
                }
            } else if has_ending(&file.path, "jsonl") {
                for line in content.lines() {
                    // The format; key and facts; or the key and the fields that several bodies share.
                    let parts: Vec<serde_json::Value> = serde_json::from_str(line).unwrap();
                    if parts[0].as_str().unwrap().starts_with('#') || parts[0] == "" {
                        continue;
                    }
                    let definition: Result<CommandDefinition, _> = serde_json::from_value(parts[1].clone());
                    prop_assert!(definition.is_ok(), "{:?}: {line}", definition.err());
                    facts += 1;
                }
            }
        }
        prop_assert_eq!((functions, facts), (plugin.commands.len(), plugin.commands.len()));
        // The same twice, to the byte.
        prop_assert_eq!(generate(&text).unwrap().files, plugin.files);
    }

    #[test]
    fn any_bytes_are_read_or_refused_clearly(bytes in prop::collection::vec(any::<u8>(), 0..200), yaml in "(openapi: 3.0.3\n)?[-:{}\\[\\]&*!|>'\"%@` a-c0-2\n\t#,?]{0,80}") {
        for bytes in [bytes.as_slice(), yaml.as_bytes()] {
            if let Err(error) = Document::parse(bytes, "bytes") {
                let failure = Failure::from(error);
                prop_assert!(!failure.message.is_empty() && failure.first_hint().is_some(), "{failure:?}");
            }
        }
    }
}
