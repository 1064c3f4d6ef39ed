//! What a name means on a command where flags of apicli and of the API may have the same name.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Failure, usage};
use crate::input::fields::{self, Target};
use crate::input::{Entered, Signature};
use crate::model::own_flag::{self, Clash, Definition, KEPT_LETTERS, OWN_FLAGS, OwnFlag};
use crate::model::{Argument, Location};

/// The names of flags on one command.
#[derive(Debug)]
pub(crate) struct FlagNames<'s> {
    signature: &'s Signature,
    /// The API's flags by their own names.
    by_name: HashMap<&'s str, usize>,
    /// The first parts of the names of the API's flags, as flags and as the document spells them.
    first: HashSet<&'s str>,
}

/// The meaning of a name, without its dashes.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// A flag of apicli.
    Own(&'static Definition),
    /// A flag of the API, by its number in the signature.
    Flag(usize),
    /// A path inside of one of the API's flags, or another spelling of one, and how many parts of the name that takes.
    Inside(Target, usize),
    /// A positional by its name, by its number in the signature.
    Positional(usize),
    /// Nothing.
    Unknown,
}

impl<'s> FlagNames<'s> {
    pub(crate) fn of(signature: &'s Signature) -> Self {
        let flags = &signature.flags;
        let by_name = flags.iter().enumerate().map(|(n, flag)| (flag.name.as_str(), n)).collect();
        let names = flags.iter().filter_map(|flag| flag.name.split('.').next());
        let wires = flags.iter().filter_map(|flag| flag.wire_path.first().map(String::as_str));
        let first = names.chain(wires).collect();
        Self { signature, by_name, first }
    }

    /// The meaning of `name`.
    ///
    /// # Errors
    ///
    /// The name could be apicli's or the API's, and the user has to say which.
    pub(crate) fn meaning(&self, name: &str) -> Result<Meaning, Failure> {
        let kebab = name.replace('_', "-");
        if let Some(own) = own_flag::own(&kebab) {
            // `--apicli-timeout` is apicli's everywhere, and so is `--dry-run`.
            if name == own.long || (name == own.name && own.clash == Clash::Keeps) {
                return Ok(Meaning::Own(own));
            }
            return match (self.of_api(name), own.clash) {
                (Meaning::Unknown, _) if name == own.name => Ok(Meaning::Own(own)),
                (Meaning::Unknown, _) => Ok(Meaning::Unknown),
                (api, Clash::Yields) if kebab != own.long => Ok(api),
                // `--server`; or `--dry_run`, which is the document's spelling and could be a typo.
                (api, _) => Err(self.either(name, own, &api)),
            };
        }
        let api = self.of_api(name);
        if own_flag::is_own_name(&kebab) && !matches!(api, Meaning::Unknown | Meaning::Flag(_)) {
            let long = self.long_of(&api, name);
            return Err(usage(format!("`--{name}` is reserved for apicli"))
                .hint(format!("`--{long}` is the API's own flag of that name")));
        }
        Ok(api)
    }

    /// The name of a flag of apicli here: `timeout`, or `apicli-timeout` if the API uses that name.
    pub(crate) fn shown(&self, own: &'static Definition) -> &'static str {
        if own.clash != Clash::Keeps && self.is_of_api(own.name) { own.long } else { own.name }
    }

    /// Whether the plain name of a flag of apicli belongs to the API here.
    pub(crate) fn has_yielded(&self, flag: OwnFlag) -> bool {
        let own = flag.definition();
        own.clash == Clash::Yields && self.is_of_api(own.name)
    }

    /// The letter of a flag of apicli, unless the document's scope uses it.
    pub(crate) fn letter(&self, own: &Definition) -> Option<char> {
        let taken = |short: char| self.signature.names.iter().any(|name| name.short == Some(short));
        own.short.filter(|short| KEPT_LETTERS.contains(short) || !taken(*short))
    }

    /// A text of apicli's with its flags renamed to their names here. Only what follows a backtick is a flag.
    pub(crate) fn respelt(&self, text: &str) -> String {
        OWN_FLAGS.iter().fold(text.to_owned(), |text, own| self.respelt_one(own, text))
    }

    fn respelt_one(&self, own: &'static Definition, text: String) -> String {
        let shown = self.shown(own);
        if shown == own.name || !text.contains(own.name) {
            return text;
        }
        ["`", " ", "="].iter().fold(text, |text, end| {
            text.replace(&format!("`--{}{end}", own.name), &format!("`--{shown}{end}"))
        })
    }

    /// The flags of the body that are given, if the API has flags of the same names that are not.
    pub(crate) fn given(&self, entered: &Entered) -> Vec<OwnFlag> {
        let own = [
            (OwnFlag::Body, !entered.bodies.is_empty()),
            (OwnFlag::ContentType, entered.content_type.is_some()),
        ];
        let of_api =
            |own: OwnFlag| {
                entered.flags.iter().filter_map(|given| self.flag_of(&given.target)).any(|flag| {
                    flag.name.split('.').next().is_some_and(|first| first == own.definition().name)
                })
            };
        own.into_iter().filter(|(own, given)| *given && !of_api(*own)).map(|(own, _)| own).collect()
    }

    /// The failure with apicli's flags in its hint renamed to their names here. A flag in its message is the API's, except for
    /// those that were `given`.
    pub(crate) fn in_failure(&self, mut failure: Failure, given: &[OwnFlag]) -> Failure {
        for own in &OWN_FLAGS {
            let is_named =
                ["`", " "].iter().any(|end| failure.message.contains(&format!("`--{}{end}", own.name)));
            if is_named && !given.contains(&own.flag) {
                continue;
            }
            failure.message = self.respelt_one(own, failure.message);
            for hint in &mut failure.hints {
                *hint = self.respelt_one(own, std::mem::take(hint));
            }
        }
        failure
    }

    /// The command's arguments.
    pub(crate) fn signature(&self) -> &'s Signature {
        self.signature
    }

