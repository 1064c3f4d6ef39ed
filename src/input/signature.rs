//! A command's own arguments and the values that were given for them.

use serde_json::{Map, Value};

use super::entered::Entered;
use super::fields::{self, Given, Target};
use super::given::plain;
use super::judge;
use super::positionals::{self, ByName};
use super::{body, files, media};
use crate::diagnostic::{Failure, usage};
use crate::engine::{DeclaredFlag, Values};
use crate::model::own_flag::is_kept_name;
use crate::model::{Argument, Body, Kind, Location, MediaChoice, ValueType};
use crate::plugins::Found;
use crate::text::shown;

/// A command's arguments: those in its facts that its function still accepts, and those that the user declared.
#[derive(Debug)]
pub(crate) struct Signature {
    /// One for each parameter of the function except `flags`.
    pub(crate) positionals: Vec<Argument>,
    /// How each of them is given by name.
    pub(crate) names: Vec<ByName>,
    /// Empty if the function takes no `flags`.
    pub(crate) flags: Vec<Argument>,
    /// The body that flags and `--body` make.
    pub(crate) body: Option<Body>,
}

impl Signature {
    pub(crate) fn of(found: &Found) -> Self {
        let facts = found.facts.as_ref();
        let known = |kind: Kind| {
            facts
                .into_iter()
                .flat_map(|facts| &facts.arguments)
                .map(AsRef::as_ref)
                .filter(move |a: &&Argument| a.kind == kind)
        };
        let mut unused: Vec<&Argument> = known(Kind::Positional).collect();
        let parameters = found.function.positionals();
        let same_number = unused.len() == parameters.len();
        let positionals: Vec<Argument> = parameters
            .iter()
            .map(|parameter| {
                let plain = parameter.trim_end_matches('_').replace('_', "-");
                let by_name = unused.iter().position(|argument| argument.name == plain);
                // As many as in the facts: a renamed parameter keeps its position.
                match by_name.or((same_number && !unused.is_empty()).then_some(0)) {
                    Some(at) => unused.remove(at).clone(),
                    None => Argument {
                        wire_path: vec![parameter.clone()],
                        ..bare(&plain, Kind::Positional, ValueType::String)
                    },
                }
            })
            .collect();
        let mut flags = Vec::new();
        if found.function.takes_flags() {
            flags.extend(known(Kind::Flag).cloned());
            for declared in &found.function.flags {
                let flag = declared_flag(declared);
                flags.retain(|known: &Argument| known.name != flag.name && known.key() != flag.key());
                flags.push(flag);
            }
        }
        let takes_body = found.function.takes_flags();
        let body = facts.and_then(|facts| facts.body.clone()).filter(|_| takes_body);
        let scope = facts.map_or(&[][..], |facts| &facts.scope);
        let names = positionals::names(&positionals, &flags, scope);
        Self { positionals, names, flags, body }
    }

    /// The values for the wire, after validation. `command` is the command line for messages: `apicli stripe customers
    /// create`.
    pub(crate) fn values(&self, entered: Entered, command: &str) -> Result<Values, Failure> {
        let media = self.media(&entered, command)?;
        let Entered { placed, named, flags: given, bodies, .. } = entered;
        let in_body = |given: &Given| match &given.target {
            Target::Argument(n) => self.flags.get(*n).is_some_and(|flag| flag.location == Location::Body),
            Target::Object(key) => {
                let mut below = self.flags.iter().filter(|flag| flag.key().starts_with(key));
                below.any(|flag| flag.location == Location::Body)
            }
        };
        let body_by_flags = given.iter().any(in_body);
        let mut flags = fields::object(&self.flags, given, "--")?;
        let files = files::take(&mut flags, &self.flags)?;
        // What `--body` contains counts as given: the server validates it.
        let whole_body = !bodies.is_empty();
        // A field that only other media types have or require does not matter either.
        let sent = media.as_ref().map(|media| &media.content_type);
        let sent = sent.or(self.body.as_ref().map(|body| &body.content_type));
        let asked = |argument: &Argument| {
            argument.location != Location::Body || !whole_body && argument.counts_in(sent.map(String::as_str))
        };
        let mut missing = judge::complete(&self.flags, &mut flags, body_by_flags, asked);
        if !whole_body {
            missing.extend(self.missing_of_alternative(&flags, &missing));
        }
        self.refuse(&missing, command)?;
        let positionals = positionals::values(&self.positionals, &self.names, &placed, &named, command)?;
        let encoding =
            media.as_ref().map(|media| media.encoding).or(self.body.as_ref().map(|body| body.encoding));
        let body = body::read(&bodies, &flags, &self.flags, encoding, command)?;
        let needs_body = self.body.as_ref().is_some_and(|body| body.required);
        if needs_body && body.is_none() && encoding.is_some_and(|encoding| !encoding.has_fields()) {
            return Err(usage("`--body` is missing").hint("give the body as text, `@file` or `-`"));
        }
        Ok(Values { positionals, flags, files, body, media })
    }

