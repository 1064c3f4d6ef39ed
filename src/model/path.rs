use std::fmt;

use serde::{Deserialize, Serialize};

use super::variable::Variable;

/// A path template (OpenAPI 3.0, Paths Object) parsed once: literals and parameters.
///
/// A value only ever replaces a whole parameter and is encoded on its own; no text substitution is done.
/// Serialised as the template's text, exactly as in the document.
///
/// Beyond what OpenAPI allows, documents have paths such as `/rest?method=flickr.photos.search` and
/// `/#Action=RunInstances`. What follows `?` is part of the request: pairs that are always sent. What follows `#` only
/// tells operations of one path apart, and never leaves the client (RFC 9110, section 7.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathTemplate {
    text: String,
    segments: Vec<Vec<Segment>>,
    query: Vec<Pair>,
    optional: Vec<String>,
    fragment: Option<String>,
}

/// A piece of one path segment; a segment such as `{id}.json` has two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Literal text of the template. It may contain percent-encoding, and characters that need it.
    Literal(String),
    /// A parameter.
    Parameter(Variable),
}

/// A pair of the query that the template itself has: `method=flickr.photos.search`, `lat={lat}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The part before the first `=`.
    pub name: Vec<Segment>,
    /// The part after it; empty if there is none.
    pub value: Vec<Segment>,
}

/// Why a text is not a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It is a URL with a scheme and a host.
    Url,
    /// An unmatched brace.
    Braces,
    /// `{}`.
    EmptyParameter,
    /// A control character.
    Character(char),
    /// A literal segment `..`.
    DotSegment,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the path is a URL; a path is what follows the server's URL"),
            Self::Braces => f.write_str("the path has an unmatched brace"),
            Self::EmptyParameter => f.write_str("the path has a parameter without a name"),
            Self::Character(c) => write!(f, "the path has the control character `{}`", c.escape_default()),
            Self::DotSegment => f.write_str("the path has a `..` segment, which would lead to another path"),
        }
    }
}

impl std::error::Error for PathError {}

impl PathTemplate {
    /// Parses a template. A missing leading slash is implied; a `.` segment is dropped, as
    /// it is wherever paths are resolved (RFC 3986, section 5.2.4).
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let Parts { path, query, fragment } = parts(text)?;
        let is_scheme =
            |scheme: &str| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric());
        if path.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme)) {
            return Err(PathError::Url);
        }
        let mut optional = Vec::new();
        let mut segments = Vec::new();
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut texts = split(path, '/').into_iter().peekable();
        while let Some(text) = texts.next() {
            match text.to_ascii_lowercase().replace("%2e", ".").as_str() {
                ".." => return Err(PathError::DotSegment),
                "." if texts.peek().is_some() => {}
                "." => segments.push(Vec::new()),
                _ => segments.push(pieces(text, &mut optional)?),
            }
        }
        let mut pairs = Vec::new();
        for text in query.map(|query| split(query, '&')).unwrap_or_default() {
            if text.is_empty() {
                continue;
            }
            let equals = split(text, '=').first().map_or(text.len(), |name| name.len());
            let (name, value) = text.split_at(equals);
            let value = value.strip_prefix('=').unwrap_or(value);
            let pair = Pair { name: pieces(name, &mut optional)?, value: pieces(value, &mut optional)? };
            if !pair.name.is_empty() {
                pairs.push(pair);
            }
        }
        let fragment = fragment.map(str::to_owned);
        Ok(Self { text: text.to_owned(), segments, query: pairs, optional, fragment })
    }

    /// The template as the document has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The segments between slashes; `/` alone has one empty segment.
    pub fn segments(&self) -> &[Vec<Segment>] {
        &self.segments
    }

    /// The pairs that the template's own query has, in order.
    pub fn query(&self) -> &[Pair] {
        &self.query
    }

    /// Names of query parameters that the template only mentions: `{?limit,offset}` (RFC 6570, section 3.2.8).
    pub fn optional(&self) -> &[String] {
        &self.optional
    }

    /// What follows `#`: it tells operations apart and is never sent.
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    /// The parameters, in path order, those of the query last, without duplicates.
    pub fn parameters(&self) -> Vec<&Variable> {
        let mut found: Vec<&Variable> = Vec::new();
        let in_query = self.query.iter().flat_map(|pair| pair.name.iter().chain(&pair.value));
        for piece in self.segments.iter().flatten().chain(in_query) {
            if let Segment::Parameter(variable) = piece
                && !found.iter().any(|known| known.name() == variable.name())
            {
                found.push(variable);
            }
        }
        found
    }

    /// The template as a request has it: with a leading slash, without a fragment, and without those pairs of the
    /// query that `given` says come from elsewhere.
    pub fn target(&self, given: &dyn Fn(&Pair) -> bool) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            push_all(&mut text, segment);
        }
        let mut separator = '?';
        for pair in self.query.iter().filter(|pair| !given(pair)) {
            text.push(separator);
            separator = '&';
            push_all(&mut text, &pair.name);
            if !pair.value.is_empty() {
                text.push('=');
                push_all(&mut text, &pair.value);
            }
        }
        text
    }
}