    fn is_of_api(&self, name: &str) -> bool {
        let positional = || self.signature.names.iter().any(|by_name| by_name.is(&format!("--{name}")));
        (self.first.contains(name) && !matches!(self.of_api(name), Meaning::Unknown)) || positional()
    }

    /// The meaning of a name for the API alone.
    fn of_api(&self, name: &str) -> Meaning {
        let exact = self.by_name.get(name).or_else(|| self.by_name.get(name.replace('_', "-").as_str()));
        if let Some(n) = exact {
            return Meaning::Flag(*n);
        }
        let parts: Vec<&str> = name.split('.').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Meaning::Unknown;
        }
        if let Some((target, used)) = fields::find(&self.signature.flags, &parts) {
            return Meaning::Inside(target, used);
        }
        let word = format!("--{name}");
        if let Some(n) = self.signature.names.iter().position(|by_name| by_name.is(&word)) {
            return Meaning::Positional(n);
        }
        self.with_its_place(&parts)
    }

    /// `--body-timeout`: a flag with the same name as one of apicli's can have its location as a prefix.
    fn with_its_place(&self, parts: &[&str]) -> Meaning {
        let Some((first, rest)) = parts.split_first() else { return Meaning::Unknown };
        let kebab = first.replace('_', "-");
        let Some((place, plain)) = kebab.split_once('-').filter(|(_, plain)| own_flag::is_own_name(plain))
        else {
            return Meaning::Unknown;
        };
        let parts: Vec<&str> = [plain].iter().chain(rest).copied().collect();
        match fields::find(&self.signature.flags, &parts) {
            Some((target, used)) if self.flag_of(&target).is_some_and(|flag| prefix(flag) == place) => {
                Meaning::Inside(target, used)
            }
            _ => Meaning::Unknown,
        }
    }

    /// A flag of the API that a target names, or is part of.
    fn flag_of(&self, target: &Target) -> Option<&Argument> {
        match target {
            Target::Argument(n) => self.signature.flags.get(*n),
            Target::Object(key) => self.signature.flags.iter().find(|flag| flag.key().starts_with(key)),
        }
    }

    /// The unambiguous name of the API's flag.
    fn long_of(&self, api: &Meaning, name: &str) -> String {
        let flag = match api {
            Meaning::Flag(n) => self.signature.flags.get(*n),
            Meaning::Inside(target, _) => self.flag_of(target),
            Meaning::Positional(n) => {
                return self.signature.names.get(*n).and_then(|name| name.long.clone()).unwrap_or_default();
            }
            Meaning::Own(_) | Meaning::Unknown => None,
        };
        let top = flag.and_then(|flag| flag.name.split('.').next()).unwrap_or(name);
        match flag {
            // A plugin that was generated before the name was reserved.
            Some(flag) if own_flag::is_own_name(top) => format!("{}-{top}", prefix(flag)),
            _ => top.to_owned(),
        }
    }

    fn either(&self, name: &str, own: &Definition, api: &Meaning) -> Failure {
        // A flag that never yields keeps its plain name.
        let ours = if own.clash == Clash::Keeps { own.name } else { own.long };
        usage(format!("`--{name}` could be the API's or apicli's own"))
            .hint(format!("write `--{}` for the API's, `--{ours}` for apicli's", self.long_of(api, name)))
    }
}

/// The prefix of a flag's name for its location.
fn prefix(flag: &Argument) -> &'static str {
    match flag.location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
        Location::Body => "body",
    }
}
