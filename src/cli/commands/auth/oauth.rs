//! `apicli auth login` with a token from a provider.

use std::io::BufRead as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use clap::{Arg, ArgAction, ArgMatches};

use super::shared::{secret_of, text};
use crate::cli::ui::Ui;
use crate::credentials::oauth::{
    Discovered, Error, Parties, Request, Told, UserPassword, has_browser, obtain,
};
use crate::credentials::{Given, Login, listed};
use crate::diagnostic::{Failure, Kind, usage};
use crate::model::{AuthScheme, FlowKind, LoginSettings, Origin};
use crate::plugins;
use crate::session::provider;

/// Flags for what the document does not say. They are stored in `plugin.toml`.
const SETTINGS: [&str; 10] = [
    "client-id",
    "flow",
    "scopes",
    "authorization-url",
    "token-url",
    "device-authorization-url",
    "issuer",
    "redirect-port",
    "secret-in-body",
    "parameter",
];

/// The names of flows on the command line.
const FLOWS: [(&str, FlowKind); 4] = [
    ("code", FlowKind::AuthorizationCode),
    ("device", FlowKind::DeviceAuthorization),
    ("client", FlowKind::ClientCredentials),
    ("password", FlowKind::Password),
];

pub(super) fn arguments() -> Vec<Arg> {
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help).help_heading("OAuth (kept in plugin.toml)")
    };
    let other = |arg: Arg| arg.help_heading("OAuth");
    vec![
        flag("client-id", "ID", "The id that the provider knows this program by"),
        flag("flow", "FLOW", "code (a browser), device (another device), client (no person), password")
            .value_parser(FLOWS.map(|(name, _)| name)),
        flag(
            "scopes",
            "SCOPES",
            "What to ask for, with spaces or commas between; else all that the document lists",
        )
        .value_delimiter(',')
        .action(ArgAction::Append),
        flag("authorization-url", "URL", "Where you approve the login"),
        flag("token-url", "URL", "Where tokens are issued"),
        flag("device-authorization-url", "URL", "Where a device asks for its code"),
        flag("issuer", "URL", "The provider, whose addresses are discovered"),
        flag(
            "redirect-port",
            "PORT",
            "The port of this machine that the browser returns to; else any free one",
        )
        .value_parser(clap::value_parser!(u16).range(1..)),
        flag("parameter", "NAME=VALUE", "Another parameter, such as audience=...").action(ArgAction::Append),
        Arg::new("secret-in-body")
            .long("secret-in-body")
            .action(ArgAction::SetTrue)
            .help("Send the client's secret in the body of requests for tokens, not in a header")
            .help_heading("OAuth (kept in plugin.toml)"),
        other(
            Arg::new("client-secret")
                .long("client-secret")
                .action(ArgAction::SetTrue)
                .help("The client has a secret: ask for it, or take what --stdin, --file or --command gives"),
        ),
        other(Arg::new("user").long("user").value_name("NAME").help("The user, for --flow password")),
        other(
            Arg::new("no-browser")
                .long("no-browser")
                .action(ArgAction::SetTrue)
                .help("Print the address instead of opening a browser"),
        ),
    ]
}

fn was_given(matches: &ArgMatches, name: &str) -> bool {
    matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine)
}

/// Whether a flag of this kind was given.
pub(super) fn is_asked(matches: &ArgMatches) -> bool {
    SETTINGS.iter().chain(&["client-secret", "user", "no-browser"]).any(|name| was_given(matches, name))
}

/// Whether the provider is asked. A token that the user already has is used unchanged.
pub(super) fn is_flow(
    matches: &ArgMatches,
    login: &Login<'_>,
    scheme: &str,
    ui: &Ui,
) -> Result<bool, Failure> {
    let given = ["stdin", "file", "command"].iter().any(|name| was_given(matches, name));
    if is_asked(matches) {
        return Ok(true);
    }
    if given {
        return Ok(false);
    }
    if login.manifest.login.get(scheme).is_some_and(|settings| !settings.client_id.is_empty()) {
        return Ok(true);
    }
    let plugin = login.account.plugin;
    if !ui.is_interactive() {
        return Err(usage(format!("the client id for the provider of `{scheme}` is not known")).hint(format!(
            "register a client there, then `apicli auth login {plugin} --client-id ID`; or pipe in a token: \
             `... | apicli auth login {plugin} --stdin`"
        )));
    }
    Ok(true)
}

