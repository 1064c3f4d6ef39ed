use std::ffi::OsString;

use clap::{Arg, ArgAction};
use serde_json::json;

use super::documents;
use crate::cli::command::Command;
use crate::cli::context::{Context, stores};
use crate::cli::parse;
use crate::cli::reserved::reserved_names;
use crate::cli::ui::Ui;
use crate::credentials::consent::Wishes;
use crate::diagnostic::{Failure, Kind};
use crate::generator::{Options, PluginGenerator};
use crate::model::{GeneratedPlugin, Manifest, Origin, Warning};
use crate::openapi::{Document, Header};
use crate::output;
use crate::plugins::{Pristine, Written, layout};
use crate::text::counted;

/// The most warnings that are shown; `--json` has all of them.
const MOST_WARNINGS: usize = 10;

pub(crate) struct Gen;

impl Command for Gen {
    fn name(&self) -> &str {
        "gen"
    }

    fn about(&self) -> String {
        "Make a plugin from an OpenAPI document, or bring one up to date".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("gen")
            .about("Make a plugin from an OpenAPI document (Swagger 2.0, OpenAPI 3.0 to 3.2), or bring one up to date.\n\nScripts that you changed stay as they are.")
            .args(documents::arguments())
            .arg(Arg::new("name").long("name").value_name("NAME").help("The plugin's name (default: the file's, else the title)"))
            .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Report what was done as JSON"));
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        let document = documents::load(&matches)?;
        let name = matches.get_one::<String>("name").cloned();
        let mut options = Options { name, reserved: reserved_names(), ..Options::default() };
        let plugin_name = PluginGenerator::new(options.clone()).plugin_name(&document)?;
        let before = as_generated(context, &plugin_name);
        match context.manager.load(&plugin_name) {
            Ok(plugin) => options.previous = plugin.command_names(),
            Err(crate::plugins::Error::Missing { .. }) => {}
            // Without the policy it is unknown what has to be kept.
            Err(error) => return Err(error.into()),
        }
        if let Some(before) = before.filter(|_| options.name.is_none()) {
            refuse_another_api(&before, &plugin_name, &document, &context.ui)?;
        }
        let generator = PluginGenerator::new(options);
        let mut plugin = generator.generate_from_openapi(&document)?;
        let written = generator.create_plugin_files(&plugin, &context.manager.dir(&plugin.name))?;
        context.manager.build_index(&plugin.name)?;
        agree(&mut plugin, document.source(), context)?;
        if matches.get_flag("json") {
            report(&plugin, &written, context)?;
        } else {
            tell(&plugin, &written, context);
        }
        // The program ends here. Freeing a large document, node by node, would cost a tenth of the whole run.
        std::mem::forget((document, plugin));
        Ok(())
    }
}

/// The manifest of a plugin as it was generated, before the user changed it; `None` if there is no such plugin.
fn as_generated(context: &Context, name: &str) -> Option<Manifest> {
    let pristine = Pristine::load(&context.manager.dir(name));
    toml_edit::de::from_str(pristine.get(std::path::Path::new(layout::MANIFEST))?).ok()
}

/// Records what the user agreed to by naming the document; for a later one, what they agree to when asked. Warns about what
/// is left out.
fn agree(plugin: &mut GeneratedPlugin, source: &str, context: &Context) -> Result<(), Failure> {
    let name = plugin.name.clone();
    let wishes = Wishes::of(&plugin.manifest).from(source);
    let left =
        stores(context).records().generated(&name, &wishes, &|question| context.ui.agrees(question))?;
    let mut warnings = Vec::new();
    let mut warn = |pointer: &str, message: String| {
        warnings.push(Warning { pointer: pointer.to_owned(), message });
    };
    let servers = left.servers();
    if let Some(first) = servers.first() {
        let all = servers.join(", ");
        let mut usual = plugin.manifest.servers.iter().map(|server| &server.url);
        let usual = usual.find(|url| Origin::of(url).is_some_and(|origin| origin.as_str() == first));
        let line = match usual {
            Some(url) => format!("--server {url}"),
            None => format!("--also {first}"),
        };
        let message = format!(
            "{all} is new, and nobody has agreed to it: no request goes there before `apicli auth use {name} {line}`, or a yes at the first call"
        );
        warn("#/servers", message);
    }
    if !left.providers.is_empty() {
        let all: Vec<Origin> = left.providers.into_iter().collect();
        let message = format!(
            "{} is new, and nobody has agreed to it: the next login asks before it speaks to it",
            shown(&all)
        );
        warn("#/components/securitySchemes", message);
    }
    if let Some(document) = left.document {
        let message = format!(
            "`{name}` is still known by another document: at a terminal you are asked whether it comes from {document} now"
        );
        warn("#", message);
    }
    plugin.warnings.extend(warnings);
    Ok(())
}

