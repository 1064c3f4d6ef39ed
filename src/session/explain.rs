//! Explains a refusal: which credential was sent, what the operation accepts, and how to fix it.

use crate::credentials::{Account, Sent, SentFrom, Variables};
use crate::diagnostic::Failure;
use crate::model::{CommandDefinition, Manifest};

/// A refusal (401, 403) with an explanation; any other failure unchanged.
pub(crate) fn explained(
    failure: Failure,
    account: Account<'_>,
    facts: Option<&CommandDefinition>,
    manifest: &Manifest,
    sent: &[Sent],
) -> Failure {
    let Some(status @ (401 | 403)) = failure.status else { return failure };
    let plugin = account.plugin;
    let flag = account.flag();
    let takes = facts.map(|facts| takes(&facts.security)).filter(|text| !text.is_empty());
    let takes = takes.map(|text| format!("; it takes {text}")).unwrap_or_default();
    let hint = match sent {
        [] => {
            let usual = Variables::new(account, manifest).token();
            format!("no credential was sent{takes}; run `apicli auth login {plugin}{flag}`, or set `{usual}`")
        }
        sent => {
            let list: Vec<String> = sent.iter().map(described).collect();
            let first = sent.first().map(|sent| sent.scheme.as_str()).unwrap_or_default();
            let scheme = if manifest.auth.len() > 1 { format!(" --scheme {first}") } else { String::new() };
            let mend = format!("`apicli auth login {plugin}{flag}{scheme}`");
            let list = list.join(" and ");
            if status == 401 {
                format!(
                    "{list} was sent but is not accepted{takes}; {}",
                    way(sent.iter().any(is_variable), &mend)
                )
            } else {
                format!(
                    "{list} was sent but may not do this{takes}; use one that may: {mend}, or another `--profile`"
                )
            }
        }
    };
    failure.hint(crate::text::printable(&hint).into_owned())
}

fn is_variable(sent: &Sent) -> bool {
    matches!(sent.source, SentFrom::Variable(_))
}

fn way(variable: bool, mend: &str) -> String {
    if variable {
        format!("set that variable to another, or unset it and run {mend}")
    } else {
        format!("run {mend}")
    }
}

/// `` `bearerAuth` from the keyring ``.
fn described(sent: &Sent) -> String {
    let scopes =
        if sent.scopes.is_empty() { String::new() } else { format!(" (scopes {})", sent.scopes.join(" ")) };
    format!("`{}` from {}{scopes}", sent.scheme, sent.source)
}

/// The alternatives of an operation: `` `a`, or `b` with `c` ``.
fn takes(security: &[Vec<String>]) -> String {
    let quoted = |name: &String| format!("`{name}`");
    let one = |alternative: &Vec<String>| alternative.iter().map(quoted).collect::<Vec<_>>().join(" with ");
    let alternatives: Vec<String> =
        security.iter().filter(|alternative| !alternative.is_empty()).map(one).collect();
    alternatives.join(", or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::StoreKind;
    use crate::diagnostic::Kind;

    #[test]
    fn what_mends_a_refusal_follows_from_where_the_credential_came_from() {
        let manifest: Manifest = toml_edit::de::from_str("name = 'shop'\ntitle = 'Shop'").unwrap();
        let hint = |scheme: &str, source: SentFrom| {
            let failure = Failure { status: Some(401), ..Failure::new(Kind::Credentials, "refused") };
            let sent = Sent { scheme: scheme.to_owned(), source, expires_at: None, scopes: Vec::new() };
            let account = Account { plugin: "shop", profile: "default" };
            explained(failure, account, None, &manifest, &[sent]).first_hint().unwrap().to_owned()
        };
        let variable = hint("key", SentFrom::Variable("APICLI_SHOP_TOKEN".to_owned()));
        assert!(variable.contains("`key` from `APICLI_SHOP_TOKEN` was sent"), "{variable}");
        assert!(variable.contains("set that variable to another"), "{variable}");
        // A document may name its schemes as it likes.
        let stored = hint("key` from `APICLI_SHOP_TOKEN", SentFrom::Store(StoreKind::Keyring));
        assert!(
            stored.contains("from the keyring was sent") && !stored.contains("set that variable"),
            "{stored}"
        );
    }
}
