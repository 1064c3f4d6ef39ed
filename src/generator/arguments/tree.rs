//! Turns fields into flags, outer ones first, within the limits of a command.

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::Value;

use super::choices::{choices_of, is_required};
use super::field::{Field, apply_scalar, apply_size, values};
use super::limits::{MAX_DEPTH, MAX_NESTED};
use super::names::{FlagNames, TOP};
use super::opened::Opened;
use super::text;
use crate::generator::naming;
use crate::model::{Argument, Location, Multiplicity, ValueType};
use crate::openapi::{Property, Schema, Shape};

/// The fields still to become flags, and those that already are.
///
/// Objects are opened level by level, so if a command has more fields than it can have flags, the outer ones
/// get them. The flags are still in document order.
pub(super) struct Tree<'a> {
    queue: VecDeque<Job<'a>>,
    made: Vec<Made>,
    /// The number of flags, including those still to be made.
    count: usize,
    /// Lists of flags: the command's own, and one for the fields of each kind of item.
    lists: usize,
    next: u32,
    /// How many schemas may still be visited.
    pub(super) looks: usize,
    root: Option<Rc<Parent<'a>>>,
    /// Names that are followed beyond the limits.
    opened: Opened,
}

struct Job<'a> {
    field: Field,
    property: Property<'a>,
    list: usize,
    order: Vec<u32>,
    /// How many objects and arrays contain it.
    depth: usize,
    parents: Option<Rc<Parent<'a>>>,
    /// The names that continue from it beyond the limits.
    opened: Opened,
    /// It is beyond the limits: only names that continue are followed there.
    beyond: bool,
}

/// A field, and what it accepts.
struct Looked<'a> {
    job: Job<'a>,
    shape: Shape<'a>,
    /// Never opened, however much room there is.
    closed: bool,
    /// It accepts an object with declared properties.
    nested: bool,
    /// About how many flags opening it gives.
    size: usize,
}

/// A schema that contains a field, innermost first, to detect cycles.
struct Parent<'a> {
    schema: &'a Value,
    above: Option<Rc<Parent<'a>>>,
}

struct Made {
    list: usize,
    order: Vec<u32>,
    argument: Argument,
    /// The list of its item's fields.
    fields: Option<usize>,
}

impl<'a> Tree<'a> {
    /// An empty tree; `looks` is how many schemas and properties may be visited.
    /// `opened` has names that are followed beyond the limits of a command.
    pub(super) fn new(looks: usize, opened: Opened) -> Self {
        Self {
            queue: VecDeque::new(),
            made: Vec::new(),
            count: 0,
            lists: TOP + 1,
            next: 0,
            looks,
            root: None,
            opened,
        }
    }

    /// The number of flags, including those still to be made.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A typed name leads to this top-level field.
    pub(super) fn names(&self, wire: &str) -> bool {
        self.opened.names(wire)
    }

    /// The schema of a body, so that its fields can detect a cycle.
    pub(super) fn stand_in(&mut self, schema: &'a Value) {
        self.root = Some(Rc::new(Parent { schema, above: self.root.take() }));
    }

    /// A finished flag.
    pub(super) fn whole(&mut self, argument: Argument) {
        let order = vec![self.step()];
        self.count += 1;
        self.made.push(Made { list: TOP, order, argument, fields: None });
    }

    /// A parameter or top-level field.
    pub(super) fn add(&mut self, field: Field, property: Property<'a>) {
        let order = vec![self.step()];
        self.count += 1;
        let parents = if field.location == Location::Body { self.root.clone() } else { None };
        let opened = field.wire.first().map(|wire| self.opened.below(wire)).unwrap_or_default();
        self.queue.push_back(Job {
            field,
            property,
            list: TOP,
            order,
            depth: 1,
            parents,
            opened,
            beyond: false,
        });
    }

    fn step(&mut self) -> u32 {
        self.next = self.next.saturating_add(1);
        self.next
    }

    /// All flags, in document order.
    pub(super) fn finish(mut self, names: &mut FlagNames<'a>) -> Vec<Argument> {
        while !self.queue.is_empty() {
            let level = std::mem::take(&mut self.queue);
            let mut level: Vec<Looked<'a>> = level.into_iter().map(|job| self.look(job)).collect();
            // If there is no room for all, required fields are opened first, then the smallest ones.
            level.sort_by_key(|looked| (!looked.job.field.is_wanted(), looked.size));
            for looked in level {
                self.open(looked, names);
            }
        }
        self.made.sort_by(|a, b| a.list.cmp(&b.list).then_with(|| a.order.cmp(&b.order)));
        // Lists of inner items have higher numbers than the lists that contain them.
        let mut lists: Vec<Vec<Argument>> = std::iter::repeat_with(Vec::new).take(self.lists).collect();
        for mut made in self.made.into_iter().rev() {
            if let Some(fields) = made.fields.and_then(|list| lists.get_mut(list)) {
                made.argument.fields = std::mem::take(fields);
                made.argument.fields.reverse();
            }
            if let Some(list) = lists.get_mut(made.list) {
                list.push(made.argument);
            }
        }
        let mut flags = lists.into_iter().next().unwrap_or_default();
        flags.reverse();
        flags
    }