/// A document with another title and no server in common with the plugin of its name is another API: its plugin would take
/// over that one's scripts and credentials. `--name` confirms that this is intended. What counts is how the plugin was
/// generated, not how the user changed its servers since.
fn refuse_another_api(known: &Manifest, name: &str, document: &Document, ui: &Ui) -> Result<(), Failure> {
    let header = Header::read(document);
    let new: Vec<Origin> = header.servers.iter().filter_map(|server| Origin::of(&server.url)).collect();
    let origins = known.origins();
    if origins.is_empty() || new.is_empty() || new.iter().any(|origin| origins.contains(origin)) {
        return Ok(());
    }
    if known.title != header.title {
        let message =
            format!("there is a plugin `{name}`, and this document has another title and other servers");
        let hint = format!("`--name` gives it a name of its own; `--name {name}` replaces `{name}` with it");
        return Err(Failure::new(Kind::Usage, message).hint(hint));
    }
    let (old, new) = (shown(&origins), shown(&new));
    ui.warn(&format!(
        "the document's servers are now {new} (they were {old}); look at `plugin.toml` before you use it"
    ));
    Ok(())
}

fn shown(origins: &[Origin]) -> String {
    origins.iter().map(Origin::as_str).collect::<Vec<_>>().join(", ")
}

fn report(plugin: &GeneratedPlugin, written: &Written, context: &Context) -> Result<(), Failure> {
    let report = json!({
        "plugin": plugin.name,
        "dir": context.manager.dir(&plugin.name),
        "operations": plugin.operations,
        "commands": plugin.commands.len(),
        "skipped": plugin.skipped,
        "warnings": plugin.warnings,
        "merge": written.merge,
    });
    output::line(&output::pretty(&report.to_string(), true))
}

fn tell(plugin: &GeneratedPlugin, written: &Written, context: &Context) {
    for skipped in &plugin.skipped {
        context.ui.warn(&format!("skipped {}: {} ({})", skipped.operation, skipped.reason, skipped.pointer));
    }
    for warning in plugin.warnings.iter().take(MOST_WARNINGS) {
        context.ui.warn(&format!("{} ({})", warning.message, warning.pointer));
    }
    if let Some(more) = plugin.warnings.len().checked_sub(MOST_WARNINGS).filter(|more| *more > 0) {
        context.ui.note(&format!("and {}; `apicli validate` shows all", counted(more, "more warning")));
    }
    for name in &written.merge.conflicts {
        context.ui.warn(&format!(
            "`{name}` changed on both sides; yours stays, the new one is under `.generated/conflicts`"
        ));
    }
    if !written.merge.kept.is_empty() {
        context.ui.note(&format!("kept your changes to {}", listed(&written.merge.kept)));
    }
    if !written.merge.updated.is_empty() {
        context.ui.note(&format!("updated {}", listed(&written.merge.updated)));
    }
    let name = &plugin.name;
    let commands = plugin.commands.len();
    context.ui.note(&format!(
        "{} of {} in {}",
        counted(commands, "command"),
        counted(plugin.operations, "operation"),
        context.manager.dir(name).display()
    ));
    if commands == 0 {
        context
            .ui
            .note("a function that you write into a script there, such as `things.rhai`, becomes a command");
    } else {
        context.ui.note(&format!("`apicli {name} --help` shows them"));
    }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = names.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