impl Pair {
    /// The name, percent-encoding resolved; `None` if it holds a parameter.
    pub fn plain_name(&self) -> Option<String> {
        match self.name.as_slice() {
            [Segment::Literal(text)] => {
                Some(percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned())
            }
            _ => None,
        }
    }

    /// The parameter, if the value is exactly one.
    pub fn variable(&self) -> Option<&Variable> {
        match self.value.as_slice() {
            [Segment::Parameter(variable)] => Some(variable),
            _ => None,
        }
    }
}

fn push_all(text: &mut String, pieces: &[Segment]) {
    for piece in pieces {
        match piece {
            Segment::Literal(literal) => text.push_str(literal),
            Segment::Parameter(variable) => {
                text.push('{');
                text.push_str(variable.raw());
                text.push('}');
            }
        }
    }
}

/// Splits a template's text at its first `?` and `#` outside of braces.
struct Parts<'a> {
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn parts(text: &str) -> Result<Parts<'_>, PathError> {
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        return Err(PathError::Character(c));
    }
    let mut depth = 0_usize;
    let (mut question, mut hash) = (None, None);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1).ok_or(PathError::Braces)?,
            '?' if depth == 0 && question.is_none() => question = Some(at),
            '#' if depth == 0 => {
                hash = Some(at);
                break;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(PathError::Braces);
    }
    let (before, fragment) = match hash.map(|at| text.split_at(at)) {
        Some((before, fragment)) => (before, fragment.strip_prefix('#')),
        None => (text, None),
    };
    let (path, query) = match question.map(|at| before.split_at(at)) {
        Some((path, query)) => (path, query.strip_prefix('?')),
        None => (before, None),
    };
    Ok(Parts { path, query, fragment })
}

/// Splits at a character outside of braces, which are known to be balanced.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == separator && depth == 0
    })
    .collect()
}

/// The literals and parameters of one part, whose braces are balanced. Names of `{?a,b}` go to `optional`.
fn pieces(text: &str, optional: &mut Vec<String>) -> Result<Vec<Segment>, PathError> {
    let mut pieces = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => {
                if depth == 0 {
                    push_literal(&mut pieces, text.get(from..at));
                    from = at + 1;
                }
                depth += 1;
            }
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let raw = text.get(from..at).unwrap_or_default();
                    from = at + 1;
                    if let Some(names) = raw.strip_prefix(['?', '&']) {
                        let names = names.split(',').map(|name| Variable::new(name).name().to_owned());
                        optional.extend(names.filter(|name| !name.is_empty()));
                    } else if !raw.starts_with('#') {
                        let variable = Variable::new(raw);
                        if variable.name().is_empty() {
                            return Err(PathError::EmptyParameter);
                        }
                        pieces.push(Segment::Parameter(variable));
                    }
                }
            }
            _ => {}
        }
    }
    push_literal(&mut pieces, text.get(from..));
    Ok(pieces)
}

