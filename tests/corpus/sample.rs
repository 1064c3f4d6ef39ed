//! Values that a schema allows, as plain as they can be.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::scalar::{halved, number, string};
use crate::schema::{Branch, Schemas};
use crate::shape::{Shape, Shapes, typed};

/// How deep values nest; what is deeper is left out where it may be.
const MAX_DEPTH: usize = 9;

/// How many schemas are looked at for one value.
const MAX_STEPS: u32 = 20_000;

/// How many of them one choice may look at before it is content with what it has.
const MAX_CHOICE: u32 = 3_000;

/// How many properties an object gets that need not be there.
const MAX_GENEROUS: u64 = 200;

/// How an alternative is filled.
#[derive(Clone, Copy, Default, PartialEq)]
struct Manner {
    /// Objects have all the plain properties that they may have.
    plain: bool,
    /// Objects have all properties that they may have.
    all: bool,
    /// Numbers are no whole ones.
    fraction: bool,
    /// Which one of several values is taken.
    n: u64,
}

/// The manners that are tried, one after the other, until there is a value that fits this alternative and no other.
const MANNERS: [Manner; 7] = {
    const LEAN: Manner = Manner { plain: false, all: false, fraction: false, n: 0 };
    [
        LEAN,
        Manner { plain: true, ..LEAN },
        Manner { all: true, ..LEAN },
        Manner { n: 1, ..LEAN },
        Manner { fraction: true, ..LEAN },
        Manner { n: 2, ..LEAN },
        Manner { n: 3, plain: true, ..LEAN },
    ]
};

/// What a value is to be like.
#[derive(Clone)]
pub(crate) struct Goal<'g> {
    /// Where it must have something: names of properties, outermost first.
    pub(crate) wanted: &'g [&'g str],
    /// Where it is.
    pub(crate) path: Vec<String>,
    /// What a person sees of each place.
    pub(crate) shapes: &'g Shapes<'g>,
}

impl Goal<'_> {
    fn below(&self, name: &str) -> Self {
        let wanted = match self.wanted.split_first() {
            Some((first, rest)) if *first == name => rest,
            _ => &[],
        };
        let path = self.path.iter().cloned().chain([name.to_owned()]).collect();
        Self { wanted, path, shapes: self.shapes }
    }

    /// An item of an array. What a person sees of it is not known.
    fn item(&self) -> Self {
        Self { path: self.path.iter().cloned().chain(["[]".to_owned()]).collect(), ..self.clone() }
    }

    fn shape(&self) -> Option<Shape<'_>> {
        self.shapes.get(&self.path).copied().filter(|_| self.wanted.is_empty())
    }
}

