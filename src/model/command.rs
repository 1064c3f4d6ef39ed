use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Argument, PathTemplate, SecurityAlternative, Server};

/// What the generator knows about one command: the facts. Machine-owned, stored as one JSON line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandDefinition {
    /// The function's name in its group's script, `snake_case`. In facts, this and the group are the line's key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// The words of the group, `snake_case`: `["customers", "balance_transactions"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// The document's `operationId`.
    pub operation_id: Option<String>,
    /// HTTP method, upper case.
    pub method: String,
    /// Path template as the document has it.
    pub path: PathTemplate,
    /// First line of help.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Further help, Markdown or HTML of the document turned into plain text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Marked as deprecated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Deletes or cancels something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub destructive: bool,
    /// Alternatives, see [`SecurityAlternative`].
    pub security: Vec<SecurityAlternative>,
    /// Servers of the operation or its path, if it has its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Positionals first, in path order; then flags, required ones first.
    /// Commands with one body share its fields.
    #[serde(serialize_with = "write_arguments", deserialize_with = "read_arguments")]
    pub arguments: Vec<Arc<Argument>>,
    /// Wire names of the parameters that most of the document's paths are below (`namespace`): the positionals that
    /// have a letter as well as a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    /// The request body, if the operation takes one.
    pub body: Option<Body>,
    /// The media type requested with `Accept`: the first JSON type among the success responses, else the first type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    /// JSON pointer of the operation in the document. Omitted if method and path determine it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
}

/// What a command is called and which operation it stands for: the part of its facts that the next generation needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CommandName {
    /// See [`CommandDefinition::function`].
    #[serde(default)]
    pub function: String,
    /// See [`CommandDefinition::group`].
    #[serde(default)]
    pub group: Vec<String>,
    /// HTTP method, upper case.
    pub method: String,
    /// Path template as the document has it.
    pub path: PathTemplate,
}

/// The request body of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The media type that is sent, as the document spells it.
    pub content_type: String,
    /// How flags become this body.
    pub encoding: Encoding,
    /// Required by the document.
    pub required: bool,
    /// Further media types that the operation accepts, in document order; `--content-type` chooses one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_types: Vec<MediaChoice>,
    /// What the body is one of, if its schema is a choice (`oneOf`, `anyOf`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

/// One more media type of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaChoice {
    /// As the document spells it.
    pub content_type: String,
    /// How flags become a body of it.
    pub encoding: Encoding,
}

/// One alternative of a body: `card` of a payment method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The discriminator's value, or else the schema's name or title, or else `option 2`.
    pub name: String,
    /// Wire names of the fields that it requires beyond those that every alternative requires.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// `discriminator`: the property that identifies this alternative, and its value here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<(String, String)>,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// `application/json` and every `+json`.
    Json,
    /// `application/x-www-form-urlencoded`, nested fields in brackets.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// `application/x-ndjson` and its like: JSON texts, one a line, each given with `--body`.
    Lines,
    /// Anything else: bytes as given with `--body`.
    Raw,
}

impl Encoding {
    /// Whether a body in this format consists of fields, so that flags can fill it.
    pub fn has_fields(self) -> bool {
        matches!(self, Self::Json | Self::Form | Self::Multipart)
    }
}

fn write_arguments<S: Serializer>(arguments: &[Arc<Argument>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(arguments.iter().map(AsRef::as_ref))
}

fn read_arguments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<Argument>>, D::Error> {
    Vec::<Argument>::deserialize(deserializer).map(|arguments| arguments.into_iter().map(Arc::new).collect())
}
