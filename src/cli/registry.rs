//! One list of all commands, built-in or from plugins.

use std::ffi::OsString;

use super::command::Command;
use super::commands::{auth, check, completions, r#gen, list, mock, path, plugins, schema, validate, watch};
use super::context::Context;
use crate::cli::plugin::PluginCommand;
use crate::diagnostic::Failure;
use crate::plugins::Error;

/// Every command there is.
pub(crate) struct CommandRegistry<'a> {
    built_in: Vec<Box<dyn Command>>,
    context: &'a Context,
}

impl<'a> CommandRegistry<'a> {
    pub(crate) fn new(context: &'a Context) -> Self {
        let built_in: Vec<Box<dyn Command>> = vec![
            Box::new(r#gen::Gen),
            Box::new(auth::Auth),
            Box::new(list::Commands),
            Box::new(schema::Schema),
            Box::new(watch::Watch),
            Box::new(mock::Mock),
            Box::new(path::Path),
            Box::new(check::Check),
            Box::new(validate::Validate),
            Box::new(plugins::Plugins),
            Box::new(completions::Completions),
        ];
        Self { built_in, context }
    }

    /// Built-in commands that are shown.
    pub(crate) fn built_in(&self) -> impl Iterator<Item = &dyn Command> {
        self.built_in.iter().map(AsRef::as_ref)
    }

    /// The command `name`: a built-in one, else a plugin.
    pub(crate) fn find(&self, name: &str) -> Result<Box<dyn Command + '_>, Failure> {
        if let Some(command) = self.built_in.iter().find(|command| command.name() == name) {
            return Ok(Box::new(Borrowed(command.as_ref())));
        }
        match self.context.manager.get(name) {
            Ok(plugin) => Ok(Box::new(PluginCommand::new(plugin))),
            Err(Error::Missing { name, mut similar }) => {
                let built_in = self.built_in().map(|command| command.name().to_owned()).collect();
                similar.extend(crate::suggest::nearest(&name, built_in));
                Err(Error::Missing { name, similar }.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

struct Borrowed<'a>(&'a dyn Command);

impl Command for Borrowed<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn about(&self) -> String {
        self.0.about()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        self.0.run(arguments, context)
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        self.0.complete(words, context)
    }

    fn complete_value(&self, words: &[String], flag: &str, context: &Context) -> Vec<(String, String)> {
        self.0.complete_value(words, flag, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::reserved::reserved_names;

    #[test]
    fn every_built_in_name_is_reserved() {
        let manager = crate::plugins::PluginManager::new("/nonexistent".into());
        let context = Context::of(manager, crate::cli::ui::Ui::recording(&[]));
        for command in CommandRegistry::new(&context).built_in() {
            assert!(reserved_names().iter().any(|name| name == command.name()), "{}", command.name());
        }
    }
}
