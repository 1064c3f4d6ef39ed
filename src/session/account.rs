//! The account of a call.

use crate::credentials::{Account, Variables};
use crate::diagnostic::{Failure, usage};
use crate::engine::Values;
use crate::model::{AuthScheme, Manifest, Profile};
use crate::plugins::Found;

/// The account of a plugin and a profile, which must have a valid name.
pub(crate) fn account<'a>(plugin: &'a str, profile: &'a str) -> Result<Account<'a>, Failure> {
    if Profile::is_name(profile) {
        return Ok(Account { plugin, profile });
    }
    Err(usage(format!("`{profile}` is not a valid profile name"))
        .hint("use letters, digits, `-` and `_`, at most 40 of them"))
}

/// A flag that would put a credential on the command line, where every process of the machine can read it.
pub(super) fn refuse_secrets(
    found: &Found,
    values: &Values,
    manifest: &Manifest,
    account: Account<'_>,
) -> Result<(), Failure> {
    let arguments = found.facts.iter().flat_map(|facts| &facts.arguments);
    for argument in arguments.filter(|argument| values.flags.contains_key(argument.top_key())) {
        let takes = |scheme: &AuthScheme| scheme.is_in(argument.location, &argument.wire_name());
        if let Some((scheme, _)) = manifest.auth.iter().find(|(_, scheme)| takes(scheme)) {
            let (plugin, flag) = (account.plugin, account.flag());
            let variable = Variables::new(account, manifest).scheme(scheme);
            let message =
                format!("`--{}` is a credential, which does not belong on a command line", argument.name);
            return Err(usage(message).hint(format!(
                "run `apicli auth login {plugin}{flag} --scheme {scheme}`, or set `{variable}`"
            )));
        }
    }
    Ok(())
}