/// Asks the provider.
pub(super) fn login(
    matches: &ArgMatches,
    login: &Login<'_>,
    scheme_name: &str,
    scheme: &AuthScheme,
    dir: &Path,
    ui: &Ui,
) -> Result<Given, Failure> {
    let mut settings = login.manifest.login.get(scheme_name).cloned().unwrap_or_default();
    take(matches, &mut settings)?;
    if settings.client_id.is_empty() && ui.is_interactive() {
        ui.note("the provider has to know this program: register a client there (a native or desktop one)");
        settings.client_id = ui.ask("client id (leave empty to paste a token instead): ")?;
        if settings.client_id.is_empty() {
            let question = format!("token for {} ({scheme_name}): ", login.account.plugin);
            return ui.ask_secret(&question).map(Given::Secret);
        }
    }
    if settings.client_id.is_empty() {
        return Err(usage("the client's id is not known").hint("give it with `--client-id`"));
    }
    let typed = typed(matches);
    let transport = provider();
    let metadata = metadata(scheme, &settings);
    let metadata_origin: Vec<Origin> = metadata.and_then(Origin::of).into_iter().collect();
    login.consent.permit_providers(scheme_name, &metadata_origin, &typed)?;
    let discovered = metadata.map(|url| Discovered::fetch(url, &transport)).transpose().map_err(failure)?;
    let opens_browser = !matches.get_flag("no-browser") && has_browser();
    let by_browser = opens_browser || matches.get_flag("no-browser");
    let mut parties = Parties::new(scheme, &settings, discovered.as_ref(), None, by_browser);
    // The provider is trusted about itself; every other address comes from the document or the folder.
    let known: Vec<Origin> = discovered.iter().flat_map(Discovered::origins).chain(typed.clone()).collect();
    login.consent.permit_providers(scheme_name, &parties.origins(), &known)?;
    let confidential = matches.get_flag("client-secret") || parties.flow == FlowKind::ClientCredentials;
    let mut given = match text(matches, "command") {
        Some(_) => {
            return Err(usage("`--command` gives a token, not a secret of an OAuth client")
                .hint("leave the OAuth flags out, or pipe the secret in with `--stdin`"));
        }
        None => secret_of(matches)?.map(crate::credentials::clean_input).transpose()?,
    };
    if confidential {
        parties.client_secret = Some(match given.take() {
            Some(secret) => secret,
            None if ui.is_interactive() => {
                ui.ask_secret(&format!("client secret of {}: ", parties.client_id))?
            }
            None => {
                return Err(usage("the client's secret is not known").hint("pipe it in with `--stdin`"));
            }
        });
    }
    let person =
        (parties.flow == FlowKind::Password).then(|| person(matches, given.take(), ui)).transpose()?;
    if given.is_some() {
        return Err(usage(format!("the flow `{}` takes no secret", parties.flow.name()))
            .hint("leave `--stdin` out; or `--client-secret`, if it is the client's"));
    }
    ui.note(&format!("asking {} for {}", listed(&parties.origins()), scopes(&parties)));
    let pasted =
        (!opens_browser && ui.is_interactive() && parties.flow == FlowKind::AuthorizationCode).then(lines);
    let request = Request { parties: &parties, person, opens_browser, pasted };
    let token = obtain(request, &transport, &|told| tell(told, ui)).map_err(failure)?;
    // Only settings that worked are stored.
    plugins::keep_login(dir, scheme_name, &settings)?;
    login.consent.logged_in(scheme_name, &typed)?;
    Ok(Given::Token(token))
}

fn scopes(parties: &Parties) -> String {
    match parties.provider.scopes.as_slice() {
        [] => "a token".to_owned(),
        scopes => format!("a token for {}", scopes.join(", ")),
    }
}