/// Makes values for the schemas of one document.
pub(crate) struct Sampler<'a> {
    pub(crate) schemas: Schemas<'a>,
    steps: Cell<u32>,
    manner: Cell<Manner>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        Self { schemas: Schemas::new(root), steps: Cell::new(0), manner: Cell::default() }
    }

    /// A value of `schema` as `goal` wants it; `None` if there can be none.
    pub(crate) fn value(&self, schema: &Value, goal: &Goal<'_>) -> Option<Value> {
        self.steps.set(0);
        self.sample(schema, goal, 0, 0)
    }

    /// Different `n` give different values where the schema has several.
    fn sample(&self, schema: &Value, goal: &Goal<'_>, n: u64, depth: usize) -> Option<Value> {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return None;
        }
        let merged = self.schemas.merged(schema)?;
        self.of(&merged, schema, goal, n, depth)
    }

    /// A value of `merged`, which is what `schema` comes to.
    fn of(
        &self,
        merged: &Map<String, Value>,
        schema: &Value,
        goal: &Goal<'_>,
        n: u64,
        depth: usize,
    ) -> Option<Value> {
        if goal.wanted.is_empty() {
            if let Some(value) = merged.get("const") {
                return Some(value.clone());
            }
            if let Some(values) = merged.get("enum").and_then(Value::as_array) {
                return pick(values, merged, n);
            }
        }
        let mut branches = self.schemas.branches(merged);
        if branches.is_empty() {
            return self.plain(merged, goal, n, depth);
        }
        if let Some(first) = goal.wanted.first() {
            // The alternatives that name what is wanted, before those that only do not forbid it.
            branches.sort_by_cached_key(|branch| !self.names(&branch.schema, first, 0));
        } else if let Some(shape) = goal.shape() {
            let fits = |branch: &Branch| {
                self.schemas
                    .merged(&branch.schema)
                    .is_some_and(|branch| shape.fits(kind(&branch, Some(shape))))
            };
            branches.sort_by_cached_key(|branch| !fits(branch));
        }
        let mut base = merged.clone();
        for key in ["oneOf", "anyOf", "discriminator"] {
            base.remove(key);
        }
        if let Some(Value::Array(mut more)) = base.remove("more choices")
            && let Some(first) = more.pop()
        {
            base.insert("anyOf".to_owned(), first);
            base.insert("more choices".to_owned(), more.into());
        }
        self.best(&base, &branches, schema, goal, n, depth)
    }

    /// A value of one of the branches that `schema`, which has them, takes, and that a person would type; else one that
    /// comes near it.
    fn best(
        &self,
        base: &Map<String, Value>,
        branches: &[Branch],
        schema: &Value,
        goal: &Goal<'_>,
        n: u64,
        depth: usize,
    ) -> Option<Value> {
        let before = self.manner.get();
        let last = self.steps.get() + MAX_CHOICE / u32::try_from(depth + 1).unwrap_or(1);
        let mut best: Option<(u8, Value)> = None;
        'tried: for branch in branches {
            for manner in MANNERS {
                if best.is_some() && self.steps.get() > last {
                    break 'tried;
                }
                self.manner.set(if manner == Manner::default() { before } else { manner });
                let value = self.branch(base, branch, goal, n + manner.n, depth);
                self.manner.set(before);
                // What there is no value for in one manner has none in another.
                let Some(value) = value else { break };
                let takes = self.schemas.takes(schema, &value);
                let rank = 2 * u8::from(takes) + u8::from(typed(&value, &mut goal.path.clone(), goal.shapes));
                if rank == 3 {
                    return Some(value);
                }
                if best.as_ref().is_none_or(|(best, _)| rank > *best) {
                    best = Some((rank, value));
                }
            }
        }
        best.map(|(_, value)| value)
    }

    /// Whether a schema has a property of that name, in whichever of its parts.
    fn names(&self, schema: &Value, name: &str, depth: usize) -> bool {
        let Some(merged) = self.schemas.merged(schema).filter(|_| depth < 4) else { return false };
        merged.get("properties").and_then(|properties| properties.get(name)).is_some()
            || self.schemas.branches(&merged).iter().any(|branch| self.names(&branch.schema, name, depth + 1))
    }

    fn branch(
        &self,
        base: &Map<String, Value>,
        branch: &Branch,
        goal: &Goal<'_>,
        n: u64,
        depth: usize,
    ) -> Option<Value> {
        let mut whole = base.clone();
        whole.remove("anyOf");
        let mut parts = vec![Value::Object(whole), branch.schema.clone()];
        if let Some(choice) = base.get("anyOf") {
            parts.push(serde_json::json!({ "anyOf": choice }));
        }
        let schema = serde_json::json!({ "allOf": parts });
        let mut merged = self.schemas.merged(&schema)?;
        if let Some((property, name)) = &branch.mark {
            require(&mut merged, property, name);
        }
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return None;
        }
        self.of(&merged, &schema, goal, n, depth + 1)
    }

    fn plain(&self, merged: &Map<String, Value>, goal: &Goal<'_>, n: u64, depth: usize) -> Option<Value> {
        match kind(merged, goal.shape()) {
            "object" => self.object(merged, goal, depth),
            "array" => self.array(merged, goal, n, depth),
            _ if !goal.wanted.is_empty() => None,
            "integer" => number(merged, n, true),
            "number" if self.manner.get().fraction => {
                number(merged, n, false).map(|value| halved(merged, value))
            }
            "number" => number(merged, n, false),
            "boolean" => Some(Value::Bool(n.is_multiple_of(2))),
            "null" => Some(Value::Null),
            _ => string(merged, goal.shape(), n),
        }
    }

    fn object(&self, merged: &Map<String, Value>, goal: &Goal<'_>, depth: usize) -> Option<Value> {
        let none = Map::new();
        let properties = merged.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let mut names: Vec<&str> = Vec::new();
        for name in merged.get("required").and_then(Value::as_array).into_iter().flatten() {
            names.extend(name.as_str());
        }
        let first = goal.wanted.first().copied();
        names.extend(first.filter(|first| !names.contains(first)));
        let mut object = Map::new();
        for name in names {
            let is_wanted = first == Some(name);
            let below = goal.below(name);
            let Some(property) = properties.get(name) else {
                let any = merged.get("additionalProperties").unwrap_or(&Value::Bool(true));
                // Nothing is said of it but that it must be there.
                match self.sample(any, &below, 0, depth + 1) {
                    Some(value) => object.insert(name.to_owned(), value),
                    None if is_wanted => return None,
                    None => continue,
                };
                continue;
            };
            if self.is_read_only(property) {
                if is_wanted {
                    return None;
                }
                continue;
            }
            // A text that tells alternatives apart is one of theirs, though the text itself has no enum.
            let seen = below.shape().and_then(|shape| pick(shape.allowed?, &Map::new(), 0));
            let told = self.schemas.told_by(merged, name).filter(|_| below.wanted.is_empty());
            let told = told.and_then(|told| seen.or(Some(told)));
            let value = told.or_else(|| self.sample(property, &below, 0, depth + 1));
            object.insert(name.to_owned(), value?);
        }
        // An object without members says nothing, and cannot be told apart from nothing where it is sent as a form.
        let least = merged.get("minProperties").and_then(Value::as_u64).unwrap_or_default().max(1);
        let is_plain = |property: &Value| {
            self.schemas
                .merged(property)
                .is_some_and(|property| !matches!(kind(&property, None), "object" | "array"))
        };
        let manner = self.manner.get();
        let generous = manner.plain || manner.all;
        let least = if generous { least.max(MAX_GENEROUS) } else { least };
        let plain = properties.iter().filter(|(_, property)| is_plain(property));
        let other = properties.iter().filter(|(_, property)| !is_plain(property));
        for (name, property, is_plain) in
            plain.map(|(a, b)| (a, b, true)).chain(other.map(|(a, b)| (a, b, false)))
        {
            if manner.plain && !is_plain && !object.is_empty() {
                break;
            }
            if object.len() as u64 >= least {
                break;
            }
            if !object.contains_key(name)
                && !self.is_read_only(property)
                && let Some(value) = self.sample(property, &goal.below(name), 0, depth + 1)
                // What nobody asked for, and contradicts itself, is no help.
                && (!generous || self.schemas.takes(property, &value))
            {
                object.insert(name.clone(), value);
            }
        }
        let any = Value::Bool(true);
        let free = merged.get("additionalProperties").unwrap_or(&any);
        if object.is_empty()
            && properties.is_empty()
            && *free != Value::Bool(false)
            && let Some(value) = self.sample(free, &goal.below("key"), 0, depth + 1)
        {
            object.insert("key".to_owned(), value);
        }
        Some(Value::Object(object))
    }

    fn is_read_only(&self, property: &Value) -> bool {
        self.schemas
            .merged(property)
            .is_some_and(|property| property.get("readOnly") == Some(&Value::Bool(true)))
    }

    fn array(&self, merged: &Map<String, Value>, goal: &Goal<'_>, n: u64, depth: usize) -> Option<Value> {
        let bound = |key: &str| merged.get(key).and_then(Value::as_u64);
        let (least, most) = (bound("minItems").unwrap_or_default(), bound("maxItems").unwrap_or(u64::MAX));
        let few = if goal.wanted.is_empty() && depth < 3 { 2 } else { 1 };
        let count = least.max(few).min(most).min(50);
        let any = Value::Bool(true);
        let items = merged.get("items").unwrap_or(&any);
        let unique = merged.get("uniqueItems") == Some(&Value::Bool(true));
        let goal = goal.item();
        let mut values: Vec<Value> = Vec::new();
        for k in 0..count {
            let first = merged.get("prefixItems").and_then(|list| list.get(usize::try_from(k).ok()?));
            match self.sample(first.unwrap_or(items), &goal, n + k, depth + 1) {
                Some(value) if unique && values.contains(&value) => break,
                Some(value) => values.push(value),
                None if values.is_empty() && least == 0 && goal.wanted.is_empty() => break,
                None => return None,
            }
        }
        Some(Value::Array(values))
    }
}

