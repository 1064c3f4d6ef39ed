//! Small documents that are sound but for a few places where something else stands than should.
#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use serde_json::{Map, Value, json};

/// The most nodes of a mutant: a copy of a large part into itself many times over is nothing but slow.
const MOST_NODES: usize = 4_000;

/// What is done to one document of the project's own.
#[derive(Arbitrary, Debug)]
struct Mutant {
    seed: u8,
    edits: Vec<Edit>,
    yaml: bool,
}

#[derive(Arbitrary, Debug)]
struct Edit {
    /// Which node, in the order of the text.
    at: u16,
    change: Change,
}

#[derive(Arbitrary, Debug)]
enum Change {
    Remove,
    /// Another node of the same document.
    Copy(u16),
    /// A member's key becomes one of the words of the trade.
    Rename(u8),
    /// The same, with any text.
    RenameFreely(String),
    Text(String),
    Word(u8),
    Number(f64),
    Whole(i64),
    Flag(bool),
    Null,
    Empty,
    List(u8),
    Reference(u16),
}

/// Keys and values that mean something to a reader of documents.
const WORDS: &[&str] = &[
    "$ref",
    "$defs",
    "openapi",
    "swagger",
    "2.0",
    "3.1.0",
    "3.2.0",
    "info",
    "paths",
    "webhooks",
    "components",
    "schemas",
    "parameters",
    "requestBody",
    "requestBodies",
    "pathItems",
    "responses",
    "content",
    "schema",
    "type",
    "format",
    "properties",
    "required",
    "items",
    "prefixItems",
    "additionalProperties",
    "patternProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "const",
    "enum",
    "default",
    "nullable",
    "readOnly",
    "writeOnly",
    "discriminator",
    "propertyName",
    "mapping",
    "in",
    "name",
    "path",
    "query",
    "header",
    "cookie",
    "body",
    "formData",
    "querystring",
    "style",
    "explode",
    "form",
    "simple",
    "label",
    "matrix",
    "deepObject",
    "spaceDelimited",
    "pipeDelimited",
    "allowReserved",
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "text/plain",
    "*/*",
    "encoding",
    "contentType",
    "consumes",
    "produces",
    "collectionFormat",
    "multi",
    "csv",
    "host",
    "basePath",
    "schemes",
    "servers",
    "url",
    "variables",
    "security",
    "securityDefinitions",
    "securitySchemes",
    "get",
    "post",
    "query",
    "additionalOperations",
    "operationId",
    "summary",
    "description",
    "tags",
    "deprecated",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "pattern",
    "minLength",
    "maxItems",
    "string",
    "integer",
    "number",
    "boolean",
    "object",
    "array",
    "null",
    "file",
    "binary",
    "date",
    "/{id}",
    "/a/{id}:act",
    "/#x=1",
    "/a?b={b}",
    "{",
    "}",
    "..",
    "//",
    "*/",
    "\"",
    "\\",
    "`${x}`",
    "\n",
    "fn",
    "flags",
    "",
];

libfuzzer_sys::fuzz_target!(|mutant: Mutant| {
    let seeds = seeds();
    let mut document = seeds[usize::from(mutant.seed) % seeds.len()].clone();
    for edit in mutant.edits.iter().take(12) {
        let nodes = pointers(&document);
        if nodes.len() > MOST_NODES {
            return;
        }
        apply(&mut document, &nodes, edit);
    }
    if pointers(&document).len() > MOST_NODES {
        return;
    }
    let text =
        if mutant.yaml { serde_yaml::to_string(&document).unwrap_or_default() } else { document.to_string() };
    apicli_fuzz::through(text.as_bytes());
});

/// The documents under `specs/quirks`.
fn seeds() -> &'static [Value] {
    static SEEDS: OnceLock<Vec<Value>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/quirks");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("specs/quirks").flatten().map(|entry| entry.path()).collect();
        files.sort();
        let texts = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
        let seeds: Vec<Value> = texts.filter_map(|text| serde_yaml::from_str(&text).ok()).collect();
        assert!(!seeds.is_empty());
        seeds
    })
}

/// Where every node is.
fn pointers(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), document)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Object(members) => open.extend(members.iter().map(|(key, value)| {
                (format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), value)
            })),
            Value::Array(items) => {
                open.extend(items.iter().enumerate().map(|(n, value)| (format!("{pointer}/{n}"), value)));
            }
            _ => {}
        }
        found.push(pointer);
    }
    found
}

fn apply(document: &mut Value, nodes: &[String], edit: &Edit) {
    let node = |n: u16| &nodes[usize::from(n) % nodes.len()];
    let word = |n: u8| WORDS[usize::from(n) % WORDS.len()].to_owned();
    let pointer = node(edit.at);
    let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", ""));
    let key = key.replace("~1", "/").replace("~0", "~");
    let new = match &edit.change {
        Change::Remove => {
            match document.pointer_mut(parent) {
                Some(Value::Object(members)) => drop(members.shift_remove(&key)),
                Some(Value::Array(items)) => items.truncate(key.parse().unwrap_or_default()),
                _ => {}
            }
            return;
        }
        Change::Rename(_) | Change::RenameFreely(_) => {
            let to = match &edit.change {
                Change::Rename(n) => word(*n),
                Change::RenameFreely(text) => text.clone(),
                _ => return,
            };
            if let Some(Value::Object(members)) = document.pointer_mut(parent) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(name, value)| (if name == key { to.clone() } else { name }, value))
                    .collect::<Map<_, _>>();
            }
            return;
        }
        Change::Copy(from) => document.pointer(node(*from)).cloned().unwrap_or_default(),
        Change::Text(text) => Value::from(text.clone()),
        Change::Word(n) => Value::from(word(*n)),
        Change::Number(number) => json!(number),
        Change::Whole(number) => json!(number),
        Change::Flag(flag) => json!(flag),
        Change::Null => Value::Null,
        Change::Empty => json!({}),
        Change::List(n) => json!([word(*n)]),
        Change::Reference(to) => json!({ "$ref": format!("#{}", node(*to)) }),
    };
    if let Some(place) = document.pointer_mut(pointer) {
        *place = new;
    }
}
