//! `apicli auth`: logging in and out, and showing what is in use. Nothing here shows a credential.

mod login;
mod logout;
mod oauth;
mod profile;
mod shared;
mod status;
mod test;

use std::ffi::OsString;

use crate::cli::command::Command;
use crate::cli::context::Context;
use crate::cli::parse;
use crate::diagnostic::Failure;

pub(in crate::cli::commands) use shared::of_profile;

pub(crate) struct Auth;

impl Command for Auth {
    fn name(&self) -> &str {
        "auth"
    }

    fn about(&self) -> String {
        "Log in to an API, log out, and see which credential is in use".to_owned()
    }

    fn run(&self, arguments: &[OsString], context: &Context) -> Result<(), Failure> {
        let command = clap::Command::new("auth")
            .about(
                "Credentials come from the first of: an environment variable, a command of yours, the platform's \
                 keyring, an encrypted file, the kernel's keyring, a file in plain text.",
            )
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand(login::command())
            .subcommand(logout::command())
            .subcommand(status::command())
            .subcommand(status::list_command())
            .subcommand(profile::command())
            .subcommand(test::command());
        let Some(matches) = parse::built_in(command, arguments)? else { return Ok(()) };
        match matches.subcommand() {
            Some(("login", matches)) => login::run(matches, context),
            Some(("logout", matches)) => logout::run(matches, context),
            Some(("status", matches)) => status::status(matches, context),
            Some(("list", matches)) => status::list(matches, context),
            Some(("use", matches)) => profile::run(matches, context),
            Some(("test", matches)) => test::run(matches, context),
            _ => Ok(()),
        }
    }

    fn complete(&self, words: &[String], context: &Context) -> Vec<(String, String)> {
        match words {
            [] => ["login", "logout", "status", "list", "use", "test"]
                .map(|name| (name.to_owned(), String::new()))
                .to_vec(),
            [_, rest @ ..] => crate::cli::context::plugin_names(rest, context),
        }
    }
}
