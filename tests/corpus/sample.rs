//! Values that a schema allows, as plain as they can be.

use std::cell::Cell;
use std::collections::HashMap;

use apicli::model::ValueType;
use serde_json::{Map, Number, Value};

use crate::pattern::matching;
use crate::schema::{Branch, Schemas};

/// How deep values nest; what is deeper is left out where it may be.
const MAX_DEPTH: usize = 9;

/// How many schemas are looked at for one value.
const MAX_STEPS: u32 = 20_000;

/// What a person sees of a place in a value: the type of the flag for it.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) value_type: ValueType,
    pub(crate) repeated: bool,
    pub(crate) map: bool,
}

impl Shape {
    /// Whether a person who sees it would type a value of that JSON type.
    fn fits(self, kind: &str) -> bool {
        match self.value_type {
            _ if self.repeated => kind == "array",
            _ if self.map => kind == "object",
            ValueType::Integer | ValueType::Number => kind == "integer" || kind == "number",
            ValueType::Boolean => kind == "boolean",
            ValueType::Json => true,
            _ => kind == "string",
        }
    }
}

/// What a value is to be like.
#[derive(Clone)]
pub(crate) struct Goal<'g> {
    /// Where it must have something: names of properties, outermost first.
    pub(crate) wanted: &'g [&'g str],
    /// Where it is.
    pub(crate) path: Vec<String>,
    /// What a person sees of each place.
    pub(crate) shapes: &'g HashMap<Vec<String>, Shape>,
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

    fn shape(&self) -> Option<Shape> {
        self.shapes.get(&self.path).copied().filter(|_| self.wanted.is_empty())
    }
}