/// One of an enum that fits the type; null and nothing only where there is nothing else.
pub(crate) fn pick(values: &[Value], merged: &Map<String, Value>, n: u64) -> Option<Value> {
    let fits = |value: &&Value| match kind(merged, None) {
        "string" => value.is_string(),
        "integer" | "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => !value.is_null(),
    };
    let good: Vec<&Value> = values.iter().filter(fits).filter(|value| value.as_str() != Some("")).collect();
    let at = |list: &[&Value]| {
        list.get(usize::try_from(n).ok()? % list.len().max(1)).map(|value| (*value).clone())
    };
    at(&good).or_else(|| values.iter().find(|value| !value.is_null()).or(values.first()).cloned())
}

/// The type of a merged schema; of several the first that is not null; without one what its keywords speak of.
fn kind<'m>(merged: &'m Map<String, Value>, shape: Option<Shape<'_>>) -> &'m str {
    let named = match merged.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => {
            let mut names = names.iter().filter_map(Value::as_str);
            let fitting = shape.and_then(|shape| names.clone().find(|name| shape.fits(name)));
            fitting.or_else(|| names.clone().find(|name| *name != "null")).or_else(|| names.next())
        }
        _ => None,
    };
    let has = |keys: &[&str]| keys.iter().any(|key| merged.contains_key(*key));
    match named {
        Some(name) => name,
        None if has(&["properties", "additionalProperties", "required", "minProperties"]) => "object",
        None if has(&["items", "minItems", "maxItems", "prefixItems"]) => "array",
        None if has(&["minimum", "maximum", "multipleOf"]) => "number",
        // Nothing is said of it here, but elsewhere: what a person sees is what he types.
        None => shape.map_or("string", Shape::kind),
    }
}

fn require(merged: &mut Map<String, Value>, property: &str, name: &str) {
    let text = serde_json::json!({ "type": "string", "enum": [name] });
    if let Value::Object(properties) = merged.entry("properties").or_insert_with(|| Value::Object(Map::new()))
    {
        properties.insert(property.to_owned(), text);
    }
    if let Value::Array(required) = merged.entry("required").or_insert_with(|| Value::Array(Vec::new()))
        && !required.iter().any(|name| name == property)
    {
        required.push(property.into());
    }
}
