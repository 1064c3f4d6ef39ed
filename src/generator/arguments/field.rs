//! One field of a command's input, and the flag that it becomes.

use crate::model::{Argument, Kind, Location, Serialization, ValueType};
use crate::openapi::{Scalar, Shape, Size};

use super::limits::MAX_NAMED;

/// Where a field is, and what the document says about it apart from its schema.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) location: Location,
    /// Wire names from the outermost object, or from the item.
    pub(super) wire: Vec<String>,
    /// The first key in the script's map, if it differs from the wire name.
    pub(super) first_key: Option<String>,
    /// The flag's name.
    pub(super) name: String,
    /// Required.
    pub(super) required: bool,
    /// See [`Argument::needed`].
    pub(super) needed: Option<usize>,
    pub(super) serialization: Serialization,
    /// `allowEmptyValue` of a parameter.
    pub(super) allow_empty: bool,
    pub(super) multipart: bool,
    /// A parameter's own description; otherwise the schema's is used.
    pub(super) description: String,
    pub(super) deprecated: bool,
    pub(super) alternatives: Vec<String>,
    pub(super) media_types: Vec<String>,
    pub(super) needed_in: Vec<String>,
    /// The values of a discriminator.
    pub(super) values: Vec<String>,
}

impl Field {
    /// A plain optional field.
    pub(super) fn new(location: Location, wire: &str, name: String, first_key: Option<String>) -> Self {
        Self {
            location,
            wire: vec![wire.to_owned()],
            first_key,
            name,
            required: false,
            needed: None,
            serialization: Serialization::default(),
            allow_empty: false,
            multipart: false,
            description: String::new(),
            deprecated: false,
            alternatives: Vec::new(),
            media_types: Vec::new(),
            needed_in: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Required, perhaps within an object that is not.
    pub(super) fn is_wanted(&self) -> bool {
        self.required || self.needed.is_some()
    }

    /// The field `wire` of this object.
    pub(super) fn inner(&self, wire: &str, name: String) -> Self {
        let path = self.wire.iter().map(String::as_str).chain([wire]).map(str::to_owned).collect();
        Self {
            wire: path,
            first_key: self.first_key.clone(),
            serialization: self.serialization.clone(),
            multipart: self.multipart,
            media_types: self.media_types.clone(),
            needed_in: self.needed_in.clone(),
            alternatives: self.alternatives.clone(),
            ..Self::new(self.location, wire, name, None)
        }
    }

    pub(super) fn argument(&self, value_type: ValueType) -> Argument {
        let mut argument = Argument::new(&self.name, Kind::Flag, self.location, "");
        argument.value_type = value_type;
        argument.required = self.required;
        argument.needed = self.needed.filter(|_| !self.required);
        argument.wire_path.clone_from(&self.wire);
        argument.first_key.clone_from(&self.first_key);
        argument.serialization.clone_from(&self.serialization);
        argument.description.clone_from(&self.description);
        argument.deprecated = self.deprecated;
        argument.alternatives.clone_from(&self.alternatives);
        argument.media_types.clone_from(&self.media_types);
        if self.is_wanted() {
            argument.needed_in.clone_from(&self.needed_in);
        }
        argument
    }

    /// Gives `argument` the type and bounds of `scalar`.
    pub(super) fn apply(&self, argument: &mut Argument, mut scalar: Scalar) {
        if scalar.allowed.is_none() && scalar.name == "string" && !self.values.is_empty() {
            scalar.allowed = Some(self.values.iter().map(|value| value.as_str().into()).collect());
        }
        apply_scalar(argument, scalar);
        // `format: binary` in a multipart body is a file (OpenAPI 3.0, section 4.7.14.2).
        if self.multipart && argument.format.as_deref() == Some("binary") && self.wire.len() == 1 {
            argument.value_type = ValueType::File;
        }
    }
}

/// The values of the discriminator, if `property` is this object's.
pub(super) fn values(shape: &Shape<'_>, property: &str) -> Vec<String> {
    match &shape.discriminator {
        Some((name, values)) if *name == property && values.len() <= 4 * MAX_NAMED => {
            values.iter().map(|value| (*value).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn apply_scalar(argument: &mut Argument, scalar: Scalar) {
    argument.value_type = match scalar.name {
        "integer" => ValueType::Integer,
        "number" => ValueType::Number,
        "boolean" => ValueType::Boolean,
        "json" => ValueType::Json,
        _ => ValueType::String,
    };
    argument.constraints = scalar.constraints();
    argument.format = scalar.format;
    argument.allowed = scalar.allowed;
}

pub(super) fn apply_size(argument: &mut Argument, size: Size) {
    argument.constraints.min_items = size.min;
    argument.constraints.max_items = size.max;
    argument.constraints.unique_items = size.unique;
}
