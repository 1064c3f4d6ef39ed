//! Finds the command that the first words name.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{Arg, ArgAction};

use super::candidates::complete;
use super::context::Context;
use super::global::{Global, global, plugins_dir};
use super::page::Page;
use super::parse;
use super::registry::CommandRegistry;
use super::ui::Ui;
use crate::diagnostic::Failure;

/// With more plugins than this, only their names are shown: nobody reads hundreds of titles, or waits for them.
const MANY_PLUGINS: usize = 40;

/// The first word of the completion scripts' calls.
const COMPLETE: &str = "__complete";

pub(crate) fn dispatch(arguments: Vec<OsString>, ui: Ui) -> Result<(), Failure> {
    let plugins_dir = plugins_dir(&arguments)?;
    let Global { error_format, version, command } = Global::of(&parse::matches(clap(), arguments)?);
    // Never dropped: it owns plugins and compiled scripts, and a program that is about to end need not free them.
    let context = ManuallyDrop::new(Context::new(plugins_dir, ui, error_format)?);
    let registry = CommandRegistry::new(&context);
    if version {
        return crate::output::line(concat!("apicli ", env!("CARGO_PKG_VERSION")));
    }
    let Some((name, rest)) = command else {
        return crate::output::text(&help(&registry, &context));
    };
    if name == COMPLETE {
        return complete(&rest, &context);
    }
    if name == "help" {
        // `apicli help gen` is `apicli gen --help`.
        return match rest.split_first().and_then(|(name, words)| Some((name.to_str()?, words))) {
            None => crate::output::text(&help(&registry, &context)),
            Some((name, words)) => {
                let mut words = words.to_vec();
                words.push("--help".into());
                registry.find(name)?.run(&words, &context)
            }
        };
    }
    registry.find(&name)?.run(&rest, &context)
}

/// The arguments that every command shares.
fn clap() -> clap::Command {
    clap::Command::new("apicli")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .allow_external_subcommands(true)
        .external_subcommand_value_parser(clap::value_parser!(OsString))
        .args(global())
        .arg(Arg::new("help").long("help").short('h').action(ArgAction::SetTrue))
        .arg(Arg::new("version").long("version").short('V').action(ArgAction::SetTrue))
}

/// The program's own help.
fn help(registry: &CommandRegistry<'_>, context: &Context) -> String {
    let mut page = Page::new();
    page.text("apicli turns an OpenAPI document into commands made of scripts that you own.");
    page.usage("apicli <command>", "apicli <plugin> <group>... <command> [arguments]");
    let rows = registry.built_in().map(|command| (command.name().to_owned(), command.about()));
    page.rows("Commands", rows.collect());
    let names = context.manager.installed_names().unwrap_or_default();
    if names.is_empty() {
        page.text("There is no plugin yet. `apicli gen <document>` makes one.");
    } else if names.len() > MANY_PLUGINS {
        page.text(&format!("{} plugins: {}", names.len(), names.join(", ")));
    } else {
        let title = |name: &String| match context.manager.load(name) {
            Ok(plugin) => plugin.manifest().title.clone(),
            Err(_) => "(broken; `apicli plugins list` says why)".to_owned(),
        };
        page.rows("Plugins", names.iter().map(|name| (name.clone(), title(name))).collect());
    }
    let options = [
        ("--plugins-dir <DIR>", "Keep plugins in this folder"),
        ("--error-format <FORMAT>", "Show failures for people (human) or programs (json)"),
        ("-V, --version", "Show the version"),
    ];
    page.rows("Options", options.map(|(name, help)| (name.to_owned(), help.to_owned())).to_vec());
    page.text("`apicli <command> --help` says more about any of them.");
    page.finish()
}
