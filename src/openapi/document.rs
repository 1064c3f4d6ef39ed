use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::fetch::Fetch;
use super::load::{self, LoadError};
use super::problem::{Hex, METHODS, Problem, type_name};
use super::upgrade::{self, Dialect, PARTS};
use super::{lookup, pointer};

/// A document, parsed and in OpenAPI 3.0's shape, whatever version its author wrote it in. All that has been checked
/// is that it is an OpenAPI document.
#[derive(Clone, Debug)]
pub struct Document {
    root: Value,
    source: String,
    sha256: String,
    /// As the author wrote it.
    version: String,
    swagger: bool,
    /// Other documents that are part of it: their place in the root, and how they are referred to.
    parts: Vec<(String, String)>,
    /// References that could not be followed, with the reason.
    unread: HashMap<String, String>,
    problems: Vec<Problem>,
    /// Its text, if that is JSON in the shape that everything else sees.
    json: Option<Arc<Vec<u8>>>,
    /// The schemas that refer to a schema in `allOf`, by reference; computed when first needed.
    subtypes: OnceLock<HashMap<String, Vec<String>>>,
}

/// The size in bytes from which a thread pays off.
const LARGE: usize = 256 * 1024;

/// One operation of a document, not yet read.
#[derive(Clone, Debug)]
pub struct OperationRef<'a> {
    /// HTTP method, upper case.
    pub method: String,
    /// Path template as the document has it.
    pub path: &'a str,
    /// Its path item, `$ref` followed; null if that reference cannot be resolved.
    pub item: &'a Value,
    /// The Operation Object, whatever its JSON type.
    pub value: &'a Value,
    /// `#/paths/~1v1~1customers/get`.
    pub pointer: String,
}

/// Why a `$ref` cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceError {
    /// The target is not in the document.
    Missing(String),
    /// It refers back to itself without ever reaching a value.
    Endless(String),
    /// It points outside the document.
    External {
        /// Where to.
        target: String,
        /// Why it could not be read, if that was tried.
        reason: Option<String>,
    },
    /// `$ref` is not a string.
    NotText,
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(target) => write!(f, "`$ref` to `{target}`, which does not exist"),
            Self::Endless(target) => write!(f, "`$ref` to `{target}` leads back to itself"),
            Self::External { target, reason: None } => {
                write!(f, "`$ref` to `{target}`, which is outside of this document")
            }
            Self::External { target, reason: Some(reason) } => write!(f, "`$ref` to `{target}`: {reason}"),
            Self::NotText => f.write_str("`$ref` is not a string"),
        }
    }
}

