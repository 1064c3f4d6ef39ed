use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::load::{self, LoadError};
use super::pointer;

/// A document as its author wrote it, parsed. Nothing in it is checked but that it calls itself OpenAPI 3.
#[derive(Clone, Debug)]
pub struct Document {
    root: Value,
    source: String,
    sha256: String,
}

/// Bytes from which a thread is worth its while.
const LARGE: usize = 256 * 1024;

/// One operation of a document, not yet read.
#[derive(Clone, Debug)]
pub struct OperationRef<'a> {
    /// HTTP method, upper case.
    pub method: String,
    /// Path template as the document has it.
    pub path: &'a str,
    /// The path item that it stands in, `$ref` followed; null if that reference leads nowhere.
    pub item: &'a Value,
    /// The Operation Object, of whatever JSON type it is.
    pub value: &'a Value,
    /// `#/paths/~1v1~1customers/get`.
    pub pointer: String,
}

/// Something wrong at a place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer in fragment form.
    pub pointer: String,
    /// What is wrong, in lower case.
    pub message: String,
}

/// Why a `$ref` leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceError {
    /// The target is not in the document.
    Missing(String),
    /// It leads back to itself without ever reaching a value.
    Endless(String),
    /// It points out of the document.
    External(String),
    /// `$ref` is no string.
    NotText,
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(target) => write!(f, "`$ref` to `{target}`, which does not exist"),
            Self::Endless(target) => write!(f, "`$ref` to `{target}` leads back to itself"),
            Self::External(target) => write!(f, "`$ref` to `{target}`, which is outside of this document"),
            Self::NotText => f.write_str("`$ref` is not a string"),
        }
    }
}

/// The methods of a Path Item Object (OpenAPI 3.0, section 4.7.9), in the order they are read.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Document {
    /// Parses YAML or JSON. `source` names where the bytes came from, for messages.
    pub fn parse(bytes: &[u8], source: &str) -> Result<Self, LoadError> {
        let (root, digest) = std::thread::scope(|scope| {
            // The digest of a large document takes about a tenth of the time of its parsing: beside it, not after it.
            let beside = (bytes.len() >= LARGE)
                .then(|| std::thread::Builder::new().spawn_scoped(scope, || Sha256::digest(bytes)).ok())
                .flatten();
            let root = load::parse(bytes, source);
            (root, beside.and_then(|thread| thread.join().ok()))
        });
        let root = root?;
        let sha256 = format!("{:x}", Hex(&digest.unwrap_or_else(|| Sha256::digest(bytes))));
        let not_openapi = |reason: String| LoadError::NotOpenApi { source: source.to_owned(), reason };
        let Value::Object(members) = &root else {
            return Err(not_openapi(format!("it is {}, not an object", type_name(&root))));
        };
        match members.get("openapi") {
            Some(Value::String(version)) if version.starts_with("3.") => {}
            // Without quotes, `3.0` is a number in YAML.
            Some(Value::Number(version)) if version.to_string().starts_with("3.") => {}
            Some(version) => {
                return Err(not_openapi(format!("`openapi` is {version}, and 3.0 is what is read")));
            }
            None if members.contains_key("swagger") => {
                return Err(not_openapi("it is Swagger 2.0, and OpenAPI 3.0 is what is read".to_owned()));
            }
            None => return Err(not_openapi("it has no `openapi` field".to_owned())),
        }
        match members.get("paths") {
            Some(Value::Object(_)) => {}
            Some(other) => {
                return Err(not_openapi(format!("`paths` is {}, not an object", type_name(other))));
            }
            None => return Err(not_openapi("it has no `paths`".to_owned())),
        }
        Ok(Self { root, source: source.to_owned(), sha256 })
    }

    /// The whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The version of OpenAPI that it says it follows.
    pub fn version(&self) -> String {
        match self.root.get("openapi") {
            Some(Value::String(version)) => version.clone(),
            Some(version) => version.to_string(),
            None => String::new(),
        }
    }

    /// Where it came from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// SHA-256 of its bytes, lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What a local reference (`#/components/schemas/x`) points to, not following further references.
    pub fn target(&self, reference: &str) -> Result<&Value, ReferenceError> {
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(ReferenceError::External(reference.to_owned()));
        };
        let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
        // `Value::pointer` takes RFC 6901's plain form, which is what is left without the `#`.
        self.root.pointer(&fragment).ok_or_else(|| ReferenceError::Missing(reference.to_owned()))
    }

    /// Follows `$ref` until something else stands there. A value without `$ref` is returned as it is.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value, ReferenceError> {
        let mut value = value;
        for _ in 0..64 {
            match value.get("$ref") {
                None => return Ok(value),
                Some(Value::String(reference)) => value = self.target(reference)?,
                Some(_) => return Err(ReferenceError::NotText),
            }
        }
        let last = value.get("$ref").and_then(Value::as_str).unwrap_or_default();
        Err(ReferenceError::Endless(last.to_owned()))
    }

    /// Every operation under `paths`, in document order, whether it can be read or not.
    pub fn operations(&self) -> Vec<OperationRef<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.paths() {
            let resolved = self.resolve(item).unwrap_or(&Value::Null);
            let Value::Object(members) = resolved else { continue };
            for (key, value) in members {
                if METHODS.contains(&key.as_str()) {
                    operations.push(OperationRef {
                        method: key.to_ascii_uppercase(),
                        path,
                        item: resolved,
                        value,
                        pointer: pointer::child(&pointer::child("#/paths", path), key),
                    });
                }
            }
        }
        operations
    }

    /// Paths and their items, specification extensions (`x-`) left out.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &Value)> {
        let paths = self.root.get("paths").and_then(Value::as_object).into_iter().flat_map(Map::iter);
        paths.filter(|(path, _)| !path.starts_with("x-")).map(|(path, item)| (path.as_str(), item))
    }
}