/// The command line takes precedence over what is known.
fn take(matches: &ArgMatches, settings: &mut LoginSettings) -> Result<(), Failure> {
    let said = |name: &str, place: &mut String| {
        if let Some(value) = text(matches, name) {
            value.clone_into(place);
        }
    };
    said("client-id", &mut settings.client_id);
    said("authorization-url", &mut settings.instead.authorization_url);
    said("token-url", &mut settings.instead.token_url);
    said("device-authorization-url", &mut settings.instead.device_authorization_url);
    said("issuer", &mut settings.issuer);
    if let Some(flow) = text(matches, "flow") {
        settings.flow = FLOWS.iter().find(|(name, _)| *name == flow).map(|(_, kind)| *kind);
    }
    if let Some(scopes) = matches.get_many::<String>("scopes") {
        let words = scopes.flat_map(|scopes| scopes.split_whitespace());
        settings.instead.scopes = words.map(str::to_owned).collect();
    }
    if let Some(port) = matches.get_one::<u16>("redirect-port") {
        settings.redirect_port = Some(*port);
    }
    if matches.get_flag("secret-in-body") {
        settings.secret_in_body = true;
    }
    for parameter in matches.get_many::<String>("parameter").into_iter().flatten() {
        let Some((name, value)) = parameter.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(usage(format!("`{parameter}` for `--parameter` has no value"))
                .hint("write it as `--parameter name=value`"));
        };
        let lower = name.to_ascii_lowercase();
        if ["secret", "password", "token", "assertion"].iter().any(|word| lower.contains(word)) {
            return Err(usage(format!(
                "`{name}` is a secret, and a secret does not belong on a command line"
            ))
            .hint("the client's secret: `--client-secret`, which asks for it or takes `--stdin`"));
        }
        settings.parameters.insert(name.to_owned(), value.to_owned());
    }
    Ok(())
}

/// The hosts of the addresses on the command line: the user named them.
fn typed(matches: &ArgMatches) -> Vec<Origin> {
    ["authorization-url", "token-url", "device-authorization-url", "issuer"]
        .iter()
        .filter_map(|name| Origin::of(text(matches, name)?))
        .collect()
}

/// The address of the provider's metadata, if that is known.
fn metadata<'a>(scheme: &'a AuthScheme, settings: &'a LoginSettings) -> Option<&'a str> {
    match scheme {
        _ if !settings.issuer.is_empty() => Some(&settings.issuer),
        AuthScheme::OpenIdConnect { url } => Some(url),
        AuthScheme::OAuth2 { metadata_url, .. } if !metadata_url.is_empty() => Some(metadata_url),
        _ => None,
    }
}

fn person(
    matches: &ArgMatches,
    given: Option<crate::secret::Secret<String>>,
    ui: &Ui,
) -> Result<UserPassword, Failure> {
    let user = match text(matches, "user") {
        Some(user) => user.to_owned(),
        None if ui.is_interactive() => ui.ask("user: ")?,
        None => return Err(usage("the user is not known").hint("give the name with `--user`")),
    };
    let password = match given {
        Some(password) => password,
        None if ui.is_interactive() => ui.ask_secret(&format!("password of {user}: "))?,
        None => return Err(usage("the password is not known").hint("pipe it in with `--stdin`")),
    };
    Ok(UserPassword { user, password })
}

/// Lines of standard input, as they are typed.
fn lines() -> Receiver<String> {
    let (sender, lines) = channel();
    let _ = std::thread::Builder::new().spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn tell(told: Told, ui: &Ui) {
    match told {
        Told::Opened(url) => ui.note(&format!("the browser is open; if it is not, go to\n  {url}")),
        Told::ToOpen(url) => {
            let paste = if ui.is_interactive() {
                "\nif the browser is on another machine, paste the address that it ends at here"
            } else {
                ""
            };
            ui.note(&format!("open this address in a browser:\n  {url}{paste}"));
        }
        Told::Device { code, url, whole } => {
            let whole = whole.map(|whole| format!("\nor straight to\n  {whole}")).unwrap_or_default();
            ui.note(&format!(
                "on any device, go to\n  {url}\nand type the code\n  {code}{whole}\nwaiting ..."
            ));
        }
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Http(error) => Failure::from(error),
        Error::Address { flag, .. } => {
            usage(error.to_string()).hint(format!("give it with `{flag}`; see the provider's documentation"))
        }
        Error::TimedOut => Failure::new(Kind::Credentials, error.to_string()).hint("run the command again"),
        Error::NoListener(_) => {
            Failure::new(Kind::Other, error.to_string()).hint("choose another port with `--redirect-port`")
        }
        Error::Refused(ref reason) => {
            let hint = if reason.contains("invalid_client") {
                "check `--client-id`; a client with a secret needs `--client-secret`"
            } else if reason.contains("invalid_scope") {
                "ask for other scopes with `--scopes`"
            } else if reason.contains("redirect_uri") {
                "register http://127.0.0.1/callback for the client, and if the provider wants a port, give it with `--redirect-port`"
            } else {
                "run the command again; the provider's documentation may say more"
            };
            Failure::new(Kind::Credentials, error.to_string()).hint(hint)
        }
        Error::Unreadable(_) => Failure::new(Kind::Credentials, error.to_string())
            .hint("check the provider's addresses: `--token-url`, `--issuer`"),
    }
}