fn push_literal(pieces: &mut Vec<Segment>, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        pieces.push(Segment::Literal(text.to_owned()));
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for PathTemplate {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<PathTemplate> for String {
    fn from(path: PathTemplate) -> Self {
        path.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let template = PathTemplate::parse(text).unwrap();
        template.parameters().iter().map(|variable| variable.name().to_owned()).collect()
    }

    #[test]
    fn templates_round_trip() {
        for text in [
            "/",
            "/v1/customers/{customer}",
            "/a/{b}.{c}/d:{e}",
            "/trailing/",
            "/{a}{b}",
            "//openapi",
            "/a b/ü",
            "/rest?method=x.y&z={z}",
            "/#Action=AllocateAddress",
            "/{name=projects/*}/x",
        ] {
            assert_eq!(PathTemplate::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(names("/{a}/x/{b}/{a}"), ["a", "b"]);
    }

    #[test]
    fn what_goes_out_has_a_slash_and_no_fragment() {
        for (text, target) in [
            ("pets/{id}", "/pets/{id}"),
            ("", "/"),
            ("/#Action=AllocateAddress", "/"),
            ("/{Bucket}/{Key}#tagging", "/{Bucket}/{Key}"),
            ("/rest?method=x&&a", "/rest?method=x&a"),
            ("/a/./b/.", "/a/b/"),
            ("/search{?q,limit}", "/search"),
            ("/a{#part}", "/a"),
            ("?op=1", "/?op=1"),
        ] {
            assert_eq!(PathTemplate::parse(text).unwrap().target(&|_| false), target, "{text}");
        }
    }

    #[test]
    fn queries_are_pairs_whose_values_may_be_parameters() {
        let template = PathTemplate::parse("/pic/{id}?key={APIKEY}&full=a=b&v&{x}={y}#f").unwrap();
        let of = |pair: &Pair| (pair.plain_name(), pair.variable().map(|v| v.name().to_owned()));
        let pairs: Vec<_> = template.query().iter().map(of).collect();
        let some = |text: &str| Some(text.to_owned());
        let expected =
            [(some("key"), some("APIKEY")), (some("full"), None), (some("v"), None), (None, some("y"))];
        assert_eq!(pairs, expected);
        assert_eq!(template.fragment(), Some("f"));
        assert_eq!(names("/pic/{id}?key={APIKEY}&{x}={y}"), ["id", "APIKEY", "x", "y"]);
        assert_eq!(
            template.target(&|pair| pair.variable().is_some()),
            "/pic/{id}?full=a=b&v",
            "pairs from elsewhere are left out"
        );
        assert_eq!(PathTemplate::parse("/s{?q,limit*}").unwrap().optional(), ["q", "limit"]);
    }

    #[test]
    fn braces_may_hold_braces_slashes_and_marks() {
        assert_eq!(names("/{{a}}/{b:[0-9]{3}}/{name=projects/*/x?}/{proxy+}"), ["a", "b", "name", "proxy"]);
        assert_eq!(PathTemplate::parse("/{name=projects/*}/x").unwrap().segments().len(), 2);
    }

    #[test]
    fn broken_templates_are_refused() {
        for (text, error) in [
            ("/{a", PathError::Braces),
            ("/a}", PathError::Braces),
            ("/{a/{b}", PathError::Braces),
            ("/{}", PathError::EmptyParameter),
            ("/{ }", PathError::EmptyParameter),
            ("/a\u{1b}", PathError::Character('\u{1b}')),
            ("/{a\n}", PathError::Character('\n')),
            ("/a/../b", PathError::DotSegment),
            ("/%2E.", PathError::DotSegment),
            ("https://a.example/b", PathError::Url),
        ] {
            assert_eq!(PathTemplate::parse(text), Err(error), "{text}");
        }
    }
}
