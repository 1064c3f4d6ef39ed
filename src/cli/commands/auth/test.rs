//! `apicli auth test`: makes a harmless call to find out whether the credential works, and whose it is.

use clap::{Arg, ArgMatches};
use serde_json::Value;

use super::shared::{plugin, profile, text};
use crate::cli::context::Context;
use crate::diagnostic::{Failure, usage};
use crate::generator::typed;
use crate::input::{Entered, Signature};
use crate::model::{CommandDefinition, Kind};
use crate::output;
use crate::plugins::{Found, Lookup, Plugin};
use crate::session::{Destination, Done, Outcome, Way};

/// Words in paths and names that ask who the caller is, the most reliable first.
const WHO: [&str; 11] = [
    "whoami", "me", "self", "viewer", "userinfo", "myself", "current", "user", "account", "profile",
    "balance",
];

/// Members of an answer that name a person or an account, the most telling first.
const NAMES: [&str; 13] = [
    "email",
    "login",
    "username",
    "user_name",
    "name",
    "display_name",
    "displayName",
    "title",
    "full_name",
    "sub",
    "id",
    "account_id",
    "client_id",
];

pub(super) fn command() -> clap::Command {
    clap::Command::new("test")
        .about("Call a harmless operation with the credential, and say whose it is")
        .arg(plugin().required(true))
        .arg(profile())
        .arg(
            Arg::new("server")
                .long("server")
                .value_name("SERVER")
                .help("The server to call: a URL, or one of the plugin's by number or name"),
        )
}

pub(super) fn run(matches: &ArgMatches, context: &Context) -> Result<(), Failure> {
    let name = text(matches, "plugin").unwrap_or_default();
    let plugin = context.manager.get(name)?;
    let Some(found) = harmless(&plugin)? else {
        return Err(usage(format!(
            "`{name}` has no command that reads something, asks for a credential and needs no argument"
        ))
        .hint(format!("try one of its own: `apicli {name} --help`")));
    };
    let to = Destination {
        profile: text(matches, "profile").map(str::to_owned),
        server: text(matches, "server").map(str::to_owned),
        variables: Vec::new(),
    };
    let values = Signature::of(&found).values(Entered::default(), &found.line(name))?;
    let Done { outcome, sent, secrets } =
        context.session().call(&plugin, &found, values, &to, Way::send())?;
    let value = match outcome {
        Outcome::Response(answer) => serde_json::from_slice(answer.bytes()).unwrap_or_default(),
        Outcome::Value(value) => value,
        _ => Value::Null,
    };
    let with: Vec<String> =
        sent.iter().map(|sent| format!("`{}` from {}", sent.scheme, sent.source)).collect();
    let with = if with.is_empty() { String::new() } else { format!(", with {}", with.join(" and ")) };
    let who = match who(&value) {
        Some(who) => format!(" as {who}"),
        None => String::new(),
    };
    let words = found.words().into_iter().map(|word| typed(&word)).collect::<Vec<_>>().join(" ");
    let line = format!("{name}: the credential works{who} (`apicli {name} {words}`{with})");
    output::text(&format!("{}\n", crate::text::printable(&secrets.message(&line))))
}

/// A command without required arguments that reads something about the caller, or else reads anything.
fn harmless(plugin: &Plugin) -> Result<Option<Found>, Failure> {
    let mut best: Option<(usize, CommandDefinition)> = None;
    for group in plugin.all_groups()? {
        for facts in plugin.all_facts(&group)? {
            let asks = !facts.security.is_empty() && !facts.security.iter().any(Vec::is_empty);
            let needs =
                facts.arguments.iter().any(|argument| argument.required || argument.kind == Kind::Positional);
            if facts.method != "GET"
                || !asks
                || needs
                || facts.deprecated
                || !facts.path.parameters().is_empty()
            {
                continue;
            }
            let rank = rank(&facts);
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                best = Some((rank, facts));
            }
        }
    }
    let Some((_, facts)) = best else { return Ok(None) };
    let words: Vec<String> = facts.group.iter().chain([&facts.function]).cloned().collect();
    Ok(match plugin.lookup(&words)? {
        Lookup::Command(found) => Some(*found),
        _ => None,
    })
}

/// How reliably a command tells who the caller is; short paths before long ones.
fn rank(facts: &CommandDefinition) -> usize {
    let last = facts.group.last().map(String::as_str).unwrap_or_default();
    let path = facts.path.text().rsplit('/').next().unwrap_or_default();
    let id = facts.operation_id.as_deref().unwrap_or_default().to_lowercase();
    let named = WHO.iter().position(|word| {
        let own = [last, facts.function.as_str(), path];
        own.iter().any(|name| name.trim_end_matches('_').eq_ignore_ascii_case(word))
            || (word.len() > 4 && id.contains(word))
    });
    named.unwrap_or(WHO.len()) * 1000 + facts.path.segments().len()
}

/// The person or account that an answer names.
fn who(value: &Value) -> Option<String> {
    let value = ["data", "user", "account", "result", "profile"]
        .iter()
        .find_map(|key| value.get(key).filter(|inner| inner.is_object()))
        .unwrap_or(value);
    let found = NAMES.iter().filter_map(|key| {
        let value = value.get(key)?;
        let text =
            value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))?;
        (!text.is_empty()).then(|| format!("{key} `{text}`"))
    });
    let shown: Vec<String> = found.take(2).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::who;
    use serde_json::json;

    #[test]
    fn an_answer_names_its_caller() {
        for (value, expected) in [
            (json!({"id": 7, "login": "octocat"}), Some("login `octocat`, id `7`")),
            (json!({"data": {"name": "Ann", "email": "a@b.c"}}), Some("email `a@b.c`, name `Ann`")),
            (json!({"object": "balance"}), None),
            (json!([1]), None),
        ] {
            assert_eq!(who(&value).as_deref(), expected);
        }
    }
}
