use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// One argument of a command, as typed and as sent. In facts, defaults are omitted: a large document has a
/// hundred thousand arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// As typed: a positional's name, or a flag without its dashes, in kebab-case; nested fields are dotted
    /// (`address.city`). Unique in its command.
    pub name: String,
    /// Positional or flag.
    #[serde(default, skip_serializing_if = "Kind::is_flag")]
    pub kind: Kind,
    /// Where it goes in the request.
    #[serde(rename = "in", default, skip_serializing_if = "Location::is_body")]
    pub location: Location,
    /// Property names from the outermost object to the value, as the document spells them; one element for anything but
    /// nested fields.
    #[serde(rename = "wire", serialize_with = "write_path", deserialize_with = "read_path")]
    pub wire_path: Vec<String>,
    /// The first of its keys, if it differs from the first wire name; see [`Argument::key`].
    #[serde(rename = "key", default, skip_serializing_if = "Option::is_none")]
    pub first_key: Option<String>,
    /// The type of one value.
    #[serde(rename = "type", default, skip_serializing_if = "ValueType::is_string")]
    pub value_type: ValueType,
    /// Required by the document.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Required once anything is given in the object that this many of the first keys lead to; 0 is the body or the
    /// item. Absent if it is [`Argument::required`] anyway, or never needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<usize>,
    /// How many values it has, and how they are combined; [`Argument::value_type`] is the type of one.
    #[serde(rename = "many", default, skip_serializing_if = "Multiplicity::is_one")]
    pub multiplicity: Multiplicity,
    /// The values allowed, if the document lists them.
    #[serde(default, rename = "enum", skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<Value>>,
    /// What the server assumes when it is not given. Never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The document's own text, untrusted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// OpenAPI's `format`: `date`, `date-time`, `int64`, `unix-time` ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// How its value is written.
    #[serde(rename = "how", default, skip_serializing_if = "Serialization::is_usual")]
    pub serialization: Serialization,
    /// `null` is allowed in addition to its type; for a map, it is allowed as a value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// The fields of one item, for an array of objects: `--items.0.price`, or `--items price=..,quantity=..`; or of one
    /// value, for a map of objects: `--items.<key>.price`. Their names, keys and wire paths start there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Argument>,
    /// The alternatives (`oneOf`, `anyOf`) of its object, or of one further out, that have this field, by name; empty if
    /// all have it. At most eight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The media types of the body that have this field; empty if all have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
    /// The media types of the body that require it, if others have it but do not; empty if all that have it do, or
    /// none does. It is [`Argument::required`] if the usual type requires it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_in: Vec<String>,
    /// Marked as deprecated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// The empty string has a meaning of its own in addition to the type (`anyOf` with an enum of `""`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_empty: bool,
    /// Bounds on the value.
    #[serde(default, skip_serializing_if = "Constraints::is_empty")]
    pub constraints: Constraints,
}

/// JSON Schema's bounds that are checked before anything is sent. An absent one does not limit anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Constraints {
    /// `minimum`; see [`Constraints::exclusive_minimum`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// `maximum`; see [`Constraints::exclusive_maximum`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// The minimum itself is not allowed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exclusive_minimum: bool,
    /// The maximum itself is not allowed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exclusive_maximum: bool,
    /// `multipleOf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple_of: Option<f64>,
    /// `minLength`, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// `maxLength`, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// `pattern`: an ECMA-262 regular expression, not anchored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// `minItems`, of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// `maxItems`, of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    /// `uniqueItems`, of an array.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique_items: bool,
}

impl Constraints {
    /// Without any bound.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How many values an argument has, and how they are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Multiplicity {
    /// One value.
    #[default]
    One,
    /// An array: `--name a,b`, or `--name a --name b`.
    List,
    /// An array, or one value without a list around it, because the document accepts both.
    ListOrOne,
    /// A free map (`additionalProperties`) of single values: `--name.<key> value`.
    Map,
    /// A free map of arrays.
    MapOfLists,
    /// A free map of arrays or single values.
    MapOfListsOrOne,
}

impl Multiplicity {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_one(&self) -> bool {
        *self == Self::One
    }

    /// A list, or a map of them.
    pub fn is_list(self) -> bool {
        matches!(self, Self::List | Self::ListOrOne | Self::MapOfLists | Self::MapOfListsOrOne)
    }

    /// A map.
    pub fn is_map(self) -> bool {
        matches!(self, Self::Map | Self::MapOfLists | Self::MapOfListsOrOne)
    }

    /// As well as a list, one value without a list around it is accepted.
    pub fn takes_one(self) -> bool {
        matches!(self, Self::ListOrOne | Self::MapOfListsOrOne)
    }

