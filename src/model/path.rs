use std::fmt;

use serde::{Deserialize, Serialize};

/// A path template (OpenAPI 3.0, Paths Object) parsed once: literals and parameters.
///
/// A value is only ever put in place of a whole parameter and encoded on its own; nothing is replaced in a string.
/// Serialised as the template's text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathTemplate {
    segments: Vec<Vec<Segment>>,
}

/// A piece of one path segment; a segment such as `{id}.json` has two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Text as it stands in the template, already fit for a URL.
    Literal(String),
    /// A parameter's name, without braces.
    Parameter(String),
}

/// Why a text is no path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It does not begin with `/`.
    NoSlash,
    /// A brace that has no partner, or braces in braces.
    Braces,
    /// `{}`.
    EmptyParameter,
    /// A control character, white space, `?` or `#` outside of braces.
    Character(char),
    /// A literal segment `.` or `..`.
    DotSegment,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlash => f.write_str("the path does not begin with `/`"),
            Self::Braces => f.write_str("the path has a brace without a partner"),
            Self::EmptyParameter => f.write_str("the path has a parameter without a name"),
            Self::Character(c) => {
                write!(f, "the path has the character `{}`, which needs percent-encoding", c.escape_default())
            }
            Self::DotSegment => f.write_str("the path has a segment `.` or `..`"),
        }
    }
}

impl std::error::Error for PathError {}

impl PathTemplate {
    /// Parses a template. A query or fragment part is refused; see [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let Some(rest) = text.strip_prefix('/') else { return Err(PathError::NoSlash) };
        let mut segments = vec![Vec::new()];
        let mut literal = String::new();
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '/' => {
                    end_literal(&mut segments, &mut literal)?;
                    end_segment(&segments)?;
                    segments.push(Vec::new());
                }
                '{' => {
                    end_literal(&mut segments, &mut literal)?;
                    let mut name = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some('{') | None => return Err(PathError::Braces),
                            Some(c) if c.is_control() => return Err(PathError::Character(c)),
                            Some(c) => name.push(c),
                        }
                    }
                    if name.is_empty() {
                        return Err(PathError::EmptyParameter);
                    }
                    push(&mut segments, Segment::Parameter(name));
                }
                '}' => return Err(PathError::Braces),
                '?' | '#' => return Err(PathError::Character(c)),
                c if c.is_control() || c.is_whitespace() => return Err(PathError::Character(c)),
                c => literal.push(c),
            }
        }
        end_literal(&mut segments, &mut literal)?;
        end_segment(&segments)?;
        Ok(Self { segments })
    }

    /// The segments between slashes; `/` alone has one that is empty.
    pub fn segments(&self) -> &[Vec<Segment>] {
        &self.segments
    }

    /// Names of the parameters, in path order; a name that stands twice is given once.
    pub fn parameters(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in self.segments.iter().flatten() {
            if let Segment::Parameter(name) = piece
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }
}

fn push(segments: &mut [Vec<Segment>], segment: Segment) {
    if let Some(last) = segments.last_mut() {
        last.push(segment);
    }
}

fn end_literal(segments: &mut [Vec<Segment>], literal: &mut String) -> Result<(), PathError> {
    if !literal.is_empty() {
        push(segments, Segment::Literal(std::mem::take(literal)));
    }
    Ok(())
}

fn end_segment(segments: &[Vec<Segment>]) -> Result<(), PathError> {
    match segments.last().map(Vec::as_slice) {
        Some([Segment::Literal(text)]) if matches!(text.as_str(), "." | "..") => Err(PathError::DotSegment),
        _ => Ok(()),
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            f.write_str("/")?;
            for piece in segment {
                match piece {
                    Segment::Literal(text) => f.write_str(text)?,
                    Segment::Parameter(name) => write!(f, "{{{name}}}")?,
                }
            }
        }
        Ok(())
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
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_round_trip() {
        for text in ["/", "/v1/customers/{customer}", "/a/{b}.{c}/d:{e}", "/trailing/", "/{a}{b}"] {
            assert_eq!(PathTemplate::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(PathTemplate::parse("/{a}/x/{b}/{a}").unwrap().parameters(), ["a", "b"]);
    }

    #[test]
    fn broken_templates_are_refused() {
        for (text, error) in [
            ("v1", PathError::NoSlash),
            ("/{a", PathError::Braces),
            ("/a}", PathError::Braces),
            ("/{{a}}", PathError::Braces),
            ("/{}", PathError::EmptyParameter),
            ("/a?b", PathError::Character('?')),
            ("/a\u{1b}", PathError::Character('\u{1b}')),
            ("/a/../b", PathError::DotSegment),
            ("/.", PathError::DotSegment),
        ] {
            assert_eq!(PathTemplate::parse(text), Err(error), "{text}");
        }
    }
}
