//! The walk over a document and everything that it refers to.

use std::collections::{HashMap, HashSet, VecDeque};

use indexmap::IndexMap;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::dialect::{Dialect, MOVED, PARTS, Upgraded};
use super::kind::{NodeKind, Object};
use super::source_document::{SourceDocument, Unread};
use super::{container, operation, parameter, response, schema, swagger};
use crate::openapi::fetch::Fetch;
use crate::openapi::load::{self, MAX_DOCUMENT_BYTES};
use crate::openapi::loaded::Loaded;
use crate::openapi::problem::{Hex, Problem};
use crate::openapi::{pointer, uri};

/// The most documents that one may consist of. DigitalOcean's, split up by operation and schema, has about 2,000.
const MAX_PARTS: usize = 10_000;

/// How deep objects may nest. Both parsers stop at 128 levels, and what is written here is read by them again.
const MAX_DEPTH: usize = 112;

/// The target of a reference.
#[derive(Clone, Debug)]
struct Target {
    part: usize,
    /// RFC 6901's plain form.
    pointer: String,
}

/// Where the walk is.
pub(super) struct Cursor {
    pub(super) part: usize,
    /// RFC 6901's plain form.
    pub(super) pointer: String,
    depth: usize,
}

impl Cursor {
    /// Steps to a member; pass the result to [`Cursor::leave`].
    fn enter(&mut self, token: &str) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&pointer::escape(token));
        self.depth += 1;
        length
    }

    fn leave(&mut self, length: usize) {
        self.pointer.truncate(length);
        self.depth -= 1;
    }
}

/// The whole walk. Every object is visited once, as the kind that its position or the first reference gives it.
pub(super) struct Walk<'f> {
    parts: Vec<SourceDocument>,
    /// Every URI that was requested; the reason if it could not be read.
    by_uri: HashMap<String, Result<usize, String>>,
    keys: HashSet<String>,
    queue: VecDeque<(Target, NodeKind)>,
    fetch: Option<&'f mut dyn Fetch>,
    bytes_left: usize,
    problems: Vec<Problem>,
    unread: HashMap<String, String>,
    digests: Vec<String>,
    /// Path items of Swagger 2.0, whose bodies are still among their parameters.
    items: Vec<Target>,
    /// Parameters of Swagger 2.0 that are referenced by their index.
    moved: IndexMap<(usize, String), usize>,
    /// `produces` of the current operation.
    produces: Option<Vec<String>>,
}

impl<'f> Walk<'f> {
    pub(super) fn new(
        loaded: Loaded,
        dialect: Dialect,
        base: Option<String>,
        fetch: Option<&'f mut dyn Fetch>,
    ) -> Self {
        let base = base.and_then(|base| uri::resolve(None, &base));
        let root = SourceDocument::new(loaded, dialect, base.clone(), String::new(), String::new());
        Self {
            parts: vec![root],
            by_uri: base.into_iter().map(|base| (base, Ok(0))).collect(),
            keys: HashSet::new(),
            queue: VecDeque::new(),
            fetch,
            bytes_left: MAX_DOCUMENT_BYTES,
            problems: Vec::new(),
            unread: HashMap::new(),
            digests: Vec::new(),
            items: Vec::new(),
            moved: IndexMap::new(),
            produces: None,
        }
    }

    /// Walks until nothing is left.
    pub(super) fn run(&mut self) {
        self.enqueue(Target { part: 0, pointer: String::new() }, NodeKind::One(Object::Root));
        while let Some((target, kind)) = self.queue.pop_front() {
            // The part is taken out of the list while it is walked, so that its nodes can be changed.
            let Some(part) = self.parts.get_mut(target.part) else { continue };
            let mut value = std::mem::take(&mut part.value);
            if let Some(node) = value.pointer_mut(&target.pointer) {
                let depth = target.pointer.matches('/').count() + if target.part == 0 { 0 } else { 2 };
                self.visit(node, kind, &mut Cursor { part: target.part, pointer: target.pointer, depth });
            }
            if let Some(part) = self.parts.get_mut(target.part) {
                part.value = value;
            }
        }
    }

