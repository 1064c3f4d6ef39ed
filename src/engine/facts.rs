use serde_json::{Map, Value};

use super::wire::Serialization;
use crate::model::{Body, CommandDefinition, Kind, Location, SecurityAlternative, ValueType};
use crate::text::commas;

/// The part of a command's facts that the host needs to send its request.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) security: Vec<SecurityAlternative>,
    pub(super) accept: Option<String>,
    pub(super) body: Option<Body>,
    flags: Vec<Flag>,
    positionals: Vec<Positional>,
}

/// The part that the host needs of one flag.
#[derive(Clone, Debug)]
pub(super) struct Flag {
    key: Vec<String>,
    wire: Vec<String>,
    location: Location,
    pub(super) how: Serialization,
}

/// The part that the host needs of one path parameter.
#[derive(Clone, Debug)]
pub(super) struct Positional {
    wire: String,
    pub(super) how: Serialization,
    value_type: ValueType,
    repeated: bool,
}

impl Facts {
    pub(super) fn of(command: &CommandDefinition) -> Self {
        let of_kind = |kind: Kind| command.arguments.iter().filter(move |argument| argument.kind == kind);
        Self {
            security: command.security.clone(),
            accept: command.accept.clone(),
            body: command.body.clone(),
            flags: of_kind(Kind::Flag)
                .map(|argument| Flag {
                    key: argument.key().into_owned(),
                    wire: argument.wire_path.clone(),
                    location: argument.location,
                    how: argument.serialization.clone(),
                })
                .collect(),
            positionals: of_kind(Kind::Positional)
                .map(|argument| Positional {
                    wire: argument.wire_name().into_owned(),
                    how: argument.serialization.clone(),
                    value_type: argument.value_type,
                    repeated: argument.is_list(),
                })
                .collect(),
        }
    }

    /// The first flag whose keys begin with `key`.
    pub(super) fn flag(&self, key: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.key.first().is_some_and(|first| first == key))
    }

    /// How the parameter with that name and location is serialized.
    pub(super) fn parameter(&self, location: Location, name: &str) -> Option<&Serialization> {
        let is_it = |flag: &&Flag| flag.location == location && flag.wire_name() == Some(name);
        self.flags.iter().find(is_it).map(|flag| &flag.how)
    }

    /// How the top-level field of the body with that wire name is serialized; `None` if the document does not say.
    pub(super) fn field(&self, wire: &str) -> Option<&Serialization> {
        self.parameter(Location::Body, wire).filter(|how| !how.is_usual())
    }

    /// The parameter of the path with that name.
    pub(super) fn positional(&self, name: &str) -> Option<&Positional> {
        self.positionals.iter().find(|positional| positional.wire == name)
    }
}

impl Flag {
    /// Whether it is the header of that name.
    pub(super) fn is_header(&self, name: &str) -> bool {
        self.location == Location::Header
            && self.wire_name().is_some_and(|wire| wire.eq_ignore_ascii_case(name))
    }

    /// The name at the top level of the request.
    pub(super) fn wire_name(&self) -> Option<&str> {
        self.wire.first().map(String::as_str)
    }
}

impl Positional {
    /// The meaning of a text that a script has in place of a list or an object: JSON, or `a,b` and `k=v,l=w`, as on the command
    /// line.
    pub(super) fn value(&self, text: &str) -> Value {
        let trimmed = text.trim_start();
        let json = || serde_json::from_str::<Value>(text).ok();
        if self.repeated {
            return json()
                .filter(|value| trimmed.starts_with('[') && value.is_array())
                .unwrap_or_else(|| Value::Array(commas(text).into_iter().map(Value::String).collect()));
        }
        match self.value_type {
            ValueType::String | ValueType::File => Value::String(text.to_owned()),
            ValueType::Json if trimmed.starts_with(['{', '[', '"']) => {
                json().unwrap_or_else(|| Value::String(text.to_owned()))
            }
            ValueType::Json if text.contains('=') && self.how.content_type.is_none() => {
                let fields = commas(text).into_iter().map(|part| {
                    let (key, value) = part.split_once('=').unwrap_or((&part, ""));
                    (key.to_owned(), Value::String(value.to_owned()))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            ValueType::Json | ValueType::Integer | ValueType::Number | ValueType::Boolean => {
                // As it was typed: `1.0` and `007` stay unchanged.
                let value = json().unwrap_or_default();
                let written = value.to_string();
                if written == text { value } else { Value::String(text.to_owned()) }
            }
        }
    }
}