    /// A map of this.
    #[must_use]
    pub fn by_key(self) -> Self {
        match self {
            Self::One | Self::Map => Self::Map,
            Self::List | Self::MapOfLists => Self::MapOfLists,
            Self::ListOrOne | Self::MapOfListsOrOne => Self::MapOfListsOrOne,
        }
    }
}

/// How a value is written according to the document. In facts it is one string, in the notation of RFC 6570: `+` for
/// `allowReserved`, the style, `*` for `explode`, and after a blank the media type: `deepObject*`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Serialization {
    /// `style`; `None` for the default of the location.
    pub style: Option<Style>,
    /// `explode`; ignored without a style.
    pub explode: bool,
    /// `allowReserved`: RFC 3986's reserved characters go into the query as they are.
    pub allow_reserved: bool,
    /// The media type of a parameter with `content`, and of one part of a multipart body whose `encoding` names one. It
    /// takes precedence over a style: JSON is written as JSON, anything else as given.
    pub content_type: Option<String>,
}

impl Serialization {
    /// A style and its `explode`.
    pub fn new(style: Style, explode: bool) -> Self {
        Self { style: Some(style), explode, ..Self::default() }
    }

    /// The document says nothing.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Serialization> for String {
    fn from(how: Serialization) -> Self {
        let reserved = if how.allow_reserved { "+" } else { "" };
        let style = how.style.map(Style::name).unwrap_or_default();
        let explode = if how.explode { "*" } else { "" };
        match how.content_type {
            Some(content_type) => format!("{reserved}{style}{explode} {content_type}"),
            None => format!("{reserved}{style}{explode}"),
        }
    }
}

impl TryFrom<String> for Serialization {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (signs, content_type) = match text.split_once(' ') {
            Some((signs, content_type)) => (signs, Some(content_type.to_owned())),
            None => (text.as_str(), None),
        };
        let style = signs.strip_prefix('+').unwrap_or(signs);
        let style = style.strip_suffix('*').unwrap_or(style);
        let known = Style::ALL.into_iter().find(|known| known.name() == style);
        if known.is_none() && !style.is_empty() {
            return Err(format!("`{style}` is not a style"));
        }
        Ok(Self {
            style: known,
            explode: signs.ends_with('*'),
            allow_reserved: signs.starts_with('+'),
            content_type,
        })
    }
}

/// How an argument is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By position, in path order.
    Positional,
    /// By its name.
    #[default]
    Flag,
}

impl Kind {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_flag(&self) -> bool {
        *self == Self::Flag
    }
}

/// Where an argument goes; the first four are OpenAPI's `in`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// A segment of the URL's path.
    Path,
    /// The query string.
    Query,
    /// A request header.
    Header,
    /// The `Cookie` header.
    Cookie,
    /// A field of the request body.
    #[default]
    Body,
}

impl Location {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_body(&self) -> bool {
        *self == Self::Body
    }
}

/// The type of an argument's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// Any text; dates too, see `format`.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// Any JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The path of a file whose content is sent.
    File,
    /// Any JSON value, typed as JSON.
    Json,
}

impl ValueType {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_string(&self) -> bool {
        *self == Self::String
    }

    /// The name used in facts, help and machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::File => "file",
            Self::Json => "json",
        }
    }
}

/// OpenAPI's parameter styles (3.0, section 4.7.12.3), and a few more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Style {
    /// `/1,2` (path, header).
    Simple,
    /// `/.1.2` (path).
    Label,
    /// `/;id=1` (path).
    Matrix,
    /// `?id=1&id=2` (query, cookie).
    Form,
    /// `?id=1%202` (query).
    SpaceDelimited,
    /// `?id=1|2` (query).
    PipeDelimited,
    /// `?id=1%092` (query): Swagger 2.0's `collectionFormat: tsv`, for which OpenAPI 3 has no style.
    TabDelimited,
    /// `?id[a]=1` (query).
    DeepObject,
    /// `?id=%7B%22a%22%3A1%7D`: no style, but a parameter whose `content` is JSON (section 4.7.12.2).
    Json,
    /// `id=1; id=2`, not percent-encoded (cookie; OpenAPI 3.2).
    Cookie,
    /// `?{"a":1}`: the whole query string (OpenAPI 3.2's `in: querystring`), in the media type of its `content`.
    Whole,
}

impl Style {
    const ALL: [Self; 11] = [
        Self::Simple,
        Self::Label,
        Self::Matrix,
        Self::Form,
        Self::SpaceDelimited,
        Self::PipeDelimited,
        Self::TabDelimited,
        Self::DeepObject,
        Self::Json,
        Self::Cookie,
        Self::Whole,
    ];