    /// Puts everything together.
    pub(super) fn finish(mut self) -> Upgraded {
        let mut shown = Vec::new();
        let mut documents = Map::new();
        let dialect = self.dialect(0);
        let prefixes: Vec<String> = self.parts.iter().map(SourceDocument::prefix).collect();
        for part in self.parts.drain(1..) {
            shown.push((part.key.clone(), part.shown));
            documents.insert(part.key, part.value);
        }
        let mut root = self.parts.pop().map(|part| part.value).unwrap_or_default();
        if let Some(members) = root.as_object_mut().filter(|_| !documents.is_empty()) {
            members.insert(PARTS.to_owned(), Value::Object(documents));
        }
        let full = |part: usize, pointer: &str| {
            format!("{}{pointer}", prefixes.get(part).map(String::as_str).unwrap_or_default())
        };
        self.hoist(&mut root, &full);
        if dialect == Dialect::V2 {
            container::upgrade(&mut root, &mut self.problems);
        }
        let mut items = operation::Items::new(&mut root);
        for item in &self.items {
            items.upgrade(&mut root, &full(item.part, &item.pointer), &mut self.problems);
        }
        if let Some(members) = root.as_object_mut().filter(|_| dialect == Dialect::V31) {
            members.insert("openapi".to_owned(), "3.0.3".into());
        }
        Upgraded { root, problems: self.problems, parts: shown, unread: self.unread, digests: self.digests }
    }

    /// Moves referenced parameters out of their lists, innermost first, and leaves references there: the lists will
    /// lose some members, and so their indexes change.
    fn hoist(&mut self, root: &mut Value, full: &dyn Fn(usize, &str) -> String) {
        let mut moved: Vec<((usize, String), usize)> = self.moved.drain(..).collect();
        moved.sort_by_key(|((_, pointer), _)| std::cmp::Reverse(pointer.len()));
        let mut nodes = Map::new();
        for ((part, pointer), number) in moved {
            if let Some(node) = root.pointer_mut(&full(part, &pointer)) {
                let reference = serde_json::json!({ "$ref": format!("#/{MOVED}/{number}") });
                nodes.insert(number.to_string(), std::mem::replace(node, reference));
            }
        }
        if let Some(members) = root.as_object_mut().filter(|_| !nodes.is_empty()) {
            members.insert(MOVED.to_owned(), Value::Object(nodes));
        }
    }

    fn dialect(&self, part: usize) -> Dialect {
        self.parts.get(part).map_or(Dialect::V30, |part| part.dialect)
    }

    fn visit(&mut self, node: &mut Value, kind: NodeKind, at: &mut Cursor) {
        match kind {
            NodeKind::Map(_) => {
                let Value::Object(members) = node else { return };
                if self.reference(members, kind, at) {
                    return;
                }
                let dialect = self.dialect(at.part);
                for (key, value) in members.iter_mut() {
                    if let Some(kind) = kind.child(key, dialect) {
                        self.descend(value, kind, key, at);
                    }
                }
            }
            NodeKind::List(object) => {
                for (n, value) in node.as_array_mut().into_iter().flatten().enumerate() {
                    self.descend(value, NodeKind::One(object), &n.to_string(), at);
                }
            }
            NodeKind::One(object) => self.object(node, object, at),
        }
    }

    fn descend(&mut self, node: &mut Value, kind: NodeKind, token: &str, at: &mut Cursor) {
        let length = at.enter(token);
        // The target of a reference is walked separately.
        let apart = self
            .parts
            .get(at.part)
            .is_some_and(|part| part.seen.len() > 1 && part.seen.contains_key(&at.pointer));
        if !apart {
            self.visit(node, kind, at);
        }
        at.leave(length);
    }

    fn object(&mut self, node: &mut Value, object: Object, at: &mut Cursor) {
        let dialect = self.dialect(at.part);
        if object == Object::Schema {
            if at.depth > MAX_DEPTH {
                *node = Value::Object(Map::new());
                return;
            }
            schema::upgrade(node, dialect);
        }
        let Value::Object(members) = node else { return };
        // Next to a reference to a path item there may be more of it.
        if self.reference(members, NodeKind::One(object), at) && object != Object::PathItem {
            if object == Object::MediaType {
                media_type(members);
            }
            return;
        }
        let mut outer = None;
        match object {
            Object::Schema => self.mapping(members, at),
            Object::MediaType => item_schema(members),
            Object::PathItem if dialect == Dialect::V2 => {
                self.items.push(Target { part: at.part, pointer: at.pointer.clone() });
            }
            Object::Operation if dialect == Dialect::V2 => {
                let own = swagger::media_types(members.get("produces"));
                outer = Some(std::mem::replace(&mut self.produces, own));
            }
            Object::Response if dialect == Dialect::V2 => {
                let produces = self.produces.clone().or_else(|| self.parts.first()?.produces.clone());
                response::upgrade(members, &produces.unwrap_or_default(), &at.pointer);
            }
            Object::Parameter | Object::Header if dialect == Dialect::V2 => {
                if let Some(message) = parameter::upgrade(members) {
                    self.problem(at, message);
                }
            }
            _ => {}
        }
        for (key, value) in members.iter_mut() {
            let Some(kind) = NodeKind::One(object).child(key, dialect) else { continue };
            // `additionalProperties: true` is equivalent in 3.0.
            if object == Object::Schema && value.is_boolean() && schema::may_be_boolean(key) {
                continue;
            }
            self.descend(value, kind, key, at);
        }
        if let Some(outer) = outer {
            self.produces = outer;
        }
    }

