use std::sync::Arc;

use crate::credentials::Account;
use crate::model::Profile;
use crate::secret::Secret;

/// The variable that serves a plugin's preferred scheme: `APICLI_STRIPE_TOKEN`.
pub fn token_variable(account: Account<'_>) -> String {
    scheme_variable(account, "TOKEN")
}

/// The variable of one scheme: `APICLI_STRIPE_BASICAUTH`, or `APICLI_STRIPE_LIVE_BASICAUTH` of the profile `live`. A
/// variable that names no profile is that of the default one: what is set for tests must not be what goes out live.
pub fn scheme_variable(Account { plugin, profile }: Account<'_>, scheme: &str) -> String {
    if profile == Profile::DEFAULT {
        format!("APICLI_{}_{}", word(plugin), word(scheme))
    } else {
        format!("APICLI_{}_{}_{}", word(plugin), word(profile), word(scheme))
    }
}

/// Upper case, and an underscore for all that a shell would not take in a name.
fn word(text: &str) -> String {
    text.chars()
        .map(|c| match c.to_ascii_uppercase() {
            c if c.is_ascii_uppercase() || c.is_ascii_digit() => c,
            _ => '_',
        })
        .collect()
}

/// What a variable holds, by its name.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The environment as a store. An empty variable is not set.
#[derive(Clone)]
pub(in crate::credentials) struct Environment {
    lookup: Arc<Lookup>,
}

impl Environment {
    /// The variables of this process.
    pub(in crate::credentials) fn process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    pub(in crate::credentials) fn new(
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { lookup: Arc::new(lookup) }
    }

    /// The value of one variable.
    pub(in crate::credentials) fn get(&self, variable: &str) -> Option<Secret<String>> {
        (self.lookup)(variable).map(Secret::new).filter(|value| !value.expose().is_empty())
    }

    /// The variables that are set for a scheme, the one in force first: the scheme's own, then, for the preferred
    /// scheme, the plugin's token.
    pub(in crate::credentials) fn variables(
        &self,
        account: Account<'_>,
        scheme: &str,
        preferred: bool,
    ) -> Vec<(String, Secret<String>)> {
        let mut names = vec![scheme_variable(account, scheme)];
        if preferred && !names.contains(&token_variable(account)) {
            names.push(token_variable(account));
        }
        names.into_iter().filter_map(|name| self.get(&name).map(|value| (name, value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_shell_takes() {
        let usual = |plugin| Account { plugin, profile: "default" };
        assert_eq!(token_variable(usual("stripe")), "APICLI_STRIPE_TOKEN");
        assert_eq!(scheme_variable(usual("my-api.v2"), "Api Key é"), "APICLI_MY_API_V2_API_KEY__");
        let live = Account { plugin: "stripe", profile: "live" };
        assert_eq!(token_variable(live), "APICLI_STRIPE_LIVE_TOKEN");
    }

    #[test]
    fn the_schemes_own_variable_wins_and_empty_is_unset() {
        let environment = Environment::new(|name| match name {
            "APICLI_S_BEARER" => Some("own".into()),
            "APICLI_S_TOKEN" => Some("token".into()),
            "APICLI_S_BASIC" => Some(String::new()),
            _ => None,
        });
        let names = |scheme, preferred| {
            let found = environment.variables(Account { plugin: "s", profile: "default" }, scheme, preferred);
            found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("bearer", true), ["APICLI_S_BEARER", "APICLI_S_TOKEN"]);
        assert_eq!(names("bearer", false), ["APICLI_S_BEARER"]);
        assert_eq!(names("basic", true), ["APICLI_S_TOKEN"]);
        assert_eq!(names("basic", false), [""; 0]);
    }
}
