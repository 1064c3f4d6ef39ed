//! Names and keys of flags: all unique, whatever the order of the document.

use std::collections::{HashMap, HashSet};

use crate::generator::naming;
use crate::model::Location;
use crate::model::own_flag::is_kept_name;

/// The names in use.
#[derive(Debug, Default)]
pub(super) struct FlagNames<'a> {
    /// Names of flags in use, by the list that contains them.
    taken: HashSet<(usize, String)>,
    /// First keys of flags in use.
    keys: HashSet<String>,
    /// Wire names of the operation, and the names of flags that they would get. A flag renamed because of a clash never
    /// takes one of these, so that its name does not depend on the order.
    reserved_keys: HashSet<&'a str>,
    reserved_names: HashSet<String>,
    /// The next number to try, for each name or key that had to be numbered.
    numbers: HashMap<(usize, String), usize>,
}

/// The list of a command's own flags; the others are for the fields of items.
pub(super) const TOP: usize = 0;

impl<'a> FlagNames<'a> {
    /// Names of flags in use.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.taken.iter().filter(|(list, _)| *list == TOP).map(|(_, name)| name.as_str())
    }

    /// First keys in use.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// Notes the parameters and top-level fields that are to come, by their wire names.
    pub(super) fn reserve(&mut self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            self.reserved_keys.insert(name);
            self.reserved_names.insert(naming::flag(name));
        }
    }

    /// A free name for the parameter or top-level field `wire`, and its key if that cannot be `wire`.
    pub(super) fn top(&mut self, wire: &str, location: Location) -> (String, Option<String>) {
        let name = naming::flag(wire);
        let key_taken = self.keys.contains(wire);
        let name_taken = self.taken.contains(&(TOP, name.clone()));
        let prefix = match location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
            Location::Body => "body",
        };
        let wanted = if is_kept_name(&name) || (key_taken && name_taken) {
            format!("{prefix}-{name}")
        } else {
            name.clone()
        };
        let free_name = if wanted == name && !name_taken {
            name
        } else {
            number(TOP, &wanted, '-', &mut self.numbers, |name| {
                !self.taken.contains(&(TOP, name.to_owned())) && !self.reserved_names.contains(name)
            })
        };
        let key = key_taken.then(|| {
            number(TOP, &format!("{prefix}_{wire}"), '_', &mut self.numbers, |key| {
                !self.keys.contains(key) && !self.reserved_keys.contains(key)
            })
        });
        self.taken.insert((TOP, free_name.clone()));
        self.keys.insert(key.clone().unwrap_or_else(|| wire.to_owned()));
        (free_name, key)
    }

    /// A name that is free in `list` for a nested field. In the top list it contains a dot, unlike any name of a
    /// top-level field.
    pub(super) fn nested(&mut self, list: usize, wanted: &str) -> String {
        let name = number(list, wanted, '-', &mut self.numbers, |name| {
            !self.taken.contains(&(list, name.to_owned()))
        });
        self.taken.insert((list, name.clone()));
        name
    }
}

/// `wanted`, or with the first free number appended. `numbers` remembers where to continue counting.
fn number(
    list: usize,
    wanted: &str,
    before: char,
    numbers: &mut HashMap<(usize, String), usize>,
    free: impl Fn(&str) -> bool,
) -> String {
    if free(wanted) {
        return wanted.to_owned();
    }
    let stem = format!("{wanted}{before}");
    let next = numbers.entry((list, stem.clone())).or_insert(2);
    loop {
        let name = format!("{stem}{next}");
        *next += 1;
        if free(&name) {
            return name;
        }
    }
}