    /// What a field accepts.
    fn look(&mut self, job: Job<'a>) -> Looked<'a> {
        let again = job.property.schemas().any(|schema| job.stands_in(schema.value()));
        let closed = job.beyond || job.depth >= MAX_DEPTH || self.count >= MAX_NESTED || again;
        let mut shape = if closed && job.opened.is_empty() {
            job.property.outline_within(&mut self.looks)
        } else {
            job.property.shape_within(&mut self.looks)
        };
        let nested = !shape.properties.is_empty() || shape.values.is_some();
        if job.field.location == Location::Body {
            shape.properties.retain(|_, property| !property.flag("readOnly"));
        }
        // An item will have about as many flags as it has properties.
        let inner =
            shape.items.or(shape.values).and_then(|inner| inner.value().get("properties")?.as_object());
        let size = shape.properties.len() + inner.map_or(0, serde_json::Map::len);
        Looked { job, shape, closed, nested, size }
    }

    /// A flag for a field, or several if it accepts an object.
    fn open(&mut self, looked: Looked<'a>, names: &mut FlagNames<'a>) {
        let Looked { job, shape, closed, nested, .. } = looked;
        let job = &job;
        let Job { field, property, .. } = job;
        // An object has flags for all of its fields or none: a parameter has no `--body` for the rest.
        let full = closed || self.count + shape.properties.len() > MAX_NESTED;
        let cut = full && job.opened.is_empty();
        let parameter = field.location != Location::Body;
        let mut made: Option<Argument> = None;
        let mut items = None;
        if let Some(item) = shape.items {
            let mut argument = field.argument(ValueType::Json);
            items = self.elements(&mut argument, job, item);
            argument.multiplicity = Multiplicity::List;
            if let Some(scalar) = shape.scalar.clone() {
                argument.multiplicity = Multiplicity::ListOrOne;
                let item = item.outline_within(&mut self.looks).scalar;
                field.apply(&mut argument, item.map_or(scalar.clone(), |item| scalar.or(item)));
                items = None;
            }
            apply_size(&mut argument, shape.size);
            made = Some(argument);
        } else if let Some(scalar) = shape.scalar.clone() {
            let mut argument = field.argument(ValueType::String);
            field.apply(&mut argument, scalar);
            made = Some(argument);
        } else if !shape.object || !nested || cut {
            // A parameter without a type is text; a field of a body may be anything, and its type says what.
            let any = parameter && shape.any;
            made = Some(field.argument(if any { ValueType::String } else { ValueType::Json }));
        }
        if shape.object
            && !cut
            && let Some(argument) = self.map(job, &shape, &mut items)
        {
            // A flag has one meaning: whatever else the field accepts is left to `--body`.
            made = Some(argument);
        }
        if let Some(mut argument) = made {
            if argument.description.is_empty() {
                argument.description = text::help(property.description());
            }
            argument.default = property.default().cloned();
            argument.deprecated |= property.flag("deprecated");
            argument.allow_empty = shape.allow_empty || field.allow_empty;
            if !argument.is_map() {
                argument.nullable = shape.nullable && !parameter;
            }
            let by_key = argument.is_map();
            let fields = items.map(|item| self.fields(job, &item, by_key, names));
            self.made.push(Made { list: job.list, order: job.order.clone(), argument, fields });
        }
        if shape.object && !cut {
            if !full {
                self.count += shape.properties.len();
            }
            let plain = shape.scalar.is_none() && shape.items.is_none();
            // An object's required fields are needed once the object is given, and so once the outermost object that
            // requires it is given.
            let anchor = field.needed.filter(|_| plain).unwrap_or(field.wire.len());
            for (n, (&wire, property)) in (0_u32..).zip(&shape.properties) {
                let name = names.nested(job.list, &format!("{}.{}", field.name, naming::flag(wire)));
                let mut inner = field.inner(wire, name);
                let own = choices_of(&shape.choices, wire);
                inner.needed = is_required(&shape, wire).then_some(anchor);
                inner.required = field.required && plain && inner.needed.is_some();
                if !own.is_empty() {
                    inner.alternatives = own;
                }
                inner.values = values(&shape, wire);
                let order = job.order.iter().copied().chain([n + 1]).collect();
                self.queue
                    .push_back(Job { beyond: full, ..job.child(inner, property.clone(), job.list, order) });
            }
        }
    }

    /// The flag of a free map, if this object is one. If it also has declared properties, only values of a declared type
    /// make it one: many objects of APIs accept anything else, and nobody sends it.
    fn map(&mut self, job: &Job<'a>, shape: &Shape<'a>, items: &mut Option<Schema<'a>>) -> Option<Argument> {
        let schema = shape.values?;
        let values = schema.outline_within(&mut self.looks);
        if values.any && !shape.properties.is_empty() {
            return None;
        }
        let mut argument = job.field.argument(ValueType::Json);
        *items = None;
        match &values {
            Shape { any: true, .. } => argument.value_type = ValueType::String,
            Shape { items: Some(item), scalar, .. } => {
                let element = item.outline_within(&mut self.looks);
                let plain = element.scalar.filter(|_| !element.object && element.items.is_none());
                let multiplicity =
                    if scalar.is_some() { Multiplicity::ListOrOne } else { Multiplicity::List };
                let kind = match (plain, scalar.clone()) {
                    (Some(plain), Some(scalar)) => Some(scalar.or(plain)),
                    (plain, scalar) => plain.or(scalar),
                };
                if let Some(kind) = kind {
                    apply_scalar(&mut argument, kind);
                    argument.multiplicity = multiplicity;
                    apply_size(&mut argument, values.size);
                }
            }
            Shape { scalar: Some(scalar), object: false, .. } => apply_scalar(&mut argument, scalar.clone()),
            Shape { object: true, .. } => *items = Some(schema),
            _ => {}
        }
        argument.multiplicity = argument.multiplicity.by_key();
        argument.nullable = values.nullable && job.field.location == Location::Body;
        argument.required = job.field.required && shape.properties.is_empty();
        argument.needed = argument.needed.filter(|_| shape.properties.is_empty());
        Some(argument)
    }

    /// The type of an array's items; the schema of their fields where they are objects.
    fn elements(&mut self, argument: &mut Argument, job: &Job<'a>, item: Schema<'a>) -> Option<Schema<'a>> {
        let outline = item.outline_within(&mut self.looks);
        match outline.scalar {
            // Items that may also be objects get flags for those objects' fields too.
            Some(scalar) if outline.items.is_none() => {
                job.field.apply(argument, scalar);
                outline.object.then_some(item)
            }
            _ => {
                // As for a parameter without a type: its items are text.
                if outline.any && job.field.location != Location::Body {
                    argument.value_type = ValueType::String;
                }
                (outline.object && outline.items.is_none()).then_some(item)
            }
        }
    }