impl Document {
    /// Parses YAML or JSON. `source` names where the bytes came from, for messages. References to other documents
    /// are not followed.
    pub fn parse<'b>(bytes: impl Into<Cow<'b, [u8]>>, source: &str) -> Result<Self, LoadError> {
        Self::read(bytes.into(), source, None, None)
    }

    /// Like [`Document::parse`], and also includes everything that the document refers to. `base` is its own address, an
    /// absolute URI, if it has one.
    pub fn bundle<'b>(
        bytes: impl Into<Cow<'b, [u8]>>,
        source: &str,
        base: Option<String>,
        fetch: &mut dyn Fetch,
    ) -> Result<Self, LoadError> {
        Self::read(bytes.into(), source, base, Some(fetch))
    }

    fn read(
        owned: Cow<'_, [u8]>,
        source: &str,
        base: Option<String>,
        fetch: Option<&mut dyn Fetch>,
    ) -> Result<Self, LoadError> {
        let bytes = owned.as_ref();
        let (loaded, digest) = std::thread::scope(|scope| {
            // The digest of a large document takes about a tenth of its parsing time, so it is computed in parallel.
            let beside = (bytes.len() >= LARGE)
                .then(|| std::thread::Builder::new().spawn_scoped(scope, || Sha256::digest(bytes)).ok())
                .flatten();
            let loaded = load::parse(bytes, source);
            (loaded, beside.and_then(|thread| thread.join().ok()))
        });
        let loaded = loaded?;
        let digest = digest.unwrap_or_else(|| Sha256::digest(bytes));
        let dialect = recognise(&loaded.value, source)?;
        let version = match loaded.value.get("openapi").or_else(|| loaded.value.get("swagger")) {
            Some(Value::String(version)) => version.clone(),
            Some(version) => version.to_string(),
            None => String::new(),
        };
        let mut document = Self {
            root: Value::Null,
            source: source.to_owned(),
            sha256: format!("{:x}", Hex(&digest)),
            version,
            swagger: dialect == Dialect::V2,
            parts: Vec::new(),
            unread: HashMap::new(),
            problems: Vec::new(),
            json: None,
            subtypes: OnceLock::new(),
        };
        document.problems.extend(loaded.duplicates.iter().map(|key| Problem {
            pointer: "#".to_owned(),
            message: format!("`{}` occurs twice in one object; the last one counts", key.escape_debug()),
        }));
        let marks = loaded.marks;
        let plain = dialect == Dialect::V30 && !marks.type_lists && (!marks.external || fetch.is_none());
        if plain {
            let value = loaded.value;
            document.root = value;
            // YAML, UTF-16 and a byte order mark are not JSON, and a YAML flow mapping begins with a brace too.
            document.json = (loaded.json && bytes.starts_with(b"{")).then(|| Arc::new(owned.into_owned()));
            return Ok(document);
        }
        let upgraded = upgrade::upgrade(loaded, dialect, base, fetch);
        if !upgraded.digests.is_empty() {
            // The document's digest covers all of its files.
            let all = upgraded.digests.iter().fold(document.sha256, |all, digest| format!("{all}\n{digest}"));
            document.sha256 = format!("{:x}", Hex(&Sha256::digest(all.as_bytes())));
        }
        document.root = upgraded.root;
        document.parts = upgraded.parts;
        document.unread = upgraded.unread;
        document.problems.extend(upgraded.problems);
        Ok(document)
    }

    /// Its text as the author wrote it, if that is JSON of OpenAPI 3.0's shape, and begins with a brace.
    pub fn json(&self) -> Option<&Arc<Vec<u8>>> {
        self.json.as_ref()
    }

    /// The whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The version of OpenAPI or Swagger that it declares.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What could not be read or converted to OpenAPI 3.0's shape.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// A pointer into [`Document::root`] as the author would write it: with the file that it is in, and with the names
    /// of the version that was written. Without a counterpart, it is returned unchanged.
    pub fn authored(&self, pointer: &str) -> String {
        if let Some(rest) = pointer.strip_prefix("#/").and_then(|rest| rest.strip_prefix(PARTS)) {
            let rest = rest.strip_prefix('/').unwrap_or_default();
            let (key, inner) = rest.split_once('/').map_or((rest, ""), |(key, inner)| (key, inner));
            let key = pointer::unescape(key);
            if let Some((_, shown)) = self.parts.iter().find(|(known, _)| *known == key) {
                return if inner.is_empty() { shown.clone() } else { format!("{shown}#/{inner}") };
            }
        }
        if self.swagger { upgrade::authored(pointer) } else { pointer.to_owned() }
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
        if !reference.starts_with('#') {
            let reason = self.unread.get(reference).cloned();
            return Err(ReferenceError::External { target: reference.to_owned(), reason });
        }
        lookup::find(&self.root, reference).ok_or_else(|| ReferenceError::Missing(self.authored(reference)))
    }

    /// Follows `$ref` until something else is found. A value without `$ref` is returned as it is.
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

    /// References to the schemas that have `base`, itself a reference, in their `allOf`, in document order.
    pub(super) fn subtypes(&self, base: &str) -> &[String] {
        let subtypes = self.subtypes.get_or_init(|| {
            let mut subtypes: HashMap<String, Vec<String>> = HashMap::new();
            for place in ["/components/schemas", "/definitions"] {
                let schemas = self.root.pointer(place).and_then(Value::as_object);
                for (name, schema) in schemas.into_iter().flatten() {
                    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
                    for base in parts.filter_map(|part| part.get("$ref")?.as_str()) {
                        let reference = pointer::child(&format!("#{place}"), name);
                        subtypes.entry(base.to_owned()).or_default().push(reference);
                    }
                }
            }
            subtypes
        });
        subtypes.get(base).map_or(&[], Vec::as_slice)
    }

    /// Every operation under `paths`, in document order, whether it can be read or not.
    pub fn operations(&self) -> Vec<OperationRef<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.paths() {
            let place = pointer::child("#/paths", path);
            // Next to a `$ref`, a path item may have operations of its own, and they take precedence (OpenAPI 3.1,
            // section 4.8.9).
            let target = self.resolve(item).ok().filter(|target| !std::ptr::eq(*target, item));
            let mut known: Vec<&str> = Vec::new();
            for item in std::iter::once(item).chain(target) {
                let Value::Object(members) = item else { continue };
                for (key, value) in members {
                    let method = key.as_str();
                    if (METHODS.contains(&method) || method == "query") && !known.contains(&method) {
                        known.push(method);
                        let pointer = pointer::child(&place, key);
                        operations.push(self.operation(
                            method.to_ascii_uppercase(),
                            path,
                            item,
                            value,
                            pointer,
                        ));
                    }
                }
                // OpenAPI 3.2: methods without a field of their own, spelled as they are sent (section 4.9.1).
                let more = members.get("additionalOperations").and_then(Value::as_object);
                for (key, value) in more.into_iter().flatten().filter(|(key, _)| !key.starts_with("x-")) {
                    let method = key.as_str();
                    if !known.iter().any(|known| known.eq_ignore_ascii_case(method)) {
                        known.push(method);
                        let pointer = pointer::child(&pointer::child(&place, "additionalOperations"), key);
                        operations.push(self.operation(method.to_owned(), path, item, value, pointer));
                    }
                }
            }
        }
        operations
    }

    /// Why there is nothing to call in it, if that is not a mistake: it has no `paths`, or none with a method. `None` if
    /// there are operations, or a path with an unresolved `$ref`, which may have had some.
    pub fn without_operations(&self) -> Option<Problem> {
        if self.paths().any(|(_, item)| self.resolve(item).is_err()) || !self.operations().is_empty() {
            return None;
        }
        let (place, message) = if self.paths().next().is_some() {
            ("#/paths", "there are no operations: no path has a method")
        } else if self.root.get("webhooks").is_some_and(Value::is_object) {
            ("#/webhooks", "there are no operations: `webhooks` are calls that the API makes itself")
        } else {
            ("#/paths", "there are no operations: `paths` is empty")
        };
        Some(Problem { pointer: place.to_owned(), message: message.to_owned() })
    }

    fn operation<'a>(
        &'a self,
        method: String,
        path: &'a str,
        item: &'a Value,
        value: &'a Value,
        pointer: String,
    ) -> OperationRef<'a> {
        OperationRef { method, path, item, value: self.resolve(value).unwrap_or(value), pointer }
    }

    /// Paths and their items, specification extensions (`x-`) left out.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &Value)> {
        let paths = self.root.get("paths").and_then(|paths| self.resolve(paths).ok());
        let paths = paths.and_then(Value::as_object).into_iter().flat_map(Map::iter);
        paths.filter(|(path, _)| !path.starts_with("x-")).map(|(path, item)| (path.as_str(), item))
    }
}