    fn problem(&mut self, at: &Cursor, message: String) {
        let prefix = self.parts.get(at.part).map(SourceDocument::prefix).unwrap_or_default();
        self.problems.push(Problem { pointer: format!("#{prefix}{}", at.pointer), message });
    }

    /// Points the `$ref` of `members` to its target in the combined document, and has the target walked; false if there
    /// is none.
    fn reference(&mut self, members: &mut Map<String, Value>, kind: NodeKind, at: &Cursor) -> bool {
        let Some(Value::String(text)) = members.get("$ref") else { return false };
        let written = self.follow(text, kind, at);
        if let (Some(written), Some(reference)) = (written, members.get_mut("$ref")) {
            *reference = Value::String(written);
        }
        true
    }

    /// `discriminator.mapping` has references too, though not under `$ref` (OpenAPI 3.0, section 4.7.25).
    fn mapping(&mut self, members: &mut Map<String, Value>, at: &Cursor) {
        let mapping = members.get_mut("discriminator").and_then(|value| value.get_mut("mapping"));
        for value in mapping.and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut()) {
            let Value::String(text) = value else { continue };
            let is_name = !text.contains(['/', '#'])
                && ![".json", ".yaml", ".yml"].iter().any(|ending| text.ends_with(ending));
            if !is_name && let Some(written) = self.follow(text, NodeKind::One(Object::Schema), at) {
                *value = Value::String(written);
            }
        }
    }

    /// The new form of the reference `text`; `None` if it can stay.
    fn follow(&mut self, text: &str, kind: NodeKind, at: &Cursor) -> Option<String> {
        match self.target(text, at) {
            Ok(target) => {
                let written = self.written(&target, text, at.part);
                self.enqueue(target, kind);
                written
            }
            Err(Unread::Unasked) => None,
            Err(Unread::Failed { uri, reason }) => {
                // In a part, a relative reference would be resolved against the whole document.
                let written = (at.part != 0).then_some(uri);
                let reference = written.clone().unwrap_or_else(|| text.to_owned());
                if !self.unread.contains_key(&reference) {
                    self.problem(at, format!("`$ref` to `{reference}`: {reason}"));
                    self.unread.insert(reference, reason);
                }
                written
            }
        }
    }

    fn target(&mut self, text: &str, at: &Cursor) -> Result<Target, Unread> {
        let (file, fragment) = text.split_once('#').unwrap_or((text, ""));
        let missing = |reason: &str| Unread::Failed { uri: text.to_owned(), reason: reason.to_owned() };
        let part = match self.parts.get(at.part) {
            _ if file.is_empty() => at.part,
            // `$ref: Pet` is not a reference in any version, but the meaning is clear.
            Some(part) if fragment.is_empty() && part.names.contains(file) => {
                let folder = if part.dialect == Dialect::V2 { "definitions" } else { "components/schemas" };
                let pointer = format!("/{folder}/{}", pointer::escape(file));
                return Ok(Target { part: at.part, pointer });
            }
            Some(part) => match part.identified(file) {
                Some(start) => {
                    let pointer = format!("{start}{fragment}");
                    return Ok(Target { part: at.part, pointer });
                }
                None => self.part_of(file, at.part)?,
            },
            None => return Err(Unread::Unasked),
        };
        let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
        let pointer = if fragment.is_empty() || fragment.starts_with('/') {
            fragment.into_owned()
        } else if let Some(pointer) =
            self.parts.get(part).and_then(|part| part.anchors.get(fragment.as_ref()))
        {
            pointer.clone()
        } else if fragment.contains('/') {
            format!("/{fragment}")
        } else {
            return Err(missing("there is no such anchor"));
        };
        Ok(Target { part, pointer })
    }

    /// The part that `file`, as written in the part `from`, refers to.
    fn part_of(&mut self, file: &str, from: usize) -> Result<usize, Unread> {
        if self.fetch.is_none() {
            return Err(Unread::Unasked);
        }
        let Some(part) = self.parts.get(from) else { return Err(Unread::Unasked) };
        let base = part.uri.as_deref();
        // Windows path separators, as some editors write them.
        let of_file = base.is_some_and(|base| base.starts_with("file:"));
        let file = if of_file { file.replace('\\', "/") } else { file.to_owned() };
        let Some(uri) = uri::resolve(base, &file) else {
            let reason = "this is relative, and the document has no address to resolve it against".to_owned();
            return Err(Unread::Failed { uri: file, reason });
        };
        if let Some(known) = self.by_uri.get(&uri) {
            return known.clone().map_err(|reason| Unread::Failed { uri, reason });
        }
        let loaded = self.load(&uri, from, &file);
        self.by_uri.insert(uri.clone(), loaded.clone());
        loaded.map_err(|reason| Unread::Failed { uri, reason })
    }

    fn load(&mut self, uri: &str, from: usize, written: &str) -> Result<usize, String> {
        if self.parts.len() > MAX_PARTS {
            return Err(format!("at most {MAX_PARTS} documents are read"));
        }
        let Some(fetch) = &mut self.fetch else { return Err("other documents are not read here".to_owned()) };
        let bytes = fetch.fetch(uri)?;
        let Some(left) = self.bytes_left.checked_sub(bytes.len()) else {
            let megabytes = MAX_DOCUMENT_BYTES / (1024 * 1024);
            return Err(format!("the documents together are larger than {megabytes} MiB"));
        };
        self.bytes_left = left;
        let loaded = load::parse(&bytes, written).map_err(|error| error.reason())?;
        let dialect = Dialect::of(&loaded.value).unwrap_or_else(|| self.dialect(from));
        self.digests.push(format!("{:x}", Hex(&Sha256::digest(&bytes))));
        let key = self.key(uri);
        self.parts.push(SourceDocument::new(loaded, dialect, Some(uri.to_owned()), key, written.to_owned()));
        Ok(self.parts.len() - 1)
    }

    /// A name for a part: that of its file, which is often that of the only schema in it.
    fn key(&mut self, uri: &str) -> String {
        let path = uri.split('?').next().unwrap_or_default();
        let file = path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or("document");
        let stem = file.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(file);
        let stem = percent_encoding::percent_decode_str(stem).decode_utf8_lossy();
        let names = std::iter::once(stem.to_string()).chain((2..).map(|n| format!("{stem}-{n}")));
        let key = names.into_iter().find(|name| !self.keys.contains(name)).unwrap_or_default();
        self.keys.insert(key.clone());
        key
    }

    /// How a reference to `target` is written in the combined document; `None` if unchanged.
    fn written(&mut self, target: &Target, text: &str, from: usize) -> Option<String> {
        let part = self.parts.get(target.part)?;
        let pointer = if part.dialect == Dialect::V2 {
            match operation::listed_parameter(&target.pointer) {
                Some((head, tail)) => {
                    let next = self.moved.len();
                    let number = *self.moved.entry((target.part, head.to_owned())).or_insert(next);
                    format!("/{MOVED}/{number}{tail}")
                }
                None if target.part == 0 => container::moved(&target.pointer, &part.bodies),
                None => format!("{}{}", part.prefix(), target.pointer),
            }
        } else {
            format!("{}{}", part.prefix(), target.pointer)
        };
        let same = target.part == 0 && from == 0 && text.starts_with("#/") && pointer == target.pointer;
        (!same).then(|| format!("#{}", pointer.replace('%', "%25")))
    }

    /// Has `target` walked as `kind`, unless that is done or under way.
    fn enqueue(&mut self, target: Target, kind: NodeKind) {
        let Some(part) = self.parts.get_mut(target.part) else { return };
        // It was walked along with whatever contains it, if that is known to have this kind there.
        let dialect = part.dialect;
        let mut end = Some(target.pointer.len());
        while let Some(at) = end {
            let (head, tail) = target.pointer.split_at(at);
            if let Some(known) = part.seen.get(head)
                && (at == target.pointer.len() || known.at(tail, dialect).is_some())
            {
                return;
            }
            end = head.rfind('/');
        }
        part.seen.insert(target.pointer.clone(), kind);
        self.queue.push_back((target, kind));
    }
}

/// OpenAPI 3.2: a media type may be a reference (section 4.14). In 3.0 only its schema may.
fn media_type(members: &mut Map<String, Value>) {
    if let Some(Value::String(reference)) = members.shift_remove("$ref") {
        members.insert("schema".to_owned(), serde_json::json!({ "$ref": format!("{reference}/schema") }));
    }
}

/// OpenAPI 3.2: `itemSchema` describes one item of a sequence (section 4.14.3), which as a whole is a list.
fn item_schema(members: &mut Map<String, Value>) {
    if members.contains_key("schema") {
        return;
    }
    if let Some(item) = members.shift_remove("itemSchema") {
        members.insert("schema".to_owned(), serde_json::json!({ "type": "array", "items": item }));
    }
}
