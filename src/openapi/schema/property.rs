//! A property of an object whose schema has several parts and alternatives.

use super::walk::Walk;
use super::{Scalar, Schema, Shape};
use serde_json::Value;

/// The most alternatives of one property that are told apart; with more, nothing is said of its values.
const MAX_TERMS: usize = 100;

/// What a property takes: one of its terms, and of that every schema. `kind` is `card` in one alternative of its object
/// and `transfer` in the next; each may narrow what a part of `allOf` says.
#[derive(Clone, Debug)]
pub struct Property<'a> {
    terms: Vec<Vec<Schema<'a>>>,
    /// There were more terms than are kept.
    open: bool,
}

impl<'a> Property<'a> {
    /// A property of this one schema.
    pub fn one(schema: Schema<'a>) -> Self {
        Self { terms: vec![vec![schema]], open: false }
    }

    /// The property must be `other` as well.
    pub(super) fn and(&mut self, other: &Self) {
        self.open |= other.open;
        if let [term] = other.terms.as_slice() {
            for own in &mut self.terms {
                add(own, term);
            }
            return;
        }
        let mut terms: Vec<Vec<Schema<'a>>> = Vec::new();
        for own in &self.terms {
            for term in &other.terms {
                if terms.len() >= MAX_TERMS {
                    self.open = true;
                    break;
                }
                let mut both = own.clone();
                add(&mut both, term);
                terms.push(both);
            }
        }
        self.terms = terms;
    }

    /// The property may be `other` instead.
    pub(super) fn or(&mut self, other: &Self) {
        self.open |= other.open;
        for term in &other.terms {
            if self.terms.iter().any(|own| same(own, term)) {
                continue;
            }
            if self.terms.len() >= MAX_TERMS {
                self.open = true;
                return;
            }
            self.terms.push(term.clone());
        }
    }

    /// Every schema that says something of it.
    pub fn schemas(&self) -> impl Iterator<Item = Schema<'a>> + '_ {
        self.terms.iter().flatten().copied()
    }

    /// The first description; see [`Schema::description`].
    pub fn description(&self) -> &'a str {
        self.schemas().map(|schema| schema.description()).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// The first default; see [`Schema::default`].
    pub fn default(&self) -> Option<&'a Value> {
        self.schemas().find_map(|schema| schema.default())
    }

    /// Whether every alternative has this keyword; see [`Schema::flag`].
    pub fn flag(&self, keyword: &str) -> bool {
        self.terms.iter().all(|term| term.iter().any(|schema| schema.flag(keyword)))
    }

    /// As [`Schema::shape_within`].
    pub fn shape_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, true, |walk| self.walk(walk))
    }

    /// As [`Schema::outline_within`].
    pub fn outline_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, false, |walk| self.walk(walk))
    }

    fn walk(&self, walk: &mut Walk) -> Shape<'a> {
        let mut terms = self.terms.iter();
        let mut shape = terms.next().map(|term| walk.shape(term)).unwrap_or_default();
        for term in terms {
            let mut other = walk.shape(term);
            // One flag has one type: an alternative with another one is left to `--body`.
            other.scalar = other.scalar.filter(|scalar| {
                let numbers = ["integer", "number"];
                let same = |own: &Scalar| {
                    own.name == scalar.name || numbers.contains(&own.name) && numbers.contains(&scalar.name)
                };
                shape.scalar.as_ref().is_none_or(same)
            });
            shape.or(other);
        }
        if self.open {
            shape.scalar = shape.scalar.map(Scalar::unbounded);
        }
        shape
    }
}

fn add<'a>(own: &mut Vec<Schema<'a>>, term: &[Schema<'a>]) {
    for schema in term {
        if !own.iter().any(|known| std::ptr::eq(known.value, schema.value)) {
            own.push(*schema);
        }
    }
}

fn same(a: &[Schema<'_>], b: &[Schema<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(a.value, b.value))
}