    /// OpenAPI's name for it, or ours for the others.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Label => "label",
            Self::Matrix => "matrix",
            Self::Form => "form",
            Self::SpaceDelimited => "spaceDelimited",
            Self::PipeDelimited => "pipeDelimited",
            Self::TabDelimited => "tabDelimited",
            Self::DeepObject => "deepObject",
            Self::Json => "json",
            Self::Cookie => "cookie",
            Self::Whole => "whole",
        }
    }
}

impl Argument {
    /// A plain text argument: optional, single, without a description.
    pub fn new(name: &str, kind: Kind, location: Location, wire_name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            location,
            wire_path: vec![wire_name.to_owned()],
            first_key: None,
            value_type: ValueType::String,
            required: false,
            needed: None,
            multiplicity: Multiplicity::One,
            allowed: None,
            default: None,
            description: String::new(),
            format: None,
            serialization: Serialization::default(),
            nullable: false,
            fields: Vec::new(),
            alternatives: Vec::new(),
            media_types: Vec::new(),
            needed_in: Vec::new(),
            deprecated: false,
            allow_empty: false,
            constraints: Constraints::default(),
        }
    }
}

impl Argument {
    /// The name as the document spells it; those of nested fields are dotted, for display: [`Argument::wire_path`] is
    /// exact.
    pub fn wire_name(&self) -> Cow<'_, str> {
        match self.wire_path.as_slice() {
            [name] => Cow::Borrowed(name),
            names => Cow::Owned(names.join(".")),
        }
    }

    /// The keys that lead to the value in the `flags` map of the script, outermost first: the wire names, except that if
    /// two arguments of one command share one (`id` in query and body), the later one's first key is prefixed
    /// (`body_id`).
    pub fn key(&self) -> Cow<'_, [String]> {
        match &self.first_key {
            None => Cow::Borrowed(&self.wire_path),
            Some(first) => {
                Cow::Owned([first].into_iter().chain(self.wire_path.iter().skip(1)).cloned().collect())
            }
        }
    }

    /// The first of [`Argument::key`].
    pub fn top_key(&self) -> &str {
        self.first_key.as_deref().or(self.wire_path.first().map(String::as_str)).unwrap_or_default()
    }

    /// Whether a body of this media type has it, and requires it if any does.
    pub fn counts_in(&self, media_type: Option<&str>) -> bool {
        let among =
            |types: &[String]| types.is_empty() || types.iter().any(|name| Some(name.as_str()) == media_type);
        among(&self.media_types) && among(&self.needed_in)
    }

    /// The flag may be given several times, or once with commas.
    pub fn is_list(&self) -> bool {
        self.multiplicity.is_list()
    }

    /// Its values have keys: `--name.<key> value`.
    pub fn is_map(&self) -> bool {
        self.multiplicity.is_map()
    }

    /// The only value that it can have, if it is a scalar with a single allowed value.
    pub fn constant(&self) -> Option<&Value> {
        let open = self.nullable || self.allow_empty;
        match self.allowed.as_deref() {
            Some([value]) if self.multiplicity == Multiplicity::One && !open => Some(value),
            _ => None,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_false(value: &bool) -> bool {
    !value
}

/// A path of one name is written as that name.
fn write_path<S: Serializer>(path: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match path {
        [name] => serializer.serialize_str(name),
        names => serializer.collect_seq(names),
    }
}

fn read_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Path;
    impl<'de> serde::de::Visitor<'de> for Path {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a name, or several")
        }

        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Vec<String>, E> {
            Ok(vec![name.to_owned()])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some(name) = access.next_element()? {
                names.push(name);
            }
            Ok(names)
        }
    }
    deserializer.deserialize_any(Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serialization_is_one_text() {
        let media = Some("application/json; a=b c".to_owned());
        for style in Style::ALL.map(Some).into_iter().chain([None]) {
            for (explode, allow_reserved, content_type) in [
                (false, false, None),
                (true, false, media.clone()),
                (false, true, media.clone()),
                (true, true, None),
            ] {
                let how = Serialization { style, explode, allow_reserved, content_type };
                let text = serde_json::to_string(&how).unwrap();
                assert_eq!(serde_json::from_str::<Serialization>(&text).unwrap(), how, "{text}");
            }
        }
        let how = Serialization { allow_reserved: true, ..Serialization::new(Style::Form, true) };
        assert_eq!(String::from(how), "+form*");
        assert!(serde_json::from_str::<Serialization>("\"odd\"").is_err());
    }
}
