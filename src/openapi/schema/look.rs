//! Looking at a schema, or at a property that has several.

use super::scalar::Scalar;
use super::types::{MAX_PARTS, Property, Schema, Shape};
use super::walk::Walk;

impl<'a> Schema<'a> {
    /// What the schema accepts.
    pub fn shape(&self) -> Shape<'a> {
        let mut budget = MAX_PARTS;
        self.shape_within(&mut budget)
    }

    /// What the schema accepts. Every part and property visited is subtracted from `budget`; when nothing is
    /// left of it, or 10,000 of them were visited, the rest counts as absent.
    pub fn shape_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, true, |walk| walk.shape(&[*self]))
    }

    /// Like [`Schema::shape_within`], but if the schema is a base with a discriminator, its subtypes are its choices
    /// (OpenAPI 3.0, section 4.7.25): schemas of the document that refer to it in `allOf`.
    pub fn family_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, true, |walk| {
            walk.subtypes = true;
            walk.shape(&[*self])
        })
    }

    /// Like [`Schema::shape_within`], but without properties, so that it costs little if only the type matters.
    pub fn outline_within(&self, budget: &mut usize) -> Shape<'a> {
        Walk::within(budget, false, |walk| walk.shape(&[*self]))
    }
}

impl<'a> Property<'a> {
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
            // A flag has one type: an alternative with a different one is left to `--body`.
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
