//! `apicli auth login`.

use std::path::Path;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches};

use super::oauth;
use super::shared::{consent, of_profile, plugin, profile, profile_name, scheme, secret_of, text};
use crate::cli::ask as input;
use crate::cli::context::{Context, stores};
use crate::cli::ui::Ui;
use crate::credentials::{Account, Consent, Given, Login, LoginReport, SchemeClass, StoreKind, listed};
use crate::diagnostic::{Failure, usage};
use crate::model::{AuthScheme, Origin};
use crate::secret::Secret;
use crate::session::account;

pub(super) fn command() -> clap::Command {
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    clap::Command::new("login")
        .about(
            "Log in: asks for what the API wants, and keeps it in the platform's keyring.\n\n\
             A secret never stands on the command line: it is asked for, or read from standard input, a file or a \
             command.",
        )
        .arg(plugin().required(true))
        .arg(scheme())
        .arg(profile())
        .arg(switch("stdin", "Read the secret from standard input"))
        .arg(flag("file", "PATH", "Read the secret from a file; of a client certificate, chain and key in PEM"))
        .arg(flag("command", "COMMAND", "Run this each time the secret is needed, such as 'op read op://vault/key'"))
        .arg(flag("key", "PATH", "The private key of a client certificate, where `--file` has the certificate alone"))
        .arg(
            flag("store", "STORE", "Where to keep it: keyring, file (encrypted), kernel (until the next restart)")
                .value_parser(["keyring", "file", "kernel"]),
        )
        .arg(switch("insecure-storage", "Keep it in a file in plain text, which anybody who reads it can use"))
        .arg(switch("yes", "Do not ask before keeping it in plain text").short('y'))
        .group(ArgGroup::new("source").args(["stdin", "file", "command"]))
        .group(ArgGroup::new("place").args(["command", "store", "insecure-storage"]))
        .args(oauth::arguments())
}

pub(super) fn run(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let ui = &context.ui;
    let name = text(matches, "plugin").unwrap_or_default();
    let plugin = context.manager.get(name)?;
    let manifest = plugin.manifest();
    let stores = stores(context);
    let profile = profile_name(name, manifest, text(matches, "profile"), &stores)?;
    let account = account(name, &profile)?;
    let consent = consent(account, manifest, &stores, ui)?;
    let login = Login { account, manifest, stores: &stores, consent: &consent };
    let named = text(matches, "scheme");
    let (scheme_name, scheme) = login.scheme(named)?;
    let place = place(matches, ui)?;
    if ui.is_interactive() {
        login.check(scheme_name, place)?;
    }
    consent.begin()?;
    heard_by_all(&consent, ui);
    let class = SchemeClass::of(scheme);
    if class != SchemeClass::OAuth && oauth::is_asked(matches) {
        return Err(usage(format!("`{scheme_name}` of `{name}` is not an OAuth scheme")).hint(
            "leave those flags out; or, if the API takes OAuth tokens, change the scheme's type in `plugin.toml` to `oauth2`",
        ));
    }
    let given = match class {
        SchemeClass::OAuth if oauth::is_flow(matches, &login, scheme_name, ui)? => {
            oauth::login(matches, &login, scheme_name, scheme, plugin.dir(), ui)?
        }
        _ => secret(matches, account, scheme_name, scheme, ui)?,
    };
    let report = login.store(Some(scheme_name), given, place)?;
    told(&report, account, ui);
    for origin in consent.left_out() {
        ui.warn(&format!(
            "it is not sent to {origin}, which nobody has agreed to yet: `apicli auth use {name} {profile} --also {origin}`"
        ));
    }
    Ok(())
}

/// Warns of servers without encryption before the secret is given.
fn heard_by_all(consent: &Consent, ui: &Ui) {
    let origins = consent.origins();
    let clear: Vec<&str> = origins.iter().filter(|origin| origin.is_clear()).map(Origin::as_str).collect();
    if !clear.is_empty() {
        ui.warn(&format!(
            "{} is not https: anyone listening on the way there can read and use the credential",
            clear.join(", ")
        ));
    }
}

/// Where to keep it.
fn place(matches: &ArgMatches, ui: &Ui) -> Result<StoreKind, Failure> {
    if matches.contains_id("command") {
        return Ok(StoreKind::Command);
    }
    if matches.get_flag("insecure-storage") {
        ui.warn("the credential is kept in plain text: whoever reads the file, or a copy of it, can use it");
        if !matches.get_flag("yes") && ui.is_interactive() && !ui.confirm("keep it in plain text?") {
            return Err(usage("nothing was kept").hint("`--store file` keeps it encrypted"));
        }
        return Ok(StoreKind::Plain);
    }
    Ok(match text(matches, "store") {
        Some("file") => StoreKind::File,
        Some("kernel") => StoreKind::Kernel,
        _ => StoreKind::Keyring,
    })
}

/// The secret of a scheme that the user has one for.
fn secret(
    matches: &ArgMatches,
    account: Account<'_>,
    scheme_name: &str,
    scheme: &AuthScheme,
    ui: &Ui,
) -> Result<Given, Failure> {
    if let Some(command) = text(matches, "command") {
        return Ok(Given::Command(command.to_owned()));
    }
    let certificate = SchemeClass::of(scheme) == SchemeClass::Certificate;
    if let Some(secret) = secret_of(matches)? {
        return Ok(Given::Secret(match text(matches, "key") {
            Some(key) if certificate => joined(&secret, &input::from_file(Path::new(key))?),
            Some(_) => return Err(usage("`--key` is for client certificates alone").hint("leave it out")),
            None => secret,
        }));
    }
    let plugin = account.plugin;
    if certificate {
        return Err(usage(format!("`{scheme_name}` of `{plugin}` is a client certificate")).hint(format!(
            "`apicli auth login {plugin} --scheme {scheme_name} --file cert.pem --key key.pem`"
        )));
    }
    if !ui.is_interactive() {
        return Err(usage("there is no terminal to ask for the credential at")
            .hint(format!("pipe it in: `... | apicli auth login {plugin} --stdin`")));
    }
    let what = match scheme {
        AuthScheme::Basic | AuthScheme::Digest => "user:password",
        AuthScheme::ApiKey { .. } => "API key",
        _ => "token",
    };
    let question = format!("{what} for {plugin}{} ({scheme_name}): ", of_profile(account));
    ui.ask_secret(&question).map(Given::Secret)
}

fn joined(certificate: &Secret<String>, key: &Secret<String>) -> Secret<String> {
    let (certificate, key) = (certificate.expose(), key.expose());
    let mut text = String::with_capacity(certificate.len() + key.len() + 1);
    text.push_str(certificate);
    text.push('\n');
    text.push_str(key);
    Secret::new(text)
}

fn told(report: &LoginReport, account: Account<'_>, ui: &Ui) {
    let kept = match &report.about.command {
        Some(command) => format!("`{command}` is run for it"),
        None => format!("kept in {}", report.store.title()),
    };
    let ends = super::status::ends(&report.about);
    let scheme = &report.scheme;
    ui.note(&format!(
        "logged in to {}{}: `{scheme}` ({}), {kept}, to be sent to {} only{ends}",
        account.plugin,
        of_profile(account),
        report.kind,
        listed(&report.about.origins),
    ));
    if report.weak {
        ui.note("it is too short or common to be hidden where a server's answer repeats it");
    }
    if let Some(variable) = &report.shadowed_by {
        ui.warn(&format!("`{variable}` is set and takes precedence over it"));
    }
}