/// Checks that `root` is an OpenAPI document that may have operations; returns its version.
fn recognise(root: &Value, source: &str) -> Result<Dialect, LoadError> {
    let not_openapi = |reason: String| LoadError::NotOpenApi { source: source.to_owned(), reason };
    let Value::Object(members) = root else {
        return Err(not_openapi(format!("it is {}, not an object", type_name(root))));
    };
    let Some(dialect) = Dialect::of(root) else {
        return Err(not_openapi(match (members.get("openapi"), members.get("swagger")) {
            (Some(version), _) => {
                let version = text(version);
                format!("`openapi` is {version}; 3.0, 3.1 and 3.2 are supported")
            }
            (None, Some(version)) => {
                format!("`swagger` is {}; only 2.0 is supported", text(version))
            }
            (None, None) if members.contains_key("swaggerVersion") => {
                "it is Swagger 1.x; 2.0 or newer is supported".to_owned()
            }
            (None, None) if members.contains_key("asyncapi") => {
                "it is an AsyncAPI document, which has no HTTP operations".to_owned()
            }
            (None, None) => "it has no `openapi` field".to_owned(),
        }));
    };
    match members.get("paths") {
        Some(Value::Object(_)) => Ok(dialect),
        // OpenAPI 3.1, section 4.8.1: `webhooks` may be there instead.
        Some(Value::Null) | None if members.get("webhooks").is_some_and(Value::is_object) => Ok(dialect),
        Some(Value::Null) | None => {
            Err(if members.contains_key("components") || members.contains_key("definitions") {
                LoadError::NoPaths { source: source.to_owned() }
            } else {
                not_openapi("it has no `paths`".to_owned())
            })
        }
        Some(other) => Err(not_openapi(format!("`paths` is {}, not an object", type_name(other)))),
    }
}

/// A value in a message, shortened if it is long.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", text.chars().take(40).collect::<String>().escape_default()),
        Value::Number(number) => format!("`{number}`"),
        other => type_name(other).to_owned(),
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
        assert_eq!(newer.version(), "3.1.0");
        assert_eq!(super::super::Header::read(&newer).problems, []);
        let older = Document::parse(b"swagger: 2.0\ninfo: {title: t}\npaths: {}", "t").unwrap();
        assert_eq!(older.version(), "2.0");
    }

    #[test]
    fn references_end() {
        let document = Document::parse(MINIMAL.as_bytes(), "t").unwrap();
        let schema = |name: &str| document.root().pointer(&format!("/components/schemas/{name}")).unwrap();
        assert!(matches!(document.resolve(schema("loop")), Err(ReferenceError::Endless(_))));
        assert_eq!(document.resolve(schema("alias")).unwrap()["type"], "string");
        let elsewhere = serde_json::json!({"$ref": "other.yaml#/x"});
        assert!(matches!(document.resolve(&elsewhere), Err(ReferenceError::External { .. })));
    }

    #[test]
    fn other_documents_are_refused_with_a_reason() {
        for (text, reason) in [
            ("swagger: '1.2'\npaths: {}", "`swagger` is `1.2`"),
            ("swaggerVersion: '1.2'\napis: []", "Swagger 1.x"),
            ("openapi: 4.0.0\npaths: {}", "`openapi` is `4.0.0`"),
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
