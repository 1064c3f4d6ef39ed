//! Help for plugins at each level.

use std::fmt::Write as _;

use super::flags::FlagNames;
use crate::cli::page::Page;
use crate::diagnostic::Failure;
use crate::generator::typed;
use crate::input::Signature;
use crate::input::describe::{describe, label, placeholder};
use crate::model::own_flag::{Definition, OWN_FLAGS, OwnFlag, Takes};
use crate::model::{Argument, Location};
use crate::plugins::{Found, Plugin, line};
use crate::text::first_paragraph;

/// With more flags than this, nested ones are folded into one line each.
const MANY_FLAGS: usize = 30;

/// Help for a group, or for the whole plugin where `group` is empty.
pub(super) fn group(plugin: &Plugin, group: &[String]) -> Result<String, Failure> {
    let mut page = Page::new();
    let name = line(&plugin.name(), group);
    let script = plugin.script_at(group)?;
    match &script {
        Some(script) if !group.is_empty() => page.text(&script.doc()),
        _ if group.is_empty() => {
            let manifest = plugin.manifest();
            page.text(&[manifest.title.as_str(), manifest.version.as_str()].join(" "));
        }
        _ => {}
    }
    page.usage(&format!("{name} <command> [arguments]"), "");
    let groups = plugin.groups_at(group)?;
    let functions = script.map(|script| script.functions()).unwrap_or_default();
    let is_empty = functions.is_empty() && groups.is_empty();
    if is_empty && group.is_empty() {
        page.text(&format!(
            "There are no commands yet. A function in a script becomes one, such as in {}",
            plugin.script_path(&["things".to_owned()]).display()
        ));
    } else if is_empty {
        page.text("There are no commands here.");
    }
    let rows =
        functions.iter().map(|function| (typed(&function.name), first_paragraph(&function.doc))).collect();
    page.rows("Commands", rows);
    let rows = groups
        .into_iter()
        .map(|below| {
            let about = if below.has_script {
                below.about
            } else {
                let path: Vec<String> = group.iter().cloned().chain([below.name.clone()]).collect();
                let inner = plugin.group_names(&path).unwrap_or_default();
                inner.iter().map(|name| typed(name)).collect::<Vec<_>>().join(", ")
            };
            (typed(&below.name), about)
        })
        .collect();
    page.rows(if group.is_empty() { "Groups" } else { "Groups below" }, rows);
    if !is_empty {
        page.text(&format!("`{name} <command> --help` says more."));
    }
    Ok(page.finish())
}

