//! From values to the words that a person would type for them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use apicli::model::{Argument, CommandDefinition, Encoding, Kind, Location, ValueType};
use serde_json::{Map, Value};

use crate::Result;

/// What a request is to hold.
#[derive(Clone, Default)]
pub(crate) struct Intent {
    /// Parameters by place and name.
    pub(crate) parameters: BTreeMap<(&'static str, String), Value>,
    /// The body.
    pub(crate) body: Option<Value>,
}

/// Types one command.
pub(crate) struct Typist<'a> {
    pub(crate) command: &'a CommandDefinition,
    /// Where files are put that a command uploads.
    pub(crate) folder: &'a Path,
    pub(crate) encoding: Option<Encoding>,
}

impl Typist<'_> {
    /// The words after the command's own. `wanted` is the argument that the request is about, and the path of its value.
    pub(crate) fn words(
        &self,
        intent: &Intent,
        wanted: Option<(&Argument, &[String])>,
    ) -> Result<Vec<OsString>> {
        let mut flags = Vec::new();
        let mut positionals = Vec::new();
        for argument in self.command.arguments.iter().filter(|argument| argument.kind == Kind::Positional) {
            let value = intent.parameters.get(&(place(argument.location), argument.wire_name().into_owned()));
            positionals.push(value.map_or_else(|| "text".to_owned(), joined));
        }
        for ((place, name), value) in &intent.parameters {
            if *place != "path" {
                let wanted = wanted.filter(|(argument, _)| self::place(argument.location) == *place);
                let path = [name.clone()];
                if !self.cover(place, &path, value, wanted.map(|(_, path)| path), &mut flags)? {
                    return Err(format!("no flag for a {place} parameter: `{name}` {value}").into());
                }
            }
        }
        if let Some(body) = &intent.body {
            self.body(body, wanted.filter(|(argument, _)| argument.location == Location::Body), &mut flags)?;
        }
        // `--` only where a value would be taken for a flag.
        if positionals.iter().any(|text| text.starts_with('-')) {
            flags.push("--".into());
            flags.extend(positionals.into_iter().map(OsString::from));
            return Ok(flags);
        }
        Ok(positionals.into_iter().map(OsString::from).chain(flags).collect())
    }

    /// The body by flags; by `--body` what no flag can say.
    fn body(
        &self,
        body: &Value,
        wanted: Option<(&Argument, &[String])>,
        words: &mut Vec<OsString>,
    ) -> Result<()> {
        if self.encoding == Some(Encoding::Raw) {
            words.extend(["--body".into(), joined(body).into()]);
            return Ok(());
        }
        let Value::Object(members) = body else {
            words.extend(["--body".into(), body.to_string().into()]);
            return Ok(());
        };
        let mut rest = Map::new();
        let mut flags = Vec::new();
        for (name, value) in members {
            let mut of_this = Vec::new();
            if self.cover(
                "body",
                std::slice::from_ref(name),
                value,
                wanted.map(|(_, path)| path),
                &mut of_this,
            )? {
                flags.extend(of_this);
            } else {
                rest.insert(name.clone(), value.clone());
            }
        }
        if rest.is_empty() && !members.is_empty() {
            words.extend(flags);
            return Ok(());
        }
        if members.is_empty() {
            words.extend(["--body".into(), "{}".into()]);
            return Ok(());
        }
        // The whole as JSON, and on top of it the flag that the request is about.
        words.extend(["--body".into(), body.to_string().into()]);
        if let Some((_, path)) = wanted
            && let Some(first) = path.first().filter(|first| !rest.contains_key(*first))
            && let Some(value) = members.get(first)
        {
            self.cover("body", std::slice::from_ref(first), value, Some(path), words)?;
        }
        Ok(())
    }

    /// Types the value at `path`; false if there are no flags for it.
    fn cover(
        &self,
        place: &str,
        path: &[String],
        value: &Value,
        wanted: Option<&[String]>,
        words: &mut Vec<OsString>,
    ) -> Result<bool> {
        let here =
            |argument: &&Argument| self::place(argument.location) == place && argument.kind == Kind::Flag;
        let flags = || self.command.arguments.iter().map(AsRef::as_ref).filter(here);
        let exact = flags().find(|argument| argument.wire_path == path);
        let below = flags()
            .any(|argument| argument.wire_path.len() > path.len() && argument.wire_path.starts_with(path));
        let goes_on = wanted.is_some_and(|wanted| wanted.len() > path.len() && wanted.starts_with(path));
        if let Some(argument) = exact
            && let (true, true, Value::Object(members)) = (argument.is_map(), below, value)
        {
            // A free map that has fields of its own too.
            for (key, value) in members {
                let path: Vec<String> = path.iter().cloned().chain([key.clone()]).collect();
                if flags().any(|argument| argument.wire_path.starts_with(&path)) {
                    if !self.cover(place, &path, value, wanted, words)? {
                        return Ok(false);
                    }
                } else {
                    let one = Value::Object([(key.clone(), value.clone())].into_iter().collect());
                    self.flag(&argument.name, argument, &one, None, words)?;
                }
            }
            return Ok(!members.is_empty());
        }
        if let Some(argument) = exact
            && !(below && goes_on && value.is_object())
        {
            return self.flag(&argument.name, argument, value, wanted.filter(|_| goes_on), words);
        }
        let Value::Object(members) = value else { return Ok(false) };
        for (name, value) in members {
            let path: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
            if !self.cover(place, &path, value, wanted, words)? {
                return Ok(false);
            }
        }
        Ok(!members.is_empty())
    }

    /// Types one flag. With `wanted` the fields of an item are flags of their own.
    fn flag(
        &self,
        name: &str,
        argument: &Argument,
        value: &Value,
        wanted: Option<&[String]>,
        words: &mut Vec<OsString>,
    ) -> Result<bool> {
        let mut push = |text: String| words.push(format!("--{name}={text}").into());
        match value {
            Value::Object(members) if argument.is_map() => {
                if members.is_empty() {
                    return Ok(false);
                }
                for (key, value) in members {
                    let text =
                        if argument.value_type == ValueType::Json { value.to_string() } else { plain(value) };
                    words.push(format!("--{name}.{key}={text}").into());
                }
            }
            Value::Array(items) if argument.is_list() => {
                if wanted.is_some() && !argument.fields.is_empty() {
                    for (n, item) in items.iter().enumerate() {
                        if !self.fields(&format!("{name}.{n}"), argument, item, words)? {
                            return Ok(false);
                        }
                    }
                    return Ok(!items.is_empty());
                }
                let is_safe = |text: &String| {
                    !text.is_empty() && !text.contains([',', '"', '\\', '[']) && text.trim() == text
                };
                if argument.value_type == ValueType::File {
                    for item in items {
                        push(self.file(item)?);
                    }
                } else if argument.value_type == ValueType::Json
                    && items.iter().all(Value::is_object)
                    && !items.is_empty()
                {
                    items.iter().for_each(|item| push(item.to_string()));
                } else if !items.is_empty()
                    && argument.value_type != ValueType::Json
                    && items.iter().map(plain).all(|text| is_safe(&text))
                {
                    items.iter().for_each(|item| push(plain(item)));
                } else {
                    push(value.to_string());
                }
            }
            _ => match argument.value_type {
                ValueType::Json => push(value.to_string()),
                ValueType::File => push(self.file(value)?),
                _ => push(plain(value)),
            },
        }
        Ok(true)
    }

    fn fields(
        &self,
        name: &str,
        argument: &Argument,
        item: &Value,
        words: &mut Vec<OsString>,
    ) -> Result<bool> {
        fn leaf<'v>(item: &'v Value, path: &[String]) -> Option<&'v Value> {
            path.iter().try_fold(item, |value, key| value.get(key))
        }
        if !item.is_object() || !told(item, &mut Vec::new(), argument) {
            return Ok(false);
        }
        let mut told = 0;
        for field in &argument.fields {
            let inside = |other: &&Argument| {
                other.wire_path.len() > field.wire_path.len() && other.wire_path.starts_with(&field.wire_path)
            };
            // A free map that has fields of its own: those speak for it.
            if field.is_map() && argument.fields.iter().any(|other| inside(&other)) {
                continue;
            }
            if let Some(value) = leaf(item, &field.wire_path) {
                told += 1;
                if !self.flag(&format!("{name}.{}", field.name), field, value, None, words)? {
                    return Ok(false);
                }
            }
        }
        Ok(told > 0)
    }

    /// A file with that content.
    fn file(&self, content: &Value) -> Result<String> {
        let path: PathBuf = self.folder.join("sample.bin");
        std::fs::write(&path, plain(content))?;
        Ok(path.to_string_lossy().into_owned())
    }
}

/// There are fields for everything that an item holds.
fn told(value: &Value, path: &mut Vec<String>, argument: &Argument) -> bool {
    let here = argument.fields.iter().find(|field| field.wire_path == *path);
    let Value::Object(members) = value else { return here.is_some() };
    if here.is_some_and(|field| !field.is_map()) {
        return true;
    }
    let mut all = !members.is_empty();
    for (name, value) in members {
        path.push(name.clone());
        all &= told(value, path, argument);
        path.pop();
    }
    // Entries of a free map need no fields of their own.
    all || here.is_some()
}

/// OpenAPI's word for where an argument goes.
pub(crate) fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
        _ => "body",
    }
}

/// A text without quotes; anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A positional's text: an array with commas, one of arrays or objects as JSON.
fn joined(value: &Value) -> String {
    match value {
        Value::Array(items) if items.iter().any(|item| item.is_array() || item.is_object()) => {
            value.to_string()
        }
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        value => plain(value),
    }
}
