//! What programs read about a command: one element of `apicli commands --json`, with everything in its facts.

use serde::Serialize;
use serde_json::Value;

use super::signature::Signature;
use crate::model::{
    Alternative, Argument, Body, CommandDefinition, Constraints, Encoding, Kind, Location, MediaChoice,
    Multiplicity, SecurityAlternative, Serialization, Server, Style,
};
use crate::plugins::Found;
use crate::text::first_paragraph;

/// A command. What only the document knows is null or empty for a function that the user added.
#[derive(Serialize)]
pub(crate) struct CommandEntry<'a> {
    command: Vec<String>,
    operation_id: Option<&'a str>,
    method: Option<&'a str>,
    path: Option<String>,
    summary: String,
    description: &'a str,
    deprecated: bool,
    destructive: bool,
    security: &'a [SecurityAlternative],
    servers: &'a [Server],
    scope: &'a [String],
    accept: Option<&'a str>,
    pointer: Option<&'a str>,
    body: Option<BodyEntry<'a>>,
    args: Vec<ArgumentEntry<'a>>,
}

/// The body that flags and `--body` make.
#[derive(Serialize)]
struct BodyEntry<'a> {
    content_type: &'a str,
    required: bool,
    encoding: Encoding,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    other_types: &'a [MediaChoice],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    alternatives: &'a [Alternative],
}

/// An argument, or a field of one.
#[derive(Serialize)]
struct ArgumentEntry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<char>,
    kind: Kind,
    #[serde(rename = "in")]
    location: Location,
    wire_name: String,
    wire_path: &'a [String],
    /// Where its value is in the script's `flags`.
    key: Vec<String>,
    #[serde(rename = "type")]
    value_type: &'static str,
    required: bool,
    multiplicity: Multiplicity,
    repeated: bool,
    map: bool,
    #[serde(rename = "enum")]
    allowed: Option<&'a [Value]>,
    default: Option<&'a Value>,
    format: Option<&'a str>,
    deprecated: bool,
    description: &'a str,
    nullable: bool,
    allow_empty: bool,
    needed: Option<usize>,
    constant: Option<&'a Value>,
    constraints: &'a Constraints,
    style: Option<Style>,
    explode: bool,
    allow_reserved: bool,
    content_type: Option<&'a str>,
    alternatives: &'a [String],
    media_types: &'a [String],
    needed_in: &'a [String],
    fields: Vec<ArgumentEntry<'a>>,
}

impl<'a> CommandEntry<'a> {
    /// The element of a command with the arguments of `signature`.
    pub(crate) fn of(found: &'a Found, signature: &'a Signature) -> Self {
        let positionals =
            (signature.positionals.iter().zip(&signature.names)).map(|(positional, by_name)| ArgumentEntry {
                short: by_name.short,
                ..ArgumentEntry::of(positional)
            });
        let own = Self {
            command: found.words(),
            operation_id: None,
            method: None,
            path: None,
            summary: first_paragraph(&found.function.doc),
            description: "",
            deprecated: false,
            destructive: false,
            security: &[],
            servers: &[],
            scope: &[],
            accept: None,
            pointer: None,
            body: None,
            args: positionals.chain(signature.flags.iter().map(ArgumentEntry::of)).collect(),
        };
        let Some(facts) = &found.facts else { return own };
        // Every field of the facts appears here: the compiler reports one that is added there.
        let CommandDefinition {
            function: _,
            group: _,
            operation_id,
            method,
            path,
            // The script's comment is what users read, and may have changed.
            summary: _,
            description,
            deprecated,
            destructive,
            security,
            servers,
            arguments: _,
            scope,
            body,
            accept,
            pointer,
        } = facts;
        Self {
            operation_id: operation_id.as_deref(),
            method: Some(method),
            path: Some(path.to_string()),
            description,
            deprecated: *deprecated,
            destructive: *destructive,
            security,
            servers,
            scope,
            accept: accept.as_deref(),
            pointer: Some(pointer),
            body: body.as_ref().map(BodyEntry::of),
            ..own
        }
    }
}

impl<'a> BodyEntry<'a> {
    fn of(body: &'a Body) -> Self {
        let Body { content_type, encoding, required, other_types, alternatives } = body;
        Self { content_type, required: *required, encoding: *encoding, other_types, alternatives }
    }
}

impl<'a> ArgumentEntry<'a> {
    fn of(argument: &'a Argument) -> Self {
        let Argument {
            name,
            kind,
            location,
            wire_path,
            first_key: _,
            value_type,
            required,
            needed,
            multiplicity,
            allowed,
            default,
            description,
            format,
            serialization,
            nullable,
            fields,
            alternatives,
            media_types,
            needed_in,
            deprecated,
            allow_empty,
            constraints,
        } = argument;
        let Serialization { style, explode, allow_reserved, content_type } = serialization;
        Self {
            name,
            short: None,
            kind: *kind,
            location: *location,
            wire_name: argument.wire_name().into_owned(),
            wire_path,
            key: argument.key().into_owned(),
            value_type: value_type.name(),
            required: *required,
            multiplicity: *multiplicity,
            repeated: multiplicity.is_list(),
            map: multiplicity.is_map(),
            allowed: allowed.as_deref(),
            default: default.as_ref(),
            format: format.as_deref(),
            deprecated: *deprecated,
            description,
            nullable: *nullable,
            allow_empty: *allow_empty,
            needed: *needed,
            constant: argument.constant(),
            constraints,
            style: *style,
            explode: *explode,
            allow_reserved: *allow_reserved,
            content_type: content_type.as_deref(),
            alternatives,
            media_types,
            needed_in,
            fields: fields.iter().map(Self::of).collect(),
        }
    }
}
