/// A parameter of a path template: what is between its braces, and what that says beyond a name.
///
/// OpenAPI only has `{id}`; documents also have, from the tools that made them,
/// - `{+path}`, `{.ext}`, `{;version}`, `{/more}`: RFC 6570's operators,
/// - `{proxy+}`, `{path*}`, `{*path}`, `{**path}`: the rest of the path (AWS, routers of web frameworks),
/// - `{name=projects/*}`: a pattern (Google's `google.api.http`),
/// - `{id:int}`, `{id:[0-9]+}`, `{path:path}`: a type or a regular expression (ASP.NET, JAX-RS, FastAPI),
/// - `{id?}`: optional (ASP.NET), `{{id}}`: a variable (Postman).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variable {
    raw: String,
    name: String,
    prefix: Option<char>,
    slashes: bool,
}

impl Variable {
    /// Reads what is between the outermost braces.
    pub(crate) fn new(raw: &str) -> Self {
        let mut rest = raw.trim();
        while let Some(inner) = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            rest = inner.trim();
        }
        let bare = rest.trim_start_matches(['+', '*']);
        let mut slashes = bare.len() < rest.len();
        let prefix = bare.chars().next().filter(|c| matches!(c, '.' | ';' | '/'));
        let bare = prefix.and_then(|c| bare.strip_prefix(c)).unwrap_or(bare);
        let (name, pattern) = bare.split_at(bare.find(['=', ':']).unwrap_or(bare.len()));
        slashes |= match pattern.get(..1) {
            Some("=") => pattern.contains(['/']) || pattern.contains("**"),
            Some(":") => {
                matches!(pattern, ":path" | ":*path")
                    || [".*", ".+", "/"].iter().any(|any| pattern.contains(any))
            }
            _ => false,
        };
        let short = name.trim_end_matches(['+', '*', '?']).trim();
        slashes |= name.trim_end_matches('?').ends_with(['+', '*']);
        Self { raw: raw.to_owned(), name: short.to_owned(), prefix, slashes }
    }

    /// The text between the braces.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The name alone.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a parameter declared as `name` is this one: some documents declare the text between the braces
    /// as it is (`.format` for `{.format}`).
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.raw == name
    }

    /// Whether slashes in a value are slashes of the path.
    pub fn slashes(&self) -> bool {
        self.slashes
    }

    /// The prefix of a value that is given under [`Variable::name`], by RFC 6570's operators: `.`, `;` or `/`.
    pub fn prefix(&self) -> Option<char> {
        self.prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_say_more_than_a_name() {
        for (raw, name, slashes, prefix) in [
            ("id", "id", false, None),
            (" id ", "id", false, None),
            ("$id", "$id", false, None),
            ("+path", "path", true, None),
            ("proxy+", "proxy", true, None),
            ("*path", "path", true, None),
            ("**path", "path", true, None),
            ("path*", "path", true, None),
            (".format", "format", false, Some('.')),
            ("/more", "more", false, Some('/')),
            (";version", "version", false, Some(';')),
            ("name=projects/*", "name", true, None),
            ("name=**", "name", true, None),
            ("name=*", "name", false, None),
            ("id:int", "id", false, None),
            ("path:path", "path", true, None),
            ("path:.*", "path", true, None),
            ("id:[0-9]{3}", "id", false, None),
            ("id?", "id", false, None),
            ("{id}", "id", false, None),
            ("+", "", true, None),
        ] {
            let variable = Variable::new(raw);
            let got = (variable.name(), variable.slashes(), variable.prefix());
            assert_eq!(got, (name, slashes, prefix), "{raw}");
            assert!(variable.is(raw) && variable.is(name));
        }
    }
}