/// The JSON type of a value, with its article, for messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::LowerHex for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r##"{
        "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
        "paths": {
            "/a~b/{id}": {"get": {}, "summary": "not a method", "post": 3},
            "/shared": {"$ref": "#/components/x-items/shared"},
            "/lost": {"$ref": "#/nowhere"},
            "x-note": {"get": {}}
        },
        "components": {
            "x-items": {"shared": {"delete": {}}},
            "schemas": {
                "loop": {"$ref": "#/components/schemas/loop"},
                "alias": {"$ref": "#/components/schemas/a%20b"},
                "a b": {"type": "string"}
            }
        }
    }"##;

    #[test]
    fn operations_are_listed_with_their_pointers() {
        let document = Document::parse(MINIMAL.as_bytes(), "t").unwrap();
        let pointers: Vec<_> = document.operations().into_iter().map(|o| (o.method, o.pointer)).collect();
        let expected = [
            ("GET", "#/paths/~1a~0b~1{id}/get"),
            ("POST", "#/paths/~1a~0b~1{id}/post"),
            ("DELETE", "#/paths/~1shared/delete"),
        ];
        assert_eq!(pointers, expected.map(|(m, p)| (m.to_owned(), p.to_owned())));
    }

    #[test]
    fn the_version_may_lack_its_quotes() {
        let document = Document::parse(b"openapi: 3.0\npaths: {}", "t").unwrap();
        assert_eq!(document.version(), "3.0");
        let newer = Document::parse(b"openapi: 3.1.0\ninfo: {title: t}\npaths: {}", "t").unwrap();
        let header = super::super::Header::read(&newer);
        assert!(
            header.problems.iter().any(|problem| problem.pointer == "#/openapi"),
            "{:?}",
            header.problems
        );
    }

    #[test]
    fn references_end() {
        let document = Document::parse(MINIMAL.as_bytes(), "t").unwrap();
        let schema = |name: &str| document.root().pointer(&format!("/components/schemas/{name}")).unwrap();
        assert!(matches!(document.resolve(schema("loop")), Err(ReferenceError::Endless(_))));
        assert_eq!(document.resolve(schema("alias")).unwrap()["type"], "string");
        let elsewhere = serde_json::json!({"$ref": "other.yaml#/x"});
        assert!(matches!(document.resolve(&elsewhere), Err(ReferenceError::External(_))));
    }

    #[test]
    fn other_documents_are_refused_with_a_reason() {
        for (text, reason) in [
            ("swagger: '2.0'\npaths: {}", "Swagger 2.0"),
            ("a: 1", "no `openapi` field"),
            ("- 1", "an array"),
            ("openapi: 3.0.0\npaths: []", "`paths` is an array"),
            ("openapi: 3.0.0", "no `paths`"),
        ] {
            let Err(LoadError::NotOpenApi { reason: got, .. }) = Document::parse(text.as_bytes(), "t") else {
                panic!("{text} was accepted")
            };
            assert!(got.contains(reason), "{got}");
        }
    }
}