/// Help for one command.
pub(super) fn command(name: &str, found: &Found, names: &FlagNames<'_>, all: bool) -> String {
    let signature = names.signature();
    let mut page = Page::new();
    page.text(&found.function.doc);
    let facts = found.facts.as_ref();
    if facts.is_some_and(|facts| facts.deprecated) {
        page.text("This command is deprecated.");
    }
    // A constant need not be given.
    let typed = |argument: &&Argument| argument.constant().is_none();
    let positionals: String =
        signature.positionals.iter().filter(typed).map(|argument| format!(" <{}>", argument.name)).collect();
    let must = |flag: &&Argument| flag.required && typed(flag);
    let required: String = signature
        .flags
        .iter()
        .filter(must)
        .map(|flag| format!(" --{} {}", flag.name, placeholder(flag)).trim_end().to_owned())
        .collect();
    let flags = if signature.flags.iter().any(|flag| !must(&flag)) { " [flags]" } else { "" };
    page.usage(&format!("{name}{positionals}{required}{flags}"), "");
    let rows = signature.positionals.iter().zip(&signature.names).map(|(argument, by_name)| {
        let names = by_name.shown("").map(|names| format!(" [or {names}]")).unwrap_or_default();
        (format!("<{}>", argument.name), format!("{}{names}", describe(argument)).trim_start().to_owned())
    });
    page.rows("Arguments", rows.collect());
    page.rows("One of", alternatives(signature));

    let fold = !all && signature.flags.len() > MANY_FLAGS;
    let mut folded = false;
    let (mut required, mut optional) = (Vec::new(), Vec::new());
    for flag in &signature.flags {
        let rows = if must(&flag) { &mut required } else { &mut optional };
        let nested = flag.name.split_once('.').filter(|_| fold && !flag.required);
        match nested {
            None => {
                rows.push((label(flag), describe(flag)));
                if all {
                    let step = if flag.is_map() { "<key>" } else { "0" };
                    fields(&format!("{}.{step}", flag.name), &flag.fields, rows);
                }
            }
            Some((first, rest)) => {
                folded = true;
                let star = if flag.needed.is_some() && flag.constant().is_none() { "*" } else { "" };
                let rest = &format!("{rest}{star}");
                let family = format!("--{first}.*");
                match rows.iter_mut().find(|(name, _)| *name == family) {
                    Some((_, text)) if text.chars().count() < 300 => {
                        let _ = write!(text, ", {rest}");
                    }
                    Some((_, text)) if !text.ends_with("...") => text.push_str(", ..."),
                    Some(_) => {}
                    None => rows.push((family, rest.clone())),
                }
            }
        }
    }
    page.rows("Required flags", required);
    page.rows("Flags", optional);
    let items = signature.flags.iter().find(|flag| flag.is_list() && !flag.fields.is_empty());
    if let Some((name, field)) = items.and_then(|flag| Some((&flag.name, &flag.fields.first()?.name))) {
        page.text(&format!(
            "Items: `--{name}.0.{field} <value>`, or `--{name} {field}=<value>,...` once for each."
        ));
    }
    if folded {
        page.text(
            "Nested flags are folded here; `--help-all` shows each. `*`: required where its object is given.",
        );
    }
    let takes_body = signature.body.is_some();
    let other_types =
        facts.and_then(|facts| facts.body.as_ref()).map_or(&[][..], |body| body.other_types.as_slice());
    let is_of_use = |own: &&Definition| match own.flag {
        OwnFlag::Body | OwnFlag::BodyTemplate => takes_body,
        OwnFlag::ContentType => takes_body && !other_types.is_empty(),
        // The program's own help has what every command shares; but here it may have another name.
        OwnFlag::PluginsDir => false,
        OwnFlag::ErrorFormat => names.has_yielded(own.flag),
        _ => true,
    };
    let rows = OWN_FLAGS.iter().filter(is_of_use).map(|own| {
        let short = names.letter(own).map(|short| format!("-{short}, ")).unwrap_or_default();
        let value = match own.takes {
            Takes::Nothing => String::new(),
            Takes::Perhaps(value) => format!("[=<{value}>]"),
            Takes::Text(value) | Takes::Texts(value) | Takes::Path(value) | Takes::OneOf(value, _) => {
                format!(" <{value}>")
            }
            Takes::Seconds(_) => " <SECONDS>".to_owned(),
        };
        let name = format!("{short}--{}{value}", names.shown(own));
        let help = match own.flag {
            OwnFlag::ContentType => {
                let names: Vec<&str> =
                    other_types.iter().take(6).map(|other| other.content_type.as_str()).collect();
                let more = if other_types.len() > names.len() { ", ..." } else { "" };
                format!("Send another media type: {}{more}", names.join(", "))
            }
            OwnFlag::BodyTemplate => {
                own.help.replace("--body ", &format!("--{} ", names.shown(OwnFlag::Body.definition())))
            }
            _ => own.help.to_owned(),
        };
        (name, help)
    });
    page.rows("Options of apicli", rows.collect());
    if let Some(facts) = facts {
        page.text(&format!("{} {}", facts.method, facts.path));
    }
    page.finish()
}

/// The fields of items, with their full names.
fn fields(prefix: &str, fields_of_item: &[Argument], rows: &mut Vec<(String, String)>) {
    for field in fields_of_item {
        let full = Argument { name: format!("{prefix}.{}", field.name), ..field.clone() };
        // The requirements of items are in the list of their fields.
        let text = describe(&Argument { needed: field.needed.filter(|depth| *depth > 0), ..full.clone() });
        rows.push((label(&full), text));
        let step = if field.is_map() { "<key>" } else { "0" };
        fields(&format!("{}.{step}", full.name), &field.fields, rows);
    }
}

/// The alternatives of the body: what identifies each, and what it requires.
fn alternatives(signature: &Signature) -> Vec<(String, String)> {
    let name = |wire: &String| {
        let mut flags = signature.flags.iter().filter(|flag| flag.location == Location::Body);
        flags.find(|flag| flag.wire_path.first() == Some(wire)).map(|flag| {
            let top = flag.name.split('.').next().unwrap_or_default();
            if flag.wire_path.len() > 1 { format!("--{top}.*") } else { format!("--{top}") }
        })
    };
    let row = |alternative: &crate::model::Alternative| {
        let told = alternative.discriminator.as_ref();
        let told = told.and_then(|(property, value)| Some(format!("{} {value}", name(property)?)));
        let property = alternative.discriminator.as_ref().map(|(property, _)| property);
        let needed = alternative.required.iter().filter(|wire| Some(*wire) != property).filter_map(name);
        (alternative.name.clone(), told.into_iter().chain(needed).collect::<Vec<_>>().join(", "))
    };
    signature.body.iter().flat_map(|body| &body.alternatives).map(row).collect()
}