/// Makes values for the schemas of one document.
pub(crate) struct Sampler<'a> {
    pub(crate) schemas: Schemas<'a>,
    steps: Cell<u32>,
    /// Objects have all the plain properties that they may have.
    generous: Cell<bool>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        Self { schemas: Schemas::new(root), steps: Cell::new(0), generous: Cell::new(false) }
    }

    /// From now on objects have as much in them as is simple. An alternative that can only be told from the others by
    /// what it may hold is recognised then.
    pub(crate) fn be_generous(&self, generous: bool) {
        self.generous.set(generous);
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
        self.of(&merged, goal, n, depth)
    }

    fn of(&self, merged: &Map<String, Value>, goal: &Goal<'_>, n: u64, depth: usize) -> Option<Value> {
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
        branches.iter().find_map(|branch| self.branch(&base, branch, goal, n, depth))
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
        let mut merged = self.schemas.merged(&serde_json::json!({ "allOf": parts }))?;
        if let Some((property, name)) = &branch.mark {
            require(&mut merged, property, name);
        }
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return None;
        }
        self.of(&merged, goal, n, depth + 1)
    }

    fn plain(&self, merged: &Map<String, Value>, goal: &Goal<'_>, n: u64, depth: usize) -> Option<Value> {
        match kind(merged, goal.shape()) {
            "object" => self.object(merged, goal, depth),
            "array" => self.array(merged, goal, n, depth),
            _ if !goal.wanted.is_empty() => None,
            "integer" => number(merged, n, true),
            "number" => number(merged, n, false),
            "boolean" => Some(Value::Bool(n.is_multiple_of(2))),
            "null" => Some(Value::Null),
            _ => string(merged, n),
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
            let told = self.schemas.told_by(merged, name).filter(|_| below.wanted.is_empty());
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
        let least = if self.generous.get() { least.max(40) } else { least };
        let plain = properties.iter().filter(|(_, property)| is_plain(property));
        let other = properties.iter().filter(|(_, property)| !is_plain(property));
        let simple = self.generous.get();
        for (name, property, is_plain) in
            plain.map(|(a, b)| (a, b, true)).chain(other.map(|(a, b)| (a, b, false)))
        {
            if simple && !is_plain && !object.is_empty() {
                break;
            }
            if object.len() as u64 >= least {
                break;
            }
            if !object.contains_key(name)
                && !self.is_read_only(property)
                && let Some(value) = self.sample(property, &goal.below(name), 0, depth + 1)
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
fn pick(values: &[Value], merged: &Map<String, Value>, n: u64) -> Option<Value> {
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
fn kind(merged: &Map<String, Value>, shape: Option<Shape>) -> &str {
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
        None => "string",
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

fn number(merged: &Map<String, Value>, n: u64, whole: bool) -> Option<Value> {
    let get = |key: &str| merged.get(key).and_then(Value::as_f64);
    let is = |key: &str| merged.get(key) == Some(&Value::Bool(true));
    let step = get("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
    let mut low = get("minimum");
    let mut high = get("maximum");
    // A flag in OpenAPI 3.0, a number in 3.1.
    if let Some(bound) = get("exclusiveMinimum") {
        low = Some(low.unwrap_or(bound).max(bound + step));
    } else if is("exclusiveMinimum") {
        low = low.map(|low| {
            low + if whole || high.is_none_or(|high| high - low > step) {
                step
            } else {
                (high.unwrap_or(low) - low) / 2.0
            }
        });
    }
    if let Some(bound) = get("exclusiveMaximum") {
        high = Some(high.unwrap_or(bound).min(bound - step));
    } else if is("exclusiveMaximum") {
        high = high.map(|high| if whole { high - step } else { high - step / 1024.0 });
    }
    #[allow(clippy::cast_precision_loss)] // a small number
    let n = n as f64;
    let start = match (low, high) {
        (Some(low), _) if low > 0.0 => low,
        (_, Some(high)) if high < 1.0 => low.unwrap_or(high),
        _ => 1.0,
    };
    let mut value = (start / step).ceil() * step + n * step;
    if high.is_some_and(|high| value > high) {
        value = (start / step).ceil() * step;
    }
    if high.is_some_and(|high| value > high) {
        value = start;
    }
    if whole || (value.fract() == 0.0 && value.abs() < 1e15) {
        #[allow(clippy::cast_possible_truncation)]
        // saturates, and so large a bound is beyond all numbers that are sent
        let value = value.round() as i64;
        return Some(value.into());
    }
    Number::from_f64(value).map(Value::Number)
}

fn string(merged: &Map<String, Value>, n: u64) -> Option<Value> {
    let bound = |key: &str| {
        merged.get(key).and_then(Value::as_u64).map(|bound| usize::try_from(bound).unwrap_or(usize::MAX))
    };
    let least = bound("minLength").unwrap_or_default();
    let most = bound("maxLength").unwrap_or(usize::MAX);
    let fits = |text: &str| (least..=most).contains(&text.chars().count());
    let text = formatted(merged, least, most, n);
    let Some(pattern) = merged.get("pattern").and_then(Value::as_str) else { return Some(text.into()) };
    // What the format asks for, if it matches; else what somebody who knows has written down; else what can be made up.
    let known = ["example", "default"].iter().filter_map(|key| merged.get(*key)?.as_str()).map(str::to_owned);
    let matches = regex_lite::Regex::new(pattern).ok();
    let is_it = |text: &String| {
        fits(text) && !text.is_empty() && matches.as_ref().is_none_or(|matches| matches.is_match(text))
    };
    let made = matching(pattern, least, most, n);
    let formatted = Some(text.clone()).filter(|text| text != "text");
    // Conditions that cannot be checked here are best left to him.
    let first = match &matches {
        Some(_) => formatted.into_iter().chain(made.clone()).chain(known).find(is_it),
        None => known.chain(made.clone()).find(is_it),
    };
    Some(first.or(made).unwrap_or(text).into())
}

/// A text of the format, as long as it must be.
fn formatted(merged: &Map<String, Value>, least: usize, most: usize, n: u64) -> String {
    let more = if n == 0 { String::new() } else { n.to_string() };
    let format = merged.get("format").and_then(Value::as_str).unwrap_or_default();
    let mut text = match format {
        "date" => format!("2026-01-{:02}", n % 28 + 1),
        "date-time" => format!("2026-01-{:02}T12:00:00Z", n % 28 + 1),
        "time" => "12:00:00Z".to_owned(),
        "duration" => "P1D".to_owned(),
        "email" | "idn-email" => format!("person{more}@example.com"),
        "uuid" | "guid" => format!("00000000-0000-4000-8000-{n:012}"),
        "uri" | "url" | "iri" => format!("https://example.com/{more}"),
        "uri-reference" | "iri-reference" => format!("/a{more}"),
        "hostname" | "idn-hostname" => format!("host{more}.example.com"),
        "ip" | "ipv4" => format!("192.0.2.{}", n % 200 + 1),
        "ipv6" => format!("2001:db8::{}", n % 200 + 1),
        "cidr" => "192.0.2.0/24".to_owned(),
        "byte" => "aGVsbG8=".to_owned(),
        "mac" => "00:00:5e:00:53:01".to_owned(),
        // Numbers that are texts because they are larger than what JavaScript holds.
        "int64" | "uint64" | "int32" | "decimal" | "double" | "float" => (n + 1).to_string(),
        _ => format!("text{more}"),
    };
    if format == "date-time" && text.chars().count() < least {
        // Fractions of a second are the only part that may be longer.
        text = format!(
            "{}.{}Z",
            text.trim_end_matches('Z'),
            "0".repeat(least.saturating_sub(text.len() + 1).clamp(1, 9))
        );
    }
    while text.chars().count() < least.min(100_000) && !matches!(format, "date" | "date-time") {
        text.push('x');
    }
    if text.chars().count() > most && !matches!(format, "date" | "date-time" | "uuid") {
        text = text.chars().rev().take(most).collect::<Vec<_>>().into_iter().rev().collect();
    }
    text
}