    /// The chosen media type; `None` for the usual one.
    pub(crate) fn media(&self, entered: &Entered, command: &str) -> Result<Option<MediaChoice>, Failure> {
        let typed_flags = entered.flags.iter().filter_map(|given| match &given.target {
            Target::Argument(n) => self.flags.get(*n),
            Target::Object(_) => None,
        });
        media::choose(entered.content_type.as_deref(), typed_flags, self.body.as_ref(), command)
    }

    /// The value that was typed for the body's discriminator.
    pub(crate) fn told(&self, given: &[Given]) -> Option<String> {
        let alternatives = self.body.iter().flat_map(|body| &body.alternatives);
        let mut properties = alternatives.filter_map(|one| one.discriminator.as_ref().map(|(name, _)| name));
        let property = properties.next()?;
        let tells = |flag: &Argument| {
            flag.location == Location::Body && matches!(flag.wire_path.as_slice(), [wire] if wire == property)
        };
        let typed = given.iter().find(|given| match given.target {
            Target::Argument(n) => self.flags.get(n).is_some_and(tells),
            Target::Object(_) => false,
        });
        typed.map(|given| given.value.plain())
    }

    /// What the alternative named by the discriminator requires in addition.
    fn missing_of_alternative(&self, flags: &Map<String, Value>, known: &[String]) -> Vec<String> {
        let top = |wire: &str| {
            let mut fields = self.flags.iter().filter(|flag| flag.location == Location::Body);
            fields.find(|flag| flag.wire_path.first().is_some_and(|first| first == wire))
        };
        let meant = self.body.iter().flat_map(|body| &body.alternatives).find(|alternative| {
            alternative.discriminator.as_ref().is_some_and(|(property, value)| {
                let key = top(property).map(Argument::top_key);
                key.and_then(|key| flags.get(key)).is_some_and(|given| given == value.as_str())
            })
        });
        let required = meant.into_iter().flat_map(|meant| &meant.required);
        let missing =
            required.filter_map(|wire| top(wire)).filter(|flag| !flags.contains_key(flag.top_key()));
        missing.map(|flag| flag.name.clone()).filter(|name| !known.contains(name)).collect()
    }

    fn refuse(&self, missing: &[String], command: &str) -> Result<(), Failure> {
        let names: Vec<String> = missing.iter().map(|name| format!("`--{name}`")).collect();
        let failure = match missing {
            [] => return Ok(()),
            [_] => usage(format!("{} is missing", names.join(", "))),
            _ => usage(format!("{} are missing", names.join(", "))),
        };
        let values = |name: &String| self.flags.iter().find(|flag| flag.name == *name)?.allowed.as_ref();
        Err(match missing.iter().find_map(|name| Some((name, values(name)?))) {
            Some((name, values)) if values.len() <= 12 => {
                let values: Vec<String> = values.iter().map(|value| shown(&plain(value))).collect();
                failure.hint(format!("`--{name}` takes one of: {}", values.join(", ")))
            }
            _ => failure.hint(format!("`{command} --help` shows what it takes")),
        })
    }
}

/// A flag that needs no value.
pub(crate) fn is_switch(argument: &Argument) -> bool {
    argument.value_type == ValueType::Boolean && !argument.is_list() && !argument.is_map()
}

fn declared_flag(declared: &DeclaredFlag) -> Argument {
    // As for an API's own flags: kebab-case, with some names reserved for apicli. The script's key is the declared name.
    let kebab = declared.name.replace('_', "-").to_ascii_lowercase();
    let taken = is_kept_name(&kebab);
    let name = if taken { format!("body-{kebab}") } else { kebab };
    let mut flag = bare(&name, Kind::Flag, declared.value_type);
    flag.wire_path = vec![declared.name.clone()];
    flag.required = declared.required;
    flag.description.clone_from(&declared.description);
    flag
}

/// An argument that only a script declares.
fn bare(name: &str, kind: Kind, value_type: ValueType) -> Argument {
    let location = if kind == Kind::Positional { Location::Path } else { Location::Body };
    let required = kind == Kind::Positional;
    Argument { value_type, required, ..Argument::new(name, kind, location, name) }
}
