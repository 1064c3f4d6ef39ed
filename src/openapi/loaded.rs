//! Parses texts to values, limiting what aliases may multiply, and notes things about the document on the way.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// How many duplicate keys are reported.
const MAX_DUPLICATES: usize = 20;

/// How many nodes and bytes of text aliases may add to a document beyond what its own length allows.
const ALIAS_ALLOWANCE: usize = 4 * 1024 * 1024;

/// A parsed document, and what was noted on the way.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) value: Value,
    pub(super) marks: Marks,
    /// It is JSON; otherwise YAML.
    pub(super) json: bool,
    /// Keys that occur twice in one object, the first few of them. The last value counts.
    pub(super) duplicates: Vec<String>,
}

/// What would otherwise need a search of the whole document. Each may be set by a text that only looks like it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// A `$ref` that does not begin with `#/`.
    pub(super) external: bool,
    /// An anchor or identifier of JSON Schema, or OpenAPI 3.2's `$self`.
    pub(super) anchors: bool,
    /// A `type` that is an array, which only JSON Schema has.
    pub(super) type_lists: bool,
}

/// YAML's merge key.
pub(super) const MERGE_KEY: &str = "<<";

/// How much a document may still grow. Without aliases a document has no more nodes and no more text than bytes,
/// so only one that multiplies itself by aliases can run out.
pub(super) struct Budget {
    nodes: Cell<usize>,
    text: Cell<usize>,
    marks: Cell<Marks>,
    duplicates: RefCell<Vec<String>>,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            nodes: Cell::new(bytes + ALIAS_ALLOWANCE),
            text: Cell::new(4 * bytes + ALIAS_ALLOWANCE),
            marks: Cell::default(),
            duplicates: RefCell::default(),
        }
    }

    pub(super) fn loaded(self, value: Value) -> Loaded {
        Loaded { value, marks: self.marks.get(), json: false, duplicates: self.duplicates.into_inner() }
    }

    fn duplicate(&self, key: &str) {
        if let Ok(mut known) = self.duplicates.try_borrow_mut()
            && known.len() < MAX_DUPLICATES
        {
            known.push(key.chars().take(100).collect());
        }
    }

    /// Adds a member to an object.
    pub(super) fn insert(&self, map: &mut Map<String, Value>, key: String, value: Value) {
        self.mark(&key, &value);
        match map.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(mut entry) => {
                self.duplicate(entry.key());
                entry.insert(value);
            }
        }
    }

    /// Adds what was noted in a part of the document.
    pub(super) fn join(&self, marks: Marks, duplicates: &[String]) {
        let all = self.marks.get();
        self.marks.set(Marks {
            external: all.external || marks.external,
            anchors: all.anchors || marks.anchors,
            type_lists: all.type_lists || marks.type_lists,
        });
        for key in duplicates {
            self.duplicate(key);
        }
    }

    /// Notes what a member says about the whole document.
    fn mark(&self, key: &str, value: &Value) {
        let mut marks = self.marks.get();
        match (key, value) {
            ("$ref", Value::String(text)) => marks.external |= !text.starts_with("#/"),
            ("$id" | "$self" | "$anchor" | "$dynamicAnchor", Value::String(_)) => marks.anchors = true,
            ("type", Value::Array(_)) => marks.type_lists = true,
            _ => return,
        }
        self.marks.set(marks);
    }

    fn take<E: serde::de::Error>(&self, text: usize) -> Result<(), E> {
        match (self.nodes.get().checked_sub(1), self.text.get().checked_sub(text)) {
            (Some(nodes), Some(text)) => {
                self.nodes.set(nodes);
                self.text.set(text);
                Ok(())
            }
            _ => Err(E::custom("its aliases expand to far more than the document itself")),
        }
    }
}

/// Builds a [`Value`] within a [`Budget`]. Depth is bounded by both parsers (128 levels).
pub(super) struct Node<'a>(pub(super) &'a Budget);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML or JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.0.take(0)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.0.take(0)?;
        Ok(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.0.take(0)?;
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.0.take(0)?;
        // `.inf` and `.nan` have no JSON form.
        Ok(serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.take(value.len())?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.0.take(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.0.take(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    // A YAML tag (`!binary x`) is dropped, its value kept.
    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        use serde::de::VariantAccess as _;
        let (_, variant) = data.variant::<serde::de::IgnoredAny>()?;
        variant.newtype_variant_seed(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.take(0)?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Node(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.take(0)?;
        let mut map = Map::new();
        let mut merges = Vec::new();
        while let Some(key) = access.next_key::<Key>()? {
            self.0.take::<A::Error>(key.0.len())?;
            let value = access.next_value_seed(Node(self.0))?;
            if key.0 == MERGE_KEY {
                merges.push(value);
            } else {
                self.0.insert(&mut map, key.0, value);
            }
        }
        for merge in merges {
            merge_into(&mut map, merge).map_err(A::Error::custom)?;
        }
        Ok(Value::Object(map))
    }
}

/// YAML's merge key: adds members that the mapping itself does not have.
fn merge_into(map: &mut Map<String, Value>, merge: Value) -> Result<(), &'static str> {
    match merge {
        Value::Object(members) => {
            for (key, value) in members {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge_into(map, item)),
        _ => Err("a merge key `<<` takes a mapping"),
    }
}

/// A mapping's key as text: response codes are numbers in YAML.
struct Key(String);

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a plain key")
            }

            fn visit_str<E>(self, value: &str) -> Result<Key, E> {
                Ok(Key(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Key, E> {
                Ok(Key(value))
            }
        }
        // Scalars of any type give their text when a string is requested.
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Parses a JSON text that is part of a document; `None` if it is not JSON.
pub(super) fn parse_piece(text: &str) -> Option<Loaded> {
    let budget = Budget::new(text.len());
    let value = parse_json(text, &budget).ok()?;
    Some(budget.loaded(value))
}

pub(super) fn parse_json(text: &str, budget: &Budget) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node(budget).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}