    /// The fields of an item or of a map's value, in a list of their own, within the limits.
    fn fields(&mut self, job: &Job<'a>, item: &Schema<'a>, by_key: bool, names: &mut FlagNames<'a>) -> usize {
        let list = self.lists;
        self.lists += 1;
        let again = job.stands_in(item.value());
        let in_header = !matches!(job.field.location, Location::Body | Location::Query);
        let named = if by_key { job.opened.in_value() } else { job.opened.in_item() };
        let full = job.beyond || again || job.depth + 1 >= MAX_DEPTH || self.count >= MAX_NESTED;
        if in_header || full && named.is_empty() {
            return list;
        }
        let mut shape = item.shape_within(&mut self.looks);
        if job.field.location == Location::Body {
            shape.properties.retain(|_, property| !property.flag("readOnly"));
        }
        let full = full || self.count + shape.properties.len() > MAX_NESTED;
        if full && named.is_empty() {
            return list;
        }
        if !full {
            self.count += shape.properties.len();
        }
        let parents = Some(Rc::new(Parent { schema: item.value(), above: job.parents.clone() }));
        for (n, (&wire, property)) in (0_u32..).zip(&shape.properties) {
            let name = names.nested(list, &naming::flag(wire));
            let field = Field {
                needed: is_required(&shape, wire).then_some(0),
                alternatives: choices_of(&shape.choices, wire),
                values: values(&shape, wire),
                ..Field::new(job.field.location, wire, name, None)
            };
            self.queue.push_back(Job {
                field,
                property: property.clone(),
                list,
                order: vec![n],
                depth: job.depth + 1,
                parents: parents.clone(),
                opened: named.below(wire),
                beyond: full,
            });
        }
        list
    }
}

impl<'a> Job<'a> {
    /// Whether the field is inside a field of this schema.
    fn stands_in(&self, schema: &Value) -> bool {
        let parents = std::iter::successors(self.parents.as_deref(), |parent| parent.above.as_deref());
        let mut schemas = parents.map(|parent| parent.schema);
        !schema.is_null() && schemas.any(|parent| std::ptr::eq(parent, schema))
    }

    /// The job of a field of this object.
    fn child(&self, field: Field, property: Property<'a>, list: usize, order: Vec<u32>) -> Self {
        let mut parents = self.parents.clone();
        for schema in self.property.schemas() {
            parents = Some(Rc::new(Parent { schema: schema.value(), above: parents }));
        }
        let opened = field.wire.last().map(|wire| self.opened.below(wire)).unwrap_or_default();
        Self { field, property, list, order, depth: self.depth + 1, parents, opened, beyond: self.beyond }
    }
}
